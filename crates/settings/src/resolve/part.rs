//! The part of a fleet that decides about one application: for whoever asks about a single endpoint of a large one.
//!
//! Not the resolution itself, which is the same for a part as for the whole.
//! Invariants: the endpoints of the application, with their findings, are those that the whole fleet gives; and of each
//! port that it connects to it is known whether an error keeps it down.

use std::collections::BTreeSet;

use crate::fleet::{Application, Fleet};
use crate::place::ApplicationName;

/// The part of `fleet` that decides about the endpoints of `name`, in the order of the fleet; `None` if only the whole
/// decides. That is so where something is named that is not there: the message then suggests the name that is nearest.
///
/// Everything stays of the application itself; of the others the connections go, but for those whose tunnels listen.
pub(super) fn of(fleet: &Fleet, name: &ApplicationName) -> Option<Fleet> {
    let needed = needed(fleet, name)?;
    let names: BTreeSet<_> = needed
        .iter()
        .filter_map(|application| application.host.as_ref())
        .map(|host| &host.value)
        .collect();
    let hosts: Vec<_> = fleet
        .hosts
        .iter()
        .filter(|host| names.contains(&host.name.value))
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
    let kept: BTreeSet<&ApplicationName> = needed.iter().map(|one| &one.name.value).collect();
    let applications = fleet.applications.iter().filter_map(|one| {
        let on_host = || {
            one.host
                .as_ref()
                .is_some_and(|of| names.contains(&of.value))
        };
        if kept.contains(&one.name.value) {
            Some(reduced(one, name))
        } else {
            on_host().then(|| listening(one, name))
        }
    });
    all_there.then(|| Fleet {
        hosts,
        own_files: own_files
            .map(|(owner, file)| (owner.clone(), file.clone()))
            .collect(),
        applications: applications.collect(),
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

/// An application that only shares a host with one that is needed: it may listen where that one does.
fn listening(application: &Application, name: &ApplicationName) -> Application {
    Application {
        backup: None,
        ..reduced(application, name)
    }
}
