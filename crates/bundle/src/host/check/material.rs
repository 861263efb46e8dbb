//! The files that are looked at, and what is in them.
//!
//! Invariant: a file whose contents are not known counts as private where a key may be in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use trustpack_keystore::contents::{self, Contents, ReadContentsError};
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Passwords;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use super::{CheckError, ENDINGS, HostFinding, MAX_FILES, SOON};
use crate::host::findings::{ends_soon, leads_nowhere, not_in_validity, not_understood};
use crate::host::generations::{CURRENT, INSTALLED};
use crate::host::received::MAX_FILE;

/// A file with certificates, keys or lists.
pub(super) struct Material {
    pub(super) path: PathBuf,
    pub(super) read: Result<Contents, Unread>,
}

/// Why it is not known what is in a file.
pub(super) enum Unread {
    System(String),
    Contents(ReadContentsError),
}

impl Material {
    /// Whether a key is in it, or may be.
    pub(super) fn is_private(&self) -> bool {
        match &self.read {
            Ok(contents) => !contents.keys.is_empty(),
            Err(Unread::Contents(error)) => error.is_password(),
            Err(Unread::System(_)) => self.path.to_string_lossy().contains("key"),
        }
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.read
            .iter()
            .flat_map(|contents| contents.only_certificates())
    }

    pub(super) fn dates(&self, now: Timestamp, findings: &mut Vec<HostFinding>) {
        for certificate in self.certificates() {
            let (subject, validity) = (certificate.subject(), certificate.validity());
            let (begin, end) = (validity.not_before, validity.not_after);
            let (kind, message) = if end < now {
                let message = format!("the certificate of {subject} ended on {end}");
                (&not_in_validity::KIND, message)
            } else if now < begin {
                let message = format!("the certificate of {subject} begins on {begin} only");
                (&not_in_validity::KIND, message)
            } else if end < now.saturating_add(SOON) {
                let message = format!("the certificate of {subject} ends on {end}");
                (&ends_soon::KIND, message)
            } else {
                continue;
            };
            findings.push(HostFinding::new(kind, &self.path, message));
        }
    }
}

/// What is in a folder.
#[derive(Default)]
pub(super) struct InFolder {
    pub(super) material: Vec<Material>,
    /// Names behind which there is no file, or none that can be read.
    pub(super) without_file: Vec<HostFinding>,
}

/// The files of the folder that have, or should have, certificates, keys or lists.
pub(super) fn material_in(folder: &Path, passwords: &Passwords) -> Result<InFolder, CheckError> {
    let failed = |source| CheckError::Folder {
        path: folder.to_owned(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut found = InFolder::default();
    for (index, entry) in entries.enumerate() {
        if index >= MAX_FILES {
            let path = folder.to_owned();
            return Err(CheckError::TooManyFiles { path });
        }
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name.starts_with('.') {
            continue;
        }
        let named = ENDINGS.iter().any(|ending| name.ends_with(ending));
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => {}
            Err(error) if named => {
                found.without_file.push(without_file(&path, &error));
                continue;
            }
            Ok(_) if named => {
                let message = "it is no regular file, and so was not read";
                let found_here = HostFinding::new(&not_understood::KIND, &path, message);
                found.without_file.push(found_here);
                continue;
            }
            Ok(_) | Err(_) => continue,
        }
        let read = match limited_file::read(&path, MAX_FILE, Accepted::RegularFiles) {
            Ok(octets) => contents::read(&octets.bytes, passwords).map_err(Unread::Contents),
            Err(error) => Err(Unread::System(error.to_string())),
        };
        // Other files have nothing to do with certificates: a fleet file, a configuration.
        if named || read.as_ref().is_ok_and(|contents| !contents.is_empty()) {
            found.material.push(Material { path, read });
        }
    }
    if found.material.is_empty() && found.without_file.is_empty() {
        let path = folder.to_owned();
        return Err(CheckError::Nothing { path });
    }
    found
        .material
        .sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// A name that should be of a file, and is of none that can be looked at.
fn without_file(path: &Path, error: &io::Error) -> HostFinding {
    let to = fs::read_link(path).unwrap_or_default();
    let to = to.display();
    if error.kind() == io::ErrorKind::NotFound {
        let message = format!("it is a link to {to}, and there is no such file");
        HostFinding::new(&leads_nowhere::KIND, path, message)
    } else {
        let message = format!("it is a link to {to}, which cannot be looked at: {error}");
        HostFinding::new(&not_understood::KIND, path, message)
    }
}

/// What `host install` keeps of before: keys that are in no use any more, and mostly still valid.
pub(super) fn kept_before(
    folder: &Path,
    passwords: &Passwords,
) -> Result<Vec<Material>, CheckError> {
    let installed = folder.join(INSTALLED);
    let current = fs::canonicalize(installed.join(CURRENT)).ok();
    let mut kept = Vec::new();
    for entry in fs::read_dir(installed).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_generation = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_generation || path.canonicalize().ok() == current {
            continue;
        }
        match material_in(&path, passwords) {
            Ok(found) => kept.extend(found.material),
            Err(CheckError::Nothing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

impl Material {
    pub(super) fn not_understood(&self) -> Option<String> {
        match &self.read {
            Ok(contents) if contents.has_locked_key() => {
                Some("its key is locked with a password".to_owned())
            }
            Ok(_) => None,
            Err(Unread::System(reason)) => Some(format!("it cannot be read: {reason}")),
            Err(Unread::Contents(error)) if error.is_password() => {
                Some("it is locked with a password".to_owned())
            }
            Err(Unread::Contents(error)) => Some(error.to_string()),
        }
    }
}
