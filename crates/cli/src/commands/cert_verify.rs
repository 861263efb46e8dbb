//! `trustpack cert verify`.

pub(super) mod report;
pub(super) mod text;

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::question::{
    HostIdentity, NameCheck, Policy, Purpose, Question, RevocationCheck,
};
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use self::report::{Answered, Report};
use super::judging_files as files;
use crate::failure::{Answer, Failure, message};
use crate::session::Session;

/// Verify certificates as a TLS peer would, and show each step
///
/// Path to a trusted CA with signatures, constraints, strength and usages; the name of the host;
/// dates; revocation. The same judge decides in tunnels. Exit code 0: all are valid; 1: one is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert verify --trusted-ca ca_cert.pem --host stat1.example.com stat1_cert.pem
  trustpack cert verify --trusted-ca ca_cert.pem --crl crl.pem --purpose client desk1_cert.pem
  trustpack cert verify --trusted-ca ca_cert.pem --at 2027-06-01 stat1_cert.pem")]
pub(crate) struct CertVerify {
    /// Files, each with a certificate; others in the same file serve as its intermediates
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

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

/// What is asked of every certificate.
struct Asked {
    untrusted: Vec<Certificate>,
    anchors: TrustAnchors,
    lists: Option<RevocationLists>,
    name: NameCheck,
    now: Timestamp,
}

/// The answers for more than one certificate.
#[derive(Debug, Serialize)]
struct Many<'a> {
    valid: bool,
    certificates: &'a [Report],
}

impl CertVerify {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let asked = self.asked(session.now)?;
        let mut reports = Vec::new();
        for file in &self.files {
            reports.push(self.report(file, &asked)?);
        }
        let valid = reports.iter().all(|report| report.valid);
        let out = &mut session.out;
        match (self.json, &reports[..]) {
            (true, [report]) => {
                out.json(report)?;
            }
            (true, certificates) => {
                let many = Many {
                    valid,
                    certificates,
                };
                out.json(&many)?;
            }
            (false, reports) => {
                for (index, report) in reports.iter().enumerate() {
                    if index > 0 {
                        writeln!(out)?;
                    }
                    text::write(report, out)?;
                }
            }
        }
        out.flush()?;
        Ok(if valid { Answer::Done } else { Answer::No })
    }

    fn asked(&self, now: Timestamp) -> Result<Asked, Failure> {
        let password_file = self.password_file.as_deref();
        let mut untrusted = Vec::new();
        for path in &self.untrusted {
            untrusted.extend(files::certificates(path, password_file)?);
        }
        let anchors = files::anchors(&self.trusted_ca, password_file)?;
        let lists = files::lists(&self.crl)?;
        let lists = (!self.crl.is_empty())
            .then(|| RevocationLists::new(lists, &anchors, SeenNumbers::default()));
        Ok(Asked {
            untrusted,
            anchors,
            lists,
            name: self.host.clone().map_or(NameCheck::Off, NameCheck::Host),
            now: self.at.unwrap_or(now),
        })
    }

    fn report(&self, file: &Path, asked: &Asked) -> Result<Report, Failure> {
        let mut given = files::certificates(file, self.password_file.as_deref())?.into_iter();
        let leaf = given
            .next()
            .ok_or_else(|| Failure::request(message(format!("{} is empty", file.display()))))?;
        let mut intermediates: Vec<_> = given.collect();
        intermediates.extend(asked.untrusted.iter().cloned());
        let answers = self.purpose.iter().map(|word| {
            let question = Question {
                leaf: &leaf,
                intermediates: &intermediates,
                anchors: &asked.anchors,
                purpose: (*word).into(),
                name: &asked.name,
                revocation: match &asked.lists {
                    None => RevocationCheck::Off,
                    Some(lists) => RevocationCheck::Lists(lists),
                },
                allowed: &AllowedNames::Everybody,
                now: asked.now,
                policy: Policy::default(),
            };
            Answered::new(question.purpose, &judge(&question))
        });
        let answers = answers.collect();
        Ok(Report::new(&leaf, asked.now, answers))
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
