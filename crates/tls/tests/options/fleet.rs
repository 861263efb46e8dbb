//! A fleet of two hosts in memory, with an option anywhere in it, and what its two ends come to.

use std::collections::BTreeMap;

use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pkcs12::Encryption;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::store::write::{StoreFormat, write};
use trustpack_keystore::store::{Entry, Holds, Store};
use trustpack_material::files::{MemoryFiles, Readers};
use trustpack_material::load::{Surroundings, load};
use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Endpoint, Security, Startable};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::{Resolution, resolve};
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_tls::established::Established;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;

use crate::memory;
use crate::support::{Authority, Host, List, new_key, now, time};

/// The two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Server,
    Client,
}

/// Where an option stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Endpoint,
    Application,
    Host,
}

/// Settings of both ends.
#[derive(Default)]
pub(crate) struct Fleet(BTreeMap<(Side, Level), BTreeMap<String, String>>);

/// The files of both hosts, the same names on each.
pub(crate) struct Ground {
    server: MemoryFiles,
    client: MemoryFiles,
}

const BLOCK: [(&str, &str); 3] = [
    ("certificate", "/own.pem"),
    ("certificate-key", "/key.pem"),
    ("trusted-ca", "/ca.pem"),
];

impl Fleet {
    /// Both ends have a block at their hosts; nothing says yet that TLS is spoken.
    pub(crate) fn good() -> Self {
        let mut fleet = Self::default();
        fleet.block_at(Side::Server, Level::Host);
        fleet.block_at(Side::Client, Level::Host);
        fleet
    }

    /// Puts the block at this level, and takes it from the host.
    pub(crate) fn block_at(&mut self, side: Side, level: Level) {
        for (name, value) in BLOCK {
            self.0.entry((side, Level::Host)).or_default().remove(name);
            self.set(side, level, name, value);
        }
    }

    /// Sets an option; without a value, takes it away.
    pub(crate) fn set(&mut self, side: Side, level: Level, name: &str, value: &str) {
        let options = self.0.entry((side, level)).or_default();
        if value.is_empty() {
            options.remove(name);
        } else {
            options.insert(name.to_owned(), value.to_owned());
        }
    }

    fn toml(&self) -> String {
        let at = |side, level, between: &str, quote: &str| {
            let options = self.0.get(&(side, level)).into_iter().flatten();
            let options = options.map(|(name, value)| format!("{name}={quote}{value}{quote}"));
            options.collect::<Vec<_>>().join(between)
        };
        let section = |side, level| at(side, level, "\n", "\"");
        let mut text = String::new();
        for (side, host, application) in [
            (Side::Server, "a.example.com", "Server"),
            (Side::Client, "b.example.com", "Client"),
        ] {
            let endpoint = match side {
                Side::Server => "[[application.port]]\nnumber = 4060\ntunnel = \"127.0.0.1:12060\"",
                Side::Client => {
                    "[[application.connection]]\nto = \"Server\"\ntunnel = \"127.0.0.1:14060\""
                }
            };
            text += &format!(
                "[[host]]\nname = \"{host}\"\nplatform = \"unix\"\n[host.security]\n{}\n\
                 [[application]]\nname = \"{application}\"\nhost = \"{host}\"\n\
                 [application.security]\n{}\n{endpoint}\ntransport = \"{}\"\n",
                section(side, Level::Host),
                section(side, Level::Application),
                at(side, Level::Endpoint, ";", ""),
            );
            // An end that presents a bad certificate is to start: it is the other that refuses it.
            let endpoint = match side {
                Side::Server => "Server",
                Side::Client => "Client/Server",
            };
            let places = [
                endpoint.to_owned(),
                format!("application {application}"),
                format!("host {host}"),
            ];
            for (code, place) in ["TP4008", "TP4021"]
                .iter()
                .flat_map(|code| places.iter().map(move |place| (code, place)))
            {
                text += &format!(
                    "[[accept]]\ncode = \"{code}\"\nplace = \"{place}\"\nreason = \"a test\"\nuntil = 2120-01-01\n"
                );
            }
        }
        text
    }
}

