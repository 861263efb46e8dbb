//! A mistake in the command line, as the parser reports it, made fit to be shown.
//!
//! The parser repeats what it was given as it was given. Invariant: of that, only the beginning is
//! shown, and nothing in it acts on a terminal or starts a line of its own.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use trustpack_x509::name::is_misleading;

/// Characters of an argument that a mistake repeats.
const SHOWN: usize = 80;
/// Where the parser puts words of the caller.
const OF_THE_CALLER: [ContextKind; 4] = [
    ContextKind::InvalidArg,
    ContextKind::InvalidSubcommand,
    ContextKind::InvalidValue,
    ContextKind::TrailingArg,
];

/// The parser's advice where an option is not known.
const AS_A_VALUE: &str = "as a value, use";

/// The same mistake, the caller's words in it harmless and short, with what to do about a value that was taken for an option.
pub(crate) fn harmless(
    mut mistake: clap::Error,
    command: &Command,
    arguments: &[OsString],
) -> clap::Error {
    let joined = joined_value(&mistake, command, arguments);
    // Nobody who mistypes an option means it as a value.
    let advice = mistake.get(ContextKind::Suggested);
    if let Some(ContextValue::StyledStrs(sentences)) = advice
        && sentences
            .iter()
            .any(|sentence| sentence.to_string().contains(AS_A_VALUE))
    {
        mistake.remove(ContextKind::Suggested);
    }
    for kind in OF_THE_CALLER {
        let Some(ContextValue::String(words)) = mistake.get(kind) else {
            continue;
        };
        let shown = shown(words);
        if shown != *words {
            mistake.insert(kind, ContextValue::String(shown));
            // Advice may repeat the words too, inside of a sentence.
            mistake.remove(ContextKind::Suggested);
        }
    }
    if let Some(joined) = joined {
        let advice =
            format!("a value that begins with a dash is joined to its option by =: {joined}");
        let advice = ContextValue::StyledStrs(vec![StyledStr::from(advice)]);
        mistake.insert(ContextKind::Suggested, advice);
    }
    mistake
}

/// How the option is written that stands before the word that is none.
fn joined_value(
    mistake: &clap::Error,
    command: &Command,
    arguments: &[OsString],
) -> Option<String> {
    let Some(ContextValue::String(found)) = mistake.get(ContextKind::InvalidArg) else {
        return None;
    };
    if mistake.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    arguments.windows(2).find_map(|pair| {
        let [option, value] = pair else {
            return None;
        };
        let (option, value) = (option.to_str()?, value.to_str()?);
        (value.starts_with(found) && takes_value(command, option))
            .then(|| format!("{option}={}", shown(value)))
    })
}

/// Whether a word is an option with a value, of this command or one below it.
fn takes_value(command: &Command, word: &str) -> bool {
    let is_meant = |option: &Arg| {
        let long = word.strip_prefix("--");
        let short = word.strip_prefix('-').map(|name| name.chars());
        option.get_action().takes_values()
            && (long.is_some_and(|name| option.get_long() == Some(name))
                || option
                    .get_short()
                    .is_some_and(|letter| short.is_some_and(|name| name.eq([letter]))))
    };
    command.get_arguments().any(is_meant)
        || command
            .get_subcommands()
            .any(|below| takes_value(below, word))
}

fn shown(words: &str) -> String {
    let mut text = String::new();
    for character in words.chars().take(SHOWN) {
        if character.is_control() || is_misleading(character) {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    if words.chars().nth(SHOWN).is_some() {
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> String {
        let number = Arg::new("n")
            .long("n")
            .value_parser(clap::value_parser!(u8));
        let inner = Command::new("inner");
        let command = Command::new("test")
            .arg(number)
            .subcommand(inner)
            .subcommand_required(true);
        let all = std::iter::once(&"test").chain(arguments);
        let all: Vec<OsString> = all.map(OsString::from).collect();
        let mistake = command.clone().try_get_matches_from(&all).unwrap_err();
        harmless(mistake, &command, &all).render().to_string()
    }

    #[test]
    fn nothing_that_was_typed_acts_or_is_long() {
        let words = "a\n\u{1b}[31m\u{202e}\u{200b}\u{7f}b";
        let [value, option] = ["--n=", "--"].map(|before| format!("{before}{words}"));
        for arguments in [
            &[&*value][..],
            &[words],
            &[&*option],
            &["inner", words],
            &["inner", &*option],
        ] {
            let said = said(arguments);
            assert!(
                said.contains(r"a\n\u{1b}[31m\u{202e}\u{200b}\u{7f}b"),
                "{said:?}"
            );
            let acts = |c: char| (c.is_control() && c != '\n') || is_misleading(c);
            assert!(!said.contains(acts), "{said:?}");
        }
        assert!(said(&[&format!("--n={}", "9".repeat(65_536))]).len() < 400);
    }

    #[test]
    fn an_option_that_is_not_known_is_no_value() {
        let near = said(&["inner", "--nn"]);
        assert!(near.contains("'--nn'") && !near.contains("tip"), "{near}");
    }

    #[test]
    fn a_value_with_a_dash_is_joined_to_its_option() {
        for value in ["-x", "-1.b", "--value"] {
            let said = said(&["--n", value]);
            assert!(said.contains(&format!("by =: --n={value}")), "{said}");
        }
        let said = said(&["--n", "-\u{1b}[31m"]);
        assert!(said.contains(r"--n=-\u{1b}[31m"), "{said}");
    }

    #[test]
    fn what_is_harmless_is_shown_as_it_is() {
        assert!(said(&["--n=ä/b c"]).contains("'ä/b c'"));
    }
}
