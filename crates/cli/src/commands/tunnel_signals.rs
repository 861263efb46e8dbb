//! What signals do to running tunnels, and the end of standard input.
//!
//! Invariant: the first signal lets connections end, the second does not.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use trustpack_tls::keeper::watch::LookNow;
use trustpack_tunnel::bind::Bound;
use trustpack_tunnel::handover::Custody;

use super::tunnel_systemd::ToldManager;
use crate::session::{HangupSignals, StopSignals};

/// What signals do.
pub(super) struct Stopping {
    /// Begins the drain.
    stop: CancellationToken,
    /// Ends it.
    cut: CancellationToken,
    /// Knows of a take-over.
    custody: Custody,
    drain: Duration,
}

impl Stopping {
    /// Of tunnels that are to drain for so long once `stop` is cancelled.
    pub(super) fn of(bound: &Bound, stop: &CancellationToken, drain: Duration) -> Self {
        Self {
            stop: stop.clone(),
            cut: bound.cut(),
            custody: bound.custody(),
            drain,
        }
    }

    /// Waits for a signal, or for the end of standard input, and lets the tunnels stop. A second signal ends the drain.
    pub(super) async fn wait(self, mut signals: StopSignals, with_stdin: bool) {
        let reason = tokio::select! {
            reason = signals.received() => reason,
            () = end_of_stdin(), if with_stdin => "the end of standard input",
        };
        info!(reason, "stopping: no new connections, open ones may end");
        self.stop.cancel();
        let over = async {
            // After a take-over there is no limit, or another one: told to stop, it is the usual one.
            if self.custody.is_given_up() {
                sleep(self.drain).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = over => {}
            reason = signals.received() => {
                warn!(reason, "told to stop a second time: open connections are cut");
            }
        }
        self.cut.cancel();
    }
}

/// SIGHUP asks for a look at settings and files.
pub(super) async fn look_at_hangup(
    mut hangups: HangupSignals,
    ask: mpsc::UnboundedSender<LookNow>,
    manager: ToldManager,
) {
    loop {
        hangups.received().await;
        let (answer, answered) = oneshot::channel();
        let asked = ask.send(LookNow {
            answer: Some(answer),
        });
        if asked.is_err() {
            return;
        }
        // The keeper tells what has come of it.
        drop(manager.while_reading(answered).await);
    }
}

async fn end_of_stdin() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0; 256];
    let mut flow = ControlFlow::Continue(());
    while flow.is_continue() {
        flow = match stdin.read(&mut buffer).await {
            Ok(0) | Err(_) => ControlFlow::Break(()),
            Ok(_) => ControlFlow::Continue(()),
        };
    }
}
