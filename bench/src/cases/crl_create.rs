//! Revocation lists from the ledger, of a usual and of an unusual length.

use super::Case;
use crate::authority::{BenchAuthority, USUAL_KEY};
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::ledger_file::Ledger;

pub(super) const CASE: Case = Case {
    name: "crl-create",
    what: "`crl create` of 10,000 and 1,000,000 entries beside `openssl ca -gencrl`",
    contests,
};

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let memory = Figure::new("memory at its peak", Unit::Megabytes);
    Ok(vec![
        contest(ground, 10_000, 50.0, memory.clone())?,
        contest(
            ground,
            1_000_000,
            2000.0,
            memory.with_goal(Goal::AtMost(200.0)),
        )?,
    ])
}

/// The list of a ledger in which all are revoked, in at most so many milliseconds.
fn contest(
    ground: &Ground,
    entries: u32,
    goal: f64,
    memory: Figure,
) -> anyhow::Result<Contest<'_>> {
    let ledger = Ledger {
        lines: entries,
        revoked: entries,
    };
    let ours = BenchAuthority::with_ledger(ground, USUAL_KEY, ledger)?;
    let peers = BenchAuthority::with_ledger(ground, USUAL_KEY, ledger)?;
    let openssl = [
        "ca",
        "-gencrl",
        "-config",
        "ca_conf/ca.conf",
        "-out",
        "ca_conf/crl.pem",
    ];
    let measured = |run: anyhow::Result<crate::process::Run>| {
        run.map(|run| vec![run.milliseconds(), run.peak_megabytes()])
    };
    Ok(Contest {
        title: format!("make a list of {entries}"),
        figures: vec![
            Figure::new("time", Unit::Milliseconds).with_goal(Goal::AtMost(goal)),
            memory,
        ],
        ours: Side::new("trustpack", move || {
            measured(ours.trustpack(&["crl", "create"]))
        }),
        peer: Some(Side::new("openssl", move || {
            measured(peers.openssl(&openssl))
        })),
    })
}
