//! Whatever is changed in a chain: no panic, and no certificate is accepted whose signed part is
//! not what its issuer signed.

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::judge;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_mutations::numbers::Numbers;
use trustpack_mutations::octets;
use trustpack_x509::certificate::Certificate;

use crate::ask::{anchors, fixture};

/// Changes for each chain; TRUSTPACK_SEED takes another seed than the fixed one.
const CHANGES: u32 = 20_000;

/// The fixed seed, or the one that is asked for.
pub(crate) fn seed() -> u64 {
    std::env::var_os("TRUSTPACK_SEED")
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(20_261_121)
}

#[test]
fn nothing_that_was_changed_is_accepted() {
    let seed = seed();
    let mut random = Numbers::new(seed);
    let mut readable = 0;
    let chains: [&[&str]; 4] = [
        &["host", "intermediate", "root"],
        &["host-of-constrained", "constrained-root"],
        &["host-of-v1-root", "v1-root"],
        &["host-of-sha1", "sha1-intermediate", "root"],
    ];
    for chain in chains {
        let trusted = anchors(&chain[chain.len() - 1..]);
        let sent: Vec<_> = chain[..chain.len() - 1]
            .iter()
            .map(|name| fixture(name))
            .collect();
        for _ in 0..CHANGES {
            readable += u32::from(change_one(&sent, &trusted, &mut random, seed));
        }
    }
    assert!(
        readable > CHANGES / 10,
        "most changes must get as far as the judge: {readable}"
    );
}

/// Changes one certificate of a chain and judges; false if it could no longer be read.
fn change_one(
    sent: &[Certificate],
    trusted: &trustpack_judge::anchors::TrustAnchors,
    random: &mut Numbers,
    seed: u64,
) -> bool {
    let index = random.below(sent.len());
    let other = sent[random.below(sent.len())].der();
    let der = octets::mutated(sent[index].der(), other, random);
    let Ok(changed) = Certificate::from_der(&der) else {
        return false;
    };
    let mut chain = sent.to_vec();
    chain[index] = changed.clone();
    let (leaf, intermediates) = chain.split_first().expect("a leaf");
    let verdict = judge(&Question {
        leaf,
        intermediates,
        anchors: trusted,
        purpose: Purpose::Server,
        name: &NameCheck::Host("host.example".parse().expect("a host")),
        revocation: RevocationCheck::Off,
        allowed: &AllowedNames::Everybody,
        now: "2026-11-21".parse().expect("a time"),
        policy: Policy::default(),
    });
    let intact = changed.tbs_der() == sent[index].tbs_der();
    match verdict {
        Ok(_) => assert!(
            intact,
            "seed {seed}: accepted with another signed part: {der:02x?}"
        ),
        Err(rejected) => assert!(!rejected.to_string().is_empty()),
    }
    true
}
