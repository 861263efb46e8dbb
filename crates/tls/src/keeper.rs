//! Endpoints that follow their settings and files while they serve.
//!
//! A [`Keeper`] knows where the settings come from and which contexts serve. [`Keeper::refresh`] reads everything
//! anew and hands each context its part. What is broken stays as it was, each endpoint for itself, and the reason
//! is told. Which files were looked at is noted, so that [`Keeper::is_behind`] costs no reading.
//!
//! Not here: when to look; `watch` does that for tokio. Invariant: nothing is taken over that changed while it was
//! read.

use std::path::PathBuf;
use std::sync::Arc;

use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_keystore::password::Password;
use trustpack_material::files::Files;
use trustpack_material::files::watched::{Noted, WatchedFiles};
use trustpack_material::fleet_source::{self, FleetSourceError};
use trustpack_material::load::list_memory::ListMemory;
use trustpack_material::load::shelf::Shelf;
use trustpack_material::load::{Surroundings, load_with};
use trustpack_material::material::{Material, MaterialError};
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::{Endpoint, Refused};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::{Resolution, resolve};
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use crate::client::ClientContext;
use crate::context::ContextError;
use crate::generation::Change;
use crate::server::ServerContext;

pub mod newcomers;
#[cfg(feature = "tokio")]
pub mod watch;

/// Where settings come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A fleet file, or a folder of them, for the endpoints of one host of it.
    Fleet {
        /// Where it is.
        path: PathBuf,
        /// The host.
        host: DnsName,
    },
    /// One endpoint whose settings do not change; its files may.
    Fixed(Box<Endpoint>),
}

/// The values of environment variables, for passwords given as `env:NAME`.
pub type Variables = Arc<dyn Fn(&str) -> Option<Password> + Send + Sync>;

/// Settings as they were read.
#[derive(Debug)]
pub struct Reading {
    /// What they say of each endpoint.
    pub settings: Settings,
    /// The files of this machine that were looked at so far, and through which material is to be read.
    pub files: WatchedFiles,
    lists: ListMemory,
    nothing_accepted: Acceptances,
}

/// What settings say.
#[derive(Debug)]
pub enum Settings {
    /// A fleet.
    Fleet {
        /// As written.
        fleet: Box<Fleet>,
        /// What it means.
        resolution: Box<Resolution>,
    },
    /// One endpoint.
    Fixed(Box<Endpoint>),
}

/// A context that serves.
#[derive(Clone, Debug)]
pub enum Context {
    /// A server.
    Server(ServerContext),
    /// A client.
    Client(ClientContext),
}

/// Endpoints that serve, and where their settings come from.
pub struct Keeper {
    source: Source,
    variables: Variables,
    kept: Vec<Kept>,
    noted: Noted,
    /// As they were read last: an unchanged list is not read again.
    lists: ListMemory,
}

struct Kept {
    place: Place,
    context: Context,
    /// Where it listens and what it leads to: what no context can change.
    addresses: (Option<NetworkAddress>, Option<PlainAddress>),
}

/// What became of the endpoints when everything was read again.
#[derive(Debug)]
pub struct Refreshed {
    /// Each with what changed, or why it stays as it was.
    pub endpoints: Vec<(Place, Result<Change, Stays>)>,
    /// Those that are to listen or lead somewhere else, which takes a restart.
    pub moved: Vec<Place>,
}

/// Why an endpoint stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum Stays {
    /// The settings no longer have it.
    #[error("the settings no longer have it")]
    Gone,
    /// Its settings have errors.
    #[error(transparent)]
    Settings(#[from] Refused),
    /// Its files have errors.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// TLS cannot be set up by them.
    #[error(transparent)]
    Context(Box<ContextError>),
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
}

impl Source {
    /// Reads the settings, with the files of this machine.
    ///
    /// # Errors
    ///
    /// [`FleetSourceError`] when the files of a fleet cannot be read. What is wrong in them is in the resolution.
    pub fn read(&self, now: Timestamp) -> Result<Reading, FleetSourceError> {
        let files = WatchedFiles::new();
        let settings = match self {
            Self::Fixed(endpoint) => Settings::Fixed(endpoint.clone()),
            Self::Fleet { path, host } => {
                files.note(path);
                for file in fleet_source::files(path)? {
                    files.note(&file);
                }
                let mut texts = fleet_source::texts(path)?;
                let mut fleet = Box::new(fleet_source::fleet(&texts));
                let own = |other: &DnsName| {
                    let files: Box<dyn Files> = Box::new(&files);
                    (other == host).then_some(files)
                };
                fleet_source::read_own_files(&mut fleet, &mut texts, &own);
                let resolution = Box::new(resolve(&fleet, now));
                Settings::Fleet { fleet, resolution }
            }
        };
        Ok(Reading {
            settings,
            files,
            lists: ListMemory::new(SeenNumbers::default(), now),
            nothing_accepted: Acceptances::default(),
        })
    }
}

