//! `trustpack crl create`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca_directory::crl::{MadeList, Outcome, When};
use trustpack_ca_directory::publish::{self, ListForm};

use super::ca_arguments::CaDirArgs;
use super::issuing;
use super::list_making::{self, ListArgs, ListJson, ListKeys};
use crate::failure::{Answer, Failure};
use crate::session::{Seeding, Session};

/// Make the list of revoked certificates (CRL) from the ledger
///
/// It is written to crl.pem in ca_conf, with a number that is higher than that of any list before.
/// Each key that `ca rekey` replaced signs a list too, in ca_conf/retired, for peers that have the old CA
/// certificate; all lists have all revocations. A revoked certificate stays on the list until the first one
/// that is made after its end.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack crl create --ca my-ca
  trustpack crl create --ca my-ca --if-due
  trustpack crl create --ca my-ca --out ca.crl --der")]
pub(crate) struct CrlCreate {
    #[command(flatten)]
    ca: CaDirArgs,

    #[command(flatten)]
    list: ListArgs,

    /// Make no list that is not due: one is due from half of its life, or when the ledger says
    /// something else. For a timer
    #[arg(long)]
    if_due: bool,

    /// Also write the list of the present key to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write that file in DER instead of PEM
    #[arg(long, requires = "out")]
    der: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    lists: Vec<ListJson>,
    out: Option<String>,
}

impl CrlCreate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        issuing::with_present_ca(|| self.begin(session))
    }

    fn begin(&self, session: &mut Session) -> Result<Answer, Failure> {
        // The ledger is read before the list is signed.
        let _seeding = Seeding::begin();
        let directory = issuing::open_directory(&self.ca.dir)?;
        let keys = ListKeys::open(&directory, &self.ca, &self.list, session.now)?;
        let when = if self.if_due {
            When::IfDue
        } else {
            When::Always
        };
        let lists = directory
            .make_lists(&keys.order(when), session.now)
            .map_err(list_making::failure)?;
        list_making::warn(&lists);
        self.write_copy(&lists)?;
        if self.json {
            let report = Report {
                lists: lists.iter().map(ListJson::from).collect(),
                out: self.out.as_deref().map(|path| path.display().to_string()),
            };
            session.out.json(&report)?;
        } else {
            list_making::write_lists(&lists, &mut session.out)?;
            if let Some(out) = &self.out {
                writeln!(session.out, "copy  {}", list_making::shown(out))?;
            }
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    /// The list of the present key comes first.
    fn write_copy(&self, lists: &[MadeList]) -> Result<(), Failure> {
        let (Some(out), Some(made)) = (&self.out, lists.first()) else {
            return Ok(());
        };
        let (Outcome::Made { list, .. } | Outcome::NotDue { present: list, .. }) = &made.outcome;
        let form = if self.der {
            ListForm::Der
        } else {
            ListForm::Pem
        };
        publish::write(list, out, form).map_err(Failure::request)
    }
}
