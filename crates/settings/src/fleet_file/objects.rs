//! Makes fleet objects of the tables of a file.
//!
//! Invariant: an object that is returned has its name; whatever else it lacks has a finding.

use super::lines::Lines;
use super::object::{Object, quoted};
use super::tree::{Node, Table};
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::findings::{bad_key_value, duplicate_object};
use crate::fleet::{
    Acceptance, Application, ApplicationRole, CertificateSource, Connection, Entry, EntryForm,
    HaSync, Host, Mode, Platform, Port, Runtime,
};
use crate::place::{ApplicationName, Place, PortId};
use crate::secret::Secret;
use crate::span::{Located, Spot};
use crate::transport;

/// What a file holds.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) hosts: Vec<Host>,
    pub(super) applications: Vec<Application>,
    pub(super) acceptances: Vec<Acceptance>,
}

/// Reads the root table of a file.
pub(super) fn read(root: Table<'_>, lines: &Lines<'_>, findings: &mut Vec<Finding>) -> Objects {
    const KEYS: &[&str] = &["host", "application", "accept"];
    let mut object = Object::new(root, "fleet", KEYS, Place::Fleet, lines);
    let hosts = object.tables("host", findings);
    let applications = object.tables("application", findings);
    let acceptances = object.tables("accept", findings);
    object.finish(findings);
    Objects {
        hosts: hosts
            .into_iter()
            .filter_map(|table| host(table, lines, findings))
            .collect(),
        applications: applications
            .into_iter()
            .filter_map(|table| application(table, lines, findings))
            .collect(),
        acceptances: acceptances
            .into_iter()
            .filter_map(|table| acceptance(table, lines, findings))
            .collect(),
    }
}

fn host(table: Table<'_>, lines: &Lines<'_>, findings: &mut Vec<Finding>) -> Option<Host> {
    const KEYS: &[&str] = &["name", "addresses", "platform", "security"];
    let mut object = Object::new(table, "host", KEYS, Place::Fleet, lines);
    let name = object.parsed("name", findings);
    let name: Option<Located<trustpack_x509::dns::DnsName>> =
        object.required("name", name, findings);
    if let Some(name) = &name {
        object.place = Place::Host(name.value.clone());
    }
    let addresses = object.list("addresses", findings);
    let platforms = [("unix", Platform::Unix), ("windows", Platform::Windows)];
    let platform = object.word("platform", &platforms, findings);
    let security = security(&mut object, findings);
    object.finish(findings);
    Some(Host {
        name: name?,
        addresses,
        platform: platform.map_or(Platform::Unix, |platform| platform.value),
        security,
    })
}

fn application(
    table: Table<'_>,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Application> {
    const KEYS: &[&str] = &[
        "name",
        "component",
        "host",
        "backup",
        "runtime",
        "role",
        "account",
        "certificate-source",
        "own-file",
        "security",
        "port",
        "connection",
    ];
    let mut object = Object::new(table, "application", KEYS, Place::Fleet, lines);
    let name = object.parsed("name", findings);
    let name: Option<Located<ApplicationName>> = object.required("name", name, findings);
    if let Some(name) = &name {
        object.place = Place::Application(name.value.clone());
    }
    let name = name.map(|name| {
        let mut application = attributes(name, &mut object, findings);
        application.security = security(&mut object, findings);
        application
    });
    let ports = object.tables("port", findings);
    let ports = ports
        .into_iter()
        .filter_map(|t| port(t, &object.place, lines, findings))
        .collect();
    let connections = object.tables("connection", findings);
    let connections = connections
        .into_iter()
        .filter_map(|table| connection(table, &object.place, lines, findings))
        .collect();
    let mut application = Application {
        ports,
        connections,
        ..name?
    };
    object.finish(findings);
    keep_first(&mut application, findings);
    Some(application)
}

/// What an application says of itself; its security, ports and connections are still to come.
fn attributes(
    name: Located<ApplicationName>,
    object: &mut Object<'_, '_>,
    findings: &mut Vec<Finding>,
) -> Application {
    let host = object.parsed("host", findings);
    let host = object.required("host", host, findings);
    let runtimes = [
        ("native", Runtime::Native),
        ("java", Runtime::Java),
        ("dotnet", Runtime::Dotnet),
    ];
    let runtime = object.word("runtime", &runtimes, findings);
    let roles = [
        ("server", ApplicationRole::Server),
        ("gui", ApplicationRole::Gui),
    ];
    let role = object.word("role", &roles, findings);
    let sources = [
        ("host", CertificateSource::Host),
        ("application", CertificateSource::Application),
    ];
    Application {
        name,
        component: object.text("component", findings),
        host,
        backup: object.parsed("backup", findings),
        runtime: runtime.map_or(Runtime::Native, |runtime| runtime.value),
        role: role.map_or(ApplicationRole::Server, |role| role.value),
        account: object.text("account", findings),
        certificate_source: object.word("certificate-source", &sources, findings),
        own_file: object.text("own-file", findings),
        security: Vec::new(),
        ports: Vec::new(),
        connections: Vec::new(),
    }
}

