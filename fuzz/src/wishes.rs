//! Certificates and revocation lists as the fuzzer wishes them: names, keys, dates, extensions, and who
//! signs. Their DER is well formed on the outside; what is inside may be anything.

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use trustpack_x509::time::Timestamp;

use crate::der::{join, wrap};

const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];

static KEYS: LazyLock<Vec<Ed25519KeyPair>> = LazyLock::new(|| {
    let key = |n| Ed25519KeyPair::from_seed_unchecked(&[n; 32]).expect("a seed of 32 octets");
    (1..=3).map(key).collect()
});

#[derive(Arbitrary, Debug)]
pub struct Wish {
    pub version: u8,
    pub serial: u8,
    pub issuer: u8,
    pub subject: u8,
    pub key: u8,
    pub signer: u8,
    pub bad_signature: bool,
    pub times: (u8, u8),
    pub extensions: Vec<ExtensionWish>,
}

#[derive(Arbitrary, Debug)]
pub struct ListWish {
    pub issuer: u8,
    pub signer: u8,
    pub times: (u8, Option<u8>),
    pub entries: Vec<(u8, Option<ExtensionWish>)>,
    pub extensions: Vec<ExtensionWish>,
}

#[derive(Arbitrary, Debug)]
pub enum ExtensionWish {
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
pub enum NameWish {
    Known(u8),
    Subject(u8),
    Other { tag: u8, value: Vec<u8> },
}

/// One of 256 days from 2026-01-01.
pub fn moment(day: u8) -> Timestamp {
    Timestamp::from_unix(1_767_225_600 + u64::from(day) * 86_400)
}

/// Each of them as DER: every run needs some.
static TIMES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let time = |day| {
        let text = moment(day).to_string();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        wrap(0x18, format!("{digits}Z").as_bytes())
    };
    (0..=u8::MAX).map(time).collect()
});

fn time(day: u8) -> Vec<u8> {
    TIMES[usize::from(day)].clone()
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

impl Wish {
    /// Its DER, signed.
    pub fn to_der(&self) -> Vec<u8> {
        let key_bits = [&[0], key(self.key).public_key().as_ref()].concat();
        let tbs = join(
            0x30,
            &[
                &[
                    0xa0,
                    3,
                    2,
                    1,
                    if self.version < 250 {
                        2
                    } else {
                        self.version - 250
                    },
                ],
                &[2, 1, self.serial & 0x7f],
                ED25519,
                &name(self.issuer),
                &join(0x30, &[&time(self.times.0), &time(self.times.1)]),
                &name(self.subject),
                &join(0x30, &[ED25519, &wrap(3, &key_bits)]),
                &extensions(Some(0xa3), &self.extensions),
            ],
        );
        signed(&tbs, self.signer, self.bad_signature)
    }
}

impl ListWish {
    /// Its DER, signed.
    pub fn to_der(&self) -> Vec<u8> {
        let entry = |(serial, with): &(u8, Option<ExtensionWish>)| {
            let with = with
                .as_ref()
                .map(|wish| wrap(0x30, &extension(wish)))
                .unwrap_or_default();
            join(0x30, &[&[2, 1, serial & 0x7f], &time(0), &with])
        };
        let entries: Vec<u8> = self.entries.iter().flat_map(entry).collect();
        let tbs = join(
            0x30,
            &[
                &[2, 1, 1],
                ED25519,
                &name(self.issuer),
                &time(self.times.0),
                &self.times.1.map(time).unwrap_or_default(),
                &if entries.is_empty() {
                    entries
                } else {
                    wrap(0x30, &entries)
                },
                &extensions(Some(0xa0), &self.extensions),
            ],
        );
        signed(&tbs, self.signer, false)
    }
}

fn signed(tbs: &[u8], signer: u8, bad: bool) -> Vec<u8> {
    let mut signature = [&[0], key(signer).sign(tbs).as_ref()].concat();
    signature[1] ^= u8::from(bad);
    join(0x30, &[tbs, ED25519, &wrap(3, &signature)])
}
