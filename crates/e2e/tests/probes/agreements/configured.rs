//! How a server is set up, and what follows from that: what it lacks for clients of today.
//!
//! Invariant: nothing here asks the program under test.

use std::collections::BTreeSet;
use std::fmt;

/// The kind of key in its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Rsa,
    RsaPss,
    P256,
    P521,
    Ed25519,
    Ed448,
    Brainpool,
    Dsa,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    Tls11,
    Tls12,
    Tls13,
}

/// Who decides what is used of the common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefers {
    Server,
    Client,
}

pub(super) const PREFERENCES: [Prefers; 2] = [Prefers::Server, Prefers::Client];

/// Suites, as they are combined with keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suites {
    /// Of today, and for the key.
    Fitting,
    /// Of old in all versions, for the key.
    Old,
    /// Of old in TLS 1.2, and of today in TLS 1.3.
    OldOf12,
    /// Of old in TLS 1.3, and of today in TLS 1.2.
    OldOf13,
    /// For another kind of key, in TLS 1.2 and older.
    NotFitting,
    /// Of TLS 1.2 and older those of RSA alone that agree on keys in no group.
    WithoutExchange,
}

/// A suite of TLS 1.3 that our engine has not.
const OF_OLD: &str = "TLS_AES_128_CCM_SHA256";

pub(super) const OF_TODAY: &str = "TLS_AES_128_GCM_SHA256";

/// Something that a server may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Version,
    Suite,
    Group,
    Key,
    /// A signature with a digest of today.
    Signature,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) key: Key,
    /// Those that it takes, the oldest first.
    pub(super) versions: Vec<Version>,
    /// By preference, as OpenSSL names them.
    pub(super) groups: Vec<&'static str>,
    /// Those of TLS 1.2 and older, as OpenSSL names them.
    pub(super) suites: Vec<String>,
    /// Those of TLS 1.3.
    pub(super) of_tls13: Vec<&'static str>,
    pub(super) prefers: Prefers,
    /// Those with which it signs, as OpenSSL names them; all if it is not limited in them.
    pub(super) signatures: Vec<&'static str>,
}

/// Signatures of old alone.
pub(super) const SHA1: [&str; 2] = ["RSA+SHA1", "ECDSA+SHA1"];

impl Key {
    pub(super) const ALL: [Self; 8] = [
        Self::Rsa,
        Self::RsaPss,
        Self::P256,
        Self::P521,
        Self::Ed25519,
        Self::Ed448,
        Self::Brainpool,
        Self::Dsa,
    ];

    /// Those without DSA: HAProxy takes only such keys of it as take a minute to make, nginx agrees on keys in no group for it.
    pub(super) const OF_PROXIES: [Self; 7] = [
        Self::Rsa,
        Self::RsaPss,
        Self::P256,
        Self::P521,
        Self::Ed25519,
        Self::Ed448,
        Self::Brainpool,
    ];

    /// Those of which GnuTLS takes all that OpenSSL takes.
    pub(super) const OF_GNUTLS: [Self; 4] = [Self::Rsa, Self::P256, Self::Ed25519, Self::Ed448];

    /// The begin of the names of suites for it.
    pub(super) fn of_suites(self) -> &'static str {
        match self {
            Self::Rsa | Self::RsaPss => "ECDHE-RSA-",
            Self::P256 | Self::P521 | Self::Ed25519 | Self::Ed448 | Self::Brainpool => {
                "ECDHE-ECDSA-"
            }
            Self::Dsa => "DHE-DSS-",
        }
    }

    /// How it may be named where it is to blame.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["rsa_pkcs1", "rsa_pss_rsae"],
            Self::RsaPss => &["rsa_pss_pss_"],
            Self::P256 => &["secp256r1"],
            Self::P521 => &["certificate is on secp521r1"],
            Self::Ed25519 => &["ed25519"],
            Self::Ed448 => &["ed448"],
            Self::Brainpool => &["certificate is on brainpoolP256r1"],
            Self::Dsa => &["such as dsa_", "certificate is DSA"],
        }
    }
}

