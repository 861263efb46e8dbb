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
    /// Those that are about something else, and would keep it down as well.
    pub(crate) others: Vec<Finding>,
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

/// What keeps an end from starting, by its settings, and by its files as far as they were looked at; in the order of
/// [`trustpack_material::prediction::not_starting`].
pub(crate) fn barred(end: End<'_>) -> Option<Barred> {
    let bars = |finding: &&Finding| finding.bars();
    let engine = end.endpoint.engine();
    let of_settings = end.endpoint.findings().find(bars);
    let of_files = end.files.into_iter().flat_map(|files| files.findings());
    let of_files = of_files.into_iter().find(|one| stops(engine, one));
    let of_suites = trustpack_tls::findings::of(end.endpoint);
    let of_suites = of_suites.iter().find(bars);
    let mut all = [
        (By::Settings, of_settings),
        (By::Files, of_files),
        (By::Suites, of_suites),
    ]
    .into_iter()
    .filter_map(|(by, finding)| Some((by, finding?)));
    let (by, finding) = all.next()?;
    Some(Barred {
        by,
        finding: finding.clone(),
        others: all
            .map(|(_, other)| other.clone())
            .filter(|other| other.spot.is_none() || other.spot != finding.spot)
            .collect(),
    })
}
