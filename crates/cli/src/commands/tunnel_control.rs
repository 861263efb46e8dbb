//! The control socket of running tunnels: the answers to what is asked there, and asking.

#[cfg(test)]
mod mutations;

use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use trustpack_tls::keeper::watch::LookNow;
use trustpack_tunnel::control::before::Before;
use trustpack_tunnel::control::client::{AskError, Client};
use trustpack_tunnel::control::server::{Command, ControlSocket, Reply, Until};
use trustpack_tunnel::control::{Answer, Request};
use trustpack_tunnel::handover::{Custody, FileKeeper, HandedOver, Handing};
use trustpack_tunnel::status::Overview;

use super::tunnel_changes;
use super::tunnel_systemd::ToldManager;
use crate::failure::{Failure, message};
use crate::session;

/// The name of the socket in the folder of a service.
pub(super) const SOCKET: &str = "control.sock";

/// Requests that wait to be answered.
const WAITING: usize = 16;

/// How long the last answers may take when the process ends.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// The folder that systemd gives a service for its sockets: the first of them.
pub(super) fn folder_of_service() -> Option<PathBuf> {
    let folders = session::environment("RUNTIME_DIRECTORY")?;
    std::env::split_paths(&folders)
        .next()
        .filter(|folder| folder.is_absolute())
}

/// What a request acts on.
#[derive(Clone, Debug)]
pub(super) struct Steering {
    /// Knows how the tunnels are.
    pub(super) overview: Overview,
    /// Stops them.
    pub(super) stop: CancellationToken,
    /// Has settings and files read again.
    pub(super) ask: mpsc::UnboundedSender<LookNow>,
    /// The listening sockets, for a process that is to take over.
    pub(super) handing: Handing,
    /// Whose the files of UNIX sockets are.
    pub(super) custody: Custody,
    /// Lets the control socket go.
    pub(super) silence: CancellationToken,
    /// Hears of a reading of settings and files, and of the next process.
    pub(super) manager: ToldManager,
    /// The process before this one, as long as it drains.
    pub(super) before: Before,
}

/// A control socket that is served.
#[derive(Debug)]
pub(super) struct Controlled {
    serving: JoinHandle<()>,
    answering: JoinHandle<()>,
    until: Until,
}

impl Controlled {
    /// Serves the socket until [`Controlled::end`].
    pub(super) fn start(socket: ControlSocket, steering: Steering) -> Self {
        let (commands, asked) = mpsc::channel(WAITING);
        let until = Until {
            silence: steering.silence.clone(),
            end: CancellationToken::new(),
        };
        let ending = until.clone();
        let serving = tokio::spawn(async move {
            if let Err(error) = socket.serve(commands, ending).await {
                let error = error.to_string();
                warn!(error, "the control socket cannot be served");
            }
        });
        Self {
            serving,
            answering: tokio::spawn(answer_all(asked, steering)),
            until,
        }
    }

    /// Gives the socket up. What was asked is still answered, and who waits for the end is told.
    pub(super) async fn end(self) {
        self.until.silence.cancel();
        self.until.end.cancel();
        // Whoever does not take an answer does not keep the process.
        drop(timeout(LAST_ANSWERS, self.serving).await);
        self.answering.abort();
    }
}

/// Answers everybody; who waits for an answer keeps no other from theirs.
async fn answer_all(mut asked: mpsc::Receiver<Command>, steering: Steering) {
    let mut open = JoinSet::new();
    while let Some(command) = asked.recv().await {
        let steering = steering.clone();
        open.spawn(async move {
            let reply = steering.answer(command.request).await;
            // Whoever asked may have gone.
            drop(command.answer.send(reply));
        });
        while open.try_join_next().is_some() {}
    }
    while open.join_next().await.is_some() {}
}

