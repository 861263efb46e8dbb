//! What the probe says a server takes, beside what `testssl.sh` says of the same server: where both judge, they agree.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Key, Pki, Wish};

use crate::asked::{Asked, probe};

/// The versions: the key of `testssl.sh`, the part of its keys for suites, and our name.
const VERSIONS: [(&str, &str, &str); 6] = [
    ("SSLv2", "ssl2", "SSL 2.0"),
    ("SSLv3", "ssl3", "SSL 3.0"),
    ("TLS1", "tls1", "TLS 1.0"),
    ("TLS1_1", "tls1_1", "TLS 1.1"),
    ("TLS1_2", "tls1_2", "TLS 1.2"),
    ("TLS1_3", "tls1_3", "TLS 1.3"),
];

/// The groups that both judge: its name, and ours.
const GROUPS: [(&str, &str); 15] = [
    ("prime192v1", "secp192r1"),
    ("secp224r1", "secp224r1"),
    ("secp256k1", "secp256k1"),
    ("prime256v1", "secp256r1"),
    ("secp384r1", "secp384r1"),
    ("secp521r1", "secp521r1"),
    ("brainpoolP256r1", "brainpoolP256r1"),
    ("brainpoolP384r1", "brainpoolP384r1"),
    ("brainpoolP512r1", "brainpoolP512r1"),
    ("X25519", "X25519"),
    ("X448", "X448"),
    ("ffdhe2048", "ffdhe2048"),
    ("ffdhe3072", "ffdhe3072"),
    ("ffdhe4096", "ffdhe4096"),
    ("ffdhe8192", "ffdhe8192"),
];

/// What `testssl.sh` says.
struct Theirs(Vec<Value>);

impl Theirs {
    fn of(server: &ReversingServer, pki: &Pki, scans: &[&str]) -> Self {
        let file = pki.path("testssl.json");
        // Its exit code counts what it does not like.
        let fixed = ["--quiet", "--color", "0", "--nodns", "none", "--jsonfile"];
        let call = Call::foreign("testssl", fixed).arg(&file).args(scans);
        let outcome = call.arg(server.address().to_string()).run();
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {outcome}"));
        Self(serde_json::from_str(&text).unwrap())
    }

    /// What it found under this key; nothing if it did not judge that.
    fn finding(&self, id: &str) -> &str {
        let found = self.0.iter().find(|one| at(one, "id") == id);
        found
            .and_then(|one| at(one, "finding").as_str())
            .unwrap_or_default()
    }

    /// The suites of a version, by their names in IANA's registry.
    fn suites(&self, version: &str) -> BTreeSet<String> {
        let key = format!("cipher-{version}_x");
        let of_version = |one: &&Value| {
            at(one, "id")
                .as_str()
                .is_some_and(|id| id.starts_with(&key))
        };
        let last = |one: &Value| {
            Some(
                at(one, "finding")
                    .as_str()?
                    .split(' ')
                    .next_back()?
                    .to_owned(),
            )
        };
        self.0.iter().filter(of_version).filter_map(last).collect()
    }
}

/// A value of an object; null where there is none.
fn at<'v>(object: &'v Value, key: &str) -> &'v Value {
    object.get(key).unwrap_or(&Value::Null)
}

/// The names in a list of ours.
fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|one| Some(at(one, "name").as_str()?.to_owned()))
        .collect()
}

fn server(pki: &Pki, options: &[&str]) -> ReversingServer {
    pki.issue(Wish {
        key: Key::Rsa,
        ..Wish::host("host", "root")
    });
    ReversingServer::start(&pki.certificate("host"), &pki.key("host"), options)
}

#[track_caller]
fn same_versions(asked: &Asked, offers: &Value, theirs: &Theirs) {
    let ours = names(at(offers, "versions"));
    for (id, _, version) in VERSIONS {
        let finding = theirs.finding(id);
        let taken = finding.starts_with("offered");
        assert_eq!(
            ours.contains(version),
            taken,
            "{version}: {finding:?}, {asked}"
        );
    }
}

/// Everything that both judge.
#[track_caller]
fn same_offers(options: &[&str]) {
    let pki = Pki::new();
    let server = server(&pki, options);
    let asked = probe(server.address(), &[]);
    let offers: Value = serde_json::from_str(&asked.text("/offers")).unwrap();
    // Versions, forward secrecy, compression, renegotiation, and suites by version.
    let theirs = Theirs::of(&server, &pki, &["-p", "-f", "-C", "-R", "-E"]);
    same_versions(&asked, &offers, &theirs);
    let versions = at(&offers, "versions").as_array().unwrap();
    for (_, key, version) in VERSIONS {
        let ours = versions.iter().find(|one| at(one, "name") == version);
        let ours = ours.map(|one| names(at(one, "suites"))).unwrap_or_default();
        assert_eq!(ours, theirs.suites(key), "{version}: {asked}");
    }
    let groups = names(at(&offers, "groups"));
    let found = ["PFS_ECDHE_curves", "DH_groups"]
        .map(|id| theirs.finding(id))
        .join(" ");
    let found: BTreeSet<&str> = found.split_whitespace().collect();
    for (name, ours) in GROUPS {
        assert_eq!(
            groups.contains(ours),
            found.contains(name),
            "{name}: {asked}"
        );
    }
    let suites = versions.iter().flat_map(|one| names(at(one, "suites")));
    let forward = suites.into_iter().any(|name| {
        let named = name.starts_with("TLS_ECDHE_") || name.starts_with("TLS_DHE_");
        named || !name.contains("_WITH_")
    });
    assert_eq!(forward, theirs.finding("PFS") == "offered", "{asked}");
    // Of TLS 1.3, which has neither, each says something else.
    if let Some(compresses) = at(&offers, "compression").as_bool() {
        let vulnerable = !theirs.finding("CRIME_TLS").starts_with("not vulnerable");
        assert_eq!(compresses, vulnerable, "{asked}");
    }
    if let Some(protected) = at(&offers, "secure_renegotiation").as_bool() {
        let supported = theirs.finding("secure_renego") == "supported";
        assert_eq!(protected, supported, "{asked}");
    }
}

#[test]
fn it_sees_the_same_of_a_server_with_old_and_new() {
    let suites = "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:DHE-RSA-AES128-SHA256@SECLEVEL=0";
    same_offers(&["-cipher", suites, "-groups", "P-256:X448:P-384"]);
}

#[test]
fn it_sees_the_same_of_a_server_of_today() {
    same_offers(&["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]);
}

#[test]
fn it_sees_the_same_versions_of_a_server_with_everything_on() {
    let pki = Pki::new();
    let server = server(&pki, &["-cipher", "ALL:@SECLEVEL=0"]);
    let asked = probe(server.address(), &[]);
    let offers: Value = serde_json::from_str(&asked.text("/offers")).unwrap();
    same_versions(&asked, &offers, &Theirs::of(&server, &pki, &["-p"]));
}
