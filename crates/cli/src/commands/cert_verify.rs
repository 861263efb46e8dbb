//! `trustpack cert verify`.

mod report;
mod text;

use std::io::Write as _;
use std::path::PathBuf;

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::judge;
use trustpack_judge::question::{
    HostIdentity, NameCheck, Policy, Purpose, Question, RevocationCheck,
};
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::time::Timestamp;

use self::report::{Answered, Report};
use super::judging_files as files;
use crate::failure::{Answer, Failure, message};
use crate::session::Session;

/// Verify a certificate as a TLS peer would, and show each step
///
/// Path to a trusted CA with signatures, constraints, strength and usages; the name of the host;
/// dates; revocation. The same judge decides in tunnels. Exit code 0: valid; 1: not valid.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert verify --trusted-ca ca_cert.pem --host stat1.example.com stat1_cert.pem
  trustpack cert verify --trusted-ca ca_cert.pem --crl crl.pem --purpose client desk1_cert.pem
  trustpack cert verify --trusted-ca ca_cert.pem --at 2027-06-01 stat1_cert.pem")]
pub(crate) struct CertVerify {
    /// The certificate; others in the same file serve as intermediates
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// File with trusted CAs, in any format; repeatable
    #[arg(long, value_name = "FILE", required = true)]
    trusted_ca: Vec<PathBuf>,

    /// File with more intermediates; repeatable
    #[arg(long, value_name = "FILE")]
    untrusted: Vec<PathBuf>,

    /// File with revocation lists; repeatable. With any given, every certificate but the trusted one
    /// must be covered by a list and not be on it
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,

    /// Name or address of the host that must stand in the certificate
    #[arg(long, value_name = "HOST", value_parser = host)]
    host: Option<HostIdentity>,

    /// What the certificate must be good for
    #[arg(
        long,
        value_name = "PURPOSE",
        value_delimiter = ',',
        default_value = "server"
    )]
    purpose: Vec<PurposeWord>,

    /// The moment for which the answer holds, such as 2026-11-21 or 2026-11-21T08:00:00Z; now, if
    /// absent
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,

    /// File with the password of key stores among the files
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A purpose as the command line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PurposeWord {
    /// A TLS server
    Server,
    /// A TLS client
    Client,
}

impl CertVerify {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let password_file = self.password_file.as_deref();
        let mut given = files::certificates(&self.file, password_file)?.into_iter();
        let leaf = given.next().ok_or_else(|| {
            Failure::request(message(format!("{} is empty", self.file.display())))
        })?;
        let mut intermediates: Vec<_> = given.collect();
        for path in &self.untrusted {
            intermediates.extend(files::certificates(path, password_file)?);
        }
        let anchors = files::anchors(&self.trusted_ca, password_file)?;
        let lists = files::lists(&self.crl)?;
        let lists = RevocationLists::new(lists, &anchors, SeenNumbers::default());
        let now = self.at.unwrap_or(session.now);
        let name = self.host.map_or(NameCheck::Off, NameCheck::Host);
        let mut answers: Vec<Answered> = Vec::new();
        for word in self.purpose {
            let question = Question {
                leaf: &leaf,
                intermediates: &intermediates,
                anchors: &anchors,
                purpose: word.into(),
                name: &name,
                revocation: if self.crl.is_empty() {
                    RevocationCheck::Off
                } else {
                    RevocationCheck::Lists(&lists)
                },
                allowed: &AllowedNames::Everybody,
                now,
                policy: Policy::default(),
            };
            answers.push(Answered::new(&question, &judge(&question)));
        }
        let report = Report::new(&leaf, now, answers);
        let valid = report.valid;
        let out = &mut session.out;
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(Failure::request)?;
            writeln!(out)?;
        } else {
            text::write(&report, out)?;
        }
        out.flush()?;
        Ok(if valid { Answer::Done } else { Answer::No })
    }
}

impl From<PurposeWord> for Purpose {
    fn from(word: PurposeWord) -> Self {
        match word {
            PurposeWord::Server => Self::Server,
            PurposeWord::Client => Self::Client,
        }
    }
}

fn host(text: &str) -> Result<HostIdentity, String> {
    text.parse().map_err(|error| format!("{error}"))
}
