//! The first bytes of clients: the same verdict in one piece and byte by byte, and never plain text where they begin
//! like TLS.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_error, check_text};
use trustpack_tls::hello::{Beginning, Sniffer, Verdict};

fuzz_target!(|bytes: &[u8]| {
    let whole = verdict(bytes, bytes.len().max(1));
    match (&whole, verdict(bytes, 1)) {
        // How many of the first bytes had come when it was clear differs.
        (Verdict::Plain(_), Verdict::Plain(_)) => {}
        (whole, by_bytes) => assert_eq!(*whole, by_bytes),
    }
    match whole {
        Verdict::Hello(hello) => {
            hello
                .versions
                .iter()
                .for_each(|version| check_text(&version.to_string()));
            hello
                .protocols
                .iter()
                .for_each(|name| check_text(&name.to_string()));
            assert!(hello.size_bytes <= bytes.len());
        }
        Verdict::Broken(broken) => {
            check_error(&broken);
            check_text(&broken.alert().to_string());
        }
        Verdict::Plain(first) => {
            assert_eq!(Beginning::of(bytes), Beginning::Plain);
            check_text(&first.to_string());
        }
        Verdict::NeedsMore => {}
    }
});

/// The verdict on bytes that come in pieces of this size.
fn verdict(bytes: &[u8], piece: usize) -> Verdict {
    let mut sniffer = Sniffer::default();
    for bytes in bytes.chunks(piece) {
        let verdict = sniffer.push(bytes);
        if verdict != Verdict::NeedsMore {
            return verdict;
        }
    }
    assert_eq!(sniffer.into_bytes(), bytes);
    Verdict::NeedsMore
}
