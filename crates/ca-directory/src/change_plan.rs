//! The plan of a change, as text: what it is about to do.
//!
//! Two forms. Issuing is undone unless the ledger has the certificate; every other change is done
//! again from its plan. Invariant: a plan that reads names only files that a change of its kind has.

use trustpack_x509::serial::{InvalidSerial, Serial};
use trustpack_x509::shown::shown;

use crate::change_kind::ChangeKind;
use crate::change_target::{InvalidTarget, Target};
use crate::ledger_line::Record;
use crate::repository_file::RepositoryFile;

/// First line of a plan; a later form gets another number.
const HEADER: &str = "trustpack plan 2";
/// That of the form before, which knows certificates only.
const HEADER_1: &str = "trustpack plan 1";
/// Last line of a plan.
const FOOTER: &str = "end";
/// Of a line in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 80;

/// What a change does to a CA directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Adds certificates: each is there when its line is in the ledger, else its files go.
    Issue(Vec<Planned>),
    /// Anything else: from the moment that this plan is on disk it is to be done, step by step.
    Redo {
        /// What it is for.
        kind: ChangeKind,
        /// In this order.
        steps: Vec<Step>,
    },
}

/// One certificate of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) serial: Serial,
    /// The line of the ledger, with its line break.
    pub(crate) line: String,
    /// Its files in the repository.
    pub(crate) files: Vec<RepositoryFile>,
}

/// One step of a change that is done again until it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The file that was prepared under this number takes its place.
    Put(usize, Target),
    /// A file goes.
    Remove(Target),
    /// The ledger gets this line, with its line break, unless it has the serial.
    Append(String),
}