impl Reading {
    /// An endpoint, if the settings have it.
    #[must_use]
    pub fn endpoint(&self, place: &Place) -> Option<&Endpoint> {
        match &self.settings {
            Settings::Fleet { resolution, .. } => resolution.endpoint(place),
            Settings::Fixed(endpoint) => (endpoint.place() == place).then_some(endpoint),
        }
    }

    /// What loading needs from outside.
    #[must_use]
    pub fn surroundings<'a>(
        &'a self,
        variable: &'a dyn Fn(&str) -> Option<Password>,
        now: Timestamp,
    ) -> Surroundings<'a> {
        Surroundings {
            files: &self.files,
            variable,
            now,
            acceptances: match &self.settings {
                Settings::Fleet { resolution, .. } => resolution.acceptances(),
                Settings::Fixed(_) => &self.nothing_accepted,
            },
            lists: Some(&self.lists),
        }
    }

    fn load(
        &self,
        place: &Place,
        surroundings: &Surroundings<'_>,
        shelf: &Shelf<'_>,
    ) -> Result<Material, Stays> {
        let endpoint = self.endpoint(place).ok_or(Stays::Gone)?.startable()?;
        Ok(load_with(endpoint, surroundings, shelf)?)
    }
}

impl Context {
    /// The number of the present generation of trust.
    #[must_use]
    pub fn generation(&self) -> u64 {
        match self {
            Self::Server(context) => context.generation(),
            Self::Client(context) => context.generation(),
        }
    }

    fn change(&self, endpoint: &Endpoint, material: &Material) -> Result<Change, Stays> {
        let endpoint = endpoint.startable()?;
        let change = match self {
            Self::Server(context) => context.change(endpoint, material),
            Self::Client(context) => context.change(endpoint, material),
        };
        change.map_err(|error| Stays::Context(Box::new(error)))
    }

    fn numbers(&self) -> SeenNumbers {
        match self {
            Self::Server(context) => context.numbers(),
            Self::Client(context) => context.numbers(),
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
            noted: Noted::default(),
            lists: ListMemory::nothing(),
        }
    }

    /// Keeps contexts that were made of a reading of this source, each with its endpoint, beside those that are kept
    /// already. The files are those that were looked at up to now.
    pub fn keep(&mut self, reading: Reading, contexts: impl IntoIterator<Item = (Place, Context)>) {
        for (place, context) in contexts {
            let addresses = reading.endpoint(&place).map(addresses).unwrap_or_default();
            self.kept.push(Kept {
                place,
                context,
                addresses,
            });
        }
        let earlier = std::mem::replace(&mut self.noted, reading.files.into_noted());
        self.noted.add(earlier);
        reading.lists.add(&self.lists);
        self.lists = reading.lists;
    }

    /// Reads the settings, after all lists that were seen.
    fn read(&self, now: Timestamp) -> Result<Reading, FleetSourceError> {
        Ok(Reading {
            lists: self.lists.next(self.numbers(), now),
            ..self.source.read(now)?
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
    /// or files change meanwhile.
    ///
    /// # Errors
    ///
    /// [`NotRead`] when nothing was taken over.
    pub fn refresh(&mut self, now: Timestamp) -> Result<Refreshed, NotRead> {
        let reading = self.read(now)?;
        let surroundings = reading.surroundings(&*self.variables, now);
        let shelf = surroundings.shelf();
        // All is read before anything is taken over.
        let loaded: Vec<_> = self
            .kept
            .iter()
            .map(|kept| reading.load(&kept.place, &surroundings, &shelf))
            .collect();
        let noted = reading.files.noted();
        if noted.now() != noted {
            return Err(NotRead::Unsettled);
        }
        let mut moved = Vec::new();
        let endpoints = self
            .kept
            .iter()
            .zip(loaded)
            .map(|(kept, material)| {
                let endpoint = reading.endpoint(&kept.place);
                if endpoint.is_some_and(|endpoint| addresses(endpoint) != kept.addresses) {
                    moved.push(kept.place.clone());
                }
                let change = match (endpoint, material) {
                    (Some(endpoint), Ok(material)) => kept.context.change(endpoint, &material),
                    (None, _) => Err(Stays::Gone),
                    (Some(_), Err(stays)) => Err(stays),
                };
                (kept.place.clone(), change)
            })
            .collect();
        drop(shelf);
        self.noted = reading.files.into_noted();
        self.lists = reading.lists;
        Ok(Refreshed { endpoints, moved })
    }

    /// The numbers of the revocation lists that were seen.
    fn numbers(&self) -> SeenNumbers {
        let contexts = self.kept.iter().map(|kept| kept.context.numbers());
        contexts.fold(SeenNumbers::default(), |seen, more| seen.and(&more))
    }
}

fn addresses(endpoint: &Endpoint) -> (Option<NetworkAddress>, Option<PlainAddress>) {
    (endpoint.network().cloned(), endpoint.plain().cloned())
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
