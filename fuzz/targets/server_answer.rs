//! The first flight of a server, as far as it stands in clear.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_probe::survey::answer::{Answer, read};

fuzz_target!(|octets: &[u8]| {
    match read(octets) {
        Answer::Flight(flight) => {
            flight
                .group
                .iter()
                .for_each(|group| check_text(&group.to_string()));
            flight
                .signature
                .iter()
                .for_each(|signature| check_text(&signature.to_string()));
        }
        Answer::Alert(_) | Answer::NeedsMore | Answer::Other | Answer::TooMuch => {}
    }
});
