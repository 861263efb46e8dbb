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

/// Whether a name, however it is spelt, may be that of a password: its value is then shown nowhere.
#[must_use]
pub fn may_be_password(name: &str) -> bool {
    password_word(name).is_some()
}

/// `line` with everything after a name that [`may_be_password`] covered by `*`; blanks and `=` stay.
///
/// For whoever shows a line of a fleet file: the columns of a mark under it stay right.
#[must_use]
pub fn redact_line(line: &str) -> String {
    let Some(found) = password_word(line) else {
        return line.to_owned();
    };
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let rest = line.get(found..).unwrap_or_default();
    let name_end = rest
        .find(|c| !in_name(c))
        .map_or(line.len(), |length| found + length);
    let (shown, covered) = line.split_at_checked(name_end).unwrap_or(("", line));
    let covered = covered.chars().map(|c| match c {
        ' ' | '\t' | '=' => c,
        _ => '*',
    });
    shown.chars().chain(covered).collect()
}

/// Where a piece stands that names of passwords have, also misspelt ones.
fn password_word(text: &str) -> Option<usize> {
    const PIECES: [&str; 4] = ["pas", "pwd", "psw", "word"];
    let lower = text.to_ascii_lowercase();
    PIECES.iter().filter_map(|piece| lower.find(piece)).min()
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
        check("keystore-pasword = \"x\"", "keystore-pasword = ***");
        check("tls=1;keystorepwd=x;tls=0", "tls=1;keystorepwd=*****=*");
    }
}
