//! A bundle as it came to this host: a folder that somebody copied here.
//!
//! Not where its files go. Invariant: every file of a [`Received`] was a regular file in that very folder, no link of any
//! kind to something of somebody else, and holds what its place in a bundle asks for; each key has its certificate.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open, openat};
use trustpack_keystore::contents::{self, Contents, ReadContentsError};
use trustpack_keystore::limited_file::{self, ReadFileError};
use trustpack_keystore::password::Passwords;
use trustpack_keystore::writers_lock::LOCK_FILE;
use trustpack_x509::certificate::Certificate;
use zeroize::Zeroizing;

use crate::bundle::Access;
use crate::host::refusal::NoBundle;

/// Files of a bundle. Source: ours; the largest that we make has nine.
pub const MAX_FILES: usize = 64;
/// Octets of a file of it. Source: ours; far above a chain of certificates.
pub const MAX_FILE: usize = 1024 * 1024;
/// Octets of a name. Source: NAME_MAX of Linux, less what is added for the name beside.
pub const MAX_NAME: usize = 200;

/// What only Windows and people read.
const PASSED_OVER: [&str; 4] = [
    "install.ps1",
    "keytool.txt",
    "thumbprint.txt",
    "ca_cert.cer",
];
/// Lines of configuration, which people change.
const LINES: [&str; 3] = ["haproxy.cfg", "nginx.conf", "stunnel.conf"];
/// The script by which a bundle for Windows is known.
const FOR_WINDOWS: &str = "install.ps1";

/// A bundle that was looked at.
#[derive(Debug)]
pub struct Received {
    /// Its files, by name.
    pub files: Vec<ReceivedFile>,
    /// Names of those that this host has no use for.
    pub passed_over: Vec<String>,
}

/// One file of it.
pub struct ReceivedFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub contents: Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub access: Access,
    /// What it is.
    pub kind: ReceivedKind,
}

/// What a file is.
#[derive(Debug)]
pub enum ReceivedKind {
    /// The certificate of a host, with or without its key in the same file.
    Host(Box<Certificate>),
    /// A key of which another file has the certificate.
    Key,
    /// Certificates of authorities, or revocation lists.
    Public,
    /// A store or key that no password at hand opens; a key may be in it.
    Locked,
    /// Lines of configuration.
    Lines,
}

/// A file before it is known what it is in the bundle.
struct Raw {
    name: String,
    contents: Zeroizing<Vec<u8>>,
    read: Result<Contents, ReadContentsError>,
}

impl Received {
    /// Reads the files of a folder. `passwords` are tried at stores and keys that are encrypted.
    ///
    /// # Errors
    ///
    /// [`NoBundle`]: the first thing that keeps it from being installed.
    pub fn read(folder: &Path, passwords: &Passwords) -> Result<Self, NoBundle> {
        let failed = |source| NoBundle::Folder {
            path: folder.to_owned(),
            source,
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = open(folder, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
        let opened = File::from(opened);
        let names = names_in(folder)?;
        if names.is_empty() {
            return Err(NoBundle::Empty {
                path: folder.to_owned(),
            });
        }
        let has_pem = names.iter().any(|name| name.ends_with(".pem"));
        if !has_pem && names.iter().any(|name| name == FOR_WINDOWS) {
            return Err(NoBundle::ForWindows {
                path: folder.to_owned(),
            });
        }
        let owner = opened.metadata().map_err(failed)?.uid();
        let (mut raw, mut files, mut passed_over) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            if PASSED_OVER.contains(&&*name) {
                passed_over.push(name);
                continue;
            }
            let contents = read_file(&opened, owner, folder, &name)?;
            if LINES.contains(&&*name) {
                files.push(lines(folder, name, contents)?);
            } else {
                let read = contents::read(&contents, passwords);
                raw.push(Raw {
                    name,
                    contents,
                    read,
                });
            }
        }
        files.extend(sorted_out(folder, raw)?);
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self { files, passed_over })
    }

    /// The certificates of hosts, each once.
    #[must_use]
    pub fn hosts(&self) -> Vec<&Certificate> {
        let mut hosts = Vec::new();
        for file in &self.files {
            match &file.kind {
                ReceivedKind::Host(certificate) if !hosts.contains(&&**certificate) => {
                    hosts.push(&**certificate);
                }
                ReceivedKind::Host(_)
                | ReceivedKind::Key
                | ReceivedKind::Public
                | ReceivedKind::Locked
                | ReceivedKind::Lines => {}
            }
        }
        hosts
    }
}

fn names_in(folder: &Path) -> Result<Vec<String>, NoBundle> {
    let failed = |source| NoBundle::Folder {
        path: folder.to_owned(),
        source,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        match name.to_str() {
            // A command that exports into the folder holds it, or was killed.
            Some(LOCK_FILE) => continue,
            Some(name)
                if name.len() <= MAX_NAME && name.chars().all(fits) && !name.starts_with('.') =>
            {
                names.push(name.to_owned());
            }
            Some(_) | None => {
                let name = name.to_string_lossy().chars().take(MAX_NAME).collect();
                return Err(NoBundle::Name { name });
            }
        }
        if names.len() > MAX_FILES {
            return Err(NoBundle::TooManyFiles {
                path: folder.to_owned(),
            });
        }
    }
    names.sort();
    Ok(names)
}

