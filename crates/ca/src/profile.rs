//! What a kind of certificate contains: usages, lifetime, and the margin before it begins.
//!
//! Profiles are data. The built-in ones are a table here; a site's own come from a file and are
//! the same type. Invariant: a profile is either one for hosts, with at least one purpose, or one
//! for authorities.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use trustpack_x509::extension::{KeyUsage, KeyUse, Purpose};
use trustpack_x509::lint::Violation;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::tbs::ToBeSigned;

use crate::lifetime::Lifetime;

/// What a kind of certificate contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: Box<str>,
    subject: Subject,
    lifetime: Lifetime,
}

/// Whom certificates of a profile are for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Host { purposes: Vec<Purpose> },
    Authority,
}

/// A text names no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no profile; allowed are server, gui, client, server-only, ca")]
pub struct UnknownProfile {
    found: String,
}

/// How long before now a certificate begins, for peers whose clocks are late.
pub const BACKDATE: Duration = Duration::from_secs(5 * 60);

/// The clause that violations of a profile name.
const CLAUSE: &str = "the profile";

/// The profiles that every authority has.
const BUILT_IN: &[(&str, Lifetime, Option<&[Purpose]>)] = &[
    // Servers are clients too: they connect to each other.
    (
        "server",
        Lifetime::HOST,
        Some(&[Purpose::ServerAuth, Purpose::ClientAuth]),
    ),
    ("gui", Lifetime::HOST, Some(&[Purpose::ClientAuth])),
    ("client", Lifetime::HOST, Some(&[Purpose::ClientAuth])),
    ("server-only", Lifetime::HOST, Some(&[Purpose::ServerAuth])),
    ("ca", Lifetime::CA, None),
];

impl Profile {
    /// The built-in profiles.
    pub fn built_in() -> impl Iterator<Item = Self> {
        BUILT_IN.iter().map(|(name, lifetime, purposes)| Self {
            name: (*name).into(),
            subject: match purposes {
                Some(purposes) => Subject::Host {
                    purposes: purposes.to_vec(),
                },
                None => Subject::Authority,
            },
            lifetime: *lifetime,
        })
    }

    /// The profile `server`: TLS server and client.
    #[must_use]
    pub fn server() -> Self {
        Self {
            name: "server".into(),
            subject: Subject::Host {
                purposes: vec![Purpose::ServerAuth, Purpose::ClientAuth],
            },
            lifetime: Lifetime::HOST,
        }
    }

    /// The profile `ca`.
    #[must_use]
    pub fn authority() -> Self {
        Self {
            name: "ca".into(),
            subject: Subject::Authority,
            lifetime: Lifetime::CA,
        }
    }

    /// The same with emailProtection, which older guides ask for; no change for an authority.
    #[must_use]
    pub fn with_email_protection(mut self) -> Self {
        if let Subject::Host { purposes } = &mut self.subject
            && !purposes.contains(&Purpose::EmailProtection)
        {
            purposes.push(Purpose::EmailProtection);
        }
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The lifetime of a certificate for which none is asked.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// The purposes of its certificates; none for an authority.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        match &self.subject {
            Subject::Host { purposes } => purposes,
            Subject::Authority => &[],
        }
    }

    /// Whether its certificates are those of authorities.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        match self.subject {
            Subject::Host { .. } => false,
            Subject::Authority => true,
        }
    }

    /// What a key of this kind may be used for in a certificate of this profile.
    #[must_use]
    pub fn key_usage(&self, key: &PublicKeyAlgorithm) -> KeyUsage {
        let uses: &[KeyUse] = match (&self.subject, key) {
            (Subject::Authority, _) => &[KeyUse::KeyCertSign, KeyUse::CrlSign],
            // TLS 1.2 without forward secrecy sends the secret encrypted to an RSA key.
            (Subject::Host { .. }, PublicKeyAlgorithm::Rsa { .. }) => {
                &[KeyUse::DigitalSignature, KeyUse::KeyEncipherment]
            }
            (
                Subject::Host { .. },
                PublicKeyAlgorithm::EcP256
                | PublicKeyAlgorithm::EcP384
                | PublicKeyAlgorithm::EcP521
                | PublicKeyAlgorithm::Ed25519
                | PublicKeyAlgorithm::Other(_),
            ) => &[KeyUse::DigitalSignature],
        };
        uses.iter().copied().collect()
    }

    /// Where a certificate differs from what the profile says.
    pub(crate) fn violations(&self, tbs: &ToBeSigned) -> Vec<Violation> {
        let name = &self.name;
        let found = [
            (
                tbs.basic_constraints.ca == self.is_authority(),
                "whether it is an authority",
            ),
            (tbs.extended_key_usage == self.purposes(), "its purposes"),
            (
                tbs.key_usage == self.key_usage(tbs.public_key.algorithm()),
                "the usages of its key",
            ),
        ];
        found
            .into_iter()
            .filter(|(agrees, _)| !agrees)
            .map(|(_, what)| Violation {
                clause: CLAUSE,
                message: format!("the certificate differs from the profile \"{name}\": {what}"),
            })
            .collect()
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::built_in()
            .find(|profile| profile.name() == text)
            .ok_or_else(|| UnknownProfile {
                found: text.chars().take(40).flat_map(char::escape_debug).collect(),
            })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_profiles_are_those_of_the_table() {
        assert_eq!("server".parse(), Ok(Profile::server()));
        assert_eq!("ca".parse(), Ok(Profile::authority()));
        assert!("Server".parse::<Profile>().is_err());
        let names: Vec<Box<str>> = Profile::built_in().map(|profile| profile.name).collect();
        let message = UnknownProfile { found: "x".into() }.to_string();
        assert!(message.ends_with(&names.join(", ")), "{message}");
    }

    #[test]
    fn mail_protection_is_added_once() {
        let gui: Profile = "gui".parse().unwrap();
        let purposes = gui.with_email_protection().with_email_protection();
        assert_eq!(
            purposes.purposes(),
            [Purpose::ClientAuth, Purpose::EmailProtection]
        );
        assert_eq!(
            Profile::authority().with_email_protection(),
            Profile::authority()
        );
    }

    #[test]
    fn only_rsa_keys_encrypt_keys() {
        let usage = |key| Profile::server().key_usage(&key);
        let rsa = PublicKeyAlgorithm::Rsa { bits: 2048 };
        assert!(usage(rsa).allows(KeyUse::KeyEncipherment));
        assert!(!usage(PublicKeyAlgorithm::EcP256).allows(KeyUse::KeyEncipherment));
    }
}
