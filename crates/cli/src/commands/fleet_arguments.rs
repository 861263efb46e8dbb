//! Which fleet, and the reading of its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::place::ApplicationName;
use trustpack_settings::resolve::{Resolution, resolve, resolve_application};
use trustpack_settings::secret::redact_line;
use trustpack_x509::time::Timestamp;

use super::own_files::{self, HostFiles};
use crate::failure::{Failure, message};
use crate::finding_report::Texts;

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
        let fleet = fleet_of(&texts);
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

    /// The same fleet with what the own files of its applications say, of the hosts whose files are given.
    pub(super) fn with_own_files(mut self, files_of: &HostFiles<'_>, now: Timestamp) -> Self {
        own_files::read(&mut self.fleet, &mut self.texts, files_of);
        if !self.fleet.own_files.is_empty() {
            return self.whole(now);
        }
        self
    }

    /// The same fleet with all of its endpoints resolved.
    pub(super) fn whole(mut self, now: Timestamp) -> Self {
        self.resolution = resolve(&self.fleet, now);
        self.look_at_starts();
        self
    }

    /// The same fleet with another text of one of its files.
    pub(super) fn with_text(mut self, path: &str, text: String, now: Timestamp) -> Self {
        self.texts.insert(Arc::from(path), text);
        Self::of(self.texts, now)
    }
}

impl FleetArgument {
    pub(super) fn read(&self, now: Timestamp) -> Result<ReadFleet, Failure> {
        read(self.path(), now)
    }

    /// The fleet, of which the endpoints of this application are resolved, and others perhaps not.
    pub(super) fn read_for(
        &self,
        application: &ApplicationName,
        now: Timestamp,
    ) -> Result<ReadFleet, Failure> {
        let texts = texts(self.path())?;
        let fleet = fleet_of(&texts);
        let resolution = resolve_application(&fleet, application, now);
        Ok(ReadFleet::new(texts, fleet, resolution))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.path.as_ref().unwrap_or(&self.option.fleet)
    }
}

impl FleetOption {
    pub(super) fn read(&self, now: Timestamp) -> Result<ReadFleet, Failure> {
        read(&self.fleet, now)
    }
}

/// Reads the files of a fleet and resolves it. What is wrong in them becomes findings.
pub(super) fn read(path: &Path, now: Timestamp) -> Result<ReadFleet, Failure> {
    Ok(ReadFleet::of(texts(path)?, now))
}

fn fleet_of(texts: &Texts) -> Fleet {
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|(path, text)| Source { path, text })
        .collect();
    fleet_file::read(&sources)
}

/// The texts of a fleet's files.
fn texts(path: &Path) -> Result<Texts, Failure> {
    let mut texts = Texts::new();
    for file in files(path)? {
        let text = limited_file::read(&file, fleet_file::MAX_FILE_BYTES, Accepted::AnySource)
            .with_context(|| format!("cannot read the fleet file {}", file.display()))
            .map_err(|error| {
                Failure::request(error).hint("name the fleet with --fleet, or as the argument")
            })?;
        let text = std::str::from_utf8(&text.bytes)
            .map_err(|error| not_utf8(&file, &text.bytes, error.valid_up_to()))?
            .to_owned();
        texts.insert(Arc::from(file.display().to_string()), text);
    }
    Ok(texts)
}

/// The first octet that is none of UTF-8 stands at `at`.
fn not_utf8(file: &Path, octets: &[u8], at: usize) -> Failure {
    /// Characters of the line that are shown.
    const MAX_SHOWN: usize = 120;
    let before = String::from_utf8_lossy(octets.get(..at).unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let begun = before.rsplit('\n').next().unwrap_or_default();
    let rest = octets.get(at..).unwrap_or_default();
    let rest = rest
        .split(|octet| *octet == b'\n')
        .next()
        .unwrap_or_default();
    let whole = format!("{begun}{}", String::from_utf8_lossy(rest));
    let shown: String = redact_line(whole.trim_end())
        .chars()
        .take(MAX_SHOWN)
        .collect();
    let (file, column) = (file.display(), begun.chars().count() + 1);
    Failure::request(message(format!(
        "{file}:{line}:{column}: the fleet file is not UTF-8 here, and TOML must be: {shown}"
    )))
    .hint("save the file as UTF-8")
}

/// The file itself, or the `*.toml` files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let context = || format!("cannot read the folder {}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)
        .with_context(context)
        .map_err(Failure::request)?
    {
        let file = entry
            .with_context(context)
            .map_err(Failure::request)?
            .path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
            && file.is_file()
        {
            files.push(file);
        }
    }
    if files.is_empty() {
        let text = format!("the folder {} has no *.toml file", path.display());
        return Err(Failure::request(message(text)));
    }
    files.sort();
    Ok(files)
}
