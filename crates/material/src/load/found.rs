//! What was found about the files of one endpoint.
//!
//! Invariant: every finding in it is marked if somebody accepted it.

use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::finding::Finding;

/// Findings, each marked.
pub(super) struct Found<'a> {
    acceptances: &'a Acceptances,
    findings: Vec<Finding>,
}

impl<'a> Found<'a> {
    /// Nothing yet.
    pub(super) fn new(acceptances: &'a Acceptances) -> Self {
        Self {
            acceptances,
            findings: Vec::new(),
        }
    }

    /// Adds one.
    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(self.acceptances.mark(finding));
    }

    /// All of them, in the order in which they were found.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
