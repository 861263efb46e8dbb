//! A server is recognized by its subject alternative names only.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use crate::extension::Purpose;
use crate::general_name::GeneralName;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "server-names",
    about: "A server is recognized by its subject alternative names only.",
    severity: Severity::Warning,
    clause: "RFC 9525 section 2; RFC 9110 section 4.3.4",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let decisive = [
        rfc5280::ID_CE_EXT_KEY_USAGE,
        rfc5280::ID_CE_SUBJECT_ALT_NAME,
    ];
    if decisive.iter().any(|oid| extensions.is_unreadable(oid)) {
        return Vec::new();
    }
    let serves = extensions
        .extended_key_usage
        .as_ref()
        .is_none_or(|purposes| {
            purposes.contains(&Purpose::ServerAuth) || purposes.contains(&Purpose::Any)
        });
    let names = extensions.subject_alt_names.as_deref().unwrap_or_default();
    let named = names.iter().any(|name| match name {
        GeneralName::Dns(_) | GeneralName::Ip(_) | GeneralName::Uri(_) => true,
        GeneralName::Email(_)
        | GeneralName::IpOctets(_)
        | GeneralName::Directory(_)
        | GeneralName::Other { .. } => false,
    });
    let is_host = extensions.authority_if_known() == Some(false);
    when(serves && !named && is_host, || {
        "the certificate is good for a server, and has no host name or address among its subject alternative names; clients fall back to the common name or refuse it"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            subject_alt_names: Vec::new(),
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        let client = ToBeSigned {
            extended_key_usage: vec![Purpose::ClientAuth],
            ..bad
        };
        assert!(check(&sample::read(&client)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
