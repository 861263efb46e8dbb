//! TP6028: file that a killed command left.

use std::path::{Path, PathBuf};
use std::time::Duration;

use trustpack_keystore::placing::is_beside;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::time::Timestamp;

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};
use crate::layout::Layout;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6028),
    severity: Severity::Warning,
    title: "file that a killed command left",
    meaning: "A command writes a file under a hidden name and then renames it: .NAME. and 16 hexadecimal digits. One that was killed leaves that file, which nothing reads, and which may hold a part of a key.",
    example: "`kill -9` of `trustpack cert bundle`",
    remedy: "`trustpack ca check --repair` removes it",
    when_accepted: WhenAccepted::Starts,
};

/// What is younger may be of a command that runs: our own choice, far above the time that writing a file takes.
const OLD: Duration = Duration::from_secs(60 * 60);

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    // The names of the repository are looked at one by one elsewhere.
    let ca_conf = &inspected.directory.layout().ca_conf;
    let all = of_folder(ca_conf, inspected.now);
    found.add_all(all.map(|path| finding(&path)));
}

/// Such a file among the names of a folder.
pub(crate) fn of_name(path: &Path, name: &str, now: Timestamp) -> Option<CaFinding> {
    is_left(path, name, now).then(|| finding(path))
}

/// All of them, in the folders in which commands write.
pub(crate) fn all(layout: &Layout, now: Timestamp) -> Vec<PathBuf> {
    let folders = [&layout.ca_conf, &layout.repository];
    let each = folders
        .into_iter()
        .flat_map(|folder| of_folder(folder, now));
    each.collect()
}

/// One that cannot be read has none that could be told.
fn of_folder(folder: &Path, now: Timestamp) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let (path, name) = (entry.path(), entry.file_name());
        is_left(&path, name.to_str()?, now).then_some(path)
    })
}

fn is_left(path: &Path, name: &str, now: Timestamp) -> bool {
    let age = || {
        let found = path.symlink_metadata().ok()?;
        let changed = found.is_file().then(|| found.modified().ok()).flatten()?;
        let changed = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
        now.unix().checked_sub(changed.as_secs())
    };
    is_beside(name) && age().is_some_and(|seconds| seconds >= OLD.as_secs())
}

fn finding(path: &Path) -> CaFinding {
    CaFinding::new(&KIND, path, "it was never given its name; nothing reads it")
}
