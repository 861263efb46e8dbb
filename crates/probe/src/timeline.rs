//! A picture of when certificates end: a bar for each, from today to its end.
//!
//! Invariant: the texts of others are escaped, so that a picture runs no code.

use std::fmt::Write as _;

use trustpack_x509::name::printable;
use trustpack_x509::time::Timestamp;

use crate::inventory::{Served, State};

/// Height of a row, and widths of the texts, of the bars and of the dates, in pixels.
const ROW: usize = 22;
const TEXTS: usize = 420;
const BARS: usize = 520;
const DATES: usize = 170;
/// Space above the first row.
const HEAD: usize = 52;
/// Characters of a text that are drawn.
const MAX_TEXT: usize = 58;
/// Characters of a sentence over the whole width.
const MAX_WORDS: usize = 160;
/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// The colours: one that is not valid now, one that ends soon, one that lasts. What they say stands in words as well.
const BAD: &str = "#b3261e";
const SOON: &str = "#b26a00";
const GOOD: &str = "#2e7d32";

/// Draws the certificates in the order in which they are given, and below them what was not seen, in words, as an SVG
/// document.
#[must_use]
pub fn svg(served: &[Served], not_seen: &[String], now: Timestamp) -> String {
    let days = |one: &Served| one.certificate.validity().not_after.since(now).as_secs() / DAY;
    let longest = served.iter().map(days).max().unwrap_or_default().max(1);
    let rows = served.len() + not_seen.len();
    let (width, height) = (TEXTS + BARS + DATES, HEAD + ROW * rows + 20);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"10\" y=\"22\" font-size=\"16\">Certificates in service on {}</text>\n",
        now.date_string()
    );
    // Writing into a string does not fail.
    let _ = writeln!(
        text,
        "<line x1=\"{TEXTS}\" y1=\"{}\" x2=\"{TEXTS}\" y2=\"{}\" stroke=\"#555555\"/>\n\
         <text x=\"{TEXTS}\" y=\"{}\" text-anchor=\"middle\">today</text>",
        HEAD - 8,
        height - 12,
        HEAD - 12
    );
    for (row, one) in served.iter().enumerate() {
        write_row(&mut text, one, HEAD + ROW * row, days(one), longest, now);
    }
    for (row, words) in (served.len()..).zip(not_seen) {
        let base = HEAD + ROW * row + 15;
        let _ = writeln!(
            text,
            "<text x=\"10\" y=\"{base}\" fill=\"{BAD}\">{}</text>",
            escaped(words, MAX_WORDS)
        );
    }
    text.push_str("</svg>\n");
    text
}

fn write_row(text: &mut String, one: &Served, top: usize, days: u64, longest: u64, now: Timestamp) {
    let end = one.certificate.validity().not_after;
    let state = one.state(now);
    let (colour, words) = match state {
        State::Ended | State::NotYetValid | State::Refused => (BAD, format!(", {state}")),
        State::EndsSoon => (SOON, format!(", {state}")),
        State::Valid => (GOOD, String::new()),
    };
    // One that has ended is a mark at today.
    let share = u64::try_from(BARS).unwrap_or_default().saturating_mul(days) / longest;
    let width = share.max(4);
    let label = format!("{} {}", one.address, one.certificate.subject());
    let base = top + 15;
    let _ = writeln!(
        text,
        "<g><title>{}</title><text x=\"10\" y=\"{base}\">{}</text>\
         <rect x=\"{TEXTS}\" y=\"{}\" width=\"{width}\" height=\"14\" fill=\"{colour}\"/>\
         <text x=\"{}\" y=\"{base}\">{}{words}</text></g>",
        escaped(&label, usize::MAX),
        escaped(&label, MAX_TEXT),
        top + 4,
        u64::try_from(TEXTS).unwrap_or_default() + width + 6,
        end.date_string()
    );
}

/// The first characters of a text as XML takes them.
fn escaped(text: &str, most: usize) -> String {
    let text = printable(text);
    let mut shown: String = text.chars().take(most).collect();
    if shown.len() < text.len() {
        shown.push('\u{2026}');
    }
    shown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_stay_texts() {
        assert_eq!(escaped("a<b>&\"c\"", 20), "a&lt;b&gt;&amp;&quot;c&quot;");
        assert_eq!(escaped("abcdef", 3), "abc\u{2026}");
    }

    #[test]
    fn a_picture_of_nothing_is_a_picture() {
        let words = ["of a<b no certificate was seen".to_owned()];
        let picture = svg(&[], &words, Timestamp::from_unix(1_800_000_000));
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        assert!(picture.contains("of a&lt;b no certificate"));
    }
}
