//! Cipher suites that servers may take, also those that no engine of today speaks, and what each means.
//!
//! What a suite is follows from its name alone. Invariant: numbers are in rising order, each once.
//!
//! Long because of the table. Source: IANA's registry of TLS cipher suites; without those of shared keys (PSK, SRP), which
//! no service of a fleet has.

use trustpack_settings::cipher_suites;

use super::meaning::{Grade, Meaning};
use super::names::Version;

/// A cipher suite: its number, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suite {
    /// As it is written in hellos.
    pub number: u16,
    /// Its name in IANA's registry.
    pub name: &'static str,
}

/// How the key is agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    /// On an elliptic curve, for this connection only.
    Curve,
    /// In a group of numbers, for this connection only.
    Numbers,
    /// By the key of the certificate, or in a way that tells nothing more here.
    Other,
}

/// Who proves with the suite who he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// The owner of an RSA key.
    Rsa,
    /// The owner of a key on an elliptic curve.
    Ecdsa,
    /// The owner of a DSA key.
    Dsa,
    /// Whoever the certificate says: suites of TLS 1.3 have no say in it.
    Any,
    /// Nobody.
    Nobody,
}

impl Suite {
    /// The suite with this number.
    #[must_use]
    pub fn of(number: u16) -> Option<Self> {
        let found = SUITES.binary_search_by_key(&number, |(number, _)| *number);
        let (number, name) = SUITES.get(found.ok()?)?;
        Some(Self {
            number: *number,
            name,
        })
    }

    /// The suite with this name in IANA's registry.
    pub(crate) fn named(name: &str) -> Option<Self> {
        all().find(|suite| suite.name == name)
    }

    /// Whether our engine has it.
    pub(crate) fn is_ours(self) -> bool {
        let ours = cipher_suites::everything();
        ours.iter().any(|suite| suite.iana == self.name)
    }

    /// Whether it is one of TLS 1.3.
    #[must_use]
    pub fn is_of_tls13(self) -> bool {
        self.number >> 8 == 0x13
    }

    pub(super) fn exchange(self) -> Exchange {
        if self.name.starts_with("TLS_ECDHE_") || self.name.starts_with("TLS_ECDH_anon_") {
            Exchange::Curve
        } else if self.name.starts_with("TLS_DHE_") || self.name.starts_with("TLS_DH_anon_") {
            Exchange::Numbers
        } else {
            Exchange::Other
        }
    }

    /// Who proves with it who he is.
    pub(crate) fn auth(self) -> Auth {
        let words = [
            ("_anon_", Auth::Nobody),
            ("_DSS_", Auth::Dsa),
            ("_ECDSA_", Auth::Ecdsa),
            ("_RSA_", Auth::Rsa),
        ];
        let found = words.iter().find(|(word, _)| self.name.contains(word));
        found.map_or(Auth::Any, |(_, auth)| *auth)
    }

    /// Whether nobody proves who he is.
    pub(super) fn is_anonymous(self) -> bool {
        self.auth() == Auth::Nobody
    }

    /// What it means that a server takes it.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        let found = WORDS.iter().find(|(word, _, _)| self.name.contains(word));
        let (_, grade, says) = found.unwrap_or(&("", Grade::Good, "protects as it should"));
        Meaning {
            grade: *grade,
            says,
        }
    }
}

/// Those with which a version is asked for: TLS 1.3 has its own.
pub(super) fn of(version: Version) -> impl Iterator<Item = Suite> {
    all().filter(move |suite| suite.is_of_tls13() == (version == Version::Tls13))
}

/// Every suite that is asked for, in the order of numbers.
pub(super) fn all() -> impl Iterator<Item = Suite> {
    let suites = SUITES.iter();
    suites.map(|(number, name)| Suite {
        number: *number,
        name,
    })
}

/// What a part of a name means, the worst first.
const WORDS: &[(&str, Grade, &str)] = &[
    ("_NULL_", Grade::Broken, "encrypts nothing"),
    (
        "_anon_",
        Grade::Broken,
        "has no certificate: anybody can be in between",
    ),
    (
        "_EXPORT_",
        Grade::Broken,
        "has keys that are broken in minutes (FREAK, Logjam)",
    ),
    (
        "_RC4_",
        Grade::Broken,
        "leaks what is sent (RFC 7465 forbids it)",
    ),
    (
        "_RC2_",
        Grade::Broken,
        "has a cipher of the nineties that is broken",
    ),
    (
        "_DES_CBC_",
        Grade::Broken,
        "has keys of 56 bits, which anybody can try",
    ),
    (
        "_3DES_",
        Grade::Broken,
        "has blocks of 64 bits, which leak in long connections (Sweet32)",
    ),
    (
        "_IDEA_",
        Grade::Broken,
        "has blocks of 64 bits, which leak in long connections (Sweet32)",
    ),
    ("_MD5", Grade::Broken, "has a digest that is broken"),
    (
        "TLS_RSA_",
        Grade::Old,
        "has no forward secrecy: whoever gets the key reads what was recorded; and it invites the attack of Bleichenbacher",
    ),
    (
        "TLS_DH_",
        Grade::Old,
        "has no forward secrecy: whoever gets the key reads what was recorded",
    ),
    (
        "TLS_ECDH_",
        Grade::Old,
        "has no forward secrecy: whoever gets the key reads what was recorded",
    ),
    (
        "_CBC_",
        Grade::Old,
        "is good only in versions and programs that were mended (Lucky 13)",
    ),
    (
        "TLS_DHE_",
        Grade::Old,
        "is slow, and as good as its group, which the client cannot choose",
    ),
    (
        "_CCM_8",
        Grade::Old,
        "checks with 64 bits only; for small devices",
    ),
];

