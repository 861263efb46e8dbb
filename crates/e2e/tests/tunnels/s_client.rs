//! `openssl s_client` at `tunnel server`: simple and mutual TLS, both versions, both kinds of keys, and
//! beside each who is turned away.

use std::ffi::OsStr;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::pki::HOST_NAME;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

const OCTETS: usize = 100_000;
const VERSIONS: [(&str, &str); 2] = [("-tls1_2", "TLS 1.2"), ("-tls1_3", "TLS 1.3")];

/// A client that checks the server's name, and has this certificate.
#[track_caller]
fn client(certificates: &Certificates, tunnel: &Tunnel, name: Option<&str>) -> Call {
    let call = s_client(tunnel.address(), &certificates.file("root"))
        .args(["-verify_hostname", HOST_NAME]);
    match name {
        None => call,
        Some(name) => call
            .arg("-cert")
            .arg(certificates.file(name))
            .arg("-key")
            .arg(certificates.pki.key(name)),
    }
}

/// The client must get back what it sends, and the tunnel must know how.
#[track_caller]
fn carries(tunnel: &mut Tunnel, client: Call, version: &str, subject: Option<&str>) {
    let data = text(OCTETS);
    let outcome = client.stdin(data.as_bytes()).succeeds();
    assert!(outcome.stdout == data, "other data came back: {outcome}");
    let report = tunnel.carried();
    assert_eq!(report.text("version"), Some(version), "{report}");
    assert_eq!(report.text("subject"), subject, "{report}");
    let octets = u64::try_from(OCTETS).ok();
    assert_eq!(report.number("bytes_in"), octets, "{report}");
    assert_eq!(report.number("bytes_out"), octets, "{report}");
}

/// Letters, because the harness gives output as text.
fn text(octets: usize) -> String {
    plain::noise(octets)
        .iter()
        .map(|octet| char::from(b'a' + octet % 26))
        .collect()
}

/// The client must not get anything, and the tunnel must say why.
#[track_caller]
fn refuses(tunnel: &mut Tunnel, client: Call, step: &str, reason: &str) {
    let outcome = client.stdin(b"not for you").run();
    assert_eq!(outcome.stdout, "", "{outcome}");
    tunnel.refused(step, reason);
}

#[test]
fn simple_tls() {
    let certificates = Certificates::new();
    let service = Service::returning(OCTETS);
    for name in ["rsa", "p256"] {
        let mut tunnel = certificates.server(service.address(), name, &[]);
        for (flag, version) in VERSIONS {
            let good = client(&certificates, &tunnel, None).arg(flag);
            carries(&mut tunnel, good, version, None);
            // The twin trusts another CA, and turns away itself.
            let twin = s_client(tunnel.address(), &certificates.file("other-root")).arg(flag);
            let outcome = twin.stdin(b"x").run();
            assert!(!outcome.status.success(), "{outcome}");
            let report = tunnel.report();
            assert_eq!(report.message(), "handshake refused", "{report}");
            assert_eq!(
                report.text("reason"),
                Some("the peer refused with the alert unknown_ca (48)"),
                "{report}"
            );
        }
    }
}

#[test]
fn mutual_tls() {
    let certificates = Certificates::new();
    let service = Service::returning(OCTETS);
    for name in ["rsa", "p256"] {
        let mut tunnel = certificates.server(service.address(), name, &["--tls-mutual", "1"]);
        for (flag, version) in VERSIONS {
            let good = client(&certificates, &tunnel, Some(name)).arg(flag);
            carries(&mut tunnel, good, version, Some(&format!("CN={name}")));
            for (certificate, step, reason, alert) in [
                (
                    None,
                    "path",
                    "presented no certificate",
                    "certificate_required (116)",
                ),
                (Some("stranger"), "path", "CN=other-root", "unknown_ca (48)"),
                (
                    Some("expired"),
                    "dates",
                    "was valid until 2020-12-31",
                    "certificate_expired (45)",
                ),
                (
                    Some("future"),
                    "dates",
                    "is valid only from 2090-01-01",
                    "certificate_expired (45)",
                ),
            ] {
                let bad = client(&certificates, &tunnel, certificate).arg(flag);
                let outcome = bad.stdin(b"not for you").run();
                assert_eq!(outcome.stdout, "", "{outcome}");
                let report = tunnel.refused(step, reason);
                assert_eq!(report.text("alert_sent"), Some(alert), "{report}");
                // OpenSSL shows the number of what it heard.
                let number = alert.split(['(', ')']).nth(1).unwrap();
                let heard = format!("SSL alert number {number}\n");
                assert!(outcome.stderr.contains(&heard), "{outcome}");
            }
        }
    }
}

