//! What an endpoint does in TLS, in a few lines: who does it, which certificate it shows, and what it checks of its peer.
//!
//! Not why, which the sentences below say. Invariant: of an endpoint without TLS nothing is told but who would do it.

use trustpack_settings::endpoint::{Endpoint, Engine, Level, Origin, Role, Security, ServerCheck};
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::fleet::{Fleet, Runtime};
use trustpack_settings::place::Place;
use trustpack_settings::value::own_certificate::OwnCertificate;
use trustpack_settings::value::{ClientCertificate, Provider, Shown as _, StoreLocation};

use super::{settings, written};
use crate::commands::fleet_arguments::ReadFleet;

/// What there is to say of a thing that the own file may set.
const NOT_READ: &str = "not known, since its own file could not be read";

/// What there is to say of an end that has no provider of certificates.
const NO_PROVIDER: &str = "nothing, since no provider is set, so there is no TLS";

/// Who does TLS, and why that one.
pub(super) fn engine(endpoint: &Endpoint, fleet: &Fleet) -> String {
    match (endpoint.security(), endpoint.plain()) {
        (Security::Product, _) => return "the product, set up outside of the fleet".to_owned(),
        (Security::Open, Some(_)) => {
            return "nobody; a tunnel of trustpack carries it in plain text".to_owned();
        }
        (Security::Open, None) => return "nobody".to_owned(),
        (Security::Tls | Security::AutoDetect | Security::Refused, _) => {}
    }
    let engine = endpoint.engine();
    let what = match engine {
        Engine::Trustpack => return ours(endpoint).to_owned(),
        Engine::Openssl => "judged as OpenSSL",
        Engine::Schannel => "with what Windows has",
        Engine::Jsse => "with what Java has",
    };
    let why = if written::engine(endpoint.place(), fleet).is_some() {
        "said at the endpoint"
    } else {
        let runtime = written::application(endpoint, fleet).map(|one| one.runtime);
        match (runtime, engine) {
            (Some(Runtime::Java), _) => "since it is a Java program",
            (Some(Runtime::Dotnet), _) => "since it is a .NET program",
            (Some(Runtime::Native) | None, Engine::Schannel) => "since it runs on Windows",
            (Some(Runtime::Native) | None, _) => "since it is a native program on UNIX",
        }
    };
    format!("the program itself, not trustpack: {what} (engine {engine}, {why})")
}

fn ours(endpoint: &Endpoint) -> &'static str {
    match (endpoint.plain(), endpoint.place()) {
        (Some(_), _) => "trustpack, in a tunnel beside the program",
        (None, Place::CommandLine | Place::Backup { .. }) => "trustpack",
        (
            None,
            Place::Fleet
            | Place::Host(_)
            | Place::Application(_)
            | Place::Port { .. }
            | Place::Connection { .. }
            | Place::Program,
        ) => "trustpack, as the library in the program",
    }
}

/// The certificate that it shows to its peer, and where the private key of that is.
pub(super) fn shows(endpoint: &Endpoint, fleet: &Fleet) -> Option<String> {
    if !speaks_tls(endpoint) {
        return None;
    }
    if endpoint.settings().provider.value.is_none() {
        let known = written::own_file_not_read(endpoint, fleet).is_none();
        return Some(if known { NO_PROVIDER } else { NOT_READ }.to_owned());
    }
    let own = own(endpoint);
    let asked = match (endpoint.role(), endpoint.client_certificate()) {
        (Role::Server, _) | (Role::Client, ClientCertificate::Required) => true,
        (Role::Client, ClientCertificate::NotAsked) => false,
    };
    Some(match (own, asked) {
        (Some(own), true) => own,
        (Some(own), false) => format!("none, since the server asks for none; it has {own}"),
        (None, true) if written::own_file_not_read(endpoint, fleet).is_some() => {
            NOT_READ.to_owned()
        }
        (None, true) => match unreadable(endpoint) {
            Some(code) => format!("not known, since its certificate is not readable, see {code}"),
            None => "none, since it has none".to_owned(),
        },
        (None, false) => "none, since the server asks for none".to_owned(),
    })
}

/// What there is to say of what an end shows, takes or checks that is refused, or that does not start.
pub(super) fn while_down(
    endpoint: &Endpoint,
    is_down: bool,
    told: Option<String>,
) -> Option<String> {
    let told = told?;
    // That is so in any case.
    let is_said = ["none", "nothing", "not "]
        .iter()
        .any(|word| told.starts_with(word));
    if is_said {
        return Some(told);
    }
    let is_refused = endpoint.findings().any(Finding::bars);
    Some(match (is_down, is_refused, endpoint.engine()) {
        (true, ..) => format!("none, since it does not start; its settings say: {told}"),
        (false, false, _) => told,
        (false, true, Engine::Trustpack) => {
            format!("none while it is refused; its settings say: {told}")
        }
        (false, true, Engine::Openssl | Engine::Schannel | Engine::Jsse) => {
            format!("not known while its settings have errors; they say: {told}")
        }
    })
}

/// The code of the error that keeps the value of its certificate from being read.
fn unreadable(endpoint: &Endpoint) -> Option<Code> {
    match &endpoint.settings().certificate.origin {
        Origin::Set { spot, .. } => settings::wrong_at(spot, endpoint),
        Origin::Default => None,
    }
}

