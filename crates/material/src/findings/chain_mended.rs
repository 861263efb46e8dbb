//! TP4010: chain out of order or with strays.

use trustpack_settings::endpoint::Engine;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};

use crate::chain::Built;
use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4010),
    severity: Severity::Warning,
    title: "chain out of order or with strays",
    meaning: "The certificate files hold the chain in another order than it is to be sent, or certificates that are not part of it. Trustpack mends that when it sends it. A program that does its own TLS with OpenSSL or Java sends the files as they stand, which peers mostly put up with; but the first certificate it takes for its own, and if the key is of another one, it does not start: that is the error TP4007.",
    example: "a root before the certificate it issued",
    remedy: "write the own certificate first, each next one the issuer of the one before, and nothing else",
    when_accepted: WhenAccepted::Starts,
};

/// How many strays the sentence lists.
const SHOWN: usize = 5;

/// What is mended, or is not by this engine, which sends the files as they stand.
pub(crate) fn found(at: &At<'_>, built: &Built, as_it_stands: Option<Engine>) -> Option<Finding> {
    let Built {
        reordered,
        duplicates,
        strays,
        ..
    } = built;
    let duplicates = *duplicates;
    let mut done = Vec::new();
    if *reordered {
        done.push(match as_it_stands {
            None => "they stand in another order than they are sent".to_owned(),
            Some(_) => "they do not stand in the order of the chain".to_owned(),
        });
    }
    if duplicates > 0 {
        done.push(format!("{duplicates} stand there more than once"));
    }
    if !strays.is_empty() {
        let mut names: Vec<String> = strays
            .iter()
            .take(SHOWN)
            .map(|c| format!("{:?}", c.subject().to_string()))
            .collect();
        if let Some(more) = strays.len().checked_sub(SHOWN).filter(|&more| more > 0) {
            names.push(format!("{more} more"));
        }
        let left_out = match as_it_stands {
            None => " and left out",
            Some(_) => "",
        };
        let names = names.join(", ");
        done.push(format!("not part of the chain{left_out}: {names}"));
    }
    let sent = as_it_stands.map(|engine| format!("; {engine} sends them as they stand"));
    (!done.is_empty()).then(|| {
        let (done, sent) = (done.join("; "), sent.unwrap_or_default());
        at.finding(&KIND, format!("the certificate files: {done}{sent}"))
    })
}