/// What `cert issue` makes does at both ends, with the files as they are.
#[test]
fn certificates_of_our_own_ca() {
    let ca = TestCa::new();
    let [host, peer] = [HOST_NAME, "peer.example.com"].map(|name| ca.issue(name, &[]));
    let trusted = ca.conf("ca_cert.pem");
    let service = Service::returning(OCTETS);
    let files = [&host.certificate, &host.key, &trusted];
    let options = ["--certificate", "--certificate-key", "--trusted-ca"];
    let options = options.into_iter().zip(files);
    let mut tunnel = Tunnel::server(
        service.address(),
        options
            .flat_map(|(option, file)| [OsStr::new(option), file.as_os_str()])
            .chain(["--tls-mutual", "1"].map(OsStr::new)),
    );
    let bare = s_client(tunnel.address(), &trusted).args(["-verify_hostname", HOST_NAME]);
    let good = s_client(tunnel.address(), &trusted)
        .args(["-verify_hostname", HOST_NAME, "-cert"])
        .arg(&peer.certificate)
        .arg("-key")
        .arg(&peer.key);
    carries(&mut tunnel, good, "TLS 1.3", Some("CN=peer.example.com"));
    refuses(&mut tunnel, bare, "path", "presented no certificate");
}

#[test]
fn versions_that_are_not_allowed_are_refused() {
    let certificates = Certificates::new();
    let service = Service::returning(OCTETS);
    let server = |options: &[&str]| certificates.server(service.address(), "p256", options);
    let with = |tunnel: &Tunnel, flags: &[&str]| client(&certificates, tunnel, None).args(flags);
    let no_version = "there is no version of TLS that both ends allow";

    let mut tunnel = server(&[]);
    let ancient = with(&tunnel, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    refuses(&mut tunnel, ancient, "protocol", no_version);

    let mut tunnel = server(&["--sec-protocol", "TLSv13"]);
    let [new, old] = [with(&tunnel, &["-tls1_3"]), with(&tunnel, &["-tls1_2"])];
    carries(&mut tunnel, new, "TLS 1.3", None);
    refuses(&mut tunnel, old, "protocol", no_version);

    let mut tunnel = server(&["--sec-protocol-max", "TLSv12"]);
    let [new, any] = [with(&tunnel, &["-tls1_3"]), with(&tunnel, &[])];
    refuses(&mut tunnel, new, "protocol", no_version);
    carries(&mut tunnel, any, "TLS 1.2", None);
}

#[test]
fn plain_text_at_a_tls_port_is_called_that() {
    let certificates = Certificates::new();
    let service = Service::returning(OCTETS);
    let mut tunnel = certificates.server(service.address(), "p256", &[]);
    drop(plain::exchange(tunnel.address(), b"GET / HTTP/1.0\r\n\r\n"));
    let start = "plain text instead of TLS: the peer began with 'GET / HTTP/1.0";
    tunnel.refused("protocol", start);
    let good = client(&certificates, &tunnel, None);
    carries(&mut tunnel, good, "TLS 1.3", None);
}

#[test]
fn a_port_that_detects_carries_both_and_says_who_comes_in_plain() {
    let certificates = Certificates::new();
    let service = Service::returning(OCTETS);
    let mut tunnel = certificates.server(service.address(), "p256", &["--upgrade", "1"]);
    for (flag, version) in VERSIONS {
        let good = client(&certificates, &tunnel, None).arg(flag);
        carries(&mut tunnel, good, version, None);
    }
    let data = text(OCTETS);
    let back = plain::exchange(tunnel.address(), data.as_bytes());
    assert!(back.is_ok_and(|back| back == data.as_bytes()));
    let report = tunnel.carried();
    let note = "the client spoke plain text; this port takes TLS too";
    assert_eq!(report.text("note"), Some(note), "{report}");
    drop(plain::exchange(tunnel.address(), b"\x16 is no hello"));
    tunnel.refused("protocol", "the client's hello is broken");
    let ancient = client(&certificates, &tunnel, None);
    let ancient = ancient.args(["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    let no_version = "there is no version of TLS that both ends allow";
    refuses(&mut tunnel, ancient, "protocol", no_version);
}
