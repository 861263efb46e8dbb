//! Lists that a web server shows.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{HOST, Pki, Wish};
use trustpack_e2e::plain::HeldNumber;

use super::{NOW, crl, json, says};
use crate::lists::{List, make};

/// A web server that answers one request after the other with these answers, and gives its address.
fn web_server(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            // Who asks may have heard enough.
            drop(stream.write_all(&answer));
        }
    });
    format!("http://{address}")
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A host whose certificate names these distribution points.
fn host_with_points(pki: &Pki, name: &str, urls: &[&str]) {
    let points: Vec<_> = urls.iter().map(|url| format!("URI:{url}")).collect();
    let extensions = format!("{HOST}\ncrlDistributionPoints={}", points.join(","));
    pki.issue(Wish {
        extensions: &extensions,
        ..Wish::host(name, "root")
    });
}

#[test]
fn a_list_is_fetched_from_where_the_certificate_says() {
    let pki = Pki::new();
    make(&pki, "a.crl", List::of("root"));
    let words = ["crl", "-in", "a.crl", "-outform", "DER", "-out", "a.der"];
    Call::foreign("openssl", words).within(pki.dir()).succeeds();
    let der = fs::read(pki.path("a.der")).unwrap();
    let elsewhere = "Location: /b.crl\r\n";
    let server = web_server(vec![
        answer("200 OK", "", &der),
        answer("302 Found", elsewhere, b""),
        answer("200 OK", "", &fs::read(pki.path("a.crl")).unwrap()),
    ]);
    let url = format!("{server}/a.crl");
    host_with_points(&pki, "host", &["ldap://a.example/cn=x", &url]);
    let words = [
        "--from-cdp",
        "--certificate",
        "host.pem",
        "--trusted-ca",
        "root.pem",
        "--at",
        NOW,
    ];
    let outcome = crl("check", &words, pki.dir());
    let parts = [
        "warning: URI:ldap://a.example/cn=x is not fetched; only http: is",
        &format!("list          {url}"),
        "fetched       in ",
        "signature     verified",
        "not on the list (\"CN=host\")",
    ];
    says(&outcome, 0, &parts);
    // The second time it has moved, and is PEM.
    let outcome = crl("check", &[&words[..], &["--json"]].concat(), pki.dir());
    says(&outcome, 0, &[]);
    assert!(
        json(&outcome)["fetched_in_milliseconds"].is_u64(),
        "{outcome}"
    );
}

/// The list of a host whose certificate names these distribution points is asked for.
#[track_caller]
fn check(pki: &Pki, name: &str, urls: &[&str], code: i32, part: &str) {
    host_with_points(pki, name, urls);
    let file = format!("{name}.pem");
    let words = ["--from-cdp", "--certificate", &file, "--unverified"];
    says(&crl("check", &words, pki.dir()), code, &[part]);
}

#[test]
fn what_a_server_answers_instead_of_a_list() {
    let pki = Pki::new();
    let redirect = |to: &str| answer("302 Found", &format!("Location: {to}\r\n"), b"");
    for (name, answers, part) in [
        (
            "gone",
            vec![answer("404 Not Found", "", b"")],
            "the server answers with status 404; 200 is needed",
        ),
        (
            "page",
            vec![answer("200 OK", "", b"<html></html>")],
            "cannot be read",
        ),
        (
            "round",
            vec![redirect("/"); 10],
            "it is redirected more than 3 times",
        ),
        (
            "to-tls",
            vec![redirect("https://a.example/")],
            "it is redirected to https://a.example/; only http: is fetched here",
        ),
        (
            "huge",
            vec![b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec()],
            "cannot fetch",
        ),
        ("silly", vec![b"hello\r\n\r\n".to_vec()], "cannot fetch"),
    ] {
        check(&pki, name, &[&web_server(answers)], 3, part);
    }
}

#[test]
fn where_there_is_no_server() {
    let pki = Pki::new();
    check(
        &pki,
        "ldap",
        &["ldap://a.example/cn=x", "https://a.example/"],
        1,
        "no distribution point of the certificate has an http: URL",
    );
    let nobody = HeldNumber::take();
    let url = format!("http://{}/", nobody.address());
    check(&pki, "nobody", &[&url], 3, "cannot fetch");
    let words = ["--from-cdp", "--certificate", "root.pem"];
    let outcome = crl("check", &words, pki.dir());
    says(&outcome, 1, &["names no distribution point"]);
    says(
        &crl("check", &["--from-cdp"], pki.dir()),
        2,
        &["--certificate"],
    );
}

#[test]
fn the_second_place_serves_where_the_first_does_not() {
    let pki = Pki::new();
    make(
        &pki,
        "a.crl",
        List {
            next: "20991201000000Z",
            last: "20200101000000Z",
            ..List::of("root")
        },
    );
    let body = fs::read(pki.path("a.crl")).unwrap();
    let [first, second] = [
        web_server(vec![answer("500 Oh", "", b"")]),
        web_server(vec![answer("200 OK", "", &body)]),
    ];
    check(&pki, "second", &[&first, &second], 0, "not on the list");
}
