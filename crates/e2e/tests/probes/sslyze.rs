//! What the probe says, beside what `sslyze` says of the same server. Where both judge, they agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST, HOST_NAME, Key, Pki, Validity, Wish};

use crate::asked::{Asked, probe};

/// The versions, as `sslyze` calls its scans, and as we call them.
const VERSIONS: [(&str, &str); 6] = [
    ("ssl_2_0", "SSL 2.0"),
    ("ssl_3_0", "SSL 3.0"),
    ("tls_1_0", "TLS 1.0"),
    ("tls_1_1", "TLS 1.1"),
    ("tls_1_2", "TLS 1.2"),
    ("tls_1_3", "TLS 1.3"),
];

/// The scans that say what a server takes.
const SCANS: [&str; 10] = [
    "--sslv2",
    "--sslv3",
    "--tlsv1",
    "--tlsv1_1",
    "--tlsv1_2",
    "--tlsv1_3",
    "--compression",
    "--reneg",
    "--ems",
    "--elliptic_curves",
];

/// What else both say: our key, and where theirs is.
const OTHERS: [(&str, &str); 3] = [
    (
        "/compression",
        "/tls_compression/result/supports_compression",
    ),
    (
        "/secure_renegotiation",
        "/session_renegotiation/result/supports_secure_renegotiation",
    ),
    (
        "/extended_master_secret",
        "/tls_extended_master_secret/result/supports_ems_extension",
    ),
];

/// Runs `sslyze` with these scans, and gives their results.
#[track_caller]
fn sslyze(server: SocketAddr, pki: &Pki, scans: &[&str]) -> Value {
    let file = pki.path("sslyze.json");
    drop(fs::remove_file(&file));
    let call = Call::python("sslyze", ["--mozilla_config", "disable", "--json_out"])
        .arg(&file)
        .arg("--certinfo_ca_file")
        .arg(pki.certificate("root"))
        .args(scans)
        .arg(format!("{HOST_NAME}:{}{{127.0.0.1}}", server.port()));
    let outcome = call.run();
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {outcome}"));
    let document: Value = serde_json::from_str(&text).unwrap();
    at(&document, "/server_scan_results/0/scan_result").clone()
}

/// A value of a document; null where there is none.
fn at<'v>(document: &'v Value, pointer: &str) -> &'v Value {
    document.pointer(pointer).unwrap_or(&Value::Null)
}

/// The names in a list of theirs, each below `key`.
fn theirs(list: &Value, key: &str) -> BTreeSet<String> {
    let name = |one: &Value| one.pointer(key)?.as_str().map(str::to_owned);
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(name)
        .collect()
}

/// The names in a list of ours.
fn ours(list: &Value) -> BTreeSet<String> {
    theirs(list, "/name")
}

/// Our answer has all that they take, and nothing that they do not.
#[track_caller]
fn agree(
    what: &str,
    ours: &BTreeSet<String>,
    taken: &BTreeSet<String>,
    refused: &BTreeSet<String>,
) {
    let missing: Vec<&String> = taken.difference(ours).collect();
    assert!(missing.is_empty(), "{what}: only sslyze sees {missing:?}");
    let wrong: Vec<&String> = refused.intersection(ours).collect();
    assert!(wrong.is_empty(), "{what}: sslyze does not see {wrong:?}");
}

/// What a server of OpenSSL takes, by both.
#[track_caller]
fn same_offers(options: &[&str]) {
    let pki = Pki::new();
    pki.issue(Wish {
        key: Key::Rsa,
        ..Wish::host("host", "root")
    });
    let server = ReversingServer::start(&pki.certificate("host"), &pki.key("host"), options);
    same_offers_of(&format!("{options:?}"), server.address(), &pki);
}

