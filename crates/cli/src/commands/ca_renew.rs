//! `trustpack ca renew`.

use serde::Serialize;
use trustpack_ca_directory::layout::Layout;
use trustpack_ca_directory::renew::Renewed;

use super::authority_report::{self, AuthorityJson};
use super::bundling::behind::{self, BehindJson};
use super::ca_arguments::CaDirArgs;
use super::ca_parent_arguments::{self, RenewalArgs};
use super::issuing;
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// Give the CA a new certificate for its key: same subject, new dates
///
/// Everything that was issued stays good: peers with the old CA certificate or the new one accept it. The old
/// one is kept in ca_conf/renewed. The certificate of an intermediate CA is signed by the one above (--parent),
/// which records it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack ca renew --ca my-ca --days 3652
  trustpack ca renew --ca my-ca --parent root-ca")]
pub(crate) struct CaRenew {
    #[command(flatten)]
    ca: CaDirArgs,

    #[command(flatten)]
    renewal: RenewalArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What came of it, as `--json` shows it.
#[derive(Debug, Serialize)]
struct RenewJson {
    #[serde(flatten)]
    authority: AuthorityJson,
    before: String,
    bundles_behind: Vec<BehindJson>,
    warnings: Vec<String>,
}

/// Said where OpenSSL would lose certificates.
pub(super) const SERIAL_IS_NAMED: &str = "certificates of this CA name the serial of its old certificate beside its key, as some \
     programs write them; OpenSSL finds the new one for none of them, so leave the old CA certificate with peers, beside the \
     new one, until these have ended";

impl CaRenew {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ca.dir)?;
        let (unlocked, _) = issuing::unlock_with_password(&directory, &self.ca)?;
        let parent = self.renewal.parent()?;
        let renewed = unlocked
            .renew(
                parent.as_ref(),
                self.renewal.renewal(),
                session.now,
                &mut session::entropy(),
            )
            .map_err(|error| {
                let hint = ca_parent_arguments::hint(&error);
                let failure = Failure::request(error);
                match hint {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            })?;
        renewed.warnings.iter().for_each(session::warn);
        if renewed.serial_is_named {
            session::warn(SERIAL_IS_NAMED);
        }
        let now_there = issuing::open_directory(&self.ca.dir)?;
        let behind = behind::find(&now_there, session.now)?.tell_unknown();
        let layout = directory.layout();
        if self.json {
            let shown = RenewJson {
                bundles_behind: behind::json(&behind, &now_there),
                ..RenewJson::new(&renewed, layout)
            };
            session.out.json(&shown)?;
        } else {
            write_renewed(&renewed, layout, session)?;
            behind::write_lines(&behind, &now_there, &mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

fn write_renewed(renewed: &Renewed, layout: &Layout, session: &mut Session) -> Result<(), Failure> {
    let certificate = &renewed.certificate;
    let out = &mut session.out;
    let said = format!(", serial {}", certificate.serial());
    authority_report::write_lines(certificate, &said, layout, out)?;
    writeln!(out, "the one before  {}", renewed.kept.display())?;
    if certificate.is_self_issued() {
        writeln!(
            out,
            "to do  give peers the new CA certificate before the old one ends on {}; hosts keep what they have",
            renewed.before.validity().not_after
        )?;
        writeln!(
            out,
            "to do  CAs below have the old one in ca_chain.pem; renew them before it ends"
        )?;
    } else {
        writeln!(
            out,
            "to do  hosts send the old CA certificate until {}; put the new one into their files, or renew their certificates, before",
            renewed.before.validity().not_after
        )?;
    }
    Ok(())
}

impl RenewJson {
    fn new(renewed: &Renewed, layout: &Layout) -> Self {
        let named = renewed.serial_is_named.then(|| SERIAL_IS_NAMED.to_owned());
        let warnings = renewed.warnings.iter().map(ToString::to_string);
        Self {
            authority: AuthorityJson::new(&renewed.certificate, &layout.certificate),
            before: renewed.kept.display().to_string(),
            bundles_behind: Vec::new(),
            warnings: warnings.chain(named).collect(),
        }
    }
}
