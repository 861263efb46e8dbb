//! A fleet whose files lie in a folder: what is predicted of its connections, and what comes of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_material::files::permissions::Account;
use trustpack_material::files::tree::HostTree;
use trustpack_material::files::{FileContents, Files, ReadFileError};
use trustpack_material::fleet_source::{self, Texts};
use trustpack_material::load::{Surroundings, load};
use trustpack_material::material::Material;
use trustpack_material::outlook::{self, Course};
use trustpack_material::prediction::Prediction;
use trustpack_material::survey::{HostFiles, Sources, Survey, survey};
use trustpack_settings::endpoint::{Endpoint, Engine, Refused, Security, Startable, State};
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::{Resolution, resolve};
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_tls::server::ServerContext;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use crate::loopback::{self, Cause, Outcome};
use crate::openssl::{self, Level};
use crate::support::time;
use crate::world::{File, Side, World};

/// The time of the predictions. Certificates of the fleets are valid at it if they are today, and only then.
pub(crate) const NOW: &str = "2030-06-01";

/// A fleet whose files lie in a folder.
pub(crate) struct Lying<'w> {
    world: &'w World,
    folder: TempDir,
    fleet: Fleet,
    resolution: Resolution,
    survey: Survey,
}

/// The files of a host as an account of it reads them.
struct AsAccount {
    tree: HostTree,
    account: Option<Account>,
}

impl Files for AsAccount {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let found = self.tree.read(path, limit)?;
        let account = self.account.as_ref();
        if account.is_some_and(|account| !account.may_read(&found.permissions)) {
            return Err(ReadFileError::NotPermitted);
        }
        Ok(found)
    }
}

