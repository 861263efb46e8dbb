//! `trustpack ca check`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_ca_directory::check::CaFinding;
use trustpack_ca_directory::check::found::{Checked, More};
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::repair::{RepairMode, Repaired};

use super::file_finding::FileFinding;
use super::issuing;
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::password_prompt;
use crate::session::{self, Session};

/// Say what is out of step in a CA directory: ledger, files, serial number, permissions, expiry
///
/// What an interrupted command left is finished or undone first, and that is said. With --repair what can
/// be put right from what is there is put right, and each thing is said; the files that were changed are kept
/// as they were, in ca_conf/mended. Exit code 1 if there is an error, after mending.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack ca check --ca my-ca
  trustpack ca check --ca my-ca --repair --dry-run")]
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

    /// Mend what can be mended without losing anything
    #[arg(long)]
    repair: bool,

    /// With --repair: say what would be done, and do nothing
    #[arg(long, requires = "repair")]
    dry_run: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    ca: String,
    not_after: String,
    findings: Vec<FileFinding>,
    more: Vec<MoreJson>,
    repair: Option<RepairJson>,
}

/// Findings that are counted only.
#[derive(Debug, Serialize)]
struct MoreJson {
    code: String,
    count: usize,
}

#[derive(Debug, Serialize)]
struct RepairJson {
    dry_run: bool,
    done: Vec<DoneJson>,
    more: Vec<MoreJson>,
    kept: Option<String>,
}

#[derive(Debug, Serialize)]
struct DoneJson {
    code: String,
    path: String,
    message: String,
}

impl CaCheck {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.dir)?;
        // An encrypted key is looked into only with a password at hand: a check asks nothing.
        let password = password_prompt::of_ca_key(self.ca_password_file.as_deref())?;
        let mode = match (self.repair, self.dry_run) {
            (false, _) => None,
            (true, false) => Some(RepairMode::Mend),
            (true, true) => Some(RepairMode::Rehearse),
        };
        let (left, shown, repair) = match mode {
            None => (directory.check(session.now, password.as_ref()), None, None),
            Some(mode) => {
                let entropy = &mut session::entropy();
                let repaired = directory.repair(mode, session.now, password.as_ref(), entropy);
                let repaired = repaired.map_err(Failure::request)?;
                let json = RepairJson::new(&repaired, self.dry_run);
                // Each thing is listed once: to be mended, or left.
                let shown = self.dry_run.then(|| repaired.would_be_left());
                (repaired.left, shown, Some(json))
            }
        };
        let answer = match left.has_error() {
            true => Answer::No,
            false => Answer::Done,
        };
        let listed = shown.as_ref().filter(|_| !self.json).unwrap_or(&left);
        let report = Report::new(&directory, listed, repair);
        if self.json {
            session.out.json(&report)?;
        } else {
            report.write(&mut session.out)?;
        }
        session.out.flush()?;
        if !(self.json || self.repair || report.findings.is_empty()) {
            session::say("`trustpack ca check --repair --dry-run` says what of it can be mended");
        }
        Ok(answer)
    }
}

impl Report {
    fn new(directory: &CaDirectory, found: &Checked, repair: Option<RepairJson>) -> Self {
        let certificate = directory.certificate();
        let findings = found.findings.iter();
        Self {
            ca: certificate.subject().to_string(),
            not_after: certificate.validity().not_after.to_string(),
            findings: findings
                .map(|found| FileFinding::new(found.kind, &found.path, &found.message))
                .collect(),
            more: found.more.iter().map(MoreJson::from).collect(),
            repair,
        }
    }

    fn write(&self, out: &mut Output) -> Printed {
        if let Some(repair) = &self.repair {
            repair.write(out)?;
        }
        for finding in &self.findings {
            finding.write(out)?;
        }
        for more in &self.more {
            writeln!(out, "and {} more of {}", more.count, more.code)?;
        }
        write!(out, "CA {} until {}: ", self.ca, self.not_after)?;
        if let Some(repair) = &self.repair {
            repair.write_count(out)?;
        }
        let rehearsed = self.repair.as_ref().is_some_and(|repair| repair.dry_run);
        match self.findings.len() + count(&self.more) {
            0 if rehearsed => writeln!(out, "nothing else is out of step"),
            1 if rehearsed => writeln!(out, "1 other finding"),
            many if rehearsed => writeln!(out, "{many} other findings"),
            0 => writeln!(out, "nothing is out of step"),
            1 => writeln!(out, "1 finding"),
            many => writeln!(out, "{many} findings"),
        }
    }
}

impl RepairJson {
    fn new(repaired: &Repaired, dry_run: bool) -> Self {
        Self {
            dry_run,
            done: repaired.done.findings.iter().map(DoneJson::from).collect(),
            more: repaired.done.more.iter().map(MoreJson::from).collect(),
            kept: repaired.kept.as_deref().map(shown),
        }
    }

    fn write(&self, out: &mut Output) -> Printed {
        let word = self.word();
        for done in &self.done {
            writeln!(out, "{}", done.path)?;
            writeln!(out, "  {word}[{}]: {}", done.code, done.message)?;
        }
        for more in &self.more {
            writeln!(out, "and {} more of {} {word}", more.count, more.code)?;
        }
        match &self.kept {
            Some(kept) => writeln!(out, "as they were: {}", kept),
            None => Ok(()),
        }
    }

    fn write_count(&self, out: &mut Output) -> Printed {
        let count = self.done.len() + count(&self.more);
        write!(out, "{count} {}; ", self.word())
    }

    fn word(&self) -> &'static str {
        match self.dry_run {
            true => "to be mended",
            false => "mended",
        }
    }
}

fn count(more: &[MoreJson]) -> usize {
    more.iter().map(|more| more.count).sum()
}

/// A path as JSON can hold it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

impl From<&CaFinding> for DoneJson {
    fn from(done: &CaFinding) -> Self {
        Self {
            code: done.code().to_string(),
            path: shown(&done.path),
            message: done.message.clone(),
        }
    }
}

impl From<&More> for MoreJson {
    fn from(more: &More) -> Self {
        Self {
            code: more.kind.code.to_string(),
            count: more.count,
        }
    }
}
