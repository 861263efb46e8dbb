//! What a service takes: as it was configured, also where it does not answer at once.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST_NAME, Key, Pki, Wish};
use trustpack_e2e::plain::Service;

use crate::asked::{Asked, probe};

/// The names in a list of the document.
#[track_caller]
fn names(asked: &Asked, pointer: &str) -> Vec<String> {
    let list: Vec<Value> = serde_json::from_str(&asked.text(pointer)).unwrap();
    let name = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    list.iter().map(name).collect()
}

fn server(pki: &Pki, options: &[&str]) -> ReversingServer {
    ReversingServer::start(&pki.certificate("host"), &pki.key("host"), options)
}

fn pki() -> Pki {
    let pki = Pki::new();
    pki.issue(Wish {
        key: Key::Rsa,
        ..Wish::host("host", "root")
    });
    pki
}

#[test]
fn as_it_was_configured() {
    let pki = pki();
    let suites = "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:DHE-RSA-AES128-SHA256:AECDH-AES128-SHA:NULL-SHA256@SECLEVEL=0";
    let options = [
        "-tls1_2",
        "-serverpref",
        "-groups",
        "P-256:X25519",
        "-cipher",
        suites,
    ];
    let server = server(&pki, &options);
    let asked = probe(server.address(), &[]);
    assert_eq!(names(&asked, "/offers/versions"), ["TLS 1.2"], "{asked}");
    let mut found = names(&asked, "/offers/versions/0/suites");
    found.sort();
    let want = [
        "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_AES_256_CBC_SHA",
        "TLS_RSA_WITH_NULL_SHA256",
    ];
    assert_eq!(found, want, "{asked}");
    assert_eq!(
        asked.text("/offers/versions/0/decides"),
        "server",
        "{asked}"
    );
    let mut groups = names(&asked, "/offers/groups");
    groups.sort();
    assert_eq!(groups, ["X25519", "secp256r1"], "{asked}");
    assert!(names(&asked, "/offers/signatures").contains(&"rsa_pss_rsae_sha256".to_owned()));
    assert_eq!(asked.text("/offers/compression"), "false", "{asked}");
    assert_eq!(
        asked.text("/offers/secure_renegotiation"),
        "true",
        "{asked}"
    );
}

/// Without the curve of its key among the groups a server of TLS 1.2 takes nothing.
#[test]
fn groups_beside_the_curve_of_the_key() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    let groups = "P-256:P-521:X25519:P-384";
    let server = server(&pki, &["-tls1_2", "-groups", groups]);
    let asked = probe(server.address(), &[]);
    let mut groups = names(&asked, "/offers/groups");
    groups.sort();
    let want = ["X25519", "secp256r1", "secp384r1", "secp521r1"];
    assert_eq!(groups, want, "{asked}");
}

#[test]
fn nothing_is_asked_where_nothing_should_be() {
    let pki = pki();
    let server = server(&pki, &[]);
    let asked = probe(server.address(), &["--quick"]);
    assert_eq!(asked.text("/offers"), "null", "{asked}");
}

/// Passes a connection on to `server`, as long as what the server says may pass.
fn pass_on(mut stream: TcpStream, server: SocketAddr, may_pass: impl Fn(&[u8]) -> bool) {
    let mut behind = TcpStream::connect(server).unwrap();
    let (mut forth, mut back) = (stream.try_clone().unwrap(), behind.try_clone().unwrap());
    // It serves one after the other: the end of this one must reach it.
    let forward = std::thread::spawn(move || {
        drop(std::io::copy(&mut forth, &mut back));
        drop(back.shutdown(Shutdown::Write));
    });
    let mut piece = [0; 16 * 1024];
    while let Ok(count @ 1..) = behind.read(&mut piece) {
        let said = piece.get(..count).unwrap();
        if !may_pass(said) || stream.write_all(said).is_err() {
            break;
        }
    }
    drop(stream.shutdown(Shutdown::Both));
    drop(behind.shutdown(Shutdown::Both));
    drop(forward.join());
}

/// A way to `server` that lets through only the connections whose number says so, and drops the others.
fn limited(server: SocketAddr, passes: impl Fn(usize) -> bool + Send + Sync + 'static) -> Service {
    let came = AtomicUsize::new(0);
    Service::start(move |stream| {
        if passes(came.fetch_add(1, Ordering::SeqCst)) {
            pass_on(stream, server, |_| true);
        }
    })
}

