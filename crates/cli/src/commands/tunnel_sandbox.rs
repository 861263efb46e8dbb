//! The sandbox of running tunnels: what they may read, and what the log says of it.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use tracing::{info, warn};
use trustpack_material::files::watched::Bounds as WatchedBounds;
use trustpack_tls::keeper::Keeper;
use trustpack_tunnel::bind::Bound;
use trustpack_tunnel::sandbox::memory::hide_memory;
use trustpack_tunnel::sandbox::{Beside, Bounds, Missing, NotReadable, confine};

use crate::failure::{Failure, message};
use crate::logging::RunningLog;

/// Options that say what a process may do once it serves.
#[derive(Debug, clap::Args)]
pub(super) struct SandboxArgs {
    /// Also let files in this folder be read once the tunnels serve, for settings and files to come; it must be there;
    /// may be given several times. The folders of the files that are named at the start can be read anyway
    #[arg(long, value_name = "DIR")]
    allow_read: Vec<PathBuf>,

    /// Whether tunnels run where the system lacks a part of the sandbox: not if it is required
    #[arg(long, value_name = "HOW", default_value = "available")]
    sandbox: Demanded,

    /// Serve without a sandbox: whoever takes the process over can do whatever its account can
    #[arg(long, conflicts_with = "sandbox")]
    danger_no_sandbox: bool,

    /// Let core dumps, and debuggers of the same account, have the memory of the process, which holds private keys
    #[arg(long)]
    danger_core_dumps: bool,
}

/// How much of the sandbox is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Demanded {
    /// All of it, else nothing is served
    Required,
    /// As much as the system has; the log names what is missing
    Available,
}

/// How long the thread that writes the log may take until it is confined: it writes its lines before.
const LOG_THREAD: Duration = Duration::from_secs(5);

impl SandboxArgs {
    /// Confines this process, which has loaded and bound everything, and has no threads yet but that of its log.
    /// `sockets` are the files of its own UNIX sockets. Gives what is left open; `None` for everything.
    pub(super) fn confine(
        &self,
        bound: &Bound,
        sockets: &[PathBuf],
        keeper: &mut Keeper,
        log: &RunningLog,
    ) -> Result<Option<Bounds>, Failure> {
        let mut missing = Vec::new();
        if self.danger_core_dumps {
            warn!(
                remedy = "leave --danger-core-dumps out",
                "core dumps and debuggers of the same account have the private keys"
            );
        } else {
            missing.extend(hide_memory().err());
        }
        if self.danger_no_sandbox {
            missing.iter().for_each(log_missing);
            warn!(
                remedy = "leave --danger-no-sandbox out",
                "not confined: whoever takes this process over can do whatever its account can"
            );
            return Ok(None);
        }
        let bounds = self.bounds(bound, sockets, keeper)?;
        let folders = bounds
            .readable
            .iter()
            .map(|folder| folder.display().to_string());
        let readable = folders.collect::<Vec<_>>().join(", ");
        keeper.confine(WatchedBounds::as_they_are(bounds.readable.clone()));
        let confinement = confine(&bounds);
        missing.extend(confinement.missing);
        let (told, confined) = mpsc::channel();
        let waits = confinement.threads.map(|threads| {
            // It may have been waited for in vain.
            log.before_next_line(move || drop(told.send(threads.apply())));
        });
        missing.iter().for_each(log_missing);
        info!(readable, "confined");
        if waits.is_some() {
            let of_thread = match confined.recv_timeout(LOG_THREAD) {
                Ok(applied) => applied.err(),
                Err(_) => Some(Missing::of_thread(
                    &"it writes nothing, since nobody reads it",
                )),
            };
            of_thread.iter().for_each(log_missing);
            missing.extend(of_thread);
        }
        match (self.sandbox, missing.first()) {
            (Demanded::Required, Some(first)) => {
                let text = format!("the sandbox is required, and a part of it is missing: {first}");
                Err(Failure::request(message(text))
                    .hint("run a newer Linux with Landlock and seccomp, or take what there is with --sandbox available"))
            }
            (Demanded::Required, None) | (Demanded::Available, _) => Ok(Some(bounds)),
        }
    }

    fn bounds(
        &self,
        bound: &Bound,
        sockets: &[PathBuf],
        keeper: &Keeper,
    ) -> Result<Bounds, Failure> {
        let mut bounds = Bounds::of(bound);
        for file in keeper.looked_at() {
            // Paths of the command line may be relative.
            let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            match bounds.read_beside(&file) {
                Beside::Folder => {}
                Beside::FileAlone => warn!(
                    file = file.display().to_string(),
                    remedy = "keep it in a folder of its own, below /etc for example",
                    "only this file can be read, not what replaces it: that takes a restart"
                ),
            }
        }
        for folder in &self.allow_read {
            bounds.read(folder).map_err(not_readable)?;
        }
        for socket in sockets {
            bounds.remove_at(socket);
        }
        Ok(bounds)
    }
}

fn log_missing(missing: &Missing) {
    warn!(
        part = missing.part.to_string(),
        reason = missing.reason,
        "not confined in full: this system lacks a part of the sandbox"
    );
}

fn not_readable(error: NotReadable) -> Failure {
    let hint = match &error {
        NotReadable::Missing { .. } => "make the folder first, or leave this --allow-read out",
        NotReadable::Everything { .. } => {
            "name the folders that settings and files are to come into"
        }
    };
    Failure::request(error).hint(hint)
}
