//! Where the settings of a context come from: a fleet, the file of a component, or options.
//!
//! Not what they mean. Invariant: options of C go through the same table and resolution as those of a command line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use trustpack_material::fleet_source;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::fleet::{Entry, Platform};
use trustpack_settings::options;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::by_hand::{ByHand, Describer, resolve};
use trustpack_settings::value::PeerName;
use trustpack_tls::keeper::source::Source;
use trustpack_x509::dns::DnsName;

use crate::entry::CallError;

/// What a program says of its endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) role: Role,
    /// A client: whom it calls.
    pub(crate) peer: Option<PeerName>,
    /// Names and values.
    pub(crate) options: &'a [(&'a str, &'a str)],
}

/// The settings of a fleet, for one host of it; the host of the place if none is named.
pub(crate) fn fleet(path: &str, host: Option<&str>, place: &Place) -> Result<Source, CallError> {
    let path = PathBuf::from(path);
    let host = match host {
        Some(host) => host.parse().map_err(|error| CallError::Unreadable {
            what: "host",
            why: format!("{error}"),
        })?,
        None => host_of(&path, place)?,
    };
    Ok(Source::Fleet { path, host })
}

/// The host of the application that a place belongs to.
fn host_of(path: &Path, place: &Place) -> Result<DnsName, CallError> {
    let refused = |line: String| CallError::Settings { lines: vec![line] };
    let texts = fleet_source::texts(path).map_err(|error| refused(with_causes(&error)))?;
    let fleet = fleet_source::fleet(&texts);
    let name = place.application();
    let application = name.and_then(|name| fleet.application(name));
    let application =
        application.ok_or_else(|| refused(format!("the settings have no {place}")))?;
    let host = application.host.as_ref();
    let host = host.ok_or_else(|| refused(format!("the host of {place} is not known")))?;
    Ok(host.value.clone())
}

/// The settings that the file of a component has.
pub(crate) fn component_file(path: &str, role: Role, peer: Option<PeerName>) -> Source {
    Source::ComponentFile {
        path: PathBuf::from(path),
        role,
        peer,
    }
}

/// The endpoint that options describe.
pub(crate) fn by_hand(request: &Request<'_>) -> Result<Endpoint, CallError> {
    let entries = entries(request.options)?;
    let folder = std::env::current_dir().map_err(|error| CallError::Settings {
        lines: vec![format!("the current folder is gone: {error}")],
    })?;
    let platform = if cfg!(windows) {
        Platform::Windows
    } else {
        Platform::Unix
    };
    Ok(resolve(
        &ByHand {
            by: Describer::Program,
            role: request.role,
            network: None,
            plain: None,
            peer: request.peer.clone(),
            options: &entries,
            folder: &folder,
        },
        platform,
    ))
}

/// Options as settings take them. A name that is none is refused, as a flag of the command line is: passed over, as in
/// transport parameters, a slip of the pen could leave mutual TLS out.
fn entries(given: &[(&str, &str)]) -> Result<Vec<Entry>, CallError> {
    let unreadable = |why| CallError::Unreadable {
        what: "option",
        why,
    };
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for (name, value) in given {
        if options::by_name(name).is_none() {
            let why = format!(
                "{name:?} is no TLS option; the page reference/options of the documentation has them all"
            );
            return Err(unreadable(why));
        }
        if !seen.insert(*name) {
            return Err(unreadable(format!("{name:?} is given twice")));
        }
        entries.push(Entry::option(name, value));
    }
    Ok(entries)
}

/// A host name, or an IP address.
pub(crate) fn peer_name(text: &str) -> Result<PeerName, CallError> {
    if let Ok(address) = text.parse() {
        return Ok(PeerName::Ip(address));
    }
    let name: Result<DnsName, _> = text.parse();
    name.map(PeerName::Dns)
        .map_err(|error| CallError::Unreadable {
            what: "peer name",
            why: error.to_string(),
        })
}

/// An error and what is behind it, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
