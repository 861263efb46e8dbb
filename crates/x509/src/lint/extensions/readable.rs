//! Extensions hold what their name promises.

use super::super::{Rule, Severity};
use crate::extension::{Extensions, extension_name};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "readable",
    about: "Extensions hold what their name promises.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let unreadable = extensions.unreadable.iter();
    unreadable
        .map(|one| {
            let name = extension_name(&one.oid);
            format!("the extension {name} is not well formed ({})", one.detail)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use const_oid::ObjectIdentifier;

    use super::super::super::sample;
    use super::*;
    use crate::algorithm::{Digest, SignatureAlgorithm};
    use crate::certificate::Certificate;
    use crate::certificate::malformed::AnyCertificate;
    use crate::extension::{KeyUse, UnreadableExtension};
    use crate::lint;
    use crate::name::build::NameBuilder;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = Extensions {
            unreadable: vec![UnreadableExtension {
                oid: super::super::POISON,
                critical: false,
                value: [].into(),
                detail: "nothing".to_owned(),
            }],
            ..Extensions::default()
        };
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }

    /// What nobody can read is neither there nor missing: nothing follows from it but that.
    #[test]
    fn of_what_nobody_can_read_only_that_is_said() {
        use const_oid::db::rfc5280 as id;
        let of_all = [
            id::ID_CE_BASIC_CONSTRAINTS,
            id::ID_CE_KEY_USAGE,
            id::ID_CE_SUBJECT_KEY_IDENTIFIER,
            id::ID_CE_AUTHORITY_KEY_IDENTIFIER,
        ];
        let of_host = [id::ID_CE_EXT_KEY_USAGE, id::ID_CE_SUBJECT_ALT_NAME];
        let of_authority = [
            id::ID_CE_NAME_CONSTRAINTS,
            id::ID_CE_CRL_DISTRIBUTION_POINTS,
            id::ID_PE_AUTHORITY_INFO_ACCESS,
        ];
        let root = ToBeSigned {
            issuer: sample::authority().subject,
            signature_algorithm: SignatureAlgorithm::Ecdsa(Digest::Sha1),
            authority_key_id: None,
            ..sample::authority()
        };
        let signer = ToBeSigned {
            key_usage: [
                KeyUse::DigitalSignature,
                KeyUse::KeyCertSign,
                KeyUse::CrlSign,
            ]
            .into_iter()
            .collect(),
            ..sample::host()
        };
        let mailer = ToBeSigned {
            subject: NameBuilder::default()
                .email("a@b.example".parse().expect("an address"))
                .build()
                .expect("a name"),
            ..sample::host()
        };
        let check =
            |what: &ToBeSigned, oid, spoil: fn(&Certificate, ObjectIdentifier) -> Vec<u8>| {
                let der = spoil(&sample::read(what), oid);
                let read = AnyCertificate::from_der(&der).expect("can be shown");
                let found = lint::certificate(read.danger_rest());
                let rules: Vec<&str> = found.iter().map(|one| one.rule).collect();
                assert_eq!(rules, ["readable"], "{oid}: {found:?}");
            };
        for spoil in [sample::malformed, sample::twice] {
            for oid in of_all.iter().chain(&of_host) {
                check(&sample::host(), *oid, spoil);
            }
            for oid in of_all.iter().chain(&of_authority) {
                check(&sample::authority(), *oid, spoil);
            }
            check(&root, id::ID_CE_BASIC_CONSTRAINTS, spoil);
            check(&signer, id::ID_CE_BASIC_CONSTRAINTS, spoil);
            check(&mailer, id::ID_CE_SUBJECT_ALT_NAME, spoil);
        }
    }
}
