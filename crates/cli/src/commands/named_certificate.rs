//! The certificate that somebody means: by its serial number, by a file with it, or by a name that it alone has.
//!
//! Invariant: a name means a certificate only if no other one could be meant, and everything could be looked at.

use std::path::Path;

use trustpack_ca::host::HostName;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::ledger_line::Record;
use trustpack_ca_directory::search::copies::{AltNamePattern, Verified};
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::issued_certificate::IssuedCertificate;
use super::ledger_arguments::serial;
use crate::failure::{Failure, message};

/// Certificates that a message lists at most; our own limit, so that it can be read.
const MAX_LISTED: usize = 8;

/// The serial that is meant: that of the certificate in a file, the text itself, or that of the one certificate
/// with this name which stands so.
///
/// # Errors
///
/// When it is none of these, and when several certificates have the name.
pub(super) fn one_serial(
    what: &str,
    standing: Standing,
    directory: &CaDirectory,
    now: Timestamp,
) -> Result<Serial, Failure> {
    let path = Path::new(what);
    if path.exists() {
        let certificate = directory.issued_in(path).map_err(Failure::request)?;
        return Ok(certificate.serial().clone());
    }
    if let Ok(serial) = serial(what) {
        return Ok(serial);
    }
    one_named(what, standing, directory, now)?.ok_or_else(|| {
        Failure::request(message(format!(
            "{what:?} is neither a file nor a serial number, and no {standing} certificate has this name"
        )))
        .hint("`trustpack cert find` knows the serial numbers of certificates")
    })
}

/// The serial of the one certificate with this name which stands so; none if nothing has it.
///
/// # Errors
///
/// When several certificates have the name, or it cannot be told.
pub(super) fn one_named(
    what: &str,
    standing: Standing,
    directory: &CaDirectory,
    now: Timestamp,
) -> Result<Option<Serial>, Failure> {
    let records = match name(what) {
        Some(pattern) => named(pattern, standing, directory, now)?,
        None => Vec::new(),
    };
    match records.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.serial.clone())),
        several => Err(several_named(what, standing, several)),
    }
}

/// The same; of a host name the newest valid certificate that is for exactly this host, not only has its name.
///
/// # Errors
///
/// When it is none of these, and when the only ones with the name are for other hosts.
pub(super) fn newest_or_named(
    what: &str,
    directory: &CaDirectory,
    now: Timestamp,
) -> Result<Serial, Failure> {
    let host: Option<HostName> = what.parse().ok();
    let host = host.filter(|_| !Path::new(what).exists() && serial(what).is_err());
    let Some(host) = host else {
        return one_serial(what, Standing::Valid, directory, now);
    };
    let pattern = AltNamePattern::new(host.name().as_str());
    let mut newest: Option<(Timestamp, Serial)> = None;
    let mut others = Vec::new();
    for record in named(pattern, Standing::Valid, directory, now)? {
        let issued = IssuedCertificate::read(directory, &record)?;
        let certificate = issued.certificate();
        let begin = certificate.validity().not_before;
        let own = HostName::of_certificate(certificate);
        if own.is_none_or(|own| own.name() != host.name()) {
            others.push(record);
        } else if newest.as_ref().is_none_or(|(known, _)| *known <= begin) {
            // Of two that begin together the later line of the ledger counts.
            newest = Some((begin, record.serial));
        }
    }
    match newest {
        Some((_, serial)) => Ok(serial),
        None if others.is_empty() => Err(Failure::request(message(format!(
            "there is no valid certificate for the host {host}"
        )))
        .hint("`trustpack cert list` shows what the CA issued; a host is named in full")),
        None => Err(Failure::request(message(format!(
            "no valid certificate is for the host {host}; of others it is a further name"
        )))
        .hint(listed(&others))),
    }
}

/// A text as a name; with `*` or `?` it could mean whatever there is.
fn name(text: &str) -> Option<AltNamePattern> {
    AltNamePattern::of_any(text).filter(|_| !text.contains(['*', '?']))
}

/// The certificates with a name that stand so, in the order of the ledger.
fn named(
    pattern: AltNamePattern,
    standing: Standing,
    directory: &CaDirectory,
    now: Timestamp,
) -> Result<Vec<Record>, Failure> {
    let query = Query {
        standings: vec![standing],
        alt_name: Some(pattern),
        ..Query::default()
    };
    let records = found(&query, directory, now)?;
    if !records.is_empty() {
        return Ok(records);
    }
    // The copy of the one that is meant may have been changed, so that it has the name no more.
    let others = Query {
        verified: Verified::TheOthers,
        ..query
    };
    found(&others, directory, now)
}

/// What a query finds, if everything could be looked at.
fn found(query: &Query, directory: &CaDirectory, now: Timestamp) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    // One that cannot be read might be the one that is meant.
    let mut unreadable: Option<anyhow::Error> = None;
    directory
        .search(query, now, |hit| {
            match hit {
                Hit::Found { record, .. } => records.push(record),
                Hit::Line(error) => unreadable = Some(anyhow::Error::new(error)),
                Hit::Copy(error) | Hit::Doubtful(error) => {
                    unreadable = Some(anyhow::Error::new(error));
                }
            }
            Ok::<_, FileError>(())
        })
        .map_err(Failure::request)?;
    match unreadable {
        None => Ok(records),
        Some(error) => Err(Failure::request(
            error.context("which certificate has the name cannot be told"),
        )
        .hint("name it by its serial number; `trustpack ca check` says what is out of step")),
    }
}

fn several_named(what: &str, standing: Standing, records: &[Record]) -> Failure {
    let text = format!(
        "{} {standing} certificates have the name {what:?}",
        records.len()
    );
    Failure::request(message(text)).hint(listed(records))
}

/// What to name instead.
fn listed(records: &[Record]) -> String {
    let mut text = String::from("name one by its serial number:");
    for record in records.iter().take(MAX_LISTED) {
        let (serial, subject, end) = (&record.serial, &record.subject, record.expiry);
        text.push_str(&format!("\n  {serial} {subject} until {end}"));
    }
    if records.len() > MAX_LISTED {
        text.push_str(&format!("\n  {} more", records.len() - MAX_LISTED));
    }
    text
}
