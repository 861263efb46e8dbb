//! `trustpack cert lint`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_bundle::target::Target;
use trustpack_keystore::contents::Contents;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::lint::programs::for_program;
use trustpack_x509::lint::{Finding, Severity};
use trustpack_x509::time::Timestamp;

use super::cert_findings::{self, FindingJson};
use crate::contents_file::{self, Needed};
use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Say what is wrong with certificates in themselves, and for a kind of program
///
/// Looks at every certificate, certification request and revocation list in the files, alone:
/// whether a certificate is good for a use is what `cert verify` says. Each finding names the clause
/// of the standard. The answer is no, exit code 1, when there is an error. A certificate with an
/// extension that nobody can read, with which it cannot be used for anything, is looked at too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert lint stat1_cert.pem
  trustpack cert lint --for java8 --for windows2016 keystore.p12")]
pub(crate) struct CertLint {
    /// Files with certificates, requests or revocation lists, in any format
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Also what a kind of program makes of the certificates; repeatable
    #[arg(
        long = "for",
        value_name = "TARGET",
        value_delimiter = ',',
        long_help = format!(
            "Also what a kind of program makes of the certificates; repeatable: {}",
            Target::names()
        )
    )]
    targets: Vec<Target>,

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
    errors: usize,
    warnings: usize,
    notes: usize,
    linted: Vec<Linted>,
}

/// One thing in a file, and what is wrong with it.
#[derive(Debug, Serialize)]
struct Linted {
    file: String,
    kind: &'static str,
    name: String,
    serial: Option<String>,
    findings: Vec<LintedFinding>,
}

/// A finding, and the kind of program that it is about.
#[derive(Debug, Serialize)]
struct LintedFinding {
    target: Option<&'static str>,
    #[serde(flatten)]
    json: FindingJson,
    #[serde(skip)]
    finding: Finding,
}

impl CertLint {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut linted = Vec::new();
        for file in &self.files {
            let password_file = self.password_file.as_deref();
            let read = contents_file::read(file, password_file, Needed::Looks)?;
            let shown = file.display().to_string();
            let before = linted.len();
            self.lint(&shown, &read.contents, session.now, &mut linted);
            if linted.len() == before {
                let text = format!("{shown} holds no certificate, request or revocation list");
                return Err(Failure::request(message(text)));
            }
        }
        let of = |severity| {
            let findings = linted.iter().flat_map(|one: &Linted| &one.findings);
            findings
                .filter(|one| one.finding.severity == severity)
                .count()
        };
        let errors = of(Severity::Error);
        let document = Document {
            errors,
            warnings: of(Severity::Warning),
            notes: of(Severity::Note),
            linted,
        };
        let out = &mut session.out;
        if self.json {
            out.json(&document)?;
        } else {
            document.write(out)?;
        }
        out.flush()?;
        Ok(if errors == 0 {
            Answer::Done
        } else {
            Answer::No
        })
    }

    fn lint(&self, file: &str, contents: &Contents, now: Timestamp, linted: &mut Vec<Linted>) {
        for found in contents.danger_all() {
            let certificate = found.certificate;
            let mut findings = in_itself(cert_findings::of_certificate(certificate, now));
            findings.extend(self.for_targets(certificate));
            linted.push(Linted {
                file: file.to_owned(),
                kind: "certificate",
                name: certificate.subject().to_string(),
                serial: Some(certificate.serial().to_hex()),
                findings,
            });
        }
        linted.extend(contents.requests.iter().map(|request| Linted {
            file: file.to_owned(),
            kind: "request",
            name: request.subject().to_string(),
            serial: None,
            findings: in_itself(cert_findings::of_request(request)),
        }));
        linted.extend(contents.crls.iter().map(|list| Linted {
            file: file.to_owned(),
            kind: "revocation list",
            name: list.issuer().to_string(),
            serial: None,
            findings: in_itself(cert_findings::of_list(list, now)),
        }));
    }

    fn for_targets(&self, certificate: &Certificate) -> Vec<LintedFinding> {
        let targets = self.targets.iter();
        targets
            .flat_map(|target| {
                let findings = for_program(certificate, target.program());
                findings.into_iter().map(|finding| LintedFinding {
                    target: Some(target.name()),
                    json: FindingJson::from(&finding),
                    finding,
                })
            })
            .collect()
    }
}

fn in_itself(findings: Vec<Finding>) -> Vec<LintedFinding> {
    let findings = findings.into_iter().map(|finding| LintedFinding {
        target: None,
        json: FindingJson::from(&finding),
        finding,
    });
    findings.collect()
}

impl Document {
    fn write(&self, out: &mut Output) -> Printed {
        for one in &self.linted {
            let mut about = format!("{}: {} {}", one.file, one.kind, one.name);
            if let Some(serial) = &one.serial {
                about.push_str(&format!(", serial {serial}"));
            }
            let nothing = if one.findings.is_empty() {
                ": nothing is wrong"
            } else {
                ""
            };
            writeln!(out, "{about}{nothing}")?;
            for found in &one.findings {
                let target = found
                    .target
                    .map_or_else(String::new, |name| format!("for {name}: "));
                cert_findings::write(
                    out,
                    &format!("  {target}"),
                    std::slice::from_ref(&found.finding),
                )?;
            }
        }
        let findings = self.linted.iter().flat_map(|one| &one.findings);
        let count = cert_findings::count(findings.map(|one| &one.finding));
        writeln!(out, "{count}")
    }
}