/// Reads a file of the folder that is open, whatever has come under its name since.
fn read_file(
    opened: &File,
    folder_owner: u32,
    folder: &Path,
    name: &str,
) -> Result<Zeroizing<Vec<u8>>, NoBundle> {
    let path = folder.join(name);
    let failed = |source| NoBundle::File {
        path: path.clone(),
        source,
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match openat(opened, name, flags | OFlags::CLOEXEC, Mode::empty()) {
        Ok(file) => File::from(file),
        // With NOFOLLOW a link gives ELOOP; a socket cannot be opened.
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => {
            return Err(NoBundle::NoFile { path });
        }
        Err(error) => return Err(failed(ReadFileError::Io(error.into()))),
    };
    let found = file
        .metadata()
        .map_err(|error| failed(ReadFileError::Io(error)))?;
    if !found.is_file() {
        return Err(NoBundle::NoFile { path });
    }
    // In a folder of his own anybody may give a file of root a second name.
    if found.nlink() > 1 && found.uid() != folder_owner {
        return Err(NoBundle::HardLink {
            path,
            owner: found.uid(),
            folder_owner,
            names: found.nlink(),
        });
    }
    let read = limited_file::read_opened(file, MAX_FILE).map_err(failed)?;
    Ok(read.bytes)
}

fn lines(
    folder: &Path,
    name: String,
    contents: Zeroizing<Vec<u8>>,
) -> Result<ReceivedFile, NoBundle> {
    match std::str::from_utf8(&contents) {
        Ok(text) if !text.contains('\0') => Ok(ReceivedFile {
            name,
            contents,
            access: Access::Public,
            kind: ReceivedKind::Lines,
        }),
        Ok(_) | Err(_) => Err(NoBundle::NoText {
            path: folder.join(name),
        }),
    }
}

/// What each file is, now that it is known which keys and certificates there are.
fn sorted_out(folder: &Path, raw: Vec<Raw>) -> Result<Vec<ReceivedFile>, NoBundle> {
    let mut authority = false;
    let mut locked = false;
    let mut has_certificates = false;
    for file in &raw {
        match &file.read {
            Ok(contents) if contents.requests.is_empty() => {
                has_certificates |= !contents.certificates.is_empty() || !contents.keys.is_empty();
                let mut certificates = contents.only_certificates();
                authority |= certificates.any(is_authority);
                locked |= contents.has_locked_key();
            }
            Ok(_) => {
                let path = folder.join(&file.name);
                return Err(NoBundle::Request { path });
            }
            Err(error) if error.is_password() => locked = true,
            Err(source) => {
                let (path, source) = (folder.join(&file.name), source.clone());
                return Err(NoBundle::Unknown { path, source });
            }
        }
    }
    // Revocation lists may come alone, each time that there is a new one.
    if has_certificates && !authority && !locked {
        let path = folder.to_owned();
        return Err(NoBundle::NothingTrusted { path });
    }
    refuse_other_keys(folder, &raw)?;
    Ok(raw.into_iter().map(Raw::known).collect())
}

pub(crate) fn is_authority(certificate: &Certificate) -> bool {
    // Old roots do not say that they are one.
    certificate.extensions().is_authority() || certificate.subject() == certificate.issuer()
}

/// Each key is of a host whose certificate is in the bundle.
fn refuse_other_keys(folder: &Path, raw: &[Raw]) -> Result<(), NoBundle> {
    let read = || raw.iter().filter_map(|file| file.read.as_ref().ok());
    for file in raw {
        let keys = file.read.as_ref().map_or(&[][..], |read| &read.keys);
        for key in keys.iter().filter_map(|found| found.key.as_ref().ok()) {
            let path = folder.join(&file.name);
            let mut all = read().flat_map(Contents::only_certificates);
            match all.find(|certificate| key.matches(certificate)) {
                None => return Err(NoBundle::OtherKey { path }),
                Some(found) if found.extensions().is_authority() => {
                    return Err(NoBundle::AuthorityKey { path });
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

impl Raw {
    fn known(self) -> ReceivedFile {
        let (access, kind) = match &self.read {
            Err(_) => (Access::Private, ReceivedKind::Locked),
            Ok(contents) => {
                let access = match contents.keys.is_empty() {
                    true => Access::Public,
                    false => Access::Private,
                };
                let first = contents.only_certificates().next();
                let host = first.filter(|one| !is_authority(one));
                let kind = match (host, contents.has_locked_key()) {
                    (_, true) => ReceivedKind::Locked,
                    (Some(host), false) => ReceivedKind::Host(Box::new(host.clone())),
                    (None, false) if access == Access::Private => ReceivedKind::Key,
                    (None, false) => ReceivedKind::Public,
                };
                (access, kind)
            }
        };
        ReceivedFile {
            name: self.name,
            contents: self.contents,
            access,
            kind,
        }
    }
}

impl std::fmt::Debug for ReceivedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceivedFile")
            .field("name", &self.name)
            .field("access", &self.access)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
