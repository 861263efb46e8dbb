//! TP4007: key does not match.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4007),
    severity: Severity::Error,
    title: "key does not match",
    meaning: "None of the certificates in the files is for the private key.",
    example: "the key of an older certificate",
    remedy: "name the key that was made with the certificate, or issue a new certificate",
    when_accepted: WhenAccepted::StaysDown,
};

/// How many certificates the sentence lists.
const SHOWN: usize = 5;

/// No certificate is for the key.
pub(crate) fn found(
    at: &At<'_>,
    key_file: &str,
    key: &PublicKey,
    certificates: &[Certificate],
) -> Finding {
    let mut listed: Vec<String> = certificates
        .iter()
        .take(SHOWN)
        .map(|c| {
            format!(
                "{:?} has {}",
                c.subject().to_string(),
                c.public_key().fingerprint()
            )
        })
        .collect();
    if let Some(more) = certificates
        .len()
        .checked_sub(SHOWN)
        .filter(|&more| more > 0)
    {
        listed.push(format!("and {more} more"));
    }
    let message = format!(
        "the private key in {key_file} belongs to none of the certificates: its public key has the SHA-256 fingerprint {}; {}",
        key.fingerprint(),
        listed.join(", ")
    );
    at.finding(&KIND, message)
}
