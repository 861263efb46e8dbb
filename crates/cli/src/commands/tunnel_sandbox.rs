//! The sandbox of running tunnels: what they may read, and what the log says of it.

use std::path::PathBuf;

use tracing::{info, warn};
use trustpack_material::files::watched::Bounds as WatchedBounds;
use trustpack_tls::keeper::Keeper;
use trustpack_tunnel::bind::Bound;
use trustpack_tunnel::sandbox::{Beside, Bounds, NotReadable, confine};

use crate::failure::Failure;
use crate::logging::RunningLog;

/// Options that say what a process may do once it serves.
#[derive(Debug, clap::Args)]
pub(super) struct SandboxArgs {
    /// Also let files in this folder be read once the tunnels serve, for settings and files to come; it must be there;
    /// may be given several times. The folders of the files that are named at the start can be read anyway
    #[arg(long, value_name = "DIR")]
    allow_read: Vec<PathBuf>,

    /// Serve without a sandbox: whoever takes the process over can do whatever its account can
    #[arg(long)]
    danger_no_sandbox: bool,
}

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
        if self.danger_no_sandbox {
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
        if let Some(threads) = confinement.threads {
            log.before_next_line(|| threads.apply());
        }
        for missing in &confinement.missing {
            warn!(
                part = missing.part.to_string(),
                reason = missing.reason,
                "not confined in full: this system lacks a part of the sandbox"
            );
        }
        info!(readable, "confined");
        Ok(Some(bounds))
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

fn not_readable(error: NotReadable) -> Failure {
    let hint = match &error {
        NotReadable::Missing { .. } => "make the folder first, or leave this --allow-read out",
        NotReadable::Everything { .. } => {
            "name the folders that settings and files are to come into"
        }
    };
    Failure::request(error).hint(hint)
}
