//! What a running process is asked through its control socket, and what it answers.
//!
//! A request is one line with one JSON object, `{"request":"status"}`; so is its answer. Several may follow each other on
//! a connection. [`server`] listens, [`client`] asks. Here are only the words: no I/O.
//!
//! Invariant: whatever a line holds, it is a [`Request`] or a [`NotARequest`], an [`Answer`] or a [`NotAnAnswer`], and a
//! terminal can show what those say.
//!
//! Long because requests and answers mirror each other.

use serde::{Deserialize, Serialize};

use crate::status::plain_callers::PlainReport;
use crate::status::{Connections, Status};

mod passing;
mod reserve;

pub mod before;
pub mod client;
pub mod server;

/// Longest line of a request, in bytes, with its end.
///
/// Source: ours; the longest request has 30.
pub const MAX_REQUEST_BYTES: usize = 4096;

/// Longest line of an answer, in bytes, with its end.
///
/// Source: ours; the state of 10,000 endpoints fits.
pub const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Characters of a request that are quoted in a refusal.
const QUOTED_CHARS: usize = 40;

/// Characters that are said of an answer that is none.
const SAID_CHARS: usize = 300;

/// What a process can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// Read settings and files again, as SIGHUP does.
    Reload,
    /// Stop by stages, as SIGTERM does.
    Stop,
    /// Say how things are.
    Status,
    /// Give the listening sockets to the process that asks, and go on serving.
    HandOver,
    /// The process that has the sockets serves now: stop by stages. Only on the connection that they went through.
    TakenOver,
    /// Say which connections are open.
    Connections,
    /// Say who still comes in plain text to ports that take TLS too.
    Report,
}

/// A line that is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARequest {
    /// It does not end.
    #[error("the line is longer than {MAX_REQUEST_BYTES} bytes")]
    TooLong,
    /// It is not JSON.
    #[error("the line is no JSON: it goes wrong at byte {byte}")]
    NotJson {
        /// Where, from 1.
        byte: usize,
    },
    /// It has another form.
    #[error("a request is a JSON object with one text of the name \"request\", and nothing else")]
    Form,
    /// There is no such request.
    #[error("there is no request {found:?}; it must be one of {}", names())]
    Unknown {
        /// What it says, shortened.
        found: String,
    },
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// Settings and files were read again.
    Reloaded(Reloaded),
    /// It stops now: no new connections, open ones may end.
    Stopping,
    /// How things are.
    Status(Status),
    /// The listening sockets follow, with messages of their own (SCM_RIGHTS).
    Sockets {
        /// How many.
        count: usize,
        /// The number of the process that has them so far.
        #[serde(default)]
        process: Option<u32>,
        /// Which of them, counted from 0, a service manager has opened and keeps the file of.
        #[serde(default)]
        of_manager: Vec<usize>,
        /// The processes before it that still carry connections, the latest first. Behind the sockets follows for each
        /// of them the connection that it is asked through.
        #[serde(default)]
        draining: Vec<Draining>,
    },
    /// After [`Answer::Stopping`]: every connection has ended, and so does the process.
    Stopped,
    /// Which connections are open.
    Connections(Connections),
    /// Who still comes in plain text.
    Report(PlainReport),
    /// It was not done.
    Refused {
        /// Why.
        reason: String,
    },
}

/// A process that was taken over from and still carries connections, for the one that asks it from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draining {
    /// Its number, if it told that.
    pub process: Option<u32>,
    /// For how many seconds it drains.
    pub seconds: u64,
}

/// A line that is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAnswer {
    /// It does not end.
    #[error("the line is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
    /// It ends before its end.
    #[error("the line is cut off after {bytes} bytes")]
    Cut {
        /// How many have come.
        bytes: usize,
    },
    /// It is not JSON.
    #[error("the line is no JSON: it goes wrong at byte {byte}")]
    NotJson {
        /// Where, from 1.
        byte: usize,
    },
    /// It has another form.
    #[error("the line is JSON, and no answer: {what}")]
    Form {
        /// What is other in it, with texts of the line escaped and shortened.
        what: String,
    },
}

