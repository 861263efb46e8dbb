//! The page of findings: a table of all, then one section for each kind in the registers of the crates.
//!
//! Invariant: no code stands on the page twice, whichever crates use it; that is an error here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::bail;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use super::{NOTICE, cell};

/// The registers of all crates that make findings.
static REGISTERS: &[&&[&Kind]] = &[
    &trustpack_settings::findings::REGISTER,
    &trustpack_material::findings::REGISTER,
    &trustpack_tls::findings::REGISTER,
    &trustpack_ca_directory::findings::REGISTER,
    &trustpack_bundle::host::findings::REGISTER,
];

const INTRODUCTION: &str = "\
# Findings

What Trustpack can find wrong or doubtful, by code. A code keeps its meaning for ever. An *error* keeps its endpoint
from being started; a *warning* is doubtful and works; a *note* is worth knowing. The first digit says what a finding
is about: 1 files and spelling, 2 levels, 3 the two ends of a connection, 4 certificates and keys, 5 policy,
6 CA directories, 7 what is installed on a host.

";

/// The whole page.
///
/// # Errors
///
/// When two kinds have one code.
pub(super) fn page() -> anyhow::Result<String> {
    let mut kinds: BTreeMap<Code, &Kind> = BTreeMap::new();
    for kind in REGISTERS.iter().copied().copied().flatten() {
        if let Some(other) = kinds.insert(kind.code, kind) {
            bail!(
                "{} is both {:?} and {:?}; a code has one meaning",
                kind.code,
                other.title,
                kind.title
            );
        }
    }
    let mut page = format!("{NOTICE}{INTRODUCTION}| code | severity | |\n| --- | --- | --- |\n");
    for (code, kind) in &kinds {
        let anchor = code.to_string().to_lowercase();
        writeln!(
            page,
            "| [{code}](#{anchor}) | {} | {} |",
            kind.severity,
            cell(kind.title)
        )?;
    }
    for (code, kind) in &kinds {
        write!(
            page,
            "\n## {code}\n\n**{}: {}.** {}\n\n",
            kind.severity, kind.title, kind.meaning
        )?;
        write!(
            page,
            "Example:\n\n```text\n{}\n```\n\nWhat to do: {}.\n",
            kind.example.trim_end(),
            kind.remedy.trim_end_matches('.')
        )?;
        if let Some(note) = acceptance(kind) {
            write!(page, "\n{note}\n")?;
        }
    }
    Ok(page)
}

/// The first letters of codes about CA directories and about hosts, which have no endpoints and no acceptances.
const WITHOUT_ENDPOINTS: [&str; 2] = ["TP6", "TP7"];

/// What accepting an error does; a warning or a note has nothing to say here.
fn acceptance(kind: &Kind) -> Option<&'static str> {
    let code = kind.code.to_string();
    if WITHOUT_ENDPOINTS
        .iter()
        .any(|first| code.starts_with(first))
    {
        return None;
    }
    match (kind.severity, kind.when_accepted) {
        (Severity::Error, WhenAccepted::Starts) => {
            Some("Accepted by somebody, the endpoint starts all the same.")
        }
        (Severity::Error, WhenAccepted::StaysDown) => {
            Some("The endpoint stays down even where this is accepted.")
        }
        (Severity::Warning | Severity::Note, _) => None,
    }
}
