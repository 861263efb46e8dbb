//! The file of profiles, in TOML.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_ca::profile::Profiles;
use trustpack_fuzz::check_text;

fuzz_target!(|text: &str| {
    if let Err(invalid) = Profiles::with_file(text) {
        assert!(!invalid.mistakes().is_empty());
        for mistake in invalid.mistakes() {
            check_text(&mistake.to_string());
        }
    }
});
