//! What the probe says of servers of many makes, and of what is no TLS server at all.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use trustpack_e2e::call::Call;
use trustpack_e2e::java;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST_NAME, Pki, Validity, Wish};
use trustpack_e2e::plain::Service;
use trustpack_e2e::watched::Watched;

use crate::asked::{Asked, probe};
use crate::gnutls;
use crate::ports;
use crate::sslyze::same_offers_of;

fn pki() -> Pki {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    pki.issue(Wish::host("desk", "root"));
    pki.issue(Wish {
        validity: Validity::Over,
        ..Wish::host("expired", "root")
    });
    pki
}

#[track_caller]
fn openssl(pki: &Pki, name: &str, options: &[&str]) -> ReversingServer {
    let root = pki.certificate("root").display().to_string();
    let options = options.iter().map(|&word| {
        if word == "ROOT" {
            root.clone()
        } else {
            word.to_owned()
        }
    });
    ReversingServer::start(&pki.certificate(name), &pki.key(name), options)
}

/// Options of a client that trusts the root and checks the name; with a certificate if one is named.
fn client(pki: &Pki, identity: Option<&str>) -> Vec<String> {
    let file = |path: std::path::PathBuf| path.display().to_string();
    let mut options = vec![
        "--name".to_owned(),
        HOST_NAME.to_owned(),
        "--trusted-ca".to_owned(),
        file(pki.certificate("root")),
    ];
    if let Some(name) = identity {
        options.extend(["--certificate".to_owned(), file(pki.certificate(name))]);
        options.extend(["--certificate-key".to_owned(), file(pki.key(name))]);
    }
    options
}

#[track_caller]
fn says(service: SocketAddr, options: &[String], want: &str) -> Asked {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let asked = probe(service, &options);
    assert_eq!(asked.in_short(), want, "{asked}");
    let code = if asked.text("/works") == "true" { 0 } else { 1 };
    assert_eq!(asked.outcome.status.code(), Some(code), "{asked}");
    asked
}

#[test]
fn openssl_in_old_and_new_configurations() {
    let pki = pki();
    let check = |server: &[&str], identity: Option<&str>, want: &str| {
        let server = openssl(&pki, "host", server);
        says(server.address(), &client(&pki, identity), want);
    };
    check(&[], None, "tls true null TLS 1.3 not-asked");
    check(&["-tls1_2"], None, "tls true null TLS 1.2 not-asked");
    let old = &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    check(old, None, "tls false protocol null not-seen");
    let cbc = &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"];
    check(cbc, None, "tls false protocol null not-seen");
    for version in ["-tls1_2", "-tls1_3"] {
        let spoken = if version == "-tls1_3" {
            "TLS 1.3"
        } else {
            "TLS 1.2"
        };
        let demands = [
            version,
            "-Verify",
            "3",
            "-verify_return_error",
            "-CAfile",
            "ROOT",
        ];
        // In TLS 1.2 the refusal comes before anything is agreed.
        let agreed = if version == "-tls1_3" { spoken } else { "null" };
        check(&demands, None, &format!("tls false null {agreed} refused"));
        check(
            &demands,
            Some("desk"),
            &format!("tls true null {spoken} refused"),
        );
        let asks = [version, "-verify", "3", "-CAfile", "ROOT"];
        check(&asks, None, &format!("tls true null {spoken} let-in"));
        check(
            &asks,
            Some("desk"),
            &format!("tls true null {spoken} let-in"),
        );
    }
}

#[test]
fn a_server_with_a_bad_certificate() {
    let pki = pki();
    let expired = openssl(&pki, "expired", &[]);
    let want = "tls false dates TLS 1.3 not-asked";
    says(expired.address(), &client(&pki, None), want);
    // Who trusts nobody is told of it all the same.
    says(expired.address(), &[], want);
    let mut other = client(&pki, None);
    other[1] = "other.example.com".to_owned();
    let server = openssl(&pki, "host", &[]);
    says(server.address(), &other, "tls false name TLS 1.3 not-asked");
}

#[test]
fn one_time_is_told_however_long_it_takes() {
    let pki = pki();
    let server = openssl(&pki, "expired", &[]);
    let to = server.address();
    // On the way a second passes.
    let slow = Service::start(move |mut client| {
        std::thread::sleep(Duration::from_millis(1_100));
        let mut server = TcpStream::connect(to).unwrap();
        let (mut from, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || drop(std::io::copy(&mut from, &mut back)));
        drop(std::io::copy(&mut server, &mut client));
    });
    let options = client(&pki, None);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let asked = probe(slow.address(), &[&["--quick"], &options[..]].concat());
    let at = asked.text("/at");
    let told: Vec<&str> = asked.outcome.stdout.split("the time is ").skip(1).collect();
    assert!(told.len() > 1, "{asked}");
    assert!(told.iter().all(|time| time.starts_with(&at)), "{asked}");
}

