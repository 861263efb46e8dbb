//! Lines that tell of a failure without a reason that is known here.
//!
//! Invariant: what is not known is said, and nobody is blamed for it.

use super::{About, At, Explanation, Extent, LogLine, MAX_LINE_BYTES};

/// Characters of a reason that are repeated.
///
/// Source: ours; two lines of a terminal.
const SHOWN: usize = 160;

/// A line that is too long to be read as what it is, by the message that stands in it.
pub(super) fn beginning(line: &str, messages: &[&str]) -> Option<LogLine> {
    // Of an object in a string of another one the quotation marks are escaped. A peer's text has none that are not.
    let has = |message: &&&str| {
        [r#"""#, r#"\""#].iter().any(|mark| {
            let key = format!("{mark}message{mark}:{mark}{message}");
            line.contains(&key)
        })
    };
    let message = messages.iter().find(has)?;
    Some(LogLine {
        message: (*message).to_owned(),
        reason: String::new(),
        place: None,
        time: None,
        peer: None,
        role: None,
        about: About::Unclear { word: None },
        extent: Extent::Cut,
    })
}

/// What is known, and what is not; nothing of a line without anything that a tunnel writes behind these words.
pub(super) fn explanation(line: &LogLine, word: Option<&str>) -> Option<Explanation> {
    let LogLine {
        message,
        reason,
        place,
        extent,
        ..
    } = line;
    let why = match (extent, word) {
        (Extent::Cut, _) => format!(
            "the line is longer than the {MAX_LINE_BYTES} bytes that are read, so that its reason is not known"
        ),
        (Extent::Whole, Some(word)) => {
            format!("the cause \"{}\" is none that is known here", short(word))
        }
        (Extent::Whole, None) if !reason.is_empty() => {
            format!(
                "the reason \"{}\" is none that is known here",
                short(reason)
            )
        }
        (Extent::Whole, None) if place.is_some() => "the line gives no reason".to_owned(),
        (Extent::Whole, None) => return None,
    };
    Some(Explanation {
        what: format!("{message}: {why}"),
        at: At::NotKnown,
        remedy: match extent {
            Extent::Cut => ELSEWHERE.to_owned(),
            Extent::Whole => {
                format!("{ELSEWHERE}; a newer version of this program may know the reason")
            }
        },
    })
}

const ELSEWHERE: &str =
    "look at the log of the other end, and ask the service what it does: `trustpack probe`";

fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}
