//! TP4039 and TP4040: own chain too large for a message, own chain large.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;
use crate::limits::{LARGE_CHAIN_BYTES, MAX_CHAIN_BYTES};

/// No peer takes it.
pub static TOO_LARGE: Kind = Kind {
    code: Code::new(4039),
    severity: Severity::Error,
    title: "chain too large for a message",
    meaning: "The own certificate and those that are sent with it are larger than peers take in one message of the handshake. Trustpack and Go take 64 KiB.",
    example: "a certificate with 5,000 names",
    remedy: "have certificates issued with fewer names, or put fewer CAs between the root and the host",
    when_accepted: WhenAccepted::Starts,
};

/// Some peers do not take it.
pub static LARGE: Kind = Kind {
    code: Code::new(4040),
    severity: Severity::Warning,
    title: "chain large",
    meaning: "The own certificate and those that are sent with it are larger than some peers take in one message of the handshake. Java takes 32 KiB, unless jdk.tls.maxHandshakeMessageSize says more.",
    example: "a certificate with 2,000 names",
    remedy: "have certificates issued with fewer names, or put fewer CAs between the root and the host",
    when_accepted: WhenAccepted::Starts,
};

/// What is sent, and the room that each certificate takes beside its octets.
///
/// Source: RFC 8446 section 4.4.2: three octets of length and two of extensions; four before all of them.
pub(crate) fn found(at: &At<'_>, chain: &[Certificate]) -> Option<Finding> {
    let sizes = chain.iter().map(|certificate| certificate.der().len() + 5);
    let octets = sizes.sum::<usize>() + 4;
    let count = chain.len();
    let says = |most| {
        format!(
            "{count} certificates that are sent in the handshake have {octets} octets; at most {most} are taken"
        )
    };
    if octets > MAX_CHAIN_BYTES {
        return Some(at.finding(&TOO_LARGE, says(format!("{MAX_CHAIN_BYTES}"))));
    }
    let by_some = format!("{LARGE_CHAIN_BYTES} by some peers, and {MAX_CHAIN_BYTES} by others,");
    (octets > LARGE_CHAIN_BYTES).then(|| at.finding(&LARGE, says(by_some)))
}
