//! A certificate begins before it ends.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 section 4.1.2.5";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let validity = tbs.validity;
    (validity.not_after <= validity.not_before).then(|| Violation {
        clause: CLAUSE,
        message: format!(
            "the certificate would end at {} and begin at {}; it must end after it begins",
            validity.not_after, validity.not_before
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn fires_on_an_empty_period() {
        let mut tbs = sample::host();
        tbs.validity.not_after = tbs.validity.not_before;
        assert!(check(&tbs).is_some());
        assert!(check(&sample::host()).is_none());
    }
}
