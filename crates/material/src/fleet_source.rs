//! The files of a fleet: its TOML files, and the own files of its applications.
//!
//! Not what they mean. Invariant: an own file is read from its own host's files or not at all.

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_settings::component_file::{ComponentFile, MAX_FILE_BYTES};
use trustpack_settings::fleet::{Fleet, OwnFile};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::secret::redact_line;
use trustpack_x509::dns::DnsName;

use crate::files::Files;

/// The texts that findings point into, by the path they were read from.
pub type Texts = BTreeMap<Arc<str>, String>;

/// The files of a host, if they are to be looked at.
pub type HostFiles<'a> = dyn Fn(&DnsName) -> Option<Box<dyn Files + 'a>> + 'a;

/// The files of a fleet cannot be read. What is wrong in them are findings of the fleet instead.
#[derive(Debug, thiserror::Error)]
pub enum FleetSourceError {
    /// A file.
    #[error("cannot read the fleet file {}", .file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        error: limited_file::ReadFileError,
    },
    /// A file of a folder.
    #[error("cannot read {}, by its name a file of the fleet", .file.display())]
    InFolder {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        error: limited_file::ReadFileError,
    },
    /// A folder.
    #[error("cannot read the folder {}", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// A folder without a fleet.
    #[error("the folder {} has no *.toml file", .folder.display())]
    NoFile {
        /// Which.
        folder: PathBuf,
    },
    /// The own file of a component.
    #[error("cannot read the component file {}: {why}", .file.display())]
    ComponentFile {
        /// Which.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// A file that is no text.
    #[error(
        "{}:{line}:{column}: the fleet file is not UTF-8 here, and TOML must be: {shown}",
        .file.display()
    )]
    NotUtf8 {
        /// Which.
        file: PathBuf,
        /// The line of the first octet that is none of UTF-8, from 1.
        line: usize,
        /// Its column, in characters from 1.
        column: usize,
        /// The line, without secrets.
        shown: String,
    },
}

/// The texts of a fleet: of the file itself, or of the `*.toml` files of a folder.
///
/// # Errors
///
/// [`FleetSourceError`] when one of them cannot be read or is no text.
pub fn texts(path: &Path) -> Result<Texts, FleetSourceError> {
    read_texts(path, Accepted::AnySource)
}

/// The same for whoever reads them again and again: of regular files alone, since nobody knows how long another kind
/// keeps its reader waiting.
///
/// # Errors
///
/// As [`texts`].
pub fn texts_of_files(path: &Path) -> Result<Texts, FleetSourceError> {
    read_texts(path, Accepted::RegularFiles)
}

fn read_texts(path: &Path, accepted: Accepted) -> Result<Texts, FleetSourceError> {
    let mut texts = Texts::new();
    let is_folder = path.is_dir();
    // Who names a pipe wants it read; in a folder nobody has named it.
    let accepted = if is_folder {
        Accepted::RegularFiles
    } else {
        accepted
    };
    for file in files(path)? {
        let read = limited_file::read(&file, fleet_file::MAX_FILE_BYTES, accepted);
        let mut read = read.map_err(|error| {
            let file = file.clone();
            if is_folder {
                FleetSourceError::InFolder { file, error }
            } else {
                FleetSourceError::File { file, error }
            }
        })?;
        // The octets themselves become the text, since there may be many; it stays as long as the program needs it.
        let text = String::from_utf8(mem::take(&mut read.bytes)).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            not_utf8(&file, error.as_bytes(), valid)
        })?;
        texts.insert(Arc::from(file.display().to_string()), text);
    }
    Ok(texts)
}

/// The fleet that texts say, without the own files of its applications.
#[must_use]
pub fn fleet(texts: &Texts) -> Fleet {
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|(path, text)| Source { path, text })
        .collect();
    fleet_file::read(&sources)
}

/// Reads the own files of `fleet` whose hosts have files here. Their texts are added to `texts`, under the name by which
/// findings point at them: `HOST:PATH`.
pub fn read_own_files(fleet: &mut Fleet, texts: &mut Texts, files_of: &HostFiles<'_>) {
    for application in &fleet.applications {
        let (Some(named), Some(host)) = (&application.own_file, &application.host) else {
            continue;
        };
        let Some(files) = files_of(&host.value) else {
            continue;
        };
        let path = format!("{}:{}", host.value, named.value);
        let known = match read_component_file(&*files, named.value.as_path(), &path) {
            Ok(file) => {
                texts.insert(Arc::from(path), file.text().to_owned());
                OwnFile::Read(file)
            }
            Err(why) => OwnFile::Unread { why },
        };
        let name = application.name.value.clone();
        fleet.own_files.insert(name, known);
    }
}

/// The own file of a component. What is wrong in it are mistakes of the file.
///
/// # Errors
///
/// [`FleetSourceError::ComponentFile`] when it cannot be read, or is none as a whole.
pub fn component_file(files: &dyn Files, path: &Path) -> Result<ComponentFile, FleetSourceError> {
    let read = read_component_file(files, path, &path.display().to_string());
    read.map_err(|why| FleetSourceError::ComponentFile {
        file: path.to_owned(),
        why,
    })
}

/// `called` is what messages name it by.
fn read_component_file(
    files: &dyn Files,
    path: &Path,
    called: &str,
) -> Result<ComponentFile, String> {
    let found = files.read(path, MAX_FILE_BYTES);
    let found = found.map_err(|error| error.to_string())?;
    ComponentFile::read(called, &found.bytes).map_err(|error| error.to_string())
}

/// The first octet that is none of UTF-8 stands at `at`.
fn not_utf8(file: &Path, octets: &[u8], at: usize) -> FleetSourceError {
    /// Characters of the line that are shown.
    const MAX_SHOWN: usize = 120;
    let before = String::from_utf8_lossy(octets.get(..at).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let begun = before.rsplit('\n').next().unwrap_or_default();
    let rest = octets.get(at..).unwrap_or_default();
    let rest = rest
        .split(|octet| *octet == b'\n')
        .next()
        .unwrap_or_default();
    let whole = format!("{begun}{}", String::from_utf8_lossy(rest));
    FleetSourceError::NotUtf8 {
        file: file.to_owned(),
        line,
        column: begun.chars().count() + 1,
        shown: redact_line(whole.trim_end())
            .chars()
            .take(MAX_SHOWN)
            .collect(),
    }
}

/// The file itself, or what of a folder is named `*.toml`, in the order of the names. What of that cannot be read is
/// there too: left out, a part of the fleet would be missing and nobody told.
///
/// # Errors
///
/// [`FleetSourceError`] when a folder cannot be read or has none.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, FleetSourceError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let folder = |error| FleetSourceError::Folder {
        folder: path.to_owned(),
        error,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(folder)? {
        let file = entry.map_err(folder)?.path();
        let is_toml = file.extension().is_some_and(|one| one == "toml");
        if is_toml && !is_lock(&file) {
            files.push(file);
        }
    }
    if files.is_empty() {
        let folder = path.to_owned();
        return Err(FleetSourceError::NoFile { folder });
    }
    files.sort();
    Ok(files)
}

/// Whether it is what Emacs puts beside a file that is being changed: a link `.#NAME` that leads nowhere.
fn is_lock(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".#") && !file.exists()
}
