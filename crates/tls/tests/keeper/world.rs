//! A fleet on disk with two ports of one host, each with files of its own, and clients of both.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use trustpack_keystore::pem;
use trustpack_settings::endpoint::Role;
use trustpack_settings::place::Place;
use trustpack_tls::client::ClientContext;
use trustpack_tls::generation::Change;
use trustpack_tls::handshake::Failure;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::{Keeper, Refreshed, Stays};
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::support::{Authority, Host, Issued, List, Site, time};

pub(crate) type Stream = SecureStream<DuplexStream>;

/// When the endpoints are started. The engine goes by the clock of the machine, which is later.
pub(crate) const START: &str = "2020-06-01";

/// Two servers, `A` and `B`, that demand certificates. What they have on disk is in folders of their names.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) root: Authority,
    pub(crate) other: Authority,
    /// A client of each authority.
    pub(crate) caller: Issued,
    pub(crate) stranger: Issued,
}

impl World {
    pub(crate) fn new() -> Self {
        let (root, other) = (Authority::root("Root"), Authority::root("Other"));
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            caller: root.issue(&Host::named("caller.example.com")),
            stranger: other.issue(&Host::named("stranger.example.com")),
            root,
            other,
        };
        fs::create_dir(world.at("fleet")).unwrap();
        for name in ["A", "B"] {
            fs::create_dir(world.at(name)).unwrap();
            world.present(name, &world.root.issue(&Host::named("h.example.com")));
            world.trust(name, &[&world.root.certificate, &world.other.certificate]);
            world.list(name, &[world.empty_list(1), world.empty_list_of_other(1)]);
        }
        world.settings("");
        world
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a file as a whole.
    pub(crate) fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        let aside = self.at("aside");
        fs::write(&aside, contents).unwrap();
        fs::rename(&aside, self.at(name)).unwrap();
    }

    pub(crate) fn present(&self, of: &str, host: &Issued) {
        let own = pem::certificates_to_pem(std::slice::from_ref(&host.certificate));
        self.put(&format!("{of}/own.pem"), own);
        let key = pem::private_key_to_pem(&host.key);
        self.put(&format!("{of}/key.pem"), key.as_bytes());
    }

    pub(crate) fn trust(&self, of: &str, trusted: &[&Certificate]) {
        let trusted: Vec<Certificate> = trusted.iter().map(|one| (*one).clone()).collect();
        self.put(&format!("{of}/ca.pem"), pem::certificates_to_pem(&trusted));
    }

    pub(crate) fn list(&self, of: &str, lists: &[String]) {
        self.put(&format!("{of}/ca.crl"), lists.concat());
    }

    pub(crate) fn empty_list(&self, number: u64) -> String {
        self.root.list(&List {
            number,
            ..List::default()
        })
    }

    pub(crate) fn empty_list_of_other(&self, number: u64) -> String {
        self.other.list(&List {
            number,
            ..List::default()
        })
    }

    /// A list of the other authority that revokes its client.
    pub(crate) fn revoking_list(&self, number: u64) -> String {
        self.other.list(&List {
            number,
            revoked: vec![self.stranger.certificate.serial().clone()],
            ..List::default()
        })
    }

    /// Writes the fleet file: both ports, and this behind it.
    pub(crate) fn settings(&self, more: &str) {
        let port = |name: &str, number: u16| self.port(name, "h.example.com", number, "secured");
        let hosts = "[[host]]\nname = \"h.example.com\"\n[[host]]\nname = \"x.example.com\"\n";
        let (a, b) = (port("A", 5001), port("B", 5002));
        self.put("fleet/fleet.toml", format!("{hosts}{a}{b}{more}"));
    }

    /// An application with one port.
    pub(crate) fn port(&self, name: &str, host: &str, number: u16, mode: &str) -> String {
        let file = |file: &str| self.at(name).join(file).display().to_string();
        let options = format!(
            "tls-mutual=1;crl-check=leaf;certificate={};certificate-key={};trusted-ca={};crl={}",
            file("own.pem"),
            file("key.pem"),
            file("ca.pem"),
            file("ca.crl"),
        );
        format!(
            "[[application]]\nname = \"{name}\"\nhost = \"{host}\"\n[[application.port]]\nnumber = {number}\n\
             mode = \"{mode}\"\nengine = \"trustpack\"\ntransport = \"{options}\"\n"
        )
    }

    pub(crate) fn keeper(&self) -> Keeper {
        let source = Source::Fleet {
            path: self.at("fleet"),
            host: "h.example.com".parse().unwrap(),
        };
        Keeper::new(source, Arc::new(|_: &str| None))
    }

    /// Both servers, kept.
    pub(crate) fn start(&self) -> (Keeper, ServerContext, ServerContext) {
        let mut keeper = self.keeper();
        let servers = keeper.take(time(START), |newcomers| {
            Ok((
                newcomers.server(&place("A"))?,
                newcomers.server(&place("B"))?,
            ))
        });
        let (a, b) = servers.unwrap();
        (keeper, a, b)
    }

    pub(crate) fn client(&self, issued: &Issued) -> ClientContext {
        let site = Site::new()
            .issued(issued)
            .trusts(&[&self.root.certificate, &self.other.certificate])
            .peer("h.example.com");
        let (endpoint, material) = site.load(Role::Client).unwrap();
        ClientContext::new(endpoint.startable().unwrap(), &material).unwrap()
    }

    /// What becomes of a new connection of this client: both ends of it.
    pub(crate) async fn call(
        &self,
        server: &ServerContext,
        as_: &Issued,
    ) -> Result<(Stream, Stream), Failure> {
        connect(server, &self.client(as_)).await
    }

    /// Whether this client gets in; it goes as soon as it knows.
    pub(crate) async fn knock(&self, server: &ServerContext, as_: &Issued) -> Result<(), Failure> {
        let client = self.client(as_);
        let (near, far) = duplex(64 * 1024);
        let knocking = async {
            let mut far = client.connect(far, LIMIT).await.unwrap();
            // The end of a connection that came about, or why it did not.
            drop(far.read(&mut [0]).await);
        };
        let accepting = async { server.accept(near, LIMIT).await.map(drop) };
        tokio::join!(accepting, knocking).0
    }
}

