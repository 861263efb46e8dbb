//! Whether an account can start the installed program and load the library: tried, as that account.
//!
//! Invariant: what is started gets nothing of this process's environment, and no input.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use trustpack_bundle::host::accounts as host;
use trustpack_bundle::host::rights;

use crate::accounts::Account;

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loading {
    Works,
    /// It cannot, and why.
    Fails(String),
    /// There is no means to try it here.
    NotChecked(String),
}

/// The dynamic loaders of GNU/Linux; with `--list` they load a library and what it needs, and start nothing of it.
///
/// Source: the psABI supplements of these processors; `ld.so(8)`.
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/// Characters of a message of another program that are passed on.
const MAX_REASON: usize = 300;

/// Whether the account can start the program.
pub(super) fn starts(program: &Path, account: &Account) -> Loading {
    let mut command = Command::new(program);
    command.arg("--version");
    tried(command, program, account)
}

/// Whether the account can load the library with what that needs.
pub(super) fn loads(library: &Path, account: &Account) -> Loading {
    let Some(loader) = LOADERS.iter().find(|path| Path::new(path).exists()) else {
        return Loading::NotChecked("there is no loader of GNU/Linux here".to_owned());
    };
    let mut command = Command::new(loader);
    command.arg("--list").arg(library);
    tried(command, library, account)
}

/// Tries it, for the sake of a file that the account must reach.
fn tried(command: Command, file: &Path, account: &Account) -> Loading {
    let closed = || {
        let account = host::Account {
            name: account.name.clone(),
            uid: Some(account.uid),
            groups: BTreeSet::from([account.gid]),
        };
        rights::closed_on_the_way(file, &account)
    };
    match came_of(command, account) {
        Loading::Fails(reason) => Loading::Fails(match closed() {
            Some(folder) => format!("it cannot go through {}", folder.display()),
            None => reason,
        }),
        other @ (Loading::Works | Loading::NotChecked(_)) => other,
    }
}

fn came_of(mut command: Command, account: &Account) -> Loading {
    command.env_clear().current_dir("/").stdin(Stdio::null());
    if geteuid().as_raw() != account.uid {
        // Its further groups are left out: without them it may do less, never more.
        command.uid(account.uid).gid(account.gid);
    }
    match command.output() {
        Ok(output) if output.status.success() => Loading::Works,
        Ok(output) => {
            let said = [output.stderr, output.stdout].concat();
            let said = String::from_utf8_lossy(&said);
            let line = said.lines().find(|line| !line.trim().is_empty());
            let reason = line.map_or_else(
                || output.status.to_string(),
                |line| line.chars().take(MAX_REASON).collect(),
            );
            Loading::Fails(reason)
        }
        Err(error) => Loading::Fails(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_started_or_loaded_is_said() {
        let own = Account {
            name: "own".to_owned(),
            uid: geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
        };
        let missing = starts(Path::new("/nowhere/trustpack"), &own);
        assert!(matches!(missing, Loading::Fails(_)), "{missing:?}");
        assert_eq!(starts(Path::new("/bin/true"), &own), Loading::Works);
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("library");
        std::fs::write(&library, "no library").unwrap();
        let loaded = loads(&library, &own);
        assert!(!matches!(loaded, Loading::Works), "{loaded:?}");
    }
}
