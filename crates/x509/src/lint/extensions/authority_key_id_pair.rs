//! Issuer and serial number of the issuer's certificate stand there together.

use super::super::{Rule, Severity, when};
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "authority-key-id-pair",
    about: "Issuer and serial number of the issuer's certificate stand there together.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.1",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let Some(identifier) = &extensions.authority_key_id else {
        return Vec::new();
    };
    when(
        identifier.issuer.is_some() != identifier.serial.is_some(),
        || {
            "the authorityKeyIdentifier has one of issuer and serial number; it must have both or none"
            .to_owned()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::AuthorityKeyId;
    use crate::serial::Serial;

    #[test]
    fn fires_and_is_silent() {
        let with = |serial| Extensions {
            authority_key_id: Some(AuthorityKeyId {
                key_id: None,
                issuer: None,
                serial,
            }),
            ..Extensions::default()
        };
        assert!(!check(&with(Serial::from_u64(1))).is_empty());
        assert!(check(&with(None)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
