//! `trustpack crl check`.

mod report;
mod source;

use std::path::PathBuf;

use trustpack_judge::folded_name;
use trustpack_judge::revocation::list::KnownList;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use self::report::{Asked, Report, Signers};
use self::source::Source;
use super::judging_files as files;
use super::{issuing, ledger_arguments};
use crate::failure::{Answer, Failure, message};
use crate::session::Session;

/// Check a revocation list: is it fresh, whose is it, does its signature hold, who is on it
///
/// Exit code 0: the list can be used, and nobody who was asked about is on it; 1: otherwise, also if no
/// certificate of the issuer is named to verify the signature with; 3: it could not be fetched.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack crl check --ca my-ca my-ca/ca_conf/crl.pem
  trustpack crl check --from-cdp --certificate stat1_cert.pem --trusted-ca ca_cert.pem
  trustpack crl check --ca my-ca --serial 63047038E16DA3016482306966332F2B crl.pem")]
pub(crate) struct CrlCheck {
    /// File with the list
    #[arg(
        value_name = "LIST",
        required_unless_present = "from_cdp",
        conflicts_with = "from_cdp"
    )]
    list: Option<PathBuf>,

    /// Fetch the list from the distribution point of the first certificate, and say how long it took
    #[arg(long, requires = "certificate")]
    from_cdp: bool,

    /// Is the certificate with this serial number on it; hexadecimal, repeatable
    #[arg(long, value_name = "HEX", value_parser = ledger_arguments::serial)]
    serial: Vec<Serial>,

    /// Is this certificate on it, the first one of the file; repeatable
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,

    /// File with the certificate of the list's issuer, with which its signature is verified; repeatable
    #[arg(long, value_name = "FILE")]
    trusted_ca: Vec<PathBuf>,

    /// CA directory whose list it is, with whose certificates its signature is verified
    #[arg(long = "ca", value_name = "DIR")]
    ca: Option<PathBuf>,

    /// Do not verify the signature: anybody could have made the list
    #[arg(long, conflicts_with_all = ["trusted_ca", "ca"])]
    unverified: bool,

    /// The moment for which the answer holds, such as 2026-11-21 or 2026-11-21T08:00:00Z; now, if
    /// absent
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CrlCheck {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let certificates = self.certificates()?;
        let signers = self.signers()?;
        let source = match (&self.list, certificates.first()) {
            (Some(path), _) => Source::file(path)?,
            (None, Some(certificate)) => Source::distribution_point(certificate)?,
            (None, None) => return Err(Failure::request(message("no list is named"))),
        };
        let list = choose(&source, certificates.first())?;
        let asked = self.serial.into_iter().map(Asked::Serial);
        let asked = asked.chain(certificates.into_iter().map(Asked::Certificate));
        let list = KnownList::new(list);
        let now = self.at.unwrap_or(session.now);
        let report = Report::new(&list, &source, &signers, asked, now);
        let out = &mut session.out;
        if self.json {
            out.json(&report)?;
        } else {
            report.write(out)?;
        }
        out.flush()?;
        Ok(if report.good {
            Answer::Done
        } else {
            Answer::No
        })
    }

    fn certificates(&self) -> Result<Vec<Certificate>, Failure> {
        let mut first = Vec::new();
        for path in &self.certificate {
            first.extend(files::certificates(path, None)?.into_iter().next());
        }
        Ok(first)
    }

    /// The certificates with which the signature is verified.
    fn signers(&self) -> Result<Signers, Failure> {
        if self.unverified {
            return Ok(Signers::NotWanted);
        }
        let mut signers = Vec::new();
        for path in &self.trusted_ca {
            signers.extend(files::certificates(path, None)?);
        }
        if let Some(dir) = &self.ca {
            let directory = issuing::open_directory(dir)?;
            signers.push(directory.certificate().clone());
            signers.extend(directory.chain().iter().cloned());
            let retired = directory.retired_keys().map_err(Failure::request)?;
            signers.extend(retired.iter().map(|key| key.certificate().clone()));
        }
        let asked = self.ca.is_some() || !self.trusted_ca.is_empty();
        Ok(if asked {
            Signers::Given(signers)
        } else {
            Signers::Missing
        })
    }
}

/// The list that is checked: of several the one of the certificate's issuer.
fn choose(source: &Source, certificate: Option<&Certificate>) -> Result<RevocationList, Failure> {
    let lists = source.lists();
    let of_issuer = certificate.and_then(|certificate| {
        let issuer = certificate.issuer();
        let mut lists = lists.iter();
        lists.find(|list| folded_name::same(list.issuer(), issuer))
    });
    match (of_issuer, lists) {
        (Some(list), _) | (None, [list]) => Ok(list.clone()),
        (None, lists) => {
            let text = format!("{} holds {} revocation lists", source.place(), lists.len());
            Err(Failure::request(message(text))
                .hint("name a certificate, of whose issuer the list is to be"))
        }
    }
}
