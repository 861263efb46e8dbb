//! Where the settings of endpoints come from, and what they say at one moment.
//!
//! Not whether an endpoint serves: that is for [`super::Keeper`]. Invariant: every file that was read for a
//! [`Reading`] is noted in its files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_keystore::password::Password;
use trustpack_material::files::Files;
use trustpack_material::files::watched::WatchedFiles;
use trustpack_material::fleet_source::{self, FleetSourceError};
use trustpack_material::load::Surroundings;
use trustpack_material::load::list_memory::ListMemory;
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::{Fleet, Platform};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::{Resolution, by_hand, resolve};
use trustpack_settings::value::PeerName;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::Stays;
use super::newcomers::ServeError;

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
    /// The file of a component, in which the settings of one endpoint stand.
    ComponentFile {
        /// Where it is.
        path: PathBuf,
        /// Which side the endpoint is.
        role: Role,
        /// A client: the name to expect of the server.
        peer: Option<PeerName>,
    },
}

/// The values of environment variables, for passwords given as `env:NAME`.
pub type Variables = Arc<dyn Fn(&str) -> Option<Password> + Send + Sync>;

/// Settings as they were read.
#[derive(Debug)]
pub struct Reading {
    /// What they say of each endpoint.
    pub settings: Settings,
    /// The files of this machine that were looked at so far, and through which material is to be read.
    pub files: Arc<WatchedFiles>,
    pub(super) lists: ListMemory,
    /// The time by which acceptances hold or do not.
    pub(super) at: Timestamp,
}

/// What settings say.
#[derive(Debug)]
pub enum Settings {
    /// A fleet, for the endpoints of one host.
    Fleet {
        /// The host.
        host: DnsName,
        /// As written.
        fleet: Box<Fleet>,
        /// What it means.
        resolution: Box<Resolution>,
    },
    /// One endpoint.
    Fixed {
        /// The endpoint.
        endpoint: Box<Endpoint>,
        /// What is accepted of it: nothing.
        accepted: Acceptances,
    },
}

/// Errors of a fleet that are named where an endpoint is gone.
///
/// Source: ours; who has mended ten looks again.
pub const MAX_ERRORS: usize = 10;

/// What this program was built for.
const PLATFORM: Platform = if cfg!(windows) {
    Platform::Windows
} else {
    Platform::Unix
};

/// How often a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// For the first time: from a pipe too, as a shell makes it.
    First,
    /// While somebody serves.
    Again,
}

impl Source {
    /// Reads the settings, with the files of this machine.
    ///
    /// # Errors
    ///
    /// [`FleetSourceError`] when the files of a fleet cannot be read. What is wrong in them is in the resolution.
    pub fn read(&self, now: Timestamp) -> Result<Reading, FleetSourceError> {
        self.read_through(&Arc::default(), Turn::First, now)
    }

    /// The same through these files. `accepting` decides which acceptances hold.
    pub(super) fn read_through(
        &self,
        files: &Arc<WatchedFiles>,
        turn: Turn,
        accepting: Timestamp,
    ) -> Result<Reading, FleetSourceError> {
        let settings = match self {
            Self::Fixed(endpoint) => Settings::Fixed {
                endpoint: endpoint.clone(),
                accepted: Acceptances::default(),
            },
            Self::ComponentFile { path, role, peer } => {
                let file = fleet_source::component_file(&**files, path)?;
                let endpoint = by_hand::resolve_file(*role, peer.clone(), &file, PLATFORM);
                Settings::Fixed {
                    endpoint: Box::new(endpoint),
                    accepted: Acceptances::default(),
                }
            }
            Self::Fleet { path, host } => {
                files.note_fleet(path);
                let mut texts = match turn {
                    Turn::First => fleet_source::texts(path)?,
                    Turn::Again => fleet_source::texts_of_files(path)?,
                };
                let mut fleet = Box::new(fleet_source::fleet(&texts));
                let own = |other: &DnsName| {
                    let files: Box<dyn Files> = Box::new(&**files);
                    (other == host).then_some(files)
                };
                fleet_source::read_own_files(&mut fleet, &mut texts, &own);
                let resolution = Box::new(resolve(&fleet, accepting));
                Settings::Fleet {
                    host: host.clone(),
                    fleet,
                    resolution,
                }
            }
        };
        Ok(Reading {
            settings,
            files: Arc::clone(files),
            lists: ListMemory::new(SeenNumbers::default(), accepting),
            at: accepting,
        })
    }
}

