//! `trustpack ca check`.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca_directory::check::CaFinding;
use trustpack_settings::finding::Severity;

use super::issuing;
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::Session;
use crate::terminal_text::harmless;

/// Say what is out of step in a CA directory: ledger, files, serial number, permissions, expiry
///
/// What an interrupted command left is finished or undone first, and that is said. Exit code 1 if
/// there is an error.
#[derive(Debug, clap::Args)]
pub(crate) struct CaCheck {
    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    dir: PathBuf,

    /// File with the password of the CA key; else TRUSTPACK_CA_PASSWORD; without one an encrypted key
    /// is not looked into
    #[arg(long, value_name = "FILE")]
    ca_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    ca: String,
    not_after: String,
    findings: Vec<FindingJson>,
}

#[derive(Debug, Serialize)]
struct FindingJson {
    code: String,
    severity: String,
    path: String,
    message: String,
    remedy: String,
}

impl From<&CaFinding> for FindingJson {
    fn from(finding: &CaFinding) -> Self {
        Self {
            code: finding.code().to_string(),
            severity: finding.severity().to_string(),
            path: finding.path.display().to_string(),
            message: finding.message.clone(),
            remedy: finding.remedy().to_owned(),
        }
    }
}

impl CaCheck {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.dir)?;
        // An encrypted key is looked into only with a password at hand: a check asks nothing.
        let password = password_prompt::of_ca_key(self.ca_password_file.as_deref())?;
        let findings = directory.check(session.now, password.as_ref());
        let report = Report {
            ca: directory.certificate().subject().to_string(),
            not_after: directory.certificate().validity().not_after.to_string(),
            findings: findings.iter().map(FindingJson::from).collect(),
        };
        if self.json {
            serde_json::to_writer_pretty(&mut session.out, &report).map_err(Failure::request)?;
            writeln!(session.out)?;
        } else {
            report.write(&mut session.out)?;
        }
        session.out.flush()?;
        let error = findings
            .iter()
            .any(|finding| finding.severity() == Severity::Error);
        Ok(if error { Answer::No } else { Answer::Done })
    }
}

impl Report {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for finding in &self.findings {
            writeln!(out, "{}", harmless(&finding.path))?;
            writeln!(
                out,
                "  {}[{}]: {}",
                finding.severity,
                finding.code,
                harmless(&finding.message)
            )?;
            writeln!(out, "    remedy: {}", finding.remedy)?;
        }
        match self.findings.len() {
            0 => writeln!(
                out,
                "CA {} until {}: nothing is out of step",
                self.ca, self.not_after
            ),
            1 => writeln!(out, "CA {} until {}: 1 finding", self.ca, self.not_after),
            many => writeln!(
                out,
                "CA {} until {}: {many} findings",
                self.ca, self.not_after
            ),
        }
    }
}
