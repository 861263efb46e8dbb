//! The one-dash long options of the documented scripts (`-keySz 2048`), for a parser that knows two.
//!
//! A value behind an option stays what the caller wrote (`-OU -CN`); what the parser says is shown
//! with one dash again.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};

/// The arguments with `-name` of a long option, known or not, turned into `--name`.
pub(crate) fn with_double_dashes(script: &Command, arguments: &[OsString]) -> Vec<OsString> {
    let mut result = Vec::with_capacity(arguments.len());
    let mut is_value = true; // the name of the program
    for argument in arguments {
        let name = if is_value { None } else { long_name(argument) };
        let option = if is_value {
            None
        } else {
            option_of(script, argument)
        };
        is_value = option.is_some_and(|option| option.get_action().takes_values());
        result.push(name.map_or_else(|| argument.clone(), |name| format!("--{name}").into()));
    }
    result
}

/// What is said of a script, with its options as they are written, also those of `arguments` that it does not have.
/// Values stay what the caller wrote: `xn--a` is no option.
pub(crate) fn with_single_dashes(text: &str, script: &Command, arguments: &[OsString]) -> String {
    let typed = arguments.iter().filter_map(|argument| {
        let name = argument.to_str()?.strip_prefix("--")?;
        Some(name.split('=').next().unwrap_or(name))
    });
    // What the parser adds itself.
    let own = script
        .get_arguments()
        .filter_map(Arg::get_long)
        .chain(["help", "version"]);
    let names: Vec<&str> = own.chain(typed).collect();
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("--") {
        let in_a_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = after.find(|c| !in_a_word(c)).unwrap_or(after.len());
        let begins_word = !before.ends_with(in_a_word);
        let name = after.get(..end).unwrap_or_default();
        result.push_str(before);
        result.push_str(match begins_word && names.contains(&name) {
            true => "-",
            false => "--",
        });
        rest = after;
    }
    result + rest
}

/// The name behind the one dash of an argument that is longer than a letter.
fn long_name(argument: &OsStr) -> Option<&str> {
    let name = argument.to_str()?.strip_prefix('-')?;
    let second = name.chars().nth(1);
    // Behind one letter and an equals sign is the value of that letter, as in -O=-x.
    (second.is_some() && second != Some('=') && !name.starts_with('-')).then_some(name)
}

/// The option that an argument names, with one dash or two.
fn option_of<'a>(script: &'a Command, argument: &OsStr) -> Option<&'a Arg> {
    let text = argument.to_str()?;
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    let is_short = |short: char| name.chars().eq([short]);
    script
        .get_arguments()
        .find(|option| option.get_long() == Some(name) || option.get_short().is_some_and(is_short))
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
        check(&["s", "-nonsense"], &["s", "--nonsense"]);
        check(&["-s", "-h", "-"], &["-s", "-h", "-"]);
        // A short option takes no value that is joined to it: that is a long one, known or not.
        check(&["s", "-OU=x", "-Ox"], &["s", "--OU=x", "--Ox"]);
        check(&["s", "-hots"], &["s", "--hots"]);
        check(&["s", "-O=-x"], &["s", "-O=-x"]);
    }

    #[test]
    fn options_are_shown_with_one_dash_and_values_as_they_are() {
        let script = Command::new("s").arg(Arg::new("keySz").long("keySz"));
        let typed = ["s", "--hots", "--hots=x", "xn--a"].map(OsString::from);
        for (text, want) in [
            (
                "use --keySz -- or '--help' -x",
                "use -keySz -- or '-help' -x",
            ),
            (
                "unexpected argument '--hots' found",
                "unexpected argument '-hots' found",
            ),
            ("--keySz=--keySz <BITS>", "-keySz=-keySz <BITS>"),
            (
                "'xn--a.example.com' for '--keySz'",
                "'xn--a.example.com' for '-keySz'",
            ),
            (
                "bad--keySz x, a--b c@d.example",
                "bad--keySz x, a--b c@d.example",
            ),
            (
                "--keySzes --unknown ---keySz --",
                "--keySzes --unknown ---keySz --",
            ),
            ("", ""),
        ] {
            assert_eq!(with_single_dashes(text, &script, &typed), want);
        }
    }
}
