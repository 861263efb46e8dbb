//! The words for purposes and uses in profile files and on the command line.

use const_oid::ObjectIdentifier;
use trustpack_x509::extension::{KeyUse, Purpose};

/// The uses that the key of a host may have: not those of authorities, and not the two that only
/// narrow key agreement.
pub(super) const HOST_KEY_USES: [KeyUse; 5] = [
    KeyUse::DigitalSignature,
    KeyUse::NonRepudiation,
    KeyUse::KeyEncipherment,
    KeyUse::DataEncipherment,
    KeyUse::KeyAgreement,
];

/// Source: RFC 5280 section 4.2.1.12; not anyExtendedKeyUsage, which says nothing, and not
/// timeStamping, which must stand alone and critical (RFC 3161 section 2.3).
const PURPOSES: [(&str, Purpose); 5] = [
    ("serverAuth", Purpose::ServerAuth),
    ("clientAuth", Purpose::ClientAuth),
    ("emailProtection", Purpose::EmailProtection),
    ("codeSigning", Purpose::Other(CODE_SIGNING)),
    ("OCSPSigning", Purpose::OcspSigning),
];

const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// A text is no purpose that a profile can give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no purpose; allowed are serverAuth, clientAuth, emailProtection, codeSigning, \
     OCSPSigning, or another object identifier such as 1.3.6.1.5.5.7.3.17"
)]
pub struct InvalidPurpose {
    found: String,
}

/// Characters of a refused word that an error repeats.
const SHOWN: usize = 60;

/// The purpose of this name or object identifier.
///
/// # Errors
///
/// [`InvalidPurpose`].
pub fn purpose(text: &str) -> Result<Purpose, InvalidPurpose> {
    if let Some((_, purpose)) = PURPOSES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
    {
        return Ok(purpose.clone());
    }
    let invalid = || InvalidPurpose {
        found: text.chars().take(SHOWN).collect(),
    };
    let oid = ObjectIdentifier::new(text).map_err(|_| invalid())?;
    match PURPOSES
        .iter()
        .find(|(_, purpose)| purpose_oid(purpose) == oid)
    {
        Some((_, purpose)) => Ok(purpose.clone()),
        None if oid == TIME_STAMPING || oid == ANY => Err(invalid()),
        None => Ok(Purpose::Other(oid)),
    }
}

fn purpose_oid(purpose: &Purpose) -> ObjectIdentifier {
    let known = |text| ObjectIdentifier::new_unwrap(text);
    match purpose {
        Purpose::ServerAuth => known("1.3.6.1.5.5.7.3.1"),
        Purpose::ClientAuth => known("1.3.6.1.5.5.7.3.2"),
        Purpose::EmailProtection => known("1.3.6.1.5.5.7.3.4"),
        Purpose::OcspSigning => known("1.3.6.1.5.5.7.3.9"),
        Purpose::Any => ANY,
        Purpose::Other(oid) => *oid,
    }
}

/// The use of this name, as RFC 5280 section 4.2.1.3 writes it.
pub(super) fn key_use(text: &str) -> Option<KeyUse> {
    let text = if text == "contentCommitment" {
        "nonRepudiation"
    } else {
        text
    };
    HOST_KEY_USES
        .into_iter()
        .find(|key_use| key_use.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_have_names_and_numbers() {
        for (text, want) in [
            ("serverAuth", Some(Purpose::ServerAuth)),
            ("serverauth", Some(Purpose::ServerAuth)),
            ("1.3.6.1.5.5.7.3.1", Some(Purpose::ServerAuth)),
            ("codeSigning", Some(Purpose::Other(CODE_SIGNING))),
            (
                "1.2.3.4",
                Some(Purpose::Other(ObjectIdentifier::new_unwrap("1.2.3.4"))),
            ),
            ("anyExtendedKeyUsage", None),
            ("2.5.29.37.0", None),
            ("timeStamping", None),
            ("1.3.6.1.5.5.7.3.8", None),
            ("", None),
            ("9.9.9", None),
            ("server", None),
        ] {
            assert_eq!(purpose(text).ok(), want, "{text}");
        }
    }

    #[test]
    fn uses_are_those_of_hosts() {
        assert_eq!(key_use("contentCommitment"), Some(KeyUse::NonRepudiation));
        assert_eq!(key_use("keyAgreement"), Some(KeyUse::KeyAgreement));
        assert_eq!(key_use("keyCertSign"), None);
    }
}
