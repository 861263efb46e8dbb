//! How long the program takes to say its version: what every call of it costs.

use std::path::Path;

use super::Case;
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::process;

pub(super) const CASE: Case = Case {
    name: "startup",
    what: "`trustpack --version` beside `openssl version`",
    contests,
};

/// Calls of one measurement: one alone is too short for the clock.
const CALLS: u32 = 20;

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let measured = move |program: &Path, argument: &str| -> anyhow::Result<Vec<f64>> {
        let mut total = 0.0;
        for _ in 0..CALLS {
            total += process::run(Path::new("."), program, [argument])?.milliseconds();
        }
        Ok(vec![total / f64::from(CALLS)])
    };
    Ok(vec![Contest {
        title: "say the version".to_owned(),
        figures: vec![Figure::new("time", Unit::Milliseconds).with_goal(Goal::AtMost(10.0))],
        ours: Side::new("trustpack", move || {
            measured(ground.trustpack(), "--version")
        }),
        peer: Some(Side::new("openssl", move || {
            measured(Path::new("openssl"), "version")
        })),
    }])
}
