//! TP4007: key does not match.

use trustpack_keystore::private_key::InvalidPrivateKey;
use trustpack_settings::endpoint::Engine;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4007),
    severity: Severity::Error,
    title: "key does not match",
    meaning: "None of the certificates in the files is for the private key; or, where the program does its own TLS, the first one is not: OpenSSL and others take the first certificate of the file for their own, wherever the one for the key stands, and do not start if it is another. Trustpack finds the one for the key.",
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
    let listed = listed(certificates, |public_key| public_key.fingerprint());
    let message = format!(
        "the private key in {key_file} belongs to none of the certificates: its public key has the SHA-256 fingerprint {}; {listed}",
        key.fingerprint(),
    );
    at.finding(&KIND, message)
}

/// The certificate for the key is a later one, and this engine takes the first.
pub(crate) fn not_first(
    at: &At<'_>,
    key_file: &str,
    key: &PublicKey,
    certificates: &[Certificate],
    later: usize,
    engine: Engine,
) -> Finding {
    let name = |one: Option<&Certificate>| one.map(|one| one.subject().to_string());
    let own = name(certificates.get(later)).unwrap_or_default();
    let first = name(certificates.first()).unwrap_or_default();
    let fingerprint = certificates
        .first()
        .map(|one| one.public_key().fingerprint());
    let message = format!(
        "the private key in {key_file} belongs to certificate {} of the files, {own:?}, and {engine} takes the first one for its own, {first:?}: the public key of the private one has the SHA-256 fingerprint {}, that of the first certificate {}",
        later.saturating_add(1),
        key.fingerprint(),
        fingerprint.unwrap_or_default(),
    );
    at.finding(&KIND, message).with_remedy(format!(
        "write {own:?} before all other certificates of the files, its issuers behind it"
    ))
}

/// No certificate is for a key of this kind, of which nothing more is known.
pub(crate) fn of_another_kind(
    at: &At<'_>,
    key_file: &str,
    kind: &InvalidPrivateKey,
    certificates: &[Certificate],
) -> Finding {
    let listed = listed(certificates, |public_key| {
        public_key.algorithm().to_string()
    });
    let message = format!(
        "the private key in {key_file} belongs to none of the certificates: {kind} here; {listed}"
    );
    at.finding(&KIND, message)
}

/// What the first certificates have.
fn listed(certificates: &[Certificate], has: impl Fn(&PublicKey) -> String) -> String {
    let shown = certificates.iter().take(SHOWN);
    let mut listed: Vec<String> = shown
        .map(|one| {
            format!(
                "{:?} has {}",
                one.subject().to_string(),
                has(one.public_key())
            )
        })
        .collect();
    let more = certificates.len().saturating_sub(SHOWN);
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    listed.join(", ")
}
