//! Lines that tell of a failure without a reason that is known here.
//!
//! Invariant: what is not known is said, and nobody is blamed for it.

use super::{At, Explanation, Extent, LogLine, MAX_LINE_BYTES};

/// Characters of a reason that are repeated.
///
/// Source: ours; two lines of a terminal.
const SHOWN: usize = 160;

/// The message that stands in a line that is too long to be read as what it is, or ends too early.
pub(super) fn message(line: &str, messages: &[&str]) -> Option<String> {
    // A peer's text has no quotation marks that are not escaped. Those of an object in a string of another one are as well.
    let marks: &[&str] = if line.starts_with('{') {
        &[r#"""#, r#"\""#]
    } else {
        &[r#"""#]
    };
    let has = |message: &&&str| {
        marks.iter().any(|mark| {
            let key = format!("{mark}message{mark}:{mark}{message}");
            line.contains(&key)
        })
    };
    messages.iter().find(has).map(ToString::to_string)
}

/// What is known, and what is not; nothing of a line without anything that a tunnel writes behind these words.
pub(super) fn explanation(
    line: &LogLine,
    word: Option<&str>,
    says_why: bool,
) -> Option<Explanation> {
    let LogLine {
        message,
        reason,
        place,
        extent,
        ..
    } = line;
    let why = match (extent, word) {
        (Extent::Cut, None) => {
            "the line ends in the middle, so that its reason is not known".to_owned()
        }
        (Extent::TooLong, _) => format!(
            "the line is longer than the {MAX_LINE_BYTES} bytes that are read, so that its reason is not known"
        ),
        (Extent::Whole | Extent::Cut, Some(word)) => {
            format!("the cause \"{}\" is none that is known here", short(word))
        }
        (Extent::Whole, None) if !reason.is_empty() => {
            format!(
                "the reason \"{}\" is none that is known here",
                short(reason)
            )
        }
        (Extent::Whole, None) if says_why || place.is_some() => {
            "the line gives no reason".to_owned()
        }
        (Extent::Whole, None) => return None,
    };
    Some(Explanation {
        what: format!("{message}: {why}"),
        at: At::NotKnown,
        remedy: match extent {
            Extent::TooLong | Extent::Cut => ELSEWHERE.to_owned(),
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
