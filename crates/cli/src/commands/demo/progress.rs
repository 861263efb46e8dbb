//! What the demo shows while it works: a line for each command, a bar for each transfer.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::session;

/// The display; silent about bars when nobody watches.
pub(super) struct Progress {
    spinner: ProgressBar,
}

impl Progress {
    pub(super) fn new() -> Self {
        let spinner = ProgressBar::new_spinner();
        spinner.enable_steady_tick(Duration::from_millis(120));
        Self { spinner }
    }

    /// Says what is done now.
    pub(super) fn step(&self, what: &str) {
        self.line(&format!("== {what}"));
        self.spinner.set_message(what.to_owned());
    }

    /// Shows a command as it is run.
    pub(super) fn command(&self, arguments: &[String]) {
        let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        self.line(&format!("   $ trustpack {}", words.join(" ")));
    }

    /// A bar for a transfer of so many octets.
    pub(super) fn bar(&self, octets: u64) -> ProgressBar {
        let bar = ProgressBar::new(octets);
        let template = "   {bar:40} {bytes}/{total_bytes} {bytes_per_sec}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar
    }

    /// Takes the display away.
    pub(super) fn clear(&self) {
        self.spinner.finish_and_clear();
    }

    fn line(&self, text: &str) {
        self.spinner.suspend(|| session::say(text));
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