/// An end of a fleet: its context, or nothing if it is open.
type Started<T> = Result<Option<T>, String>;

impl Ground {
    /// What becomes of a server and a client, each of its fleet, in words.
    pub(crate) fn outcome(&self, server: &Fleet, client: &Fleet) -> String {
        let server = read(&server.toml());
        let at_server = server.endpoint(&"Server".parse().unwrap()).unwrap();
        let started = start(&server, at_server, &self.server, ServerContext::new);
        let client = read(&client.toml());
        let at_client = client.endpoint(&"Client/Server".parse().unwrap()).unwrap();
        let outcome = together(
            started,
            start(&client, at_client, &self.client, ClientContext::new),
        );
        if at_server.security() == Security::AutoDetect {
            return format!("{outcome} (the server detects)");
        }
        outcome
    }
}

fn read(text: &str) -> Resolution {
    let path = "fleet.toml";
    resolve(&fleet_file::read(&[Source { path, text }]), now())
}

fn together(server: Started<ServerContext>, client: Started<ClientContext>) -> String {
    match (server, client) {
        (Err(why), _) | (_, Err(why)) => why,
        (Ok(Some(server)), Ok(Some(client))) => {
            let (server, client) = (server.connection().unwrap(), client.connection().unwrap());
            shaken(&memory::shake(server, client))
        }
        (Ok(server), Ok(client)) => {
            let speaks = |tls: bool| if tls { "TLS" } else { "plain text" };
            let (server, client) = (speaks(server.is_some()), speaks(client.is_some()));
            format!("the server speaks {server}, the client {client}")
        }
    }
}