fn port(
    table: Table<'_>,
    application: &Place,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Port> {
    const KEYS: &[&str] = &[
        "id",
        "number",
        "mode",
        "transport",
        "ha-sync",
        "tunnel",
        "engine",
        "configured-by",
    ];
    let mut object = Object::new(table, "port", KEYS, application.clone(), lines);
    let id = port_id(&mut object, "id", findings);
    if let (Some(id), Some(name)) = (&id, application.application()) {
        object.place = Place::Port {
            application: name.clone(),
            port: id.clone(),
        };
    }
    let number = number(&mut object, findings);
    let number = object.required("number", number, findings);
    let modes = [
        ("unsecured", Mode::Unsecured),
        ("secured", Mode::Secured),
        ("auto-detect", Mode::AutoDetect),
    ];
    let mode = object.word("mode", &modes, findings);
    let transport = transport_parameters(&mut object, findings);
    let ha_sync = ha_sync(&mut object, findings);
    let tunnel = object.parsed("tunnel", findings);
    let engine = engine(&mut object, findings);
    let configured_by = configured_by(&mut object, findings);
    let spot = object.spot.clone();
    object.finish(findings);
    Some(Port {
        id: id?,
        spot,
        number,
        mode,
        transport,
        ha_sync,
        tunnel,
        engine,
        configured_by,
    })
}

fn connection(
    table: Table<'_>,
    application: &Place,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Connection> {
    const KEYS: &[&str] = &[
        "to",
        "port",
        "transport",
        "tunnel",
        "engine",
        "configured-by",
    ];
    let mut object = Object::new(table, "connection", KEYS, application.clone(), lines);
    let to = object.parsed("to", findings);
    let to: Option<Located<ApplicationName>> = object.required("to", to, findings);
    let port = port_id(&mut object, "port", findings);
    if let (Some(to), Some(port), Some(name)) = (&to, &port, application.application()) {
        object.place = Place::Connection {
            application: name.clone(),
            target: to.value.clone(),
            port: port.clone(),
        };
    }
    let transport = transport_parameters(&mut object, findings);
    let tunnel = object.parsed("tunnel", findings);
    let engine = engine(&mut object, findings);
    let configured_by = configured_by(&mut object, findings);
    object.finish(findings);
    Some(Connection {
        to: to?,
        port: port?,
        transport,
        tunnel,
        engine,
        configured_by,
    })
}

fn acceptance(
    table: Table<'_>,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Acceptance> {
    const KEYS: &[&str] = &["code", "place", "reason", "until"];
    let mut object = Object::new(table, "acceptance", KEYS, Place::Fleet, lines);
    let code = object.parsed("code", findings);
    let code = object.required("code", code, findings);
    let place = object.parsed("place", findings);
    let place = object.required("place", place, findings);
    let reason = object.text("reason", findings);
    let reason = object.required("reason", reason, findings);
    let until = object
        .bare("until", findings)
        .and_then(|until| match until.value.parse() {
            Ok(time) => Some(time),
            Err(error) => {
                let error: trustpack_x509::time::InvalidTimestamp = error;
                object.bad(&until.spot, "until", &error.to_string(), findings);
                None
            }
        });
    let until = object.required("until", until, findings);
    let spot = object.spot.clone();
    object.finish(findings);
    Some(Acceptance {
        code: code?.value,
        place: place?.value,
        reason: reason?.value,
        until: until?,
        spot,
    })
}

/// `[security]` as entries. Which options they are is not known here.
fn security(object: &mut Object<'_, '_>, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let Some(table) = object.table("security", findings) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for item in table.items {
        let name_spot = object.lines.spot(item.key_bytes);
        match item.node {
            Node::Scalar(scalar) => entries.push(Entry {
                name: item.key.into_owned(),
                name_spot,
                value: Secret::new(&scalar.text),
                value_spot: object.lines.spot(scalar.bytes),
                form: EntryForm::Good,
            }),
            Node::Table(_) | Node::Array(..) => {
                let problem = "the value of an option must be a string, a number or a truth value";
                let place = object.place.clone();
                findings.push(bad_key_value::found(
                    place,
                    &name_spot,
                    &quoted(&item.key),
                    problem,
                ));
            }
        }
    }
    entries
}

fn transport_parameters(object: &mut Object<'_, '_>, findings: &mut Vec<Finding>) -> Vec<Entry> {
    let Some(scalar) = object.string("transport", findings) else {
        return Vec::new();
    };
    let lines = object.lines;
    // With escapes in it the text is not where the value is; then the whole value is shown.
    transport::read(&scalar.text, |start, end| match scalar.verbatim {
        Some(at) => lines.spot(at + start..at + end),
        None => lines.spot(scalar.bytes.clone()),
    })
}

/// The ID of a port: `default` if not said, `None` if it cannot be read.
fn port_id(
    object: &mut Object<'_, '_>,
    key: &'static str,
    findings: &mut Vec<Finding>,
) -> Option<PortId> {
    let before = findings.len();
    let id = object.parsed(key, findings).map(|id| id.value);
    if id.is_none() && findings.len() == before {
        Some(PortId::default())
    } else {
        id
    }
}

fn number(object: &mut Object<'_, '_>, findings: &mut Vec<Finding>) -> Option<u16> {
    let text = object.bare("number", findings)?;
    match text.value.parse() {
        Ok(number) if number != 0 => Some(number),
        Ok(_) | Err(_) => {
            let problem = format!(
                "{:?} is no port number; allowed are 1 to 65535",
                quoted(&text.value)
            );
            object.bad(&text.spot, "number", &problem, findings);
            None
        }
    }
}

fn ha_sync(object: &mut Object<'_, '_>, findings: &mut Vec<Finding>) -> HaSync {
    let Some(text) = object.bare("ha-sync", findings) else {
        return HaSync::No;
    };
    match text.value.as_str() {
        "true" | "1" => HaSync::Yes,
        "false" | "0" => HaSync::No,
        other => {
            let problem = format!(
                "{:?} is not allowed; allowed are true and false",
                quoted(other)
            );
            object.bad(&text.spot, "ha-sync", &problem, findings);
            HaSync::No
        }
    }
}

fn engine(object: &mut Object<'_, '_>, findings: &mut Vec<Finding>) -> Option<Located<Engine>> {
    let engines = [
        Engine::Trustpack,
        Engine::Openssl,
        Engine::Schannel,
        Engine::Jsse,
    ];
    let words: Vec<(String, Engine)> = engines.map(|e| (e.to_string(), e)).to_vec();
    let words: Vec<(&str, Engine)> = words.iter().map(|(word, e)| (word.as_str(), *e)).collect();
    object.word("engine", &words, findings)
}

/// `product`, with free text behind it.
fn configured_by(
    object: &mut Object<'_, '_>,
    findings: &mut Vec<Finding>,
) -> Option<Located<String>> {
    let text = object.text("configured-by", findings)?;
    let free = text.value.strip_prefix("product");
    match free {
        Some(rest) if rest.is_empty() || rest.starts_with([' ', ':', ',']) => {
            let rest = rest.trim_start_matches([' ', ':', ',']).to_owned();
            Some(Located::new(rest, text.spot))
        }
        Some(_) | None => {
            let problem = format!(
                "{:?} is not allowed; allowed is \"product\", with free text behind it",
                quoted(&text.value)
            );
            object.bad(&text.spot, "configured-by", &problem, findings);
            None
        }
    }
}

/// Drops ports and connections of a place that an earlier one has.
fn keep_first(application: &mut Application, findings: &mut Vec<Finding>) {
    let name = application.name.value.clone();
    let mut seen: std::collections::BTreeMap<Place, Spot> = std::collections::BTreeMap::new();
    let mut first = |place: Place, spot: &Spot| {
        if let Some(first) = seen.get(&place) {
            findings.push(duplicate_object::found(place, spot, first));
            return false;
        }
        seen.insert(place, spot.clone());
        true
    };
    application.ports.retain(|port| {
        first(
            Place::Port {
                application: name.clone(),
                port: port.id.clone(),
            },
            &port.spot,
        )
    });
    application.connections.retain(|connection| {
        let place = Place::Connection {
            application: name.clone(),
            target: connection.to.value.clone(),
            port: connection.port.clone(),
        };
        first(place, &connection.to.spot)
    });
}