impl Reading {
    /// The same after lists with these numbers were seen: one with a lower number is refused.
    #[must_use]
    pub fn after(self, seen: &SeenNumbers) -> Self {
        Self {
            lists: ListMemory::new(seen.clone(), self.at),
            ..self
        }
    }

    /// An endpoint, if the settings have it on this host.
    #[must_use]
    pub fn endpoint(&self, place: &Place) -> Option<&Endpoint> {
        match &self.settings {
            Settings::Fleet {
                host, resolution, ..
            } => {
                let found = resolution.endpoint(place)?;
                (found.host() == Some(host)).then_some(found)
            }
            Settings::Fixed { endpoint, .. } => (endpoint.place() == place).then_some(endpoint),
        }
    }

    /// Every endpoint of this host.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        let (fixed, host, all) = match &self.settings {
            Settings::Fleet {
                host, resolution, ..
            } => (None, Some(host), resolution.endpoints()),
            Settings::Fixed { endpoint, .. } => (Some(&**endpoint), None, [].as_slice()),
        };
        let here = all.iter().filter(move |one| one.host() == host);
        fixed.into_iter().chain(here)
    }

    /// Why an endpoint cannot be served that the settings do not have on this host.
    pub(super) fn why_unknown(&self, place: &Place) -> ServeError {
        let place = place.clone();
        let known = || self.endpoints().map(|one| one.place().clone()).collect();
        let Settings::Fleet {
            host,
            fleet,
            resolution,
        } = &self.settings
        else {
            return ServeError::Unknown {
                place,
                known: known(),
            };
        };
        let host = host.clone();
        let found = resolution.endpoint(&place).and_then(Endpoint::host);
        match found.cloned() {
            Some(found) => ServeError::OtherHost { place, found, host },
            None if fleet.host(&host).is_none() => ServeError::NoHost { host },
            None => ServeError::Unknown {
                place,
                known: known(),
            },
        }
    }

    /// Why the settings do not have an endpoint any more.
    pub(super) fn why_gone(&self) -> Stays {
        let errors: Vec<Finding> = match &self.settings {
            Settings::Fixed { .. } => Vec::new(),
            Settings::Fleet { resolution, .. } => resolution
                .findings()
                .filter(|finding| finding.place == Place::Fleet && finding.bars())
                .take(MAX_ERRORS)
                .cloned()
                .collect(),
        };
        if errors.is_empty() {
            Stays::Gone
        } else {
            Stays::FleetBroken { errors }
        }
    }

    /// What was found about the settings of an endpoint, at its own place and where it has them from: its application,
    /// its host and the fleet.
    #[must_use]
    pub fn findings_of<'a>(&'a self, endpoint: &'a Endpoint) -> Vec<&'a Finding> {
        let mut found: Vec<&Finding> = endpoint.findings().collect();
        if let Settings::Fleet { resolution, .. } = &self.settings {
            let known: BTreeSet<*const Finding> =
                found.iter().map(|one| &raw const **one).collect();
            found.extend(resolution.findings().filter(|finding| {
                is_above(&finding.place, endpoint) && !known.contains(&&raw const **finding)
            }));
        }
        found
    }

    /// What loading needs from outside.
    #[must_use]
    pub fn surroundings<'a>(
        &'a self,
        variable: &'a dyn Fn(&str) -> Option<Password>,
        now: Timestamp,
    ) -> Surroundings<'a> {
        Surroundings {
            files: &*self.files,
            variable,
            now,
            acceptances: match &self.settings {
                Settings::Fleet { resolution, .. } => resolution.acceptances(),
                Settings::Fixed { accepted, .. } => accepted,
            },
            lists: Some(&self.lists),
        }
    }
}

/// Whether an endpoint has settings of this place without being it.
fn is_above(place: &Place, endpoint: &Endpoint) -> bool {
    match place {
        Place::Fleet => true,
        Place::Host(name) => endpoint.host() == Some(name),
        Place::Application(name) => endpoint.place().application() == Some(name),
        Place::CommandLine
        | Place::Program
        | Place::Port { .. }
        | Place::Connection { .. }
        | Place::Backup { .. } => false,
    }
}
