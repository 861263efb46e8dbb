//! What a revocation list of a million certificates costs a handshake, and endpoints that name it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Case;
use crate::authority::BenchAuthority;
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::ledger_file::Ledger;
use crate::work::handshakes::HOST;
use crate::{process, work};

pub(super) const CASE: Case = Case {
    name: "handshake-crl",
    what: "full handshakes of mutual TLS with a list of 1,000,000 and without; memory of 1 and of 20 endpoints with it",
    contests,
};

const ENTRIES: u32 = 1_000_000;
const KEY: &str = "ecdsa-p256";
/// Endpoints of the fleet, which all name the list.
const ENDPOINTS: u32 = 20;

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let ledger = Ledger {
        lines: ENTRIES,
        revoked: ENTRIES,
    };
    let authority = BenchAuthority::with_ledger(ground, KEY, ledger)?;
    let own = authority.issue(HOST, KEY)?;
    authority.trustpack(&["crl", "create", "--out", "list.pem"])?;
    let folder = authority.folder().to_owned();
    let security = format!(
        "certificate = \"{}\"\ncertificate-key = \"{}\"\ntrusted-ca = \"{}\"\ntls-mutual = 1\n",
        own.certificate.display(),
        own.key.display(),
        authority.certificate().display(),
    );
    let list = folder.join("list.pem").display().to_string();
    let without = fleet(&folder.join("without.toml"), &security)?;
    let security = format!("{security}tls-crl = \"{list}\"\n");
    let with = fleet(&folder.join("with.toml"), &security)?;
    let measured = |arguments: Vec<String>| {
        let folder = folder.clone();
        move || {
            let run = process::run(&folder, ground.own(), &arguments)?;
            work::figures(&run.said)
        }
    };
    let handshakes = |fleet: &str| measured(vec!["handshakes".to_owned(), fleet.to_owned()]);
    let endpoints = |count: u32| {
        let arguments = ["endpoints", with.as_str(), &count.to_string()];
        measured(arguments.map(str::to_owned).to_vec())
    };
    let time = Figure::new("processor time of both ends", Unit::Milliseconds);
    let memory = Figure::new("memory", Unit::Megabytes);
    Ok(vec![
        Contest {
            title: format!("shake hands with a list of {ENTRIES}"),
            figures: vec![time.with_goal(Goal::RatioAtMost(1.05))],
            ours: Side::new("with the list", handshakes(&with)),
            peer: Some(Side::new("without", handshakes(&without))),
        },
        Contest {
            title: format!("{ENDPOINTS} endpoints with a list of {ENTRIES}"),
            figures: vec![memory.with_goal(Goal::RatioAtMost(1.2))],
            ours: Side::new("all", endpoints(ENDPOINTS)),
            peer: Some(Side::new("one", endpoints(1))),
        },
    ])
}

/// Writes a fleet file with ports of a server, and a client of the first of them.
fn fleet(path: &Path, security: &str) -> anyhow::Result<String> {
    let application = |name: &str| {
        format!(
            "[[application]]\nname = \"{name}\"\nhost = \"{HOST}\"\ncertificate-source = \"host\"\n"
        )
    };
    let mut text =
        format!("[[host]]\nname = \"{HOST}\"\nplatform = \"unix\"\n[host.security]\n{security}\n");
    text += &application("Client");
    text += "[[application.connection]]\nto = \"Server\"\nport = \"p1\"\n";
    text += &application("Server");
    for port in 1..=ENDPOINTS {
        let number = 5000 + port;
        write!(
            text,
            "[[application.port]]\nid = \"p{port}\"\nnumber = {number}\nmode = \"secured\"\n"
        )?;
    }
    fs::write(path, text)?;
    Ok(path.display().to_string())
}
