//! The page of commands: the help of the program and of each of its commands, as a person would ask for it.
//!
//! Commands are found by asking: what a help text lists under "Commands:" is asked for its own help. Not a list
//! of commands, so that a new one needs nothing here. Invariant: the text depends on the program only, not on the
//! terminal, environment or folder of who runs this.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use trustpack_e2e::program::up_to_date;

use super::NOTICE;
use crate::metadata::Metadata;

/// The program's name in its own help, on the page and as a file.
const PROGRAM: &str = "trustpack";

/// Names under which the program behaves as one of the documented scripts.
const SCRIPTS: [&str; 3] = ["convert_priv_key.sh", "create_ca.sh", "create_cert.sh"];

/// Width of the help texts in characters.
const WIDTH: &str = "100";

/// Commands in commands; more would mean that a help text lists its own command.
const DEPTH_LIMIT: usize = 4;

/// The built program: the one that `TRUSTPACK_BIN` names, else one built now.
///
/// # Errors
///
/// When cargo cannot build it, or the one that is named is older than its sources: it would write what the code said once.
pub(super) fn program(metadata: &Metadata) -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("TRUSTPACK_BIN") {
        return up_to_date(PathBuf::from(path)).map_err(anyhow::Error::msg);
    }
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--locked", "--package", "trustpack-cli"])
        .current_dir(&metadata.workspace_root)
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("cannot build the program whose help is wanted");
    }
    Ok(metadata.target_directory.join("debug").join(PROGRAM))
}

/// The whole page.
///
/// # Errors
///
/// When the program cannot be started or refuses to help.
pub(super) fn page(program: &Path) -> anyhow::Result<String> {
    let mut page =
        format!("{NOTICE}# Commands\n\nWhat `{PROGRAM} COMMAND --help` says, for every command.\n");
    describe(program, &[], &mut page)?;
    for script in SCRIPTS {
        add_section(&mut page, script, &help(program, script, &[])?);
    }
    Ok(page)
}

/// Adds the help of one command, then that of each command below it.
fn describe(program: &Path, words: &[String], page: &mut String) -> anyhow::Result<()> {
    if words.len() > DEPTH_LIMIT {
        bail!(
            "`{PROGRAM} {}` is nested deeper than {DEPTH_LIMIT}",
            words.join(" ")
        );
    }
    let help = help(program, PROGRAM, words)?;
    let title = std::iter::once(PROGRAM)
        .chain(words.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    add_section(page, &title, &help);
    for command in listed(&help) {
        let mut words = words.to_vec();
        words.push(command);
        describe(program, &words, page)?;
    }
    Ok(())
}

fn add_section(page: &mut String, title: &str, help: &str) {
    page.push_str(&format!("\n## {title}\n\n```text\n{help}\n```\n"));
}

/// What the program, called by a name, answers to `WORDS --help`; without blanks at the ends of lines.
fn help(program: &Path, name: &str, words: &[String]) -> anyhow::Result<String> {
    let answer = Command::new(program)
        .arg0(name)
        .args(words)
        .arg("--help")
        .env_clear()
        .env("COLUMNS", WIDTH)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !answer.status.success() {
        bail!(
            "`{name} {} --help` failed: {}",
            words.join(" "),
            String::from_utf8_lossy(&answer.stderr).trim()
        );
    }
    let text = String::from_utf8(answer.stdout).context("a help text is not UTF-8")?;
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    Ok(lines.join("\n"))
}

/// The commands that a help text lists, `help` itself aside.
fn listed(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[track_caller]
    fn check(help: &str, want: &[&str]) {
        assert_eq!(listed(help), want);
    }

    #[test]
    fn finds_the_commands_of_a_help_text() {
        check("Usage: x\n\nOptions:\n  -h  Help\n", &[]);
        check(
            "Commands:\n  ca    Work on a CA\n  cert  Work on\n        certificates\n  help  Help\n\nOptions:\n  -h\n",
            &["ca", "cert"],
        );
    }
}
