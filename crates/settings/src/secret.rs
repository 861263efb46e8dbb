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

/// What begins the marker line of a PEM block.
///
/// Source: RFC 7468 section 2.
pub(crate) const PEM_MARKER: &str = "-----BEGIN";

/// Whether a name, however it is spelt, may be that of a password: its value is then shown nowhere.
#[must_use]
pub fn may_be_password(name: &str) -> bool {
    password_word(name).is_some()
}

/// Whether a text may be a piece of a key: it has the marker of a PEM block, or a run of base64 in it.
///
/// A path is none, though its characters are those of base64: its parts are words.
#[must_use]
pub fn may_be_key_material(text: &str) -> bool {
    /// Shortest line of base64 alone that is covered; the last line of a key may be short. Our own limit.
    const MIN_LINE: usize = 16;
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    // A pasted line may stand in quotation marks, in an array or in a comment.
    let bare = text.trim_matches(|c: char| c.is_whitespace() || "\"'#,".contains(c));
    let only_base64 = bare.len() >= MIN_LINE && bare.chars().all(in_base64);
    // A number is none of a key, however long.
    let only_base64 = only_base64 && bare.contains(|c: char| c.is_ascii_alphabetic());
    let is_line =
        only_base64 && !bare.starts_with('/') && !bare.trim_end_matches('=').contains('=');
    text.contains(PEM_MARKER)
        || text.contains("-----END")
        || is_line
        || text.split(|c| !in_base64(c)).any(is_key_run)
}

/// `line` with everything after a name that [`may_be_password`] covered by `*`; blanks and `=` stay. Of a
/// line that [`may_be_key_material`] nothing is left uncovered.
///
/// For whoever shows a line of a fleet file: the columns of a mark under it stay right.
#[must_use]
pub fn redact_line(line: &str) -> String {
    if may_be_key_material(line) {
        return line.chars().map(covered).collect();
    }
    let Some(found) = password_word(line) else {
        return line.to_owned();
    };
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let rest = line.get(found..).unwrap_or_default();
    let name_end = rest
        .find(|c| !in_name(c))
        .map_or(line.len(), |length| found + length);
    let (shown, secret) = line.split_at_checked(name_end).unwrap_or(("", line));
    shown.chars().chain(secret.chars().map(covered)).collect()
}

/// What stands for a character of a secret.
fn covered(c: char) -> char {
    match c {
        ' ' | '\t' | '=' => c,
        _ => '*',
    }
}

/// Whether a run of base64 inside other text is too long and too mixed to be a name or a path.
fn is_key_run(run: &str) -> bool {
    /// Characters of a run of base64 from which it is covered as a key. Our own limit.
    const MIN_RUN: usize = 32;
    /// Characters of its longest part without a `/` from which it is covered. Our own limit.
    const MIN_PART: usize = 24;
    let has = |kind: fn(&char) -> bool| run.chars().any(|c| kind(&c));
    run.len() >= MIN_RUN
        && run.split('/').any(|part| part.len() >= MIN_PART)
        && has(char::is_ascii_digit)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
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

    #[track_caller]
    fn key(line: &str, covered: bool) {
        let shown = redact_line(line);
        assert_eq!(shown != line, covered, "{line}: {shown}");
        let left = shown.chars().any(char::is_alphanumeric);
        assert_eq!(left, !covered, "{line}: {shown}");
    }

    #[test]
    fn lines_of_keys_are_covered_whole_and_others_are_not() {
        const BODY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ5mY/2jD3jN4Rk0T";
        key("-----BEGIN PRIVATE KEY-----", true);
        key("  -----END PRIVATE KEY-----", true);
        key(BODY, true);
        key("AbCdEfGhIjKlMnO=", true);
        key(&format!("certificate-key = \"{BODY}\""), true);
        key(&format!("# \"{BODY}\","), true);
        key(
            "certificate = \"/etc/sec/certs/Production2/of-StatServer/host.pem\"",
            false,
        );
        key(
            "/opt/Genesys2/SecurityFiles/certificates/hostcert.pem",
            false,
        );
        key(
            "certificate = \"D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"",
            false,
        );
        key("certificate-source=\"application\"", false);
        key("[[application.connection]]", false);
        key("name=", false);
    }
}
