//! What an endpoint demands less of than another one: for whoever compares settings as they were with settings as they
//! are to be.
//!
//! Not whether that is wanted. Invariant: an endpoint demands nothing less than itself.

use std::fmt;

use crate::endpoint::{Endpoint, Role, Security, State};
use crate::value::revocation::{CrlCheck, CrlFreshness};
use crate::value::{ClientCertificate, Fips, NameCheck, ServerAuthentication};

/// Something that was demanded and is not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakening {
    /// Its traffic need not be secured.
    Clear,
    /// No client is asked for a certificate.
    NoClientCertificate,
    /// The server is not authenticated.
    NoServerCheck,
    /// The name of the server is not compared.
    NoNameCheck,
    /// Every client with a trusted certificate gets in, whatever its name.
    AnyName,
    /// Revoked certificates are not found out, or fewer of them.
    Revocation,
    /// Revocation lists may be older.
    OlderLists,
    /// An older version of TLS is taken.
    Version,
    /// Suites are not limited by the settings.
    AnySuite,
    /// Weak certificates are accepted.
    Weak,
    /// Validated cryptography is not demanded.
    NoFips,
}

/// What `new` demands less than `old`, both of the same place. Nothing if one of them carries no traffic that is ours to
/// judge: what is refused or set up outside.
#[must_use]
pub fn weakenings(old: &Endpoint, new: &Endpoint) -> Vec<Weakening> {
    let (Some(before), Some(now)) = (rank(old.security()), rank(new.security())) else {
        return Vec::new();
    };
    if now < before {
        return vec![Weakening::Clear];
    }
    if old.security() == Security::Open {
        return Vec::new();
    }
    let parts = match new.role() {
        Role::Server => of_server(old, new),
        Role::Client => of_client(old, new),
    };
    let mut found: Vec<_> = parts.into_iter().chain(of_both(old, new)).collect();
    // Peers that are not judged any more have no lists either; that is one change.
    if found.contains(&Weakening::NoClientCertificate) || found.contains(&Weakening::NoServerCheck)
    {
        let follows = [
            Weakening::AnyName,
            Weakening::Revocation,
            Weakening::NoNameCheck,
        ];
        found.retain(|one| !follows.contains(one));
    }
    found
}

/// How much is demanded of the traffic on the network; a state that carries none, or none of ours, demands nothing.
#[must_use]
pub fn demand(state: State) -> u8 {
    match state {
        State::Open | State::Refused | State::Product | State::Failing => 0,
        State::AutoDetect => 1,
        State::EncryptedOnly => 2,
        State::Simple => 3,
        State::Mutual => 4,
    }
}

fn rank(security: Security) -> Option<u8> {
    match security {
        Security::Open => Some(0),
        Security::AutoDetect => Some(1),
        Security::Tls => Some(2),
        Security::Refused | Security::Product => None,
    }
}

fn of_server(old: &Endpoint, new: &Endpoint) -> Vec<Weakening> {
    let asks = |one: &Endpoint| one.settings().tls_mutual.value == ClientCertificate::Required;
    let names = |one: &Endpoint| one.settings().allowed_names.value.is_some();
    listed([
        (asks(old) && !asks(new), Weakening::NoClientCertificate),
        (names(old) && !names(new), Weakening::AnyName),
    ])
}

fn of_client(old: &Endpoint, new: &Endpoint) -> Vec<Weakening> {
    let judges =
        |one: &Endpoint| one.settings().client_auth.value == ServerAuthentication::Required;
    let compares = |one: &Endpoint| one.settings().name_check.value == NameCheck::Host;
    listed([
        (judges(old) && !judges(new), Weakening::NoServerCheck),
        (compares(old) && !compares(new), Weakening::NoNameCheck),
    ])
}

fn of_both(old: &Endpoint, new: &Endpoint) -> Vec<Weakening> {
    let (before, now) = (old.settings(), new.settings());
    let lists = before.crl.value.is_some() && now.crl.value.is_none();
    let fewer = before.crl_check.value == CrlCheck::Chain && now.crl_check.value == CrlCheck::Leaf;
    let versions = |one: &Endpoint| one.settings().versions_spoken_by(one.engine()).lowest;
    let suites = before.cipher_list.value.is_some() && now.cipher_list.value.is_none();
    let weak = now.danger_accept_weak.value > before.danger_accept_weak.value;
    let fips =
        before.fips140_enabled.value == Fips::Required && now.fips140_enabled.value == Fips::Off;
    listed([
        (lists || fewer, Weakening::Revocation),
        (
            grace(now.crl_freshness.value) > grace(before.crl_freshness.value),
            Weakening::OlderLists,
        ),
        (versions(new) < versions(old), Weakening::Version),
        (suites, Weakening::AnySuite),
        (weak, Weakening::Weak),
        (fips, Weakening::NoFips),
    ])
}

/// For how many hours an expired list is used on.
fn grace(freshness: CrlFreshness) -> u64 {
    match freshness {
        CrlFreshness::Required => 0,
        CrlFreshness::GraceHours(hours) => u64::from(hours),
        CrlFreshness::Warn => u64::MAX,
    }
}

fn listed<const N: usize>(all: [(bool, Weakening); N]) -> Vec<Weakening> {
    let found = all.into_iter().filter(|(found, _)| *found);
    found.map(|(_, weakening)| weakening).collect()
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear => "its traffic may be in plain text",
            Self::NoClientCertificate => "no client is asked for a certificate",
            Self::NoServerCheck => "the server is not authenticated",
            Self::NoNameCheck => "the name of the server is not compared",
            Self::AnyName => "clients of any name are let in",
            Self::Revocation => "revoked certificates are not found out as before",
            Self::OlderLists => "older revocation lists are taken",
            Self::Version => "an older version of TLS is taken",
            Self::AnySuite => "the cipher suites are not limited",
            Self::Weak => "weak certificates are accepted",
            Self::NoFips => "validated cryptography is not demanded",
        })
    }
}
