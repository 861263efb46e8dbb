//! A server of ours on a port, for clients that are not ours, and the files of those.
//!
//! It takes the next client only when it is told to, so that a change can come before one that has already called.
//! Invariant: what came of each client is told in the order in which they called.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use trustpack_keystore::pem;
use trustpack_tls::established::Resumed;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;

use crate::support::{Authority, Host, Issued, List, Site, between};
use crate::world::{Clock, server};

/// Longer than any handshake here takes; nothing waits for it.
const LIMIT: Duration = Duration::from_secs(60);

/// A server on a port, and the files of its client.
pub(crate) struct World {
    pub(crate) root: Authority,
    other: Authority,
    host: Issued,
    pub(crate) caller: Issued,
    folder: TempDir,
}

/// A server that runs until it is dropped.
pub(crate) struct Served {
    pub(crate) context: ServerContext,
    pub(crate) address: SocketAddr,
    turns: UnboundedSender<()>,
    came: Receiver<Result<Resumed, Failure>>,
    _runtime: tokio::runtime::Runtime,
}

impl World {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root");
        let world = Self {
            other: Authority::root("Other"),
            host: root.issue(&Host::named("a.example.com")),
            caller: root.issue(&Host::named("b.example.com")),
            root,
            folder: trustpack_e2e::folder::temporary(),
        };
        let pem =
            |issued: &Issued| pem::certificates_to_pem(std::slice::from_ref(&issued.certificate));
        let root = pem::certificates_to_pem(std::slice::from_ref(&world.root.certificate));
        fs::write(world.file("root.pem"), root).unwrap();
        fs::write(world.file("own.pem"), pem(&world.caller)).unwrap();
        let key = pem::private_key_to_pem(&world.caller.key);
        fs::write(world.file("own.key"), key.as_bytes()).unwrap();
        world
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn site(&self) -> Site {
        Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate])
            .set("tls-mutual", "1")
    }

    pub(crate) fn list(&self, number: u64, revoked: &[&Issued]) -> String {
        let serial = |issued: &&Issued| issued.certificate.serial().clone();
        self.root.list(&List {
            number,
            revoked: revoked.iter().map(serial).collect(),
            ..List::default()
        })
    }

    /// Every change of trust, one after the other, with what it is.
    pub(crate) fn changes(&self) -> Vec<(&'static str, Change<'_>)> {
        let both = [&self.root.certificate, &self.other.certificate];
        vec![
            ("a CA more", Box::new(move |site| site.trusts(&both))),
            ("a CA less", Box::new(move |site| site.trusts(&both[..1]))),
            (
                "the same CA with other dates",
                Box::new(|site| {
                    let renewed = self.root.valid(between("2020-01-02", "2120-01-01"));
                    site.trusts(&[&renewed])
                }),
            ),
            ("a list", Box::new(|site| site.lists(&self.list(1, &[])))),
            (
                "another list",
                Box::new(|site| site.lists(&self.list(2, &[]))),
            ),
            (
                "whose lists are asked",
                Box::new(|site| site.set("crl-check", "leaf")),
            ),
            (
                "how old lists may be",
                Box::new(|site| site.set("crl-freshness", "warn")),
            ),
            (
                "what is weak",
                Box::new(|site| site.set("danger-accept-weak", "2085-12-31")),
            ),
            (
                "allowed names",
                Box::new(|site| site.set("allowed-names", "dns:b.example.com")),
            ),
            (
                "suites",
                Box::new(|site| {
                    let suites = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
                    site.set("cipher-list", suites)
                }),
            ),
            ("plain text too", Box::new(|site| site.set("upgrade", "1"))),
            (
                "plain text no more",
                Box::new(|site| site.set("upgrade", "0")),
            ),
            ("no list any more", Box::new(|site| site.without("crl"))),
            ("simple TLS", Box::new(|site| site.set("tls-mutual", "0"))),
            ("mutual TLS", Box::new(|site| site.set("tls-mutual", "1"))),
        ]
    }
}

/// What a change makes of the settings and files of a server.
pub(crate) type Change<'a> = Box<dyn Fn(Site) -> Site + 'a>;

impl Served {
    pub(crate) fn start(site: &Site, clock: &Arc<Clock>) -> Self {
        let context = server(site, clock);
        let (sender, came) = channel();
        let (turns, told) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, context.clone(), told, sender));
        Self {
            context,
            address,
            turns,
            came,
            _runtime: runtime,
        }
    }

    /// Takes the next client.
    pub(crate) fn take_next(&self) {
        self.turns.send(()).unwrap();
    }

    /// What came of the next client.
    #[track_caller]
    pub(crate) fn came(&self) -> Result<Resumed, Failure> {
        self.came.recv_timeout(LIMIT).unwrap()
    }
}

/// Says hello to everybody who is let in.
async fn serve(
    listener: TcpListener,
    context: ServerContext,
    mut told: UnboundedReceiver<()>,
    came: Sender<Result<Resumed, Failure>>,
) {
    while told.recv().await.is_some() {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let answer = match context.accept(stream, LIMIT).await {
            Ok(mut stream) => {
                let resumed = stream.established().resumed;
                // A client that is gone by now is seen by its test.
                drop(stream.write_all(b"hello\n").await);
                drop(stream.shutdown().await);
                Ok(resumed)
            }
            Err(failure) => Err(failure),
        };
        if came.send(answer).is_err() {
            return;
        }
    }
}
