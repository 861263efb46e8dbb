//! What the rules about the mark "critical" share: no rule itself.
//!
//! Invariant: a rule finds one state of the mark, at the extensions that it names, and nothing else.

use const_oid::ObjectIdentifier;

use crate::extension::{Extensions, extension_name};

/// How an extension is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CriticalMark {
    /// It is critical.
    Set,
    /// It is not.
    Missing,
}

/// Those of `marks` that are marked so, which `demand` says they "must be" or "should not be".
pub(super) fn wrongly(
    extensions: &Extensions,
    wrong: CriticalMark,
    marks: &[ObjectIdentifier],
    demand: &str,
) -> Vec<String> {
    let (is_wrong, word) = match wrong {
        CriticalMark::Set => (true, "critical"),
        CriticalMark::Missing => (false, "not critical"),
    };
    extensions
        .all
        .iter()
        .filter(|(oid, critical)| *critical == is_wrong && marks.contains(oid))
        .map(|(oid, _)| {
            let name = extension_name(oid);
            format!("the extension {name} is {word}; it {demand}")
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::sample;
    use super::*;

    /// The rule fires for these identifiers, marked so, and for no other that is known or may be.
    #[track_caller]
    pub(in super::super) fn fires_for(
        check: fn(&Extensions) -> Vec<String>,
        wrong: CriticalMark,
        oids: &[&str],
    ) {
        for oid in candidates(oids) {
            for critical in [false, true] {
                let extensions = Extensions {
                    all: vec![(oid, critical)],
                    ..Extensions::default()
                };
                let is_wrong = critical == (wrong == CriticalMark::Set);
                let listed = oids.contains(&oid.to_string().as_str());
                let found = check(&extensions).len();
                assert_eq!(found, usize::from(listed && is_wrong), "{oid}, {critical}");
            }
        }
        assert!(check(&sample::extensions()).is_empty());
    }

    /// These, all that X.509 and PKIX have given, those that are named here, and one that nobody knows.
    fn candidates(oids: &[&str]) -> Vec<ObjectIdentifier> {
        let of_arc = |arc: &'static str| (1..=64).map(move |last| format!("{arc}.{last}"));
        let named = [
            "1.3.6.1.4.1.11129.2.4.2",
            "1.3.6.1.4.1.11129.2.4.3",
            "1.2.840.113549.1.9.15",
            "1.3.6.1.5.5.7.48.1.5",
            "1.2.3.4",
        ];
        of_arc("2.5.29")
            .chain(of_arc("1.3.6.1.5.5.7.1"))
            .chain(named.iter().chain(oids).map(|&oid| oid.to_owned()))
            .map(|oid| oid.parse().expect("an object identifier"))
            .collect()
    }
}
