//! Damaged hosts files: each line becomes a host or a mistake that a terminal can show.

use std::fmt::Write as _;

use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};

use super::tests::defaults;
use super::*;

/// Generous, because the other tests of the program allocate meanwhile.
const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 2_000,
        octets: 64 << 20,
    },
    rounds: 2_000,
    seed: 0x5eed_0009,
};

const GOOD: &str = "Host,cn,san,ip,days,profile,email,organization,key,digest\r\n\
    a.example.com,A,\"b.example.com, c.example.com\",192.0.2.1 2001:db8::1,30,gui,x@example.com,Own,rsa-3072,sha384\r\n\
    d.example.com,,,,,,,\"a \"\"b\"\"\",,\r\n,,,,,,,,,\r\n";

/// It is read if one of its lines is a host.
fn check(octets: &[u8]) -> Result<(), Refusal> {
    let mut hosts = 0;
    for line in from_text(octets, &defaults())? {
        match line.wanted {
            Ok(_) => hosts += 1,
            Err(mistake) => check_message(&mistake.message),
        }
    }
    if hosts == 0 {
        return Err("it has no host".into());
    }
    Ok(())
}

#[test]
fn damaged_hosts_files() {
    TRIAL
        .of_texts(&[GOOD, "host\n\u{202e}a\nb;c\n"], |text| {
            check(text.as_bytes())
        })
        .is_at_least(1, 400);
    TRIAL
        .of_octets(&[("a file", GOOD.as_bytes().to_vec())], check)
        .is_at_least(1, 50);
}

#[test]
fn sizes_that_cannot_be() {
    let mut wide = String::from("host");
    for number in 0..20_000 {
        let _infallible = write!(wide, ",c{number}");
    }
    for (what, text) in [
        ("columns", wide),
        ("a long heading", "a".repeat(1 << 20)),
        ("a long cell", format!("host\n{}\n", "a".repeat(1 << 20))),
        (
            "a quote without end",
            format!("host\n\"{}", "a\n".repeat(1 << 18)),
        ),
        ("quotes", format!("host\n{}", "\"".repeat(1 << 18))),
        ("commas", format!("host\n{}", ",".repeat(1 << 18))),
        ("NUL", "\0".repeat(1 << 20)),
    ] {
        TRIAL.one(what, text.as_bytes(), check);
    }
}