/// The context of an end; nothing if it is open.
fn start<T>(
    resolution: &Resolution,
    endpoint: &Endpoint,
    files: &MemoryFiles,
    make: impl FnOnce(Startable<'_>, &Material) -> Result<T, ContextError>,
) -> Started<T> {
    let not_started = |codes: Vec<String>| format!("not started: {}", codes.join(" "));
    let startable = endpoint.startable().map_err(|_| {
        let errors = endpoint.findings().filter(|finding| finding.bars());
        not_started(errors.map(|finding| finding.code().to_string()).collect())
    })?;
    if endpoint.security() == Security::Open {
        return Ok(None);
    }
    let surroundings = Surroundings {
        files,
        variable: &|_| None,
        now: now(),
        acceptances: resolution.acceptances(),
        lists: None,
    };
    let material = load(startable, &surroundings)
        .map_err(|error| not_started(error.errors().map(|f| f.code().to_string()).collect()))?;
    make(startable, &material)
        .map(Some)
        .map_err(|error| format!("not started: {error}"))
}

fn shaken(outcome: &memory::Outcome) -> String {
    let name = |end: &Established| match &end.peer {
        Some(peer) => peer.subject().to_string(),
        None => "nobody".to_owned(),
    };
    match (&outcome.server, &outcome.client) {
        (Ok(by_server), Ok(by_client)) => format!(
            "works: {} {}, the server sees {} with {}, the client sees {} with {}",
            by_client.version.unwrap(),
            by_client.suite.unwrap(),
            name(by_server),
            outcome.taken_by_server,
            name(by_client),
            outcome.taken_by_client,
        ),
        (Err(Failure::PeerAlert(_)), Err(client)) => format!("the client refuses: {client}"),
        (Err(server), _) => format!("the server refuses: {server}"),
        (Ok(_), Err(client)) => format!("the client refuses: {client}"),
    }
}

impl Ground {
    pub(crate) fn new() -> Self {
        let authorities = Authorities::new();
        let [server, client] = ["a.example.com", "b.example.com"].map(|host| {
            let key = new_key();
            let own = authorities.sub.issue_for(&Host::named(host), &key);
            (host, key, own)
        });
        Self {
            server: files(&authorities, server.0, &server.1, &client.2),
            client: files(&authorities, client.0, &client.1, &server.2),
        }
    }
}

struct Authorities {
    root: Authority,
    /// Below the root.
    sub: Authority,
    foreign: Authority,
}

impl Authorities {
    fn new() -> Self {
        let root = Authority::root("Root");
        Self {
            sub: root.intermediate("Sub"),
            foreign: Authority::root("Foreign"),
            root,
        }
    }
}

/// The files of a host. Each has the same names, so that a row can name them at either end.
fn files(
    authorities: &Authorities,
    host: &str,
    key: &PrivateKey,
    peer: &Certificate,
) -> MemoryFiles {
    let Authorities { root, sub, foreign } = authorities;
    let mut files = MemoryFiles::new();
    let mut file = |path: &str, bytes: Vec<u8>| files.insert(path, bytes, Readers::Restricted);
    let chain = |all: &[&Certificate]| {
        let all: Vec<Certificate> = all.iter().map(|one| (*one).clone()).collect();
        pem::certificates_to_pem(&all).into_bytes()
    };
    let key_file = |key: &PrivateKey| pem::private_key_to_pem(key).as_bytes().to_vec();
    let second = new_key();
    let own = sub.issue_for(&Host::named(host), key);
    let named = |name, key: &PrivateKey| sub.issue_for(&Host::named(name), key);
    file("/key.pem", key_file(key));
    file("/second.key", key_file(&second));
    let secret = Password::new("secret");
    let encrypted = pem::private_key_to_encrypted_pem(key, &secret).unwrap();
    file("/encrypted.key", encrypted.as_bytes().to_vec());
    file("/own.pem", chain(&[&own, &sub.certificate]));
    file(
        "/renamed.pem",
        chain(&[&named("other.example.com", key), &sub.certificate]),
    );
    file(
        "/with-root.pem",
        chain(&[&own, &sub.certificate, &root.certificate]),
    );
    let other = named("other.example.com", &second);
    file("/both.pem", chain(&[&own, &other, &sub.certificate]));
    let stranger = foreign.issue_for(&Host::named(host), key);
    file("/stranger.pem", chain(&[&stranger, &foreign.certificate]));
    let weak = Host {
        digest: Digest::Sha1,
        ..Host::named(host)
    };
    file(
        "/weak.pem",
        chain(&[&sub.issue_for(&weak, key), &sub.certificate]),
    );
    file("/ca.pem", chain(&[&root.certificate]));
    file("/foreign-ca.pem", chain(&[&foreign.certificate]));
    for (own, ca, format) in [
        (
            "/own.p12",
            "/ca.p12",
            StoreFormat::Pkcs12(Encryption::Modern),
        ),
        ("/own.jks", "/ca.jks", StoreFormat::Jks),
    ] {
        let holds = Holds::Key {
            key: pem::read_private_key(&key_file(key), None).unwrap(),
            chain: vec![named("stored.example.com", key), sub.certificate.clone()],
        };
        file(own, store("own", holds, format));
        let trusted = Holds::Trusted(root.certificate.clone());
        file(ca, store("ca", trusted, format));
    }
    for (path, text) in lists(authorities, peer) {
        file(path, text.into_bytes());
    }
    files
}

/// Revocation lists with what they are for in their names; on one of them stands `peer`.
fn lists(authorities: &Authorities, peer: &Certificate) -> [(&'static str, String); 3] {
    let Authorities { root, sub, .. } = authorities;
    let both = |list: &List<'_>| [sub.list(list), root.list(&List::default())].concat();
    let revoked = List {
        revoked: vec![peer.serial().clone()],
        ..List::default()
    };
    let old = List {
        next: "2021-01-01",
        ..List::default()
    };
    [
        ("/revoked.crl", both(&revoked)),
        ("/old.crl", both(&old)),
        ("/only-sub.crl", sub.list(&List::default())),
    ]
}

fn store(alias: &str, holds: Holds, format: StoreFormat) -> Vec<u8> {
    let mut store = Store::new();
    let alias = alias.parse().unwrap();
    store.add(Entry { alias, holds }).unwrap();
    let password = Password::new("secret");
    write(&store, format, Some(&password), time("2020-01-01"))
        .unwrap()
        .to_vec()
}
