//! What an alert of the other end means: what it has against us.
//!
//! An alert says less than the log of whoever sent it. Invariant: where it leaves open what is wrong, that is said.
//!
//! Source: RFC 8446 section 6.2, RFC 5246 section 7.2.2; what OpenSSL, Java, GnuTLS and our own engine send for what.

use trustpack_tls::cause::trouble::Trouble;

/// What an alert means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This is wrong with our certificate.
    Certificate(Trouble),
    /// Something is wrong with our certificate; only its log says what.
    SomethingWithCertificate,
    /// It does not let the owner of our certificate in: ours for its name, GnuTLS whatever is wrong with it.
    Denied,
    /// It demands a certificate, and got none.
    CertificateDemanded,
    /// It does not allow our version.
    Version,
    /// It does not allow our suites, or what else must be in common; also, in TLS 1.2, that a certificate is missing.
    Handshake,
    /// It knows no service of the name that we asked for.
    Name,
    /// It speaks none of the protocols above TLS that we offered.
    Protocol,
    /// It cannot verify the proof that we have our key.
    Proof,
    /// Something that only its log says.
    Unclear,
}

impl Meaning {
    /// What the alert with this number means.
    #[must_use]
    pub fn of(alert: u8) -> Self {
        match alert {
            40 => Self::Handshake,
            41 | 116 => Self::CertificateDemanded,
            42 | 46 => Self::SomethingWithCertificate,
            43 => Self::Certificate(Trouble::Usage),
            44 => Self::Certificate(Trouble::Revoked),
            45 => Self::Certificate(Trouble::Expired),
            48 => Self::Certificate(Trouble::NotTrusted),
            49 => Self::Denied,
            51 => Self::Proof,
            70 | 86 => Self::Version,
            71 => Self::Handshake,
            112 => Self::Name,
            120 => Self::Protocol,
            _other => Self::Unclear,
        }
    }
}
