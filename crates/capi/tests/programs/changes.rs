//! Servers under a fleet file and under the file of a component, and what changes while they run.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use rustix::process::Signal;
use trustpack_e2e::openssl_peer::{chain_sent_by, s_client};
use trustpack_e2e::pki::Wish;
use trustpack_e2e::talk::talk;

use crate::support::{self, Build};
use crate::world::{Served, client, client_fleet, identity, option, pki};

#[test]
fn an_event_loop_serves_many_at_once_in_tls_and_in_plain_text() {
    let pki = pki();
    let (root, certificate, key) = (
        pki.certificate("root"),
        pki.certificate("host"),
        pki.key("host"),
    );
    let fleet = format!(
        "[[host]]\nname = \"host.example.com\"\n[host.security]\ncertificate = \"{}\"\ncertificate-key = \"{}\"\n\
         trusted-ca = \"{}\"\n[[application]]\nname = \"Stock\"\nhost = \"host.example.com\"\n\
         [[application.port]]\nnumber = 5000\nmode = \"auto-detect\"\nengine = \"trustpack\"\n",
        certificate.display(),
        key.display(),
        root.display()
    );
    let file = pki.path("fleet.toml");
    fs::write(&file, fleet).unwrap();
    let call = support::run(&support::program("poll_server", Build::Sanitized))
        .args(["127.0.0.1", "0"])
        .arg(&file)
        .args(["Stock:default", "5"]);
    let server = Served::start(call);
    // One that keeps silent meanwhile, and one that is torn off in its hello.
    let silent = TcpStream::connect(server.address).unwrap();
    let mut torn = TcpStream::connect(server.address).unwrap();
    torn.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.write_all(b"plain").unwrap();
    let mut answer = [0; 5];
    plain.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"plain");
    let call = s_client(server.address, &root).arg("-no_ign_eof");
    let much: &'static [u8] = Box::leak(vec![b'a'; 400_000].into_boxed_slice());
    assert_eq!(talk(call, much, much.len()).output, much);
    let options = [
        option("trusted-ca", &root),
        "tls-target-name-check=host".to_owned(),
    ];
    client(Build::Shared, server.address, "host.example.com", &options)
        .succeeds()
        .prints("hello\n");
    plain.shutdown(Shutdown::Write).unwrap();
    assert_eq!(plain.read(&mut answer).unwrap(), 0);
    drop((silent, torn));
    let ended = server.watched.end();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
    let words = "the peer closed the connection in the middle of the handshake";
    assert!(ended.stderr.contains(words), "{ended}");
}

#[test]
fn an_event_loop_goes_on_while_a_client_reads_nothing() {
    let pki = pki();
    let fleet = client_fleet(&pki, "root").replace("secured", "auto-detect");
    let file = pki.path("fleet.toml");
    fs::write(&file, fleet).unwrap();
    let call = support::run(&support::program("poll_server", Build::Sanitized))
        .args(["127.0.0.1", "0"])
        .arg(&file)
        .args(["Stock:default", "2"]);
    let server = Served::start(call);
    let mut deaf = TcpStream::connect(server.address).unwrap();
    deaf.set_nonblocking(true).unwrap();
    // Until nothing more is taken.
    let much = [b'a'; 65536];
    while deaf.write(&much).is_ok() {}
    let mut other = TcpStream::connect(server.address).unwrap();
    other.write_all(b"plain").unwrap();
    let mut answer = [0; 5];
    other.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"plain");
    drop((deaf, other));
    let ended = server.watched.end();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
}

#[test]
fn a_reload_takes_over_a_new_certificate_and_nothing_that_is_broken() {
    let pki = pki();
    pki.issue(Wish::host("next", "root"));
    let (root, certificate, key) = (
        pki.certificate("root"),
        pki.certificate("host"),
        pki.key("host"),
    );
    let mut server = Served::echo(Build::Shared, 100, &identity(&pki, "host"));
    let shown = |server: &Served| chain_sent_by(server.address, &root);
    assert_eq!(shown(&server), ["host"]);
    // A certificate without its key: the old pair stays. The server looks when it next has nothing to do.
    fs::copy(pki.certificate("next"), &certificate).unwrap();
    server.watched.signal(Signal::HUP);
    server
        .watched
        .line(|line| line.starts_with("reload -2: ").then_some(()));
    assert_eq!(shown(&server), ["host"]);
    fs::copy(pki.key("next"), key).unwrap();
    server.watched.signal(Signal::HUP);
    server
        .watched
        .line(|line| line.ends_with("presents another certificate").then_some(()));
    assert_eq!(shown(&server), ["next"]);
}

#[test]
fn the_file_of_a_component_is_enough() {
    let pki = pki();
    let file = pki.path("lca.cfg");
    let (certificate, key) = (pki.certificate("host"), pki.key("host"));
    let transport = format!(
        "certificate={};certificate-key={}",
        certificate.display(),
        key.display()
    );
    fs::write(
        &file,
        format!("[security]\ntransport = tls=1;{transport}\n"),
    )
    .unwrap();
    let of_file = |options: &[&str]| {
        support::run(&support::program("of_file", Build::Sanitized))
            .arg(&file)
            .args(options)
    };
    of_file(&["host.example.com"])
        .succeeds()
        .prints("server: 0\n");
    // As systems that read such strings do, an entry with a blank does not count, which is an error.
    fs::write(
        &file,
        format!("[security]\ntransport = tls=1; {transport}\n"),
    )
    .unwrap();
    of_file(&["host.example.com"])
        .succeeds()
        .prints("server: -2 ")
        .prints("TP1");
    fs::write(&file, "[security]\ntrusted-ca = relative.pem\n").unwrap();
    of_file(&["host.example.com"])
        .succeeds()
        .prints("client: -2 ")
        .prints("relative.pem");
    let trusted = format!(
        "[security]\ntrusted-ca = {}\n",
        pki.certificate("root").display()
    );
    fs::write(&file, &trusted).unwrap();
    of_file(&["host.example.com"])
        .succeeds()
        .prints("client: 0\n");
    fs::write(&file, format!("{trusted}tls-target-name-check = host\n")).unwrap();
    of_file(&["host.example.com"])
        .succeeds()
        .prints("client: 0\n");
    // Without a name none can be checked.
    of_file(&[]).succeeds().prints("client: -2 ");
}
