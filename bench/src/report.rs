//! The figures of a run, as a table for people and as JSON.

use std::fmt;

use serde::Serialize;

use crate::contest::{Finished, Goal, Outcome, Rounds, Spread, Unit};
use crate::machine::Machine;

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    rounds: Rounds,
    contests: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    case: &'static str,
    #[serde(flatten)]
    finished: Finished,
}

impl Report {
    pub(crate) fn new(machine: Machine, rounds: Rounds) -> Self {
        Self {
            machine,
            rounds,
            contests: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, case: &'static str, finished: Finished) {
        self.contests.push(Entry { case, finished });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine {
            processor,
            cores,
            memory_mib,
            system,
            openssl,
            congestion_control,
            load,
        } = &self.machine;
        writeln!(
            f,
            "{processor}, {cores} cores, {memory_mib} MiB, {system}; {openssl}; TCP: {congestion_control}; load before {load}; \
             median (least to most) of {} rounds\n",
            self.rounds
        )?;
        writeln!(
            f,
            "| work | figure | Trustpack | peer | ratio | goal | reached |"
        )?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- |")?;
        for Entry { finished, .. } in &self.contests {
            for outcome in &finished.outcomes {
                row(f, finished, outcome)?;
            }
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, contest: &Finished, outcome: &Outcome) -> fmt::Result {
    let peer = match (&contest.peer, &outcome.peer) {
        (Some(who), Some(spread)) => format!("{who}: {}", shown(spread)),
        (None, _) | (_, None) => String::new(),
    };
    let ratio = outcome.ratio.map(|ratio| format!("{ratio:.2}"));
    let goal = outcome.figure.goal.map(|goal| match goal {
        Goal::AtMost(most) => format!("at most {most}"),
        Goal::RatioAtMost(most) => format!("ratio at most {most}"),
        Goal::RatioAtLeast(least) => format!("ratio at least {least}"),
    });
    let reached = outcome
        .reached
        .map(|reached| if reached { "yes" } else { "NO" });
    writeln!(
        f,
        "| {} | {}, {} | {} | {peer} | {} | {} | {} |",
        contest.title,
        outcome.figure.name,
        outcome.figure.unit,
        shown(&outcome.ours),
        ratio.unwrap_or_default(),
        goal.unwrap_or_default(),
        reached.unwrap_or_default(),
    )
}

pub(crate) fn shown(spread: &Spread) -> String {
    let digits = |value: f64| if value < 10.0 { 3 } else { 1 };
    let Spread {
        median,
        least,
        most,
    } = spread;
    format!(
        "{median:.*} ({least:.*} to {most:.*})",
        digits(*median),
        digits(*least),
        digits(*most)
    )
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nanoseconds => "ns",
            Self::Milliseconds => "ms",
            Self::Megabytes => "MB",
            Self::PerSecond => "per second",
        })
    }
}
