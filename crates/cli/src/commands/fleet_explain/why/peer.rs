//! Why there are certificates on both sides or on one, and why a client looks at the name of its server or not.
//!
//! Invariant: a value is told as it is written, with where that is.

use trustpack_settings::endpoint::{
    Endpoint, Level, Origin, Role, Security, ServerCheck, Setting, ShownSetting,
};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::options::OptionId;
use trustpack_settings::value::ClientCertificate;

use super::super::written;
use super::mistakes;
use crate::commands::fleet_arguments::ReadFleet;

/// Whether the client shows a certificate too, as the server says.
pub(super) fn mutual(endpoint: &Endpoint, read: &ReadFleet) -> Option<String> {
    let server = match endpoint.role() {
        Role::Server => endpoint,
        Role::Client => read.resolution.endpoint(endpoint.port()?)?,
    };
    let unchecked = endpoint.server_check() == Some(ServerCheck::DangerNone);
    let kind = match (endpoint.client_certificate(), endpoint.security()) {
        (ClientCertificate::Required, Security::AutoDetect) => "where it is TLS, it is mutual",
        (ClientCertificate::Required, _) if unchecked => "the client shows a certificate",
        (ClientCertificate::Required, _) => "it is mutual TLS",
        (ClientCertificate::NotAsked, Security::AutoDetect) => "where it is TLS, it is simple",
        (ClientCertificate::NotAsked, _) if unchecked => "the client shows no certificate",
        (ClientCertificate::NotAsked, _) => "it is simple TLS",
    };
    let setting = shown(server, OptionId::TlsMutual)?;
    Some(match setting.origin {
        Origin::Default => {
            let port = written::level_of_server(Level::Endpoint, endpoint, server);
            match written::own_file_not_read(server, &read.fleet) {
                Some(_) => format!(
                    "whether it is mutual TLS is not known: {port} does not say, and its own file could not be read"
                ),
                None if mistakes::is_broken(OptionId::TlsMutual, server, read) => format!(
                    "{kind}: tls-mutual is written for {port}, but so that it does not count (see below)"
                ),
                None => format!("{kind}: tls-mutual is set nowhere for {port}"),
            }
        }
        Origin::Set { level, .. } => {
            let who = written::level_of_server(*level, endpoint, server);
            format!("{kind}: {who} says {}", said(&setting, server, &read.fleet))
        }
    })
}

/// What a client checks of its server, and what says so.
pub(super) fn check(endpoint: &Endpoint, fleet: &Fleet) -> Option<String> {
    match endpoint.server_check()? {
        ServerCheck::DangerNone => {
            let auth = shown(endpoint, OptionId::ClientAuth)?;
            let says = says(&auth, endpoint, fleet)?;
            let idle = idle(endpoint);
            let verb = if idle.len() == 1 { "has" } else { "have" };
            let effect = match idle.split_last() {
                None => String::new(),
                Some((only, [])) => format!(", so {only} {verb} no effect"),
                Some((last, others)) => {
                    format!(", so {} and {last} {verb} no effect", others.join(", "))
                }
            };
            Some(format!("nothing is checked: {says}{effect}"))
        }
        ServerCheck::Chain => {
            let check = shown(endpoint, OptionId::TlsTargetNameCheck)?;
            let why = says(&check, endpoint, fleet)
                .unwrap_or_else(|| "tls-target-name-check is set nowhere on this side".to_owned());
            let hides = hides(&check, endpoint);
            Some(format!("names are not compared: {why}{hides}"))
        }
        ServerCheck::ChainAndName(_) => {
            let check = shown(endpoint, OptionId::TlsTargetNameCheck)?;
            let says = says(&check, endpoint, fleet)?;
            Some(format!("the name is compared: {says}"))
        }
        ServerCheck::NameMissing => None,
    }
}

/// What is set and does nothing, since nothing is checked.
fn idle(endpoint: &Endpoint) -> Vec<&'static str> {
    fn name<T>(option: OptionId, setting: &Setting<T>) -> Option<&'static str> {
        (setting.origin != Origin::Default).then(|| option.name())
    }
    let settings = endpoint.settings();
    let all = [
        name(OptionId::TrustedCa, &settings.trusted_ca),
        name(OptionId::Crl, &settings.crl),
        name(OptionId::TlsTargetNameCheck, &settings.name_check),
    ];
    all.into_iter().flatten().collect()
}

/// An option as it is resolved.
fn shown(endpoint: &Endpoint, option: OptionId) -> Option<ShownSetting<'_>> {
    let mut all = endpoint.settings().shown().into_iter();
    all.find(|setting| setting.option == option)
}

/// Who sets an option, to what and where; `None` if nobody does.
fn says(setting: &ShownSetting<'_>, endpoint: &Endpoint, fleet: &Fleet) -> Option<String> {
    let Origin::Set { level, .. } = setting.origin else {
        return None;
    };
    let who = written::level_by_name(*level, endpoint);
    Some(format!("{who} says {}", said(setting, endpoint, fleet)))
}

/// An option as it is written, and where.
fn said(setting: &ShownSetting<'_>, endpoint: &Endpoint, fleet: &Fleet) -> String {
    let name = setting.option.name();
    let Origin::Set { spot, .. } = setting.origin else {
        return format!("{name}={}", setting.value);
    };
    match written::entry(endpoint, fleet, setting.option, spot) {
        Some(entry) => format!("{}={} ({spot})", entry.name, entry.value.expose()),
        None => format!("{name}={} ({spot})", setting.value),
    }
}

/// The nearest value that is another one, and does not count because of this one.
fn hides(setting: &ShownSetting<'_>, endpoint: &Endpoint) -> String {
    let mut others = setting.hidden.iter();
    match others.find(|hidden| hidden.shown != setting.value) {
        Some(hidden) => format!(
            ", which hides {:?} of {} ({})",
            hidden.shown,
            written::level_by_name(hidden.level, endpoint),
            hidden.spot
        ),
        None => String::new(),
    }
}
