//! Text of others on a terminal: nothing in it may act there, hide, or show it in another order.

use trustpack_x509::name::is_misleading;

/// The text with control characters, but line breaks, and those that cannot be seen or that turn the
/// direction of writing written as `\u{..}`.
///
/// Source: Unicode Standard Annex 9, section 2, for the latter (see also CVE-2021-42574).
pub(crate) fn harmless(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if (character.is_control() && character != '\n') || is_misleading(character) {
            result.extend(character.escape_unicode());
        } else {
            result.push(character);
        }
    }
    result
}

/// The same where only one line is allowed: line breaks are written as `\n`.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        assert_eq!(harmless("a\n\"ä\""), "a\n\"ä\"");
        assert_eq!(harmless("\u{1b}]0;x\u{7}"), "\\u{1b}]0;x\\u{7}");
        assert_eq!(harmless("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(harmless("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(harmless("a\u{200b}b"), "a\\u{200b}b");
        assert_eq!(one_line("a\n\u{1b}b"), "a\\n\\u{1b}b");
    }
}
