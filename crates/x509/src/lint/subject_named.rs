//! An authority has a name; a host without one has a subject alternative name.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 section 4.1.2.6";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let nameless =
        tbs.subject.is_empty() && (tbs.basic_constraints.ca || tbs.subject_alt_names.is_empty());
    nameless.then(|| Violation {
        clause: CLAUSE,
        message: "the certificate would name nobody; give it a common name".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    use crate::name::build::NameBuilder;

    #[test]
    fn fires_on_a_nameless_authority() {
        let subject = NameBuilder::default().build().expect("an empty name");
        let authority = ToBeSigned {
            subject: subject.clone(),
            ..sample::authority()
        };
        assert!(check(&authority).is_some());
        let host = ToBeSigned {
            subject,
            ..sample::host()
        };
        assert!(
            check(&host).is_none(),
            "its subject alternative name is enough"
        );
        let nobody = ToBeSigned {
            subject_alt_names: Vec::new(),
            ..host
        };
        assert!(check(&nobody).is_some());
    }
}