/// A plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPlan {
    /// A line that is none of a plan.
    #[error("line {line} is \"{found}\"; a plan of another version, or damaged")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is there.
        found: String,
    },
    /// A serial.
    #[error("a serial is wrong")]
    Serial(#[from] InvalidSerial),
    /// A file that no certificate of this serial has.
    #[error("\"{found}\" is no file of the certificate that is planned")]
    FileName {
        /// The name.
        found: String,
    },
    /// A file that no such change has.
    #[error(transparent)]
    Target(#[from] InvalidTarget),
    /// A line that the ledger would not have for this certificate.
    #[error("its line for the ledger is none of the certificate {serial}")]
    LedgerLine {
        /// The serial that is planned.
        serial: Serial,
    },
    /// No last line.
    #[error("it has no last line \"{FOOTER}\"")]
    Incomplete,
}

impl Plan {
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        match self {
            Self::Issue(certificates) => {
                for planned in certificates {
                    text.push_str(&format!("serial {}\nline {}", planned.serial, planned.line));
                    for file in &planned.files {
                        text.push_str(&format!("file {file}\n"));
                    }
                }
            }
            Self::Redo { kind, steps } => {
                text.push_str(&format!("change {}\n", kind.word()));
                for step in steps {
                    text.push_str(&match step {
                        Step::Put(staged, target) => format!("put {staged} {target}\n"),
                        Step::Remove(target) => format!("remove {target}\n"),
                        Step::Append(line) => format!("append {line}"),
                    });
                }
            }
        }
        text.push_str(FOOTER);
        text.push('\n');
        text
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, InvalidPlan> {
        // A line of the ledger may end in a carriage return of its own.
        let mut lines = text.split_terminator('\n').zip(1..).peekable();
        match lines.next() {
            Some((HEADER | HEADER_1, _)) => {}
            Some((line, number)) => return Err(wrong(line, number)),
            None => return Err(InvalidPlan::Incomplete),
        }
        let kind = lines
            .peek()
            .and_then(|(line, _)| line.strip_prefix("change "));
        match kind {
            None => certificates(lines).map(Self::Issue),
            Some(word) => {
                let kind = ChangeKind::ALL.into_iter().find(|kind| kind.word() == word);
                let kind = kind.ok_or_else(|| wrong(word, 2))?;
                let steps = steps(kind, lines.skip(1))?;
                Ok(Self::Redo { kind, steps })
            }
        }
    }
}

fn certificates<'t>(
    lines: impl Iterator<Item = (&'t str, usize)>,
) -> Result<Vec<Planned>, InvalidPlan> {
    let mut certificates: Vec<Planned> = Vec::new();
    for (line, number) in lines {
        match (line.split_once(' '), certificates.last_mut()) {
            (None, _) if line == FOOTER => return Ok(certificates),
            (Some(("serial", serial)), _) => certificates.push(Planned {
                serial: serial.parse()?,
                line: String::new(),
                files: Vec::new(),
            }),
            (Some(("line", line)), Some(planned)) => {
                planned.line = format!("{}\n", line_of(&planned.serial, line)?);
            }
            (Some(("file", file)), Some(planned)) => {
                let file = file_of(&planned.serial, file)?;
                planned.files.push(file);
            }
            _ => return Err(wrong(line, number)),
        }
    }
    Err(InvalidPlan::Incomplete)
}

fn steps<'t>(
    kind: ChangeKind,
    lines: impl Iterator<Item = (&'t str, usize)>,
) -> Result<Vec<Step>, InvalidPlan> {
    let allowed = |text: &str| -> Result<Target, InvalidPlan> {
        let target: Target = text.parse()?;
        match kind.may_touch(&target) {
            true => Ok(target),
            false => Err(InvalidTarget::new(text).into()),
        }
    };
    let mut steps = Vec::new();
    for (line, number) in lines {
        steps.push(match line.split_once(' ') {
            None if line == FOOTER => return Ok(steps),
            Some(("put", rest)) => {
                let (staged, target) = rest.split_once(' ').ok_or_else(|| wrong(line, number))?;
                let staged = staged.parse().map_err(|_| wrong(line, number))?;
                Step::Put(staged, allowed(target)?)
            }
            Some(("remove", target)) => match allowed(target)? {
                target if target.may_go() => Step::Remove(target),
                target => return Err(InvalidTarget::new(&target.to_string()).into()),
            },
            Some(("append", line)) if Record::from_line(line).is_ok() => {
                Step::Append(format!("{line}\n"))
            }
            _ => return Err(wrong(line, number)),
        });
    }
    Err(InvalidPlan::Incomplete)
}

fn wrong(line: &str, number: usize) -> InvalidPlan {
    InvalidPlan::Line {
        line: number,
        found: shown(line, SHOWN_CHARACTERS),
    }
}

/// A file that a certificate with this serial may have: the plan says what to delete, so it can speak of
/// nothing else.
fn file_of(serial: &Serial, name: &str) -> Result<RepositoryFile, InvalidPlan> {
    let file = name.parse().ok();
    let own = file.filter(|file: &RepositoryFile| file.serial == *serial);
    own.ok_or_else(|| InvalidPlan::FileName {
        found: shown(name, SHOWN_CHARACTERS),
    })
}

/// A line of the ledger for a certificate with this serial: what is cut off the ledger is the start of
/// such a line or nothing.
fn line_of<'n>(serial: &Serial, line: &'n str) -> Result<&'n str, InvalidPlan> {
    match Record::from_line(line) {
        Ok(record) if record.serial == *serial => Ok(line),
        Ok(_) | Err(_) => Err(InvalidPlan::LedgerLine {
            serial: serial.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retired::names::RetiredFile;

    fn plan() -> Plan {
        let planned = |serial: &str| Planned {
            serial: serial.parse().unwrap(),
            line: format!("V\t270301085240Z\t\t{serial}\tunknown\t/CN=a b\n"),
            files: [format!("{serial}.pem"), format!("{serial}_h_cert.pem")]
                .map(|name| name.parse().unwrap())
                .to_vec(),
        };
        Plan::Issue(vec![planned("0A"), planned("0B")])
    }

    fn redo() -> Plan {
        let key = "AB01".parse().unwrap();
        Plan::Redo {
            kind: ChangeKind::Rekey,
            steps: vec![
                Step::Put(0, Target::Retired(key, RetiredFile::PrivateKey)),
                Step::Put(1, Target::PrivateKey),
                Step::Append("V\t270301085240Z\t\t0A\tunknown\t/CN=a b\n".to_owned()),
                Step::Remove(Target::Crl),
            ],
        }
    }

    #[test]
    fn a_plan_reads_back_as_itself() {
        for plan in [plan(), redo()] {
            assert_eq!(Plan::from_text(&plan.to_text()).unwrap(), plan);
        }
    }

    #[test]
    fn a_plan_of_the_form_before_is_read() {
        let text = plan().to_text().replace(HEADER, HEADER_1);
        assert_eq!(Plan::from_text(&text).unwrap(), plan());
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for text in [plan().to_text(), redo().to_text()] {
            for cut in 0..text.len() - 1 {
                assert!(Plan::from_text(&text[..cut]).is_err(), "{cut}");
            }
        }
        for bad in [
            "file ../x",
            "file a/b",
            "file ",
            "file ..",
            "file passwd",
            "file 0B.pem",
            "file 0A__cert.pem",
            "file 0A_/../../x_cert.pem",
            "line V",
            "line V\t270301085240Z\t\t0B\tunknown\t/CN=other",
            "serial x",
            "remove a",
        ] {
            let text = format!("{HEADER}\nserial 0A\n{bad}\n{FOOTER}\n");
            assert!(Plan::from_text(&text).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_step_that_such_a_change_does_not_have_is_refused() {
        for bad in [
            "put 0 ca_priv_key.pem",
            "put 0 repository/0A.pem",
            "put x ca.db",
            "put ca.db",
            "put -1 ca.db",
            "put 0 ../ca.db",
            "put 0 /etc/passwd",
            "put 0 retired/AB/../../x",
            "remove ca.db",
            "append V",
            "serial 0A",
            "change revoke",
        ] {
            let text = format!("{HEADER}\nchange revoke\n{bad}\n{FOOTER}\n");
            assert!(Plan::from_text(&text).is_err(), "{bad}");
        }
        for bad in ["change", "change ", "change everything"] {
            let text = format!("{HEADER}\n{bad}\nput 0 ca.db\n{FOOTER}\n");
            assert!(Plan::from_text(&text).is_err(), "{bad}");
        }
    }
}