impl Config {
    pub(super) fn new(
        key: Key,
        versions: &[Version],
        groups: &[&'static str],
        suites: Suites,
        prefers: Prefers,
    ) -> Self {
        let other = match key {
            Key::Rsa | Key::RsaPss => Key::P256,
            Key::P256 | Key::P521 | Key::Ed25519 | Key::Ed448 | Key::Brainpool | Key::Dsa => {
                Key::Rsa
            }
        };
        let of = |key: Key, ends: &[&str]| {
            let begin = key.of_suites();
            ends.iter().map(|end| format!("{begin}{end}")).collect()
        };
        let both = ["AES128-GCM-SHA256", "AES128-SHA"];
        // TLS 1.1 alone says nothing of newer versions.
        let is_old = versions == [Version::Tls11];
        Self {
            key,
            versions: versions.to_vec(),
            groups: groups.to_vec(),
            suites: match suites {
                Suites::Fitting | Suites::OldOf13 => of(key, &both),
                Suites::Old | Suites::OldOf12 => of(key, &["AES128-SHA"]),
                Suites::NotFitting => of(other, &both),
                Suites::WithoutExchange => both.map(str::to_owned).to_vec(),
            },
            of_tls13: match suites {
                Suites::Old | Suites::OldOf13 if !is_old => vec![OF_OLD],
                Suites::Old
                | Suites::OldOf13
                | Suites::Fitting
                | Suites::OldOf12
                | Suites::WithoutExchange
                | Suites::NotFitting => vec![OF_TODAY],
            },
            prefers,
            signatures: Vec::new(),
        }
    }

    /// What the settings and files of a fleet say that name nothing but a certificate with this key: everything of today.
    pub(super) fn of_the_fleet() -> Self {
        let versions = [Version::Tls12, Version::Tls13];
        let groups = ["X25519", "P-256"];
        let mut all = Self::new(
            Key::P256,
            &versions,
            &groups,
            Suites::Fitting,
            Prefers::Server,
        );
        all.suites.push("ECDHE-ECDSA-AES256-GCM-SHA384".to_owned());
        all.of_tls13.push("TLS_AES_256_GCM_SHA384");
        all
    }

    /// The versions in which it takes anything at all.
    pub(super) fn spoken(&self) -> Vec<Version> {
        let versions = self.versions.iter().copied();
        versions.filter(|version| self.speaks(*version)).collect()
    }

    fn speaks(&self, version: Version) -> bool {
        let begin = self.key.of_suites();
        let fits = |of_old: bool| {
            let mut suites = self.suites.iter();
            suites.any(|suite| {
                let is_for_key = suite.starts_with(begin)
                    || (suite.starts_with("AES128-") && self.key == Key::Rsa);
                is_for_key && !(of_old && suite.contains("GCM"))
            })
        };
        match version {
            // OpenSSL 3.0 has no signature for these; and TLS 1.3 has none with SHA-1.
            Version::Tls13 => {
                ![Key::Brainpool, Key::Dsa].contains(&self.key) && !self.signs_as_of_old()
            }
            Version::Tls12 => fits(false),
            // The signatures of these came with TLS 1.2.
            Version::Tls11 => {
                fits(true) && ![Key::RsaPss, Key::Ed25519, Key::Ed448].contains(&self.key)
            }
        }
    }

    /// What it has nothing of that clients of today speak, in a version.
    pub(super) fn lacks(&self, version: Version) -> BTreeSet<Thing> {
        let mut lacks = BTreeSet::new();
        let speakable: &[Key] = match version {
            Version::Tls13 => &[Key::Rsa, Key::P256, Key::P521, Key::Ed25519],
            // With TLS 1.2 the curve of the key has to be among the groups of the client.
            Version::Tls12 | Version::Tls11 => &[Key::Rsa, Key::P256, Key::Ed25519],
        };
        if !speakable.contains(&self.key) {
            lacks.insert(Thing::Key);
        }
        if !self.groups.iter().any(|group| *group != "P-521") {
            lacks.insert(Thing::Group);
        }
        if self.suites_of_today(version).is_empty() {
            lacks.insert(Thing::Suite);
        }
        if version == Version::Tls11 {
            lacks.insert(Thing::Version);
        }
        if self.signs_as_of_old() {
            lacks.insert(Thing::Signature);
        }
        lacks
    }

    fn signs_as_of_old(&self) -> bool {
        self.signatures == SHA1
    }

    /// The suites of today that it takes in a version, with its key.
    pub(super) fn suites_of_today(&self, version: Version) -> Vec<String> {
        match version {
            Version::Tls13 => {
                let all = self.of_tls13.iter().filter(|suite| **suite != OF_OLD);
                all.map(|suite| (*suite).to_owned()).collect()
            }
            Version::Tls12 | Version::Tls11 => {
                let begin = self.key.of_suites();
                let fitting = self.suites.iter().filter(|suite| suite.starts_with(begin));
                let of_today =
                    fitting.filter(|suite| suite.starts_with("ECDHE") && suite.contains("GCM"));
                of_today.cloned().collect()
            }
        }
    }

    /// Whether a client of today comes to an agreement with it: in the highest version that it takes, and in no other one.
    pub(super) fn works(&self) -> bool {
        let highest = self.spoken().into_iter().max();
        highest.is_some_and(|version| self.lacks(version).is_empty())
    }

    /// Whether a probe can see all that it lacks: what it lacks of TLS 1.3 shows with a key for that.
    pub(super) fn shows_all(&self) -> bool {
        let hides = self.versions.contains(&Version::Tls13) && !self.speaks(Version::Tls13);
        !hides || self.versions.len() == 1 || self.of_tls13.contains(&OF_TODAY)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            versions,
            groups,
            suites,
            of_tls13,
            prefers,
            signatures,
        } = self;
        write!(
            f,
            "{key:?} {versions:?} groups {} suites {} {} {prefers:?} prefers {}",
            groups.join(":"),
            suites.join(":"),
            of_tls13.join(":"),
            signatures.join(":")
        )
    }
}
