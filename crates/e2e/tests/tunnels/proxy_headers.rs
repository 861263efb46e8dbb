//! PROXY headers with HAProxy and nginx at the other end: they read what we send, we read what they send, and what we
//! tell of TLS is what HAProxy tells of it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::mpsc;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::pki::HOST_NAME;
use trustpack_e2e::plain::{HeldNumber, Service};
use trustpack_e2e::watched::{Watched, until};

use crate::certificates::Certificates;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// HAProxy with these sections, once it listens at `address`.
fn haproxy(folder: &Path, mode: &str, sections: &str, address: SocketAddr) -> Watched {
    let conf = folder.join("haproxy.cfg");
    let text = format!(
        "global\n    maxconn 10\n\
         defaults\n    mode {mode}\n    timeout client 60s\n    timeout connect 60s\n    timeout server 60s\n{sections}"
    );
    fs::write(&conf, text).unwrap();
    serving(Call::foreign("haproxy", ["-db", "-f"]).arg(&conf), address)
}

/// nginx as HTTP server with this server block, once it listens at `address`.
fn nginx(folder: &Path, server: &str, address: SocketAddr) -> Watched {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.display()))
        .concat();
    let conf = folder.join("nginx.conf");
    let text = format!(
        "daemon off;\nmaster_process off;\npid {}/pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}server {{\n{server}\n}}\n}}\n",
        folder.display()
    );
    fs::write(&conf, text).unwrap();
    let call = Call::foreign("nginx", ["-e", "stderr", "-c"]).arg(&conf);
    serving(call, address)
}

fn serving(call: Call, address: SocketAddr) -> Watched {
    let running = Watched::start(call);
    until("it listens", || TcpStream::connect(address).is_ok());
    running
}

/// An address that is free as long as the number is held.
fn free_address() -> (HeldNumber, SocketAddr) {
    let held = HeldNumber::take();
    let address = held.address().parse().unwrap();
    (held, address)
}

/// What a web server behind a tunnel of ours answers to OpenSSL, which knows its own address.
fn answer(certificates: &Certificates, tunnel: SocketAddr) -> String {
    let client = s_client(tunnel, &certificates.file("root"));
    let client = client.args(["-servername", HOST_NAME, "-ign_eof"]);
    client.stdin(REQUEST).run().stdout
}

#[test]
fn haproxy_and_nginx_read_what_we_send() {
    let certificates = Certificates::new();
    for version in ["v1", "v2"] {
        let folder = folder::temporary();
        let (_held, address) = free_address();
        let section = format!(
            "frontend story\n    bind {address} accept-proxy\n    http-request return status 200 \
             content-type text/plain lf-string \"from %[src] to %[dst]:%[dst_port], asked for %[fc_pp_authority]\\n\"\n"
        );
        let behind = haproxy(folder.path(), "http", &section, address);
        let options = ["--proxy-out", version];
        let tunnel = certificates.server(address, "p256", &options);
        let got = answer(&certificates, tunnel.address());
        let asked = if version == "v2" { HOST_NAME } else { "" };
        let words = format!(
            "from 127.0.0.1 to {}, asked for {asked}\n",
            tunnel.address()
        );
        assert!(got.contains(&words), "{words:?} is not in {got}");
        drop(behind);

        let folder = folder::temporary();
        let (_held, address) = free_address();
        let server = format!(
            "listen {address} proxy_protocol;\nlocation / {{ return 200 \
             \"from $proxy_protocol_addr to $proxy_protocol_server_addr:$proxy_protocol_server_port\\n\"; }}"
        );
        let behind = nginx(folder.path(), &server, address);
        let tunnel = certificates.server(address, "p256", &options);
        let got = answer(&certificates, tunnel.address());
        let words = format!("from 127.0.0.1 to {}\n", tunnel.address());
        assert!(got.contains(&words), "{words:?} is not in {got}");
        drop(behind);
    }
}

