//! A host name in the common name alone is compared by nobody.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use crate::dns::DnsName;
use crate::general_name::GeneralName;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "common-name-unchecked",
    about: "A host name in the common name alone is compared by nobody.",
    severity: Severity::Note,
    clause: "RFC 9525 section 2",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    // One that stands there twice has been read in part.
    if extensions.is_unreadable(&rfc5280::ID_CE_SUBJECT_ALT_NAME) {
        return Vec::new();
    }
    let names = extensions.subject_alt_names.as_deref();
    let (Some(names), Some(common_name)) = (names, certificate.subject().common_name()) else {
        return Vec::new();
    };
    if !common_name.contains('.') {
        return Vec::new();
    }
    let Ok(host) = common_name.parse::<DnsName>() else {
        return Vec::new();
    };
    let covered = names.iter().any(
        |name| matches!(name, GeneralName::Dns(dns) if dns.eq_ignore_ascii_case(host.as_str())),
    );
    when(!covered, || {
        format!(
            "the common name {host} is not among the subject alternative names; programs that compare names look at those only"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::name::build::NameBuilder;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let name = NameBuilder::default()
            .common_name("other.example")
            .expect("a name");
        let bad = ToBeSigned {
            subject: name.build().expect("a name"),
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
