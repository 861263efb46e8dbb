//! A path length stands only in the certificate of an authority.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 section 4.2.1.9";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let constraints = tbs.basic_constraints;
    (!constraints.ca && constraints.path_length.is_some()).then(|| Violation {
        clause: CLAUSE,
        message: "the certificate has a path length, but is not an authority's".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn fires_on_a_host_with_a_path_length() {
        let mut tbs = sample::host();
        tbs.basic_constraints.path_length = Some(0);
        assert!(check(&tbs).is_some());
        assert!(check(&sample::authority()).is_none());
    }
}
