//! The page of what foreign programs read: from the table that the stories go by.

use super::NOTICE;

pub(super) fn page() -> String {
    format!(
        "# Who reads what\n\n{NOTICE}{}",
        trustpack_e2e::formats::page()
    )
}
