//! What a service takes: as it was configured, and as another program sees it.

use std::fs;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Key, Pki, Wish};

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

#[test]
fn nothing_is_asked_where_nothing_should_be() {
    let pki = pki();
    let server = server(&pki, &[]);
    let asked = probe(server.address(), &["--quick"]);
    assert_eq!(asked.text("/offers"), "null", "{asked}");
}

#[test]
fn testssl_sees_the_same_versions() {
    const VERSIONS: [(&str, &str); 5] = [
        ("SSLv3", "SSL 3.0"),
        ("TLS1", "TLS 1.0"),
        ("TLS1_1", "TLS 1.1"),
        ("TLS1_2", "TLS 1.2"),
        ("TLS1_3", "TLS 1.3"),
    ];
    let pki = pki();
    for options in [
        &["-cipher", "ALL:@SECLEVEL=0"][..],
        &["-no_tls1_3"],
        &["-tls1_3"],
    ] {
        let server = server(&pki, options);
        let asked = probe(server.address(), &[]);
        let ours = names(&asked, "/offers/versions");
        let file = pki.path("testssl.json");
        drop(fs::remove_file(&file));
        let service = server.address().to_string();
        // Its exit code counts what it does not like.
        let call = Call::foreign(
            "testssl",
            ["--quiet", "--color", "0", "--nodns", "none", "-p"],
        );
        let outcome = call.arg("--jsonfile").arg(&file).arg(&service).run();
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {outcome}"));
        let theirs: Vec<Value> = serde_json::from_str(&text).unwrap();
        for (id, version) in VERSIONS {
            let found = theirs.iter().find(|one| one["id"] == id);
            let finding = found
                .and_then(|one| one["finding"].as_str())
                .unwrap_or_default();
            let taken = finding.starts_with("offered");
            let ours = ours.iter().any(|name| name == version);
            assert_eq!(ours, taken, "{version}: {finding:?}, {asked}");
        }
    }
}
