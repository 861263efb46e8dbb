//! What the targets share: what is asked of every error and of every text that people are shown.
//!
//! Not a reader and not a generator. Invariant: a target that fails does so by a panic, which the
//! fuzzer keeps as an input of its own.

pub mod der;
pub mod wishes;

use std::error::Error;

use trustpack_keystore::contents::{self, Contents};
use trustpack_keystore::password::Passwords;

/// Longest message: a text of the input is quoted shortened, never whole.
const MAX_MESSAGE_BYTES: usize = 4096;

/// The error and all its causes are sentences that a terminal can show.
pub fn check_error(error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        check_text(&error.to_string());
        next = error.source();
    }
}

/// A message: not empty, not endless, no control characters and nothing that turns the text around.
pub fn check_text(message: &str) {
    assert!(!message.is_empty(), "an empty message");
    assert!(
        message.len() <= MAX_MESSAGE_BYTES,
        "a message of {} octets: {:?}",
        message.len(),
        message.chars().take(200).collect::<String>()
    );
    // Every run comes here many times, and nearly always with plain text.
    if message.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return;
    }
    let bad = |c: &char| c.is_control() || trustpack_x509::name::is_misleading(*c);
    assert!(
        !message.chars().any(|c| bad(&c)),
        "raw characters: {message:?}"
    );
}

/// What is said of an outcome; the value is handed on.
pub fn checked<T, E: Error + 'static>(outcome: Result<T, E>) -> Option<T> {
    outcome.inspect_err(|error| check_error(error)).ok()
}

/// A file of any format, looked at, with its malformed certificates in their places; whoever would use it gets it only
/// without such.
pub fn looked_at(file: &[u8], passwords: &Passwords) -> Option<Contents> {
    let contents = checked(contents::look(file, passwords))?;
    if contents.malformed.is_empty() {
        return Some(contents);
    }
    let all = contents.certificates.len() + contents.malformed.len();
    assert_eq!(contents.danger_all().len(), all);
    let read = checked(contents::read(file, passwords));
    assert!(read.is_none(), "malformed certificates are read");
    Some(contents)
}
