//! Which fleet, and the reading of its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use trustpack_keystore::limited_file::ReadFileError;
use trustpack_material::fleet_source::{self, FleetSourceError, HostFiles, Texts};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::place::ApplicationName;
use trustpack_settings::resolve::{Resolution, resolve, resolve_application};
use trustpack_x509::time::Timestamp;

use crate::failure::Failure;

/// The fleet of a command that takes it as its argument.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FleetArgument {
    /// The fleet: a file, or a folder with *.toml files
    #[arg(value_name = "FLEET", conflicts_with = "fleet")]
    path: Option<PathBuf>,

    #[command(flatten)]
    option: FleetOption,
}

/// The fleet of a command whose arguments are something else.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FleetOption {
    /// The fleet: a file, or a folder with *.toml files
    #[arg(
        long,
        value_name = "PATH",
        default_value = "fleet.toml",
        env = "TRUSTPACK_FLEET"
    )]
    fleet: PathBuf,
}

/// How a command is told which fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// With --fleet alone.
    Option,
    /// As its argument, which has no other.
    Argument,
    /// As either.
    Either,
}

/// A fleet that has been read and resolved, with the texts it came from.
pub(super) struct ReadFleet {
    pub(super) texts: Texts,
    pub(super) fleet: Fleet,
    pub(super) resolution: Resolution,
    /// What our engine would say at the start of the endpoints that it secures.
    pub(super) at_start: Vec<Finding>,
}

impl ReadFleet {
    fn of(texts: Texts, now: Timestamp) -> Self {
        let fleet = fleet_source::fleet(&texts);
        let resolution = resolve(&fleet, now);
        Self::new(texts, fleet, resolution)
    }

    fn new(texts: Texts, fleet: Fleet, resolution: Resolution) -> Self {
        let mut read = Self {
            texts,
            fleet,
            resolution,
            at_start: Vec::new(),
        };
        read.look_at_starts();
        read
    }

    fn look_at_starts(&mut self) {
        let endpoints = self.resolution.endpoints().iter();
        let found = endpoints.flat_map(trustpack_tls::findings::of);
        let acceptances = self.resolution.acceptances();
        self.at_start = found.map(|finding| acceptances.mark(finding)).collect();
    }

    /// Takes in what the own files of applications say, of the hosts whose files are given.
    pub(super) fn read_own_files(&mut self, files_of: &HostFiles<'_>, now: Timestamp) {
        fleet_source::read_own_files(&mut self.fleet, &mut self.texts, files_of);
        if !self.fleet.own_files.is_empty() {
            self.resolve_all(now);
        }
    }

    /// The same fleet with all of its endpoints resolved.
    pub(super) fn whole(mut self, now: Timestamp) -> Self {
        self.resolve_all(now);
        self
    }

    fn resolve_all(&mut self, now: Timestamp) {
        self.resolution = resolve(&self.fleet, now);
        self.look_at_starts();
    }

    /// The same fleet with another text of one of its files.
    pub(super) fn with_text(mut self, path: &str, text: String, now: Timestamp) -> Self {
        self.texts.insert(Arc::from(path), text);
        Self::of(self.texts, now)
    }
}

impl FleetArgument {
    pub(super) fn read(&self, now: Timestamp) -> Result<ReadFleet, Failure> {
        read(self.path(), Named::Either, now)
    }

    /// The fleet, of which the endpoints of this application are resolved, and others perhaps not.
    pub(super) fn read_for(
        &self,
        application: &ApplicationName,
        now: Timestamp,
    ) -> Result<ReadFleet, Failure> {
        let texts = texts(self.path(), Named::Either)?;
        let fleet = fleet_source::fleet(&texts);
        let resolution = resolve_application(&fleet, application, now);
        Ok(ReadFleet::new(texts, fleet, resolution))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.path.as_ref().unwrap_or(&self.option.fleet)
    }
}

impl FleetOption {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.fleet
    }

    pub(super) fn read(&self, now: Timestamp) -> Result<ReadFleet, Failure> {
        read(&self.fleet, Named::Option, now)
    }
}

/// Reads the files of a fleet and resolves it. What is wrong in them becomes findings.
pub(super) fn read(path: &Path, named: Named, now: Timestamp) -> Result<ReadFleet, Failure> {
    Ok(ReadFleet::of(texts(path, named)?, now))
}

/// The texts of a fleet's files.
fn texts(path: &Path, named: Named) -> Result<Texts, Failure> {
    fleet_source::texts(path).map_err(|error| not_read(error, named))
}

/// The files of a fleet cannot be read.
pub(super) fn not_read(error: FleetSourceError, named: Named) -> Failure {
    let hint = match &error {
        FleetSourceError::File {
            error: ReadFileError::TooLarge { .. },
            ..
        }
        | FleetSourceError::InFolder {
            error: ReadFileError::TooLarge { .. },
            ..
        } => Some("split the fleet over several files in a folder"),
        FleetSourceError::File { .. } => match named {
            Named::Option => Some("name the fleet with --fleet"),
            Named::Argument => None,
            Named::Either => Some("name the fleet with --fleet, or as the argument"),
        },
        FleetSourceError::InFolder { .. } => {
            Some("mend it, or take it out of the folder if it is no part of the fleet")
        }
        FleetSourceError::NotUtf8 { .. } => Some("save the file as UTF-8"),
        FleetSourceError::Folder { .. }
        | FleetSourceError::NoFile { .. }
        | FleetSourceError::ComponentFile { .. } => None,
    };
    let failure = Failure::request(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
