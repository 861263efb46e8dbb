//! `trustpack cert find`.

use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::search::copies::AltNamePattern;
use trustpack_ca_directory::search::pattern::SubjectPattern;
use trustpack_ca_directory::search::{Anything, Hit, Query};

use super::issuing;
use super::ledger_arguments::{LedgerArgs, serial, warn_of_changed};
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// Find certificates by serial number, subject, state, end, or alternative name
///
/// WHAT is looked for in the serial numbers and subjects of the ledger; if nothing there has it, in the
/// alternative names of the certificates themselves, if it can be a name: a number, a serial or a subject is not.
/// With --san these are looked into in any case.
/// Exit code 1 if nothing was found.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert find --ca my-ca stat1
  trustpack cert find --ca my-ca --san '*.example.com' --state valid")]
pub(crate) struct CertFind {
    /// A serial number, a part of a subject, or a name
    #[arg(value_name = "WHAT")]
    what: Option<String>,

    #[command(flatten)]
    ledger: LedgerArgs,
}

impl CertFind {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ledger.dir)?;
        let mut query = self.ledger.query(session);
        if let Some(what) = &self.what {
            let mut anything = Anything {
                serial: serial(what).ok(),
                subject: SubjectPattern::new(what),
                alt_name: None,
            };
            query.anything = Some(anything.clone());
            if query.alt_name.is_none()
                && let Some(name) = AltNamePattern::of_any(what)
                && !has_any(&directory, &query, session)?
            {
                anything.alt_name = Some(name);
                query.anything = Some(anything);
            }
        }
        let shown = self.ledger.show(&directory, &query, session)?;
        if shown.found == 0 {
            let by_name = query
                .anything
                .as_ref()
                .and_then(|any| any.alt_name.as_ref());
            if query.alt_name.as_ref().or(by_name).is_some() {
                warn_of_changed(&directory, &query, session.now)?;
            }
            if !self.ledger.json {
                session::say("no certificate was found");
            }
            return Ok(Answer::No);
        }
        Ok(shown.answer())
    }
}

/// Whether the query finds anything.
fn has_any(directory: &CaDirectory, query: &Query, session: &Session) -> Result<bool, Failure> {
    let looked = directory.search(query, session.now, |hit| match hit {
        Hit::Found { .. } => Err(Stopped::Found),
        Hit::Line(_) | Hit::Copy(_) | Hit::Doubtful(_) => Ok(()),
    });
    match looked {
        Ok(()) => Ok(false),
        Err(Stopped::Found) => Ok(true),
        Err(Stopped::Ledger(error)) => Err(Failure::request(error)),
    }
}

/// Why the ledger was not read to its end.
enum Stopped {
    Found,
    Ledger(FileError),
}

impl From<FileError> for Stopped {
    fn from(error: FileError) -> Self {
        Self::Ledger(error)
    }
}
