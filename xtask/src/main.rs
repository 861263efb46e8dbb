//! Chores of the repository that need its own code: `cargo xtask layers`, `cargo xtask generate`, `cargo xtask book`,
//! `cargo xtask dist`, `cargo xtask fleet`.
//!
//! Not a build system and never shipped: `./test` runs the chores, a person may too. Invariant: a
//! chore either finds the tree in order and exits 0, or names every place that is not.

use std::process::ExitCode;

use anyhow::Context as _;

mod book;
mod dist;
mod fleet;
mod generate;
mod layers;
mod metadata;

const USAGE: &str = "\
Usage: cargo xtask CHORE

  layers            check rows, the \"never\" column and file sizes against ARCHITECTURE.md
  generate          write docs/reference from the code
  generate --check  fail with a difference where docs/reference is not what the code says
  book              write the documentation as HTML to target/book; fail where a link leads nowhere
  dist [--out DIR] [--program FILE] [--libraries DIR]
                    make the tarball and the Debian packages in target/dist, of a release build of its own or of what is
                    built already; SOURCE_DATE_EPOCH says the time of the files
  fleet SEED HOSTS APPLICATIONS CONNECTIONS
                    print a fleet file of that size, to measure with: made up, the same for the same words
";

/// The answer of a chore that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is as it should be.
    InOrder,
    /// Something is not; every case was printed.
    OutOfOrder,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(Some(Outcome::InOrder)) => ExitCode::SUCCESS,
        Ok(Some(Outcome::OutOfOrder)) => ExitCode::from(1),
        Ok(None) => {
            say(&mut std::io::stderr().lock(), USAGE);
            ExitCode::from(2)
        }
        Err(error) => {
            say(
                &mut std::io::stderr().lock(),
                &format!("error: {error:#}\n"),
            );
            ExitCode::from(1)
        }
    }
}

/// Does the chore that `words` ask for; `None` where they ask for none.
fn run(words: &[String]) -> anyhow::Result<Option<Outcome>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut out = std::io::stdout().lock();
    let outcome = match words.as_slice() {
        ["layers"] => layers::run(&metadata::read(None)?, &mut out).context("layers")?,
        ["generate"] => generate::run(&metadata::read(None)?, generate::Mode::Write, &mut out)
            .context("generate")?,
        ["generate", "--check"] => {
            generate::run(&metadata::read(None)?, generate::Mode::Check, &mut out)
                .context("generate")?
        }
        ["book"] => book::run(&metadata::read(None)?, &mut out).context("book")?,
        ["dist", options @ ..] => match dist::Options::from_words(options) {
            Some(options) => {
                dist::run(&metadata::read(None)?, &options, &mut out).context("dist")?
            }
            None => return Ok(None),
        },
        ["fleet", seed, hosts, applications, connections] => {
            let size = fleet::Size::from_words([seed, hosts, applications, connections]);
            fleet::run(size.context("fleet")?, &mut out).context("fleet")?
        }
        _ => return Ok(None),
    };
    Ok(Some(outcome))
}

/// Prints where a failure to print is of no consequence.
fn say(to: &mut dyn std::io::Write, text: &str) {
    drop(to.write_all(text.as_bytes()));
}
