//! What is said of renewals: lines or JSON, and how the command ends.
//!
//! Invariant: what has failed is told at once, and in the report.

use serde::Serialize;
use trustpack_ca::host::HostName;
use trustpack_ca_directory::issue::IssuedFiles;
use trustpack_x509::serial::Serial;

use super::{CertRenew, DAY};
use crate::commands::bundling::Bundles;
use crate::commands::bundling::of_issued::{Asked, CERTIFICATE_IS_THERE};
use crate::commands::issuing::{self, IssuedJson};
use crate::commands::issuing_many::Why;
use crate::failure::{Answer, Failure};
use crate::output::Printed;
use crate::session::{self, Session};

/// A certificate that is to have a successor.
pub(super) struct Wish {
    pub(super) renews: Serial,
    pub(super) bundles: Vec<Asked>,
}

/// Tells what became of each.
pub(super) struct Teller<'a> {
    arguments: &'a CertRenew,
    session: &'a mut Session,
    report: Report,
    /// Of one alone: told as any other failure.
    failure: Option<Failure>,
    /// The reader of the output may be gone; what is asked for is issued all the same.
    unsaid: Option<Failure>,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    renewed: Vec<RenewedJson>,
    failed: Vec<FailedJson>,
    /// Whether a bundle of one that was renewed is missing, which its entry says.
    #[serde(skip)]
    without_bundle: bool,
}

#[derive(Debug, Serialize)]
struct RenewedJson {
    renews: String,
    #[serde(flatten)]
    issued: IssuedJson,
}

#[derive(Debug, Serialize)]
struct FailedJson {
    renews: String,
    error: String,
}

impl<'a> Teller<'a> {
    pub(super) fn new(arguments: &'a CertRenew, session: &'a mut Session) -> Self {
        Self {
            arguments,
            session,
            report: Report::default(),
            failure: None,
            unsaid: None,
        }
    }

    pub(super) fn issued(
        &mut self,
        wish: &Wish,
        host: &HostName,
        issued: &IssuedFiles,
        bundles: Bundles,
    ) {
        issued.warnings.iter().for_each(session::warn);
        let end = issued.certificate.validity().not_after;
        if let Some(days) = self.arguments.expiring_within
            && end <= self.session.now.saturating_add(DAY * days)
        {
            session::warn(format!(
                "the new certificate of {host} ends within {days} days too, so the next run renews it again"
            ));
        }
        self.report.without_bundle |= bundles.tell(CERTIFICATE_IS_THERE) == Answer::No;
        if self.arguments.json {
            self.report.renewed.push(RenewedJson {
                renews: wish.renews.to_hex(),
                issued: IssuedJson::new(&host.to_string(), issued, bundles),
            });
        } else if let Err(error) = self.write_lines(wish, issued, &bundles) {
            self.unsaid.get_or_insert_with(|| error.into());
        }
    }

    fn write_lines(&mut self, wish: &Wish, issued: &IssuedFiles, bundles: &Bundles) -> Printed {
        let out = &mut self.session.out;
        issuing::write_issued(out, issued)?;
        writeln!(out, "in place of  {}", wish.renews.to_hex())?;
        bundles.write_lines(out)?;
        out.flush()
    }

    /// One alone is told as any other failure; one of many does not stop the rest.
    pub(super) fn failed(&mut self, renews: &Serial, failure: Failure) {
        if self.arguments.is_of_one() {
            self.failure = Some(failure);
            return;
        }
        let (renews, error) = (renews.to_hex(), failure.in_one_line());
        session::say(&format!("error: {renews}: {error}"));
        self.report.failed.push(FailedJson { renews, error });
    }

    /// What is wrong for all of the rest is said once.
    pub(super) fn untried<'w>(&mut self, wishes: impl Iterator<Item = &'w Wish>, why: Why) {
        let error = match why {
            Why::Failed(failure) if self.arguments.is_of_one() => {
                self.failure = Some(failure);
                return;
            }
            Why::Failed(failure) => failure.in_one_line(),
            Why::Stopped => "not tried: the command was stopped".to_owned(),
        };
        session::say(&format!("error: {error}"));
        for wish in wishes {
            let (renews, error) = (wish.renews.to_hex(), error.clone());
            self.report.failed.push(FailedJson { renews, error });
        }
    }

    pub(super) fn end(self) -> Result<Answer, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if self.arguments.json {
            self.session.out.json(&self.report)?;
        }
        self.session.out.flush()?;
        match self.unsaid {
            Some(failure) => Err(failure),
            None if self.report.failed.is_empty() && !self.report.without_bundle => {
                Ok(Answer::Done)
            }
            None => Ok(Answer::No),
        }
    }
}
