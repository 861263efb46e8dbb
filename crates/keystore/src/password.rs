//! Passwords of keys and key stores.
//!
//! Not where they come from: terminal, file and environment are the command line's.
//! Invariant: no text of a password is printed, and it is wiped on drop.

use std::fmt;

use zeroize::Zeroizing;

/// A password that opens or closes a key or a key store.
///
/// The empty password is one too: many PFX files have it.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why the contents of a password file are no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPasswordFile {
    /// The bytes are not UTF-8.
    #[error("the password file is not UTF-8 text")]
    NotUtf8,
    /// There is text after the first line.
    #[error("the password file has more than one line; it must hold the password and nothing else")]
    SeveralLines,
    /// There are more passwords than are tried.
    #[error(
        "the password file has {found} lines; it may hold the password of the file and one for each key that has its \
         own, no more than {MAX_PASSWORDS}"
    )]
    TooMany {
        /// The number of its lines.
        found: usize,
    },
}

/// Passwords of one file. Source: our own choice; each is tried at each key that the ones before do not open, and stores
/// with more than a few keys have one password.
pub(crate) const MAX_PASSWORDS: usize = 16;

impl Password {
    /// Takes the text as it is, blanks included.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The password with no characters.
    #[must_use]
    pub fn empty() -> Self {
        Self::new(String::new())
    }

    /// The password that a password file holds: its only line, without the line end.
    ///
    /// # Errors
    ///
    /// When the file is not UTF-8 or has a second line.
    pub fn from_file_contents(contents: &[u8]) -> Result<Self, InvalidPasswordFile> {
        let text = std::str::from_utf8(contents).map_err(|_| InvalidPasswordFile::NotUtf8)?;
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(['\n', '\r']) {
            return Err(InvalidPasswordFile::SeveralLines);
        }
        Ok(Self::new(line))
    }

    /// Whether it has no characters.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every program can type it: Java 17 opens no PKCS#12 file with another password.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// The text itself. Search for callers to audit.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The passwords that a reader may try, in their order.
///
/// A reader also tries the empty password and, where a format knows that, none at all: what other
/// programs write without being asked for a password has one of the two.
#[derive(Clone, Debug, Default)]
pub struct Passwords(Vec<Password>);

impl Passwords {
    /// No password was given.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The passwords that a password file holds, a line each: that of the file that they open, then those of keys in it
    /// that have their own.
    ///
    /// # Errors
    ///
    /// When the file is not UTF-8 or has more than 16 lines.
    pub fn from_file_contents(contents: &[u8]) -> Result<Self, InvalidPasswordFile> {
        let text = std::str::from_utf8(contents).map_err(|_| InvalidPasswordFile::NotUtf8)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let lines = || text.split('\n');
        match lines().count() {
            found if found > MAX_PASSWORDS => Err(InvalidPasswordFile::TooMany { found }),
            _ => Ok(lines()
                .map(|line| Password::new(line.strip_suffix('\r').unwrap_or(line)))
                .collect()),
        }
    }

    /// The one that was given first.
    #[must_use]
    pub fn first(&self) -> Option<&Password> {
        self.0.first()
    }

    /// Whether keys may have another one than the file.
    #[must_use]
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// Whether none was given: then what cannot be opened is locked, and no password is wrong.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that were given, then the empty one.
    pub(crate) fn attempts(&self) -> impl Iterator<Item = Password> + '_ {
        let empty = (!self.0.iter().any(Password::is_empty)).then(Password::empty);
        self.0.iter().cloned().chain(empty)
    }
}

impl FromIterator<Password> for Passwords {
    fn from_iter<T: IntoIterator<Item = Password>>(given: T) -> Self {
        Self(given.into_iter().collect())
    }
}

impl From<Password> for Passwords {
    fn from(given: Password) -> Self {
        Self(vec![given])
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(contents: &[u8], want: Result<&str, InvalidPasswordFile>) {
        let got = Password::from_file_contents(contents);
        assert_eq!(got.as_ref().map(Password::expose).map_err(|e| *e), want);
    }

    #[test]
    fn a_password_file_is_one_line() {
        check(b"secret\n", Ok("secret"));
        check(b"secret\r\n", Ok("secret"));
        check(b" two words ", Ok(" two words "));
        check(b"", Ok(""));
        check(b"a\nb\n", Err(InvalidPasswordFile::SeveralLines));
        check(b"a\n\n", Err(InvalidPasswordFile::SeveralLines));
        check(b"\xff", Err(InvalidPasswordFile::NotUtf8));
    }

    #[test]
    fn a_password_file_may_have_a_line_for_each_key() {
        let check = |contents: &[u8], want: &[&str]| {
            let got = Passwords::from_file_contents(contents).unwrap();
            let got: Vec<&str> = got.0.iter().map(Password::expose).collect();
            assert_eq!(got, want);
        };
        check(b"secret\n", &["secret"]);
        check(b"", &[""]);
        check(b"store\r\n key 1\r\nkey 2\n", &["store", " key 1", "key 2"]);
        assert_eq!(
            Passwords::from_file_contents("x\n".repeat(17).as_bytes()).unwrap_err(),
            InvalidPasswordFile::TooMany { found: 17 }
        );
        let latin = Passwords::from_file_contents(b"a\n\xff").unwrap_err();
        assert_eq!(latin, InvalidPasswordFile::NotUtf8);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Password::new("secret")), "Password(..)");
    }
}
