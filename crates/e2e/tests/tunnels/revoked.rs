//! Whom a tunnel turns away though its certificate is good: who is revoked, and who may not come in.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::lists::{crl, revoke};
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::plain::Service;
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::until;

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
        Tunnel::server(service.address(), self.words(options))
    }

    /// What becomes of such a server that does not start.
    #[track_caller]
    fn no_tunnel(&self, options: &[(&str, &Path)]) -> Outcome {
        let words = ["tunnel", "server", "--listen", "127.0.0.1:0"];
        let call = Call::trustpack(words).args(["--to", "127.0.0.1:1"]);
        call.args(self.words(options)).exits_with(1)
    }

    fn words(&self, options: &[(&str, &Path)]) -> Vec<OsString> {
        let root = self.root();
        let own = [
            ("--certificate", self.server.certificate.as_path()),
            ("--certificate-key", &self.server.key),
            ("--trusted-ca", &root),
            ("--tls-mutual", Path::new("1")),
        ];
        let words = own.iter().chain(options);
        let words = words.flat_map(|(name, value)| [OsString::from(name), value.into()]);
        words.collect()
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

#[test]
fn a_list_that_was_put_back_is_refused_after_a_restart_too() {
    let site = Site::new();
    let service = Service::returning(1);
    let state = site.ca.dir().join("var/state");
    let options = [("--crl", &*site.list), ("--state", &state)];
    let numbers = || fs::read_to_string(state.join("crl-numbers")).unwrap();
    let renew = || {
        let newer = site.ca.dir().join("newer.pem");
        drop(fs::remove_file(&newer));
        crl(&site.ca, &["create", "--out"]).arg(&newer).succeeds();
        fs::copy(&newer, &site.list).unwrap();
    };
    let old = fs::read(&site.list).unwrap();
    let tunnel = site.tunnel(&service, &options);
    assert_eq!(numbers().lines().count(), 1);
    renew();
    tunnel.look_again();
    until("the number of the new list is written", || {
        numbers().lines().count() == 2
    });
    tunnel.tell_to_stop();
    drop(tunnel.end());
    fs::write(&site.list, &old).unwrap();
    let refused = site.no_tunnel(&options);
    refused.says("TP4033");
    // Whoever remembers nothing cannot know.
    let tunnel = site.tunnel(&service, &options[..1]);
    assert_eq!(site.calls(&tunnel, &site.desk).stdout, "x");
    renew();
    let tunnel = site.tunnel(&service, &options);
    assert_eq!(site.calls(&tunnel, &site.desk).stdout, "x");
}

#[test]
fn what_is_remembered_must_be_whole_or_cut_off() {
    let site = Site::new();
    let service = Service::returning(1);
    let options = [("--crl", &*site.list), ("--state", site.ca.dir())];
    let file = site.ca.dir().join("crl-numbers");
    drop(site.tunnel(&service, &options));
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{whole}{}", &whole[..20])).unwrap();
    drop(site.tunnel(&service, &options));
    assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    fs::write(&file, "something else\n").unwrap();
    let refused = site.no_tunnel(&options);
    refused
        .says("crl-numbers is damaged")
        .says("line 1 is no number of a list");
}
