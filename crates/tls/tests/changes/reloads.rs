//! Many changes of files, some of them broken, while connections come, go and stay.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use trustpack_keystore::pem;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_tls::client::ClientContext;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::{Context, Keeper};
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;
use trustpack_x509::certificate::Certificate;

use crate::support::{Authority, Host, Issued, List, Site, now};

/// Clients that come and go at once.
const LOAD: usize = 2;

/// Octets that each connection carries each way.
const OCTETS: usize = 64 * 1024;

/// Kinds of changes.
const ROUND: usize = 9;

/// The files of a server, where they are replaced.
struct Files {
    folder: tempfile::TempDir,
    root: Authority,
    other: Authority,
    caller: Issued,
    /// A certificate that stands in its file already, and whose key is still to come.
    ahead: Option<Issued>,
    /// The certificate that was whole last.
    whole: Certificate,
}

impl Files {
    fn new() -> Self {
        let root = Authority::root("Root");
        let mut files = Self {
            folder: tempfile::tempdir().unwrap(),
            other: Authority::root("Other"),
            caller: root.issue(&Host::named("b.example.com")),
            ahead: None,
            whole: root.certificate.clone(),
            root,
        };
        files.present();
        files.trust(&[&files.root.certificate]);
        files.list(1);
        for (name, good) in [("ca.crl", "good.crl"), ("ca.pem", "good.pem")] {
            fs::copy(files.at(name), files.at(good)).unwrap();
        }
        files
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a file as a whole.
    fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        let aside = self.at("aside");
        fs::write(&aside, contents).unwrap();
        fs::rename(&aside, self.at(name)).unwrap();
    }

    fn present(&mut self) {
        self.present_certificate();
        self.present_key();
    }

    fn present_certificate(&mut self) {
        let host = self.root.issue(&Host::named("a.example.com"));
        let certificate = std::slice::from_ref(&host.certificate);
        self.put("own.pem", pem::certificates_to_pem(certificate));
        self.ahead = Some(host);
    }

    fn present_key(&mut self) {
        let host = self.ahead.take().expect("a certificate");
        self.put("key.pem", pem::private_key_to_pem(&host.key).as_bytes());
        self.whole = host.certificate;
    }

    fn trust(&self, trusted: &[&Certificate]) {
        let trusted: Vec<Certificate> = trusted.iter().map(|one| (*one).clone()).collect();
        self.put("ca.pem", pem::certificates_to_pem(&trusted));
    }

    fn list(&self, number: u64) {
        self.put(
            "ca.crl",
            self.root.list(&List {
                number,
                ..List::default()
            }),
        );
    }

    fn endpoint(&self) -> Endpoint {
        let path = |name: &str| self.at(name).display().to_string();
        Site::new()
            .set("certificate", &path("own.pem"))
            .set("certificate-key", &path("key.pem"))
            .set("trusted-ca", &path("ca.pem"))
            .set("crl", &path("ca.crl"))
            .set("tls-mutual", "1")
            .endpoint(Role::Server)
    }

