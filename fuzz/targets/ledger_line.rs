//! Lines of the ledger: what is read is written so that it reads back the same; a carriage return in the
//! middle becomes a blank.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_ca_directory::ledger_line::Record;
use trustpack_fuzz::checked;

fuzz_target!(|text: &str| {
    checked(Record::from_line(text));
    for line in text.replace('\r', " ").split('\n') {
        if let Some(record) = checked(Record::from_line(line)) {
            let written = record.to_line();
            assert_eq!(written.matches('\n').count(), 1, "{written:?}");
            let again = Record::from_line(written.trim_end_matches('\n'));
            assert_eq!(again.as_ref(), Ok(&record), "{written:?}");
        }
    }
});
