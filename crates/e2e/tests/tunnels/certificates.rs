//! Certificates for servers and clients, good and bad, and tunnels that use them.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST, HOST_NAME, Key, Pki, Validity, Wish};
use trustpack_e2e::tunnel::Tunnel;

/// All under `root`, for [`HOST_NAME`], named after what is special: `rsa`, `p256`, `expired`, `future`;
/// `stranger` is under `other-root`.
pub(crate) struct Certificates {
    pub(crate) pki: Pki,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let pki = Pki::new();
        pki.issue(Wish::root("other-root"));
        for wish in [
            Wish::host("p256", "root"),
            Wish::host("stranger", "other-root"),
            Wish {
                key: Key::Rsa,
                ..Wish::host("rsa", "root")
            },
            Wish {
                validity: Validity::Over,
                ..Wish::host("expired", "root")
            },
            Wish {
                validity: Validity::ToCome,
                ..Wish::host("future", "root")
            },
        ] {
            pki.issue(wish);
        }
        Self { pki }
    }

    /// Path of the certificate with this name.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.pki.certificate(name)
    }

    /// `tunnel server` with this certificate.
    #[track_caller]
    pub(crate) fn server(&self, to: SocketAddr, name: &str, options: &[&str]) -> Tunnel {
        Tunnel::server(
            to,
            self.identity(name).chain(self.trusting("root", options)),
        )
    }

    /// `tunnel client` that expects [`HOST_NAME`], with this certificate or none.
    #[track_caller]
    pub(crate) fn client(&self, to: SocketAddr, name: Option<&str>, options: &[&str]) -> Tunnel {
        let identity = name.into_iter().flat_map(|name| self.identity(name));
        let named = ["--name", HOST_NAME].map(OsString::from);
        let options = identity.chain(named).chain(self.trusting("root", options));
        Tunnel::client(to, options)
    }

    /// `openssl s_server` with this certificate, and its chain from a file.
    #[track_caller]
    pub(crate) fn foreign_server(&self, name: &str, options: &[&str]) -> ReversingServer {
        ReversingServer::start(&self.file(name), &self.pki.key(name), options)
    }

    /// Options that name this certificate.
    pub(crate) fn identity(&self, name: &str) -> impl Iterator<Item = OsString> {
        let (certificate, key) = (self.file(name), self.pki.key(name));
        [
            option("--certificate", &certificate),
            option("--certificate-key", &key),
        ]
        .into_iter()
        .flatten()
    }

    fn trusting(&self, root: &str, options: &[&str]) -> impl Iterator<Item = OsString> {
        let trusted = option("--trusted-ca", &self.file(root));
        let options: Vec<OsString> = options.iter().map(OsString::from).collect();
        trusted.into_iter().chain(options)
    }
}

fn option(name: &str, file: &Path) -> [OsString; 2] {
    [name.into(), file.into()]
}

/// Extensions of a host in which `from` stands as `to`.
#[track_caller]
pub(crate) fn host_with(from: &str, to: &str) -> String {
    assert!(HOST.contains(from), "{from:?} is not in {HOST:?}");
    HOST.replace(from, to)
}
