//! What keeps an end from starting: one answer, for what is expected of it and for why its connection fails.
//!
//! Invariant: every error that a check of the fleet finds, and that bars a start, is found here.

use trustpack_material::prediction::{End, stops};
use trustpack_settings::finding::Finding;

/// The first finding that keeps an end from starting.
#[derive(Clone, Debug)]
pub(crate) struct Barred {
    /// What it is about.
    pub(crate) by: By,
    /// The finding.
    pub(crate) finding: Finding,
}

/// What keeps an end from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// An error in its settings: what another engine than ours makes of it is not known.
    Settings,
    /// A list of suites of which its engine, ours or another, has none.
    Suites,
    /// An error in its files with which its engine does not start.
    Files,
}

/// What keeps an end from starting, by its settings, and by its files as far as they were looked at.
pub(crate) fn barred(end: End<'_>) -> Option<Barred> {
    let of_suites = trustpack_tls::findings::of(end.endpoint);
    let engine = end.endpoint.engine();
    let of_files = end.files.into_iter().flat_map(|files| files.findings());
    let of_files = of_files.filter(|finding| stops(engine, finding));
    let mut all = end
        .endpoint
        .findings()
        .map(|finding| (By::Settings, finding))
        .chain(of_suites.iter().map(|finding| (By::Suites, finding)))
        .chain(of_files.map(|finding| (By::Files, finding)));
    let (by, finding) = all.find(|(_, finding)| finding.bars())?;
    Some(Barred {
        by,
        finding: finding.clone(),
    })
}
