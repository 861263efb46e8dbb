//! Damaged revocation lists and chains, and what reading and judging them costs.
//!
//! That nothing is accepted which was changed is told in `tests/judge`.

#![cfg(test)]

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::index::RevocationIndex;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 100,
        octets: 256 * 1024,
    },
    rounds: 1_500,
    seed: 0x5eed_0007,
};

/// The list is read, put into an index, and each of its serial numbers is found there.
fn index(der: &[u8]) -> Result<(), Refusal> {
    let list = RevocationList::from_der(der)?;
    let index = RevocationIndex::new(&list, [9; 16]).map_err(|fault| fault.to_string())?;
    for entry in list.entries() {
        let serial = entry?.serial();
        assert!(index.find(&serial).is_some(), "{serial}");
    }
    let lists = RevocationLists::new([list], &TrustAnchors::new([]), SeenNumbers::default());
    lists
        .lists()
        .for_each(|list| check_message(&list.to_string()));
    Ok(())
}

/// The certificate is judged as if it were trusted, and as if it were not.
fn verdict(der: &[u8]) -> Result<(), Refusal> {
    let certificate = Certificate::from_der(der)?;
    for anchors in [
        TrustAnchors::new([certificate.clone()]),
        TrustAnchors::new([]),
    ] {
        let verdict = judge(&Question {
            leaf: &certificate,
            intermediates: std::slice::from_ref(&certificate),
            anchors: &anchors,
            purpose: Purpose::Server,
            name: &NameCheck::Host("a.example".parse()?),
            revocation: RevocationCheck::Off,
            allowed: &AllowedNames::Everybody,
            now: "2026-11-21".parse()?,
            policy: Policy::default(),
        });
        if let Err(rejected) = verdict {
            check_message(&rejected.to_string());
            rejected
                .reasons()
                .for_each(|reason| check_message(&reason.to_string()));
        }
    }
    Ok(())
}

#[test]
fn damaged_lists() {
    TRIAL
        .of_octets(&seeds::of_target("revocation_index"), index)
        .is_at_least(2, 80);
    TRIAL
        .of_octets(&seeds::of_target("revocation_list"), index)
        .is_at_least(2, 80);
}

#[test]
fn damaged_certificates() {
    TRIAL
        .of_octets(&seeds::of_target("certificate"), verdict)
        .is_at_least(9, 500);
}
