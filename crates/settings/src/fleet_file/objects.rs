//! Makes fleet objects of the tables of a file.
//!
//! Invariant: an object that is returned has its name; whatever else it lacks has a finding.

use super::endpoints::{connection, port};
use super::keys;
use super::object::{Object, quoted};
use super::repeated;
use super::tree::{Node, Table};
use crate::finding::Finding;
use crate::findings::{bad_key_value, unreadable_acceptance};
use crate::fleet::{
    Acceptance, Application, ApplicationRole, CertificateSource, Entry, EntryForm, Host, Platform,
    Runtime,
};
use crate::lines::Lines;
use crate::place::{ApplicationName, Place};
use crate::secret::Secret;
use crate::span::Located;

const HOST: &str = "host";
const APPLICATION: &str = "application";

/// What a file holds.
#[derive(Default)]
pub(super) struct Objects {
    pub(super) hosts: Vec<Host>,
    pub(super) applications: Vec<Application>,
    pub(super) acceptances: Vec<Acceptance>,
    /// What is wrong with hosts that have no readable name.
    pub(super) unnamed: Vec<Finding>,
}

impl Objects {
    /// Reads the hosts and applications that no later line adds to, and takes them from the root table.
    pub(super) fn read_complete<'s>(
        &mut self,
        root: &mut Table<'s>,
        lines: &Lines<'s>,
        findings: &mut Vec<Finding>,
    ) {
        self.read_hosts(root.take_complete(HOST), lines, findings);
        self.read_applications(root.take_complete(APPLICATION), lines, findings);
    }

    /// Reads what is left in the root table of a file.
    pub(super) fn read_rest(
        &mut self,
        root: Table<'_>,
        lines: &Lines<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let mut object = Object::new(root, "fleet", keys::FLEET, Place::Fleet, lines);
        let hosts = object.tables(HOST, findings);
        let applications = object.tables(APPLICATION, findings);
        let mut unreadable = Vec::new();
        let acceptances = object.tables("accept", &mut unreadable);
        findings.extend(
            unreadable
                .into_iter()
                .map(unreadable_acceptance::instead_of),
        );
        object.finish(findings);
        self.read_hosts(hosts, lines, findings);
        self.read_applications(applications, lines, findings);
        let acceptances = acceptances
            .into_iter()
            .filter_map(|table| acceptance(table, lines, findings));
        self.acceptances.extend(acceptances);
    }

    fn read_hosts(
        &mut self,
        tables: Vec<Table<'_>>,
        lines: &Lines<'_>,
        findings: &mut Vec<Finding>,
    ) {
        for table in tables {
            let mut own = Vec::new();
            let host = host(table, lines, &mut own);
            if host.is_some() {
                findings.append(&mut own);
            } else {
                self.unnamed.append(&mut own);
            }
            self.hosts.extend(host);
        }
    }

    fn read_applications(
        &mut self,
        tables: Vec<Table<'_>>,
        lines: &Lines<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let read = |table| application(table, lines, findings);
        self.applications
            .extend(tables.into_iter().filter_map(read));
    }
}

fn host(table: Table<'_>, lines: &Lines<'_>, findings: &mut Vec<Finding>) -> Option<Host> {
    let mut object = Object::new(table, "host", keys::HOST, Place::Fleet, lines);
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
    let mut object = Object::new(table, "application", keys::APPLICATION, Place::Fleet, lines);
    let name = object.parsed("name", findings);
    let name: Option<Located<ApplicationName>> = object.required("name", name, findings);
    if let Some(name) = &name {
        object.place = Place::Application(name.value.clone());
    }
    let application = attributes(name, &mut object, findings);
    // Most of what a fleet holds: each list is made as long as it becomes.
    let tables = object.tables("port", findings);
    let mut ports = Vec::with_capacity(tables.len());
    for table in tables {
        ports.extend(port(table, &object.place, lines, findings));
    }
    let tables = object.tables("connection", findings);
    let mut connections = Vec::with_capacity(tables.len());
    for table in tables {
        connections.extend(connection(table, &object.place, lines, findings));
    }
    object.finish(findings);
    let mut application = Application {
        ports,
        connections,
        ..application?
    };
    keep_first(&mut application, findings);
    Some(application)
}

/// What an application says of itself; its ports and connections are still to come. Without a name it is none, but what
/// else is wrong in it is told.
fn attributes(
    name: Option<Located<ApplicationName>>,
    object: &mut Object<'_, '_>,
    findings: &mut Vec<Finding>,
) -> Option<Application> {
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
    Some(Application {
        component: object.text("component", findings),
        host,
        backup: object.parsed("backup", findings),
        runtime: runtime.map_or(Runtime::Native, |runtime| runtime.value),
        role: role.map_or(ApplicationRole::Server, |role| role.value),
        account: object.text("account", findings),
        certificate_source: object.word("certificate-source", &sources, findings),
        own_file: object.parsed("own-file", findings),
        security: security(object, findings),
        ports: Vec::new(),
        connections: Vec::new(),
        // Last, so that all of the others are read.
        name: name?,
    })
}

/// An acceptance. With anything wrong in it there is none: then it accepts nothing, and nothing else suffers.
fn acceptance(
    table: Table<'_>,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Acceptance> {
    let mut own = Vec::new();
    let acceptance = readable_acceptance(table, lines, &mut own);
    let good = own.is_empty();
    findings.extend(own.into_iter().map(unreadable_acceptance::instead_of));
    acceptance.filter(|_| good)
}

fn readable_acceptance(
    table: Table<'_>,
    lines: &Lines<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Acceptance> {
    let mut object = Object::new(table, "acceptance", keys::ACCEPTANCE, Place::Fleet, lines);
    let code = object.parsed("code", findings);
    let code = object.required("code", code, findings);
    let place = object.parsed("place", findings);
    let place = object.required("place", place, findings);
    let reason = object.text("reason", findings);
    let reason = object.required("reason", reason, findings);
    if let Some(reason) = reason
        .as_ref()
        .filter(|reason| reason.value.trim().is_empty())
    {
        let problem = "it is empty; say why the finding is accepted";
        object.bad(&reason.spot, "reason", problem, findings);
    }
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

/// Drops ports and connections of a place that an earlier one has.
fn keep_first(application: &mut Application, findings: &mut Vec<Finding>) {
    let name = &application.name.value;
    repeated::keep_first(
        &mut application.ports,
        |port| (port.id.as_str(), ""),
        |port| (port.place(name), &port.spot),
        findings,
    );
    repeated::keep_first(
        &mut application.connections,
        |one| (one.to.value.as_str(), one.port.as_str()),
        |one| (one.place(name), &one.to.spot),
        findings,
    );
}
