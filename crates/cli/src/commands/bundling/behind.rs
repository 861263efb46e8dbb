//! Bundles that lack an authority which they would have today: after `ca rekey` and `ca renew`.
//!
//! Of certificates that still count, or may again. Invariant: nothing is changed here.

use std::path::Path;

use serde::Serialize;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
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

/// One such bundle, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct BehindJson {
    serial: String,
    target: String,
    place: String,
}

/// The bundles that are behind, in the order of the ledger. What cannot be looked at is told and passed over.
///
/// # Errors
///
/// When the ledger or the repository cannot be read.
pub(in crate::commands) fn find(
    directory: &CaDirectory,
    now: Timestamp,
) -> Result<Vec<Behind>, Failure> {
    let recorded = record::serials(directory)?;
    let mut behind = Vec::new();
    if recorded.is_empty() {
        return Ok(behind);
    }
    let query = Query {
        standings: vec![Standing::Valid, Standing::OnHold],
        ..Query::default()
    };
    directory
        .search(&query, now, |hit| {
            if let Hit::Found { record, .. } = hit
                && recorded.contains(&record.serial)
            {
                let serial = record.serial.clone();
                let found = IssuedCertificate::read(directory, &record)
                    .and_then(|issued| of_one(directory, &issued, now));
                match found {
                    Ok(bundles) if bundles.is_empty() => {}
                    Ok(bundles) => behind.push(Behind { serial, bundles }),
                    Err(failure) => session::warn(format_args!(
                        "nobody knows whether the bundles of {serial} are behind: {}",
                        failure.in_one_line()
                    )),
                }
            }
            Ok::<_, FileError>(())
        })
        .map_err(Failure::request)?;
    Ok(behind)
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
