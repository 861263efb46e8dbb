//! What a finding is: one named thing that is wrong or doubtful, with a stable code, a place and a remedy.
//!
//! A [`Kind`] is a constant; each crate that finds something lists its kinds in one register (here
//! [`crate::findings::REGISTER`]), from which the reference pages come. Codes by range: TP1 the
//! files and their spelling, TP2 levels, TP3 both ends, TP4 material, TP5 policy, TP6 the CA directory, TP7 what is
//! installed on a host.
//! Invariant: a code is given once and keeps its meaning for ever.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use trustpack_x509::name::printable;
use trustpack_x509::time::Timestamp;

use crate::place::Place;
use crate::span::{Location, Spot};

/// The stable code of a kind of finding: `TP` and four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u16);

/// A text is no code of a finding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no code of a finding; allowed is TP and four digits, such as TP3010")]
pub struct InvalidCode {
    found: String,
}

/// How bad a finding is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It will not work, or not be safe: the endpoint is not started.
    Error,
    /// It works and is doubtful.
    Warning,
    /// Worth knowing.
    Note,
}

/// Whether an endpoint with an error may be started once somebody has accepted the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAccepted {
    /// What is wrong weakens nothing at this end: it starts.
    Starts,
    /// What the settings ask for is unknown or cannot be done: it stays down, accepted or not.
    StaysDown,
}

/// A kind of finding, the same for every place where it is found.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// A few words, lower case.
    pub title: &'static str,
    /// What it means, for the reference page: one or more sentences.
    pub meaning: &'static str,
    /// What to write to see it: a piece of a fleet file, or a situation in words.
    pub example: &'static str,
    /// What to do, in general; a finding says it with the values.
    pub remedy: &'static str,
    /// What accepting it does.
    pub when_accepted: WhenAccepted,
}

/// An acceptance that holds for a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Why it is accepted.
    pub reason: String,
    /// The last day of the acceptance, as its midnight.
    pub until: Timestamp,
}

/// One thing that was found at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is.
    pub kind: &'static Kind,
    /// Where in the fleet.
    pub place: Place,
    /// Where in which text, if it comes from one.
    pub spot: Option<Spot>,
    /// One sentence with the values: what is wrong, the value found, what is allowed. Lower case, no period.
    pub message: String,
    /// One sentence with the remedy for these values.
    pub remedy: Cow<'static, str>,
    /// Other spots that belong to it, each with what is there (`first defined here`).
    pub related: Vec<(Spot, String)>,
    /// Set if somebody accepted it and the acceptance holds.
    pub accepted: Option<Box<Accepted>>,
}

impl Code {
    /// The code `TP` and the four digits of `number`.
    ///
    /// # Panics
    ///
    /// If `number` is above 9999; codes are constants, so this stops the build.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        assert!(number <= 9999, "a code has four digits");
        Self(number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TP{:04}", self.0)
    }
}

impl FromStr for Code {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidCode {
            found: text.to_owned(),
        };
        let digits = text.strip_prefix("TP").ok_or_else(invalid)?;
        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid());
        }
        digits.parse().map(Self).map_err(|_| invalid())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl Finding {
    /// A finding of `kind` at `place`, with the kind's own remedy; the `with_` methods add to it. Its
    /// texts quote what others wrote, and are made fit for a terminal here.
    #[must_use]
    pub fn new(kind: &'static Kind, place: Place, message: impl Into<String>) -> Self {
        Self {
            kind,
            place,
            spot: None,
            message: printable(&message.into()),
            remedy: Cow::Borrowed(kind.remedy),
            related: Vec::new(),
            accepted: None,
        }
    }

    /// The same, found at `spot`.
    #[must_use]
    pub fn with_spot(mut self, spot: &Spot) -> Self {
        self.spot = Some(spot.clone());
        self
    }

    /// The same, with a remedy that names the values.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Cow::Owned(printable(&remedy.into()));
        self
    }

    /// The same, with another spot that belongs to it.
    #[must_use]
    pub fn with_related(mut self, spot: &Spot, what: impl Into<String>) -> Self {
        self.related.push((spot.clone(), printable(&what.into())));
        self
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.kind.code
    }

    /// How bad it is, accepted or not.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.kind.severity
    }

    /// Where in a file, if it comes from one.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        self.spot.as_ref().and_then(Spot::location)
    }

    /// Whether it keeps the endpoint it concerns from starting.
    #[must_use]
    pub fn bars(&self) -> bool {
        match (self.kind.severity, self.kind.when_accepted) {
            (Severity::Error, WhenAccepted::StaysDown) => true,
            (Severity::Error, WhenAccepted::Starts) => self.accepted.is_none(),
            (Severity::Warning | Severity::Note, _) => false,
        }
    }

    /// Whether it counts towards the exit code as an error: an error that nobody accepted.
    #[must_use]
    pub fn counts_as(&self, severity: Severity) -> bool {
        self.accepted.is_none() && self.kind.severity == severity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<Code>) {
        assert_eq!(text.parse::<Code>().ok(), want, "{text}");
    }

    #[test]
    fn texts_are_fit_for_a_terminal() {
        let finding = Finding::new(
            &crate::findings::syntax::KIND,
            Place::Fleet,
            "a\0\u{1b}[31m",
        )
        .with_remedy("b\n\u{202e}");
        assert_eq!(finding.message, "a\\u{0}\\u{1b}[31m");
        assert_eq!(finding.remedy, "b\\u{a}\\u{202e}");
    }

    #[test]
    fn codes_have_one_form() {
        check("TP3010", Some(Code::new(3010)));
        check("TP0001", Some(Code::new(1)));
        assert_eq!(Code::new(1).to_string(), "TP0001");
        for text in [
            "",
            "TP301",
            "TP30100",
            "tp3010",
            "3010",
            "TP+301",
            "TP３０１０",
        ] {
            check(text, None);
        }
    }
}
