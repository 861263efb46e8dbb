//! TP4010: chain out of order or with strays.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4010),
    severity: Severity::Warning,
    title: "chain out of order or with strays",
    meaning: "The certificate files hold the chain in another order than it is sent, or certificates that are not part of it. It is mended when it is sent; other programs would send it as it stands.",
    example: "a root before the certificate it issued",
    remedy: "write the own certificate first, each next one the issuer of the one before, and nothing else",
    when_accepted: WhenAccepted::Starts,
};

/// How many strays the sentence lists.
const SHOWN: usize = 5;

/// What had to be mended, if anything had.
pub(crate) fn found(
    at: &At<'_>,
    reordered: bool,
    duplicates: usize,
    strays: &[Certificate],
) -> Option<Finding> {
    let mut done = Vec::new();
    if reordered {
        done.push("they stand in another order than they are sent".to_owned());
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
        done.push(format!(
            "not part of the chain and left out: {}",
            names.join(", ")
        ));
    }
    (!done.is_empty())
        .then(|| at.finding(&KIND, format!("the certificate files: {}", done.join("; "))))
}
