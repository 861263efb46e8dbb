//! Which findings are shown where there are more than anybody reads.
//!
//! Invariant: none is left out while a less serious one is shown, and how many are left out is said by code.

use std::collections::BTreeMap;

use trustpack_settings::finding::{Code, Finding, Severity};

/// Findings that are shown, in the order given, and the others as numbers.
pub(crate) struct Limited<'a> {
    pub(crate) shown: Vec<&'a Finding>,
    left_out: BTreeMap<(Severity, Code), usize>,
}

impl<'a> Limited<'a> {
    /// The worst `limit` of `findings`, accepted ones last.
    pub(crate) fn new(findings: impl Iterator<Item = &'a Finding>, limit: usize) -> Self {
        let mut all: Vec<(usize, &Finding)> = findings.enumerate().collect();
        let mut left_out = BTreeMap::new();
        if all.len() > limit {
            all.sort_by_key(|(_, finding)| (finding.accepted.is_some(), finding.severity()));
            for (_, finding) in all.drain(limit..) {
                *left_out
                    .entry((finding.severity(), finding.code()))
                    .or_default() += 1;
            }
            all.sort_by_key(|(index, _)| *index);
        }
        Self {
            shown: all.into_iter().map(|(_, finding)| finding).collect(),
            left_out,
        }
    }

    /// The lines that say what is left out; none if nothing is.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let count: usize = self.left_out.values().sum();
        if count == 0 {
            return Vec::new();
        }
        let all = self.shown.len() + count;
        let first = format!("{count} more are not shown; --limit {all} or --json shows them:");
        let by_code = self
            .left_out
            .iter()
            .map(|((severity, code), count)| format!("  {severity}[{code}]: {count}"));
        std::iter::once(first).chain(by_code).collect()
    }
}

#[cfg(test)]
mod tests {
    use trustpack_settings::findings::{missing_key, no_revocation, syntax};
    use trustpack_settings::place::Place;

    use super::*;

    #[track_caller]
    fn check(limit: usize, shown: &[&str], left_out: &str) {
        let of = |kind, text: &str| Finding::new(kind, Place::Fleet, text);
        let all = [
            of(&no_revocation::KIND, "note 1"),
            of(&syntax::KIND, "error 1"),
            of(&no_revocation::KIND, "note 2"),
            of(&missing_key::KIND, "error 2"),
        ];
        let limited = Limited::new(all.iter(), limit);
        let messages: Vec<&str> = limited.shown.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(messages, shown);
        assert_eq!(limited.left_out().join("\n"), left_out);
    }

    #[test]
    fn the_worst_are_shown_in_their_order_and_the_others_counted() {
        let (note, error) = (no_revocation::KIND.code, missing_key::KIND.code);
        check(4, &["note 1", "error 1", "note 2", "error 2"], "");
        let said = "1 more are not shown; --limit 4 or --json shows them:\n";
        check(
            3,
            &["note 1", "error 1", "error 2"],
            &format!("{said}  note[{note}]: 1"),
        );
        let said = "3 more are not shown; --limit 4 or --json shows them:\n";
        check(
            1,
            &["error 1"],
            &format!("{said}  error[{error}]: 1\n  note[{note}]: 2"),
        );
    }
}
