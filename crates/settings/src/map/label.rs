//! Texts on a map: how wide they are, cut where they are too long, and made safe for XML.
//!
//! The widths are estimated, on the wide side: nobody knows the fonts of whoever looks at the picture.
//! Invariant: what [`escaped`] gives is text in XML, whatever was written, and shows every character that acts or hides.

use trustpack_x509::name::is_misleading;

use super::graph::{BoxKind, HostBox};
use crate::matrix::Matrix;

/// Height of the letters of names, in pixels.
pub(super) const FONT: f64 = 11.0;
/// Space between the edge of a box and its text.
pub(super) const PADDING: f64 = 7.0;
/// Width of the mark of a port, with the space before it.
pub(super) const MARK: f64 = 12.0;
/// Most marks of ports in a row; more are counted.
pub(super) const MAX_MARKS: usize = 5;

/// How wide a text is at [`FONT`], at most.
pub(super) fn width(text: &str) -> f64 {
    text.chars().map(letter).sum::<f64>() * FONT
}

/// The width of a letter as a share of its height, as in a wide sans-serif font.
fn letter(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.36,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '[' | ']' | '-' => 0.46,
        ELLIPSIS | 'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.02,
        'A'..='Z' => 0.78,
        // Latin, Greek and Cyrillic letters; from Hangul on most are as wide as they are high.
        '\0'..'\u{1100}' => 0.66,
        _ => 1.1,
    }
}

/// What stands for the rest of a text.
const ELLIPSIS: char = '…';

/// The text, or its beginning and an ellipsis, so that it is no wider than `room`.
pub(super) fn cut(text: &str, room: f64) -> String {
    /// The room of the widest text was computed from its width, and not to the last bit.
    const ROUNDING: f64 = 0.01;
    if width(text) <= room + ROUNDING {
        return text.to_owned();
    }
    let mut rest = room / FONT - letter(ELLIPSIS);
    let kept = text.chars().take_while(|&c| {
        rest -= letter(c);
        rest >= 0.0
    });
    let mut kept: String = kept.collect();
    kept.push(ELLIPSIS);
    kept
}

/// What stands at the head of a box.
pub(super) fn head(kind: &BoxKind) -> &str {
    match kind {
        BoxKind::Host(name) => name,
        BoxKind::NoHost => "(no such host)",
        BoxKind::NotInFleet => "(not in the fleet)",
    }
}

/// How wide a box would be with all its texts whole.
pub(super) fn box_width(one: &HostBox, matrix: &Matrix<'_>) -> f64 {
    let members = one.members.iter().filter_map(|&m| matrix.members.get(m));
    let rows =
        members.map(|member| width(&shown(member.name.as_str())) + marks_width(member.ports.len()));
    let head = width(head(&one.kind)) * 1.08;
    rows.fold(head, f64::max) + 2.0 * PADDING
}

/// The room that the marks of ports take.
pub(super) fn marks_width(ports: usize) -> f64 {
    let more = if ports > MAX_MARKS { 1.4 } else { 0.0 };
    MARK * (super::real(ports.min(MAX_MARKS)) + more)
}

/// A text with what acts or hides written as `\u{..}`.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_misleading(character) || is_no_character(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A text as it stands in XML, in an element or in quotation marks.
///
/// Source: XML 1.0, sections 2.2 (which characters there may be) and 2.4.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in shown(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Lines of a tooltip as they stand in XML; only the breaks between them are breaks.
pub(super) fn escaped_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    lines.join("\n")
}

/// Code points that XML does not take, beside control characters.
fn is_no_character(character: char) -> bool {
    matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_fits() {
        for text in [
            "mmmmmmmmmm",
            "iiiiiiiiiiiiiiiiiiii",
            "日本日本日本日本",
            "Stat Server",
        ] {
            for room in [20.0, 40.0, 60.0] {
                assert!(width(&cut(text, room)) <= room + 0.1, "{text} in {room}");
            }
        }
        assert_eq!(cut("short", 100.0), "short");
    }

    #[test]
    fn text_of_others_stays_text() {
        assert_eq!(escaped("<a b='\"'>&"), "&lt;a b=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(
            escaped("a\u{202e}b\u{1}\u{ffff}"),
            "a\\u{202e}b\\u{1}\\u{ffff}"
        );
    }
}
