//! What a kind of certificate contains: usages, lifetime, the names it may bear, and the margin before
//! it begins.
//!
//! Profiles are data. The built-in ones for hosts are a table here; a site's own come from a file
//! ([`mod@file`]) and are the same type. Authorities have one of their own, which no request for a host
//! can name. Invariant: a profile for hosts has at least one purpose.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use trustpack_x509::extension::{KeyUsage, KeyUse, NameConstraints, Purpose};
use trustpack_x509::public_key::PublicKeyAlgorithm;

use crate::lifetime::Lifetime;

mod built_in;
mod difference;
mod events;
pub mod file;
pub mod words;

/// What a kind of host certificate contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProfile {
    name: ProfileName,
    purposes: Vec<Purpose>,
    /// The uses of the key, of which each kind of key gets those it can do.
    key_uses: Vec<KeyUse>,
    lifetime: Lifetime,
    max_lifetime: Option<Lifetime>,
    names: Option<NameConstraints>,
    wildcards: Wildcards,
}

/// Whether certificates of a profile may bear wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcards {
    /// As far as the names allowed go.
    Allowed,
    /// Not at all.
    Refused,
}

/// The name of a profile: letters, digits, `-` and `_`, at most 40.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProfileName(Box<str>);

/// The profiles of an authority: the built-in ones and those of its site.
#[derive(Clone, Debug)]
pub struct Profiles(BTreeMap<ProfileName, HostProfile>);

/// What the certificate of an authority contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuthorityProfile;

/// A text cannot name a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no name of a profile; allowed are 1 to {MAX_PROFILE_NAME} letters, digits, - and _"
)]
pub struct InvalidProfileName {
    found: String,
}

/// There is no such profile for hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no profile for hosts; allowed are {allowed}")]
pub struct UnknownProfile {
    found: ProfileName,
    allowed: String,
}

/// How long before now a certificate begins, for peers whose clocks are late.
pub(crate) const BACKDATE: Duration = Duration::from_secs(5 * 60);

/// Characters of the name of a profile: our own limit, so that it fits in a line.
const MAX_PROFILE_NAME: usize = 40;

impl HostProfile {
    /// The profile `server`: TLS server and client.
    #[must_use]
    pub fn server() -> Self {
        built_in::server()
    }

    /// A profile that repeats what a certificate contains, for its renewal where no other fits.
    ///
    /// `None` where the purposes or uses cannot be those of a host.
    #[must_use]
    pub fn repeating(purposes: &[Purpose], key_usage: KeyUsage) -> Option<Self> {
        let of_hosts = |key_use: &KeyUse| words::HOST_KEY_USES.contains(key_use);
        let key_uses: Vec<KeyUse> = key_usage.iter().collect();
        let fits = !purposes.is_empty()
            && !purposes.contains(&Purpose::Any)
            && !key_uses.is_empty()
            && key_uses.iter().all(of_hosts);
        fits.then(|| Self {
            name: ProfileName("as-before".into()),
            purposes: purposes.to_vec(),
            key_uses,
            ..Self::server()
        })
    }

    /// The same with emailProtection, which older guides ask for.
    #[must_use]
    pub fn with_email_protection(mut self) -> Self {
        if !self.purposes.contains(&Purpose::EmailProtection) {
            self.purposes.push(Purpose::EmailProtection);
        }
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &ProfileName {
        &self.name
    }

    /// The lifetime of a certificate for which none is asked.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// The longest lifetime that may be asked for; any if it is not said.
    #[must_use]
    pub fn max_lifetime(&self) -> Option<Lifetime> {
        self.max_lifetime
    }

    /// The purposes of its certificates.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// What a key of this kind may be used for in a certificate of this profile: of the profile's
    /// uses those that such a key can do.
    #[must_use]
    pub fn key_usage(&self, key: &PublicKeyAlgorithm) -> KeyUsage {
        let possible = |key_use: &&KeyUse| can_do(key, **key_use);
        self.key_uses.iter().filter(possible).copied().collect()
    }
}

/// Whether a key of this kind can be used so: RFC 3279 section 2.3.1 (RSA), RFC 5480 section 3
/// (elliptic curves), RFC 8410 section 5 (Ed25519).
fn can_do(key: &PublicKeyAlgorithm, key_use: KeyUse) -> bool {
    let [signs, encrypts, agrees] = match key {
        PublicKeyAlgorithm::Rsa { .. } => [true, true, false],
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::EcP384 | PublicKeyAlgorithm::EcP521 => {
            [true, false, true]
        }
        PublicKeyAlgorithm::Ed25519 | PublicKeyAlgorithm::Other(_) => [true, false, false],
    };
    match key_use {
        KeyUse::DigitalSignature
        | KeyUse::NonRepudiation
        | KeyUse::KeyCertSign
        | KeyUse::CrlSign => signs,
        KeyUse::KeyEncipherment | KeyUse::DataEncipherment => encrypts,
        KeyUse::KeyAgreement | KeyUse::EncipherOnly | KeyUse::DecipherOnly => agrees,
    }
}

impl AuthorityProfile {
    /// What the key may be used for.
    pub(crate) fn key_usage(self) -> KeyUsage {
        [KeyUse::KeyCertSign, KeyUse::CrlSign].into_iter().collect()
    }
}

impl Profiles {
    /// The built-in ones.
    #[must_use]
    pub fn built_in() -> Self {
        let named = |profile: HostProfile| (profile.name.clone(), profile);
        Self(built_in::all().map(named).collect())
    }

