//! Endpoints that follow their settings and files while they serve.
//!
//! A [`Keeper`] knows where the settings come from and which contexts serve. [`Keeper::refresh`] reads everything
//! anew and hands each context its part. What is broken stays as it was, each endpoint for itself, and the reason
//! is told. Which files were looked at is noted, so that [`Keeper::is_behind`] costs no reading.
//!
//! Not here: when to look; `watch` does that for tokio. Invariant: nothing is taken over that changed while it was
//! read.
//!
//! Long because what is kept, and each way in which it stays as it was, stands together with the reading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_material::files::watched::{Bounds, Noted, WatchedFiles};
use trustpack_material::fleet_source::FleetSourceError;
use trustpack_material::load::list_memory::ListMemory;
use trustpack_material::material::{Material, MaterialError};
use trustpack_settings::endpoint::{Endpoint, Refused};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::weakening::Weakening;
use trustpack_x509::time::Timestamp;

use self::arranging::{Arrangement, Arranger, News};
use self::kept::Kept;
use self::open::{OpenContext, TlsDemanded};
use self::source::{Reading, Source, Turn, Variables};
use crate::client::ClientContext;
use crate::context::ContextError;
use crate::generation::parts::TrustPart;
use crate::generation::{Change, Facts};
use crate::server::ServerContext;

pub mod arranging;
mod fixed;
mod kept;
pub mod newcomers;
pub mod open;
pub mod source;
#[cfg(feature = "tokio")]
pub mod watch;
pub mod words;

/// A context that serves.
#[derive(Clone, Debug)]
pub enum Context {
    /// A server.
    Server(ServerContext),
    /// A client.
    Client(ClientContext),
    /// Whoever carries plain text.
    Open(OpenContext),
}

/// Endpoints that serve, and where their settings come from.
pub struct Keeper {
    source: Source,
    variables: Variables,
    kept: Vec<Kept>,
    /// Endpoints of the host that somebody is to carry and nobody does, and of which that is known.
    left_out: BTreeSet<Place>,
    noted: Noted,
    /// As they were read last: an unchanged list is not read again.
    lists: ListMemory,
    /// The numbers of lists that were seen by endpoints that are not kept any more, or trusted others then; and before
    /// this process.
    seen: SeenNumbers,
    /// When the first of them began to serve.
    since: Option<Timestamp>,
    /// The folders that a sandbox lets this process read, if there is one.
    bounds: Option<Bounds>,
    /// Who decides which are served; without one they are those that were given.
    arranger: Option<Box<dyn Arranger>>,
}

/// What became of the endpoints when everything was read again.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// Each with what changed, or why it stays as it was.
    pub endpoints: Vec<(Place, Result<Change, Stays>)>,
    /// What of the trust of those has changed whose trust has.
    pub parts: BTreeMap<Place, Vec<TrustPart>>,
    /// Those that are to listen or lead somewhere else, which takes a restart.
    pub moved: Vec<Place>,
    /// Those of the host with a plain side that could be carried now and are not, which takes a restart; each is told once.
    pub new: Vec<Place>,
    /// Those that stayed as they were the last time, and do not any more.
    pub mended: Vec<Place>,
    /// What is doubtful: all of it of endpoints that have changed, of the others what was not told before.
    pub findings: Vec<Finding>,
    /// What became of endpoints that came, went or changed beyond their context, where somebody arranges that.
    pub arranged: Vec<(Place, Arrangement)>,
    /// The highest numbers of revocation lists that were seen by now, which whoever starts next may want to remember.
    pub seen: SeenNumbers,
}

/// Why an endpoint stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum Stays {
    /// The settings no longer have it on this host.
    #[error("the settings no longer have it on this host")]
    Gone,
    /// The files of the fleet have errors, and it is not in what could be read of them.
    #[error("the files of the fleet have errors, and it is not in what can be read of them")]
    FleetBroken {
        /// The errors; at least one, and at most [`MAX_ERRORS`](source::MAX_ERRORS).
        errors: Vec<Finding>,
    },
    /// Its settings have errors.
    #[error(transparent)]
    Settings(#[from] Refused),
    /// Its files have errors.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// TLS cannot be set up by them.
    #[error(transparent)]
    Context(Box<ContextError>),
    /// Less would be demanded of its traffic, by settings with a name that no option has: a mistake in writing takes no
    /// protection away.
    #[error(
        "its settings have a name that no option has, and demand less than before: {}",
        listed(.weaker)
    )]
    Doubtful {
        /// What they demand less; at least one.
        weaker: Vec<Weakening>,
        /// The names; at least one.
        names: Vec<Finding>,
    },
    /// It is open.
    #[error(transparent)]
    Open(#[from] TlsDemanded),
}

fn listed(weaker: &[Weakening]) -> String {
    let words: Vec<_> = weaker.iter().map(ToString::to_string).collect();
    words.join("; ")
}

/// Nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// The files of the fleet cannot be read.
    #[error(transparent)]
    Source(#[from] FleetSourceError),
    /// A file changed while it was read; looking again later helps.
    #[error("files were changed while they were read")]
    Unsettled,
    /// A look at them has not ended for long; it goes on.
    #[error("reading them takes long; a file system may hang")]
    Hangs,
    /// Reading them ended with a panic, which is a fault of ours.
    #[error("reading them failed: {words}")]
    Broken {
        /// What it said.
        words: String,
    },
}