/// What became of the endpoints when everything was read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Each endpoint that is kept.
    pub endpoints: Vec<EndpointReloaded>,
    /// Those whose addresses are other ones now, which takes a restart.
    pub moved: Vec<String>,
    /// What is doubtful in the new settings and files, each with its place, code and remedy.
    #[serde(default)]
    pub findings: Vec<String>,
}

/// What became of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointReloaded {
    /// The endpoint.
    pub place: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What keeps an endpoint from what it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindered {
    /// Why.
    pub reason: String,
    /// The errors behind it, with code and remedy.
    pub findings: Vec<String>,
    /// What to do, as far as the findings do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// What a reload did to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing has changed.
    Unchanged,
    /// It presents another certificate.
    NewCertificate,
    /// It trusts others than before.
    NewTrust {
        /// The number of the new generation.
        generation: u64,
        /// How many live connections were cut, since their peers are no longer trusted.
        cut: usize,
    },
    /// It is served from now on.
    Started {
        /// Where it listens.
        listen: Vec<String>,
    },
    /// It listens or leads elsewhere.
    Moved {
        /// Where it listens.
        listen: Vec<String>,
        /// Where it leads.
        to: String,
    },
    /// Its traffic on the network is secured otherwise.
    Secured {
        /// How.
        security: String,
        /// How it was.
        before: String,
        /// How many live connections in plain text were cut, since there is none any more.
        cut: usize,
    },
    /// The settings no longer have it on this host.
    Stopped {
        /// How many of its connections are open, which may go on for a while.
        open: usize,
    },
    /// It is to be served, and cannot.
    NotStarted(Hindered),
    /// It stays as it was.
    Stays(Hindered),
    /// It carried plain text, is to do TLS and cannot: nobody is let through.
    Shut(Hindered),
}

/// A line of a request, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    request: String,
}

impl Request {
    /// Every request.
    pub const ALL: [Self; 7] = [
        Self::Reload,
        Self::Stop,
        Self::Status,
        Self::HandOver,
        Self::TakenOver,
        Self::Connections,
        Self::Report,
    ];

    /// Its name in the line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reload => "reload",
            Self::Stop => "stop",
            Self::Status => "status",
            Self::HandOver => "hand-over",
            Self::TakenOver => "taken-over",
            Self::Connections => "connections",
            Self::Report => "report",
        }
    }

    /// Reads a line, with or without its end.
    ///
    /// # Errors
    ///
    /// [`NotARequest`] when it is none.
    pub fn parse(line: &[u8]) -> Result<Self, NotARequest> {
        if line.len() > MAX_REQUEST_BYTES {
            return Err(NotARequest::TooLong);
        }
        // A struct, since a map would take the last of two members of one name.
        let Line { request: name } = serde_json::from_slice(line).map_err(|error| {
            if error.is_data() {
                NotARequest::Form
            } else {
                let byte = error.column();
                NotARequest::NotJson { byte }
            }
        })?;
        // Which could be a list of its values, too.
        if !line.trim_ascii_start().starts_with(b"{") {
            return Err(NotARequest::Form);
        }
        let mut all = Self::ALL.into_iter();
        all.find(|request| request.name() == name)
            .ok_or_else(|| NotARequest::Unknown {
                found: name.chars().take(QUOTED_CHARS).collect(),
            })
    }

    /// The line that asks for it, with its end.
    #[must_use]
    pub fn line(self) -> String {
        format!("{{\"request\":\"{}\"}}\n", self.name())
    }
}

fn names() -> String {
    Request::ALL.map(Request::name).join(", ")
}

