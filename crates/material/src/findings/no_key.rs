//! TP4004: no usable private key in the file.

use trustpack_keystore::pem::ReadKeyError;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::{At, sentence};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4004),
    severity: Severity::Error,
    title: "no usable private key in the file",
    meaning: "The file of the private key holds none, several, or one that cannot be used: it is damaged, or of a kind or size with which our engine does not sign. Another engine may sign with such a key; then it is no error, but RSA below 2048 bits is the error TP4021.",
    example: "certificate-key names the certificate's file",
    remedy: "name a file with one private key: PKCS#8, PKCS#1 or SEC 1, RSA of 2048 to 8192 bits, P-256 or P-384",
    when_accepted: WhenAccepted::StaysDown,
};

/// The file that `option` names holds no private key that can be used.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, error: &ReadKeyError) -> Finding {
    at.finding(
        &KIND,
        format!("{}: the file {path}: {}", at.option, sentence(error)),
    )
}
