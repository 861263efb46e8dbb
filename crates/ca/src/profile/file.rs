//! The file with the profiles of a site: `[profile.NAME]` tables in TOML.
//!
//! Read strictly: an unknown key, a value that means nothing, a name that is taken are errors, and all
//! of them are told, each with its place. Invariant: a file with an error gives no profile at all.

use std::fmt;

use toml_parser::decoder::{IntegerRadix, ScalarKind};
use trustpack_x509::extension::{KeyUse, Purpose};

use super::events::{self, Bytes, Entry, MAX_PROBLEMS, Problem, Scalar, Table, Value};
use super::{HostProfile, ProfileName, Profiles, Wildcards, built_in, words};
use crate::lifetime::Lifetime;
use crate::subtree::{Subtree, constraints};

/// Octets of a profile file: our own limit, far above that of any site.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;

/// One error of a profile file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// A text is no profile file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidProfiles {
    mistakes: Vec<Mistake>,
}

impl InvalidProfiles {
    /// Everything that is wrong, in the order of the text; at least one thing.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl Profiles {
    /// The built-in profiles and those of a file.
    ///
    /// # Errors
    ///
    /// [`InvalidProfiles`] with every mistake in it.
    pub fn with_file(text: &str) -> Result<Self, InvalidProfiles> {
        if text.len() > MAX_FILE_BYTES {
            let found = text.len();
            let message =
                format!("the file has {found} bytes; at most {MAX_FILE_BYTES} are allowed");
            let bytes = 0..0;
            return Err(invalid(text, vec![Problem { bytes, message }]));
        }
        let (tables, mut problems) = events::read(text.trim_start_matches('\u{feff}'));
        let mut profiles = Self::built_in();
        for table in &tables {
            let mut reader = Reader {
                table,
                problems: &mut problems,
            };
            let Some(profile) = reader.profile() else {
                continue;
            };
            let name = profile.name.clone();
            if built_in::is(&name) || &*name.0 == built_in::CA {
                reader.wrong(
                    &table.bytes,
                    format!("the profile \"{name}\" is built in; choose another name"),
                );
            } else if profiles.0.insert(name.clone(), profile).is_some() {
                reader.wrong(
                    &table.bytes,
                    format!("the profile \"{name}\" stands there twice"),
                );
            }
        }
        if problems.is_empty() {
            Ok(profiles)
        } else {
            Err(invalid(text, problems))
        }
    }
}

/// Reads one table.
struct Reader<'a> {
    table: &'a Table,
    problems: &'a mut Vec<Problem>,
}

/// Why a value cannot be used: where, and what is wrong.
type Wrong = (Bytes, String);

impl Reader<'_> {
    /// The profile of a table; none if the table is none.
    fn profile(&mut self) -> Option<HostProfile> {
        let name = self.name()?;
        let mut profile = HostProfile {
            name,
            purposes: Vec::new(),
            key_uses: built_in::KEY_USES.to_vec(),
            lifetime: Lifetime::HOST,
            max_lifetime: None,
            names: None,
            wildcards: Wildcards::Allowed,
        };
        let [mut permitted, mut excluded] = [const { Vec::new() }; 2];
        let mut lifetime = None;
        let entries = &self.table.entries;
        for (index, entry) in entries.iter().enumerate() {
            let earlier = entries.iter().take(index);
            if earlier.clone().any(|other| other.key == entry.key) {
                self.wrong(
                    &entry.key_bytes,
                    format!("the key \"{}\" stands there twice", shown(&entry.key)),
                );
                continue;
            }
            let read = match entry.key.as_str() {
                "purposes" => list(entry, purpose).map(|found| profile.purposes = found),
                "key-usage" => list(entry, key_use).map(|found| profile.key_uses = found),
                "days" => days(entry).map(|found| lifetime = Some(found)),
                "max-days" => days(entry).map(|found| profile.max_lifetime = Some(found)),
                "permit" => list(entry, subtree).map(|found| permitted = found),
                "exclude" => list(entry, subtree).map(|found| excluded = found),
                "wildcards" => truth(entry).map(|found| profile.wildcards = found),
                other => Err((
                    entry.key_bytes.clone(),
                    format!(
                        "\"{}\" is no key of a profile; allowed are purposes, key-usage, days, \
                         max-days, permit, exclude, wildcards",
                        shown(other)
                    ),
                )),
            };
            if let Err((bytes, message)) = read {
                self.wrong(&bytes, message);
            }
        }
        if !entries.iter().any(|entry| entry.key == "purposes") {
            self.wrong(&self.table.bytes, "the profile has no purposes".to_owned());
        }
        self.set_lifetime(&mut profile, lifetime);
        profile.names = constraints(&permitted, &excluded);
        Some(profile)
    }

    fn name(&mut self) -> Option<ProfileName> {
        let table = self.table;
        match table.path.as_slice() {
            [] => {
                if let Some(entry) = table.entries.first() {
                    let message = "keys stand below the header of a profile, [profile.NAME]";
                    self.wrong(&entry.key_bytes, message.to_owned());
                }
                None
            }
            [kind, name] if kind == "profile" => match name.parse() {
                Ok(name) => Some(name),
                Err(error) => {
                    let error: super::InvalidProfileName = error;
                    self.wrong(&table.bytes, error.to_string());
                    None
                }
            },
            _ => {
                let message = "this is no table of a profile; write [profile.NAME]";
                self.wrong(&table.bytes, message.to_owned());
                None
            }
        }
    }

    /// The default may not be more than the maximum; where only that is said, it bounds the default.
    fn set_lifetime(&mut self, profile: &mut HostProfile, asked: Option<Lifetime>) {
        let maximum = profile.max_lifetime;
        profile.lifetime = asked.unwrap_or_else(|| {
            maximum.map_or(Lifetime::HOST, |maximum| maximum.min(Lifetime::HOST))
        });
        if let Some(maximum) = maximum
            && profile.lifetime > maximum
        {
            let message = format!(
                "days is {}, more than max-days, {}",
                profile.lifetime.days(),
                maximum.days()
            );
            self.wrong(&self.table.bytes, message);
        }
    }

    fn wrong(&mut self, bytes: &Bytes, message: String) {
        self.problems.push(Problem {
            bytes: bytes.clone(),
            message,
        });
    }
}

