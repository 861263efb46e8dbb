//! `--state DIR`: what running tunnels remember for the next that run: the highest numbers of revocation lists.
//!
//! A list that somebody put back is then refused after a restart too. The file is opened before the sandbox is there, and
//! only grows: what is new is one line at its end, written through to the disk, so that nothing that interrupts it takes
//! away what was there.
//!
//! Invariant: no number in the file is forgotten, but one whose line was not finished.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tracing::warn;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_keystore::limited_file::{self, Accepted, ReadFileError};
use trustpack_keystore::placing::Existing;

use crate::failure::{Failure, message};
use crate::output_file::{self, Secrecy};
use crate::session;

/// Where tunnels keep what they remember.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct StateArgs {
    /// Folder in which the highest numbers of revocation lists are kept, so that a list that was put back is refused after
    /// a restart too; it is made if it is not there. If not said, the folder that systemd gives the service by
    /// StateDirectory=, else none
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

/// What is remembered, and where more of it goes.
#[derive(Debug, Default)]
pub(super) struct State {
    seen: SeenNumbers,
    file: Option<(PathBuf, File)>,
}

/// The file in the folder.
const NUMBERS: &str = "crl-numbers";

/// Octets of the file that are read.
///
/// Source: ours; some ten thousand lines, each a list that a CA made.
const MAX_BYTES: usize = 1024 * 1024;

/// Octets from which on the file is written anew at a start, without what has been overtaken.
///
/// Source: ours; half of what is read.
const LONG_BYTES: usize = MAX_BYTES / 2;

impl StateArgs {
    /// Reads what is remembered.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made, or the file neither read nor written; and when it is no such file: whoever cannot
    /// know what was seen must not let in what was revoked.
    pub(super) fn open(&self) -> Result<State, Failure> {
        let given = || {
            let folders = session::environment("STATE_DIRECTORY")?;
            let first = std::env::split_paths(&folders).next();
            first.filter(|folder| folder.is_absolute())
        };
        match self.state.clone().or_else(given) {
            Some(folder) => State::open(&folder).map_err(Failure::request),
            None => Ok(State::default()),
        }
    }
}

impl State {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let cannot = |what: &str, path: &Path| format!("cannot {what} {}", path.display());
        std::fs::create_dir_all(folder).with_context(|| cannot("make", folder))?;
        let path = folder.join(NUMBERS);
        let read = limited_file::read(&path, MAX_BYTES, Accepted::RegularFiles);
        let text = match read {
            Ok(contents) => String::from_utf8_lossy(&contents.bytes).into_owned(),
            Err(ReadFileError::Io(error)) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(anyhow::Error::new(error).context(cannot("read", &path))),
        };
        let seen: SeenNumbers = text
            .parse()
            .with_context(|| format!("{} is damaged", path.display()))?;
        // A line that was interrupted must not be the begin of the next one.
        let is_ended = text.is_empty() || text.ends_with('\n');
        if text.len() > LONG_BYTES || !is_ended {
            let whole = seen.to_string();
            output_file::write(&path, whole.as_bytes(), Secrecy::Public, Existing::Replace)
                .map_err(|failure| message(failure.in_one_line()))?;
        }
        let file = open_for_more(&path).with_context(|| cannot("write", &path))?;
        Ok(Self {
            seen,
            file: Some((path, file)),
        })
    }

    /// The highest numbers that were seen.
    pub(super) fn seen(&self) -> &SeenNumbers {
        &self.seen
    }

    /// Remembers what is higher than what it knows.
    pub(super) fn note(&mut self, seen: &SeenNumbers) {
        let news = seen.beyond(&self.seen);
        if news.is_empty() {
            return;
        }
        if let Some((path, mut file)) = self.file.take() {
            match file.write_all(news.to_string().as_bytes()) {
                Ok(()) => self.file = Some((path, file)),
                Err(error) => {
                    let (path, error) = (path.display().to_string(), error.to_string());
                    // A part of a line may stand there, behind which no other may: the next start mends it.
                    warn!(
                        path,
                        error, "numbers of revocation lists are not remembered any more"
                    );
                }
            }
        }
        self.seen = std::mem::take(&mut self.seen).and(&news);
    }
}

/// What is written goes to its end, and is on the disk when it is written: in the sandbox nothing else can be asked for.
fn open_for_more(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::DSYNC.bits().cast_signed());
    }
    options.open(path)
}
