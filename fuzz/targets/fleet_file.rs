//! Fleet files, and what is resolved of them; transport strings are among the values.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::place::Place;
use trustpack_settings::resolve;
use trustpack_x509::time::Timestamp;

fuzz_target!(|text: &str| {
    let path = "fleet.toml";
    let fleet = fleet_file::read(&[Source { path, text }]);
    let resolution = resolve::resolve(&fleet, Timestamp::from_unix(1_790_000_000));
    for finding in fleet.findings().chain(resolution.findings()) {
        check_text(&finding.message);
        if let Some(at) = finding.location() {
            assert!(
                text.get(at.start..at.end).is_some(),
                "{at:?} is no range of the text"
            );
        }
    }
    for endpoint in resolution.endpoints() {
        let barred = endpoint.findings().any(|finding| finding.bars());
        assert!(!(barred && endpoint.startable().is_ok()));
        let place = endpoint.place().to_string().parse::<Place>();
        assert_eq!(place.as_ref(), Ok(endpoint.place()));
        for finding in endpoint.findings() {
            check_text(&finding.message);
        }
    }
});
