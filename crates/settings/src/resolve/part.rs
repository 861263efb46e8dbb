//! The part of a fleet that decides about one application: for whoever asks about a single endpoint of a large one.
//!
//! Not the resolution itself, which is the same for a part as for the whole.
//! Invariant: the endpoints of the application, with their findings, are those that the whole fleet gives.

use std::collections::BTreeSet;

use crate::fleet::{Application, Fleet};
use crate::place::ApplicationName;

/// The part of `fleet` that decides about the endpoints of `name`, in the order of the fleet; `None` if only the whole
/// decides. That is so where something is named that is not there: the message then suggests the name that is nearest.
///
/// Everything stays of the application itself; of the others the connections go, but for those whose tunnels listen.
pub(super) fn of(fleet: &Fleet, name: &ApplicationName) -> Option<Fleet> {
    let needed = needed(fleet, name)?;
    let hosts: BTreeSet<_> = needed
        .iter()
        .filter_map(|application| application.host.as_ref())
        .map(|host| &host.value)
        .collect();
    let hosts: Vec<_> = fleet
        .hosts
        .iter()
        .filter(|host| hosts.contains(&host.name.value))
        .cloned()
        .collect();
    let all_there = needed.iter().all(|application| {
        let host = application.host.as_ref();
        host.is_none_or(|host| hosts.iter().any(|known| known.name.value == host.value))
    });
    let own_files = fleet.own_files.iter().filter(|(owner, _)| {
        let mut needed = needed.iter();
        needed.any(|application| application.name.value == **owner)
    });
    all_there.then(|| Fleet {
        hosts,
        own_files: own_files
            .map(|(owner, file)| (owner.clone(), file.clone()))
            .collect(),
        applications: needed.iter().map(|one| reduced(one, name)).collect(),
        acceptances: fleet.acceptances.clone(),
        findings: fleet.findings.clone(),
        unnamed: fleet.unnamed.clone(),
    })
}

/// The application, those on its host, those that it connects to or that connect to it as its primary, and the backups
/// of all of these; `None` if one of them is not there, or is its own backup.
fn needed<'f>(fleet: &'f Fleet, name: &ApplicationName) -> Option<Vec<&'f Application>> {
    let Some(own) = fleet.application(name) else {
        return Some(Vec::new());
    };
    let host = |application: &'f Application| application.host.as_ref().map(|host| &host.value);
    let backup = |application: &'f Application| application.backup.as_ref().map(|b| &b.value);
    let beside = fleet.applications.iter().filter(|other| {
        (host(other).is_some() && host(other) == host(own)) || backup(other) == Some(name)
    });
    let mut names: BTreeSet<&ApplicationName> = beside.map(|other| &other.name.value).collect();
    names.insert(&own.name.value);
    names.extend(
        own.connections
            .iter()
            .map(|connection| &connection.to.value),
    );
    // A backup may have a backup in turn, and so on; each walk finds the next ones.
    loop {
        let known = names.len();
        let found: Vec<&Application> = fleet
            .applications
            .iter()
            .filter(|application| names.contains(&application.name.value))
            .collect();
        names.extend(found.iter().filter_map(|application| backup(application)));
        if names.len() == known {
            let to_itself = |one: &&'f Application| backup(one) == Some(&one.name.value);
            let decided = found.len() == known && !found.iter().any(to_itself);
            return decided.then_some(found);
        }
    }
}

/// An application without the connections that say nothing about the one called `name`.
fn reduced(application: &Application, name: &ApplicationName) -> Application {
    let stays = |tunnel: bool| tunnel || application.name.value == *name;
    let connections = application.connections.iter();
    Application {
        connections: connections
            .filter(|connection| stays(connection.tunnel.is_some()))
            .cloned()
            .collect(),
        name: application.name.clone(),
        component: application.component.clone(),
        host: application.host.clone(),
        backup: application.backup.clone(),
        runtime: application.runtime,
        role: application.role,
        account: application.account.clone(),
        certificate_source: application.certificate_source.clone(),
        own_file: application.own_file.clone(),
        security: application.security.clone(),
        ports: application.ports.clone(),
    }
}
