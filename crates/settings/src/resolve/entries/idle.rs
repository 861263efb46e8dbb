//! Why an option that is set does nothing at an endpoint.
//!
//! Invariant: of an option that is said to do nothing no part of what the endpoint demands of its peer comes.

use super::super::abilities;
use super::super::required::useless;
use crate::endpoint::{Endpoint, Engine, Role, Security, ServerCheck};
use crate::options::OptionId;
use crate::value::{ClientCertificate, Provider};

/// Why an entry that is read does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// There is no TLS.
    PlainText,
    /// The product does TLS, and nothing is resolved.
    Product,
    /// The application has an own file instead.
    OwnFile,
    /// The option has no effect where it is written.
    Place {
        /// What kind of place that is.
        here: &'static str,
        /// Where it has one.
        works: &'static str,
    },
    /// Only an end of the other role looks at it.
    Role {
        /// The role that does.
        of: Role,
    },
    /// Whether there is TLS is for the port to say.
    PortDecides,
    /// The client checks nothing of its server.
    NothingChecked,
    /// The server asks no client for a certificate.
    NobodyAsked,
    /// Nobody is judged by whom an end of this role trusts: that only completes the chain that it shows.
    OnlyOwnChain {
        /// The role of the end.
        of: Role,
    },
    /// The client is not asked for its certificate.
    NotShown,
    /// The provider keeps that elsewhere.
    Provider(Provider),
    /// There is no provider, and so no TLS.
    NoProvider,
    /// The engine does not know the option.
    Engine(Engine),
    /// There is no revocation list that it could be about.
    NoLists,
}

/// What a judgement of the peer takes.
const JUDGING: [OptionId; 8] = [
    OptionId::TrustedCa,
    OptionId::TruststorePassword,
    OptionId::Crl,
    OptionId::CrlCheck,
    OptionId::CrlFreshness,
    OptionId::TlsTargetNameCheck,
    OptionId::AllowedNames,
    OptionId::DangerAcceptWeak,
];

/// What the own certificate takes.
const SHOWING: [OptionId; 4] = [
    OptionId::Certificate,
    OptionId::CertificateKey,
    OptionId::KeystorePassword,
    OptionId::SendRoot,
];

/// Why `option` does nothing at `endpoint`, whatever it is set to; `None` if it does something.
#[must_use]
pub fn idle(option: OptionId, endpoint: &Endpoint) -> Option<Idle> {
    match endpoint.security() {
        Security::Open if !matches!(option, OptionId::Tls | OptionId::Upgrade) => {
            return Some(Idle::PlainText);
        }
        Security::Product => return Some(Idle::Product),
        Security::Open | Security::Tls | Security::AutoDetect | Security::Refused => {}
    }
    by_role(option, endpoint.role())
        .or_else(|| by_engine(option, endpoint))
        .or_else(|| by_provider(option, endpoint))
        .or_else(|| by_peer(option, endpoint))
}

fn by_role(option: OptionId, role: Role) -> Option<Idle> {
    let of = match role {
        Role::Server => Role::Client,
        Role::Client => Role::Server,
    };
    let other = !option.row().works_for(role)
        // A server asks no other server for its certificate.
        || (option == OptionId::ClientAuth && role == Role::Server);
    other.then_some(Idle::Role { of })
}

fn by_engine(option: OptionId, endpoint: &Endpoint) -> Option<Idle> {
    let engine = endpoint.engine();
    let unknown = engine != Engine::Trustpack && !abilities::knows(engine, option.row());
    unknown.then_some(Idle::Engine(engine))
}

fn by_provider(option: OptionId, endpoint: &Endpoint) -> Option<Idle> {
    match endpoint.settings().provider.value {
        Some(provider) => {
            let is_useless = useless(provider).contains(&option);
            is_useless.then_some(Idle::Provider(provider))
        }
        None if matches!(option, OptionId::Tls | OptionId::Upgrade) => None,
        None => Some(Idle::NoProvider),
    }
}

/// What depends on whether this end judges the other one, and the other one this.
fn by_peer(option: OptionId, endpoint: &Endpoint) -> Option<Idle> {
    // Of a connection that is refused it is not known what its port asks for.
    if endpoint.security() == Security::Refused {
        return None;
    }
    let judges = JUDGING.contains(&option);
    let about_lists = matches!(option, OptionId::CrlCheck | OptionId::CrlFreshness);
    let secured = option == OptionId::Tls && endpoint.security() == Security::Tls;
    let unchecked = endpoint.server_check() == Some(ServerCheck::DangerNone);
    let asked = endpoint.client_certificate() == ClientCertificate::Required;
    let (client, server) = match endpoint.role() {
        Role::Client => (true, false),
        Role::Server => (false, true),
    };
    let shows = server || asked;
    let trusted = option == OptionId::TrustedCa && shows;
    let of = endpoint.role();
    let reasons = [
        (
            trusted && (unchecked || (server && !asked)),
            Idle::OnlyOwnChain { of },
        ),
        (client && secured, Idle::PortDecides),
        (client && judges && unchecked, Idle::NothingChecked),
        (server && judges && !asked, Idle::NobodyAsked),
        (
            client && SHOWING.contains(&option) && !asked,
            Idle::NotShown,
        ),
        (
            about_lists && endpoint.settings().crl.value.is_none(),
            Idle::NoLists,
        ),
    ];
    let mut reasons = reasons.into_iter();
    reasons.find(|(holds, _)| *holds).map(|(_, reason)| reason)
}
