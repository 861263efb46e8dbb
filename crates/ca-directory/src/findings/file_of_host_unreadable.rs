//! TP6025: file of a host is not what its name says.

use std::path::Path;

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use super::not_in_ledger::serial_of;
use crate::check::{CaFinding, whole_message};
use crate::durable;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6025),
    severity: Severity::Warning,
    title: "file of a host is not what its name says",
    meaning: "A file in the repository that should hold the key, the certificate or the PKCS#12 store of a host is empty, cut or something else. Its outer form is looked at only: no password is needed, and nothing is decrypted.",
    example: "a `_cert.pfx` of random octets",
    remedy: "put the file back from a copy or from the host; a .pfx can be made of the PEM files; else renew the certificate with `trustpack cert renew`",
    when_accepted: WhenAccepted::Starts,
};

/// Whether a file of a host has another form than its name says.
pub(crate) fn of_name(path: &Path, name: &str) -> Option<CaFinding> {
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
    serial_of(name)?;
    let message = match durable::read(path) {
        Ok(file) if fits(&file) => return None,
        Ok(file) => format!("it is {expected}; it has {} octets", file.len()),
        // Whose account may not read it, or came too late, learns nothing.
        Err(error) if error.is_not_found() || error.is_denied() => {
            return None;
        }
        Err(error) => whole_message(&error),
    };
    Some(CaFinding::new(&KIND, path, message))
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
