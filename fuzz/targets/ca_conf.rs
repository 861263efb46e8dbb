//! Configuration files in the style of OpenSSL, one of them including the other: parts are separated by
//! form feeds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_ca_directory::fuzzed;

fuzz_target!(|text: &str| {
    let (text, included) = text.split_once('\x0c').unwrap_or((text, ""));
    fuzzed::openssl_conf(text, included);
});
