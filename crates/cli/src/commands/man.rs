//! `trustpack man`: a manual page for each command, made from what its `--help` says.
//!
//! Invariant: a page has nothing that `--help` has not, so that the two cannot disagree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
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
    /// The folder for the pages; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl WriteManual {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make the folder {}", self.out.display()))
            .map_err(Failure::request)?;
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
    let usage = command.render_usage().to_string();
    let more = command.get_after_help().map(ToString::to_string);
    let has_commands = command.get_subcommands().any(|one| !one.is_hide_set());
    let page = Man::new(command).source(concat!("trustpack ", env!("CARGO_PKG_VERSION")));
    let path = folder.join(page.get_filename());
    let mut text = Vec::new();
    page.render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| section("SYNOPSIS", &usage.replace("Usage: ", "")).to_writer(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
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