impl Answer {
    /// The line that says it, with its end.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Reads a line, with its end. What an answer of another version has besides is passed over.
    ///
    /// # Errors
    ///
    /// [`NotAnAnswer`] when it is none.
    pub fn parse(line: &[u8]) -> Result<Self, NotAnAnswer> {
        if line.len() > MAX_ANSWER_BYTES {
            return Err(NotAnAnswer::TooLong);
        }
        if line.last() != Some(&b'\n') {
            let bytes = line.len();
            return Err(NotAnAnswer::Cut { bytes });
        }
        serde_json::from_slice(line).map_err(|error| {
            if error.is_data() {
                let what = error.to_string();
                let what = what.escape_debug().take(SAID_CHARS).collect();
                NotAnAnswer::Form { what }
            } else {
                let byte = error.column();
                NotAnAnswer::NotJson { byte }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: Result<Request, NotARequest>) {
        assert_eq!(Request::parse(line.as_bytes()), want);
    }

    #[test]
    fn requests_are_read_as_they_are_written() {
        for request in Request::ALL {
            check(&request.line(), Ok(request));
        }
        check(r#" { "request" : "stop" } "#, Ok(Request::Stop));
    }

    #[test]
    fn what_is_no_request_has_a_name() {
        let unknown = |found: &str| {
            let found = found.to_owned();
            Err(NotARequest::Unknown { found })
        };
        check("", Err(NotARequest::NotJson { byte: 0 }));
        check("GET / HTTP/1.1", Err(NotARequest::NotJson { byte: 1 }));
        check(
            "{\"request\":\"stop\"} x",
            Err(NotARequest::NotJson { byte: 20 }),
        );
        check("[]", Err(NotARequest::Form));
        check("{}", Err(NotARequest::Form));
        check(r#"["stop"]"#, Err(NotARequest::Form));
        let twice = r#"{"request":"status","request":"stop"}"#;
        check(twice, Err(NotARequest::Form));
        check(r#"{"request":1}"#, Err(NotARequest::Form));
        check(r#"{"request":"stop","now":true}"#, Err(NotARequest::Form));
        check(r#"{"request":"Stop"}"#, unknown("Stop"));
        let long = "x".repeat(1000);
        check(
            &format!("{{\"request\":\"{long}\"}}"),
            unknown(&"x".repeat(QUOTED_CHARS)),
        );
        check(
            &" ".repeat(MAX_REQUEST_BYTES + 1),
            Err(NotARequest::TooLong),
        );
    }

    #[test]
    fn answers_are_read_as_they_are_written() {
        let reason = "no \u{1b}[31m".to_owned();
        for answer in [
            Answer::Stopping,
            Answer::Refused { reason },
            Answer::Reloaded(Reloaded::default()),
        ] {
            assert_eq!(Answer::parse(&answer.line()), Ok(answer));
        }
        let later = b"{\"answer\":\"stopped\",\"at\":\"once\"}\n";
        assert_eq!(Answer::parse(later), Ok(Answer::Stopped));
    }

    #[test]
    fn what_is_no_answer_has_a_name() {
        let check = |line: &[u8], want| assert_eq!(Answer::parse(line), Err(want));
        check(b"", NotAnAnswer::Cut { bytes: 0 });
        let cut = b"{\"answer\":\"stopped\"}";
        check(cut, NotAnAnswer::Cut { bytes: cut.len() });
        check(b"HTTP/1.1 200 OK\n", NotAnAnswer::NotJson { byte: 1 });
        let endless = vec![b' '; MAX_ANSWER_BYTES + 1];
        check(&endless, NotAnAnswer::TooLong);
        let other = Answer::parse(b"{\"answer\":\"\\u001b[31m\\u202e\"}\n");
        let other = other.expect_err("there is none of that name").to_string();
        assert!(
            other.contains(r"no answer: unknown variant `\u{1b}[31m\u{202e}`"),
            "{other}"
        );
    }

    #[test]
    fn texts_of_others_are_shown_escaped() {
        let refused = Request::parse(b"{\"request\":\"a\\u001b[31m\\n\"}").expect_err("no request");
        assert_eq!(
            refused.to_string(),
            r#"there is no request "a\u{1b}[31m\n"; it must be one of reload, stop, status, hand-over, taken-over, connections, report"#
        );
    }
}
