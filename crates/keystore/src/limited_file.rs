//! Reading whole files, which may hold secrets and whose size somebody else decides.
//!
//! Not what is in them. Invariant: no octet of a file stays in memory that was given back, also where
//! the file grew while it was read; and nothing is waited for but a pipe that some program holds open for
//! writing, and the terminal.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::{FsWord, Mode, OFlags, fcntl_getfl, fcntl_setfl, fstatfs, open};
use zeroize::Zeroizing;

/// What else than a regular file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Nothing, and nothing is waited for: for the files of a folder, where a pipe is a mistake.
    RegularFiles,
    /// Pipes, terminals and devices too, for a path that a person gave: `/dev/stdin`, `<(command)`. A named pipe
    /// is read if a program has it open for writing, or waits to.
    AnySource,
}

/// A file that was read.
#[derive(Debug)]
pub struct Contents {
    /// All of its octets; wiped when dropped.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What the system says of the very file that was read.
    pub metadata: Metadata,
}

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// A folder, a pipe, a device, where only a regular file is read.
    #[error("it is no regular file")]
    NotAFile,
    /// A named pipe, and nobody would ever write to it.
    #[error("it is a pipe that no program writes to")]
    NoWriter,
    /// A device from which nothing comes.
    #[error("it is a device that gives nothing to read")]
    Silent,
    /// More octets than are read.
    #[error("it is larger than {limit} bytes, the most that is read")]
    TooLarge {
        /// Bytes that are read at most.
        limit: usize,
    },
    /// The system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Octets for which there is room at first where the system does not know the size.
const FIRST_BYTES: usize = 4096;

/// Reads a whole file of at most `limit` bytes.
///
/// Of a larger one no more than that is read, so that a device without an end does no harm.
///
/// # Errors
///
/// [`ReadFileError`] when it cannot be opened or read, is of a kind that is not accepted, or is too
/// large.
pub fn read(path: &Path, limit: usize, accepted: Accepted) -> Result<Contents, ReadFileError> {
    let mut file = open_at_once(path)?;
    let metadata = file.metadata()?;
    let first = match accepted {
        _ if metadata.is_file() => None,
        Accepted::RegularFiles => return Err(ReadFileError::NotAFile),
        Accepted::AnySource => await_writer(&mut file, path, &metadata)?,
    };
    read_rest(first, file, metadata, limit)
}

/// Reads the rest of a file that is open already, of at most `limit` bytes.
///
/// # Errors
///
/// [`ReadFileError`] when it cannot be read, or is too large.
pub fn read_opened(file: File, limit: usize) -> Result<Contents, ReadFileError> {
    let metadata = file.metadata()?;
    read_rest(None, file, metadata, limit)
}

/// Reads what follows an octet that was read before.
fn read_rest(
    first: Option<u8>,
    file: File,
    metadata: Metadata,
    limit: usize,
) -> Result<Contents, ReadFileError> {
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if metadata.is_file() && length > limit {
        return Err(ReadFileError::TooLarge { limit });
    }
    let room = length.max(FIRST_BYTES);
    Ok(Contents {
        bytes: read_wiping(first.as_slice().chain(file), room, limit)?,
        metadata,
    })
}

