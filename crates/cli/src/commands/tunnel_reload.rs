//! `trustpack tunnel reload`.

use trustpack_tunnel::control::{
    Answer as Said, EndpointReloaded, Hindered, Outcome, Reloaded, Request,
};

use super::tunnel_control::{self, ControlArgs};
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Let running tunnels read their settings and files again, and say what changed
///
/// The same as SIGHUP, with an answer. What is broken stays as it was. Exit code 1 if something stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel reload --control /run/trustpack/control.sock")]
pub(crate) struct TunnelReload {
    #[command(flatten)]
    control: ControlArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl TunnelReload {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let Said::Reloaded(reloaded) = self.control.ask(Request::Reload)? else {
            return Err(tunnel_control::other_answer());
        };
        if self.json {
            session.out.json(&reloaded)?;
        } else {
            print(&mut session.out, &reloaded)?;
        }
        Ok(if reloaded.endpoints.iter().any(stays) {
            Answer::No
        } else {
            Answer::Done
        })
    }
}

fn stays(endpoint: &EndpointReloaded) -> bool {
    match endpoint.outcome {
        Outcome::Stays(_) | Outcome::NotStarted(_) | Outcome::Shut(_) => true,
        Outcome::Unchanged
        | Outcome::NewCertificate
        | Outcome::NewTrust { .. }
        | Outcome::Started { .. }
        | Outcome::Moved { .. }
        | Outcome::Secured { .. }
        | Outcome::Stopped { .. } => false,
    }
}

pub(super) fn print(out: &mut Output, reloaded: &Reloaded) -> Printed {
    for EndpointReloaded { place, outcome } in &reloaded.endpoints {
        match outcome {
            Outcome::Unchanged => writeln!(out, "{place}: unchanged")?,
            Outcome::NewCertificate => writeln!(out, "{place}: presents another certificate")?,
            Outcome::NewTrust { generation, cut } => writeln!(
                out,
                "{place}: what it trusts has changed, generation {generation}; live connections cut: {cut}"
            )?,
            Outcome::Started { listen } => {
                writeln!(out, "{place}: listens on {}", listen.join(", "))?;
            }
            Outcome::Moved { listen, to } => {
                writeln!(
                    out,
                    "{place}: listens on {}, leads to {to}",
                    listen.join(", ")
                )?;
            }
            Outcome::Secured {
                security,
                before,
                cut,
            } => writeln!(
                out,
                "{place}: {security}, was {before}; connections in plain text cut: {cut}"
            )?,
            Outcome::Stopped { open } => writeln!(
                out,
                "{place}: stopped, the settings no longer have it; connections that may end: {open}"
            )?,
            Outcome::NotStarted(hindered) => {
                print_hindered(out, place, "not started", hindered)?;
            }
            Outcome::Stays(hindered) => {
                print_hindered(out, place, "stays as it was", hindered)?;
            }
            Outcome::Shut(hindered) => {
                print_hindered(out, place, "shut until its files are whole", hindered)?;
            }
        }
    }
    for place in &reloaded.moved {
        writeln!(
            out,
            "{place}: still listens and leads where it did; other addresses take a restart"
        )?;
    }
    for finding in &reloaded.findings {
        writeln!(out, "{finding}")?;
    }
    Ok(())
}

fn print_hindered(out: &mut Output, place: &str, what: &str, hindered: &Hindered) -> Printed {
    writeln!(out, "{place}: {what}: {}", hindered.reason)?;
    for finding in &hindered.findings {
        writeln!(out, "  {finding}")?;
    }
    if let Some(remedy) = &hindered.remedy {
        writeln!(out, "  remedy: {remedy}")?;
    }
    Ok(())
}
