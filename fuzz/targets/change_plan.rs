//! The plan of an interrupted change, in the journal.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_ca_directory::fuzzed;
use trustpack_fuzz::checked;

fuzz_target!(|text: &str| {
    checked(fuzzed::change_plan(text));
});