/// Whether a regular file, opened anew, holds these octets and no others.
///
/// # Errors
///
/// What the operating system says when it cannot be opened or read.
pub fn holds(path: &Path, contents: &[u8]) -> io::Result<bool> {
    match read(path, contents.len(), Accepted::RegularFiles) {
        Ok(read) => Ok(read.bytes.as_slice() == contents),
        Err(ReadFileError::TooLarge { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Opens a regular file for reading. Nothing is waited for.
///
/// # Errors
///
/// [`ReadFileError`] when it cannot be opened, or is something else.
pub fn open_regular(path: &Path) -> Result<File, ReadFileError> {
    let file = open_at_once(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(ReadFileError::NotAFile),
    }
}

/// Opens whatever it is; reading gives an error where it would have to wait.
fn open_at_once(path: &Path) -> io::Result<File> {
    // Without it the opening of a pipe would wait for its writer, and that of a serial line for its carrier.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

/// Lets reading wait where somebody is at the other end. Gives what had to be read to see that.
fn await_writer(
    file: &mut File,
    path: &Path,
    metadata: &Metadata,
) -> Result<Option<u8>, ReadFileError> {
    let mut first = None;
    let waits = if !metadata.file_type().is_fifo() {
        TERMINALS.iter().any(|terminal| path == Path::new(terminal)) || is_descriptor(path)
    } else if is_unnamed(file)? {
        // What a shell or a parent has made for this: its end is an end.
        true
    } else {
        let mut octet = [0];
        match file.read(&mut octet) {
            // A program that waits to open it counts as a writer, with whom reading would block.
            Ok(0) => return Err(ReadFileError::NoWriter),
            Ok(_) => first = octet.first().copied(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        true
    };
    if waits {
        let flags = fcntl_getfl(&*file).map_err(io::Error::from)?;
        fcntl_setfl(&*file, flags - OFlags::NONBLOCK).map_err(io::Error::from)?;
    }
    Ok(first)
}

/// Where a person types. Another terminal may be a serial line with nobody at its end.
const TERMINALS: [&str; 2] = ["/dev/tty", "/dev/stdin"];

/// Whether a path is one of those that this process was started with.
fn is_descriptor(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// Whether a pipe is in no folder: those of shells are not.
fn is_unnamed(pipe: &File) -> io::Result<bool> {
    // PIPEFS_MAGIC of linux/magic.h.
    const PIPES: FsWord = 0x5049_5045;
    Ok(fstatfs(pipe)?.f_type == PIPES)
}

/// Reads to the end. `Vec` would leave what it holds behind each time it grows.
fn read_wiping(
    mut file: impl Read,
    room: usize,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
    // One octet more, to see that there is none.
    let most = limit.saturating_add(1);
    let mut bytes = Zeroizing::new(vec![0; room.saturating_add(1).min(most)]);
    let mut filled = 0_usize;
    loop {
        let free = bytes.get_mut(filled..).unwrap_or_default();
        match file.read(free) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(ReadFileError::Silent);
            }
            Err(error) => return Err(error.into()),
        }
        if filled > limit {
            return Err(ReadFileError::TooLarge { limit });
        }
        if filled == bytes.len() {
            let larger = bytes.len().saturating_mul(2).min(most);
            let mut next = Zeroizing::new(Vec::with_capacity(larger));
            next.extend_from_slice(&bytes);
            next.resize(larger, 0);
            // The old one is wiped here.
            bytes = next;
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

impl From<ReadFileError> for io::Error {
    fn from(error: ReadFileError) -> Self {
        match error {
            ReadFileError::Io(error) => error,
            ReadFileError::NotAFile | ReadFileError::NoWriter | ReadFileError::Silent => {
                Self::new(io::ErrorKind::InvalidInput, error)
            }
            ReadFileError::TooLarge { .. } => Self::new(io::ErrorKind::FileTooLarge, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::Command;

    #[track_caller]
    fn check(path: &Path, limit: usize, accepted: Accepted, want: Result<&[u8], &str>) {
        let got = read(path, limit, accepted).map(|contents| contents.bytes);
        let got = got.map_err(|error| error.to_string());
        assert_eq!(
            got.as_ref().map(|bytes| bytes.as_slice()),
            want.map_err(str::to_owned).as_ref().copied(),
            "{path:?} {limit} {accepted:?}"
        );
    }

    #[test]
    fn reads_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for length in [0, 1, FIRST_BYTES - 1, FIRST_BYTES, 5 * FIRST_BYTES] {
            let contents = vec![7; length];
            std::fs::write(&path, &contents).unwrap();
            for accepted in [Accepted::RegularFiles, Accepted::AnySource] {
                check(&path, length, accepted, Ok(&contents));
                check(&path, usize::MAX, accepted, Ok(&contents));
            }
        }
        let want = "it is larger than 9 bytes, the most that is read";
        check(&path, 9, Accepted::AnySource, Err(want));
        check(Path::new("/dev/zero"), 9, Accepted::AnySource, Err(want));
    }

    #[test]
    fn knows_what_a_file_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "octets").unwrap();
        for (contents, want) in [
            ("octets", true),
            ("octet", false),
            ("octetss", false),
            ("octett", false),
            ("", false),
        ] {
            assert_eq!(holds(&path, contents.as_bytes()).unwrap(), want);
        }
        assert!(holds(folder.path(), b"").is_err());
    }

    #[test]
    fn grows_with_what_has_no_size() {
        let (from, mut to) = io::pipe().unwrap();
        let contents: Vec<u8> = (0..5 * FIRST_BYTES).map(|n| n.to_le_bytes()[0]).collect();
        let sent = contents.clone();
        let writer = std::thread::spawn(move || to.write_all(&sent));
        let got = read_wiping(from, 3, usize::MAX).unwrap();
        assert_eq!(*got, contents);
        writer.join().unwrap().unwrap();
    }

    fn run(program: &str, path: &Path) {
        let status = Command::new(program).arg(path).status().unwrap();
        assert!(status.success(), "{program}");
    }

    #[test]
    fn only_where_accepted_are_pipes_and_devices_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        run("mkfifo", &pipe);
        for path in [&pipe, Path::new("/dev/null"), folder.path()] {
            let want = Err("it is no regular file");
            check(path, 9, Accepted::RegularFiles, want);
        }
        check(Path::new("/dev/null"), 9, Accepted::AnySource, Ok(b""));
        let want = Err("it is a pipe that no program writes to");
        check(&pipe, 9, Accepted::AnySource, want);
        let missing = read(&folder.path().join("none"), 9, Accepted::RegularFiles);
        let kind = io::Error::from(missing.unwrap_err()).kind();
        assert_eq!(kind, io::ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_with_a_writer_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        run("mkfifo", &pipe);
        let path = pipe.clone();
        let writer = std::thread::spawn(move || std::fs::write(path, b"contents"));
        // Until the writer has come there is none.
        let got = loop {
            match read(&pipe, 9, Accepted::AnySource) {
                Err(ReadFileError::NoWriter) => std::thread::yield_now(),
                other => break other.unwrap(),
            }
        };
        assert_eq!(got.bytes.as_slice(), b"contents");
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn a_pipe_of_a_shell_may_be_empty() {
        for (sent, want) in [(&b""[..], Ok(&b""[..])), (b"contents", Ok(b"contents"))] {
            let (from, mut to) = io::pipe().unwrap();
            to.write_all(sent).unwrap();
            drop(to);
            let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&from));
            check(Path::new(&path), 9, Accepted::AnySource, want);
        }
    }
}
