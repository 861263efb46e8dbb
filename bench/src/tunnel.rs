//! `trustpack tunnel server` beside HAProxy, nginx, hitch and stunnel: the same keys, the same client, the same plain
//! program behind them.
//!
//! Each is judged by what it took of the processor and of memory itself; what the client and the plain program took does
//! not count. Invariant: within a round every program does the work once, and who begins changes.

mod accounts;
mod backend;
mod load;
mod peers;
mod table;
mod works;

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;

use self::peers::{Clients, Program, Running, Setup};
use self::table::{Row, Table};
use self::works::{Key, Work};
use crate::authority::{BenchAuthority, Issued};
use crate::contest::{Rounds, spread};
use crate::ground::Ground;
use crate::machine;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Works to measure, all if none is named: rsa, rsa-mutual, p256, p256-mutual, hybrid, resumed, upload, download, idle,
    /// echo, crowd
    #[arg(value_name = "WORK")]
    works: Vec<Work>,

    /// Rounds of each work
    #[arg(long, default_value_t = Rounds::USUAL)]
    rounds: Rounds,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Certificates of one kind of key.
struct Certificates<'g> {
    authority: BenchAuthority<'g>,
    server: Issued,
    client: Issued,
}

/// Programs that run with the same settings, and what of them is to be said.
struct Contestants<'a> {
    running: Vec<(Program, Running)>,
    own: &'a Issued,
}

impl Arguments {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let ground = Ground::prepare()?;
        let certificates = |key| Certificates::new(&ground, key);
        let (rsa, p256) = (certificates("rsa-2048")?, certificates("ecdsa-p256")?);
        let backend = backend::start()?;
        let mut table = Table::new(machine::describe(), self.rounds);
        for work in Work::ALL {
            if !self.works.is_empty() && !self.works.contains(&work) {
                continue;
            }
            drop(writeln!(std::io::stderr(), "{}", work.title()));
            let certificates = match work.key() {
                Key::Rsa => &rsa,
                Key::P256 => &p256,
            };
            let contestants = certificates.start(&ground, backend, work.clients())?;
            table.add(contestants.measure(work, self.rounds)?);
        }
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &table)?;
            writeln!(out)?;
        } else {
            write!(out, "{table}")?;
        }
        Ok(())
    }
}

impl<'g> Certificates<'g> {
    fn new(ground: &'g Ground, key: &str) -> anyhow::Result<Self> {
        let authority = BenchAuthority::new(ground, key)?;
        Ok(Self {
            server: authority.issue("server.example.com", key)?,
            client: authority.issue("client.example.com", key)?,
            authority,
        })
    }

    fn start(
        &self,
        ground: &'g Ground,
        backend: SocketAddr,
        clients: Clients,
    ) -> anyhow::Result<Contestants<'_>> {
        let start = |program: Program| -> anyhow::Result<_> {
            let setup = Setup {
                ground,
                folder: ground.new_folder()?,
                own: &self.server,
                ca: self.authority.certificate(),
                clients,
                backend,
            };
            Ok((program, program.start(&setup)?))
        };
        Ok(Contestants {
            running: Program::ALL
                .into_iter()
                .map(start)
                .collect::<Result<_, _>>()?,
            own: &self.client,
        })
    }
}

impl Contestants<'_> {
    fn measure(&self, work: Work, rounds: Rounds) -> anyhow::Result<Row> {
        let mut values: Vec<Vec<f64>> = self.running.iter().map(|_| Vec::new()).collect();
        let mut refused = vec![None; self.running.len()];
        // The round 0 warms up.
        for (round, counts) in rounds.with_warming_up() {
            for place in 0..self.running.len() {
                let index = (place + round) % self.running.len();
                let (program, running) = self.running.get(index).context("a program")?;
                let value = work.measure(*program, running, self.own);
                match (value, values.get_mut(index), refused.get_mut(index)) {
                    (Ok(Some(value)), Some(values), _) if counts => values.push(value),
                    (Err(error), _, Some(refused)) => *refused = Some(format!("{error:#}")),
                    _not_counted => {}
                }
            }
        }
        let programs = self.running.iter().map(|(program, _)| *program);
        let spreads = values.into_iter().map(spread);
        Ok(Row::new(work, programs.zip(spreads).zip(refused)))
    }
}
