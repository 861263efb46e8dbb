//! Whether the cipher lists of two ends leave them a suite in common.
//!
//! Not here: what an engine has of a list; that is for the engine. A list with a word in it that is not the name of a
//! suite is taken to fit.
//! Invariant: two lists are said to have nothing in common only if every name in both is known.

use std::collections::BTreeSet;

use crate::cipher_suites;
use crate::endpoint::{Engine, Versions};
use crate::value::{CipherList, ProtocolVersion, Shown as _};

/// Which suites an end allows.
#[derive(Clone, Debug)]
pub(crate) enum Allowed {
    /// Those of its list.
    List(CipherList),
    /// All that our engine has, without a list.
    Ours,
    /// What another engine has without a list, which is not known.
    Anything,
}

impl Allowed {
    pub(crate) fn by(engine: Engine, list: Option<&CipherList>) -> Self {
        match (list, engine) {
            (Some(list), _) => Self::List(list.clone()),
            (None, Engine::Trustpack) => Self::Ours,
            (None, Engine::Openssl | Engine::Schannel | Engine::Jsse) => Self::Anything,
        }
    }

    /// As it is said.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::List(list) => list.shown(),
            Self::Ours | Self::Anything => "those that its engine has".to_owned(),
        }
    }
}

/// The suites of TLS 1.2 that lists name, OpenSSL's name and IANA's.
///
/// Source: the IANA registry of TLS cipher suites, and OpenSSL's `ciphers(1)` for its names.
const TLS12: &[(&str, &str)] = &[
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        "ECDHE-RSA-AES256-GCM-SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        "ECDHE-RSA-AES128-GCM-SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        "ECDHE-RSA-CHACHA20-POLY1305",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        "ECDHE-ECDSA-AES256-SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
    ),
    (
        "ECDHE-ECDSA-AES128-SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    ),
    (
        "ECDHE-ECDSA-AES256-SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    ),
    (
        "ECDHE-ECDSA-AES128-SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    ),
    (
        "ECDHE-RSA-AES256-SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
    ),
    (
        "ECDHE-RSA-AES128-SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    ),
    ("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    ("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (
        "DHE-RSA-AES256-GCM-SHA384",
        "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    ),
    (
        "DHE-RSA-AES128-GCM-SHA256",
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    ),
    (
        "DHE-RSA-CHACHA20-POLY1305",
        "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ),
    (
        "DHE-RSA-AES256-SHA256",
        "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
    ),
    (
        "DHE-RSA-AES128-SHA256",
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    ),
    ("DHE-RSA-AES256-SHA", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    ("DHE-RSA-AES128-SHA", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    ("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    ("AES256-SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    ("AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    ("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"),
    ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
    ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
];

/// The suites of TLS 1.3. Source: RFC 8446 appendix B.4.
const TLS13: &[&str] = &[
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
];

/// What a list allows, by version; `None` stands for whatever the engine has.
struct Named {
    of_12: Option<BTreeSet<&'static str>>,
    of_13: Option<BTreeSet<&'static str>>,
}

/// Whether two ends with these versions and suites surely have none in common.
pub(super) fn nothing_in_common(own: (Versions, &Allowed), other: (Versions, &Allowed)) -> bool {
    let (Some(left), Some(right)) = (named(own.1), named(other.1)) else {
        return false;
    };
    let lowest = own.0.lowest.max(other.0.lowest);
    let highest = own.0.highest.min(other.0.highest);
    let possible = |version| lowest <= version && version <= highest;
    // Without a common version that is what is wrong.
    lowest <= highest
        && !(possible(ProtocolVersion::Tls12) && meet(&left.of_12, &right.of_12))
        && !(possible(ProtocolVersion::Tls13) && meet(&left.of_13, &right.of_13))
}

fn meet(left: &Option<BTreeSet<&'static str>>, right: &Option<BTreeSet<&'static str>>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => !left.is_disjoint(right),
        (Some(one), None) | (None, Some(one)) => !one.is_empty(),
        (None, None) => true,
    }
}

/// The suites of an end; `None` if its list has a word that names none.
fn named(allowed: &Allowed) -> Option<Named> {
    let list = match allowed {
        Allowed::List(list) => list,
        Allowed::Ours => {
            let all = cipher_suites::everything();
            let of = |version| {
                let suites = all.iter().filter(|suite| suite.version == version);
                Some(suites.map(|suite| suite.openssl()).collect())
            };
            return Some(Named {
                of_12: of(ProtocolVersion::Tls12),
                of_13: of(ProtocolVersion::Tls13),
            });
        }
        Allowed::Anything => {
            return Some(Named {
                of_12: None,
                of_13: None,
            });
        }
    };
    let (mut of_12, mut of_13) = (BTreeSet::new(), BTreeSet::new());
    for word in list.words() {
        if let Some((openssl, _)) = TLS12.iter().find(|(o, i)| o == word || i == word) {
            of_12.insert(*openssl);
        } else {
            of_13.insert(*TLS13.iter().find(|name| *name == word)?);
        }
    }
    Some(Named {
        of_12: Some(of_12),
        // "1.3 suites stay if none of them is named."
        of_13: (!of_13.is_empty()).then_some(of_13),
    })
}