/// A list of strings, each once, each read by `read`; not empty.
fn list<T: PartialEq>(entry: &Entry, read: fn(&str) -> Result<T, String>) -> Result<Vec<T>, Wrong> {
    let wrong = |message: &str| {
        let message = format!("{} {message}", entry.key);
        Err((entry.key_bytes.clone(), message))
    };
    let Value::List(scalars) = &entry.value else {
        return wrong("must be a list of strings in brackets");
    };
    if scalars.is_empty() {
        return wrong("is an empty list; leave the key out or name something");
    }
    let mut values = Vec::new();
    for scalar in scalars {
        if scalar.kind != ScalarKind::String {
            let message = format!("{} is no string; put it in quotes", shown(&scalar.text));
            return Err((scalar.bytes.clone(), message));
        }
        let value = read(&scalar.text).map_err(|message| (scalar.bytes.clone(), message))?;
        if values.contains(&value) {
            let message = format!("\"{}\" stands there twice", shown(&scalar.text));
            return Err((scalar.bytes.clone(), message));
        }
        values.push(value);
    }
    Ok(values)
}

fn purpose(text: &str) -> Result<Purpose, String> {
    words::purpose(text).map_err(|error| error.to_string())
}

fn key_use(text: &str) -> Result<KeyUse, String> {
    words::key_use(text).ok_or_else(|| {
        let allowed = words::HOST_KEY_USES.map(|key_use| key_use.to_string());
        format!(
            "\"{}\" is no use of a host's key; allowed are {}",
            shown(text),
            allowed.join(", ")
        )
    })
}

fn subtree(text: &str) -> Result<Subtree, String> {
    text.parse()
        .map_err(|error: crate::subtree::InvalidSubtree| error.to_string())
}

fn days(entry: &Entry) -> Result<Lifetime, Wrong> {
    let scalar = one(entry, "a number of days")?;
    let is_decimal = scalar.kind == ScalarKind::Integer(IntegerRadix::Dec);
    let digits = is_decimal.then(|| scalar.text.replace('_', ""));
    let number = digits.and_then(|digits| digits.parse::<u64>().ok());
    let number = number.ok_or_else(|| {
        let message = format!(
            "{} is \"{}\"; it must be a whole number of days",
            entry.key,
            shown(&scalar.text)
        );
        (scalar.bytes.clone(), message)
    })?;
    Lifetime::from_days(number).map_err(|error| (scalar.bytes.clone(), error.to_string()))
}

fn truth(entry: &Entry) -> Result<Wildcards, Wrong> {
    let scalar = one(entry, "true or false")?;
    match () {
        () if scalar.kind == ScalarKind::Boolean(true) => Ok(Wildcards::Allowed),
        () if scalar.kind == ScalarKind::Boolean(false) => Ok(Wildcards::Refused),
        () => {
            let message = format!(
                "{} is \"{}\"; it must be true or false, without quotes",
                entry.key,
                shown(&scalar.text)
            );
            Err((scalar.bytes.clone(), message))
        }
    }
}

fn one<'e>(entry: &'e Entry, what: &str) -> Result<&'e Scalar, Wrong> {
    match &entry.value {
        Value::One(scalar) => Ok(scalar),
        Value::List(_) => Err((
            entry.key_bytes.clone(),
            format!("{} must be {what}, not a list", entry.key),
        )),
    }
}

/// The start of a text of the file, without what would act on a terminal.
fn shown(text: &str) -> String {
    trustpack_x509::shown::shown(text, 60)
}

/// The problems in the order of the text, with lines and columns.
fn invalid(text: &str, mut problems: Vec<Problem>) -> InvalidProfiles {
    let text = text.trim_start_matches('\u{feff}');
    problems.sort_by_key(|problem| problem.bytes.start);
    // What cannot be read means nothing either: that is one mistake.
    problems.dedup_by_key(|problem| problem.bytes.start);
    problems.truncate(MAX_PROBLEMS);
    let mistakes = problems
        .into_iter()
        .map(|problem| {
            let before = text.get(..problem.bytes.start).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let in_line = before.get(line_start..).unwrap_or_default();
            Mistake {
                line: before.matches('\n').count() + 1,
                column: in_line.chars().count() + 1,
                message: problem.message,
            }
        })
        .collect();
    InvalidProfiles { mistakes }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl fmt::Display for InvalidProfiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
