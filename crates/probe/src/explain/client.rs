//! The limits of a client: what it offers, and which of its options keep it from offering more.
//!
//! Invariant: an option is named only where it limits the client.

use trustpack_settings::cipher_suites;
use trustpack_settings::endpoint::Versions;
use trustpack_settings::options::OptionId;
use trustpack_settings::value::ProtocolVersion;

use super::Who;
use super::ends::Ends;
use crate::survey::lack::Offer;
use crate::survey::names::Version;
use crate::survey::suites::{Auth, Suite};

/// Those of one client.
pub(super) struct Limits<'a> {
    offer: &'a Offer,
    pub(super) ends: &'a Ends<'a>,
}

/// A suite that is named where one is to be added, and whether the client has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) is_offered: bool,
}

impl<'a> Limits<'a> {
    pub(super) fn new(offer: &'a Offer, ends: &'a Ends<'a>) -> Self {
        Self { offer, ends }
    }

    /// The versions that it allows.
    pub(super) fn allowed(&self) -> Versions {
        self.offer.versions()
    }

    /// That a server speaks a version which the client does not.
    pub(super) fn beside(&self, spoken: Version) -> String {
        let allowed = self.allowed();
        if self.has_in_range(spoken) {
            format!(
                "the server speaks {spoken}, and no suite of it is in cipher-list of the client"
            )
        } else {
            format!("the client allows {allowed}, the server speaks {spoken}")
        }
    }

    /// What to change, that it allows this version; nothing where it lacks but a suite of it.
    pub(super) fn widened(&self, version: Version) -> Option<String> {
        let option = if version < Version::Tls13 {
            OptionId::SecProtocol
        } else {
            self.of_highest()
        };
        (!self.has_in_range(version)).then(|| {
            format!(
                "let {} of the client allow {version}",
                self.ends.option(Who::CLIENT, option)
            )
        })
    }

    /// What to change, that it allows this suite.
    pub(super) fn with_suite(&self, name: &str) -> String {
        let name = cipher_suites::openssl_name(name).unwrap_or(name);
        let own = self.list();
        format!("add {name} to {own} of the client, or take that out")
    }

    /// Whether it has this suite.
    pub(super) fn has(&self, suite: Suite) -> bool {
        self.offer.has(suite)
    }

    /// A suite for such a key: one that the client has, if it has one.
    pub(super) fn suite_for(&self, key: Auth) -> Option<Named> {
        let offered = self.offer.suite_for(key);
        let suite = offered.or_else(|| Offer::everything().suite_for(key))?;
        Some(Named {
            name: cipher_suites::openssl_name(suite.name)?,
            is_offered: offered.is_some(),
        })
    }

    /// The options that limit it, if it is limited.
    pub(super) fn named(&self) -> Option<String> {
        let limiting = [
            (!self.has_in_range(Version::Tls12)).then_some(OptionId::SecProtocol),
            (!self.has_in_range(Version::Tls13)).then(|| self.of_highest()),
            (!self.offer.has_all_suites()).then_some(OptionId::CipherList),
        ];
        let named: Vec<String> = limiting
            .into_iter()
            .flatten()
            .map(|option| self.ends.option(Who::CLIENT, option))
            .collect();
        (!named.is_empty()).then(|| named.join(" and "))
    }

    fn has_in_range(&self, version: Version) -> bool {
        let Versions { lowest, highest } = self.allowed();
        match version {
            Version::Tls13 => highest == ProtocolVersion::Tls13,
            Version::Tls12 => lowest == ProtocolVersion::Tls12,
            Version::Tls11 | Version::Tls10 | Version::Ssl3 | Version::Ssl2 => false,
        }
    }

    fn list(&self) -> String {
        self.ends.option(Who::CLIENT, OptionId::CipherList)
    }

    /// The option that says which version is the highest: other engines than ours take it from `sec-protocol`.
    fn of_highest(&self) -> OptionId {
        let (own, other) = (OptionId::SecProtocolMax, OptionId::SecProtocol);
        let is_other = !self.ends.is_set(Who::CLIENT, own) && self.ends.is_set(Who::CLIENT, other);
        if is_other { other } else { own }
    }
}
