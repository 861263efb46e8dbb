//! `trustpack tunnel stop`.

use trustpack_tunnel::control::{Answer as Said, Request};

use super::tunnel_control::{self, ControlArgs};
use crate::failure::{Answer, Failure};
use crate::session::{self, Session};

/// Let running tunnels stop: no new connections, then drain, then cut what is left
///
/// The same as SIGTERM. Returns at once, unless told to wait.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel stop --control /run/trustpack/control.sock --wait")]
pub(crate) struct TunnelStop {
    #[command(flatten)]
    control: ControlArgs,

    /// Return when the tunnels have stopped and every connection has ended
    #[arg(long)]
    wait: bool,
}

impl TunnelStop {
    pub(crate) fn run(self, _session: &mut Session) -> Result<Answer, Failure> {
        let mut client = self.control.connect()?;
        let said = client
            .ask(Request::Stop)
            .map_err(tunnel_control::not_asked)?;
        if said != Said::Stopping {
            return Err(tunnel_control::other_answer());
        }
        session::say("stopping: no new connections, open ones may end");
        if self.wait {
            client.wait_for_end().map_err(tunnel_control::not_asked)?;
        }
        Ok(Answer::Done)
    }
}
