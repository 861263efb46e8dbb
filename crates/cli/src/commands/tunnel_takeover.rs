//! Taking over from a process that runs the tunnels so far.
//!
//! Invariant: until this process could serve, the other one does, and nothing of it is touched. Nothing is served here before
//! the other one has said that it stops, or is gone.

use std::path::Path;

use tracing::{info, warn};
use trustpack_tunnel::bind::Given;
use trustpack_tunnel::control::before::Before;
use trustpack_tunnel::control::client::{AskError, Client};
use trustpack_tunnel::control::{Answer, Request};
use trustpack_tunnel::handover::{Custody, Inherited};

use super::tunnel_control::{not_asked, other_answer};
use crate::failure::Failure;

/// The process before this one, which serves until it is told.
#[derive(Debug)]
pub(super) struct Predecessor(Client);

impl Predecessor {
    /// Asks the process at this control socket for its listening sockets; nothing if there is none.
    pub(super) fn ask(path: &Path, given: &mut Given) -> Result<Option<Self>, Failure> {
        let mut client = match Client::connect(path) {
            Ok(client) => client,
            Err(error @ (AskError::NoSocket { .. } | AskError::NobodyThere { .. })) => {
                let reason = error.to_string();
                info!(reason, "there is no process to take over from");
                return Ok(None);
            }
            Err(error) => return Err(not_asked(error)),
        };
        let sockets = client.hand_over().map_err(not_asked)?;
        info!(sockets = sockets.len(), "listening sockets taken over");
        for socket in sockets {
            match Inherited::of_predecessor(socket, &given.custody) {
                Ok(inherited) => given.sockets.push(inherited),
                Err(error) => {
                    let reason = error.to_string();
                    warn!(reason, "a socket of the process before is of no use");
                }
            }
        }
        Ok(Some(Self(client)))
    }

    /// Its number, if it told that.
    pub(super) fn process(&self) -> Option<u32> {
        self.0.process()
    }

    /// Tells it that this process serves now. It stops by stages, and can be asked meanwhile how far it is.
    pub(super) fn end(mut self, custody: &Custody) -> Result<Before, Failure> {
        let before = match self.0.ask(Request::TakenOver) {
            Ok(Answer::Stopping) => self.0.into_before().unwrap_or_else(|error| {
                let error = error.to_string();
                warn!(
                    error,
                    "the process before this one cannot be asked how far it is"
                );
                Before::default()
            }),
            Ok(
                Answer::Reloaded(_)
                | Answer::Status(_)
                | Answer::Connections(_)
                | Answer::Report(_)
                | Answer::Stopped
                | Answer::Sockets { .. }
                | Answer::Refused { .. },
            ) => return Err(other_answer()),
            // It has ended meanwhile, and its sockets are ours alone.
            Err(error) if self.0.has_ended() => {
                let reason = error.to_string();
                warn!(
                    reason,
                    "the process before this one said nothing at its end"
                );
                Before::default()
            }
            // Both would serve, each with its own settings.
            Err(error) => {
                return Err(not_asked(error)
                    .hint("it may still serve: look with `trustpack tunnel status`, stop it, then start this one"));
            }
        };
        custody.claim();
        Ok(before)
    }
}
