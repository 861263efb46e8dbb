//! The issuer has a name.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 section 4.1.2.4";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    tbs.issuer.is_empty().then(|| Violation {
        clause: CLAUSE,
        message: "the issuer has an empty name; the authority needs a subject".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    use crate::name::build::NameBuilder;

    #[test]
    fn fires_on_an_empty_issuer() {
        let issuer = NameBuilder::default().build().expect("an empty name");
        assert!(
            check(&ToBeSigned {
                issuer,
                ..sample::host()
            })
            .is_some()
        );
        assert!(check(&sample::host()).is_none());
    }
}
