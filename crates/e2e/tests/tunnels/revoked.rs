//! Whom a tunnel turns away though its certificate is good: who is revoked, and who may not come in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::Outcome;
use trustpack_e2e::lists::{crl, revoke};
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::plain::Service;
use trustpack_e2e::tunnel::Tunnel;

/// A CA with the certificates of a server and of two clients, and its list.
struct Site {
    ca: TestCa,
    server: HostFiles,
    desk: HostFiles,
    lost: HostFiles,
    list: PathBuf,
}

impl Site {
    #[track_caller]
    fn new() -> Self {
        let ca = TestCa::new();
        let [server, desk, lost] = ["host.example.com", "desk.example.com", "lost.example.com"]
            .map(|host| ca.issue(host, &[]));
        let list = ca.dir().join("list.pem");
        revoke(&ca, &[&lost.serial, "--reason", "superseded"]).succeeds();
        crl(&ca, &["create", "--out"]).arg(&list).succeeds();
        Self {
            ca,
            server,
            desk,
            lost,
            list,
        }
    }

    fn root(&self) -> PathBuf {
        self.ca.conf("ca_cert.pem")
    }

    /// A server with mutual TLS and these options.
    #[track_caller]
    fn tunnel(&self, service: &Service, options: &[(&str, &Path)]) -> Tunnel {
        let root = self.root();
        let own = [
            ("--certificate", self.server.certificate.as_path()),
            ("--certificate-key", &self.server.key),
            ("--trusted-ca", &root),
            ("--tls-mutual", Path::new("1")),
        ];
        let words = own.iter().chain(options);
        let words = words.flat_map(|(name, value)| [OsString::from(name), value.into()]);
        Tunnel::server(service.address(), words)
    }

    /// What becomes of a client with this certificate.
    #[track_caller]
    fn calls(&self, tunnel: &Tunnel, client: &HostFiles) -> Outcome {
        s_client(tunnel.address(), &self.root())
            .arg("-cert")
            .arg(&client.certificate)
            .arg("-key")
            .arg(&client.key)
            .stdin(b"x")
            .run()
    }
}

#[test]
fn who_is_revoked_is_turned_away() {
    let site = Site::new();
    let service = Service::returning(1);
    let mut tunnel = site.tunnel(&service, &[("--crl", &site.list)]);
    site.calls(&tunnel, &site.lost);
    tunnel.refused("revocation", "was revoked on");
    assert_eq!(site.calls(&tunnel, &site.desk).stdout, "x");
}

#[test]
fn only_allowed_names_come_in() {
    let site = Site::new();
    let service = Service::returning(1);
    let names = Path::new("dns:desk.example.com,cn:nobody");
    let mut tunnel = site.tunnel(&service, &[("--allowed-names", names)]);
    site.calls(&tunnel, &site.lost);
    tunnel.refused("allowed names", "dns:desk.example.com");
    assert_eq!(site.calls(&tunnel, &site.desk).stdout, "x");
}