/// Longer than any handshake takes.
const LIMIT: Duration = Duration::from_secs(60);

/// What becomes of a new connection: both ends of it.
pub(crate) async fn connect(
    server: &ServerContext,
    client: &ClientContext,
) -> Result<(Stream, Stream), Failure> {
    let (near, far) = duplex(64 * 1024);
    let (near, far) = tokio::join!(server.accept(near, LIMIT), client.connect(far, LIMIT));
    let near = near?;
    Ok((near, far.unwrap()))
}

pub(crate) fn place(application: &str) -> Place {
    format!("{application}:default").parse().unwrap()
}

pub(crate) fn refresh(keeper: &mut Keeper, now: Timestamp) -> Refreshed {
    keeper.refresh(now).unwrap()
}

/// What became of an endpoint.
pub(crate) fn of<'r>(refreshed: &'r Refreshed, name: &str) -> &'r Result<Change, Stays> {
    let found = refreshed
        .endpoints
        .iter()
        .find(|(of, _)| *of == place(name));
    &found.expect("it is kept").1
}

/// It stays as it was, for these errors.
#[track_caller]
pub(crate) fn assert_stays(refreshed: &Refreshed, name: &str, want: &[&str]) {
    let stays = of(refreshed, name).as_ref().expect_err("to stay");
    let codes: Vec<_> = stays
        .findings()
        .iter()
        .map(|found| found.code().to_string())
        .collect();
    assert_eq!(codes, want, "{stays}");
}

#[track_caller]
pub(crate) fn assert_trust(refreshed: &Refreshed, name: &str, want: usize) {
    match of(refreshed, name) {
        Ok(Change::Trust { cut, .. }) => assert_eq!(*cut, want, "{name}"),
        other => panic!("{name}: {other:?}"),
    }
}

pub(crate) async fn speak(near: &mut Stream, far: &mut Stream) {
    let mut word = [0; 4];
    near.write_all(b"ping").await.unwrap();
    near.flush().await.unwrap();
    far.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"ping");
}

/// The server's end of a connection was cut.
pub(crate) async fn assert_cut(near: &mut Stream) {
    let error = near.read(&mut [0]).await.expect_err("to be cut");
    let failure = near.failure(error);
    assert!(matches!(failure, Failure::TrustEnded(_)), "{failure}");
}