    /// The profile of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownProfile`], which lists those that there are.
    pub fn get(&self, name: &ProfileName) -> Result<&HostProfile, UnknownProfile> {
        self.0.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.iter().map(|profile| &*profile.name.0).collect();
            UnknownProfile {
                found: name.clone(),
                allowed: names.join(", "),
            }
        })
    }

    /// All of them: the built-in ones first, each group by name.
    pub fn iter(&self) -> impl Iterator<Item = &HostProfile> {
        let (own, built_in): (Vec<_>, Vec<_>) = self
            .0
            .values()
            .partition(|profile| !built_in::is(&profile.name));
        built_in.into_iter().chain(own)
    }

    /// The profile whose certificates have just these purposes and uses: `server` before the others,
    /// the built-in ones before those of the site.
    #[must_use]
    pub fn of_certificate(
        &self,
        purposes: &[Purpose],
        key_usage: KeyUsage,
        key: &PublicKeyAlgorithm,
    ) -> Option<HostProfile> {
        let plain = self.iter().cloned();
        let with_mail = self.iter().cloned().map(HostProfile::with_email_protection);
        let fits = |profile: &HostProfile| {
            profile.purposes == purposes && profile.key_usage(key) == key_usage
        };
        plain.chain(with_mail).find(fits)
    }
}

impl Default for Profiles {
    fn default() -> Self {
        Self::built_in()
    }
}

impl ProfileName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProfileName {
    type Err = InvalidProfileName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > MAX_PROFILE_NAME || !text.chars().all(allowed) {
            return Err(InvalidProfileName {
                found: text.chars().take(MAX_PROFILE_NAME).collect(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for HostProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn built_in(name: &str) -> HostProfile {
        let profiles = Profiles::built_in();
        profiles.get(&name.parse().unwrap()).unwrap().clone()
    }

    #[test]
    fn a_host_may_have_those_of_the_table_only() {
        assert_eq!(built_in("server"), HostProfile::server());
        for none in ["ca", "Server"] {
            let name = none.parse().unwrap();
            let message = Profiles::built_in().get(&name).unwrap_err().to_string();
            assert_eq!(
                message,
                format!(
                    "\"{none}\" is no profile for hosts; allowed are client, gui, server, server-only"
                )
            );
        }
        for none in ["", "a b", "a\n", &"a".repeat(41)] {
            assert!(none.parse::<ProfileName>().is_err(), "{none}");
        }
    }

    #[test]
    fn mail_protection_is_added_once() {
        let purposes = built_in("gui")
            .with_email_protection()
            .with_email_protection();
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
        for other in [
            PublicKeyAlgorithm::EcP256,
            PublicKeyAlgorithm::EcP384,
            PublicKeyAlgorithm::Ed25519,
        ] {
            let only: KeyUsage = [KeyUse::DigitalSignature].into_iter().collect();
            assert_eq!(usage(other), only);
        }
    }

    #[test]
    fn the_profile_of_a_certificate_is_found_again() {
        let profiles = Profiles::built_in();
        let key = PublicKeyAlgorithm::EcP256;
        for name in ["server", "client", "server-only"] {
            for profile in [built_in(name), built_in(name).with_email_protection()] {
                let usage = profile.key_usage(&key);
                let found = profiles.of_certificate(profile.purposes(), usage, &key);
                assert_eq!(found, Some(profile));
            }
        }
        let none = profiles.of_certificate(&[Purpose::OcspSigning], KeyUsage::default(), &key);
        assert_eq!(none, None);
    }
}
