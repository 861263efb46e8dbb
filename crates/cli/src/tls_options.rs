//! Every TLS option of the options table as a flag of the same name.
//!
//! The flags come from the table, so that an option that is added there is on the command line too.

use clap::{Arg, ArgMatches, Command};
use trustpack_settings::fleet::Entry;
use trustpack_settings::options::{OPTIONS, OptionId, OptionRow, ValueKind};

/// The options that were given, in the order of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsOptions {
    given: Vec<(OptionId, String)>,
}

impl TlsOptions {
    /// The options as settings take them.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.given
            .iter()
            .map(|(option, value)| Entry::flag(option.name(), value))
            .collect()
    }

    /// Options with a secret that stands in the command line itself.
    pub(crate) fn bare_secrets(&self) -> impl Iterator<Item = &'static str> {
        let bare = |value: &str| !value.starts_with("file:") && !value.starts_with("env:");
        let secret = |option: OptionId| option.row().values == ValueKind::Password;
        let given = self
            .given
            .iter()
            .filter(move |(option, value)| secret(*option) && bare(value));
        given.map(|(option, _)| option.name())
    }

    /// The first option that was given.
    pub(crate) fn first(&self) -> Option<OptionId> {
        self.given.first().map(|(option, _)| *option)
    }

    /// Whether an option was given.
    pub(crate) fn has(&self, option: OptionId) -> bool {
        self.given.iter().any(|(given, _)| *given == option)
    }

    /// What an option was given.
    pub(crate) fn value(&self, option: OptionId) -> Option<&str> {
        let mut given = self.given.iter();
        let found = given.find(|(given, _)| *given == option);
        found.map(|(_, value)| &**value)
    }

    /// Sets an option, unless it was given.
    pub(crate) fn or_set(&mut self, option: OptionId, value: &str) {
        if !self.has(option) {
            self.given.push((option, value.to_owned()));
        }
    }
}

impl clap::FromArgMatches for TlsOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for row in flags() {
            if let Some(value) = matches.get_one::<String>(row.name) {
                self.given.push((row.id, value.clone()));
            }
        }
        Ok(())
    }
}

impl clap::Args for TlsOptions {
    fn augment_args(command: Command) -> Command {
        flags().fold(command, |command, row| command.arg(flag(row)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The options that make sense on the command line: a tunnel made by hand always speaks TLS, at least to those who do.
fn flags() -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(|row| row.id != OptionId::Tls)
}

fn flag(row: &'static OptionRow) -> Arg {
    let flag = Arg::new(row.name)
        .long(row.name)
        .value_name(value_name(row.values))
        .help(format!("{} [default: {}]", row.meaning, row.default))
        .help_heading("TLS options");
    match row.alias {
        Some(alias) => flag.visible_alias(alias),
        None => flag,
    }
}

fn value_name(values: ValueKind) -> String {
    match values {
        ValueKind::Switch => "0|1".to_owned(),
        ValueKind::Truth => "true|false".to_owned(),
        ValueKind::Words(words) => {
            let words: Vec<&str> = words
                .iter()
                .copied()
                .filter(|word| !word.is_empty())
                .collect();
            words.join("|")
        }
        ValueKind::Path => "FILE".to_owned(),
        ValueKind::Certificate => "FILE,...".to_owned(),
        ValueKind::Password => "file:PATH|env:NAME".to_owned(),
        ValueKind::Ciphers => "SUITE:...".to_owned(),
        ValueKind::Freshness => "required|warn|HOURS".to_owned(),
        ValueKind::AllowedNames => "KIND:NAME,...".to_owned(),
        ValueKind::Date => "DATE".to_owned(),
    }
}
