//! What errors mean.

use super::*;

#[track_caller]
fn check(error: rustls::Error, step: Option<Step>, text: &str) {
    let failure = Failure::of_engine(error, Purpose::Client);
    assert_eq!(failure.step(), step);
    assert_eq!(failure.to_string(), text);
}

#[test]
fn errors_of_the_engine_get_our_words() {
    use rustls::{AlertDescription, Error};
    check(
        Error::NoCertificatesPresented,
        Some(Step::Path),
        "the TLS client presented no certificate; one is demanded",
    );
    check(
        Error::AlertReceived(AlertDescription::UnknownCA),
        None,
        "the peer refused with the alert unknown_ca (48)",
    );
    check(
        Error::AlertReceived(AlertDescription::ProtocolVersion),
        Some(Step::Protocol),
        "the peer refused with the alert protocol_version (70)",
    );
    check(
        PeerIncompatible::SignatureAlgorithmsExtensionRequired.into(),
        Some(Step::Protocol),
        "there is no version of TLS that both ends allow: the client speaks TLS 1.1 or older, or only SHA-1 signatures",
    );
    check(
        PeerIncompatible::NoCipherSuitesInCommon.into(),
        Some(Step::Protocol),
        "there is no cipher suite that both ends allow",
    );
}

#[test]
fn plain_text_is_known_by_its_first_bytes() {
    let of = |bytes: &[u8]| Failure::of_first_bytes(&FirstBytes::of(bytes)).map(|f| f.to_string());
    assert_eq!(of(b"\x16\x03\x01"), None);
    assert_eq!(of(b""), None);
    let plain = "plain text instead of TLS: the peer began with 'GET /\\r\\n'";
    assert_eq!(of(b"GET /\r\n").as_deref(), Some(plain));
    let old = "the client's hello is broken: it has the form of SSL 2.0, which is not spoken";
    assert_eq!(of(b"\x80\x2e\x01\x03\x01").as_deref(), Some(old));
}

#[test]
fn an_end_without_a_word_means_another_thing_after_the_handshake() {
    let ended = || io::ErrorKind::UnexpectedEof.into();
    let refusal = Refusal::of(Purpose::Client);
    let during = Failure::of_io(&refusal, ended(), Begun::Speaking).to_string();
    assert_eq!(
        during,
        "the peer closed the connection in the middle of the handshake"
    );
    let after = Failure::of_later_io(Purpose::Client, ended()).to_string();
    assert_eq!(
        after,
        "the peer ended the connection without close_notify; what it said may be cut short"
    );
}
