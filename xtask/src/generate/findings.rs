//! The page of findings: one section for each code of the register.

use super::NOTICE;

/// The whole page.
pub(super) fn page() -> String {
    format!("{NOTICE}# Findings\n")
}
