//! The judge over chains that are put together from the input: names, keys, extensions and lists as the
//! fuzzer likes, with good signatures unless it wants bad ones.
//!
//! Bytes that are merely changed would end at the signature. Invariant: whoever is accepted has a path
//! of good signatures to an anchor, and that no certificate of it is from another time.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_fuzz::der::{join, wrap};
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
use trustpack_x509::time::Timestamp;

/// More would only make a run slower: four are a path with an intermediate too many.
const CERTIFICATES: usize = 4;
const LISTS: usize = 2;
const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];

static KEYS: LazyLock<Vec<Ed25519KeyPair>> = LazyLock::new(|| {
    let key = |n| Ed25519KeyPair::from_seed_unchecked(&[n; 32]).expect("a seed of 32 octets");
    (1..=3).map(key).collect()
});

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

#[derive(Arbitrary, Debug)]
struct Wish {
    version: u8,
    serial: u8,
    issuer: u8,
    subject: u8,
    key: u8,
    signer: u8,
    bad_signature: bool,
    times: (u8, u8),
    extensions: Vec<ExtensionWish>,
}

#[derive(Arbitrary, Debug)]
struct ListWish {
    issuer: u8,
    signer: u8,
    times: (u8, Option<u8>),
    entries: Vec<(u8, Option<ExtensionWish>)>,
    extensions: Vec<ExtensionWish>,
}

#[derive(Arbitrary, Debug)]
enum ExtensionWish {
    Basic {
        critical: bool,
        ca: bool,
        path_length: Option<u8>,
    },
    KeyUsage {
        critical: bool,
        bits: u8,
    },
    Purposes {
        critical: bool,
        which: u8,
    },
    Names {
        critical: bool,
        names: Vec<NameWish>,
    },
    Constraints {
        permitted: Vec<NameWish>,
        excluded: Vec<NameWish>,
    },
    KeyId {
        authority: bool,
        value: u8,
    },
    /// Any other of the family 2.5.29, with any value.
    Other {
        last: u8,
        critical: bool,
        value: Vec<u8>,
    },
}

#[derive(Arbitrary, Debug)]
enum NameWish {
    Known(u8),
    Subject(u8),
    Other { tag: u8, value: Vec<u8> },
}

fuzz_target!(|case: Case| run(&case));

