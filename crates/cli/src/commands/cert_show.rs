//! `trustpack cert show`.

mod certificate;
mod other;
mod rows;
mod server;
mod source;

use std::path::PathBuf;

use serde::Serialize;

use self::source::Shown;
use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Show everything in certificates, and what is wrong with them
///
/// Reads PEM and DER, PKCS#7, PKCS#12, JKS and JCEKS, whatever the file is called, with certificates,
/// certification requests, revocation lists and keys; of private keys it shows nothing secret. A
/// server is only asked for what it presents: nothing about it is verified. A certificate with an
/// extension that nobody can read is shown with that error, in whatever it stands, though it cannot be
/// used for anything; requests, lists and files that are damaged in another way are refused with the reason.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert show stat1_cert.pem keystore.p12
  trustpack cert show stat1.example.com:443
  trustpack cert show --ca my-ca stat1.example.com
  trustpack cert show --ca my-ca 63047038E16DA3016482306966332F2B")]
pub(crate) struct CertShow {
    /// Files, serials of certificates that the CA issued, host names that one valid certificate of it alone has, or
    /// servers as HOST:PORT
    #[arg(value_name = "WHAT", required = true)]
    what: Vec<String>,

    /// The CA directory in which a serial or a name is looked up
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    ca: PathBuf,

    /// File with the password of a key store; else the empty one is tried, then the terminal
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Document {
    shown: Vec<Shown>,
}

impl CertShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut shown = Vec::new();
        for what in &self.what {
            shown.push(self.read(what, session.now)?);
        }
        let out = &mut session.out;
        if self.json {
            out.json(&Document { shown })?;
        } else {
            for (index, one) in shown.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                one.write(out)?;
            }
        }
        out.flush()?;
        Ok(Answer::Done)
    }
}