    /// Changes something; what is to come of it.
    fn change(&mut self, round: usize) -> Expected {
        let number = u64::try_from(round).unwrap() + 2;
        match round % ROUND {
            0 => {
                for (name, good) in [("ca.crl", "good.crl"), ("ca.pem", "good.pem")] {
                    self.put(name, fs::read(self.at(good)).unwrap());
                }
                self.present();
                Expected::Identity
            }
            1 => {
                let other = self.other.certificate.clone();
                let trusted = [&self.root.certificate, &other];
                self.trust(&trusted[..2 - round / ROUND % 2]);
                fs::copy(self.at("ca.pem"), self.at("good.pem")).unwrap();
                Expected::Trust
            }
            2 => {
                self.list(number);
                fs::copy(self.at("ca.crl"), self.at("good.crl")).unwrap();
                Expected::Trust
            }
            3 => {
                self.put("key.pem", "-----BEGIN PRIVATE KEY-----\n");
                Expected::Stays
            }
            4 => {
                // A new certificate beside a broken key, and then with the old one.
                self.present_certificate();
                Expected::Stays
            }
            5 => {
                self.present_key();
                Expected::Identity
            }
            6 => {
                // A list that somebody put back.
                self.list(1);
                Expected::Stays
            }
            7 => {
                self.put("ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
                Expected::Stays
            }
            _last => {
                // Beside a CA file and a list that are broken.
                self.put("own.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
                Expected::Stays
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Identity,
    Trust,
    Stays,
}

#[track_caller]
fn refresh(keeper: &mut Keeper, expected: Expected, round: usize) {
    let refreshed = keeper.refresh(now()).unwrap();
    let [(_, result)] = &refreshed.endpoints[..] else {
        panic!("one endpoint: {refreshed:?}");
    };
    let found = match result {
        Ok(Change::Identity) => Some(Expected::Identity),
        Ok(Change::Trust { cut: 0, .. }) => Some(Expected::Trust),
        Ok(Change::Nothing | Change::Trust { .. }) => None,
        Err(_) => Some(Expected::Stays),
    };
    assert_eq!(found, Some(expected), "round {round}: {result:?}");
}

/// Sends octets that depend on `seed` each way, and compares what came.
async fn carry<S>(near: &mut SecureStream<S>, far: &mut SecureStream<S>, seed: usize)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let octet = |at: usize| u8::try_from((at * 31 + seed) % 251).unwrap();
    let sent: Vec<u8> = (0..OCTETS).map(octet).collect();
    for forth in [true, false] {
        let (from, to) = if forth {
            (&mut *near, &mut *far)
        } else {
            (&mut *far, &mut *near)
        };
        let mut received = vec![0; OCTETS];
        let sending = async {
            from.write_all(&sent).await.unwrap();
            from.flush().await.unwrap();
        };
        let receiving = async {
            to.read_exact(&mut received).await.unwrap();
        };
        tokio::join!(sending, receiving);
        assert!(received == sent, "other octets came than were sent");
    }
}

async fn connect(
    server: &ServerContext,
    client: &ClientContext,
) -> (
    SecureStream<tokio::io::DuplexStream>,
    SecureStream<tokio::io::DuplexStream>,
) {
    const LIMIT: Duration = Duration::from_secs(60);
    let (near, far) = duplex(16 * 1024);
    let (near, far) = tokio::join!(server.accept(near, LIMIT), client.connect(far, LIMIT));
    (near.unwrap(), far.unwrap())
}

/// Connections one after the other, until nobody listens to how many there were.
async fn come_and_go(server: ServerContext, client: ClientContext, gone: Sender<()>) {
    for seed in 0.. {
        let (mut near, mut far) = connect(&server, &client).await;
        carry(&mut near, &mut far, seed).await;
        if gone.send(()).is_err() {
            return;
        }
    }
}

/// Waits until a connection has come and gone that began after this moment.
fn assert_load(gone: &Receiver<()>) {
    while gone.try_recv().is_ok() {}
    // Of each client one may have begun before.
    assert_eq!(gone.iter().take(1 + LOAD).count(), 1 + LOAD);
}

/// A client that has no session is shown this certificate.
async fn assert_presents(server: &ServerContext, client: &ClientContext, whole: &Certificate) {
    let (_near, far) = connect(server, client).await;
    assert_eq!(far.established().peer.as_ref(), Some(whole));
}

/// One connection that lives all the time.
async fn stay(server: ServerContext, client: ClientContext, over: Arc<AtomicBool>) {
    let (mut near, mut far) = connect(&server, &client).await;
    let mut seed = 0;
    while !over.load(Ordering::SeqCst) {
        carry(&mut near, &mut far, seed).await;
        seed += 1;
    }
}

async fn story(rounds: usize) {
    let mut files = Files::new();
    let source = Source::Fixed(Box::new(files.endpoint()));
    let reading = source.read(now()).unwrap();
    let endpoint = files.endpoint();
    let material = trustpack_material::load::load(
        endpoint.startable().unwrap(),
        &reading.surroundings(&|_| None, now()),
    );
    let server = ServerContext::new(endpoint.startable().unwrap(), &material.unwrap()).unwrap();
    let mut keeper = Keeper::new(source, Arc::new(|_: &str| None));
    let kept = (endpoint.place().clone(), Context::Server(server.clone()));
    keeper.keep(reading, [kept]);

    let load_client = client(&files);
    let over = Arc::<AtomicBool>::default();
    let (gone, went) = channel();
    let staying = stay(server.clone(), load_client.clone(), Arc::clone(&over));
    let staying = tokio::spawn(staying);
    let load: Vec<_> = (0..LOAD)
        .map(|_| {
            let (server, client) = (server.clone(), load_client.clone());
            tokio::spawn(come_and_go(server, client, gone.clone()))
        })
        .collect();
    drop(gone);
    // As a thread of its own: files are read there, and connections go on.
    let (runtime, serving) = (tokio::runtime::Handle::current(), server.clone());
    let changing = tokio::task::spawn_blocking(move || {
        for round in 0..rounds {
            let expected = files.change(round);
            refresh(&mut keeper, expected, round);
            assert_load(&went);
            runtime.block_on(assert_presents(&serving, &client(&files), &files.whole));
        }
    });
    changing.await.unwrap();
    over.store(true, Ordering::SeqCst);
    for task in load.into_iter().chain([staying]) {
        task.await.unwrap();
    }
    // Two changes of each round are of trust.
    let generations = 1
        + (0..rounds)
            .filter(|round| matches!(round % ROUND, 1 | 2))
            .count();
    assert_eq!(server.generation(), u64::try_from(generations).unwrap());
}

fn client(files: &Files) -> ClientContext {
    let site = Site::new()
        .issued(&files.caller)
        .trusts(&[&files.root.certificate])
        .peer("a.example.com");
    let (endpoint, material) = site.load(Role::Client).unwrap();
    ClientContext::new(endpoint.startable().unwrap(), &material).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_changes_break_nothing() {
    story(100).await;
}

/// The memory in use, in octets.
fn memory() -> u64 {
    let status = fs::read_to_string(Path::new("/proc/self/statm")).unwrap();
    let pages: u64 = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; `./test --long` runs it"]
async fn a_thousand_changes_break_nothing_and_take_no_memory() {
    story(100).await;
    let before = memory();
    story(1000).await;
    let grown = memory().saturating_sub(before);
    assert!(grown < 2 << 20, "{grown} octets more are in use");
}