#[test]
fn we_read_what_haproxy_sends() {
    let certificates = Certificates::new();
    let service = Service::returning(4);
    for send in ["send-proxy", "send-proxy-v2"] {
        let version = if send == "send-proxy" { "v1" } else { "v2" };
        for taken in [version, "any"] {
            let options = ["--proxy-in", taken];
            let mut tunnel = certificates.server(service.address(), "p256", &options);
            let folder = folder::temporary();
            let (_held, address) = free_address();
            let section = format!(
                "listen story\n    bind {address}\n    server tunnel {} {send} ssl verify required ca-file {}\n",
                tunnel.address(),
                certificates.file("root").display()
            );
            let before = haproxy(folder.path(), "tcp", &section, address);
            // The look whether it listens was a connection too.
            tunnel.report();
            let mut program = TcpStream::connect(address).unwrap();
            program.write_all(b"data").unwrap();
            let mut got = [0; 4];
            program.read_exact(&mut got).unwrap();
            assert_eq!(&got, b"data");
            let caller = program.local_addr().unwrap().to_string();
            drop(program);
            let report = tunnel.report();
            assert_eq!(report.text("peer"), Some(&*caller), "{report}");
            assert!(report.text("via").is_some(), "{report}");
            drop(before);
        }
    }
}

/// What a program gets first of a connection that OpenSSL makes through `front`, with a client's certificate.
fn first_bytes(
    certificates: &Certificates,
    front: SocketAddr,
    got: &mpsc::Receiver<Vec<u8>>,
) -> Vec<u8> {
    let client = s_client(front, &certificates.file("root"))
        .args(["-servername", HOST_NAME, "-tls1_3"])
        .args(["-ciphersuites", "TLS_AES_128_GCM_SHA256"])
        .arg("-cert")
        .arg(certificates.file("p256"))
        .arg("-key")
        .arg(certificates.pki.key("p256"));
    client.stdin(b"x").run();
    got.recv_timeout(trustpack_e2e::watched::PATIENCE).unwrap()
}

/// A header of version 2, as long as it says it is, before the one byte of [`first_bytes`]. Any byte may end it: the
/// last are those of a checksum.
fn header_before_data(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut begin = [0; 16];
    stream.read_exact(&mut begin)?;
    let [.., high, low] = begin;
    let mut rest = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    stream.read_exact(&mut rest)?;
    let header = [&begin[..], &rest].concat();
    let mut data = [0];
    stream.read_exact(&mut data)?;
    assert_eq!(&data, b"x", "behind {header:02x?}");
    Ok(header)
}

/// The facts of a header of version 2 over IPv4, without the checksum, each with its type.
fn facts(header: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut rest = header.get(28..).unwrap_or_default();
    let mut facts = Vec::new();
    while let [kind, high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (value, next) = after.split_at(length);
        facts.push((*kind, value.to_vec()));
        rest = next;
    }
    facts.sort();
    facts
}

#[test]
fn we_tell_of_tls_what_haproxy_tells() {
    let certificates = Certificates::new();
    for name in ["rsa", "p256"] {
        let (told, got) = mpsc::channel();
        let service = Service::start(move |mut stream| {
            if let Ok(header) = header_before_data(&mut stream) {
                drop(told.send(header));
            }
        });
        let options = ["--proxy-out", "v2", "--tls-mutual", "1"];
        let tunnel = certificates.server(service.address(), name, &options);
        let ours = first_bytes(&certificates, tunnel.address(), &got);
        let folder = folder::temporary();
        let (_held, address) = free_address();
        let both = folder.path().join("both.pem");
        let key = fs::read_to_string(certificates.pki.key(name)).unwrap();
        let certificate = fs::read_to_string(certificates.file(name)).unwrap();
        fs::write(&both, key + &certificate).unwrap();
        let section = format!(
            "listen story\n    bind {address} ssl crt {} verify required ca-file {}\n    server program {} \
             send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c\n",
            both.display(),
            certificates.file("root").display(),
            service.address()
        );
        let haproxy = haproxy(folder.path(), "tcp", &section, address);
        let theirs = first_bytes(&certificates, address, &got);
        drop(haproxy);
        let [ours, theirs] = [ours, theirs].map(|header| {
            let facts = facts(&header).into_iter();
            facts
                .filter(|(kind, _)| *kind != CHECKSUM)
                .map(|(kind, value)| match kind {
                    // Five bytes, and facts below them.
                    TLS => (kind, [&value[..5], &sorted(&value[5..])[..]].concat()),
                    _ => (kind, value),
                })
                .collect::<Vec<_>>()
        });
        assert_eq!(ours, theirs, "{name}");
    }
}

/// Types of facts.
const CHECKSUM: u8 = 3;
const TLS: u8 = 0x20;

/// Facts below that of TLS, in the order of their types.
fn sorted(below: &[u8]) -> Vec<u8> {
    let padded = [&[0; 28][..], below].concat();
    let facts = facts(&padded).into_iter();
    facts
        .flat_map(|(kind, value)| [vec![kind], value].concat())
        .collect()
}
