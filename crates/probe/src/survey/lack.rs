//! Of what a service has nothing that its client speaks, where they came to no agreement.
//!
//! What an answer to a hello shows, and what it does not:
//!
//! - TLS 1.3 (HelloRetryRequest): version, suite and group. Of the key nothing: the certificate is encrypted, and behind the
//!   exchange of keys, which no hello of ours comes to. That no signature is in common shows as a refusal with a server
//!   that looks for one before it asks for a key, as OpenSSL and GnuTLS do; from another one it is not seen.
//! - TLS 1.2: version, suite, group, signature, and the key in the certificate, all in clear. A key on a curve has to have that
//!   among the groups of the client: with a key on a curve that our engine has no group for, a refusal of our groups is about
//!   the key, and may be about the exchange of keys as well, which is seen only where the server chooses another group.
//! - TLS 1.1 and older: the same without a signature. Of the suites and groups of a newer version that says nothing.
//! - A refusal: nothing, by itself; alerts are the same for all. Beside the answer to a hello that had more of one thing it
//!   shows that it is this thing.
//!
//! So everything is offered first; then suites, groups and signatures are narrowed one after the other to what our
//! engine has, and what cannot be narrowed is missing. What the server chooses from the wider offer is named.
//! Groups and signatures go before suites: where a suite of ours is taken with another group, it is the group.
//! A client that its own settings limit is asked for within its limits; what is seen only beyond them, a version or a suite of ours,
//! is missing at the client.
//!
//! Invariant: four hellos of each version as a rule, twenty in all at most, and nothing is said of what was not answered.

mod seeking;

use trustpack_settings::cipher_suites;
use trustpack_settings::endpoint::{Endpoint, Versions};
use trustpack_settings::value::ProtocolVersion;

use super::asking::{Asked, Asking};
use super::key::Key;
use super::names::{Group, Signature, Version};
use super::suites::{Auth, Suite};
use seeking::Seeking;

/// What a service lacks, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// For everybody, and for its client with its limits: nobody came to an agreement with it.
    ForAll(Lack),
    /// For its client alone, which its own settings hold back.
    ForClient(Lack),
}

/// What keeps a service and its client from speaking with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// These things are missing.
    Of(Lacks),
    /// Everything: it refuses all that was offered, in every version.
    Everything,
    /// Nothing that it shows: of each it takes something that its client offers.
    Nothing,
}

/// What keeps them from it in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacks {
    /// That version, if something else is missing in another one.
    pub scope: Option<Version>,
    /// What is missing, all of it; never nothing.
    pub missing: Vec<Missing>,
    /// For which keys the service is seen to take suites of ours.
    pub keys: Keys,
}

/// For which keys in its certificate a service takes suites that our engine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// For any: those of TLS 1.3 have no say in it.
    Any,
    /// For RSA; others are not seen.
    Rsa,
    /// For those on an elliptic curve; others are not seen.
    Curves,
    /// For none.
    NotSeen,
}

/// What was found of a version.
#[derive(Clone, Debug)]
struct Found {
    missing: Vec<Missing>,
    keys: Keys,
}

/// One thing of which both have nothing in common, and what the service has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The client does not allow any version that the service takes, of which this is the newest.
    AllowedVersion(Version),
    /// The client does not allow any suite that the service takes; this one our engine has.
    AllowedSuite(Suite),
    /// A version of today: this is the highest that it takes.
    Version(Version),
    /// A suite that our engine has.
    Suite(OldSuite),
    /// A group.
    Group(Group),
    /// A group for the curve of its key (TLS 1.2).
    Curve(Group, KeyExchange),
    /// A signature: it signs like this.
    Signature(Signature),
    /// A signature; how it signs is not seen.
    AnySignature,
    /// A key whose signatures are verified.
    Key(Key),
}

/// What a service chose that has no suite of today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldSuite {
    /// What it chose.
    pub chosen: Suite,
    /// The key in its certificate, if that was seen.
    pub key: Option<Key>,
    /// Whether it agrees on keys for one connection at all.
    pub exchange: Ephemeral,
}

/// Whether a service takes suites with ECDHE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ephemeral {
    /// It does.
    Seen,
    /// It does not: what it would take with them is not known.
    NotSeen,
}

/// What a service with a key on a curve agrees on keys with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// With a group of ours, or one that is named beside.
    Seen,
    /// With that curve, where it is offered: whether it takes a group of ours is not seen.
    OnThatCurve,
}

impl Lacking {
    /// What it lacks.
    pub(crate) fn lack(&self) -> &Lack {
        match self {
            Self::ForAll(lack) | Self::ForClient(lack) => lack,
        }
    }

    /// The highest version that the service takes, if none of ours is among them.
    pub(crate) fn highest(&self) -> Option<Version> {
        self.lack().highest()
    }
}

impl Lack {
    fn highest(&self) -> Option<Version> {
        match self {
            Self::Of(lacks) => lacks.missing.iter().find_map(Missing::version),
            Self::Everything | Self::Nothing => None,
        }
    }

    fn of(scope: Option<Version>, found: Found) -> Self {
        let Found { missing, keys } = found;
        if missing.is_empty() {
            Self::Nothing
        } else {
            Self::Of(Lacks {
                scope,
                missing,
                keys,
            })
        }
    }

    /// What is to be mended of a service that takes both versions. It uses the newer one with whoever has that, whatever the older
    /// one would do: there it has to be mended.
    fn of_both(newer: Found, older: Found) -> Self {
        if newer.missing.is_empty() {
            // What TLS 1.3 has not shown: signatures are of the same key.
            let is_signature = |missing: &Missing| matches!(missing, Missing::Signature(_));
            let missing = older.missing.into_iter().filter(is_signature).collect();
            return Self::of(None, Found { missing, ..newer });
        }
        let is_of_older = |one: &Missing| older.missing.iter().any(|other| other.is_like(one));
        let scope = (!newer.missing.iter().all(is_of_older)).then_some(Version::Tls13);
        Self::of(scope, newer)
    }
}

