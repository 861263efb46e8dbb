//! Java: `SSLSocket` and `SSLServerSocket` with our key stores and trust stores, JKS for one half of the cells and
//! PKCS#12 for the other.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::java;

use crate::cells::{Apart, Cell, Fault, Mode, Ours};
use crate::driven::{Driven, text};
use crate::peer::{Came, Meet, Peer, Task, Words};
use crate::run;
use crate::site::{Site, identities, shared};

struct Java(Driven);

const PASSWORD: &str = "changeit";

/// The kinds of stores.
#[derive(Clone, Copy)]
enum Store {
    Jks,
    Pkcs12,
}

#[test]
fn java() {
    let site = shared();
    make_stores(&site);
    let mut java = Java(Driven::start(java::program("Peer").arg(PASSWORD)));
    run::all(&mut java, &[Ours::Server, Ours::Client], 3);
}

/// `store create` of every certificate and of the CA, in both kinds.
#[track_caller]
fn make_stores(site: &Site) {
    let password = site.path("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let make = |name: &str| {
        Call::trustpack(["store", "create"])
            .arg(site.path(name))
            .arg("--password-file")
            .arg(&password)
    };
    for store in [Store::Jks, Store::Pkcs12] {
        make(&store.file("trusted"))
            .arg("--trusted")
            .arg(site.trusted())
            .succeeds();
        for identity in identities() {
            make(&store.file(&identity.name()))
                .arg(site.chain(identity))
                .arg(site.key(identity))
                .succeeds();
        }
    }
}

impl Store {
    /// In mutual TLS the stores of old, else those of today.
    fn of(task: &Task<'_>) -> Self {
        match task.mode {
            Mode::Mutual => Self::Jks,
            Mode::Simple => Self::Pkcs12,
        }
    }

    fn file(self, name: &str) -> String {
        match self {
            Self::Jks => format!("{name}.jks"),
            Self::Pkcs12 => format!("{name}.p12"),
        }
    }
}

fn files(task: &Task<'_>) -> Vec<String> {
    let store = Store::of(task);
    let path = |name: &str| text(&task.site.path(&store.file(name)));
    let own = match task.identity {
        Some(identity) => path(&identity.name()),
        None => "-".to_owned(),
    };
    vec![own, path("trusted"), text(&task.site.list())]
}

impl Peer for Java {
    fn title(&self) -> String {
        "Java 17".to_owned()
    }

    fn words(&self) -> Words {
        Words {
            of_judge,
            of_version,
        }
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        self.0.client(task, server, &files(task))
    }

    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came {
        self.0.server(task, meet, &files(task))
    }
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "unable to find valid certification path to requested target",
        Fault::Expired => "NotAfter: Sat Feb 01 00:00:00 UTC 2025",
        Fault::Revoked => "Certificate has been revoked",
        Fault::WrongName => "No subject alternative DNS name matching elsewhere.example.com found",
        Fault::NoCertificate => "Empty client certificate chain",
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match apart.ours {
        Ours::Server => "Received fatal alert: protocol_version",
        Ours::Client => "are not accepted by server preferences",
    }
}
