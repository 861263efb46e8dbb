//! Text of others on a terminal: nothing in it may act there, or show it in another order.

/// The text with control characters, but line breaks, and those that turn the direction of writing
/// written as `\u{..}`.
///
/// Source: Unicode Standard Annex 9, section 2, for the latter (see also CVE-2021-42574).
pub(crate) fn harmless(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character,
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if (character.is_control() && character != '\n') || turns {
            result.extend(character.escape_unicode());
        } else {
            result.push(character);
        }
    }
    result
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
    }
}
