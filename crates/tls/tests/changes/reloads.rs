//! Many changes of files, some of them broken, while connections come, go and stay: over sockets, with the watch that a
//! service has.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::runtime::Handle;
use trustpack_keystore::pem;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_tls::client::ClientContext;
use trustpack_x509::certificate::Certificate;

use crate::support::{Authority, Host, Issued, List, Site};
use crate::watched::{Caller, Seen, Served};

/// Clients that come and go at once.
const LOAD: usize = 2;

/// Octets that each connection carries each way.
const OCTETS: usize = 64 * 1024;

/// Kinds of changes.
const ROUND: usize = 10;

/// Changes that nobody tells the watch of: it sees them by itself, which takes it a second or two.
const BY_ITSELF: usize = 3;

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

    fn caller(&self, served: &Served) -> Caller {
        let site = Site::new()
            .issued(&self.caller)
            .trusts(&[&self.root.certificate])
            .peer("a.example.com");
        let (endpoint, material) = site.load(Role::Client).unwrap();
        Caller {
            context: ClientContext::new(endpoint.startable().unwrap(), &material).unwrap(),
            address: served.address,
        }
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
    fn change(&mut self, round: usize) -> Seen {
        let number = u64::try_from(round).unwrap() + 2;
        match round % ROUND {
            0 => {
                for (name, good) in [("ca.crl", "good.crl"), ("ca.pem", "good.pem")] {
                    self.put(name, fs::read(self.at(good)).unwrap());
                }
                self.present();
                Seen::Identity
            }
            1 => {
                let other = self.other.certificate.clone();
                let trusted = [&self.root.certificate, &other];
                self.trust(&trusted[..2 - round / ROUND % 2]);
                fs::copy(self.at("ca.pem"), self.at("good.pem")).unwrap();
                Seen::Trust
            }
            2 => {
                self.list(number);
                fs::copy(self.at("ca.crl"), self.at("good.crl")).unwrap();
                Seen::Trust
            }
            3 => {
                self.put("key.pem", "-----BEGIN PRIVATE KEY-----\n");
                Seen::Stays
            }
            4 => {
                // A new certificate beside a broken key, and then with the old one.
                self.present_certificate();
                Seen::Stays
            }
            5 => {
                self.present_key();
                Seen::Identity
            }
            6 => {
                // A list that somebody put back.
                self.list(1);
                Seen::Stays
            }
            7 => {
                self.put("ca.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
                Seen::Stays
            }
            8 => {
                // Beside a CA file and a list that are broken.
                self.put("own.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
                Seen::Stays
            }
            _last => {
                self.put("ca.crl", "-----BEGIN X509 CRL-----\nMIIB\n");
                Seen::Stays
            }
        }
    }
}

/// Connections one after the other, until nobody listens to how many there were.
async fn come_and_go(caller: Caller, gone: Sender<()>) {
    for seed in 0.. {
        let mut call = caller.call().await;
        call.carry(OCTETS, seed).await;
        call.part().await;
        if gone.send(()).is_err() {
            return;
        }
    }
}

/// One connection that lives all the time.
async fn stay(caller: Caller, over: Arc<AtomicBool>) {
    let mut call = caller.call().await;
    let mut seed = 0;
    while !over.load(Ordering::SeqCst) {
        call.carry(OCTETS, seed).await;
        seed += 1;
    }
    call.part().await;
}

/// A client that has no session is shown this certificate.
async fn assert_presents(newcomer: Caller, whole: &Certificate) {
    let call = newcomer.call().await;
    assert_eq!(call.stream().established().peer.as_ref(), Some(whole));
    call.part().await;
}

/// Waits until a connection has come and gone that began after this moment.
fn assert_load(gone: &Receiver<()>) {
    while gone.try_recv().is_ok() {}
    // Of each client one may have begun before.
    assert_eq!(gone.iter().take(1 + LOAD).count(), 1 + LOAD);
}

async fn story(rounds: usize) {
    let mut files = Files::new();
    let served = Served::start(&files.endpoint()).await;
    let caller = files.caller(&served);
    let over = Arc::<AtomicBool>::default();
    let (gone, went) = channel();
    let staying = tokio::spawn(stay(caller.clone(), Arc::clone(&over)));
    let load: Vec<_> = (0..LOAD)
        .map(|_| tokio::spawn(come_and_go(caller.clone(), gone.clone())))
        .collect();
    drop(gone);
    // As a thread of its own, which waits for what the watch tells.
    let runtime = Handle::current();
    let changing = tokio::task::spawn_blocking(move || {
        for round in 0..rounds {
            let expected = files.change(round);
            if round >= BY_ITSELF {
                served.ask();
            }
            served.assert_sees(expected, &format!("round {round}"));
            assert_load(&went);
            runtime.block_on(assert_presents(files.caller(&served), &files.whole));
        }
        served
    });
    let served = changing.await.unwrap();
    over.store(true, Ordering::SeqCst);
    for task in load.into_iter().chain([staying]) {
        task.await.unwrap();
    }
    assert_eq!(served.failed.try_iter().collect::<Vec<_>>(), [""; 0]);
    // Two changes of each round are of trust.
    let generations = 1
        + (0..rounds)
            .filter(|round| matches!(round % ROUND, 1 | 2))
            .count();
    let generations = u64::try_from(generations).unwrap();
    assert_eq!(served.context.generation(), generations);
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
