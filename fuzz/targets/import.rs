//! Exports of configuration objects, and the fleet files that are made of them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::import::{Export, import};

fuzz_target!(|octets: &[u8]| {
    let path = "export";
    let imported = match import(&[Export { path, octets }], &[]) {
        Ok(imported) => imported,
        Err(error) => return check_text(&error.to_string()),
    };
    for passed in &imported.report.passed_over {
        check_text(&passed.what);
        check_text(&passed.why);
    }
    let source = Source {
        path: "fleet.toml",
        text: &imported.fleet,
    };
    let fleet = fleet_file::read(&[source]);
    assert_eq!(fleet.hosts.len(), imported.report.hosts);
    assert_eq!(fleet.applications.len(), imported.report.applications);
    for finding in fleet.findings() {
        // The export may lack something, and nothing is written wrongly.
        let code = finding.code().to_string();
        assert!(
            ["TP1004", "TP1027"].contains(&code.as_str()),
            "{}",
            finding.message
        );
    }
});
