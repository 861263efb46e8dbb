//! The page of options: one section for each line of the options table.

use super::NOTICE;

/// The whole page.
pub(super) fn page() -> String {
    format!("{NOTICE}# Options\n")
}
