//! Damaged profile files, requests and words of the command line: each is read or refused with a sentence, and takes
//! memory in proportion to its size.

#![cfg(test)]

use trustpack_ca::crl_url::CrlUrl;
use trustpack_ca::csr::CheckedCsr;
use trustpack_ca::host::{Domain, HostName};
use trustpack_ca::hosts_csv;
use trustpack_ca::profile::{ProfileName, Profiles, words};
use trustpack_ca::subtree::Subtree;
use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message, one_is_read};
use trustpack_x509::request::CertificationRequest;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 100,
        octets: 256 * 1024,
    },
    rounds: 3_000,
    seed: 0x5eed_0005,
};

fn profiles(text: &str) -> Result<(), Refusal> {
    let Err(invalid) = Profiles::with_file(text) else {
        return Ok(());
    };
    assert!(!invalid.mistakes().is_empty());
    for mistake in invalid.mistakes() {
        check_message(&mistake.to_string());
    }
    Err("it has mistakes".into())
}

#[test]
fn damaged_profile_files() {
    let seeds = seeds::of_target("profiles");
    let texts: Vec<_> = seeds
        .iter()
        .filter_map(|(_, text)| std::str::from_utf8(text).ok())
        .collect();
    TRIAL.of_texts(&texts, profiles).is_at_least(1, 15);
}

#[test]
fn sizes_and_depths_that_cannot_be() {
    let table = "[profile.a]\npurposes = ";
    for (what, text) in [
        ("nested arrays", format!("{table}{}", "[".repeat(200_000))),
        ("nested tables", format!("{table}{}", "{a=".repeat(200_000))),
        ("a long header", format!("[{}]", "a.".repeat(200_000))),
        ("many headers", "[profile.a]\n".repeat(50_000)),
        (
            "many keys",
            format!("[profile.a]\n{}", "x = 1\n".repeat(100_000)),
        ),
        (
            "a long string",
            format!("{table}[\"{}\"]", "é".repeat(400_000)),
        ),
        (
            "a string without end",
            format!("{table}\"\"\"{}", "a\n".repeat(400_000)),
        ),
        (
            "a long number",
            format!("[profile.a]\ndays = {}", "9".repeat(900_000)),
        ),
        ("NUL", "\0".repeat(900_000)),
        ("more than is read", "#".repeat(100 << 20)),
    ] {
        assert!(Profiles::with_file(&text).is_err(), "{what}");
        TRIAL.one(what, text.as_bytes(), |_| profiles(&text));
    }
}

/// It is read if one of its lines is a host.
fn hosts(octets: &[u8]) -> Result<(), Refusal> {
    let mut hosts = 0;
    for line in hosts_csv::read::<String>(octets)? {
        match line.row {
            Ok(_) => hosts += 1,
            Err(mistake) => check_message(&mistake.message),
        }
    }
    if hosts == 0 {
        return Err("it has no host".into());
    }
    Ok(())
}

/// Each line becomes a host or a mistake that a terminal can show.
#[test]
fn damaged_hosts_files() {
    let trial = Trial {
        memory: Memory {
            per_octet: 2_000,
            octets: 1 << 20,
        },
        ..TRIAL
    };
    let seeds = seeds::of_target("hosts_csv");
    let texts: Vec<_> = seeds
        .iter()
        .filter_map(|(_, text)| std::str::from_utf8(text).ok())
        .collect();
    trial
        .of_texts(&texts, |text| hosts(text.as_bytes()))
        .is_at_least(1, 400);
    trial.of_octets(&seeds, hosts).is_at_least(1, 50);
    let mut wide = String::from("host");
    for number in 0..20_000 {
        wide.push_str(&format!(",c{number}"));
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
        trial.one(what, text.as_bytes(), hosts);
    }
}

#[test]
fn damaged_requests() {
    TRIAL
        .of_octets(&seeds::of_target("request"), |der| {
            let request = CertificationRequest::from_der(der)?;
            CheckedCsr::new(&request)?.for_its_host()?;
            Ok(())
        })
        .is_at_least(1, 10);
}

#[test]
fn damaged_words() {
    let seeds = [
        "http://[2001:db8::1]:80/crl?x",
        "*.a.example",
        "dirname:C=DE,O=Example\\, Ltd",
        "ip:10.0.0.0/8",
        "email:.example.com",
        "1.3.6.1.5.5.7.3.17",
    ];
    let long = "a".repeat(65_536);
    let trial = Trial {
        rounds: 500,
        ..TRIAL
    };
    trial
        .of_texts(&[&seeds[..], &[long.as_str()]].concat(), |word| {
            let outcomes: [Option<Refusal>; 6] = [
                word.parse::<CrlUrl>().err().map(Into::into),
                word.parse::<HostName>().err().map(Into::into),
                word.parse::<Domain>().err().map(Into::into),
                word.parse::<Subtree>().err().map(Into::into),
                word.parse::<ProfileName>().err().map(Into::into),
                words::purpose(word).err().map(Into::into),
            ];
            one_is_read(outcomes)
        })
        .is_at_least(5, 300);
}
