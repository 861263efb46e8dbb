//! Lines of the log of a tunnel, as text and JSON: any text is read, and what is told of it can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_probe::explain::ends::Ends;
use trustpack_probe::explain::log_line::LogLine;
use trustpack_x509::time::Timestamp;

fuzz_target!(|text: &str| {
    if let Some(line) = LogLine::read(text) {
        let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
        assert!(told.is_none_or(|told| !told.remedy.is_empty()));
    }
});
