//! Exactly the keys of authorities sign certificates and CRLs.

use super::Violation;
use crate::extension::KeyUse;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 sections 4.2.1.3 and 4.2.1.9";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let signs_certificates = tbs.key_usage.allows(KeyUse::KeyCertSign);
    let signs_crls = tbs.key_usage.allows(KeyUse::CrlSign);
    let message = match (tbs.basic_constraints.ca, signs_certificates && signs_crls) {
        (true, false) => "the key of an authority must be allowed keyCertSign and cRLSign",
        (false, _) if signs_certificates || signs_crls => {
            "only the key of an authority may be allowed keyCertSign or cRLSign"
        }
        (true, true) | (false, _) => return None,
    };
    Some(Violation {
        clause: CLAUSE,
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn fires_on_both_kinds_of_mistake() {
        let host = sample::host();
        let authority = sample::authority();
        assert!(
            check(&ToBeSigned {
                key_usage: host.key_usage,
                ..authority.clone()
            })
            .is_some()
        );
        assert!(
            check(&ToBeSigned {
                key_usage: authority.key_usage,
                ..host.clone()
            })
            .is_some()
        );
        assert!(check(&host).is_none());
        assert!(check(&authority).is_none());
    }
}
