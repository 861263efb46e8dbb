//! `tunnel client` at `openssl s_server`: simple and mutual TLS, both versions, both kinds of keys, and
//! beside each what is turned away.

use trustpack_e2e::plain;
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

/// Each cell has a version of its own, set at our end.
const VERSIONS: [(&[&str], &str); 2] = [
    (&["--sec-protocol-max", "TLSv12"], "TLS 1.2"),
    (&["--sec-protocol", "TLSv13"], "TLS 1.3"),
];
const LINES: usize = 2_000;

/// Lines that differ, and the same with each reversed.
fn lines() -> (String, String) {
    let line = |number: usize| format!("line {number} of many, told apart by its number");
    let reversed = |line: String| line.chars().rev().collect::<String>();
    let both = |made: &dyn Fn(usize) -> String| -> String {
        (0..LINES).map(|number| made(number) + "\n").collect()
    };
    (both(&line), both(&|number| reversed(line(number))))
}

/// What is sent through the tunnel must come back reversed, and the tunnel must know how.
#[track_caller]
fn carries(tunnel: &mut Tunnel, version: &str, subject: &str) {
    let (sent, expected) = lines();
    let received = plain::exchange(tunnel.address(), sent.as_bytes()).unwrap();
    assert!(
        received == expected.as_bytes(),
        "other data came back:\n{}",
        String::from_utf8_lossy(&received)
    );
    let report = tunnel.carried();
    assert_eq!(report.text("version"), Some(version), "{report}");
    assert_eq!(report.text("subject"), Some(subject), "{report}");
    let octets = u64::try_from(sent.len()).ok();
    assert_eq!(report.number("bytes_out"), octets, "{report}");
    assert_eq!(report.number("bytes_in"), octets, "{report}");
}

/// Nothing may come back, and the tunnel must say why.
#[track_caller]
fn refuses(tunnel: &mut Tunnel, step: &str, reason: &str) {
    nothing_comes_back(tunnel);
    tunnel.refused(step, reason);
}

/// The program sees a reset, or an end.
#[track_caller]
fn nothing_comes_back(tunnel: &Tunnel) {
    let received = plain::exchange(tunnel.address(), b"not for you\n");
    assert_eq!(received.unwrap_or_default(), b"");
}

#[test]
fn simple_tls() {
    let certificates = Certificates::new();
    for name in ["rsa", "p256"] {
        let server = certificates.foreign_server(name, &[]);
        for (options, version) in VERSIONS {
            let mut tunnel = certificates.client(server.address(), None, options);
            carries(&mut tunnel, version, &format!("CN={name}"));
        }
    }
    for (name, step, reason) in [
        ("stranger", "path", "CN=other-root"),
        ("expired", "dates", "was valid until 2020-12-31"),
        ("future", "dates", "is valid only from 2090-01-01"),
    ] {
        let server = certificates.foreign_server(name, &[]);
        for (options, _) in VERSIONS {
            let mut tunnel = certificates.client(server.address(), None, options);
            refuses(&mut tunnel, step, reason);
        }
    }
}

#[test]
fn the_name_counts_only_while_it_is_checked() {
    let certificates = Certificates::new();
    let server = certificates.foreign_server("p256", &[]);
    let elsewhere = ["--name", "elsewhere.example.com"];
    for (options, version) in VERSIONS {
        let trusted = certificates.file("root");
        let tunnel = |more: &[&str]| {
            let words = elsewhere.iter().chain(options).chain(more).copied();
            let trusted = ["--trusted-ca", trusted.to_str().unwrap()];
            Tunnel::client(server.address(), words.chain(trusted))
        };
        refuses(&mut tunnel(&[]), "name", "elsewhere.example.com");
        let unchecked = &mut tunnel(&["--tls-target-name-check", "no"]);
        carries(unchecked, version, "CN=p256");
    }
}

#[test]
fn mutual_tls() {
    let certificates = Certificates::new();
    let root = certificates.file("root");
    let demanding = ["-Verify", "1", "-verify_return_error", "-CAfile"];
    let demanding: Vec<&str> = demanding.into_iter().chain(root.to_str()).collect();
    // Its own CA goes with it: an end without a whole chain does not start.
    let [whole, key] = [
        certificates
            .pki
            .bundle("whole.pem", &["stranger", "other-root"]),
        certificates.pki.key("stranger"),
    ];
    let stranger = ["--certificate", whole.to_str().unwrap()];
    let stranger = [stranger, ["--certificate-key", key.to_str().unwrap()]].concat();
    for name in ["rsa", "p256"] {
        let server = certificates.foreign_server(name, &demanding);
        for (options, version) in VERSIONS {
            let client = |identity, more: &[&str]| {
                certificates.client(server.address(), identity, &[options, more].concat())
            };
            carries(&mut client(Some(name), &[]), version, &format!("CN={name}"));

            // Under TLS 1.2 the handshake fails, under 1.3 the server says so right after it.
            for (identity, words) in [
                (
                    &[][..],
                    ["handshake_failure (40)", "certificate_required (116)"],
                ),
                (&stranger, ["unknown_ca (48)"; 2]),
            ] {
                let mut tunnel = client(None, identity);
                nothing_comes_back(&tunnel);
                let report = tunnel.report();
                assert!(
                    report.message().starts_with("handshake refused"),
                    "{report}"
                );
                let reason = report.text("reason").unwrap();
                assert!(
                    words.iter().any(|words| reason.ends_with(words)),
                    "{words:?} is not in {report}"
                );
            }
        }
    }
}