#[test]
fn a_service_that_limits_its_callers_is_asked_again() {
    let pki = pki();
    let suites = "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA@SECLEVEL=0";
    let server = server(&pki, &["-tls1_2", "-groups", "P-256", "-cipher", suites]);
    let all = probe(server.address(), &[]);
    assert_eq!(all.text("/offers/not_known"), "[]", "{all}");
    assert_eq!(all.text("/offers/plain_text"), "closed", "{all}");
    let third = limited(server.address(), |number| number % 3 == 0);
    let asked = probe(third.address(), &[]);
    for part in [
        "versions",
        "groups",
        "signatures",
        "plain_text",
        "not_known",
    ] {
        let pointer = format!("/offers/{part}");
        assert_eq!(asked.text(&pointer), all.text(&pointer), "{asked}");
    }
    // What it takes is not what it happened to answer.
    let gone = limited(server.address(), |number| number < 4);
    let asked = probe(gone.address(), &[]);
    let unknown = asked.text("/offers/not_known");
    for words in [
        "whether more suites of TLS 1.2 are taken",
        "whether TLS 1.1 is taken",
    ] {
        assert!(unknown.contains(words), "{asked}");
    }
}

#[test]
fn a_service_that_refuses_by_closing_is_known_to_refuse() {
    let pki = pki();
    let server = server(&pki, &["-tls1_2", "-groups", "P-256"]);
    let all = probe(server.address(), &[]);
    let address = server.address();
    // It passes what the server says, but for its alerts: then it closes.
    let closes =
        Service::start(move |stream| pass_on(stream, address, |said| said.first() != Some(&21)));
    let asked = probe(closes.address(), &[]);
    for part in ["versions", "groups", "not_known"] {
        let pointer = format!("/offers/{part}");
        assert_eq!(asked.text(&pointer), all.text(&pointer), "{asked}");
    }
}

/// The extension that says that renegotiation is protected. Source: RFC 5746 section 3.2.
const RENEGOTIATION: [u8; 5] = [0xff, 1, 0, 1, 0];

/// What a server says with compression, and without renegotiation and key that are protected: no server of today has these
/// any more. The rest is as it was said.
fn as_of_old(said: &mut [u8]) {
    const MASTER_SECRET: [u8; 4] = [0, 23, 0, 0];
    // Header of the record, header of the message, version, random octets; then the session, the suite, the compression.
    let session = usize::from(*said.get(5 + 4 + 2 + 32).unwrap());
    *said.get_mut(44 + session + 2).unwrap() = 1;
    for extension in [&RENEGOTIATION[..], &MASTER_SECRET] {
        let mut windows = said.windows(extension.len());
        let at = windows.position(|window| window == extension).unwrap();
        // Another number, which means nothing.
        *said.get_mut(at).unwrap() = 0xee;
    }
}

#[test]
fn compression_and_renegotiation_of_old() {
    let pki = pki();
    let server = server(&pki, &["-tls1_2"]);
    let address = server.address();
    let old = Service::start(move |mut stream| {
        let mut hello = vec![0; 16 * 1024];
        let count = stream.peek(&mut hello).unwrap_or_default();
        // Hellos of our engine, which takes no compression, ask for it in another way.
        let mut windows = hello[..count].windows(RENEGOTIATION.len());
        if !windows.any(|window| window == RENEGOTIATION) {
            pass_on(stream, address, |_| true);
            return;
        }
        let mut behind = TcpStream::connect(address).unwrap();
        let count = stream.read(&mut hello).unwrap_or_default();
        behind.write_all(&hello[..count]).unwrap();
        let mut said = vec![0; 16 * 1024];
        let count = behind.read(&mut said).unwrap_or_default();
        let said = &mut said[..count];
        if said.first() == Some(&22) {
            as_of_old(said);
        }
        drop(stream.write_all(said));
    });
    let asked = probe(old.address(), &[]);
    assert_eq!(asked.text("/offers/compression"), "true", "{asked}");
    assert_eq!(asked.text("/offers/secure_renegotiation"), "false");
    assert_eq!(asked.text("/offers/extended_master_secret"), "false");
    let text = Call::trustpack(["probe", &old.address().to_string()]).run();
    text.prints("(CRIME)")
        .prints("renegotiation is not protected");
}

#[test]
fn what_a_name_changes() {
    let pki = pki();
    pki.issue(Wish::host("named", "root"));
    let [own, key] = [pki.certificate("named"), pki.key("named")];
    let [own, key] = [own, key].map(|file| file.display().to_string());
    let of_name = ["-servername", HOST_NAME, "-cert2", &own, "-key2", &key];
    let named = ["--name", HOST_NAME];
    let check = |options: &[&str], want: &str| {
        let server = server(&pki, options);
        let asked = probe(server.address(), &named);
        assert_eq!(asked.text("/offers/name"), want, "{asked}");
    };
    check(&of_name, "another certificate without a name");
    check(&[], "the same certificate with and without a name");
    // Who asks for none cannot tell.
    let server = server(&pki, &of_name);
    let asked = probe(server.address(), &[]);
    assert_eq!(asked.text("/offers/name"), "not seen", "{asked}");
}

