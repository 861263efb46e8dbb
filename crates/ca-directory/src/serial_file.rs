//! `serial.num`: which serial the next certificate gets.
//!
//! A value below 2^63 means that the folder counts; any other that serials are drawn at random.
//! Invariant: what the file says next is on disk before a certificate with the serial is signed, so
//! that no serial is used twice, whatever happens after.

use std::path::{Path, PathBuf};

use trustpack_x509::serial::{InvalidSerial, Serial};

use crate::durable::{self, FileError};
use crate::entropy::Entropy;

/// The serial file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SerialFileError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its text.
    #[error("{} holds no serial number", path.display())]
    Invalid {
        /// The serial file.
        path: PathBuf,
        /// What is there instead.
        source: InvalidSerial,
    },
    /// Counting has come to its end.
    #[error("{} has counted to 7FFFFFFFFFFFFFFF; put a random serial of 32 digits there to go on", path.display())]
    Exhausted {
        /// The serial file.
        path: PathBuf,
    },
}

/// How the folder numbers its certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// One after the other; this is the next.
    Counting(u64),
    /// Drawn at random for each certificate.
    Random,
}

/// A serial for one certificate, and what the file must say before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NextSerial {
    pub(crate) serial: Serial,
    pub(crate) file_after: Serial,
}

/// Reads how the folder numbers. A missing file means at random.
pub(crate) fn read(path: &Path) -> Result<Numbering, SerialFileError> {
    Ok(read_next(path)?.map_or(Numbering::Random, |next| Numbering::of(&next)))
}

/// What the file says: the serial that OpenSSL would give next. None if it is missing.
pub(crate) fn read_next(path: &Path) -> Result<Option<Serial>, SerialFileError> {
    let Some(contents) = durable::read_if_there(path)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&contents);
    let serial = text.trim().parse();
    serial.map(Some).map_err(|source| SerialFileError::Invalid {
        path: path.to_path_buf(),
        source,
    })
}

impl Numbering {
    /// How a folder numbers whose file says this.
    pub(crate) fn of(next: &Serial) -> Self {
        next.counting_value().map_or(Self::Random, Self::Counting)
    }
}

/// The serial for the next certificate.
pub(crate) fn next(
    numbering: &Numbering,
    path: &Path,
    entropy: &mut Entropy<'_>,
) -> Result<NextSerial, SerialFileError> {
    match numbering {
        Numbering::Random => Ok(NextSerial {
            serial: Serial::from_random(entropy.draw()),
            file_after: Serial::from_random(entropy.draw()),
        }),
        Numbering::Counting(value) => value
            .checked_add(1)
            .and_then(|after| Some((Serial::from_u64(*value)?, Serial::from_u64(after)?)))
            // Past 2^63 the file would read as one of random serials.
            .filter(|(_, after)| after.counting_value().is_some())
            .map(|(serial, file_after)| NextSerial { serial, file_after })
            .ok_or_else(|| SerialFileError::Exhausted {
                path: path.to_path_buf(),
            }),
    }
}

/// The text of the file: hexadecimal and a line break, as OpenSSL writes it.
pub(crate) fn text(serial: &Serial) -> String {
    format!("{serial}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<Numbering>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serial.num");
        std::fs::write(&path, text).unwrap();
        assert_eq!(read(&path).ok(), want, "{text:?}");
    }

    #[test]
    fn tells_counting_from_random() {
        check("01\n", Some(Numbering::Counting(1)));
        check("1000", Some(Numbering::Counting(0x1000)));
        check(
            "7FFFFFFFFFFFFFFF\r\n",
            Some(Numbering::Counting(u64::MAX >> 1)),
        );
        check("8000000000000000\n", Some(Numbering::Random));
        check(
            "41AA00112233445566778899AABBCCDD\n",
            Some(Numbering::Random),
        );
        check("", None);
        check("00\n", None);
        check("zz\n", None);
        assert_eq!(
            read(Path::new("/nonexistent/serial.num")).ok(),
            Some(Numbering::Random)
        );
    }

    #[test]
    fn counting_stops_before_it_would_look_random() {
        let mut entropy = Entropy::new(|| [7; 16]);
        let mut next = |value| {
            let next = next(
                &Numbering::Counting(value),
                Path::new("serial.num"),
                &mut entropy,
            )
            .ok()?;
            Some((next.serial.to_hex(), next.file_after.to_hex()))
        };
        assert_eq!(next(0xff), Some(("FF".into(), "0100".into())));
        assert_eq!(next(u64::MAX >> 1), None);
    }
}
