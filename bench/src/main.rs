//! `cargo run --release -p trustpack-bench`: figures of ours beside those of the programs that people use
//! today.
//!
//! Not a test: nothing fails because a machine is slow. What is compared is measured in turns, in one run, on one
//! machine; the report says which. Invariant: a figure without its spread is not printed.

mod authority;
mod cases;
mod contest;
mod ground;
mod ledger_file;
mod machine;
mod memory;
mod page_cache;
mod process;
mod report;
mod tunnel;
mod work;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cases::Case;
use crate::contest::Rounds;
use crate::ground::Ground;
use crate::report::Report;
use crate::work::Work;

/// Measure Trustpack beside its peers
#[derive(Debug, clap::Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    work: Option<Work>,

    /// Cases to run, all if none is named; `--list` shows them
    #[arg(value_name = "CASE")]
    cases: Vec<String>,

    /// Show the cases and what they measure
    #[arg(long)]
    list: bool,

    /// Rounds of each case; the peers take turns within a round
    #[arg(long, default_value_t = Rounds::USUAL)]
    rounds: Rounds,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(work) = &arguments.work {
        return work.run();
    }
    let mut out = std::io::stdout().lock();
    if arguments.list {
        for case in cases::ALL {
            writeln!(out, "{:<16} {}", case.name, case.what)?;
        }
        return Ok(());
    }
    let chosen = cases::chosen(&arguments.cases)?;
    let ground = Ground::prepare()?;
    let mut report = Report::new(machine::describe(), arguments.rounds);
    let mut failed = Vec::new();
    for case in chosen {
        // The figures of the others are not lost by it.
        if let Err(error) = measure(case, &ground, arguments.rounds, &mut report) {
            failed.push(format!("{}: {error:#}", case.name));
        }
    }
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        write!(out, "{report}")?;
    }
    anyhow::ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

fn measure(
    case: &Case,
    ground: &Ground,
    rounds: Rounds,
    report: &mut Report,
) -> anyhow::Result<()> {
    for contest in (case.contests)(ground)? {
        drop(writeln!(
            std::io::stderr(),
            "{}: {}, {rounds} rounds",
            case.name,
            contest.title
        ));
        report.add(case.name, contest.run(rounds)?);
    }
    Ok(())
}
