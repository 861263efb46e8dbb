//! What came of the comparison, as a table for people and as JSON.

use std::fmt;

use serde::Serialize;

use super::peers::Program;
use super::works::{Goal, Work};
use crate::contest::{Rounds, Spread};
use crate::machine::Machine;
use crate::report;

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    machine: Machine,
    versions: Vec<(Program, String)>,
    rounds: Rounds,
    rows: Vec<Row>,
}

/// What came of one work.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    work: Work,
    figures: Vec<Cell>,
    /// Ours divided by the least of the others, of the medians.
    ratio: Option<f64>,
    goal: Goal,
    reached: Option<bool>,
}

/// What came of one work with one program.
#[derive(Debug, Serialize)]
struct Cell {
    program: Program,
    spread: Option<Spread>,
    /// Why it could not do it.
    refused: Option<String>,
}

impl Table {
    pub(super) fn new(machine: Machine, rounds: Rounds) -> Self {
        let versions = Program::ALL.into_iter();
        Self {
            machine,
            versions: versions
                .map(|program| (program, program.version()))
                .collect(),
            rounds,
            rows: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }
}

impl Row {
    pub(super) fn new(
        work: Work,
        cells: impl Iterator<Item = ((Program, Option<Spread>), Option<String>)>,
    ) -> Self {
        let cell = |((program, spread), refused)| Cell {
            program,
            spread,
            refused,
        };
        let figures: Vec<Cell> = cells.map(cell).collect();
        let medians = |ours: bool| {
            let of = figures
                .iter()
                .filter(move |cell| (cell.program == Program::Trustpack) == ours);
            of.filter_map(|cell| Some(cell.spread?.median))
        };
        let ours = medians(true).next();
        let best = medians(false).min_by(f64::total_cmp);
        let ratio = ours.zip(best).map(|(ours, best)| ours / best);
        let goal = work.goal();
        let reached = match goal {
            Goal::OfBest(most) => ratio.map(|ratio| ratio <= most),
            Goal::AtMost(most) => ours.map(|ours| ours <= most),
        };
        Self {
            work,
            figures,
            ratio,
            goal,
            reached,
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine {
            processor,
            cores,
            memory_mib,
            system,
            congestion_control,
            load,
            openssl: _,
        } = &self.machine;
        writeln!(
            f,
            "{processor}, {cores} cores, {memory_mib} MiB, {system}; TCP: {congestion_control}; load before {load}; median \
             (least to most) of {} rounds",
            self.rounds
        )?;
        for (_, version) in self.versions.iter().skip(1) {
            writeln!(f, "{version}")?;
        }
        write!(f, "\n| work |")?;
        for (program, _) in &self.versions {
            write!(f, " {} |", program.name())?;
        }
        writeln!(f, " ratio to the best | goal | reached |")?;
        writeln!(
            f,
            "| --- {}| --- | --- | --- |",
            "| --- ".repeat(self.versions.len())
        )?;
        self.rows.iter().try_for_each(|row| row.fmt(f))?;
        for row in &self.rows {
            for cell in &row.figures {
                if let Some(refused) = &cell.refused {
                    writeln!(
                        f,
                        "\n{}: {}: {refused}",
                        row.work.name(),
                        cell.program.name()
                    )?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} |", self.work.title())?;
        for cell in &self.figures {
            match &cell.spread {
                Some(spread) => write!(f, " {} |", report::shown(spread))?,
                None => write!(f, " |")?,
            }
        }
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}"));
        let goal = match self.goal {
            Goal::OfBest(most) => format!("ratio at most {most}"),
            Goal::AtMost(most) => format!("at most {most}"),
        };
        let reached = self
            .reached
            .map(|reached| if reached { "yes" } else { "NO" });
        writeln!(
            f,
            " {} | {goal} | {} |",
            ratio.unwrap_or_default(),
            reached.unwrap_or_default()
        )
    }
}
