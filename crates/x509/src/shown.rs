//! Text of others as a message repeats it.
//!
//! Not a whole text on a terminal; that is [`printable`](crate::name::printable). Invariant: it is no longer than was
//! said, and nothing in it acts on a terminal or ends the quotes around it.

/// The first characters of a text, so many at most, with quotes, control characters and those that are not seen
/// written as escapes.
#[must_use]
pub fn shown(text: &str, most: usize) -> String {
    let first = text.chars().take(most);
    first.flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_cut_and_does_not_act() {
        assert_eq!(shown("a\"b\u{1b}[31m\u{202e}\nc", 8), "a\\\"b\\u{1b}[31m");
        assert_eq!(shown("\u{202e}\n", 8), "\\u{202e}\\n");
        assert_eq!(shown("ä", 40), "ä");
    }
}
