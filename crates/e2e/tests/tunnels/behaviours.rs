//! What tunnels do under load when they are told to stop, or to read what is broken: nobody who is connected notices.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;

use tempfile::TempDir;
use trustpack_e2e::folder;
use trustpack_e2e::pki::Pki;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

/// A tunnel pair before a service that gives back what it got at its end; the server's files may be changed.
struct Pair {
    certificates: Certificates,
    folder: TempDir,
    server: Tunnel,
    client: Tunnel,
    _service: Service,
}

impl Pair {
    fn start() -> Self {
        let certificates = Certificates::new();
        let folder = folder::temporary();
        let service = Service::returning_at_end();
        for (name, from) in [
            ("certificate", certificates.file("p256")),
            ("key", certificates.pki.key("p256")),
            ("trusted", certificates.file("root")),
        ] {
            fs::copy(from, folder.path().join(name)).unwrap();
        }
        let path = |name: &str| folder.path().join(name).into_os_string();
        let options = [
            ("--certificate", path("certificate")),
            ("--certificate-key", path("key")),
            ("--trusted-ca", path("trusted")),
            ("--tls-mutual", "1".into()),
        ];
        let options = options
            .into_iter()
            .flat_map(|(name, value)| [name.into(), value]);
        let server = Tunnel::server(service.address(), options);
        let client = certificates.client(server.address(), Some("p256"), &[]);
        Self {
            certificates,
            folder,
            server,
            client,
            _service: service,
        }
    }

    /// A connection that has sent half of its data.
    fn begin(&self) -> TcpStream {
        let mut program = plain::connect(self.client.address());
        program.write_all(&plain::noise(HALF)).unwrap();
        program
    }

    fn replace(&self, name: &str, text: &str) {
        // As a whole, as who replaces certificates does.
        let new = self.folder.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.folder.path().join(name)).unwrap();
    }
}

const HALF: usize = 300_000;

/// Sends the other half, and must get back all.
fn finish(mut program: TcpStream) {
    let data = plain::noise(HALF);
    program.write_all(&data).unwrap();
    program.shutdown(Shutdown::Write).unwrap();
    let mut got = Vec::new();
    program.read_to_end(&mut got).unwrap();
    assert!(
        got == [&data[..], &data[..]].concat(),
        "other data came back"
    );
}

#[test]
fn shutdown_drains_under_load() {
    let mut pair = Pair::start();
    let programs: Vec<_> = (0..20).map(|_| pair.begin()).collect();
    // All are connected when one more that came after them is done.
    finish(pair.begin());
    pair.server.tell_to_stop();
    pair.server
        .says("stopping: no new connections, open ones may end");
    let finishing = programs
        .into_iter()
        .map(|program| thread::spawn(|| finish(program)));
    let finishing: Vec<_> = finishing.collect();
    finishing.into_iter().for_each(|one| one.join().unwrap());
    pair.server.says("stopped; every connection had ended");
    assert!(pair.server.end().status.success());
}

#[test]
fn reload_during_drain() {
    let mut pair = Pair::start();
    let program = pair.begin();
    finish(pair.begin());
    pair.server.tell_to_stop();
    pair.server
        .says("stopping: no new connections, open ones may end");
    let renewed = fs::read_to_string(pair.certificates.file("rsa")).unwrap();
    let key = fs::read_to_string(pair.certificates.pki.key("rsa")).unwrap();
    pair.replace("certificate", &renewed);
    pair.replace("key", &key);
    pair.server.look_again();
    pair.server.says("presents another certificate from now on");
    finish(program);
    pair.server.says("stopped; every connection had ended");
    assert!(pair.server.end().status.success());
}

/// A file is replaced by one that is broken, and by a good one again.
fn stays_with_broken(name: &str, broken: &str, finding: &str) {
    let mut pair = Pair::start();
    let program = pair.begin();
    finish(pair.begin());
    let good = fs::read_to_string(pair.folder.path().join(name)).unwrap();
    pair.replace(name, broken);
    pair.server.look_again();
    let stays = pair.server.says("it stays as it was");
    let findings = stays.text("findings").unwrap_or_default();
    assert!(findings.contains(finding), "{stays}");
    // Who is connected, and who comes now.
    finish(pair.begin());
    finish(program);
    pair.replace(name, &good);
    pair.server.look_again();
    finish(pair.begin());
    pair.server.tell_to_stop();
    assert!(pair.server.end().status.success());
}

#[test]
fn reload_with_a_broken_certificate() {
    stays_with_broken("certificate", "no certificate", "certificate");
    let other = Pki::new();
    let of_another_key = fs::read_to_string(other.certificate("root")).unwrap();
    stays_with_broken("certificate", &of_another_key, "certificate");
}

#[test]
fn reload_with_a_broken_ca_bundle() {
    stays_with_broken(
        "trusted",
        "-----BEGIN CERTIFICATE-----\nAAAA\n",
        "trusted-ca",
    );
    stays_with_broken("trusted", "", "trusted-ca");
}
