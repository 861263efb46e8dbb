//! Damaged fleet files and hostile ones: every one is read, with findings that a terminal can show, and takes
//! memory in proportion to its size.

#![cfg(test)]

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve;
use trustpack_x509::time::Timestamp;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 600,
        octets: 1024 * 1024,
    },
    rounds: 1_500,
    seed: 0x5eed_0006,
};

fn fleet(text: &str) -> Result<(), Refusal> {
    let path = "fleet.toml";
    let fleet = fleet_file::read(&[Source { path, text }]);
    let resolution = resolve::resolve(&fleet, Timestamp::from_unix(1_790_000_000));
    for finding in fleet.findings().chain(resolution.findings()) {
        check_message(&finding.message);
        check_message(&finding.remedy);
    }
    let mut endpoints = 0;
    for endpoint in resolution.endpoints() {
        endpoints += 1;
        endpoint
            .findings()
            .for_each(|finding| check_message(&finding.message));
    }
    if endpoints == 0 {
        return Err("it has no endpoint".into());
    }
    Ok(())
}

#[test]
fn damaged_fleet_files() {
    let seeds = seeds::of_target("fleet_file");
    let texts: Vec<_> = seeds
        .iter()
        .filter_map(|(_, text)| std::str::from_utf8(text).ok())
        .collect();
    TRIAL.of_texts(&texts, fleet).is_at_least(1, 500);
}

#[test]
fn damaged_transport_strings() {
    let seeds = [
        "tls=1;tls-mutual=1;sec-protocol=TLSv13",
        "cipher-list=A:B;tls-crl=/a/b;certificate=/c",
        ";;==;\";\"",
    ];
    let before = "[[application]]\nname = \"a\"\nhost = \"a.example\"\n[[application.port]]\nnumber = 1\ntransport = '''";
    TRIAL
        .of_texts(&seeds, |transport| {
            fleet(&format!("{before}{transport}'''\n"))
        })
        .is_at_least(3, 2_000);
}

#[test]
fn sizes_and_depths_that_cannot_be() {
    let host = "[[host]]\nname = ";
    for (what, text) in [
        ("nested arrays", format!("{host}{}", "[".repeat(200_000))),
        ("nested tables", format!("{host}{}", "{a=".repeat(200_000))),
        ("a long header", format!("[{}]", "a.".repeat(200_000))),
        ("many headers", "[[host]]\n".repeat(20_000)),
        (
            "many keys",
            format!("[[host]]\n{}", "x = 1\n".repeat(50_000)),
        ),
        ("a long name", format!("{host}\"{}\"", "é".repeat(400_000))),
        (
            "a long key",
            format!("[[host]]\n\"{}\" = 1", "\\u0001".repeat(100_000)),
        ),
        (
            "a string without end",
            format!("{host}\"\"\"{}", "a\n".repeat(400_000)),
        ),
        ("NUL", "\0".repeat(900_000)),
        ("more than is read", "#".repeat(100 << 20)),
    ] {
        TRIAL.one(what, text.as_bytes(), |_| fleet(&text));
    }
}
