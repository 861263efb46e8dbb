//! The variables of environment files that say TLS options.
//!
//! Each option's variable is its name in capitals with `_` for `-`: `TRUSTED_CA`, `TLS_CRL`. Every other variable belongs
//! to the program alone. Invariant: two options have never one variable.

use super::Form;
use crate::options::OPTIONS;

/// The option that a variable sets, in the spelling of the options table.
pub(super) fn option_of(form: Form, variable: &str) -> Option<&'static str> {
    let key = key(form, variable);
    names().find(|option| variable_of(option) == key)
}

/// Names of options and aliases.
fn names() -> impl Iterator<Item = &'static str> {
    OPTIONS
        .iter()
        .flat_map(|row| [Some(row.name), row.alias])
        .flatten()
}

/// The variable of an option.
pub(super) fn variable_of(option: &str) -> String {
    option.to_ascii_uppercase().replace('-', "_")
}

/// A name as names are compared: Windows takes those of variables in either case.
pub(super) fn key(form: Form, name: &str) -> String {
    match form {
        Form::Ini | Form::Shell => name.to_owned(),
        Form::Batch => name.to_ascii_uppercase(),
    }
}

/// The variable that was probably meant by one that says no option. Short names are those of too many other things.
pub(super) fn nearest(variable: &str) -> Option<String> {
    /// Shortest variable that something can be near to. Our own limit: `URL` is not meant to be `CRL`.
    const MIN: usize = 8;
    /// Longest variable that is looked at; that of no option is near to it.
    const MAX: usize = 40;
    if !(MIN - 2..=MAX).contains(&variable.len()) {
        return None;
    }
    let variables: Vec<String> = names()
        .map(variable_of)
        .filter(|name| name.len() >= MIN)
        .collect();
    let known = || variables.iter().map(String::as_str);
    let nearest = known()
        .find(|name| name.eq_ignore_ascii_case(variable))
        .or_else(|| crate::spelling::nearest(variable, known()));
    nearest.map(ToOwned::to_owned)
}
