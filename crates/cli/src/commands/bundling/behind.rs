//! Bundles that lack an authority which they would have today: after `ca rekey` and `ca renew`.
//!
//! Of certificates that still count, or may again. Invariant: nothing is changed here.

use std::path::Path;

use serde::Serialize;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::ledger_line::Record as LedgerRecord;
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::of_issued::above_now;
use super::record::{self, Record, Recorded};
use crate::commands::issued_certificate::IssuedCertificate;
use crate::failure::Failure;
use crate::output::{Output, Printed};
use crate::session;

/// A certificate with bundles that are behind.
#[derive(Debug)]
pub(in crate::commands) struct Behind {
    pub(in crate::commands) serial: Serial,
    pub(in crate::commands) bundles: Vec<Recorded>,
}

/// A certificate of which nobody knows whether its bundles are behind.
#[derive(Debug)]
pub(in crate::commands) struct Unknown {
    /// None where a line of the ledger cannot be read.
    pub(in crate::commands) serial: Option<Serial>,
    pub(in crate::commands) failure: Failure,
}

/// What was found.
#[derive(Debug, Default)]
pub(in crate::commands) struct Looked {
    /// In the order of the ledger.
    pub(in crate::commands) behind: Vec<Behind>,
    pub(in crate::commands) unknown: Vec<Unknown>,
}

/// One such bundle, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct BehindJson {
    serial: String,
    target: String,
    place: String,
}

impl Looked {
    /// Those that are known to be behind; the others are told.
    pub(in crate::commands) fn tell_unknown(self) -> Vec<Behind> {
        for unknown in &self.unknown {
            let of = unknown.serial.as_ref().map(|serial| format!("{serial}: "));
            let text = unknown.text();
            session::warn(format_args!("{}{text}", of.unwrap_or_default()));
        }
        self.behind
    }
}

impl Unknown {
    /// What is not known, and why.
    pub(in crate::commands) fn text(&self) -> String {
        let of_what = match self.serial {
            Some(_) => "its bundles are",
            None => "all bundles were seen that are",
        };
        let why = self.failure.in_one_line();
        format!("nobody knows whether {of_what} behind: {why}")
    }
}

/// The bundles that are behind, and those of which nobody knows.
///
/// # Errors
///
/// When the ledger or the repository cannot be read.
pub(in crate::commands) fn find(
    directory: &CaDirectory,
    now: Timestamp,
) -> Result<Looked, Failure> {
    let recorded = record::serials(directory)?;
    let mut looked = Looked::default();
    if recorded.is_empty() {
        return Ok(looked);
    }
    let query = Query {
        standings: vec![Standing::Valid, Standing::OnHold],
        ..Query::default()
    };
    directory
        .search(&query, now, |hit| {
            match hit {
                Hit::Found { record, .. } if recorded.contains(&record.serial) => {
                    looked.add(directory, &record, now);
                }
                Hit::Found { .. } => {}
                Hit::Line(error) => looked.unknown.push(Unknown {
                    serial: None,
                    failure: Failure::request(error),
                }),
                Hit::Copy(error) | Hit::Doubtful(error) => looked.unknown.push(Unknown {
                    serial: None,
                    failure: Failure::request(error),
                }),
            }
            Ok::<_, FileError>(())
        })
        .map_err(Failure::request)?;
    Ok(looked)
}

impl Looked {
    fn add(&mut self, directory: &CaDirectory, record: &LedgerRecord, now: Timestamp) {
        let serial = record.serial.clone();
        let found = IssuedCertificate::read(directory, record)
            .and_then(|issued| of_one(directory, &issued, now));
        match found {
            Ok(bundles) if bundles.is_empty() => {}
            Ok(bundles) => self.behind.push(Behind { serial, bundles }),
            Err(failure) => self.unknown.push(Unknown {
                serial: Some(serial),
                failure,
            }),
        }
    }
}

fn of_one(
    directory: &CaDirectory,
    issued: &IssuedCertificate,
    now: Timestamp,
) -> Result<Vec<Recorded>, Failure> {
    let certificate = issued.certificate();
    let record = Record::read(directory, certificate.serial())?;
    let above = above_now(directory, certificate, now)?;
    let bundles = record.bundles().iter();
    Ok(bundles.filter(|one| one.lacks(&above)).cloned().collect())
}

/// What is to be done about them, for people.
pub(in crate::commands) fn write_lines(
    behind: &[Behind],
    directory: &CaDirectory,
    out: &mut Output,
) -> Printed {
    let count: usize = behind.iter().map(|one| one.bundles.len()).sum();
    if count > 0 {
        let layout = directory.layout();
        writeln!(
            out,
            "to do  {count} bundle{} that --for made {} the new CA certificate: `trustpack cert bundle --behind --ca {}` makes \
             {} anew; bring them to their hosts",
            if count == 1 { "" } else { "s" },
            if count == 1 { "lacks" } else { "lack" },
            layout.dir.display(),
            if count == 1 { "it" } else { "them" },
        )?;
    }
    Ok(())
}

/// The same for programs.
pub(in crate::commands) fn json(behind: &[Behind], directory: &CaDirectory) -> Vec<BehindJson> {
    let repository = &directory.layout().repository;
    let each = |one: &Behind| -> Vec<BehindJson> {
        let of = |bundle: &Recorded| BehindJson {
            serial: one.serial.to_hex(),
            target: bundle.target().to_owned(),
            place: shown(bundle.place(repository)),
        };
        one.bundles.iter().map(of).collect()
    };
    behind.iter().flat_map(each).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
