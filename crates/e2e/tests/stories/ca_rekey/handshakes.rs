//! After a rekey, in real handshakes: a peer with only the old or only the new root, and a host with a
//! certificate from before or from after, in all four combinations.

use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::Call;
use trustpack_e2e::java;
use trustpack_e2e::plain::Service;
use trustpack_e2e::tunnel::Tunnel;

use super::{copy, life};

const NAMES: [&str; 2] = ["old.example.com", "new.example.com"];

/// A rekeyed CA: the two roots, and a host from before and one from after.
struct Rekeyed {
    /// Whose folder has them.
    ca: TestCa,
    roots: [PathBuf; 2],
    hosts: [HostFiles; 2],
}

impl Rekeyed {
    #[track_caller]
    fn new(options: &[&str]) -> Self {
        let ca = TestCa::with(&[&["--key", "ecdsa-p256"], options].concat());
        let old = ca.issue(NAMES[0], &[]);
        let old_root = copy(&ca, &ca.conf("ca_cert.pem"), "old_root.pem");
        life("rekey", ca.dir(), &["--key", "rsa-2048"]);
        let new = ca.issue(NAMES[1], &[]);
        Self {
            roots: [old_root, ca.conf("ca_cert.pem")],
            hosts: [old, new],
            ca,
        }
    }
}

/// Our tunnel in front of a service, with the certificate of a host.
#[track_caller]
fn serve(service: &Service, host: &HostFiles, root: &Path, options: &[&str]) -> Tunnel {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let words = [
        "--certificate".to_owned(),
        text(&host.certificate),
        "--certificate-key".to_owned(),
        text(&host.key),
        "--trusted-ca".to_owned(),
        text(root),
    ];
    let options = options.iter().map(|&option| option.to_owned());
    Tunnel::server(service.address(), words.into_iter().chain(options))
}

/// `openssl s_client`; its input is empty: it ends after the handshake.
fn s_client(tunnel: &Tunnel, root: &Path) -> Call {
    Call::foreign("openssl", ["s_client", "-verify_return_error", "-connect"])
        .arg(tunnel.address().to_string())
        .arg("-CAfile")
        .arg(root)
}

#[test]
fn every_client_takes_every_server() {
    let Rekeyed {
        ca: _ca,
        roots,
        hosts,
    } = Rekeyed::new(&[]);
    let service = Service::returning(1);
    let servers = [0, 1].map(|at| serve(&service, &hosts[at], &roots[at], &[]));
    for root in &roots {
        let mut java = java::program("Meets").arg(root).arg("-");
        for (server, name) in servers.iter().zip(NAMES) {
            let address = server.address();
            let [ip, port] = [address.ip().to_string(), address.port().to_string()];
            s_client(server, root)
                .args(["-verify_hostname", name])
                .succeeds();
            Call::foreign("gnutls-cli", ["--verify-hostname", name, "--x509cafile"])
                .arg(root)
                .args(["--port", &port, &ip])
                .succeeds()
                .prints("The certificate is trusted");
            java = java.args([&ip, &port, name]);
        }
        let answers = java.succeeds().stdout;
        assert_eq!(answers, "yes\nyes\n", "{}", root.display());
    }
}

/// Our own judge, as a server that has one of the two roots.
#[test]
fn our_server_takes_every_client() {
    let Rekeyed {
        ca: _ca,
        roots,
        hosts,
    } = Rekeyed::new(&[]);
    let service = Service::returning(1);
    for root in &roots {
        // The server itself has the certificate of the new key in both.
        let mut server = serve(&service, &hosts[1], root, &["--tls-mutual", "1"]);
        for (client, name) in hosts.iter().zip(NAMES) {
            s_client(&server, root)
                .arg("-cert")
                .arg(&client.certificate)
                .arg("-cert_chain")
                .arg(&client.certificate)
                .arg("-key")
                .arg(&client.key)
                .succeeds();
            let report = server.report();
            let subject = format!("CN={name}");
            assert_eq!(report.text("subject"), Some(subject.as_str()), "{report}");
        }
    }
}

/// A certificate that is issued to itself, as a cross certificate is, does not count for the length of a path
/// (RFC 5280 section 6.1.4 (l)). OpenSSL, Java and we go by that; GnuTLS counts it.
#[test]
fn with_a_path_length_of_zero_gnutls_does_not_take_what_the_new_key_signed() {
    let Rekeyed {
        ca: _ca,
        roots,
        hosts,
    } = Rekeyed::new(&["--path-length", "0"]);
    let by_gnutls = |root: &Path, host: &HostFiles| {
        Call::foreign("certtool", ["--verify", "--load-ca-certificate"])
            .arg(root)
            .arg("--infile")
            .arg(&host.certificate)
            .run()
    };
    let [old_root, new_root] = &roots;
    let [old, new] = &hosts;
    let refused = by_gnutls(old_root, new);
    assert!(!refused.status.success(), "no longer needed: {refused}");
    let words = "The certificate chain violates the signer's constraints";
    drop(refused.prints(words));
    for (root, host) in [(old_root, old), (new_root, new)] {
        by_gnutls(root, host).prints("The certificate is trusted");
    }
}
