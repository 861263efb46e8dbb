//! The program `trustpack`: one file per command.
//!
//! The only place that reads the clock, the environment and the command line, and that writes to the
//! terminal. Every command is a function of its arguments and a [`session::Session`].

mod accounts;
mod commands;
mod contents_file;
mod failure;
mod fetch;
mod finding_limit;
mod finding_report;
mod logging;
mod open_files;
mod output;
mod output_file;
mod password_prompt;
mod quantity;
mod sarif;
mod script_arguments;
mod secret_file;
mod session;
mod table;
mod terminal_text;
mod tls_options;
mod usage_mistake;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser as _};

use crate::commands::convert_priv_key_sh::ConvertPrivKeySh;
use crate::commands::create_ca_sh::CreateCaSh;
use crate::commands::create_cert_sh::CreateCertSh;
use crate::failure::{Answer, Failure};
use crate::session::Session;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let outcome = std::panic::catch_unwind(|| run(&arguments));
    match outcome {
        Ok(Ok(answer)) => answer.exit_code(),
        Ok(Err(failure)) => failure.report(),
        // The panic has been printed where it happened.
        Err(_) => failure::bug(),
    }
}

/// Behaves as the program that the first argument names.
fn run(arguments: &[OsString]) -> Result<Answer, Failure> {
    let program = arguments.first().map(Path::new).and_then(Path::file_name);
    let mut session = Session::start();
    match program.and_then(|name| name.to_str()) {
        Some("convert_priv_key.sh") => parse_script::<ConvertPrivKeySh>(arguments)
            .map_or_else(Ok, |args| args.run(&mut session))
            .map_err(with_its_options::<ConvertPrivKeySh>),
        Some("create_ca.sh") => parse_script::<CreateCaSh>(arguments)
            .map_or_else(Ok, |args| args.run(&mut session))
            .map_err(with_its_options::<CreateCaSh>),
        Some("create_cert.sh") => parse_script::<CreateCertSh>(arguments)
            .map_or_else(Ok, |args| args.run(&mut session))
            .map_err(with_its_options::<CreateCertSh>),
        _ => match commands::Cli::try_parse_from(arguments) {
            Ok(cli) => cli.run(&mut session),
            Err(error) => {
                let command = <commands::Cli as CommandFactory>::command();
                let error = usage_mistake::harmless(error, &command, arguments);
                Ok(usage(&error))
            }
        },
    }
}

/// Reads the command line of one of the documented scripts, whose long options have one dash.
fn parse_script<Script: clap::Parser>(arguments: &[OsString]) -> Result<Script, Answer> {
    let arguments = script_arguments::with_double_dashes(&Script::command(), arguments);
    Script::try_parse_from(&arguments).map_err(|error| {
        let error = usage_mistake::harmless(error, &Script::command(), &arguments);
        let text = error.render().to_string();
        let text = script_arguments::with_single_dashes(&text, &Script::command(), &arguments);
        session::print_usage(&text, error.use_stderr());
        if error.use_stderr() {
            Answer::Usage
        } else {
            Answer::Done
        }
    })
}

/// A failure whose hint names the options as this script has them.
fn with_its_options<Script: CommandFactory>(failure: Failure) -> Failure {
    let script = Script::command();
    failure.with_hint(|hint| script_arguments::with_single_dashes(hint, &script, &[]))
}

/// Prints help, a version or a mistake in the command line.
fn usage(error: &clap::Error) -> Answer {
    if error.use_stderr() {
        // It repeats what was typed, or what a program put there.
        session::say_lines(error.render().to_string().trim_end());
        Answer::Usage
    } else {
        // Nothing is left to be done when the terminal is gone.
        drop(error.print());
        Answer::Done
    }
}
