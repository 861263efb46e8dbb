//! The files that hold a revocation list: PEM or DER, up to hundreds of megabytes.
//!
//! Not through the reader of all formats, which keeps several copies of what it reads. Invariant: one
//! buffer of the size of the file is all that reading takes, and writing takes none.

use std::io::{self, Read as _, Write};
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use memchr::memmem;
use trustpack_x509::crl::{InvalidRevocationList, MAX_OCTETS, RevocationList};

use crate::durable::{self, Doing, FileError};

const BEGIN: &[u8] = b"-----BEGIN X509 CRL-----";
const END: &[u8] = b"-----END X509 CRL-----";
/// Octets in a line of Base64: 64 characters (RFC 7468 section 2).
const LINE_OCTETS: usize = 48;
/// Lines that are written at once.
const LINES_AT_ONCE: usize = 1024;
/// What a file may hold: a list in Base64, with line breaks and some text.
pub(crate) const MAX_FILE_OCTETS: usize = MAX_OCTETS / 2 * 3;

/// A file holds no revocation list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListFile {
    /// Too large.
    #[error("it has more than {MAX_FILE_OCTETS} octets")]
    TooLarge,
    /// A block that has no end, or does not hold Base64.
    #[error("its block X509 CRL has no end, or is no Base64")]
    Pem,
    /// What is inside.
    #[error(transparent)]
    List(#[from] InvalidRevocationList),
}

/// Reads the list in a file; none if there is no file.
pub(crate) fn read(
    path: &Path,
) -> Result<Option<Result<RevocationList, InvalidListFile>>, FileError> {
    let error = |error| FileError::new(Doing::Read, path, error);
    let mut file = match durable::open(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(error)?,
    };
    let length = file.metadata().map_err(error)?.len();
    let Some(length) = usize::try_from(length)
        .ok()
        .filter(|&length| length <= MAX_FILE_OCTETS)
    else {
        return Ok(Some(Err(InvalidListFile::TooLarge)));
    };
    let mut contents = Vec::with_capacity(length + 1);
    let limit = u64::try_from(MAX_FILE_OCTETS).unwrap_or(u64::MAX);
    (&mut file)
        .take(limit)
        .read_to_end(&mut contents)
        .map_err(error)?;
    Ok(Some(from_contents(contents)))
}

fn from_contents(mut contents: Vec<u8>) -> Result<RevocationList, InvalidListFile> {
    if let Some(begin) = memmem::find(&contents, BEGIN) {
        contents.drain(..begin + BEGIN.len());
        let end = memmem::find(&contents, END).ok_or(InvalidListFile::Pem)?;
        contents.truncate(end);
        contents.retain(|octet| !octet.is_ascii_whitespace());
        let length = Base64::decode_in_place(&mut contents)
            .map_err(|_| InvalidListFile::Pem)?
            .len();
        contents.truncate(length);
    }
    Ok(RevocationList::from_der(contents)?)
}

/// Writes a list in PEM.
pub(crate) fn write_pem(list: &RevocationList, out: &mut impl Write) -> io::Result<()> {
    let mut text = BEGIN.to_vec();
    text.push(b'\n');
    let mut line = [0; LINE_OCTETS / 3 * 4];
    for lines in list.der().chunks(LINE_OCTETS * LINES_AT_ONCE) {
        for octets in lines.chunks(LINE_OCTETS) {
            let encoded = Base64::encode(octets, &mut line).map_err(io::Error::other)?;
            text.extend_from_slice(encoded.as_bytes());
            text.push(b'\n');
        }
        out.write_all(&text)?;
        text.clear();
    }
    out.write_all(END)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trustpack_x509::algorithm::SignatureAlgorithm;
    use trustpack_x509::crl::build::{CrlToBeSigned, NewEntry, join};
    use trustpack_x509::crl::number::CrlNumber;
    use trustpack_x509::crl::reason::RevocationReason;
    use trustpack_x509::name::build::NameBuilder;
    use trustpack_x509::serial::Serial;
    use trustpack_x509::time::Timestamp;

    use super::*;

    fn list(entries: u64) -> RevocationList {
        let this_update = Timestamp::from_unix(1_800_000_000);
        let algorithm = SignatureAlgorithm::Ed25519;
        let tbs = CrlToBeSigned {
            issuer: NameBuilder::default()
                .common_name("CA")
                .unwrap()
                .build()
                .unwrap(),
            signature_algorithm: algorithm.clone(),
            this_update,
            next_update: this_update.saturating_add(Duration::from_secs(60)),
            number: CrlNumber::from_u64(1),
            authority_key_id: None,
        };
        let entries = (1..=entries).map(|serial| NewEntry {
            serial: Serial::from_u64(serial).unwrap(),
            revoked: this_update,
            reason: RevocationReason::Unspecified,
            invalid_since: None,
        });
        let tbs = tbs.to_der(entries).unwrap();
        RevocationList::from_der(join(tbs, &algorithm, &[0; 64]).unwrap()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crl.pem");
        for entries in [0, 1, 2, 3, 10_000] {
            let list = list(entries);
            let mut text = Vec::new();
            write_pem(&list, &mut text).unwrap();
            assert!(
                text.split(|&octet| octet == b'\n')
                    .all(|line| line.len() <= 64)
            );
            let crlf = String::from_utf8(text.clone())
                .unwrap()
                .replace('\n', "\r\n");
            let around = format!("a comment\n{crlf}more\n");
            for contents in [text.as_slice(), list.der(), around.as_bytes()] {
                std::fs::write(&path, contents).unwrap();
                assert_eq!(read(&path).unwrap(), Some(Ok(list.clone())));
            }
        }
    }

    #[test]
    fn what_is_none_is_named() {
        let check = |contents: &[u8], want: fn(&InvalidListFile) -> bool| {
            let got = from_contents(contents.to_vec()).unwrap_err();
            assert!(want(&got), "{got:?}");
        };
        let mut text = Vec::new();
        write_pem(&list(1), &mut text).unwrap();
        check(&text[..text.len() - 10], |error| {
            *error == InvalidListFile::Pem
        });
        text[40] = b'!';
        check(&text, |error| *error == InvalidListFile::Pem);
        check(b"", |error| matches!(error, InvalidListFile::List(_)));
        assert_eq!(read(Path::new("/nonexistent/crl.pem")).unwrap(), None);
    }
}
