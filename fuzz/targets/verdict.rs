//! The judge over chains that are put together from the input: names, keys, extensions and lists as the
//! fuzzer likes, with good signatures unless it wants bad ones.
//!
//! Bytes that are merely changed would end at the signature. Invariant: whoever is accepted has a path
//! of good signatures to an anchor, and that no certificate of it is from another time.

#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_fuzz::wishes::{ListWish, Wish, moment};
use trustpack_judge::allowed_names::{AllowedName, AllowedNames};
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::limits::MAX_INTERMEDIATES;
use trustpack_judge::question::{
    CrlCheck, Freshness, NameCheck, Policy, Purpose, Question, RevocationCheck,
};
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;

/// More would only make a run slower: four are a path with an intermediate too many.
const CERTIFICATES: usize = 4;
const LISTS: usize = 2;

#[derive(Arbitrary, Debug)]
struct Case {
    certificates: Vec<Wish>,
    lists: Vec<ListWish>,
    anchors: u8,
    server: bool,
    name: u8,
    allowed: u8,
    now: u8,
    max_intermediates: u8,
    weak: bool,
    leaf_only: bool,
    freshness: u8,
    with_lists: bool,
}

fuzz_target!(|case: Case| run(&case));

fn run(case: &Case) {
    let wishes = case.certificates.iter().take(CERTIFICATES);
    let made: Vec<_> = wishes.map(|wish| (wish, wish.to_der())).collect();
    let certificates: Vec<_> = made
        .iter()
        .filter_map(|(_, der)| Certificate::from_der(der).ok())
        .collect();
    let Some((leaf, intermediates)) = certificates.split_first() else {
        return;
    };
    let is_anchor = |at: usize| case.anchors & (1 << at) != 0;
    let trusted = certificates
        .iter()
        .enumerate()
        .filter(|(at, _)| is_anchor(*at));
    let anchors = TrustAnchors::new(trusted.map(|(_, certificate)| certificate.clone()));
    let lists = case.lists.iter().take(LISTS);
    let lists = lists.filter_map(|wish| RevocationList::from_der(wish.to_der()).ok());
    let lists = RevocationLists::new(lists, &anchors, SeenNumbers::default());
    let question = Question {
        leaf,
        intermediates,
        anchors: &anchors,
        purpose: if case.server {
            Purpose::Server
        } else {
            Purpose::Client
        },
        name: &asked_name(case.name),
        revocation: if case.with_lists {
            RevocationCheck::Lists(&lists)
        } else {
            RevocationCheck::Off
        },
        allowed: &allowed(case.allowed),
        now: moment(case.now),
        policy: policy(case),
    };
    match judge(&question) {
        Ok(accepted) => {
            assert_eq!(accepted.path().first(), Some(leaf));
            let anchor = accepted.anchor().expect("an anchor");
            assert!(anchors.contains(anchor));
            for certificate in accepted.path() {
                let wish = made.iter().find(|(_, der)| *der == certificate.der());
                assert!(
                    anchors.contains(certificate)
                        || wish.is_some_and(|(wish, _)| !wish.bad_signature)
                );
                assert!(certificate.validity().not_before <= question.now);
                assert!(question.now <= certificate.validity().not_after);
            }
        }
        Err(rejected) => {
            check_text(&rejected.to_string());
            rejected
                .reasons()
                .for_each(|reason| check_text(&reason.to_string()));
        }
    }
}

fn policy(case: &Case) -> Policy {
    Policy {
        max_intermediates: usize::from(case.max_intermediates) % (MAX_INTERMEDIATES + 1),
        danger_accept_weak: case.weak.then(|| moment(u8::MAX)),
        crl_check: if case.leaf_only {
            CrlCheck::Leaf
        } else {
            CrlCheck::Chain
        },
        crl_freshness: match case.freshness % 3 {
            0 => Freshness::Required,
            1 => Freshness::Warn,
            _ => Freshness::Grace(std::time::Duration::from_secs(86_400)),
        },
    }
}

fn asked_name(which: u8) -> NameCheck {
    let host = |text: &str| NameCheck::Host(text.parse().expect("a host"));
    match which % 4 {
        0 => NameCheck::Off,
        1 => host("a.example"),
        2 => host("b.a.example"),
        _ => host("192.0.2.1"),
    }
}

fn allowed(which: u8) -> AllowedNames {
    let name = match which % 5 {
        0 => return AllowedNames::Everybody,
        1 => AllowedName::Dns("a.example".parse().expect("a name")),
        2 => AllowedName::Uri("urn:a".to_owned()),
        3 => AllowedName::CommonName("A  Name".to_owned()),
        _ => AllowedName::Email("a@a.example".to_owned()),
    };
    AllowedNames::Only(vec![name])
}
