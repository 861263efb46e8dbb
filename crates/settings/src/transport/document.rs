//! Transport parameters that can be changed: one value at a time, the rest as it was written.
//!
//! Invariant: what was not changed is written back byte for byte, also what no system would read.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::{has_blank, parts};

/// A string of transport parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct TransportParameters(Zeroizing<String>);

/// A parameter cannot be written as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameter {
    /// The name is empty or has a blank at an end, a `;`, a `=` or a control character.
    #[error(
        "a name must not be empty, begin or end with a blank, or have ;, = or a control character in it"
    )]
    Name,
    /// The value has a blank at an end, a `;` or a control character; it is not repeated, since it may be a password.
    #[error("a value must not begin or end with a blank, or have ; or a control character in it")]
    Value,
}

impl TransportParameters {
    /// Takes a string as it is written; every string is one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The string. There may be passwords in it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value of the entry that counts for `name`: the first without a blank beside its `;` or `=`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.found(name).and_then(|entry| self.0.get(entry.value))
    }

    /// Sets `name`: the characters of its value are replaced, or the entry is added at the end.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] where those systems would read something else.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidParameter> {
        let allowed = |text: &str| {
            !has_blank(text) && !text.contains(';') && !text.contains(char::is_control)
        };
        if name.is_empty() || name.contains('=') || !allowed(name) {
            return Err(InvalidParameter::Name);
        }
        if !allowed(value) {
            return Err(InvalidParameter::Value);
        }
        match self.found(name) {
            Some(entry) => self.0.replace_range(entry.value, value),
            None => {
                let between = if self.0.is_empty() || self.0.ends_with(';') {
                    ""
                } else {
                    ";"
                };
                let added = format!("{between}{name}={value}");
                self.0.push_str(&added);
            }
        }
        Ok(())
    }

    /// Takes out the entry that counts for `name`, with the `;` behind it, at the end with that before it. What an
    /// entry of the same name behind it says counts from then on.
    pub fn remove(&mut self, name: &str) {
        let Some(Found { entry, .. }) = self.found(name) else {
            return;
        };
        let text = &self.0;
        let range = if text
            .get(entry.end..)
            .is_some_and(|rest| rest.starts_with(';'))
        {
            entry.start..entry.end + 1
        } else if text
            .get(..entry.start)
            .is_some_and(|before| before.ends_with(';'))
        {
            entry.start - 1..entry.end
        } else {
            entry
        };
        self.0.replace_range(range, "");
    }

    fn found(&self, name: &str) -> Option<Found> {
        parts(&self.0).find_map(|(at, part)| {
            let (written, value) = part.split_once('=')?;
            let counts = written == name && !has_blank(written) && !has_blank(value);
            let end = at + part.len();
            counts.then(|| Found {
                entry: at..end,
                value: end - value.len()..end,
            })
        })
    }
}

/// Where an entry and its value stand.
struct Found {
    entry: Range<usize>,
    value: Range<usize>,
}

/// Shows nothing: a parameter may be a password.
impl fmt::Debug for TransportParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportParameters(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn set(text: &str, name: &str, value: &str, want: &str) {
        let mut parameters = TransportParameters::new(text);
        assert_eq!(parameters.as_str(), text);
        parameters.set(name, value).unwrap();
        assert_eq!(parameters.as_str(), want);
        assert_eq!(parameters.value(name), Some(value));
    }

    #[test]
    fn item_2_3_4_one_value_changes_and_nothing_else() {
        set(
            "tls=1;;tls-mutual=1;",
            "tls-mutual",
            "0",
            "tls=1;;tls-mutual=0;",
        );
        set("tls=1; tls=0 ;tls=0", "tls", "", "tls=; tls=0 ;tls=0");
        set("a=b=c;tls=1", "a", "d", "a=d;tls=1");
        // An entry with a blank does not count, so the right one is added and the wrong one stays.
        set("tls=1; crl=/a", "crl", "/b", "tls=1; crl=/a;crl=/b");
        set("tls", "tls", "1", "tls;tls=1");
        set("", "tls", "1", "tls=1");
        set("port=1;", "tls", "1", "port=1;tls=1");
    }

    #[test]
    fn what_would_be_read_otherwise_is_not_written() {
        let mut parameters = TransportParameters::new("tls=1");
        for name in ["", " tls", "a=b", "a;b", "a\nb"] {
            assert_eq!(parameters.set(name, "1"), Err(InvalidParameter::Name));
        }
        for value in [" 1", "1 ", "1;tls=0", "1\0"] {
            assert_eq!(parameters.set("tls", value), Err(InvalidParameter::Value));
        }
        assert_eq!(parameters.as_str(), "tls=1");
    }

    #[track_caller]
    fn remove(text: &str, want: &str) {
        let mut parameters = TransportParameters::new(text);
        parameters.remove("tls");
        assert_eq!(parameters.as_str(), want);
    }

    #[test]
    fn an_entry_goes_with_one_separator() {
        remove("tls=1", "");
        remove("tls=1;port=1", "port=1");
        remove("port=1;tls=1", "port=1");
        remove("a=1;tls=1;b=2", "a=1;b=2");
        remove("a=1;tls=1;tls=0", "a=1;tls=0");
        remove(" tls=1", " tls=1");
    }

    #[test]
    fn nothing_is_shown_of_them() {
        let parameters = TransportParameters::new("keystore-password=hunter2");
        assert_eq!(format!("{parameters:?}"), "TransportParameters(..)");
    }
}
