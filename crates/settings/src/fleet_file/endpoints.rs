//! Makes ports and connections of the tables of a file.
//!
//! Invariant: a port that is returned has its ID, a connection its target and the ID of its port.

use super::keys;
use super::object::{Object, quoted};
use super::tree::Table;
use crate::endpoint::Engine;
use crate::finding::Finding;
use crate::fleet::{Connection, Entry, HaSync, Mode, Port};
use crate::lines::Lines;
use crate::place::{ApplicationName, Place, PortId};
use crate::span::{Located, Spot};
use crate::transport;

pub(super) fn port(
    table: Table<'_>,
    application: &Place,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Port> {
    let mut object = Object::new(table, "port", keys::PORT, application.clone(), lines);
    let id = port_id(&mut object, "id", findings).map(|(id, _)| id);
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

pub(super) fn connection(
    table: Table<'_>,
    application: &Place,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Connection> {
    let mut object = Object::new(
        table,
        "connection",
        keys::CONNECTION,
        application.clone(),
        lines,
    );
    let to = object.parsed("to", findings);
    let to: Option<Located<ApplicationName>> = object.required("to", to, findings);
    let port = port_id(&mut object, "port", findings);
    let before = findings.len();
    let transport = transport_parameters(&mut object, findings);
    let tunnel = object.parsed("tunnel", findings);
    let engine = engine(&mut object, findings);
    let configured_by = configured_by(&mut object, findings);
    object.finish(findings);
    // A fleet has very many connections, and few with findings: the place is made for those alone.
    if let (Some(to), Some((port, _)), Some(name)) = (&to, &port, application.application()) {
        for finding in findings.iter_mut().skip(before) {
            finding.place = Place::Connection {
                application: name.clone(),
                target: to.value.clone(),
                port: port.clone(),
            };
        }
    }
    let (port, port_spot) = port?;
    Some(Connection {
        to: to?,
        port,
        port_spot,
        transport,
        tunnel: tunnel.map(Box::new),
        engine: engine.map(Box::new),
        configured_by: configured_by.map(Box::new),
    })
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

/// The ID of a port and where it stands: `default` if not said, `None` if it cannot be read.
fn port_id(
    object: &mut Object<'_, '_>,
    key: &'static str,
    findings: &mut Vec<Finding>,
) -> Option<(PortId, Option<Spot>)> {
    let before = findings.len();
    let id: Option<Located<PortId>> = object.parsed(key, findings);
    match id {
        Some(id) => Some((id.value, Some(id.spot))),
        None if findings.len() == before => Some((PortId::default(), None)),
        None => None,
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
    let words = engines.map(|engine| (engine.word(), engine));
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
