//! `trustpack cert revoke`.

use std::collections::BTreeSet;

use serde::Serialize;
use trustpack_ca_directory::crl::When;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::ledger::cause::Cause;
use trustpack_ca_directory::ledger_line::State;
use trustpack_ca_directory::revoke::{Action, Changed, RevokeError};
use trustpack_ca_directory::search::Standing;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::ca_arguments::CaDirArgs;
use super::issuing;
use super::ledger_arguments::state_text;
use super::list_making::{self, ListArgs, ListJson, ListKeys};
use super::named_certificate::one_serial;
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// Revoke certificates, put them on hold, or take them off it
///
/// All that are named, or none. It is in the ledger at once; programs see it with the next list, which
/// --crl makes in the same step.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert revoke --ca my-ca --reason keyCompromise --crl stat1_cert.pem
  trustpack cert revoke --ca my-ca --reason superseded --crl stat1.example.com
  trustpack cert revoke --ca my-ca --reason certificateHold 63047038E16DA3016482306966332F2B
  trustpack cert revoke --ca my-ca --lift 63047038E16DA3016482306966332F2B")]
pub(crate) struct CertRevoke {
    /// Serial numbers, files with the certificates, or host names that one valid certificate alone has (with
    /// --lift: one on hold)
    #[arg(required = true, value_name = "SERIAL|FILE|HOST")]
    what: Vec<String>,

    #[command(flatten)]
    ca: CaDirArgs,

    /// Why: unspecified, keyCompromise, CACompromise, affiliationChanged, superseded,
    /// cessationOfOperation, certificateHold (can be lifted), privilegeWithdrawn, AACompromise
    #[arg(long, value_name = "REASON", conflicts_with = "lift")]
    reason: Option<RevocationReason>,

    /// When it was revoked, a date or 2026-11-21T08:00:00Z; now if not said
    #[arg(long, value_name = "TIME", conflicts_with = "lift")]
    at: Option<Timestamp>,

    /// Since when the key was in other hands, or the certificate was wrong
    #[arg(long, value_name = "TIME", conflicts_with = "lift")]
    invalid_since: Option<Timestamp>,

    /// Take certificates off hold
    #[arg(long)]
    lift: bool,

    /// Make a new list of revoked certificates in the same step
    #[arg(long)]
    crl: bool,

    #[command(flatten)]
    list: ListArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    certificates: Vec<ChangedJson>,
    lists: Vec<ListJson>,
}

#[derive(Debug, Serialize)]
struct ChangedJson {
    serial: String,
    subject: String,
    was: &'static str,
    state: &'static str,
    revoked_at: Option<String>,
    reason: Option<&'static str>,
    invalid_since: Option<String>,
}

impl CertRevoke {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        issuing::with_present_ca(|| self.begin(session))
    }

    fn begin(&self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ca.dir)?;
        let serials = self.serials(&directory, session.now)?;
        let keys = match self.crl {
            true => Some(ListKeys::open(
                &directory,
                &self.ca,
                &self.list,
                session.now,
            )?),
            false => None,
        };
        let order = keys.as_ref().map(|keys| keys.order(When::Always));
        let revoked = directory
            .revoke(&serials, self.action(), order.as_ref(), session.now)
            .map_err(failure)?;
        list_making::warn(&revoked.lists);
        for changed in &revoked.certificates {
            if Standing::of(&changed.before, session.now) == Standing::Expired && !self.lift {
                session::warn(format!(
                    "the certificate with the serial {} ended on {} already",
                    changed.before.serial, changed.before.expiry
                ));
            }
        }
        if !self.crl {
            session::warn(self.unlisted());
        }
        if self.json {
            let certificates = revoked.certificates.iter();
            let report = Report {
                certificates: certificates
                    .map(|one| ChangedJson::new(one, session.now))
                    .collect(),
                lists: revoked.lists.iter().map(ListJson::from).collect(),
            };
            session.out.json(&report)?;
        } else {
            for changed in &revoked.certificates {
                let after = changed.after();
                let state = state_text(&after, Standing::of(&after, session.now));
                let subject = after.subject;
                writeln!(session.out, "{} {subject} is {state}", after.serial)?;
            }
            list_making::write_lists(&revoked.lists, &mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    /// What is still to do without --crl.
    fn unlisted(&self) -> &'static str {
        if self.lift {
            "lists that were made before still have it on hold; `trustpack crl create` makes one that does not"
        } else {
            "no list has this revocation yet, so other programs accept the certificate; `trustpack crl create` makes one that has it"
        }
    }

    fn action(&self) -> Action {
        if self.lift {
            return Action::Lift;
        }
        Action::Revoke {
            cause: Cause {
                reason: self.reason.unwrap_or(RevocationReason::Unspecified),
                invalid_since: self.invalid_since,
            },
            at: self.at,
        }
    }

    fn serials(
        &self,
        directory: &CaDirectory,
        now: Timestamp,
    ) -> Result<BTreeSet<Serial>, Failure> {
        let standing = if self.lift {
            Standing::OnHold
        } else {
            Standing::Valid
        };
        self.what
            .iter()
            .map(|what| one_serial(what, standing, directory, now))
            .collect()
    }
}

fn failure(error: RevokeError) -> Failure {
    let hint = match &error {
        RevokeError::NotInLedger { .. } => {
            "`trustpack cert list` shows what the CA issued; --ca names another CA directory"
        }
        RevokeError::RemoveFromCrl => "use --lift",
        RevokeError::AlreadyOnHold { .. } => {
            "--lift takes it off hold; another --reason revokes it for good"
        }
        RevokeError::AlreadyRevoked { .. }
        | RevokeError::NotOnHold { .. }
        | RevokeError::InFuture { .. }
        | RevokeError::InvalidAfterRevocation { .. }
        | RevokeError::Recover(_)
        | RevokeError::File(_)
        | RevokeError::Change(_)
        | RevokeError::List(_) => "",
    };
    if let RevokeError::List(error) = error {
        return list_making::failure(error);
    }
    let failure = Failure::request(error);
    if hint.is_empty() {
        failure
    } else {
        failure.hint(hint)
    }
}

impl ChangedJson {
    fn new(changed: &Changed, now: Timestamp) -> Self {
        let after = changed.after();
        let revocation = match &after.state {
            State::Revoked(revocation) => Some(revocation),
            State::Valid | State::Expired => None,
        };
        let cause = revocation.map(|revocation| revocation.cause());
        Self {
            serial: after.serial.to_hex(),
            was: Standing::of(&changed.before, now).name(),
            state: Standing::of(&after, now).name(),
            revoked_at: revocation.map(|revocation| revocation.at.to_string()),
            reason: cause.map(|cause| cause.reason.name()),
            invalid_since: cause
                .and_then(|cause| cause.invalid_since)
                .map(|at| at.to_string()),
            subject: after.subject.into(),
        }
    }
}