/// What a server of any make takes, by both.
#[track_caller]
pub(crate) fn same_offers_of(make: &str, server: SocketAddr, pki: &Pki) {
    let asked = probe(server, &["--name", HOST_NAME]);
    let offers: Value = serde_json::from_str(&asked.text("/offers")).unwrap();
    let result = sslyze(server, pki, &SCANS);
    let of_version: BTreeMap<&str, BTreeSet<String>> = at(&offers, "/versions")
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (at(one, "/name").as_str().unwrap(), ours(at(one, "/suites"))))
        .collect();
    for (scan, version) in VERSIONS {
        let found = at(&result, &format!("/{scan}_cipher_suites/result"));
        let [taken, refused] = ["/accepted_cipher_suites", "/rejected_cipher_suites"]
            .map(|list| theirs(at(found, list), "/cipher_suite/name"));
        let none = BTreeSet::new();
        let seen = of_version.get(version).unwrap_or(&none);
        agree(
            &format!("{make}: suites of {version}"),
            seen,
            &taken,
            &refused,
        );
        let is_taken = at(found, "/is_tls_version_supported").as_bool();
        assert_eq!(
            is_taken,
            Some(!seen.is_empty()),
            "{make}: {version}: {asked}"
        );
    }
    let curves = at(&result, "/elliptic_curves/result");
    let [taken, refused] =
        ["/supported_curves", "/rejected_curves"].map(|list| theirs(at(curves, list), "/name"));
    agree(
        &format!("{make}: groups"),
        &ours(at(&offers, "/groups")),
        &taken,
        &refused,
    );
    for (key, pointer) in OTHERS {
        // Of TLS 1.3, which has none of these, each says something else.
        if let Some(seen) = at(&offers, key).as_bool() {
            let theirs = at(&result, pointer).as_bool();
            assert_eq!(theirs, Some(seen), "{make}: {key}: {asked}");
        }
    }
}

#[test]
fn it_sees_the_same_versions_suites_and_groups() {
    // All that OpenSSL has, down to what has no key at all.
    same_offers(&["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]);
    same_offers(&["-no_tls1_3", "-groups", "P-384:X25519"]);
    same_offers(&["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]);
    let old = "ECDHE-RSA-AES128-SHA:AES256-SHA:@SECLEVEL=0";
    same_offers(&["-no_tls1_2", "-no_tls1_3", "-cipher", old]);
}

#[test]
fn it_refuses_the_same_certificates() {
    let pki = Pki::new();
    pki.issue(Wish::root("other-root"));
    let other = HOST.replace("host.example.com", "other.example.com");
    let for_clients = HOST.replace("serverAuth,", "");
    for (name, wish) in [
        ("host", Wish::host("host", "root")),
        ("unknown", Wish::host("unknown", "other-root")),
        (
            "over",
            Wish {
                validity: Validity::Over,
                ..Wish::host("over", "root")
            },
        ),
        (
            "to-come",
            Wish {
                validity: Validity::ToCome,
                ..Wish::host("to-come", "root")
            },
        ),
        (
            "other",
            Wish {
                extensions: &other,
                ..Wish::host("other", "root")
            },
        ),
        (
            "for-clients",
            Wish {
                extensions: &for_clients,
                ..Wish::host("for-clients", "root")
            },
        ),
    ] {
        pki.issue(wish);
        let none = std::iter::empty::<&str>();
        let server = ReversingServer::start(&pki.certificate(name), &pki.key(name), none);
        let root = pki.certificate("root").display().to_string();
        let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
        let asked: Asked = probe(server.address(), &trusting);
        let result = sslyze(server.address(), &pki, &["--certinfo"]);
        let deployment = &result["certificate_info"]["result"]["certificate_deployments"][0];
        let judged = deployment["path_validation_results"].as_array().unwrap();
        let by_root = judged
            .iter()
            .find(|one| one["trust_store"]["name"] == "Supplied CA file")
            .unwrap();
        let good = by_root["was_validation_successful"].as_bool().unwrap();
        assert_eq!(good, name == "host", "{name}: {by_root:#}");
        assert_eq!(asked.text("/works"), good.to_string(), "{name}: {asked}");
    }
}
