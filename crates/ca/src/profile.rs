//! What a kind of certificate contains: usages, lifetime, and the margin before it begins.
//!
//! Profiles are data. The built-in ones for hosts are a table here; a site's own come from a file and
//! are the same type. Authorities have one of their own, which no request for a host can name.
//! Invariant: a profile for hosts has at least one purpose.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use trustpack_x509::extension::{KeyUsage, KeyUse, Purpose};
use trustpack_x509::lint::Violation;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::tbs::ToBeSigned;

use crate::lifetime::Lifetime;

/// What a kind of host certificate contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProfile {
    name: Box<str>,
    purposes: Vec<Purpose>,
    lifetime: Lifetime,
}

/// What the certificate of an authority contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuthorityProfile;

/// A text names no profile for hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no profile for hosts; allowed are {}", BUILT_IN.map(|profile| profile.name).join(", "))]
pub struct UnknownProfile {
    found: String,
}

/// A row of the table of built-in profiles.
struct BuiltIn {
    name: &'static str,
    purposes: &'static [Purpose],
}

/// How long before now a certificate begins, for peers whose clocks are late.
pub(crate) const BACKDATE: Duration = Duration::from_secs(5 * 60);

/// The clause that violations of a profile name.
const CLAUSE: &str = "the profile";

/// Servers are clients too: they connect to each other.
const SERVER: BuiltIn = BuiltIn {
    name: "server",
    purposes: &[Purpose::ServerAuth, Purpose::ClientAuth],
};

/// The profiles that every authority has.
const BUILT_IN: [BuiltIn; 4] = [
    SERVER,
    BuiltIn {
        name: "gui",
        purposes: &[Purpose::ClientAuth],
    },
    BuiltIn {
        name: "client",
        purposes: &[Purpose::ClientAuth],
    },
    BuiltIn {
        name: "server-only",
        purposes: &[Purpose::ServerAuth],
    },
];

impl HostProfile {
    /// The built-in profiles.
    pub fn built_in() -> impl Iterator<Item = Self> {
        BUILT_IN.into_iter().map(Self::from)
    }

    /// The profile `server`: TLS server and client.
    #[must_use]
    pub fn server() -> Self {
        Self::from(SERVER)
    }

    /// The same with emailProtection, which older guides ask for.
    #[must_use]
    pub fn with_email_protection(mut self) -> Self {
        if !self.purposes.contains(&Purpose::EmailProtection) {
            self.purposes.push(Purpose::EmailProtection);
        }
        self
    }

    /// The lifetime of a certificate for which none is asked.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// The purposes of its certificates.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// What a key of this kind may be used for in a certificate of this profile.
    pub(crate) fn key_usage(&self, key: &PublicKeyAlgorithm) -> KeyUsage {
        let uses: &[KeyUse] = match key {
            // TLS 1.2 without forward secrecy sends the secret encrypted to an RSA key.
            PublicKeyAlgorithm::Rsa { .. } => &[KeyUse::DigitalSignature, KeyUse::KeyEncipherment],
            PublicKeyAlgorithm::EcP256
            | PublicKeyAlgorithm::EcP384
            | PublicKeyAlgorithm::EcP521
            | PublicKeyAlgorithm::Ed25519
            | PublicKeyAlgorithm::Other(_) => &[KeyUse::DigitalSignature],
        };
        uses.iter().copied().collect()
    }

    /// Where a certificate differs from what the profile says.
    pub(crate) fn violations(&self, tbs: &ToBeSigned) -> Vec<Violation> {
        let found = [
            (!tbs.basic_constraints.ca, "whether it is an authority"),
            (tbs.extended_key_usage == self.purposes, "its purposes"),
            (
                tbs.key_usage == self.key_usage(tbs.public_key.algorithm()),
                "the usages of its key",
            ),
        ];
        differences(&self.name, found)
    }
}

impl AuthorityProfile {
    /// What the key may be used for.
    pub(crate) fn key_usage(self) -> KeyUsage {
        [KeyUse::KeyCertSign, KeyUse::CrlSign].into_iter().collect()
    }

    /// Where a certificate differs from what the profile says.
    pub(crate) fn violations(self, tbs: &ToBeSigned) -> Vec<Violation> {
        let found = [
            (tbs.basic_constraints.ca, "whether it is an authority"),
            (tbs.extended_key_usage.is_empty(), "its purposes"),
            (tbs.key_usage == self.key_usage(), "the usages of its key"),
        ];
        differences("ca", found)
    }
}

fn differences(profile: &str, found: [(bool, &str); 3]) -> Vec<Violation> {
    found
        .into_iter()
        .filter(|(agrees, _)| !agrees)
        .map(|(_, what)| Violation {
            clause: CLAUSE,
            message: format!("the certificate differs from the profile \"{profile}\": {what}"),
        })
        .collect()
}

impl From<BuiltIn> for HostProfile {
    fn from(row: BuiltIn) -> Self {
        Self {
            name: row.name.into(),
            purposes: row.purposes.to_vec(),
            lifetime: Lifetime::HOST,
        }
    }
}

impl FromStr for HostProfile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::built_in()
            .find(|profile| &*profile.name == text)
            .ok_or_else(|| UnknownProfile {
                found: text.chars().take(40).flat_map(char::escape_debug).collect(),
            })
    }
}

impl fmt::Display for HostProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_have_those_of_the_table_only() {
        assert_eq!("server".parse(), Ok(HostProfile::server()));
        for none in ["ca", "Server", ""] {
            let message = none.parse::<HostProfile>().unwrap_err().to_string();
            assert_eq!(
                message,
                format!(
                    "\"{none}\" is no profile for hosts; allowed are server, gui, client, server-only"
                )
            );
        }
    }

    #[test]
    fn mail_protection_is_added_once() {
        let gui: HostProfile = "gui".parse().unwrap();
        let purposes = gui.with_email_protection().with_email_protection();
        assert_eq!(
            purposes.purposes(),
            [Purpose::ClientAuth, Purpose::EmailProtection]
        );
    }

    #[test]
    fn only_rsa_keys_encrypt_keys() {
        let usage = |key| HostProfile::server().key_usage(&key);
        let rsa = PublicKeyAlgorithm::Rsa { bits: 2048 };
        assert!(usage(rsa).allows(KeyUse::KeyEncipherment));
        assert!(!usage(PublicKeyAlgorithm::EcP256).allows(KeyUse::KeyEncipherment));
    }
}
