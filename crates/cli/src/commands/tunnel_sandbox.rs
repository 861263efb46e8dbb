//! The sandbox of running tunnels: what they may read, and what the log says of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use tracing::{info, warn};
use trustpack_tls::keeper::Keeper;
use trustpack_tunnel::bind::Bound;
use trustpack_tunnel::sandbox::{Bounds, confine};

use crate::logging::RunningLog;

/// Options that say what a process may do once it serves.
#[derive(Debug, clap::Args)]
pub(super) struct SandboxArgs {
    /// Also let files in this folder be read once the tunnels serve, for settings and files to come; may be given
    /// several times. The folders of the files that are named at the start can be read anyway
    #[arg(long, value_name = "DIR")]
    allow_read: Vec<PathBuf>,

    /// Serve without a sandbox: whoever takes the process over can do whatever its account can
    #[arg(long)]
    danger_no_sandbox: bool,
}

impl SandboxArgs {
    /// Confines this process, which has loaded and bound everything, and has no threads yet but that of its log.
    /// `sockets` are the files of its own UNIX sockets. Gives the TCP ports that may be connected to; `None` for any.
    pub(super) fn confine(
        &self,
        bound: &Bound,
        sockets: &[PathBuf],
        keeper: &mut Keeper,
        log: &RunningLog,
    ) -> Option<BTreeSet<u16>> {
        if self.danger_no_sandbox {
            warn!(
                remedy = "leave --danger-no-sandbox out",
                "not confined: whoever takes this process over can do whatever its account can"
            );
            return None;
        }
        let bounds = self.bounds(bound, sockets, keeper);
        let folders = bounds
            .readable
            .iter()
            .map(|folder| folder.display().to_string());
        let readable = folders.collect::<Vec<_>>().join(", ");
        let confinement = confine(&bounds);
        keeper.confine(Arc::new(bounds.readable));
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
        bounds.ports
    }

    fn bounds(&self, bound: &Bound, sockets: &[PathBuf], keeper: &Keeper) -> Bounds {
        let mut bounds = Bounds::of(bound);
        for file in keeper.looked_at() {
            // Paths of the command line may be relative.
            bounds.read_beside(&std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
        }
        for folder in &self.allow_read {
            bounds.read_beside(folder);
        }
        for socket in sockets {
            bounds.remove_at(socket);
        }
        bounds
    }
}
