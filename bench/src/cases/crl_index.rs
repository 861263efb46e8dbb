//! The index in which the judge keeps a revocation list of a million certificates.

use std::path::Path;

use anyhow::Context as _;

use super::Case;
use crate::authority::{BenchAuthority, USUAL_KEY};
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::ledger_file::Ledger;
use crate::{process, work};

pub(super) const CASE: Case = Case {
    name: "crl-index",
    what: "the judge loads and verifies a list of 1,000,000, beside `openssl crl`, and looks serials up",
    contests,
};

const ENTRIES: u32 = 1_000_000;

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let authority = BenchAuthority::with_ledger(
        ground,
        USUAL_KEY,
        Ledger {
            lines: ENTRIES,
            revoked: ENTRIES,
        },
    )?;
    authority.trustpack(&["crl", "create", "--der", "--out", "list.der"])?;
    let folder = authority.folder().to_owned();
    let peers_folder = folder.clone();
    let certificate = authority.certificate();
    let certificate = certificate.to_str().context("no text")?.to_owned();
    let peers_certificate = certificate.clone();
    let ours = move || {
        let index = ["index", "list.der", &certificate];
        let run = process::run(&folder, ground.own(), index)?;
        work::figures(&run.said)
    };
    let openssl = move || {
        let list = ["-inform", "DER", "-in", "list.der", "-noout"];
        let by = ["crl", "-CAfile", &peers_certificate];
        let run = process::run(&peers_folder, Path::new("openssl"), by.iter().chain(&list))?;
        Ok(vec![run.milliseconds()])
    };
    let at_most = |name, unit, most| Figure::new(name, unit).with_goal(Goal::AtMost(most));
    Ok(vec![Contest {
        title: format!("index a list of {ENTRIES}"),
        figures: vec![
            at_most("load and verify", Unit::Milliseconds, 300.0),
            at_most("memory kept", Unit::Megabytes, 40.0),
            at_most("memory beyond the file at the peak", Unit::Megabytes, 40.0),
            at_most("lookup", Unit::Nanoseconds, 1000.0),
        ],
        ours: Side::new("judge", ours),
        peer: Some(Side::new("openssl", openssl)),
    }])
}
