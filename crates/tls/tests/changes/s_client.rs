//! Sessions that `openssl s_client` saved before a change of trust, and offers after it.
//!
//! A client that keeps to itself what it was given, and offers it whatever has happened: tickets of both versions of
//! TLS, and the id of a session that the server keeps.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_keystore::pem;
use trustpack_tls::established::Resumed;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;

use crate::support::{Authority, Host, Issued, List, Site};
use crate::world::{Clock, change_server, server};

/// What a client keeps of a session, as options of `s_client`.
const KEPT: [&[&str]; 3] = [&["-tls1_3"], &["-tls1_2"], &["-tls1_2", "-no_ticket"]];

/// Longer than any handshake here takes; nothing waits for it.
const LIMIT: Duration = Duration::from_secs(60);

/// A server on a port, and the files of its client.
struct World {
    root: Authority,
    other: Authority,
    host: Issued,
    caller: Issued,
    folder: TempDir,
}

/// A server that runs until it is dropped.
struct Served {
    context: ServerContext,
    address: SocketAddr,
    /// What came of each connection, by the server.
    came: Receiver<Result<Resumed, Failure>>,
    _runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
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

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn site(&self) -> Site {
        Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate])
            .set("tls-mutual", "1")
    }

    fn list(&self, number: u64, revoked: &[&Issued]) -> String {
        let serial = |issued: &&Issued| issued.certificate.serial().clone();
        self.root.list(&List {
            number,
            revoked: revoked.iter().map(serial).collect(),
            ..List::default()
        })
    }

    fn s_client(&self, served: &Served, kept: &[&str]) -> Call {
        // It waits for the end of the server: tickets of TLS 1.3 come after the handshake.
        Call::foreign("openssl", ["s_client", "-ign_eof", "-connect"])
            .arg(served.address.to_string())
            .args(["-verify_return_error", "-CAfile"])
            .arg(self.file("root.pem"))
            .arg("-cert")
            .arg(self.file("own.pem"))
            .arg("-key")
            .arg(self.file("own.key"))
            .args(kept)
    }

    /// Whether the session that was saved last is resumed; the new one is saved in its place.
    #[track_caller]
    fn offers(&self, served: &Served, kept: &[&str]) -> Resumed {
        let outcome = self.offer(served, kept);
        let resumed = served.came.recv_timeout(LIMIT).unwrap().unwrap();
        let words = match resumed {
            Resumed::Yes => "Reused, TLSv1.",
            Resumed::No => "New, TLSv1.",
        };
        outcome.prints(words).prints("hello");
        resumed
    }

    fn offer(&self, served: &Served, kept: &[&str]) -> Outcome {
        let session = self.file("session");
        let call = self.s_client(served, kept).arg("-sess_out").arg(&session);
        match session.exists() {
            true => call.arg("-sess_in").arg(&session).run(),
            false => call.run(),
        }
    }
}

impl Served {
    fn start(site: &Site, clock: &Arc<Clock>) -> Self {
        let context = server(site, clock);
        let (sender, came) = channel();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, context.clone(), sender));
        Self {
            context,
            address,
            came,
            _runtime: runtime,
        }
    }
}

/// Says hello to everybody who is let in.
async fn serve(
    listener: TcpListener,
    context: ServerContext,
    came: Sender<Result<Resumed, Failure>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
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

#[test]
fn what_was_saved_before_a_change_leads_to_a_full_handshake() {
    let world = World::new();
    let both = [&world.root.certificate, &world.other.certificate];
    let changes: &[(&str, &dyn Fn(Site) -> Site)] = &[
        ("a CA more", &|site| site.trusts(&both)),
        ("a CA less", &|site| site.trusts(&both[..1])),
        ("a list", &|site| site.lists(&world.list(1, &[]))),
        ("another list", &|site| site.lists(&world.list(2, &[]))),
        ("allowed names", &|site| {
            site.set("allowed-names", "dns:b.example.com")
        }),
        ("suites", &|site| {
            let suites = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
            site.set("cipher-list", suites)
        }),
        ("simple TLS", &|site| site.set("tls-mutual", "0")),
        ("mutual TLS", &|site| site.set("tls-mutual", "1")),
    ];
    for kept in KEPT {
        let mut site = world.site();
        let served = Served::start(&site, &Clock::at("2030-01-01"));
        drop(fs::remove_file(world.file("session")));
        assert_eq!(world.offers(&served, kept), Resumed::No, "{kept:?}");
        for (what, change) in changes {
            let before = world.offers(&served, kept);
            assert_eq!(before, Resumed::Yes, "{kept:?}, before {what}");
            site = change(site);
            change_server(&served.context, &site);
            let after = world.offers(&served, kept);
            assert_eq!(after, Resumed::No, "{kept:?}, after {what}");
        }
    }
}

#[test]
fn another_certificate_of_the_server_leaves_what_was_saved() {
    let world = World::new();
    for kept in KEPT {
        let served = Served::start(&world.site(), &Clock::at("2030-01-01"));
        drop(fs::remove_file(world.file("session")));
        assert_eq!(world.offers(&served, kept), Resumed::No, "{kept:?}");
        let renewed = world.root.issue(&Host::named("a.example.com"));
        change_server(&served.context, &world.site().issued(&renewed));
        assert_eq!(world.offers(&served, kept), Resumed::Yes, "{kept:?}");
    }
}

#[test]
fn a_revoked_client_is_refused_with_what_it_saved() {
    let world = World::new();
    for kept in KEPT {
        let served = Served::start(&world.site(), &Clock::at("2030-01-01"));
        drop(fs::remove_file(world.file("session")));
        world.offers(&served, kept);
        assert_eq!(world.offers(&served, kept), Resumed::Yes, "{kept:?}");
        let list = world.list(1, &[&world.caller]);
        change_server(&served.context, &world.site().lists(&list));
        let outcome = world.offer(&served, kept);
        let refused = served.came.recv_timeout(LIMIT).unwrap();
        let words = refused.unwrap_err().to_string();
        assert!(words.contains("was revoked"), "{kept:?}: {words}");
        outcome.says("alert certificate revoked");
    }
}
