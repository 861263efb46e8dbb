//! TP6008: private files are open to others.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};
use crate::layout::Layout;
use crate::retired;
use crate::retired::names::RetiredFile;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6008),
    severity: Severity::Warning,
    title: "private files are open to others",
    meaning: "The folder of the CA or a private key can be read or changed by other accounts than its owner's, or these can put other files into the repository.",
    example: "`chmod 644 ca_conf/ca_priv_key.pem`",
    remedy: "take the permissions away: 0700 for ca_conf, 0755 for the repository, 0400 for the CA key, 0600 or 0640 for keys of hosts",
    when_accepted: WhenAccepted::Starts,
};

/// Permission bits of group and others.
const OTHERS: u32 = 0o077;
/// Writing by group and others.
const OTHERS_WRITE: u32 = 0o022;
/// All of them without reading by the group, which `--key-group` allows.
const OTHERS_BUT_GROUP_READS: u32 = 0o037;

/// Permissions that a file or folder has and must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooOpen {
    /// All that it has.
    pub(crate) mode: u32,
    /// Those of them that it must not have.
    pub(crate) forbidden: u32,
}

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    for path in own_private(inspected.directory.layout()) {
        found.add_all(too_open(&path, OTHERS).map(|open| finding(&path, open)));
    }
    let repository = &inspected.directory.layout().repository;
    found.add_all(writable(repository).map(|TooOpen { mode, .. }| {
        let message =
            format!("its permissions are {mode:04o}; other accounts must not write in it");
        CaFinding::new(&KIND, repository, message)
    }));
}

/// A folder whose files others could put other ones in the place of. Reading the names in it tells nothing.
pub(crate) fn writable(folder: &Path) -> Option<TooOpen> {
    too_open(folder, OTHERS_WRITE)
}

/// The CA's own files and folders that nobody else may look into.
pub(crate) fn own_private(layout: &Layout) -> Vec<PathBuf> {
    let retired = retired::list(layout).unwrap_or_default();
    let retired = retired.iter().map(|key| key.path(RetiredFile::PrivateKey));
    [layout.ca_conf.clone(), layout.private_key.clone()]
        .into_iter()
        .chain(retired)
        .collect()
}

/// The same for a name in the repository.
pub(crate) fn of_name(layout: &Layout, path: &Path, name: &str) -> Option<CaFinding> {
    file_of_host(layout, path, name).map(|open| finding(path, open))
}

/// Whether a file of the repository that holds a key is open to others.
///
/// Issuing writes 0600, or 0640 with the group that `--key-group` names. So a group keeps reading a file that
/// is too open only if it is another than that of the CA's own folder, which nobody chose.
pub(crate) fn file_of_host(layout: &Layout, path: &Path, name: &str) -> Option<TooOpen> {
    let holds_key = name.ends_with("_priv_key.pem") || name.ends_with("_cert.pfx");
    let open = holds_key.then(|| too_open(path, OTHERS_BUT_GROUP_READS));
    let TooOpen { mode, forbidden } = open.flatten()?;
    let group = |path: &Path| fs::metadata(path).map(|found| found.gid()).ok();
    let was_chosen = group(path) != group(&layout.ca_conf);
    let forbidden = match was_chosen {
        true => forbidden,
        false => mode & OTHERS,
    };
    Some(TooOpen { mode, forbidden })
}

/// Whether one of the CA's own is.
pub(crate) fn own(path: &Path) -> Option<TooOpen> {
    too_open(path, OTHERS)
}

fn too_open(path: &Path, forbidden: u32) -> Option<TooOpen> {
    // What is missing is the matter of other checks.
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    let forbidden = mode & forbidden;
    (forbidden != 0).then_some(TooOpen { mode, forbidden })
}

fn finding(path: &Path, open: TooOpen) -> CaFinding {
    let message = format!(
        "its permissions are {:04o}; other accounts must have none",
        open.mode
    );
    CaFinding::new(&KIND, path, message)
}
