//! TP6025: file of a host is not what its name says.

use std::path::Path;

use trustpack_keystore::pem::{ReadCertificatesError, read_certificates};
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;

use super::not_in_ledger::serial_of;
use crate::check::{CaFinding, whole_message};
use crate::directory::CaDirectory;
use crate::durable;
use crate::own_keys::Issued;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6025),
    severity: Severity::Warning,
    title: "file of a host is not what its name says",
    meaning: "A file in the repository that should hold the key, the certificate or the PKCS#12 store of a host is empty, cut or something else; or the certificate in it is that of another serial, or one that no key of the CA signed. Of keys and stores the outer form is looked at only: no password is needed, and nothing is decrypted.",
    example: "a `_cert.pfx` of random octets; one `_cert.pem` copied over another",
    remedy: "put the file back from a copy or from the host; a `_cert.pem` begins with the certificate in `<serial>.pem`, and a .pfx can be made of the PEM files; else renew the certificate with `trustpack cert renew`",
    when_accepted: WhenAccepted::Starts,
};

/// Whether a file of a host is something else than its name says.
pub(crate) fn of_name(directory: &CaDirectory, path: &Path, name: &str) -> Option<CaFinding> {
    let (expected, fits): (_, fn(&[u8]) -> bool) = if name.ends_with("_priv_key.pem") {
        ("no private key in PEM", |file| {
            is_pem(file, b"PRIVATE KEY-----")
        })
    } else if name.ends_with("_cert.pem") {
        ("no certificate in PEM", |file| {
            is_pem(file, b"CERTIFICATE-----")
        })
    } else if name.ends_with("_cert.pfx") {
        ("no PKCS#12 store", is_pkcs12)
    } else {
        return None;
    };
    let serial = serial_of(name)?;
    let message = match durable::read(path) {
        Ok(file) if !fits(&file) => format!("it is {expected}; it has {} octets", file.len()),
        Ok(file) if name.ends_with("_cert.pem") => other_certificate(directory, &serial, &file)?,
        Ok(_) => return None,
        // Whose account may not read it, or came too late, learns nothing.
        Err(error) if error.is_not_found() || error.is_denied() => {
            return None;
        }
        Err(error) => whole_message(&error),
    };
    Some(CaFinding::new(&KIND, path, message))
}

/// What is wrong with the certificate of a host in its file; none if it is that of its serial. One that is the same as
/// the copy is not verified once more.
fn other_certificate(directory: &CaDirectory, serial: &Serial, file: &[u8]) -> Option<String> {
    let certificate = match first(file) {
        Ok(certificate) => certificate?,
        Err(error) => return Some(whole_message(&error)),
    };
    let (found, subject) = (certificate.serial(), certificate.subject());
    if found != serial {
        return Some(format!(
            "the serial of the certificate in it is {found} ({subject})"
        ));
    }
    let copy = durable::read(&directory.layout().ledger_copy(serial)).ok();
    let copy = copy.and_then(|copy| first(&copy).ok().flatten());
    if copy.as_ref() == Some(&certificate) {
        return None;
    }
    // Where a replaced key cannot be read, which is said elsewhere, nobody knows what it signed.
    let issued = directory.issued(&certificate).ok()?;
    (issued == Issued::No)
        .then(|| format!("no key of this CA signed the certificate in it ({subject})"))
}

/// The first certificate in a file.
fn first(file: &[u8]) -> Result<Option<Certificate>, ReadCertificatesError> {
    Ok(read_certificates(file)?.into_iter().next())
}

/// Whether there is a block with such an end of its label, from its first line to its last.
fn is_pem(file: &[u8], label_end: &[u8]) -> bool {
    let times = |text: &[u8]| {
        file.windows(text.len())
            .filter(|found| *found == text)
            .count()
    };
    times(b"-----BEGIN ") > 0 && times(label_end) > 1 && times(b"-----END ") > 0
}

/// Whether it begins as a PFX, of version 3, and is as long as it says.
///
/// Source: RFC 7292 section 4; X.690 section 8.1.3.
fn is_pkcs12(file: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    const INDEFINITE: u8 = 0x80;
    const VERSION_3: [u8; 3] = [2, 1, 3];
    let Some(([SEQUENCE, length], rest)) = file.split_first_chunk() else {
        return false;
    };
    let octets = match *length {
        // A definite length of one octet; the end of an indefinite one is not looked for.
        0..=INDEFINITE => 0,
        more => usize::from(more & 0x7F),
    };
    let Some((octets, contents)) = rest.split_at_checked(octets) else {
        return false;
    };
    let said = octets.iter().try_fold(0_usize, |said, &octet| {
        said.checked_mul(256)?.checked_add(usize::from(octet))
    });
    contents.starts_with(&VERSION_3) && said.is_some_and(|said| said <= contents.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], expected: bool) {
        assert_eq!(is_pkcs12(file), expected, "{file:02X?}");
    }

    #[test]
    fn the_outer_form_of_a_store() {
        check(&[0x30, 3, 2, 1, 3], true);
        check(&[0x30, 0x80, 2, 1, 3, 0, 0], true);
        check(&[0x30, 0x82, 0, 3, 2, 1, 3], true);
        check(&[0x30, 0x82, 0, 4, 2, 1, 3], false);
        check(&[0x30, 0xFF, 2, 1, 3], false);
        check(&[0x30, 3, 2, 1, 0], false);
        check(&[0x30], false);
        check(b"", false);
    }

    #[test]
    fn a_cut_pem_file_is_none() {
        let whole = b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        let label = b"CERTIFICATE-----";
        assert!(is_pem(whole, label));
        assert!(!is_pem(&whole[..40], label));
        assert!(!is_pem(whole, b"PRIVATE KEY-----"));
    }
}
