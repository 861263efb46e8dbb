//! Transport parameters as a document: what was not changed stays, what was set is read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_settings::transport::document::TransportParameters;

fuzz_target!(|text: &str| {
    for (name, value) in [("tls", "0"), ("crl", ""), ("cipher-list", "A B")] {
        change(text, name, value);
    }
});

fn change(text: &str, name: &str, value: &str) {
    let mut parameters = TransportParameters::new(text);
    assert_eq!(parameters.as_str(), text);
    let before = parameters.value(name).map(ToOwned::to_owned);
    parameters.set(name, value).expect("it can be written");
    assert_eq!(parameters.value(name), Some(value));
    // Control characters are read, and not written.
    match before.filter(|before| !before.contains(char::is_control)) {
        Some(before) => {
            parameters.set(name, &before).expect("it has been there");
            assert_eq!(parameters.as_str(), text);
        }
        None => assert!(
            parameters
                .as_str()
                .starts_with(text.split(name).next().unwrap_or_default())
        ),
    }
}
