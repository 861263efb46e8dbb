//! Where a certificate differs from what its profile says.
//!
//! Part of the gate. Not the rules that hold for every certificate: those are the lint's. Invariant:
//! each violation names the profile.

use trustpack_judge::name_constraints::broken_limit;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::lint::Violation;
use trustpack_x509::tbs::ToBeSigned;

use super::{AuthorityProfile, BACKDATE, HostProfile, Wildcards};

/// The clause that violations of a profile name.
const CLAUSE: &str = "the profile";

impl HostProfile {
    /// Where a certificate differs from what the profile says.
    pub(crate) fn violations(&self, tbs: &ToBeSigned) -> Vec<Violation> {
        let found = [
            (!tbs.basic_constraints.ca, "whether it is an authority"),
            (tbs.extended_key_usage == self.purposes, "its purposes"),
            (
                tbs.key_usage == self.key_usage(tbs.public_key.algorithm()),
                "the usages of its key",
            ),
        ];
        let mut violations = differences(&self.name.0, found);
        violations.extend(self.lifetime_violation(tbs));
        violations.extend(
            tbs.subject_alt_names
                .iter()
                .filter_map(|name| self.name_violation(name)),
        );
        violations
    }

    fn lifetime_violation(&self, tbs: &ToBeSigned) -> Option<Violation> {
        let allowed = self.max_lifetime?;
        let whole = tbs.validity.not_after.since(tbs.validity.not_before);
        (whole > allowed.duration() + BACKDATE).then(|| Violation {
            clause: CLAUSE,
            message: format!(
                "the certificate would be valid until {}; the profile \"{}\" allows at most {allowed}",
                tbs.validity.not_after, self.name
            ),
        })
    }

    fn name_violation(&self, name: &GeneralName) -> Option<Violation> {
        let is_wildcard = matches!(name, GeneralName::Dns(name) if name.starts_with('*'));
        let refused = if is_wildcard && self.wildcards == Wildcards::Refused {
            "wildcards are not allowed".to_owned()
        } else {
            let limit = broken_limit(name, self.names.as_ref()?)?;
            crate::authority::limit_text(&limit)
        };
        Some(Violation {
            clause: CLAUSE,
            message: format!(
                "the profile \"{}\" does not allow {name}; {refused}",
                self.name
            ),
        })
    }
}

impl AuthorityProfile {
    /// Where a certificate differs from what the profile says. Purposes are those asked for.
    pub(crate) fn violations(self, tbs: &ToBeSigned) -> Vec<Violation> {
        let found = [
            (tbs.basic_constraints.ca, "whether it is an authority"),
            (tbs.key_usage == self.key_usage(), "the usages of its key"),
        ];
        differences("ca", found)
    }
}

fn differences<const N: usize>(profile: &str, found: [(bool, &str); N]) -> Vec<Violation> {
    found
        .into_iter()
        .filter(|(agrees, _)| !agrees)
        .map(|(_, what)| Violation {
            clause: CLAUSE,
            message: format!("the certificate differs from the profile \"{profile}\": {what}"),
        })
        .collect()
}