impl Stays {
    /// The errors behind it, if there are some.
    #[must_use]
    pub fn findings(&self) -> Vec<&Finding> {
        match self {
            Self::Settings(Refused::Errors { errors, .. }) => {
                errors.iter().map(AsRef::as_ref).collect()
            }
            Self::FleetBroken { errors } => errors.iter().collect(),
            Self::Doubtful { names, .. } => names.iter().collect(),
            Self::Material(error) => error.errors().collect(),
            Self::Context(error) => error.finding().into_iter().collect(),
            Self::Gone
            | Self::Open(_)
            | Self::Settings(Refused::Beyond { .. } | Refused::Product { .. }) => Vec::new(),
        }
    }
}

impl Context {
    /// The number of the present generation of trust; 0 of whoever trusts nobody, being open.
    #[must_use]
    pub fn generation(&self) -> u64 {
        match self {
            Self::Server(context) => context.generation(),
            Self::Client(context) => context.generation(),
            Self::Open(_) => 0,
        }
    }

    /// What it is by its settings and files; `None` of whoever does no TLS.
    fn facts(&self) -> Option<Arc<Facts>> {
        match self {
            Self::Server(context) => Some(context.facts()),
            Self::Client(context) => Some(context.facts()),
            Self::Open(_) => None,
        }
    }

    /// What of its trust the last change of trust has changed.
    fn changed_parts(&self) -> Vec<TrustPart> {
        match self {
            Self::Server(context) => context.changed_parts(),
            Self::Client(context) => context.changed_parts(),
            Self::Open(_) => Vec::new(),
        }
    }

    fn change(&self, endpoint: &Endpoint, material: &Material) -> Result<Change, Stays> {
        let endpoint = endpoint.startable()?;
        let change = match self {
            Self::Server(context) => context.change(endpoint, material),
            Self::Client(context) => context.change(endpoint, material),
            Self::Open(_) => return Ok(Change::Nothing),
        };
        change.map_err(|error| Stays::Context(Box::new(error)))
    }

    fn numbers(&self) -> SeenNumbers {
        match self {
            Self::Server(context) => context.numbers(),
            Self::Client(context) => context.numbers(),
            Self::Open(_) => SeenNumbers::default(),
        }
    }
}

impl Keeper {
    /// Nothing kept so far.
    #[must_use]
    pub fn new(source: Source, variables: Variables) -> Self {
        Self {
            source,
            variables,
            kept: Vec::new(),
            left_out: BTreeSet::new(),
            noted: Noted::default(),
            lists: ListMemory::nothing(),
            seen: SeenNumbers::default(),
            since: None,
            bounds: None,
            arranger: None,
        }
    }

    /// Knows from now on that lists with these numbers were seen before: one with a lower number is refused.
    pub fn remember(&mut self, seen: &SeenNumbers) {
        self.seen = std::mem::take(&mut self.seen).and(seen);
    }

    /// Leaves it to somebody which endpoints are served from now on.
    pub fn arrange_by(&mut self, arranger: Box<dyn Arranger>) {
        self.arranger = Some(arranger);
    }

    /// Knows from now on that a sandbox lets this process read these folders only: what lies outside is refused with
    /// that reason.
    pub fn confine(&mut self, bounds: Bounds) {
        self.bounds = Some(bounds);
    }

    /// Every file and folder that was looked at.
    pub fn looked_at(&self) -> impl Iterator<Item = &Path> {
        self.noted.paths()
    }

    /// Keeps contexts that were made of a reading of this source, each with its endpoint, beside those that are kept
    /// already. What is doubtful in their settings and files counts as told.
    pub fn keep(&mut self, reading: Reading, contexts: impl IntoIterator<Item = (Place, Context)>) {
        for (place, context) in contexts {
            self.kept.push(Kept::new(place, context, &reading));
        }
        self.left_out.extend(self.left_out_of(&reading));
        self.since.get_or_insert(reading.at);
        self.noted.add(reading.files.noted());
        reading.lists.add(&self.lists);
        self.lists = reading.lists;
    }

    /// Reads the settings, after all lists that were seen.
    fn read(
        &mut self,
        files: &Arc<WatchedFiles>,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Reading, FleetSourceError> {
        let accepting = match (turn, self.since) {
            (Turn::Again, Some(since)) => since.min(now),
            (Turn::First, _) | (Turn::Again, None) => now,
        };
        // An endpoint may name another list, or none, from here on.
        self.seen = self.numbers();
        Ok(Reading {
            lists: self.lists.next(self.seen.clone(), now),
            ..self.source.read_through(files, turn, accepting)?
        })
    }

    /// Whether a file that was looked at is no longer as it was.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.noted.now() != self.noted
    }