/// What is told of a service with a self-made certificate.
#[track_caller]
fn told(key: &[&str], options: &[&str]) -> Asked {
    let pki = Pki::new();
    let words = ["req", "-x509", "-nodes", "-subj", "/CN=weak.example.com"];
    let files = ["-keyout", "weak.key", "-out", "weak.pem"];
    let call = Call::foreign("openssl", words).args(key).args(files);
    call.within(pki.dir()).succeeds();
    let server = ReversingServer::start(&pki.certificate("weak"), &pki.key("weak"), options);
    probe(server.address(), &[])
}

#[test]
fn the_first_thing_that_is_wrong() {
    let asked = told(
        &["-newkey", "rsa:1024", "-sha1"],
        &["-cipher", "ALL:@SECLEVEL=0"],
    );
    assert_eq!(asked.text("/failed"), "path", "{asked}");
    let why = asked.text("/why");
    assert!(why.contains("an RSA key of 1024 bits"), "{asked}");
    let remedy = asked.text("/explanation/remedy");
    assert!(remedy.contains("a key of today"), "{asked}");
    let cbc = ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"];
    let asked = told(&["-newkey", "rsa:2048"], &cbc);
    assert_eq!(asked.text("/explanation/at"), "the server", "{asked}");
    let what = asked.text("/explanation/what");
    assert!(
        what.contains("no suite of today, but such as TLS_RSA_WITH_AES_"),
        "{asked}"
    );
    assert_eq!(asked.text("/offers/versions/0/grade"), "old", "{asked}");
    let mended = [
        "-tls1_2",
        "-cipher",
        "AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256",
    ];
    let asked = told(&["-newkey", "rsa:2048"], &mended);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    let asked = told(&["-newkey", "ed448"], &["-cipher", "DEFAULT"]);
    assert_eq!(asked.text("/explanation/at"), "the server", "{asked}");
    let what = asked.text("/explanation/what");
    assert!(
        what.contains("no signature that is spoken here, but such as ed448"),
        "{asked}"
    );
    let mended = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let asked = told(&mended, &["-cipher", "DEFAULT"]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    let asked = told(&["-newkey", "rsa:2048"], &["-groups", "P-521"]);
    let what = asked.text("/explanation/what");
    assert!(
        what.contains("no group that is spoken here, but such as secp521r1"),
        "{asked}"
    );
    let remedy = asked.text("/explanation/remedy");
    assert!(remedy.starts_with("let it take X25519 or P-256"), "{asked}");
    let asked = told(&["-newkey", "rsa:2048"], &["-groups", "P-521:X25519"]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    let asked = told(&["-newkey", "rsa:2048"], &old);
    let what = asked.text("/explanation/what");
    assert!(what.contains("the server takes TLS 1.1 at most"), "{asked}");
    let mended = ["-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0"];
    let asked = told(&["-newkey", "rsa:2048"], &mended);
    assert_eq!(asked.text("/works"), "true", "{asked}");
}

#[test]
fn the_text_says_what_is_wrong() {
    let pki = pki();
    let server = openssl(&pki, "host", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let address = server.address().to_string();
    let text = Call::trustpack(["probe", &address]).exits_with(1);
    text.prints(": the server takes TLS 1.1 at most\n")
        .prints("  on the server: let it take TLS 1.2");
    // Who does not ask what it takes knows no more than the alert, and says how to know.
    for options in [
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-groups", "P-521"],
    ] {
        let server = openssl(&pki, "host", options);
        let address = server.address().to_string();
        let text = Call::trustpack(["probe", "--quick", &address]).exits_with(1);
        assert!(!text.stdout.contains("cipher-list"), "{text}");
    }
}

#[test]
fn what_nobody_set_is_not_warned_of() {
    let pki = pki();
    let own = pki.certificate("desk").display().to_string();
    let call = Call::trustpack(["probe", "127.0.0.1:1", "--certificate", &own]);
    let outcome = call.exits_with(2);
    assert!(!outcome.stderr.contains("TP3011"), "{outcome}");
    // What concerns a fleet is not passed over, whatever stands beside it.
    for word in [
        "--inventory",
        "--offers",
        "--host=a",
        "--files=.",
        "--at-once=3",
    ] {
        Call::trustpack(["probe", "127.0.0.1:1", word]).exits_with(2);
        Call::trustpack(["probe", "127.0.0.1:1", "--quick", word]).exits_with(2);
        Call::trustpack(["probe", "127.0.0.1:1", "--name=a", word]).exits_with(2);
    }
}

#[test]
fn gnutls_in_old_and_new_configurations() {
    let pki = pki();
    let last = RefCell::new(None);
    let check = |demand: &[&str], identity: Option<&str>, want: &str| {
        let (_server, at) = gnutls::serve(&pki, "host", demand);
        *last.borrow_mut() = Some(says(at, &client(&pki, identity), want));
        if identity.is_none() && demand == ["--disable-client-cert"] {
            same_offers_of("GnuTLS", at, &pki);
        }
    };
    let simple = &["--disable-client-cert"];
    check(simple, None, "tls true null TLS 1.3 not-asked");
    let mutual = &["--require-client-cert", "--verify-client-cert"];
    check(mutual, None, "tls false null TLS 1.3 refused");
    check(mutual, Some("desk"), "tls true null TLS 1.3 refused");
    // Of another CA: GnuTLS says of it only that it is denied.
    pki.issue(Wish::root("other-root"));
    pki.issue(Wish::host("stranger", "other-root"));
    pki.bundle("stranger.pem", &["stranger", "other-root"]);
    check(mutual, Some("stranger"), "tls false null TLS 1.3 refused");
    let told = last.take().unwrap();
    assert_eq!(told.text("/explanation/at"), "either end", "{told}");
    let remedy = told.text("/explanation/remedy");
    assert!(remedy.starts_with("the log of the server says"), "{told}");
    // Nothing newer than TLS 1.1.
    let old = &[
        "--disable-client-cert",
        "--priority",
        "NORMAL:-VERS-ALL:+VERS-TLS1.1",
    ];
    check(old, None, "tls false protocol null not-seen");
}

#[test]
fn java_in_old_and_new_configurations() {
    const PASSWORD: &str = "changeit";
    let pki = pki();
    std::fs::write(pki.path("password"), PASSWORD).unwrap();
    let store = |name: &str, words: &[&str]| {
        let call = Call::trustpack(["store", "create", name, "--password-file", "password"]);
        call.args(words).within(pki.dir()).succeeds();
    };
    store("own.jks", &["host.pem", "host.key"]);
    store("trusted.p12", &["--trusted", "root.pem"]);
    let check = |asks: &str, version: &str, identity: Option<&str>, want: &str| {
        let words = [PASSWORD, "own.jks", "trusted.p12", asks, version];
        let call = java::program("Serves").args(words).within(pki.dir());
        let mut server = Watched::start(call);
        let at = server.line(|line| line.strip_prefix("listening ")?.parse().ok());
        says(at, &client(&pki, identity), want);
    };
    check("none", "both", None, "tls true null TLS 1.3 not-asked");
    check("none", "TLSv1.2", None, "tls true null TLS 1.2 not-asked");
    check("none", "TLSv1.1", None, "tls false protocol null not-seen");
    let (new, old) = ("TLSv1.3", "TLSv1.2");
    check("want", new, None, "tls true null TLS 1.3 let-in");
    check("want", old, Some("desk"), "tls true null TLS 1.2 let-in");
    check("need", new, None, "tls false null TLS 1.3 refused");
    check("need", old, None, "tls false null null refused");
    check("need", new, Some("desk"), "tls true null TLS 1.3 refused");
    check("need", old, Some("desk"), "tls true null TLS 1.2 refused");
}

#[test]
fn what_is_no_tls_server() {
    let check = |service: Service, options: &[&str], want: &str, words: &str| {
        let asked = probe(service.address(), options);
        assert_eq!(asked.in_short(), want, "{asked}");
        assert!(asked.text("/why").contains(words), "{asked}");
    };
    let greets = Service::start(|mut stream| drop(stream.write_all(b"220 ready\r\n")));
    let plain = "plain-text false protocol null not-seen";
    check(greets, &[], plain, "'220 ready\\r\\n'");
    let silent = Service::start(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let nothing = "not-known false null null not-seen";
    check(silent, &["--timeout", "1"], nothing, "without a word");
    let closes = Service::start(|mut stream| drop(stream.read(&mut [0; 4096])));
    check(closes, &[], nothing, "closed");
    // Unread bytes make the system reset the connection.
    let resets = Service::start(|stream| drop(stream.peek(&mut [0])));
    check(resets, &[], nothing, "the peer reset it");
    let echoes = Service::start(|mut stream| {
        let mut came = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut came) {
            drop(stream.write_all(&came[..count]));
        }
    });
    let sends_back = "it sent a client's hello, as what sends back all that it gets";
    let broken = "not-known false protocol null not-seen";
    check(echoes, &[], broken, sends_back);
    let drips = Service::start(|mut stream| {
        drop(stream.write_all(&[22, 3, 3, 0x40]));
        drop(stream.read_to_end(&mut Vec::new()));
    });
    let speaking = "in the middle of the handshake";
    check(drips, &["--timeout", "1"], nothing, speaking);
}

#[test]
fn nobody_there() {
    let free = (Ipv4Addr::LOCALHOST, ports::free());
    let service = SocketAddr::from(free).to_string();
    let outcome = Call::trustpack(["probe", &service]).exits_with(3);
    outcome.says("nobody listens");
}
