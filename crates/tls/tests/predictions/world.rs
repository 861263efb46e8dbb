//! A fleet of two hosts with the files of each, before and after it lies in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use trustpack_keystore::pem;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_material::files::tree::HostTree;
use trustpack_material::load::{Surroundings, load};
use trustpack_material::prediction::Prediction;
use trustpack_material::survey::{HostFiles, Sources, survey};
use trustpack_settings::endpoint::Security;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::{Resolution, resolve};
use trustpack_tls::client::ClientContext;
use trustpack_tls::server::ServerContext;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use crate::draw::Draw;
use crate::loopback::{self, Outcome};
use crate::support::{Authority, Host, new_key, time};

/// The time of the predictions. Certificates of the fleets are valid at it if they are today, and only then.
pub(crate) const NOW: &str = "2030-06-01";

/// Authorities and keys that all fleets use.
pub(crate) struct Ground {
    pub(crate) root: Authority,
    /// Below the root.
    pub(crate) sub: Authority,
    pub(crate) other: Authority,
    keys: [PrivateKey; 2],
    /// A key of another kind, for the server.
    pub(crate) rsa: PrivateKey,
}

/// The two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What a fleet says and what lies on its hosts.
pub(crate) struct World {
    /// `[host.security]` of each host.
    pub(crate) security: BTreeMap<(Side, &'static str), String>,
    pub(crate) port: Vec<String>,
    pub(crate) connection: Vec<String>,
    pub(crate) mode: &'static str,
    accepted: BTreeSet<(&'static str, String)>,
    files: BTreeMap<(Side, &'static str), Vec<u8>>,
}

/// A fleet whose files lie in a folder.
pub(crate) struct Lying {
    folder: TempDir,
    fleet: Fleet,
    resolution: Resolution,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root");
        let sub = root.intermediate("Sub");
        let rsa = include_bytes!("../../../keystore/tests/fixtures/rsa_pkcs8.pem");
        Self {
            root,
            sub,
            other: Authority::root("Other"),
            keys: [new_key(), new_key()],
            rsa: pem::read_private_key(rsa, None).unwrap(),
        }
    }

    pub(crate) fn key(&self, side: Side) -> &PrivateKey {
        match side {
            Side::Client => &self.keys[0],
            Side::Server => &self.keys[1],
        }
    }
}

impl Side {
    pub(crate) fn host(self) -> &'static str {
        match self {
            Self::Client => "a.example.com",
            Self::Server => "b.example.com",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl World {
    /// A fleet that works, in one of several ways.
    pub(crate) fn good(ground: &Ground, draw: &mut Draw) -> Self {
        let mut world = Self {
            security: BTreeMap::new(),
            port: Vec::new(),
            connection: Vec::new(),
            mode: "secured",
            accepted: BTreeSet::new(),
            files: BTreeMap::new(),
        };
        for side in [Side::Client, Side::Server] {
            let own = ground
                .sub
                .issue_for(&Host::named(side.host()), ground.key(side));
            world.presents(side, &[&own, &ground.sub.certificate], ground.key(side));
            world.trusts(side, &[&ground.root.certificate]);
        }
        if draw.below(4) > 0 {
            world.port.push("tls-mutual=1".to_owned());
        }
        if draw.coin() {
            world
                .connection
                .push("tls-target-name-check=host".to_owned());
        }
        world
    }

    pub(crate) fn is_mutual(&self) -> bool {
        self.port.iter().any(|one| one == "tls-mutual=1")
    }

    pub(crate) fn set(&mut self, side: Side, option: &'static str, value: &str) {
        self.security.insert((side, option), value.to_owned());
    }

    pub(crate) fn unset(&mut self, side: Side, option: &'static str) {
        self.security.remove(&(side, option));
    }

    pub(crate) fn file(&mut self, side: Side, path: &'static str, bytes: impl Into<Vec<u8>>) {
        self.files.insert((side, path), bytes.into());
    }

    pub(crate) fn remove(&mut self, side: Side, path: &'static str) {
        self.files.remove(&(side, path));
    }

    pub(crate) fn presents(&mut self, side: Side, chain: &[&Certificate], key: &PrivateKey) {
        let chain: Vec<_> = chain.iter().map(|one| (*one).clone()).collect();
        self.file(side, "/etc/own.pem", pem::certificates_to_pem(&chain));
        self.file(
            side,
            "/etc/key.pem",
            pem::private_key_to_pem(key).as_bytes(),
        );
        self.set(side, "certificate", "/etc/own.pem");
        self.set(side, "certificate-key", "/etc/key.pem");
    }

    pub(crate) fn trusts(&mut self, side: Side, trusted: &[&Certificate]) {
        let trusted: Vec<_> = trusted.iter().map(|one| (*one).clone()).collect();
        self.file(side, "/etc/ca.pem", pem::certificates_to_pem(&trusted));
        self.set(side, "trusted-ca", "/etc/ca.pem");
    }

    pub(crate) fn lists(&mut self, side: Side, lists: &str) {
        self.file(side, "/etc/ca.crl", lists);
        self.set(side, "crl", "/etc/ca.crl");
    }

    /// Accepts a finding at a host.
    pub(crate) fn accept(&mut self, side: Side, code: &'static str) {
        self.accepted
            .insert((code, format!("host {}", side.host())));
    }

    pub(crate) fn accept_at(&mut self, place: &str, code: &'static str) {
        self.accepted.insert((code, place.to_owned()));
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for side in [Side::Client, Side::Server] {
            text += &format!(
                "[[host]]\nname = \"{}\"\nplatform = \"unix\"\n[host.security]\n",
                side.host()
            );
            for ((_, option), value) in self.security.iter().filter(|((of, _), _)| *of == side) {
                text += &format!("{option} = \"{value}\"\n");
            }
        }
        text += &format!(
            "[[application]]\nname = \"Client\"\nhost = \"a.example.com\"\ncertificate-source = \"host\"\n\
             [[application.connection]]\nto = \"Server\"\ntunnel = \"127.0.0.1:14060\"\ntransport = \"{}\"\n",
            self.connection.join(";")
        );
        text += &format!(
            "[[application]]\nname = \"Server\"\nhost = \"b.example.com\"\ncertificate-source = \"host\"\n\
             [[application.port]]\nnumber = 4060\nmode = \"{}\"\ntunnel = \"127.0.0.1:12060\"\ntransport = \"{}\"\n",
            self.mode,
            self.port.join(";")
        );
        for (code, place) in &self.accepted {
            text += &format!(
                "[[accept]]\ncode = \"{code}\"\nplace = \"{place}\"\nreason = \"a test\"\nuntil = 2120-01-01\n"
            );
        }
        text
    }

    /// Puts the files into a folder.
    pub(crate) fn lay(&self) -> Lying {
        let folder = tempfile::tempdir().unwrap();
        for side in [Side::Client, Side::Server] {
            fs::create_dir_all(folder.path().join(side.host()).join("etc")).unwrap();
        }
        for ((side, path), bytes) in &self.files {
            let path = path.trim_start_matches('/');
            fs::write(folder.path().join(side.host()).join(path), bytes).unwrap();
        }
        let text = self.text();
        let source = Source {
            path: "fleet.toml",
            text: &text,
        };
        let fleet = fleet_file::read(&[source]);
        let resolution = resolve(&fleet, now());
        Lying {
            folder,
            fleet,
            resolution,
        }
    }
}

impl Lying {
    /// What is predicted of the connection.
    pub(crate) fn prediction(&self) -> Prediction {
        let host = |name: &DnsName| HostFiles::There(Box::new(self.tree(name.as_str())));
        let sources = Sources {
            host: &host,
            variable: &|_| None,
            now: now(),
        };
        let survey = survey(&self.fleet, &self.resolution, sources);
        let predictions = survey.into_predictions();
        assert_eq!(predictions.len(), 1);
        predictions.into_values().next().unwrap()
    }

    /// What comes of it.
    pub(crate) fn handshake(&self) -> Outcome {
        let server = self.context("Server:default", "b.example.com", ServerContext::new);
        let server = match server {
            Ok(server) => server,
            Err(why) => {
                return Outcome::NotStarted {
                    why: format!("server {why}"),
                };
            }
        };
        let connection = "Client/Server:default".parse().unwrap();
        let connection = self.resolution.endpoint(&connection).unwrap();
        if connection.security() == Security::Open {
            return match connection.startable() {
                Ok(_) => Outcome::Open,
                Err(why) => Outcome::NotStarted {
                    why: format!("client {why}"),
                },
            };
        }
        match self.context("Client/Server:default", "a.example.com", ClientContext::new) {
            Ok(client) => loopback::shake(&server, &client),
            Err(why) => Outcome::NotStarted {
                why: format!("client {why}"),
            },
        }
    }

    /// The context of an end, as a tunnel makes it.
    fn context<T, E: std::fmt::Display>(
        &self,
        place: &str,
        host: &str,
        make: impl FnOnce(
            trustpack_settings::endpoint::Startable<'_>,
            &trustpack_material::material::Material,
        ) -> Result<T, E>,
    ) -> Result<T, String> {
        let endpoint = self.resolution.endpoint(&place.parse().unwrap()).unwrap();
        let startable = endpoint.startable().map_err(|error| error.to_string())?;
        let surroundings = Surroundings {
            files: &self.tree(host),
            variable: &|_| None,
            now: now(),
            acceptances: self.resolution.acceptances(),
            lists: None,
        };
        let material = load(startable, &surroundings).map_err(|error| error.to_string())?;
        make(startable, &material).map_err(|error| error.to_string())
    }

    fn tree(&self, host: &str) -> HostTree {
        HostTree::at(&Path::new(self.folder.path()).join(host))
    }
}

fn now() -> Timestamp {
    time(NOW)
}