    /// Reads settings and files again, and gives each context its part.
    ///
    /// An endpoint whose settings or files are broken stays as it was. So does everything if the fleet cannot be read,
    /// or files change meanwhile. That time has passed breaks nothing that serves: see
    /// [`load_change`](trustpack_material::load::load_change). Nor does the end of an acceptance that held when the first
    /// endpoint began to serve.
    ///
    /// # Errors
    ///
    /// [`NotRead`] when nothing was taken over.
    pub fn refresh(&mut self, now: Timestamp) -> Result<Refreshed, NotRead> {
        let files = Arc::new(WatchedFiles::within(self.bounds.clone()));
        let refreshed = self.take_over(&files, now);
        match &refreshed {
            Ok(_) => self.noted = files.noted(),
            Err(NotRead::Source(_)) => {
                // Those of this reading too: mending one of them is a change.
                let mut noted = files.noted();
                noted.add(self.noted.now());
                self.noted = noted;
            }
            Err(NotRead::Unsettled | NotRead::Hangs | NotRead::Broken { .. }) => {}
        }
        refreshed
    }

    fn take_over(
        &mut self,
        files: &Arc<WatchedFiles>,
        now: Timestamp,
    ) -> Result<Refreshed, NotRead> {
        let reading = self.read(files, Turn::Again, now)?;
        let surroundings = reading.surroundings(&*self.variables, now);
        let shelf = surroundings.shelf();
        // All is read before anything is taken over.
        let loaded: Vec<_> = self
            .kept
            .iter()
            .map(|kept| kept.load(&reading, &surroundings, &shelf))
            .collect();
        let broken = self.kept.iter().zip(&loaded);
        let broken = broken.filter(|(_, material)| material.is_err());
        let news = News {
            reading: &reading,
            surroundings,
            shelf: &shelf,
            broken: broken.map(|(kept, _)| kept.place.clone()).collect(),
        };
        let leaving = match &mut self.arranger {
            Some(arranger) => arranger.plan(&news),
            None => BTreeSet::new(),
        };
        let noted = files.noted();
        if noted.now() != noted {
            return Err(NotRead::Unsettled);
        }
        let mut refreshed = Refreshed::default();
        for (kept, material) in self.kept.iter_mut().zip(loaded) {
            if !leaving.contains(&kept.place) {
                kept.take_over(&reading, material, &mut refreshed);
            }
        }
        let leave = self
            .kept
            .extract_if(.., |kept| leaving.contains(&kept.place));
        let stayed: BTreeSet<Place> = leave.filter(Kept::stays).map(|kept| kept.place).collect();
        drop(shelf);
        if self.arranger.is_some() {
            self.arrange(&reading, &stayed, &mut refreshed);
        } else {
            let left_out = self.left_out_of(&reading);
            let known = std::mem::replace(&mut self.left_out, left_out);
            refreshed.new = self.left_out.difference(&known).cloned().collect();
        }
        self.lists = reading.lists;
        refreshed.seen = self.numbers();
        Ok(refreshed)
    }

    /// Endpoints of the host with a plain side that could be started and are not kept.
    fn left_out_of(&self, reading: &Reading) -> BTreeSet<Place> {
        let kept: BTreeSet<&Place> = self.kept.iter().map(|kept| &kept.place).collect();
        let carried = |endpoint: &&Endpoint| {
            endpoint.plain().is_some()
                && endpoint.startable().is_ok()
                && !kept.contains(endpoint.place())
        };
        let left_out = reading.endpoints().filter(carried);
        left_out.map(|endpoint| endpoint.place().clone()).collect()
    }

    /// Lets endpoints come and go, where that is left to somebody, who then sees to addresses and to what is gone. Those of
    /// `stayed` gave up a context that had stayed as it was.
    fn arrange(&mut self, reading: &Reading, stayed: &BTreeSet<Place>, refreshed: &mut Refreshed) {
        let Some(arranger) = &mut self.arranger else {
            return;
        };
        let stays = refreshed.endpoints.iter();
        let stays = stays.filter(|(_, result)| result.is_err());
        let arranged = arranger.arrange(&stays.map(|(place, _)| place.clone()).collect());
        for (place, context) in arranged.served {
            let hindered = arranged
                .told
                .iter()
                .any(|(other, told)| *other == place && told.hindrance().is_some());
            if stayed.contains(&place) && !hindered {
                refreshed.mended.push(place.clone());
            }
            let kept = Kept::new(place, context, reading);
            refreshed.findings.extend(kept.findings(reading));
            self.kept.push(kept);
        }
        refreshed.arranged = arranged.told;
        refreshed.moved.clear();
        let hindered = |place: &Place| {
            let mut arranged = refreshed.arranged.iter();
            arranged.any(|(other, told)| other == place && told.hindrance().is_some())
        };
        refreshed.endpoints.retain(|(place, result)| match result {
            Err(Stays::Gone) => false,
            Err(Stays::Open(_)) => !hindered(place),
            Ok(_) | Err(_) => true,
        });
    }

    /// The highest numbers of the revocation lists that were seen: of this process and of what it was told to remember.
    #[must_use]
    pub fn numbers(&self) -> SeenNumbers {
        let contexts = self.kept.iter().map(|kept| kept.context.numbers());
        contexts.fold(self.seen.clone(), |seen, more| seen.and(&more))
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
