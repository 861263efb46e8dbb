//! Reads transport parameters, `name=value;name=value`.
//!
//! As the systems that read such strings do: an entry with a blank at its `;` or `=` does not count,
//! the first of two equal names wins. What an option means is not known here.
//! Invariant: every part between two `;` that is not empty gives one entry, up to [`MAX_PARAMETERS`]; the one behind them
//! says that there are more.

pub mod document;

use crate::fleet::{Entry, EntryForm};
use crate::secret::{HIDDEN, Secret, may_be_password};
use crate::span::Spot;

/// Most parameters of one string; the longest in use have some thirty. Our own limit, as a table of a fleet file has: each
/// parameter may have a finding of its own, and a string of some megabytes would make findings of a gigabyte.
pub const MAX_PARAMETERS: usize = 256;

/// Octets of a string that is shown mended as a whole; those in use have some hundred.
const MAX_MENDED: usize = 1_000;

/// The entries of `text`, in order. `spot` names where a range of bytes of it stands.
pub(crate) fn read(text: &str, spot: impl Fn(usize, usize) -> Spot) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut first_of: std::collections::BTreeMap<String, Spot> = std::collections::BTreeMap::new();
    for (at, part) in parts(text) {
        let end = at + part.len();
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let name_spot = spot(at, at + name.len());
        let form = if entries.len() == MAX_PARAMETERS {
            EntryForm::Beyond {
                count: parts(text).count(),
            }
        } else if has_blank(name) || has_blank(value) {
            EntryForm::Blank {
                // Each finding shows its own copy: of a long string only the entry, or a file of some
                // kilobytes would make findings of gigabytes.
                mended: mended(if text.len() > MAX_MENDED { part } else { text }),
            }
        } else if !part.contains('=') {
            EntryForm::NoValue
        } else if let Some(first) = first_of.get(name) {
            EntryForm::Repeated {
                first: first.clone(),
            }
        } else {
            first_of.insert(name.to_owned(), name_spot.clone());
            EntryForm::Good
        };
        let is_beyond = matches!(form, EntryForm::Beyond { .. });
        let value_start = if part.contains('=') {
            at + name.len() + 1
        } else {
            end
        };
        entries.push(Entry {
            name: name.to_owned(),
            name_spot,
            value: Secret::new(value),
            value_spot: spot(value_start, end),
            form,
        });
        if is_beyond {
            break;
        }
    }
    entries
}

/// The parts between two `;` that are not empty, each with where it begins.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    let parts = text.split(';').map(move |part| {
        let at = next;
        next += part.len() + 1;
        (at, part)
    });
    parts.filter(|(_, part)| !part.is_empty())
}

/// Whether a blank stands at an end, that is beside a `;`, a `=` or the end of the string.
fn has_blank(part: &str) -> bool {
    part.trim() != part
}

/// The whole string without the blanks, values of passwords hidden.
fn mended(text: &str) -> String {
    let parts = text
        .split(';')
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            match part.split_once('=') {
                None => part.trim().to_owned(),
                Some((name, value)) => {
                    let name = name.trim();
                    // A misspelt name may hide a password as well, so anything like it is covered.
                    let secret = may_be_password(name);
                    let value = if secret { HIDDEN } else { value.trim() };
                    format!("{name}={value}")
                }
            }
        });
    parts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_plain(text: &str) -> Vec<(String, String, EntryForm)> {
        read(text, |start, end| {
            Spot::Flag(format!("{start}..{end}").into())
        })
        .into_iter()
        .map(|e| (e.name, e.value.expose().to_owned(), e.form))
        .collect()
    }

    #[track_caller]
    fn check(text: &str, want: &[(&str, &str, EntryForm)]) {
        let want: Vec<_> = want
            .iter()
            .map(|(n, v, f)| ((*n).to_owned(), (*v).to_owned(), f.clone()))
            .collect();
        assert_eq!(read_plain(text), want, "{text}");
    }

    fn blank(mended: &str) -> EntryForm {
        EntryForm::Blank {
            mended: mended.to_owned(),
        }
    }

    #[test]
    fn of_a_long_string_only_the_entry_is_mended() {
        let text = "tls =1;".repeat(MAX_PARAMETERS);
        for (_, _, form) in read_plain(&text) {
            assert_eq!(form, blank("tls=1"));
        }
    }

    #[test]
    fn of_too_many_the_first_ones_are_read_and_the_others_counted() {
        let text = |count| "a=1;".repeat(count);
        assert_eq!(read_plain(&text(MAX_PARAMETERS)).len(), MAX_PARAMETERS);
        let entries = read_plain(&text(1_000_000));
        assert_eq!(entries.len(), MAX_PARAMETERS + 1);
        let beyond = EntryForm::Beyond { count: 1_000_000 };
        assert_eq!(entries[MAX_PARAMETERS].2, beyond);
    }

    #[test]
    fn entries_are_read_as_other_systems_read_them() {
        use EntryForm::{Good, NoValue, Repeated};
        check("", &[]);
        check(";;", &[]);
        check(
            "tls=1;tls-mutual=1;",
            &[("tls", "1", Good), ("tls-mutual", "1", Good)],
        );
        check("a=b=c", &[("a", "b=c", Good)]);
        check("crl=", &[("crl", "", Good)]);
        check("tls", &[("tls", "", NoValue)]);
        check("cipher-list=A B", &[("cipher-list", "A B", Good)]);
        let first = Spot::Flag("0..3".into());
        check(
            "tls=1;tls=0",
            &[("tls", "1", Good), ("tls", "0", Repeated { first })],
        );
    }

    #[test]
    fn an_entry_with_a_blank_does_not_count_and_the_mended_string_is_given() {
        let mended = || blank("tls=1;tls-mutual=1");
        check(
            "tls=1; tls-mutual=1",
            &[
                ("tls", "1", EntryForm::Good),
                (" tls-mutual", "1", mended()),
            ],
        );
        check(
            "tls =1;tls-mutual= 1 ",
            &[("tls ", "1", mended()), ("tls-mutual", " 1 ", mended())],
        );
        check(
            "tls=1; ",
            &[("tls", "1", EntryForm::Good), (" ", "", blank("tls=1"))],
        );
    }

    #[test]
    fn a_mended_string_shows_no_password() {
        let entries = read_plain("tls=1; keystore-password=hunter2;keystore-pasword= hunter2");
        assert!(!format!("{:?}", entries[1].2).contains("hunter2"));
        assert!(format!("{:?}", entries[1].2).contains("keystore-password=(hidden)"));
    }
}