/// Number and name.
const SUITES: &[(u16, &str)] = &[
    (0x0001, "TLS_RSA_WITH_NULL_MD5"),
    (0x0002, "TLS_RSA_WITH_NULL_SHA"),
    (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"),
    (0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA"),
    (0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0009, "TLS_RSA_WITH_DES_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0011, "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0012, "TLS_DHE_DSS_WITH_DES_CBC_SHA"),
    (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
    (0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0017, "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5"),
    (0x0018, "TLS_DH_anon_WITH_RC4_128_MD5"),
    (0x0019, "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA"),
    (0x001a, "TLS_DH_anon_WITH_DES_CBC_SHA"),
    (0x001b, "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA"),
    (0x003b, "TLS_RSA_WITH_NULL_SHA256"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0044, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0046, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006a, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x006c, "TLS_DH_anon_WITH_AES_128_CBC_SHA256"),
    (0x006d, "TLS_DH_anon_WITH_AES_256_CBC_SHA256"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0087, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0089, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x00a2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256"),
    (0x00a3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384"),
    (0x00a6, "TLS_DH_anon_WITH_AES_128_GCM_SHA256"),
    (0x00a7, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"),
    (0x00ba, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00bd, "TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00be, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00bf, "TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256"),
    (0x00c0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c3, "TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x00c5, "TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256"),
    (0x1301, "TLS_AES_128_GCM_SHA256"),
    (0x1302, "TLS_AES_256_GCM_SHA384"),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256"),
    (0x1304, "TLS_AES_128_CCM_SHA256"),
    (0x1305, "TLS_AES_128_CCM_8_SHA256"),
    (0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc015, "TLS_ECDH_anon_WITH_NULL_SHA"),
    (0xc016, "TLS_ECDH_anon_WITH_RC4_128_SHA"),
    (0xc017, "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA"),
    (0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"),
    (0xc019, "TLS_ECDH_anon_WITH_AES_256_CBC_SHA"),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc050, "TLS_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc051, "TLS_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc052, "TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc053, "TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc056, "TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256"),
    (0xc057, "TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384"),
    (0xc05c, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc05d, "TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc060, "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
    (0xc061, "TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384"),
    (0xc072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
    (0xc077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"),
    (0xc09c, "TLS_RSA_WITH_AES_128_CCM"),
    (0xc09d, "TLS_RSA_WITH_AES_256_CCM"),
    (0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM"),
    (0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM"),
    (0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8"),
    (0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8"),
    (0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8"),
    (0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
    (0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    (0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"),
    (0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    (0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise() {
        assert!(SUITES.is_sorted_by(|(left, _), (right, _)| left < right));
    }

    #[track_caller]
    fn check(number: u16, name: &str, grade: Grade) {
        let suite = Suite::of(number).expect("a suite");
        assert_eq!(suite.name, name);
        assert_eq!(suite.meaning().grade, grade);
    }

    #[test]
    fn names_say_what_a_suite_is() {
        check(0x1301, "TLS_AES_128_GCM_SHA256", Grade::Good);
        check(0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Grade::Good);
        check(0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Grade::Old);
        check(0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", Grade::Old);
        check(0x0005, "TLS_RSA_WITH_RC4_128_SHA", Grade::Broken);
        check(0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", Grade::Broken);
        check(0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", Grade::Broken);
        assert_eq!(Suite::of(0xffff), None);
    }

    #[test]
    fn names_say_who_proves_himself() {
        let check = |number: u16, auth: Auth| {
            let suite = Suite::of(number).expect("a suite");
            assert_eq!(suite.auth(), auth, "{}", suite.name);
        };
        check(0x1301, Auth::Any);
        check(0xc02f, Auth::Rsa);
        check(0x002f, Auth::Rsa);
        check(0xc02b, Auth::Ecdsa);
        check(0x0032, Auth::Dsa);
        check(0xc018, Auth::Nobody);
        check(0x0003, Auth::Rsa);
        let of_tls13 = all().filter(|suite| suite.auth() == Auth::Any);
        assert!(of_tls13.into_iter().all(Suite::is_of_tls13));
    }
}
