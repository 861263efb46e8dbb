//! `trustpack probe` and its answer, read as a program would.

use std::fmt;
use std::net::SocketAddr;

use serde_json::Value;
use trustpack_e2e::call::{Call, Outcome};

/// The answer about one service.
pub(crate) struct Asked {
    pub(crate) outcome: Outcome,
    document: Value,
}

/// What `trustpack probe` says of the service with these options.
#[track_caller]
pub(crate) fn probe(service: SocketAddr, options: &[&str]) -> Asked {
    let service = service.to_string();
    let call = Call::trustpack(["probe", &service, "--json"]);
    Asked::of(call.args(options).run())
}

impl Asked {
    /// Reads a document.
    #[track_caller]
    pub(crate) fn of(outcome: Outcome) -> Self {
        let document = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {outcome}"));
        Self { outcome, document }
    }

    /// A value of the document, as text.
    pub(crate) fn text(&self, pointer: &str) -> String {
        match self.document.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => panic!("there is no {pointer}: {self}"),
        }
    }

    /// In a line: what it speaks, whether that works, the step that failed, the version, and what becomes of a client
    /// without a certificate.
    pub(crate) fn in_short(&self) -> String {
        let keys = [
            "/speaks",
            "/works",
            "/failed",
            "/version",
            "/client_certificate/without",
        ];
        let words: Vec<String> = keys.iter().map(|key| self.text(key)).collect();
        words.join(" ")
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outcome.fmt(f)
    }
}
