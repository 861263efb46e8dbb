//! What keeps an end from starting: one answer, for what is expected of it and for why its connection fails.
//!
//! Invariant: every error that a check of the fleet finds, and that bars a start, is found here; and what keeps an end down for certain
//! is never hidden by what may.

use std::iter;

use trustpack_material::prediction::{End, stops};
use trustpack_settings::endpoint::Engine;
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::findings::port_unclear;

/// All that is to be mended of an end before it starts.
#[derive(Clone, Debug)]
pub(crate) struct Barred {
    /// What is told of it.
    pub(crate) first: Bar,
    /// The rest.
    pub(crate) others: Vec<Bar>,
}

/// A finding, and what it does to its end.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) effect: Effect,
    pub(crate) finding: Finding,
}

/// What a finding does to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It does not start.
    Down,
    /// It is an error in the settings of another engine than ours: what that makes of it is not known.
    NotKnown,
}

/// What keeps an end from starting, by its settings, and by its files as far as they were looked at; in the order of
/// [`trustpack_material::prediction::not_starting`].
pub(crate) fn barred(end: End<'_>) -> Option<Barred> {
    let engine = end.endpoint.engine();
    let of_settings = end.endpoint.findings().filter(|one| one.bars());
    let of_files = end.files.into_iter().flat_map(|files| files.findings());
    let of_files = of_files.filter(|one| stops(engine, one));
    let mut of_suites = trustpack_tls::findings::of(end.endpoint);
    of_suites.retain(Finding::bars);
    let as_bar = |effect| move |finding| Bar { effect, finding };
    let certain = of_files.cloned().chain(of_suites).map(as_bar(Effect::Down));
    let of_settings = of_settings.cloned();
    match engine {
        Engine::Trustpack => {
            let of_settings = of_settings.map(as_bar(Effect::Down));
            Barred::of(of_settings.chain(certain))
        }
        Engine::Openssl | Engine::Schannel | Engine::Jsse => {
            let of_settings = of_settings.map(as_bar(Effect::NotKnown));
            Barred::of(certain.chain(of_settings))
        }
    }
}

/// Whether what a client has is only what is wrong with its port, and is to be mended there.
pub(crate) fn is_echo(code: Code) -> bool {
    code == port_unclear::KIND.code
}

impl Barred {
    /// Of what stands in one spot the first is told.
    fn of(bars: impl Iterator<Item = Bar>) -> Option<Self> {
        let mut all: Vec<Bar> = Vec::new();
        for bar in bars {
            let spot = &bar.finding.spot;
            let is_told = all.iter().any(|told| told.finding.spot == *spot);
            if spot.is_none() || !is_told {
                all.push(bar);
            }
        }
        let mut all = all.into_iter();
        Some(Self {
            first: all.next()?,
            others: all.collect(),
        })
    }

    /// The code of each.
    pub(crate) fn codes(&self) -> impl Iterator<Item = Code> {
        let all = iter::once(&self.first).chain(&self.others);
        all.map(|bar| bar.finding.code())
    }

    /// The same without what is to be mended at the port.
    pub(crate) fn of_its_own(self) -> Option<Self> {
        let all = iter::once(self.first).chain(self.others);
        Self::of(all.filter(|bar| !is_echo(bar.finding.code())))
    }
}
