//! A ledger of a million certificates: searching it, revoking in it, and issuing into it.

use std::path::Path;
use std::rc::Rc;

use super::Case;
use crate::authority::{BenchAuthority, USUAL_KEY};
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::ledger_file::Ledger;
use crate::page_cache::evict;
use crate::process::{self, Run};

pub(super) const SEARCH: Case = Case {
    name: "ledger-search",
    what: "`cert find` in a ledger of 1,000,000 that is not in the page cache, beside `openssl ca -status`",
    contests: search,
};

pub(super) const REVOKE: Case = Case {
    name: "ledger-revoke",
    what: "`cert revoke` of one certificate in a ledger of 1,000,000 and of 100,000",
    contests: revoke,
};

pub(super) const ISSUE: Case = Case {
    name: "ledger-issue",
    what: "`cert issue` for one host: a ledger of 1,000,000 beside one of 10",
    contests: issue,
};

const MILLION: Ledger = Ledger {
    lines: 1_000_000,
    revoked: 1000,
};

const TIME: Figure = Figure::new("time", Unit::Milliseconds);

fn search(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let authority = Rc::new(BenchAuthority::with_ledger(ground, USUAL_KEY, MILLION)?);
    let serials = authority.serials(2)?;
    let [.., serial] = serials.as_slice() else {
        anyhow::bail!("the ledger is empty");
    };
    let found = |by: &str, option: &'static str, value: String| {
        let authority = Rc::clone(&authority);
        let ours = move || {
            evict(&authority.ledger())?;
            milliseconds(authority.trustpack(&["cert", "find", option, &value]))
        };
        Contest {
            title: format!("find by {by} in {}", MILLION.lines),
            figures: vec![TIME.with_goal(Goal::AtMost(300.0))],
            ours: Side::new("trustpack", ours),
            peer: None,
        }
    };
    let by_serial = found("serial", "--serial", serial.clone());
    let (asked, serial) = (Rc::clone(&authority), serial.clone());
    let openssl = move || {
        evict(&asked.ledger())?;
        let status = ["ca", "-config", "ca_conf/ca.conf", "-status", &serial];
        let (folder, openssl) = (asked.folder(), Path::new("openssl"));
        milliseconds(process::run_for_answer(folder, openssl, status, "=Valid"))
    };
    Ok(vec![
        Contest {
            peer: Some(Side::new("openssl", openssl)),
            ..by_serial
        },
        found("subject", "--subject", "host00777777".to_owned()),
        found("state", "--state", "revoked".to_owned()),
    ])
}

fn revoke(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    [(1_000_000, 1000.0), (100_000, 100.0)]
        .into_iter()
        .map(|(lines, goal)| {
            let ledger = Ledger { lines, revoked: 0 };
            let authority = BenchAuthority::with_ledger(ground, USUAL_KEY, ledger)?;
            // Each only once; there are as many as there can be rounds, and one to warm up.
            let mut serials = authority.serials(1001)?.into_iter();
            let ours = move || {
                let serial = serials.next().unwrap_or_default();
                milliseconds(authority.trustpack(&["cert", "revoke", &serial]))
            };
            Ok(Contest {
                title: format!("revoke one of {lines}"),
                figures: vec![TIME.with_goal(Goal::AtMost(goal))],
                ours: Side::new("trustpack", ours),
                peer: None,
            })
        })
        .collect()
}

/// Calls of one measurement: one alone differs too much from the next.
const CALLS: u32 = 20;

fn issue(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let side = |who: &str, ledger: Ledger| -> anyhow::Result<Side<'_>> {
        let authority = BenchAuthority::with_ledger(ground, USUAL_KEY, ledger)?;
        Ok(Side::new(who, move || {
            let mut total = 0.0;
            for _ in 0..CALLS {
                let host = "db1.example.com";
                let run = authority.trustpack(&["cert", "issue", host, "--key", "ecdsa-p256"])?;
                total += run.milliseconds();
            }
            Ok(vec![total / f64::from(CALLS)])
        }))
    };
    let ten = Ledger {
        lines: 10,
        revoked: 0,
    };
    Ok(vec![Contest {
        title: format!("issue one with a ledger of {}", MILLION.lines),
        figures: vec![TIME.with_goal(Goal::RatioAtMost(1.1))],
        ours: side("trustpack", MILLION)?,
        peer: Some(side("ledger of 10", ten)?),
    }])
}

fn milliseconds(run: anyhow::Result<Run>) -> anyhow::Result<Vec<f64>> {
    run.map(|run| vec![run.milliseconds()])
}
