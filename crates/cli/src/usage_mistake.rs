//! A mistake in the command line, as the parser reports it, made fit to be shown.
//!
//! The parser repeats what it was given as it was given. Invariant: of that, only the beginning is
//! shown, and nothing in it acts on a terminal or starts a line of its own.

use clap::error::{ContextKind, ContextValue};
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

/// The same mistake, the caller's words in it harmless and short.
pub(crate) fn harmless(mut mistake: clap::Error) -> clap::Error {
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
    mistake
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
        let number = clap::Arg::new("n")
            .long("n")
            .value_parser(clap::value_parser!(u8));
        let inner = clap::Command::new("inner");
        let command = clap::Command::new("test")
            .arg(number)
            .subcommand(inner)
            .subcommand_required(true);
        let all = std::iter::once(&"test").chain(arguments);
        let mistake = command.try_get_matches_from(all).unwrap_err();
        harmless(mistake).render().to_string()
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
    fn what_is_harmless_is_shown_as_it_is() {
        assert!(said(&["--n=ä/b c"]).contains("'ä/b c'"));
    }
}
