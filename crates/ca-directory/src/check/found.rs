//! What was found, so much of each kind that a person can look at it.
//!
//! Invariant: however many findings of one kind there are, [`SHOWN_OF_A_KIND`] are kept and the rest is
//! counted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use trustpack_settings::finding::{Code, Kind, Severity};

use super::CaFinding;

/// Findings of one kind that are kept: whoever has more of one needs the cause, and no longer list.
pub const SHOWN_OF_A_KIND: usize = 20;

/// What is out of step in a CA directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// What was found, by code, at most [`SHOWN_OF_A_KIND`] of each kind.
    pub findings: Vec<CaFinding>,
    /// How many more there are of some kinds.
    pub more: Vec<More>,
}

/// Findings of a kind that are counted only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct More {
    /// The kind.
    pub kind: &'static Kind,
    /// How many.
    pub count: usize,
}

impl Checked {
    /// Whether something is wrong, and not only noteworthy.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity() == Severity::Error)
    }
}

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Found(BTreeMap<Code, OfKind>);

#[derive(Debug)]
struct OfKind {
    kind: &'static Kind,
    first: Vec<CaFinding>,
    more: usize,
}

impl Found {
    /// Adds a finding; of each kind the first are kept.
    pub(crate) fn add(&mut self, finding: CaFinding) {
        let kind = finding.kind;
        let of_kind = self.0.entry(kind.code).or_insert_with(|| OfKind {
            kind,
            first: Vec::new(),
            more: 0,
        });
        if of_kind.first.len() < SHOWN_OF_A_KIND {
            of_kind.first.push(finding);
        } else {
            of_kind.more += 1;
        }
    }

    pub(crate) fn add_all(&mut self, findings: impl IntoIterator<Item = CaFinding>) {
        findings.into_iter().for_each(|finding| self.add(finding));
    }

    /// Adds what was found elsewhere.
    pub(crate) fn add_found(&mut self, other: Self) {
        for (code, of_kind) in other.0 {
            self.add_all(of_kind.first);
            if let Some(own) = self.0.get_mut(&code) {
                own.more += of_kind.more;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds so many of a kind that are only counted.
    fn add_count(&mut self, kind: &'static Kind, count: usize) {
        if let Some(of_kind) = self.0.get_mut(&kind.code) {
            of_kind.more += count;
        }
    }

    pub(crate) fn into_checked(self) -> Checked {
        let mut checked = Checked::default();
        for of_kind in self.0.into_values() {
            checked.findings.extend(of_kind.first);
            if of_kind.more > 0 {
                checked.more.push(More {
                    kind: of_kind.kind,
                    count: of_kind.more,
                });
            }
        }
        checked
    }
}

/// Findings that come in no order, as a folder gives its names: those with the first paths are kept.
#[derive(Debug, Default)]
pub(crate) struct FoundInFolder(BTreeMap<Code, ByPath>);

#[derive(Debug, Default)]
struct ByPath {
    first: BTreeMap<PathBuf, CaFinding>,
    more: usize,
}

impl FoundInFolder {
    pub(crate) fn add(&mut self, finding: CaFinding) {
        let by_path = self.0.entry(finding.code()).or_default();
        by_path.first.insert(finding.path.clone(), finding);
        if by_path.first.len() > SHOWN_OF_A_KIND {
            drop(by_path.first.pop_last());
            by_path.more += 1;
        }
    }

    /// Gives them to the others, in the order of their paths.
    pub(crate) fn into_found(self, found: &mut Found) {
        for by_path in self.0.into_values() {
            let kind = by_path.first.values().next().map(|finding| finding.kind);
            found.add_all(by_path.first.into_values());
            if let Some(kind) = kind {
                found.add_count(kind, by_path.more);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::REGISTER;
    use std::path::Path;

    fn finding(kind: usize, path: &str) -> CaFinding {
        CaFinding::new(REGISTER[kind], Path::new(path), "x")
    }

    #[test]
    fn keeps_the_first_of_each_kind_and_counts_the_rest() {
        let mut found = Found::default();
        for number in 0..30 {
            found.add(finding(1, &format!("{number}")));
        }
        found.add(finding(0, "a"));
        let mut in_folder = FoundInFolder::default();
        for number in (100..150).rev() {
            in_folder.add(finding(2, &format!("{number}")));
        }
        in_folder.into_found(&mut found);
        let checked = found.into_checked();
        assert_eq!(checked.findings.len(), 1 + 2 * SHOWN_OF_A_KIND);
        assert_eq!(checked.findings[0].path, Path::new("a"));
        assert_eq!(checked.findings[1].path, Path::new("0"));
        assert_eq!(checked.findings[21].path, Path::new("100"));
        let more: Vec<usize> = checked.more.iter().map(|more| more.count).collect();
        assert_eq!(more, [10, 30]);
    }
}
