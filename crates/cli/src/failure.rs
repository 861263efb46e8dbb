//! How a command ends, and with which exit code. Who is at fault is said where the failure is made.
//!
//! 0 done; 1 the request is wrong or the answer is no; 2 usage, and a question that cannot be asked; 3 a service
//! refused or cannot be reached; 70 a bug of ours.

use std::fmt::Write as _;
use std::process::ExitCode;

use crate::output::OutputError;
use crate::session;
use crate::terminal_text::one_line;

/// How a command that could be carried out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done, or the answer is yes.
    Done,
    /// The answer is no: what was asked about is not as it should be.
    No,
    /// The command line was wrong, and that was said.
    Usage,
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    error: anyhow::Error,
    hint: Option<String>,
}

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The request: change it.
    Request,
    /// The request of a command whose answer may be no: nothing was asked.
    Unasked,
    /// Another program or machine.
    Service,
    /// The reader of our output went away, which is no failure.
    OutputClosed,
}

impl Answer {
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::No => ExitCode::from(1),
            Self::Usage => ExitCode::from(2),
        }
    }
}

impl Failure {
    /// The request cannot be carried out as it is.
    pub(crate) fn request(error: impl Into<anyhow::Error>) -> Self {
        Self {
            kind: Kind::Request,
            error: error.into(),
            hint: None,
        }
    }

    /// Another program or machine refused or cannot be reached.
    pub(crate) fn service(error: impl Into<anyhow::Error>) -> Self {
        Self {
            kind: Kind::Service,
            error: error.into(),
            hint: None,
        }
    }

    /// The question itself cannot be asked: a program that waits for yes or no is not to take that for a no.
    pub(crate) fn unasked(mut self) -> Self {
        if self.kind == Kind::Request {
            self.kind = Kind::Unasked;
        }
        self
    }

    /// Says what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with other words for what to do next.
    pub(crate) fn with_hint(mut self, reworded: impl Fn(&str) -> String) -> Self {
        self.hint = self.hint.as_deref().map(reworded);
        self
    }

    /// Whether an error of a kind is among what went wrong, and is such a one.
    pub(crate) fn is<Wrong>(&self, such: impl Fn(&Wrong) -> bool) -> bool
    where
        Wrong: std::error::Error + Send + Sync + 'static,
    {
        let mut causes = self.error.chain();
        causes.any(|cause| cause.downcast_ref::<Wrong>().is_some_and(&such))
    }

    /// The failure with its causes, for a list of many.
    pub(crate) fn in_one_line(&self) -> String {
        format!("{:#}", self.error)
    }

    /// Prints the failure to standard error and gives its exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.kind != Kind::OutputClosed {
            session::say_lines(self.text().trim_end());
        }
        match self.kind {
            Kind::Request => ExitCode::from(1),
            Kind::Unasked => ExitCode::from(2),
            Kind::Service => ExitCode::from(3),
            Kind::OutputClosed => ExitCode::SUCCESS,
        }
    }

    fn text(&self) -> String {
        // Names of others in a message may have line breaks; those in a hint are ours.
        let mut text = format!("error: {}\n", one_line(&self.error.to_string()));
        for cause in self.error.chain().skip(1) {
            // Writing into a string does not fail.
            let _ = writeln!(text, "  because: {}", one_line(&cause.to_string()));
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let kind = if error.is_closed() {
            Kind::OutputClosed
        } else {
            Kind::Request
        };
        Self {
            kind,
            error: error.into(),
            hint: None,
        }
    }
}

/// Says that this was our fault, and gives the exit code for it.
pub(crate) fn bug() -> ExitCode {
    session::say("error: this is a bug of Trustpack; please report it with the lines above");
    ExitCode::from(70)
}

/// A message without a source, for what a command itself finds wrong.
pub(crate) fn message(text: impl Into<String>) -> anyhow::Error {
    anyhow::Error::msg(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_once_and_the_hint_last() {
        let error = anyhow::Error::msg("the file is gone")
            .context("cannot read fleet.toml")
            .context("there is no fleet");
        let failure = Failure::request(error).hint("look elsewhere");
        assert_eq!(
            failure.text(),
            "error: there is no fleet\n  because: cannot read fleet.toml\n  because: the file is gone\nhint: look elsewhere\n"
        );
    }
}
