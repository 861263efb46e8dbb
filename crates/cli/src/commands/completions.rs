//! `trustpack completions`.

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Print the completions of the command line for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack completions bash >/etc/bash_completion.d/trustpack
  trustpack completions zsh >~/.zfunc/_trustpack
  trustpack completions fish >~/.config/fish/completions/trustpack.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let program = super::Cli::command();
        let name = program.get_name().to_owned();
        // The generator offers hidden commands too, so they are left out before.
        let shown = program.get_subcommands().filter(|one| !one.is_hide_set());
        let mut command = Command::new(name.clone())
            .version(env!("CARGO_PKG_VERSION"))
            .propagate_version(true)
            .subcommands(shown.cloned());
        // Into memory first: the generator panics where it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        session.out.data(&script)?;
        session.out.flush()?;
        Ok(Answer::Done)
    }
}
