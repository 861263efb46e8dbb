//! Damaged hellos: whatever comes, and in whatever pieces, is a hello, plain text, not yet complete, or refused with a
//! sentence; and nothing that begins like TLS is plain text.

#![cfg(test)]

use rustls::server::Acceptor;
use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};
use trustpack_tls::hello::{Beginning, Sniffer, Verdict};

/// What came, the message in it, and a number of each extension.
const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 20,
        octets: 64 * 1024,
    },
    rounds: 4_000,
    seed: 0x5eed_0010,
};

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

fn hello(bytes: &[u8]) -> Result<(), Refusal> {
    let whole = verdict(bytes, bytes.len().max(1));
    let by_bytes = verdict(bytes, 1);
    match (&whole, &by_bytes) {
        // How many of the first bytes had come when it was clear differs.
        (Verdict::Plain(_), Verdict::Plain(_)) => {}
        (whole, by_bytes) => assert_eq!(whole, by_bytes),
    }
    // A port that detects takes whom a secured one takes.
    if engine_reads(bytes) {
        assert!(matches!(whole, Verdict::Hello(_)), "{whole:?}");
    }
    match whole {
        Verdict::Hello(hello) => {
            let shown = hello.versions.iter().map(ToString::to_string);
            let shown = shown.chain(hello.protocols.iter().map(ToString::to_string));
            shown.for_each(|text| check_message(&text));
            assert!(hello.size_bytes <= bytes.len());
            Ok(())
        }
        Verdict::Broken(broken) => Err(broken.into()),
        Verdict::Plain(first) => {
            assert_eq!(Beginning::of(bytes), Beginning::Plain);
            Err(first.to_string().into())
        }
        Verdict::NeedsMore => Err("it is not complete".into()),
    }
}

/// Whether the engine reads a hello in this.
fn engine_reads(mut bytes: &[u8]) -> bool {
    let mut acceptor = Acceptor::default();
    while !bytes.is_empty() {
        if acceptor.read_tls(&mut bytes).is_err() {
            return false;
        }
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(_)) => return true,
            Err(_) => return false,
        }
    }
    false
}

#[test]
fn damaged_hellos() {
    let seeds = seeds::of_target("hello");
    TRIAL.of_octets(&seeds, hello).is_at_least(9, 1_000);
}
