//! A mail address of the subject stands among its alternative names too.

use super::super::{Rule, Severity};
use crate::certificate::Certificate;
use crate::general_name::GeneralName;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-mail",
    about: "A mail address of the subject stands among its alternative names too.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.1.2.6",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    if extensions.is_unreadable(&rfc5280::ID_CE_SUBJECT_ALT_NAME) {
        return Vec::new();
    }
    let names = extensions.subject_alt_names.as_deref();
    let has = |address: &str| {
        names.unwrap_or_default().iter().any(
            |name| matches!(name, GeneralName::Email(email) if email.eq_ignore_ascii_case(address)),
        )
    };
    certificate
        .subject()
        .email_addresses()
        .filter(|address| !has(address))
        .map(|address| {
            format!(
                "the subject has the mail address {address}, which is not among the subject alternative names"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::email::EmailAddress;
    use crate::name::build::NameBuilder;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let address: EmailAddress = "a@b.example".parse().expect("an address");
        let name = NameBuilder::default().email(address.clone()).build();
        let mut tbs = ToBeSigned {
            subject: name.expect("a name"),
            ..sample::host()
        };
        assert!(!check(&sample::read(&tbs)).is_empty());
        tbs.subject_alt_names.push((&address).into());
        assert!(check(&sample::read(&tbs)).is_empty());
    }
}