impl<'w> Lying<'w> {
    /// Puts the files into a folder and looks at them.
    pub(crate) fn new(world: &'w World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for side in Side::BOTH {
            fs::create_dir_all(folder.path().join(side.host()).join("etc")).unwrap();
            if let Some(text) = world.own_text(side).filter(|_| world.has_own_file) {
                fs::write(at(folder.path(), side, world.own_file()), text).unwrap();
            }
        }
        for ((side, path), file) in &world.files {
            put(&at(folder.path(), *side, path), file);
        }
        let text = world.text();
        let source = Source {
            path: "fleet.toml",
            text: &text,
        };
        let mut fleet = fleet_file::read(&[source]);
        fleet_source::read_own_files(&mut fleet, &mut Texts::new(), &|host| {
            Some(Box::new(tree(folder.path(), host.as_str())))
        });
        let resolution = resolve(&fleet, now());
        let survey = surveyed(world, folder.path(), &fleet, &resolution);
        Self {
            world,
            folder,
            fleet,
            resolution,
            survey,
        }
    }

    /// What is predicted of each connection that can be made here, by its place: each end is ours, or is OpenSSL.
    pub(crate) fn predictions(&self) -> Vec<(&Place, &Prediction)> {
        let ours =
            |end: &Endpoint| end.engine() == Engine::Trustpack || self.world.is_run_by_openssl(end);
        let predictions = self.survey.predictions().iter();
        predictions
            .filter(|(place, _)| {
                let (client, server) = self.ends(place);
                ours(client) && ours(server)
            })
            .collect()
    }

    /// What comes of a connection.
    pub(crate) fn handshake(&self, place: &Place) -> Outcome {
        self.handshake_at(place, now(), Level::One)
    }

    /// The same at another time and level, which only OpenSSL can be told.
    pub(crate) fn handshake_at(&self, place: &Place, time: Timestamp, level: Level) -> Outcome {
        let shaken = self.shaken(place, (time, level));
        shaken.unwrap_or_else(|not_started| not_started)
    }

    /// The same now at another level.
    pub(crate) fn handshake_on(&self, place: &Place, level: Level) -> Outcome {
        self.handshake_at(place, now(), level)
    }

    /// Whether an end is OpenSSL.
    pub(crate) fn has_openssl(&self, place: &Place) -> bool {
        let (client, server) = self.ends(place);
        self.world.is_run_by_openssl(client) || self.world.is_run_by_openssl(server)
    }

    /// Whether both ends are OpenSSL, so that they can be asked what comes of them at another time.
    pub(crate) fn goes_by_any_clock(&self, place: &Place) -> bool {
        let (client, server) = self.ends(place);
        self.world.is_run_by_openssl(client) && self.world.is_run_by_openssl(server)
    }

    fn shaken(&self, place: &Place, how: (Timestamp, Level)) -> Result<Outcome, Outcome> {
        let (client, server) = self.ends(place);
        let start_client = || self.start(client, ClientContext::new);
        let start_server = || self.start(server, ServerContext::new);
        let openssl = |end: &Endpoint| {
            let root = self.folder.path().join(end.host().unwrap().as_str());
            let is_openssl = self.world.is_run_by_openssl(end);
            is_openssl.then(|| openssl::End::new(end, &root, how))
        };
        Ok(match (openssl(server), openssl(client)) {
            (Some(server), Some(client)) => server.meet(&client),
            (Some(server), None) => server.serve(&start_client()?.unwrap()),
            (None, Some(client)) => client.dial(&start_server()?.unwrap()),
            (None, None) => match (start_server()?, start_client()?) {
                (Some(server), Some(client)) => loopback::shake(&server, &client),
                (_, None) => Outcome::Open,
                (None, Some(_)) => panic!("{place}: a client of TLS starts for a port in clear"),
            },
        })
    }

    /// The codes of everything that is found in it.
    pub(crate) fn codes(&self) -> BTreeSet<Code> {
        let endpoints = self.resolution.endpoints().iter();
        let of_engine = endpoints.flat_map(trustpack_tls::findings::of);
        let others = self.resolution.findings().chain(self.survey.findings());
        let others = others.map(Finding::code);
        of_engine
            .map(|finding| finding.code())
            .chain(others)
            .collect()
    }

    /// What is shown of each endpoint and what is foretold of the connections are one thing.
    #[track_caller]
    pub(crate) fn outlooks_agree(&self, about: &str) {
        for endpoint in self.resolution.endpoints() {
            let outlook = outlook::of(endpoint, &self.resolution, Some(&self.survey), now());
            let (place, state) = (endpoint.place(), outlook.state);
            let fails = state == State::Failing;
            if let Some(prediction) = self.survey.predictions().get(place) {
                let is_refused = state == State::Refused;
                let failing = prediction.failing().is_some();
                assert!(
                    failing == fails || (failing && is_refused),
                    "{prediction}\n{about}"
                );
                let good = matches!(prediction, Prediction::Works { .. } | Prediction::Open);
                assert!(!(good && is_refused), "{place} {prediction}\n{about}");
            }
            let is_down = matches!(outlook.course, Course::Down(_) | Course::Refused);
            assert!(
                !is_down || fails || state == State::Refused,
                "{outlook:?}\n{about}"
            );
            for (_, prediction) in self.survey.connections_to(place) {
                let good = matches!(prediction, Prediction::Works { .. } | Prediction::Open);
                assert!(
                    !(good && (is_down || fails)),
                    "{place} {outlook:?}\n{about}"
                );
            }
        }
    }

    /// Whether the files of an end of the connection were not looked at.
    pub(crate) fn is_unseen(&self, place: &Place) -> bool {
        let (client, server) = self.ends(place);
        let unseen = self.world.uncollected.map(Side::host);
        [client, server]
            .into_iter()
            .any(|end| end.host().map(DnsName::as_str) == unseen && unseen.is_some())
    }

    fn ends(&self, place: &Place) -> (&Endpoint, &Endpoint) {
        let client = self.resolution.endpoint(place).unwrap();
        let server = self.resolution.endpoint(client.port().unwrap()).unwrap();
        (client, server)
    }

    /// The context of an end; `None` for one in clear, which needs none.
    fn start<T>(
        &self,
        end: &Endpoint,
        make: impl FnOnce(Startable<'_>, &Material) -> Result<T, ContextError>,
    ) -> Result<Option<T>, Outcome> {
        let started = match end.security() {
            Security::Open => end.startable().map(|_| None).map_err(Cause::from),
            Security::Tls | Security::AutoDetect | Security::Refused | Security::Product => {
                self.context(end, make).map(Some)
            }
        };
        let role = end.role();
        started.map_err(|cause| Outcome::NotStarted { role, cause })
    }

    /// The context of an end, as a tunnel makes it that runs under the account of its application.
    fn context<T>(
        &self,
        endpoint: &Endpoint,
        make: impl FnOnce(Startable<'_>, &Material) -> Result<T, ContextError>,
    ) -> Result<T, Cause> {
        let startable = endpoint.startable()?;
        let tree = tree(self.folder.path(), endpoint.host().unwrap().as_str());
        let application = endpoint.place().application();
        let application = application.and_then(|name| self.fleet.application(name));
        let account = application.and_then(|application| application.account.as_ref());
        let account = account.and_then(|account| Account::find(&account.value, &tree));
        let surroundings = Surroundings {
            files: &AsAccount { tree, account },
            variable: &|_| None,
            now: now(),
            acceptances: self.resolution.acceptances(),
            lists: None,
        };
        let material = load(startable, &surroundings)
            .map_err(|error| Cause::Files(error.errors().map(Finding::code).collect()))?;
        make(startable, &material).map_err(|error| {
            Cause::Engine(if let ContextError::NoCipher(finding) = error {
                finding.message
            } else {
                error.to_string()
            })
        })
    }
}

impl From<Refused> for Cause {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Errors { errors, .. } => {
                Self::Settings(errors.iter().map(|one| one.code()).collect())
            }
            Refused::Beyond { .. } | Refused::Product { .. } => panic!("{refused}"),
        }
    }
}

/// What a check with the files of the hosts finds.
fn surveyed(world: &World, folder: &Path, fleet: &Fleet, resolution: &Resolution) -> Survey {
    let uncollected = world.uncollected.map(Side::host);
    let host = |name: &DnsName| {
        if Some(name.as_str()) == uncollected {
            HostFiles::Missing
        } else {
            HostFiles::There(Box::new(tree(folder, name.as_str())))
        }
    };
    let sources = Sources {
        host: &host,
        variable: &|_| None,
        now: now(),
    };
    let mut survey = survey(fleet, resolution, sources);
    for (url, named_by) in survey.distribution_points(resolution) {
        if let Some(answer) = world.answers.get(&url) {
            survey.add_answer(resolution, &url, &named_by, answer);
        }
    }
    survey
}

fn at(folder: &Path, side: Side, path: &str) -> PathBuf {
    folder.join(side.host()).join(path.trim_start_matches('/'))
}

#[cfg(unix)]
fn put(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt as _;

    match file {
        File::Bytes(bytes, mode) => {
            fs::write(path, bytes).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
        }
        File::Folder => fs::create_dir(path).unwrap(),
    }
}

fn tree(folder: &Path, host: &str) -> HostTree {
    HostTree::at(&folder.join(host))
}

fn now() -> Timestamp {
    time(NOW)
}