/// The own certificate and where its private key is.
fn own(endpoint: &Endpoint) -> Option<String> {
    let settings = endpoint.settings();
    let certificate = settings.certificate.value.shown();
    Some(match &settings.certificate.value {
        OwnCertificate::None => return None,
        OwnCertificate::Files(_) => match &settings.certificate_key.value {
            Some(key) => format!("{certificate}, with its private key in {key}"),
            None => format!("{certificate}, whose private key is set nowhere"),
        },
        OwnCertificate::Entry(_) => {
            format!("{certificate}, with its private key in the same key store")
        }
        OwnCertificate::Thumbprint(_) => {
            let store = match settings.store_location.value {
                StoreLocation::Machine => "the machine",
                StoreLocation::User => "the user",
            };
            format!(
                "that with the thumbprint {certificate} in the Windows store of {store}, with its private key"
            )
        }
        OwnCertificate::Token(_) => {
            format!("{certificate}, with its private key in the same token")
        }
    })
}

/// The certificate that the server of a connection shows, and where that is told in full.
pub(super) fn of_server(endpoint: &Endpoint, read: &ReadFleet) -> Option<String> {
    if !speaks_tls(endpoint) || endpoint.role() == Role::Server {
        return None;
    }
    let port = endpoint.port()?;
    let server = read.resolution.endpoint(port)?;
    let certificate = shows(server, &read.fleet)?;
    Some(format!("{certificate}; explain {port} for why"))
}

/// The versions that it takes.
pub(super) fn versions(endpoint: &Endpoint, fleet: &Fleet) -> Option<String> {
    let settings = endpoint.settings();
    let limits = [
        &settings.sec_protocol.origin,
        &settings.sec_protocol_max.origin,
    ];
    let said = limits.into_iter().all(is_said);
    if !speaks_tls(endpoint) {
        None
    } else if !said && written::own_file_not_read(endpoint, fleet).is_some() {
        Some(NOT_READ.to_owned())
    } else if settings.provider.value.is_none() {
        None
    } else {
        let versions = settings.versions_spoken_by(endpoint.engine());
        Some(versions.to_string())
    }
}

/// Whether a value is known though the own file of the application is not: the endpoint itself has it.
fn is_said(origin: &Origin) -> bool {
    match origin {
        Origin::Set { level, .. } => *level == Level::Endpoint,
        Origin::Default => false,
    }
}

/// What it checks of whom it speaks with.
pub(super) fn peer(endpoint: &Endpoint, fleet: &Fleet) -> Option<String> {
    if !speaks_tls(endpoint) {
        return None;
    }
    if written::own_file_not_read(endpoint, fleet).is_some() {
        return Some(NOT_READ.to_owned());
    }
    if endpoint.settings().provider.value.is_none() {
        return Some(NO_PROVIDER.to_owned());
    }
    let (whose, names) = match endpoint.server_check() {
        None => match endpoint.client_certificate() {
            ClientCertificate::NotAsked => {
                return Some("nothing: it asks no client for a certificate".to_owned());
            }
            ClientCertificate::Required => ("the client's certificate", of_clients(endpoint)),
        },
        Some(ServerCheck::DangerNone) => return Some("nothing: encryption only".to_owned()),
        Some(ServerCheck::Chain) => ("its certificate", "for whatever name".to_owned()),
        Some(ServerCheck::ChainAndName(name)) => ("its certificate", format!("for {name}")),
        Some(ServerCheck::NameMissing) => {
            ("its certificate", "for a name that is not known".to_owned())
        }
    };
    let trusted = trusted(endpoint);
    let revoked = revoked(endpoint);
    Some(format!("that {trusted} issued {whose}, {names}; {revoked}"))
}

/// Which names clients may have.
fn of_clients(endpoint: &Endpoint) -> String {
    match &endpoint.settings().allowed_names.value {
        Some(names) if endpoint.engine() == Engine::Trustpack => {
            format!("for one of these names: {}", names.shown())
        }
        Some(_) | None => "for whatever name".to_owned(),
    }
}

fn trusted(endpoint: &Endpoint) -> String {
    let settings = endpoint.settings();
    match (settings.provider.value, &settings.trusted_ca.value) {
        (Some(Provider::Mscapi), _) => "a CA that Windows trusts".to_owned(),
        (_, Some(path)) => format!("a CA in {path}"),
        (_, None) => "a trusted CA (none is set)".to_owned(),
    }
}

fn revoked(endpoint: &Endpoint) -> String {
    match (endpoint.engine(), &endpoint.settings().crl.value) {
        (Engine::Schannel, _) => "whether it was revoked is for Windows to check".to_owned(),
        (_, Some(path)) => format!("and that it is not revoked by {path}"),
        (_, None) => "not whether it was revoked".to_owned(),
    }
}

/// Whether the server of the link demands a certificate; nothing of an endpoint without TLS.
pub(super) fn client_certificate(endpoint: &Endpoint, read: &ReadFleet) -> Option<String> {
    let server = match endpoint.role() {
        Role::Server => Some(endpoint),
        Role::Client => endpoint
            .port()
            .and_then(|port| read.resolution.endpoint(port)),
    };
    let unread = server.is_some_and(|server| {
        let mutual = &server.settings().tls_mutual.origin;
        !is_said(mutual) && written::own_file_not_read(server, &read.fleet).is_some()
    });
    let without = endpoint.settings().provider.value.is_none()
        && written::own_file_not_read(endpoint, &read.fleet).is_none();
    let told = match (unread, endpoint.client_certificate()) {
        (true, _) => match endpoint.role() {
            Role::Server => NOT_READ,
            Role::Client => "not known, since the own file of its server could not be read",
        },
        (false, ClientCertificate::Required) => "demanded by the server",
        (false, ClientCertificate::NotAsked) => "not asked for",
    };
    (speaks_tls(endpoint) && !without).then(|| told.to_owned())
}

fn speaks_tls(endpoint: &Endpoint) -> bool {
    match endpoint.security() {
        Security::Tls | Security::AutoDetect => true,
        Security::Open | Security::Refused | Security::Product => false,
    }
}
