//! Alerts of TLS by their names.
//!
//! Invariant: the name is the one of the standard, so that it can be found in other programs' logs.

use std::fmt;

use rustls::AlertDescription;

/// An alert, sent by a peer or by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert(u8);

/// Source: RFC 8446 section 6, RFC 5246 section 7.2, IANA's registry of TLS alerts.
const NAMES: &[(u8, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (22, "record_overflow"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
];

impl Alert {
    pub(crate) const UNEXPECTED_MESSAGE: Self = Self(10);
    pub(crate) const BAD_RECORD_MAC: Self = Self(20);
    pub(crate) const RECORD_OVERFLOW: Self = Self(22);
    pub(crate) const HANDSHAKE_FAILURE: Self = Self(40);
    pub(crate) const BAD_CERTIFICATE: Self = Self(42);
    pub(crate) const UNSUPPORTED_CERTIFICATE: Self = Self(43);
    pub(crate) const CERTIFICATE_REVOKED: Self = Self(44);
    pub(crate) const CERTIFICATE_EXPIRED: Self = Self(45);
    pub(crate) const ILLEGAL_PARAMETER: Self = Self(47);
    pub(crate) const UNKNOWN_CA: Self = Self(48);
    pub(crate) const ACCESS_DENIED: Self = Self(49);
    pub(crate) const DECODE_ERROR: Self = Self(50);
    pub(crate) const DECRYPT_ERROR: Self = Self(51);
    pub(crate) const PROTOCOL_VERSION: Self = Self(70);
    pub(crate) const CERTIFICATE_REQUIRED: Self = Self(116);

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The record that tells it to a peer with whom nothing is encrypted yet.
    ///
    /// Source: RFC 8446 sections 5.1 and 6: the type alert (21), with the level fatal (2).
    #[must_use]
    pub fn in_the_clear(self) -> [u8; 7] {
        [21, 3, 3, 0, 2, 2, self.number()]
    }

    /// Whether the peer says with it that version or suites do not fit.
    #[must_use]
    pub fn is_about_protocol(self) -> bool {
        matches!(self.0, 40 | 70 | 71 | 86)
    }
}

impl From<AlertDescription> for Alert {
    fn from(alert: AlertDescription) -> Self {
        Self(u8::from(alert))
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((number, name)) => write!(f, "{name} ({number})"),
            None => write!(f, "number {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        let alert = Alert::from(AlertDescription::CertificateRequired);
        assert_eq!(alert.to_string(), "certificate_required (116)");
        assert_eq!(Alert(200).to_string(), "number 200");
        assert!(Alert::from(AlertDescription::ProtocolVersion).is_about_protocol());
        assert!(!alert.is_about_protocol());
    }
}
