//! The certificates of both ends, made by our own program, and the stores that foreign programs read them from.
//!
//! Invariant: each bad certificate is good but for the one thing that it is named after.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;
use trustpack_e2e::ca::newest;
use trustpack_e2e::call::Call;
use trustpack_e2e::{clock, folder};

use crate::cells::Key;

/// The name of the server.
pub(crate) const SERVER: &str = "server.example.com";
/// A name that it has not.
pub(crate) const ELSEWHERE: &str = "elsewhere.example.com";
/// The name of the client.
pub(crate) const CLIENT: &str = "client.example.com";

/// Whose certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Server,
    Client,
    /// The rest are for the name of the server.
    Expired,
    Revoked,
    /// Of a CA that nobody trusts.
    Stranger,
}

/// A certificate with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) who: Who,
    pub(crate) key: Key,
}

/// The files.
pub(crate) struct Site {
    folder: TempDir,
}

/// When everything was issued.
pub(crate) const BEGIN: &str = "2025-01-01 00:00:00";
/// A time at which nothing had expired.
pub(crate) const BEFORE_EXPIRY: &str = "2025-01-15 00:00:00";
/// For what is to be good while there are people to run this.
const DAYS: &str = "27000";

const CA: &str = "ca";
const OTHER_CA: &str = "other";

const WHO: [Who; 5] = [
    Who::Server,
    Who::Client,
    Who::Expired,
    Who::Revoked,
    Who::Stranger,
];
const KEYS: [Key; 2] = [Key::Rsa, Key::P256];

/// The site of the tests that run now; the last of them takes it away.
#[track_caller]
pub(crate) fn shared() -> Arc<Site> {
    static SITE: Mutex<Weak<Site>> = Mutex::new(Weak::new());
    let mut site = SITE.lock().unwrap_or_else(PoisonError::into_inner);
    site.upgrade().unwrap_or_else(|| {
        let made = Arc::new(Site::new());
        *site = Arc::downgrade(&made);
        made
    })
}

/// All certificates.
pub(crate) fn identities() -> impl Iterator<Item = Identity> {
    WHO.into_iter()
        .flat_map(|who| KEYS.map(|key| Identity { who, key }))
}

impl Identity {
    /// Of its files, and of its entry in a store.
    pub(crate) fn name(self) -> String {
        let who = match self.who {
            Who::Server => "server",
            Who::Client => "client",
            Who::Expired => "expired",
            Who::Revoked => "revoked",
            Who::Stranger => "stranger",
        };
        let key = match self.key {
            Key::Rsa => "rsa",
            Key::P256 => "p256",
        };
        format!("{who}-{key}")
    }
}

impl Site {
    #[track_caller]
    fn new() -> Self {
        let site = Self {
            folder: folder::temporary(),
        };
        for (ca, name) in [(CA, "Example CA"), (OTHER_CA, "Other CA")] {
            site.program(&["ca", "create", name, "--key", "ecdsa-p256"], ca, DAYS);
        }
        for identity in identities() {
            let (ca, host, days) = match identity.who {
                Who::Server | Who::Revoked => (CA, SERVER, DAYS),
                Who::Client => (CA, CLIENT, DAYS),
                Who::Expired => (CA, SERVER, "31"),
                Who::Stranger => (OTHER_CA, SERVER, DAYS),
            };
            let serial = site.issue(ca, host, days, identity);
            if identity.who == Who::Revoked {
                let revoke = Call::trustpack(["cert", "revoke", &serial, "--ca", CA]);
                site.began(revoke).succeeds();
            }
        }
        for ca in [CA, OTHER_CA] {
            site.program(&["crl", "create"], ca, DAYS);
        }
        let pem = |ca: &str| fs::read_to_string(site.path(ca).join("ca_conf/crl.pem")).unwrap();
        fs::write(site.lists(), pem(CA) + &pem(OTHER_CA)).unwrap();
        site
    }

    /// Issues a certificate, and gives its serial.
    #[track_caller]
    fn issue(&self, ca: &str, host: &str, days: &str, identity: Identity) -> String {
        let key = match identity.key {
            Key::Rsa => "rsa-2048",
            Key::P256 => "ecdsa-p256",
        };
        self.program(&["cert", "issue", host, "--key", key], ca, days);
        let files = newest(&self.path(ca), host);
        fs::copy(&files.certificate, self.certificate(identity)).unwrap();
        fs::copy(&files.key, self.key(identity)).unwrap();
        let pem = |path: &Path| fs::read_to_string(path).unwrap();
        let above = self.path(ca).join("ca_conf/ca_cert.pem");
        fs::write(self.chain(identity), pem(&files.certificate) + &pem(&above)).unwrap();
        files.serial
    }

    /// A command of ours on a CA directory, which makes something that is good for so many days.
    #[track_caller]
    fn program(&self, words: &[&str], ca: &str, days: &str) {
        let call = Call::trustpack(words).args(["--ca", ca, "--days", days]);
        self.began(call).succeeds();
    }

    fn began(&self, call: Call) -> Call {
        clock::starting_at(BEGIN, call.within(self.folder.path()))
    }

    /// PEM, alone.
    pub(crate) fn certificate(&self, identity: Identity) -> PathBuf {
        self.path(&format!("{}.pem", identity.name()))
    }

    /// PEM, with its CA: our end starts with a whole chain only.
    pub(crate) fn chain(&self, identity: Identity) -> PathBuf {
        self.path(&format!("{}-chain.pem", identity.name()))
    }

    /// PEM.
    pub(crate) fn key(&self, identity: Identity) -> PathBuf {
        self.path(&format!("{}.key", identity.name()))
    }

    /// The CA of all but the stranger, PEM.
    pub(crate) fn trusted(&self) -> PathBuf {
        self.path("ca/ca_conf/ca_cert.pem")
    }

    /// The list of that CA, PEM.
    pub(crate) fn list(&self) -> PathBuf {
        self.path("ca/ca_conf/crl.pem")
    }

    /// The lists of both CAs, PEM, for programs that look for a list before they look for a trusted CA.
    pub(crate) fn lists(&self) -> PathBuf {
        self.path("lists.pem")
    }

    /// A file of the site.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
