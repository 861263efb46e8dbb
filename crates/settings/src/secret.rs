//! Texts that must stand in no output: passwords, and every option value until it is known to be none.
//!
//! Invariant: the text leaves by [`Secret::expose`] alone.

use std::fmt;

use zeroize::Zeroizing;

/// A text that no log, finding or listing shows; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text in.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text itself. Search for callers to audit.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What stands in listings instead of a secret.
pub const HIDDEN: &str = "(hidden)";

/// `line` with everything after a word that ends in `password` covered by `*`, blanks kept.
///
/// For whoever shows a line of a fleet file: the columns of a mark under it stay right.
#[must_use]
pub fn redact_line(line: &str) -> String {
    const WORD: &str = "password";
    let lower = line.to_ascii_lowercase();
    let Some(start) = lower.find(WORD) else {
        return line.to_owned();
    };
    let (shown, covered) = line
        .split_at_checked(start + WORD.len())
        .unwrap_or((line, ""));
    let covered = covered.chars().map(|c| match c {
        ' ' | '\t' | '=' => c,
        _ => '*',
    });
    shown.chars().chain(covered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(..)");
    }

    #[track_caller]
    fn check(line: &str, want: &str) {
        assert_eq!(redact_line(line), want);
    }

    #[test]
    fn lines_lose_their_passwords_and_keep_their_columns() {
        check("certificate = \"/a\"", "certificate = \"/a\"");
        check("keystore-password = \"ab c\"", "keystore-password = *** **");
        check(
            "transport = \"tls=1;Keystore-Password=ü\"",
            "transport = \"tls=1;Keystore-Password=**",
        );
        check("password", "password");
    }
}
