//! Versions, groups and signatures by their numbers, and what each means.
//!
//! Source: IANA's registries of TLS parameters. Invariant: what is asked for stands here with a name.

use std::fmt;

use super::meaning::Meaning;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// SSL 2.0, whose hellos have another form.
    Ssl2,
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// A group in which keys are agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group(pub u16);

/// A way to sign handshakes of TLS 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature(pub u16);

impl Version {
    /// Every version whose hellos have the form of TLS, the newest first.
    pub const ALL: [Self; 5] = [
        Self::Tls13,
        Self::Tls12,
        Self::Tls11,
        Self::Tls10,
        Self::Ssl3,
    ];

    /// The version that is written so.
    pub(super) fn of(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.number() == number)
    }

    /// As it is written in hellos.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Ssl2 => 0x0002,
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    /// What it means that a server takes it.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        match self {
            Self::Ssl2 => Meaning::broken(
                "broken, and breaks newer versions with the same key (DROWN); RFC 6176 forbids it",
            ),
            Self::Ssl3 => Meaning::broken("broken by POODLE; RFC 7568 forbids it"),
            Self::Tls10 | Self::Tls11 => {
                Meaning::broken("rests on MD5 and SHA-1; RFC 8996 forbids it")
            }
            Self::Tls12 => Meaning::good("good with good suites"),
            Self::Tls13 => Meaning::good("the version of today"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssl2 => "SSL 2.0",
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

const HYBRID: Meaning = Meaning::good("holds against quantum computers too");
const USUAL: Meaning = Meaning::good("protects as it should");
const RARE: Meaning = Meaning::good("protects, and few clients have it");
const SMALL: Meaning = Meaning::old("too small for today");

/// Groups: number, name, what it means.
const GROUPS: &[(u16, &str, Meaning)] = &[
    (0x11ec, "X25519MLKEM768", HYBRID),
    (0x11eb, "SecP256r1MLKEM768", HYBRID),
    (0x11ed, "SecP384r1MLKEM1024", HYBRID),
    (29, "X25519", USUAL),
    (23, "secp256r1", USUAL),
    (24, "secp384r1", USUAL),
    (25, "secp521r1", USUAL),
    (30, "X448", USUAL),
    (26, "brainpoolP256r1", RARE),
    (27, "brainpoolP384r1", RARE),
    (28, "brainpoolP512r1", RARE),
    (22, "secp256k1", RARE),
    (21, "secp224r1", SMALL),
    (19, "secp192r1", SMALL),
    (256, "ffdhe2048", Meaning::old("slow, and small for today")),
    (257, "ffdhe3072", Meaning::good("protects, and is slow")),
    (258, "ffdhe4096", Meaning::good("protects, and is slow")),
    (259, "ffdhe6144", Meaning::good("protects, and is slow")),
    (260, "ffdhe8192", Meaning::good("protects, and is slow")),
];

const SHA1: Meaning =
    Meaning::old("has SHA-1, whose collisions can be bought; RFC 9155 forbids it");
const MD5: Meaning = Meaning::broken("has MD5, which is broken (SLOTH)");
const DSA: Meaning = Meaning::old("has DSA, which nobody uses any more");

/// Signatures: number, name, what it means.
const SIGNATURES: &[(u16, &str, Meaning)] = &[
    (0x0403, "ecdsa_secp256r1_sha256", USUAL),
    (0x0503, "ecdsa_secp384r1_sha384", USUAL),
    (0x0603, "ecdsa_secp521r1_sha512", USUAL),
    (0x0807, "ed25519", USUAL),
    (0x0808, "ed448", USUAL),
    (0x0804, "rsa_pss_rsae_sha256", USUAL),
    (0x0805, "rsa_pss_rsae_sha384", USUAL),
    (0x0806, "rsa_pss_rsae_sha512", USUAL),
    (0x0809, "rsa_pss_pss_sha256", USUAL),
    (0x080a, "rsa_pss_pss_sha384", USUAL),
    (0x080b, "rsa_pss_pss_sha512", USUAL),
    (0x0401, "rsa_pkcs1_sha256", USUAL),
    (0x0501, "rsa_pkcs1_sha384", USUAL),
    (0x0601, "rsa_pkcs1_sha512", USUAL),
    (0x0301, "rsa_pkcs1_sha224", RARE),
    (0x0303, "ecdsa_sha224", RARE),
    (0x0203, "ecdsa_sha1", SHA1),
    (0x0201, "rsa_pkcs1_sha1", SHA1),
    (0x0402, "dsa_sha256", DSA),
    (0x0202, "dsa_sha1", DSA),
    (0x0101, "rsa_pkcs1_md5", MD5),
];

/// The groups that our engine has.
///
/// Source: rustls 0.23 with aws-lc-rs, `DEFAULT_KX_GROUPS`.
const OUR_GROUPS: [u16; 4] = [0x11ec, 29, 23, 24];

/// The signatures that our engine verifies. Those for keys that are for PSS alone are none of them.
///
/// Source: rustls 0.23 with aws-lc-rs, `SUPPORTED_SIG_ALGS`, of which ours are all that have a number in TLS.
const OUR_SIGNATURES: [u16; 10] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
];

impl Group {
    /// Whether our engine has it.
    pub(crate) fn is_ours(self) -> bool {
        OUR_GROUPS.contains(&self.0)
    }

    /// Every group that is asked for.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        GROUPS.iter().map(|(number, _, _)| Self(*number))
    }

    /// What it means that a server takes it.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        let found = GROUPS.iter().find(|(number, _, _)| *number == self.0);
        found.map_or(RARE, |(_, _, meaning)| *meaning)
    }
}

impl Signature {
    /// Whether our engine verifies it.
    pub(crate) fn is_ours(self) -> bool {
        OUR_SIGNATURES.contains(&self.0)
    }

    /// Whether it is a digest of old that keeps our engine from verifying it, and not the kind of key.
    ///
    /// Source: RFC 5246 section 7.4.1.4.1: first the digest, MD5, SHA-1 and SHA-224 being 1 to 3, then the key: RSA is 1, ECDSA 3.
    pub(crate) fn has_digest_of_old(self) -> bool {
        let [digest, key] = self.0.to_be_bytes();
        matches!((digest, key), (1..=3, 1 | 3))
    }

    /// Whether it signs handshakes of TLS 1.3, with a key that our engine does not verify.
    ///
    /// Source: RFC 8446 section 4.2.3.
    pub(super) fn is_foreign_of_tls13(self) -> bool {
        let [family, _] = self.0.to_be_bytes();
        family == 8 && !self.is_ours()
    }

    /// Every signature that is asked for.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        SIGNATURES.iter().map(|(number, _, _)| Self(*number))
    }

    /// What it means that a server uses it.
    #[must_use]
    pub fn meaning(self) -> Meaning {
        let found = SIGNATURES.iter().find(|(number, _, _)| *number == self.0);
        found.map_or(RARE, |(_, _, meaning)| *meaning)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match GROUPS.iter().find(|(number, _, _)| *number == self.0) {
            Some((_, name, _)) => f.write_str(name),
            None => write!(f, "group {}", self.0),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SIGNATURES.iter().find(|(number, _, _)| *number == self.0) {
            Some((_, name, _)) => f.write_str(name),
            None => write!(f, "signature 0x{:04x}", self.0),
        }
    }
}