/// A service that takes TLS, and answers plain text itself once it has a line.
fn with_plain_text(server: SocketAddr, answer: &'static str) -> Service {
    Service::start(move |mut stream| {
        let mut first = [0; 1];
        if !matches!(stream.peek(&mut first), Ok(1)) {
            return;
        }
        if first[0] == 22 {
            pass_on(stream, server, |_| true);
            return;
        }
        // Unread bytes would make the end a break.
        drop(stream.read(&mut [0; 4096]));
        drop(stream.write_all(answer.as_bytes()));
    })
}

#[test]
fn what_plain_text_gets() {
    let pki = pki();
    let server = server(&pki, &["-alpn", "http/1.1"]);
    let check = |answer: &'static str, word: &str, told: &str| {
        let service = with_plain_text(server.address(), answer);
        let asked = probe(service.address(), &[]);
        assert_eq!(asked.text("/offers/plain_text"), word, "{asked}");
        let text = Call::trustpack(["probe", &service.address().to_string()]).run();
        text.prints(&format!("plain text: {told}"));
    };
    check(
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "refused",
        "refused with 'HTTP/1.1 400 Bad",
    );
    check(
        "HTTP/1.1 200 OK\r\n\r\n",
        "answered",
        "answered with 'HTTP/1.1 200 OK",
    );
    check("", "closed", "closed without a word");
    check("\u{15}\u{3}\u{1}", "refused", "refused");
}

#[test]
fn a_service_that_dies_takes_no_plain_text_for_it() {
    let pki = pki();
    let server = server(&pki, &[]);
    let address = server.address();
    let dead = AtomicBool::new(false);
    let service = Service::start(move |mut stream| {
        let mut first = [0; 1];
        let is_tls = matches!(stream.peek(&mut first), Ok(1)) && first[0] == 22;
        if is_tls && !dead.load(Ordering::SeqCst) {
            pass_on(stream, address, |_| true);
            return;
        }
        // From then on it takes what comes, and says nothing.
        dead.fetch_or(!is_tls && first[0] == b'\r', Ordering::SeqCst);
        while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
    });
    let asked = probe(service.address(), &[]);
    assert_eq!(asked.text("/offers/plain_text"), "null", "{asked}");
    let unknown = asked.text("/offers/not_known");
    assert!(unknown.contains("whether plain text"), "{asked}");
}

#[test]
fn records_without_end_are_no_refusal() {
    let pki = pki();
    let server = server(&pki, &[]);
    let address = server.address();
    let is_first = AtomicBool::new(true);
    let service = Service::start(move |mut stream| {
        if is_first.swap(false, Ordering::SeqCst) {
            pass_on(stream, address, |_| true);
            return;
        }
        let empty = [22, 3, 3, 0, 0].repeat(1024);
        while stream.write_all(&empty).is_ok() {}
    });
    let asked = probe(service.address(), &[]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    let unknown = asked.text("/offers/not_known");
    for version in ["TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0"] {
        let words = format!("whether {version} is taken");
        assert!(unknown.contains(&words), "{version}: {asked}");
    }
}

#[test]
fn slow_to_refuse_is_no_plain_text() {
    let pki = pki();
    let server = server(&pki, &["-tls1_3", "-groups", "P-256"]);
    let address = server.address();
    // What takes TLS alone, behind a way that holds up everything.
    let service = Service::start(move |stream| {
        std::thread::sleep(Duration::from_millis(1200));
        let mut first = [0; 1];
        if matches!(stream.peek(&mut first), Ok(1)) && first[0] == 22 {
            pass_on(stream, address, |_| true);
        }
    });
    let asked = probe(service.address(), &[]);
    assert_eq!(asked.text("/offers/plain_text"), "closed", "{asked}");
}

#[test]
fn ssl2_and_plain_text() {
    let pki = pki();
    let server = server(&pki, &[]);
    let address = server.address();
    // A service that takes TLS, SSL 2.0, and whatever is no TLS.
    let all = Service::start(move |mut stream| {
        let mut first = [0; 1];
        if !matches!(stream.peek(&mut first), Ok(1)) {
            return;
        }
        match first[0] {
            22 => pass_on(stream, address, |_| true),
            0x80 => drop(stream.write_all(&[0x80, 3, 4, 0, 1])),
            _ => drop(stream.write_all(b"500 what?\r\n")),
        }
    });
    let asked = probe(all.address(), &[]);
    let versions = names(&asked, "/offers/versions");
    assert_eq!(versions, ["TLS 1.3", "TLS 1.2", "SSL 2.0"], "{asked}");
    assert_eq!(asked.text("/offers/plain_text"), "answered", "{asked}");
    let text = Call::trustpack(["probe", &all.address().to_string()]).succeeds();
    text.prints("takes SSL 2.0: broken")
        .prints("plain text: answered with '500 what?");
}
