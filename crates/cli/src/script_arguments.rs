//! The one-dash long options of the documented scripts (`-keySz 2048`), for a parser that knows two.
//!
//! Only exact names of the script's own options are changed, and never the value behind one, so that
//! `-OU -CN` stays what the caller wrote.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// The arguments with `-name` of a long option turned into `--name`.
pub(crate) fn with_double_dashes(script: &Command, arguments: &[OsString]) -> Vec<OsString> {
    let mut result = Vec::with_capacity(arguments.len());
    let mut value_follows = false;
    for argument in arguments {
        let option = if value_follows {
            None
        } else {
            option_of(script, argument)
        };
        value_follows = option.is_some_and(|option| option.get_action().takes_values());
        let long = option.and_then(Arg::get_long);
        let one_dash = argument
            .to_str()
            .is_some_and(|text| !text.starts_with("--"));
        result.push(match long {
            Some(long) if one_dash && argument.len() > 2 => OsString::from(format!("--{long}")),
            _ => argument.clone(),
        });
    }
    result
}

/// The option that an argument names, with one dash or two.
fn option_of<'a>(script: &'a Command, argument: &OsStr) -> Option<&'a Arg> {
    let text = argument.to_str()?;
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    script.get_arguments().find(|option| {
        option.get_long() == Some(name)
            || option
                .get_short()
                .is_some_and(|short| name.chars().eq([short]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_and_values_do_not() {
        let script = Command::new("s")
            .arg(Arg::new("keySz").long("keySz"))
            .arg(Arg::new("OU").long("OU"))
            .arg(Arg::new("O").short('O'))
            .arg(Arg::new("q").long("quiet").action(clap::ArgAction::SetTrue));
        let check = |input: &[&str], want: &[&str]| {
            let input: Vec<OsString> = input.iter().map(OsString::from).collect();
            assert_eq!(with_double_dashes(&script, &input), want);
        };
        check(&["s", "-keySz", "2048"], &["s", "--keySz", "2048"]);
        check(&["s", "-OU", "-keySz"], &["s", "--OU", "-keySz"]);
        check(&["s", "-O", "-OU"], &["s", "-O", "-OU"]);
        check(&["s", "-quiet", "-OU", "x"], &["s", "--quiet", "--OU", "x"]);
        check(&["s", "--keySz", "-OU"], &["s", "--keySz", "-OU"]);
        check(&["s", "-nonsense"], &["s", "-nonsense"]);
    }
}
