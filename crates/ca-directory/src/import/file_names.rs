//! What the names of files in a source say of them.
//!
//! Not what is in the files. Invariant: a name decides only where to look.

use std::path::{Path, PathBuf};

use crate::repository_file::{FileKind, HostLabel, RepositoryFile};

/// The label in the name of a certificate's file, if that has our own form.
pub(super) fn file_label(path: &Path) -> Option<HostLabel> {
    let file: RepositoryFile = name(path).parse().ok()?;
    match file.kind {
        FileKind::Certificate(label) => Some(label),
        FileKind::LedgerCopy | FileKind::PrivateKey(_) | FileKind::Pfx(_) => None,
    }
}

pub(super) fn has_end(path: &Path, ends: &[&str]) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| ends.contains(&end))
}

pub(super) fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

pub(super) fn ends_with(path: &Path, end: &str) -> bool {
    name(path).ends_with(end)
}

pub(super) fn append_end(path: &Path, end: &str) -> PathBuf {
    let mut text = path.as_os_str().to_owned();
    text.push(end);
    text.into()
}

pub(super) fn replace_end(path: &Path, end: &str, other: &str) -> Option<PathBuf> {
    let base = name(path).strip_suffix(end)?;
    Some(path.with_file_name(format!("{base}{other}")))
}

/// A certificate and the key beside it; none for the key itself.
pub(super) fn side_by_side(path: &Path, key_end: &str) -> Option<(PathBuf, PathBuf)> {
    if ends_with(path, key_end) {
        return None;
    }
    Some((path.to_path_buf(), replace_end(path, ".pem", key_end)?))
}

/// The files of the authority itself in the folders of mkcert and minica.
pub(super) fn is_of_authority(path: &Path) -> bool {
    ["rootCA.pem", "minica.pem"].contains(&name(path))
}
