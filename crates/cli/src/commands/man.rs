//! `trustpack man`: a manual page for each command, made from what its `--help` says.
//!
//! Invariant: a page has nothing that `--help` has not, so that the two cannot disagree.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Arg, Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use trustpack_keystore::placing::Existing;

use super::convert_priv_key_sh::ConvertPrivKeySh;
use super::create_ca_sh::CreateCaSh;
use super::create_cert_sh::CreateCertSh;
use crate::failure::{Answer, Failure};
use crate::output_file::{self, Secrecy};
use crate::session::Session;

/// Write the manual pages, one for each command
///
/// For section 1 of the manual. Pages that are there are replaced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack man --out /usr/local/share/man/man1
  trustpack man --out pages && man ./pages/trustpack-cert-issue.1")]
pub(crate) struct WriteManual {
    /// The folder for the pages; it is made if the one above it is there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl WriteManual {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        match fs::create_dir(&self.out) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made
                .with_context(|| format!("cannot make the folder {}", self.out.display()))
                .map_err(|error| {
                    Failure::request(error)
                        .hint("name a folder that is there, or a new one in a folder that is there")
                })?,
        }
        // `trustpack help` gives the same help texts, and needs no pages.
        let mut program = super::Cli::command().disable_help_subcommand(true);
        program.build();
        let mut count = write_pages(&program, &self.out)?;
        for script in [
            ConvertPrivKeySh::command(),
            CreateCaSh::command(),
            CreateCertSh::command(),
        ] {
            // Options of the scripts have one dash; in a page each dash has a backslash before it.
            write_page(script, &self.out, |page| page.replace("\\-\\-", "\\-"))?;
            count += 1;
        }
        let folder = self.out.display().to_string();
        writeln!(session.out, "{count} manual pages in {folder}")?;
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

/// Writes the page of a command and of those below it, and says how many there are.
fn write_pages(command: &Command, folder: &Path) -> Result<usize, Failure> {
    let mut count = 1;
    for below in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        count += write_pages(below, folder)?;
    }
    write_page(command.clone(), folder, |page| page)?;
    Ok(count)
}

fn write_page(
    mut command: Command,
    folder: &Path,
    adapt: impl Fn(String) -> String,
) -> Result<(), Failure> {
    command.build();
    let usage = command.render_usage().to_string();
    let more = command.get_after_help().map(ToString::to_string);
    let has_commands = command.get_subcommands().any(|one| !one.is_hide_set());
    let operands = of_operands(&command)?;
    let page =
        Man::new(for_sections(command)).source(concat!("trustpack ", env!("CARGO_PKG_VERSION")));
    let path = folder.join(page.get_filename());
    let mut text = Vec::new();
    page.render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| section("SYNOPSIS", &usage.replace("Usage: ", "")).to_writer(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| text.write_all(operands.as_bytes()))
        .and_then(|()| page.render_options_section(&mut text))
        .map_err(Failure::request)?;
    if has_commands {
        page.render_subcommands_section(&mut text)
            .map_err(Failure::request)?;
    }
    for paragraph in more.iter().flat_map(|more| more.split("\n\n")) {
        let (heading, lines) = paragraph.split_once(":\n").unwrap_or(("Notes", paragraph));
        section(&heading.to_uppercase(), lines)
            .to_writer(&mut text)
            .map_err(Failure::request)?;
    }
    let text = adapt(String::from_utf8_lossy(&text).into_owned());
    output_file::write(&path, text.as_bytes(), Secrecy::Public, Existing::Replace)
}

/// The section on what a command line has besides options. It stands before them: the generator has it behind `--version`.
fn of_operands(command: &Command) -> Result<String, Failure> {
    if command.get_positionals().all(Arg::is_hide_set) {
        return Ok(String::new());
    }
    let hidden = |arg: Arg| match arg.is_positional() {
        true => arg,
        false => arg.hide(true),
    };
    let mut text = Vec::new();
    Man::new(command.clone().mut_args(hidden))
        .render_options_section(&mut text)
        .map_err(Failure::request)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.replacen(".SH OPTIONS", ".SH ARGUMENTS", 1))
}

/// The command as the generator takes it: without what has a section of ours, and with a description that does not say
/// the line of NAME again, where there is more to say.
fn for_sections(command: Command) -> Command {
    let about = command.get_about().map(ToString::to_string);
    let long = command.get_long_about().map(ToString::to_string);
    let more = long.zip(about).and_then(|(long, about)| {
        let more = long.strip_prefix(&*about)?.trim_start();
        (!more.is_empty()).then(|| more.to_owned())
    });
    let command = match more {
        Some(more) => command.long_about(more),
        None => command,
    };
    command.mut_args(|arg| match arg.is_positional() {
        true => arg.hide(true),
        false => arg,
    })
}

/// A section whose lines stay as they are: the generator would make a paragraph of them.
fn section(heading: &str, lines: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [heading]).control("nf", []);
    for line in lines.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}
