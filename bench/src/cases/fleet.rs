//! A fleet that is as large as they get: how long `fleet check` and `fleet explain` take, and what memory.
//!
//! The goals are of processor time, not of the clock: they are about one core, and another program that runs meanwhile
//! does not count.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Case;
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::process;

pub(super) const CASE: Case = Case {
    name: "fleet",
    what: "`fleet check` and `fleet explain` of 10,000 hosts, 50,000 applications, 500,000 connections",
    contests,
};

/// Hosts of the smaller fleet; it has five times as many applications, and fifty times as many connections.
const HOSTS: u32 = 10_000;
/// A GiB in millions of octets.
const MEMORY: f64 = 1073.7;

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let folder = ground.new_folder()?;
    let once = made(&folder, HOSTS)?;
    let twice = made(&folder, 2 * HOSTS)?;
    let place = a_connection(&once)?;
    let time = Figure::new("processor time", Unit::Milliseconds);
    let memory = Figure::new("memory at its peak", Unit::Megabytes);
    let check = |fleet: &Path| {
        let (folder, fleet) = (folder.clone(), fleet.display().to_string());
        move || measured(ground, &folder, &["fleet", "check", &fleet])
    };
    Ok(vec![
        Contest {
            title: format!("check a fleet of {HOSTS} hosts"),
            figures: vec![
                time.clone().with_goal(Goal::AtMost(5000.0)),
                memory.clone().with_goal(Goal::AtMost(MEMORY)),
            ],
            ours: Side::new("trustpack", check(&once)),
            peer: None,
        },
        Contest {
            title: format!("check a fleet of {} hosts", 2 * HOSTS),
            figures: vec![time.clone().with_goal(Goal::RatioAtMost(2.2)), memory],
            ours: Side::new("trustpack", check(&twice)),
            peer: Some(Side::new("half the fleet", check(&once))),
        },
        Contest {
            title: "explain one of its connections".to_owned(),
            figures: vec![time.with_goal(Goal::AtMost(1000.0))],
            ours: Side::new("trustpack", move || {
                let fleet = once.display().to_string();
                measured(
                    ground,
                    &folder,
                    &["fleet", "explain", "--fleet", &fleet, &place],
                )
            }),
            peer: None,
        },
    ])
}

/// Processor time and memory of a call, whatever it finds.
fn measured(ground: &Ground, folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<f64>> {
    let run = process::run_for_verdict(folder, ground.trustpack(), arguments)?;
    Ok(vec![
        run.processor_milliseconds_each(1),
        run.peak_megabytes(),
    ])
}

/// The file of a fleet with so many hosts.
fn made(folder: &Path, hosts: u32) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("fleet-{hosts}.toml"));
    let words = ["1", &hosts.to_string(), &(5 * hosts).to_string()].map(str::to_owned);
    let chore = ["run", "--quiet", "--package", "xtask", "--", "fleet"].map(str::to_owned);
    let connections = (50 * hosts).to_string();
    let arguments = chore.into_iter().chain(words).chain([connections]);
    // Cargo finds the workspace from here, not from the folder of the bench.
    let run = process::run(Path::new("."), Path::new("cargo"), arguments)?;
    fs::write(&path, run.said).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// The place of the last connection of the file.
fn a_connection(fleet: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(fleet)?;
    let after = |rest: &str, key: &str| {
        let (_, value) = rest.rsplit_once(key)?;
        value.split('"').next().map(str::to_owned)
    };
    let found = text
        .rsplit_once("[[application.connection]]")
        .and_then(|(before, connection)| {
            let (_, application) = before.rsplit_once("[[application]]")?;
            let (_, name) = application.split_once("name = \"")?;
            let name = name.split('"').next()?;
            let target = after(connection, "to = \"")?;
            let port = after(connection, "port = \"").unwrap_or_else(|| "default".to_owned());
            Some(format!("{name}/{target}:{port}"))
        });
    found.context("the fleet has no connection")
}
