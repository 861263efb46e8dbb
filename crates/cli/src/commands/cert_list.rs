//! `trustpack cert list`.

use super::issuing;
use super::ledger_arguments::LedgerArgs;
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// List the certificates that the CA issued
///
/// All that are in its ledger, the oldest first, or those that the options ask for; all options must
/// fit. Exit code 1 if a line of the ledger cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert list --ca my-ca
  trustpack cert list --ca my-ca --expiring-within 30
  trustpack cert list --ca my-ca --state revoked,on-hold --json")]
pub(crate) struct CertList {
    #[command(flatten)]
    ledger: LedgerArgs,
}

impl CertList {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ledger.dir)?;
        let query = self.ledger.query(session);
        let shown = self.ledger.show(&directory, &query, session)?;
        if shown.found == 0 && !self.ledger.json {
            session::say("no certificate");
        }
        Ok(shown.answer())
    }
}
