//! Which endpoints of the settings are served: decided anew with every reading, by whoever serves them.
//!
//! A [`Keeper`](super::Keeper) alone hands settings on to the contexts that it was given. An [`Arranger`] beside it begins
//! to serve what the settings have now, and gives up what they have no more.
//!
//! Invariant: nothing is arranged after a reading that had not settled.

use std::collections::BTreeSet;

use trustpack_material::load::Surroundings;
use trustpack_material::load::shelf::Shelf;
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;

use super::{Context, Reading};

/// Who decides which endpoints are served.
pub trait Arranger: Send {
    /// Looks at settings that were just read, and loads what is to be served from now on. Nothing may change yet: the
    /// reading may turn out not to have settled. Gives the endpoints whose contexts are to serve no more.
    fn plan(&mut self, news: &News<'_>) -> BTreeSet<Place>;

    /// Does what was planned last, after the contexts that go on have taken over what is theirs; those of `stays` could
    /// not.
    fn arrange(&mut self, stays: &BTreeSet<Place>) -> Arranged;
}

/// Settings that were just read.
pub struct News<'r> {
    /// What they say.
    pub reading: &'r Reading,
    /// What loading needs.
    pub surroundings: Surroundings<'r>,
    /// Where files stand that were read already.
    pub shelf: &'r Shelf<'r>,
    /// Endpoints that are kept, and whose settings or files are broken: they stay as they are.
    pub broken: BTreeSet<Place>,
}

/// What was arranged.
#[derive(Debug, Default)]
pub struct Arranged {
    /// Contexts that serve from now on, made of the settings that were planned with; or go on, though they were to serve no
    /// more.
    pub served: Vec<(Place, Context)>,
    /// What became of endpoints, to be told.
    pub told: Vec<(Place, Arrangement)>,
}

/// What became of an endpoint that is served, or was, or is to be.
#[derive(Clone, Debug)]
pub enum Arrangement {
    /// It is served from now on.
    Started {
        /// Where it listens.
        listen: Vec<String>,
        /// Where it leads.
        to: String,
        /// How its traffic on the network is secured.
        security: String,
    },
    /// It listens or leads elsewhere from now on.
    Moved {
        /// Where it listens.
        listen: Vec<String>,
        /// Where it leads.
        to: String,
    },
    /// Its traffic on the network is secured otherwise from now on.
    Secured {
        /// How.
        security: String,
        /// How it was.
        before: String,
        /// Whether less is demanded of it than before.
        weaker: bool,
        /// How many live connections in plain text were cut, since there is none any more.
        cut: usize,
    },
    /// It is served no more.
    Stopped {
        /// How many of its connections are open, which may go on for a while.
        open: usize,
    },
    /// It is to be served, and cannot.
    NotStarted(Hindrance),
    /// It is to be served otherwise, or not any more, and stays as it was.
    Stays(Hindrance),
    /// It carried plain text, is to do TLS and cannot: nobody is let through.
    Shut(Hindrance),
}

/// What keeps an endpoint from what it is to be.
#[derive(Clone, Debug)]
pub struct Hindrance {
    /// What is wrong.
    pub reason: String,
    /// The errors behind it.
    pub findings: Vec<Finding>,
    /// What to do, as far as the findings do not say it.
    pub remedy: Option<String>,
}

impl Arrangement {
    /// What keeps it from what it is to be.
    #[must_use]
    pub fn hindrance(&self) -> Option<&Hindrance> {
        match self {
            Self::NotStarted(hindrance) | Self::Stays(hindrance) | Self::Shut(hindrance) => {
                Some(hindrance)
            }
            Self::Started { .. }
            | Self::Moved { .. }
            | Self::Secured { .. }
            | Self::Stopped { .. } => None,
        }
    }
}

impl std::fmt::Debug for News<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("News").finish_non_exhaustive()
    }
}
