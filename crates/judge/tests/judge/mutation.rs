//! Whatever is changed in a chain: no panic, and no certificate is accepted whose signed part is
//! not what its issuer signed.

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::judge;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_x509::certificate::Certificate;

use crate::ask::{anchors, fixture};

/// Changes for each chain; TRUSTPACK_SEED takes another seed than the fixed one.
const CHANGES: u32 = 20_000;

/// A small generator (SplitMix64), so that a seed tells the whole run.
pub(crate) struct Random(u64);

/// The fixed seed, or the one that is asked for.
pub(crate) fn seed() -> u64 {
    std::env::var_os("TRUSTPACK_SEED")
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(20_261_121)
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small number");
        usize::try_from(self.next() % bound).expect("a small number")
    }
}

/// Changes, drops or doubles one octet, or sets one to what DER finds most confusing.
pub(crate) fn change(der: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(der.len());
    match random.below(6) {
        0 => der[at] ^= 1 << random.below(8),
        1 => der[at] = [0x00, 0x7f, 0x80, 0x81, 0x84, 0xff][random.below(6)],
        2 => der[at] = der[at].wrapping_add(1),
        3 => drop(der.remove(at)),
        4 => der.insert(at, der[at]),
        _ => der.truncate(at),
    }
}

#[test]
fn nothing_that_was_changed_is_accepted() {
    let seed = seed();
    let mut random = Random::new(seed);
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
    random: &mut Random,
    seed: u64,
) -> bool {
    let index = random.below(sent.len());
    let mut der = sent[index].der().to_vec();
    for _ in 0..=random.below(2) {
        if !der.is_empty() {
            change(&mut der, random);
        }
    }
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