impl Missing {
    /// The highest version that the service takes, if it is that.
    fn version(&self) -> Option<Version> {
        let Self::Version(highest) = self else {
            return None;
        };
        Some(*highest)
    }

    /// What the service chose that has no suite of today, if it is that.
    pub(crate) fn suite(&self) -> Option<OldSuite> {
        let Self::Suite(suite) = self else {
            return None;
        };
        Some(*suite)
    }

    /// The suite that the client does not allow, if it is that.
    pub(crate) fn allowed_suite(&self) -> Option<Suite> {
        let Self::AllowedSuite(suite) = self else {
            return None;
        };
        Some(*suite)
    }

    /// Whether the same thing is missing.
    fn is_like(&self, other: &Self) -> bool {
        let is_signature = |one: &Self| matches!(one, Self::Signature(_) | Self::AnySignature);
        std::mem::discriminant(self) == std::mem::discriminant(other)
            || (is_signature(self) && is_signature(other))
    }
}

/// What a client offers of versions and suites; its own settings may limit it.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    versions: Versions,
    suites: Vec<Suite>,
}

impl Offer {
    /// All that our engine has.
    pub(crate) fn everything() -> Self {
        Self {
            versions: Versions {
                lowest: ProtocolVersion::Tls12,
                highest: ProtocolVersion::Tls13,
            },
            suites: suites_of(&cipher_suites::everything()),
        }
    }

    /// That of an endpoint.
    pub(crate) fn of(client: &Endpoint) -> Self {
        let suites = match &client.settings().cipher_list.value {
            Some(list) => suites_of(&cipher_suites::read(list).suites),
            None => suites_of(&cipher_suites::everything()),
        };
        Self {
            versions: client.settings().versions_spoken_by(client.engine()),
            suites,
        }
    }

    /// The versions that it allows.
    pub(crate) fn versions(&self) -> Versions {
        self.versions
    }

    /// Whether it has every suite of our engine.
    pub(crate) fn has_all_suites(&self) -> bool {
        self.suites.len() == cipher_suites::everything().len()
    }

    /// Whether it has a suite.
    pub(crate) fn has(&self, suite: Suite) -> bool {
        self.suites.contains(&suite)
    }

    /// The suite of TLS 1.2 that it likes most for such a key, or of TLS 1.3 for any.
    pub(crate) fn suite_for(&self, key: Auth) -> Option<Suite> {
        self.suites
            .iter()
            .copied()
            .find(|suite| suite.auth() == key)
    }

    /// Whether it speaks a version: without a suite of it no client does.
    fn speaks(&self, version: Version) -> bool {
        let of_tls13 = version == Version::Tls13;
        let version = match version {
            Version::Tls13 => ProtocolVersion::Tls13,
            Version::Tls12 => ProtocolVersion::Tls12,
            Version::Ssl2 | Version::Ssl3 | Version::Tls10 | Version::Tls11 => return false,
        };
        let has_suite = self
            .suites
            .iter()
            .any(|suite| suite.is_of_tls13() == of_tls13);
        has_suite && (self.versions.lowest..=self.versions.highest).contains(&version)
    }
}

fn suites_of(suites: &[&cipher_suites::Suite]) -> Vec<Suite> {
    let suites = suites.iter().filter_map(|suite| Suite::named(suite.iana));
    suites.collect()
}

/// What is missing between a service and a client with this offer; `None` if it does not say.
pub(crate) async fn lack(offer: &Offer, asked: &Asked<'_>) -> Option<Lack> {
    let mut seeking = Seeking {
        asking: Asking::new(asked),
        offer,
    };
    seeking.lack().await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: Missing = Missing::Group(Group(25));
    const CURVE: Missing = Missing::Curve(Group(25), KeyExchange::Seen);
    const ED448: Missing = Missing::Signature(Signature(0x0808));

    #[track_caller]
    fn check(newer: &[Missing], older: &[Missing], want: Lack) {
        assert_eq!(Lack::of_both(found(newer), found(older)), want);
    }

    fn found(missing: &[Missing]) -> Found {
        Found {
            missing: missing.to_vec(),
            keys: Keys::Any,
        }
    }

    fn of(scope: Option<Version>, missing: &[Missing]) -> Lack {
        Lack::of(scope, found(missing))
    }

    #[test]
    fn the_newer_version_counts() {
        check(&[GROUP], &[GROUP], of(None, &[GROUP]));
        check(&[GROUP], &[CURVE], of(Some(Version::Tls13), &[GROUP]));
        check(&[GROUP], &[CURVE, GROUP], of(None, &[GROUP]));
        let both = [GROUP, ED448];
        check(&both, &[ED448], of(Some(Version::Tls13), &both));
        check(&both, &[], of(Some(Version::Tls13), &both));
        let any = [Missing::AnySignature];
        check(&any, &[ED448], of(None, &any));
        // What TLS 1.3 does not show is seen in TLS 1.2, where it is of the key.
        check(&[], &[ED448], of(None, &[ED448]));
        check(&[], &[CURVE, ED448], of(None, &[ED448]));
        check(&[], &[GROUP], Lack::Nothing);
    }

    #[test]
    fn the_highest_version() {
        let old = of(None, &[Missing::Version(Version::Tls11), GROUP]);
        assert_eq!(old.highest(), Some(Version::Tls11));
        assert_eq!(of(None, &[GROUP]).highest(), None);
        assert_eq!(Lack::Everything.highest(), None);
    }
}