fn run(case: &Case) {
    let wishes = case.certificates.iter().take(CERTIFICATES);
    let certificates: Vec<_> = wishes
        .filter_map(|wish| Certificate::from_der(&certificate(wish)).ok())
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
    let lists = lists.filter_map(|wish| RevocationList::from_der(list(wish)).ok());
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
                let wish = case.certificates.iter().take(CERTIFICATES);
                let made = wish
                    .into_iter()
                    .find(|wish| self::certificate(wish) == certificate.der());
                assert!(
                    anchors.contains(certificate) || made.is_some_and(|wish| !wish.bad_signature)
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

/// One of 256 days from 2026-01-01.
fn moment(day: u8) -> Timestamp {
    Timestamp::from_unix(1_767_225_600 + u64::from(day) * 86_400)
}

fn time(day: u8) -> Vec<u8> {
    let digits: String = moment(day)
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    wrap(0x18, format!("{digits}Z").as_bytes())
}

fn key(which: u8) -> &'static Ed25519KeyPair {
    &KEYS[usize::from(which) % KEYS.len()]
}

fn name(which: u8) -> Vec<u8> {
    let attribute = |oid: &[u8], tag, text: &str| {
        let oid = wrap(6, oid);
        wrap(0x31, &join(0x30, &[&oid, &wrap(tag, text.as_bytes())]))
    };
    let cn = |tag, text| attribute(&[0x55, 4, 3], tag, text);
    match which % 6 {
        0 => wrap(0x30, &[]),
        1 => wrap(0x30, &cn(0x0c, "a name")),
        2 => wrap(0x30, &cn(0x13, "A  Name")),
        3 => wrap(
            0x30,
            &[cn(0x0c, "a.example"), attribute(&[0x55, 4, 11], 0x0c, "b")].concat(),
        ),
        4 => wrap(0x30, &cn(0x1e, "\0a\0b")),
        _ => {
            let mail = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
            wrap(0x30, &attribute(&mail, 0x16, "a@a.example"))
        }
    }
}

fn general_name(wish: &NameWish) -> Vec<u8> {
    match wish {
        NameWish::Known(which) => match which % 7 {
            0 => wrap(0x82, b"a.example"),
            1 => wrap(0x82, b"*.a.example"),
            2 => wrap(0x82, b".example"),
            3 => wrap(0x87, &[192, 0, 2, 1]),
            4 => wrap(0x87, &[192, 0, 2, 0, 255, 255, 255, 0]),
            5 => wrap(0x81, b"a@a.example"),
            _ => wrap(0x86, b"urn:a"),
        },
        NameWish::Subject(which) => wrap(0xa4, &name(*which)),
        NameWish::Other { tag, value } => wrap(0x80 | tag & 0x2f, value),
    }
}

fn general_names(wishes: &[NameWish]) -> Vec<u8> {
    wishes.iter().flat_map(general_name).collect()
}

fn subtrees(tag: u8, wishes: &[NameWish]) -> Vec<u8> {
    if wishes.is_empty() {
        return Vec::new();
    }
    let subtree = |wish| wrap(0x30, &general_name(wish));
    wrap(tag, &wishes.iter().flat_map(subtree).collect::<Vec<_>>())
}

fn extension(wish: &ExtensionWish) -> Vec<u8> {
    let (last, critical, value) = match wish {
        ExtensionWish::Basic {
            critical,
            ca,
            path_length,
        } => {
            let ca = if *ca { vec![1, 1, 0xff] } else { Vec::new() };
            let length = path_length
                .map(|n| vec![2, 1, n & 0x7f])
                .unwrap_or_default();
            (19, *critical, join(0x30, &[&ca, &length]))
        }
        ExtensionWish::KeyUsage { critical, bits } => (15, *critical, vec![3, 2, 0, *bits]),
        ExtensionWish::Purposes { critical, which } => {
            let purpose = |n| wrap(6, &[0x2b, 6, 1, 5, 5, 7, 3, n]);
            let wanted = (0..4_u8).filter(|n| which & (1 << n) != 0);
            let any = if which & 0x80 != 0 {
                wrap(6, &[0x55, 0x1d, 37, 0])
            } else {
                Vec::new()
            };
            let purposes: Vec<u8> = wanted.flat_map(|n| purpose(n + 1)).chain(any).collect();
            (37, *critical, wrap(0x30, &purposes))
        }
        ExtensionWish::Names { critical, names } => {
            (17, *critical, wrap(0x30, &general_names(names)))
        }
        ExtensionWish::Constraints {
            permitted,
            excluded,
        } => {
            let parts = [subtrees(0xa0, permitted), subtrees(0xa1, excluded)].concat();
            (30, true, wrap(0x30, &parts))
        }
        ExtensionWish::KeyId {
            authority: true,
            value,
        } => (35, false, wrap(0x30, &[0x80, 1, *value])),
        ExtensionWish::KeyId {
            authority: false,
            value,
        } => (14, false, vec![4, 1, *value]),
        ExtensionWish::Other {
            last,
            critical,
            value,
        } => (*last & 0x7f, *critical, value.clone()),
    };
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    join(
        0x30,
        &[&[6, 3, 0x55, 0x1d, last], critical, &wrap(4, &value)],
    )
}

fn extensions(tag: Option<u8>, wishes: &[ExtensionWish]) -> Vec<u8> {
    if wishes.is_empty() {
        return Vec::new();
    }
    let all = wrap(0x30, &wishes.iter().flat_map(extension).collect::<Vec<_>>());
    tag.map_or(all.clone(), |tag| wrap(tag, &all))
}

fn certificate(wish: &Wish) -> Vec<u8> {
    let key_bits = [&[0], key(wish.key).public_key().as_ref()].concat();
    let tbs = join(
        0x30,
        &[
            &[
                0xa0,
                3,
                2,
                1,
                if wish.version < 250 {
                    2
                } else {
                    wish.version - 250
                },
            ],
            &[2, 1, wish.serial & 0x7f],
            ED25519,
            &name(wish.issuer),
            &join(0x30, &[&time(wish.times.0), &time(wish.times.1)]),
            &name(wish.subject),
            &join(0x30, &[ED25519, &wrap(3, &key_bits)]),
            &extensions(Some(0xa3), &wish.extensions),
        ],
    );
    signed(&tbs, wish.signer, wish.bad_signature)
}

fn list(wish: &ListWish) -> Vec<u8> {
    let entry = |(serial, with): &(u8, Option<ExtensionWish>)| {
        let with = with
            .as_ref()
            .map(|wish| wrap(0x30, &extension(wish)))
            .unwrap_or_default();
        join(0x30, &[&[2, 1, serial & 0x7f], &time(0), &with])
    };
    let entries: Vec<u8> = wish.entries.iter().flat_map(entry).collect();
    let tbs = join(
        0x30,
        &[
            &[2, 1, 1],
            ED25519,
            &name(wish.issuer),
            &time(wish.times.0),
            &wish.times.1.map(time).unwrap_or_default(),
            &if entries.is_empty() {
                entries
            } else {
                wrap(0x30, &entries)
            },
            &extensions(Some(0xa0), &wish.extensions),
        ],
    );
    signed(&tbs, wish.signer, false)
}

fn signed(tbs: &[u8], signer: u8, bad: bool) -> Vec<u8> {
    let mut signature = [&[0], key(signer).sign(tbs).as_ref()].concat();
    signature[1] ^= u8::from(bad);
    join(0x30, &[tbs, ED25519, &wrap(3, &signature)])
}