impl Steering {
    async fn answer(&self, request: Request) -> Reply {
        match request {
            Request::Reload => self.reload().await.into(),
            Request::Stop => self.stop("a request at the control socket").into(),
            Request::Status => {
                let mut status = self.overview.status(&self.stop);
                self.before.tell_status(&mut status).await;
                Answer::Status(status).into()
            }
            Request::Connections => {
                let mut connections = self.overview.connections();
                self.before.tell_connections(&mut connections).await;
                Answer::Connections(connections).into()
            }
            Request::Report => Answer::Report(self.overview.plain_report()).into(),
            Request::HandOver => self.hand_over().await,
            Request::TakenOver => {
                self.before.give_up().await;
                self.custody.give_up();
                self.handing.give_up();
                self.manager.taken_over();
                // The process that has the socket now answers there.
                self.silence.cancel();
                self.stop("another process has taken over").into()
            }
        }
    }

    fn stop(&self, reason: &str) -> Answer {
        info!(reason, "stopping: no new connections, open ones may end");
        self.stop.cancel();
        Answer::Stopping
    }

    async fn hand_over(&self) -> Reply {
        match self.handing.duplicates() {
            Ok(handed) => {
                let before = self.before.duplicates().await;
                let of_manager = handed.iter().enumerate();
                let of_manager = of_manager
                    .filter(|(_, HandedOver { keeper, .. })| *keeper == FileKeeper::Manager)
                    .map(|(index, _)| index);
                Reply {
                    answer: Answer::Sockets {
                        count: handed.len(),
                        process: Some(std::process::id()),
                        of_manager: of_manager.collect(),
                        draining: before.iter().map(|one| one.draining).collect(),
                    },
                    loan: Some(self.custody.lend()),
                    sockets: {
                        let sockets = handed.into_iter().map(|handed| handed.socket);
                        let before = before.into_iter().map(|one| one.connection);
                        sockets.chain(before).collect()
                    },
                }
            }
            Err(error) => {
                let reason = format!("the sockets cannot be passed on: {error}");
                Answer::Refused { reason }.into()
            }
        }
    }

    async fn reload(&self) -> Answer {
        let (answer, answered) = oneshot::channel();
        let asked = self.ask.send(LookNow {
            answer: Some(answer),
        });
        match (asked, self.manager.while_reading(answered).await) {
            (Ok(()), Ok(refreshed)) => tunnel_changes::answer(refreshed),
            (Ok(()) | Err(_), Ok(_) | Err(_)) => Answer::Refused {
                reason: "the process is about to end".to_owned(),
            },
        }
    }
}

/// Which process is asked.
#[derive(Debug, clap::Args)]
pub(super) struct ControlArgs {
    /// Control socket of the process, as its option --control names it
    #[arg(long, value_name = "PATH")]
    control: PathBuf,
}

impl ControlArgs {
    /// Connects to the process.
    pub(super) fn connect(&self) -> Result<Client, Failure> {
        Client::connect(&self.control).map_err(not_asked)
    }

    /// Asks the process one thing.
    pub(super) fn ask(&self, request: Request) -> Result<Answer, Failure> {
        self.connect()?.ask(request).map_err(not_asked)
    }
}

/// Who is at fault when a process cannot be asked.
pub(super) fn not_asked(error: AskError) -> Failure {
    match &error {
        AskError::NoSocket { .. } => {
            Failure::request(error).hint("start the tunnels with --control and the same path")
        }
        AskError::Io { error: io, .. } if io.kind() == ErrorKind::PermissionDenied => {
            Failure::service(error)
                .hint("only the account that runs the tunnels, and root, may use it: run this as one of them")
        }
        AskError::NobodyThere { path } if !is_socket(path) => Failure::request(message(format!(
            "{} is no socket",
            path.display()
        )))
        .hint("name the path that the tunnels were started with as --control"),
        AskError::TooManySockets { .. } => Failure::request(error)
            .hint("raise the limit of open files of this process (LimitNOFILE of its service, `ulimit -n`); the other one serves on"),
        AskError::NobodyThere { .. }
        | AskError::Io { .. }
        | AskError::NoAnswer { .. }
        | AskError::NotUnderstood { .. }
        | AskError::NoSockets { .. }
        | AskError::Refused { .. } => Failure::service(error),
    }
}

fn is_socket(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.file_type().is_socket())
}

/// An answer to something else than what was asked.
pub(super) fn other_answer() -> Failure {
    Failure::service(message("the process gave the answer to another question"))
}
