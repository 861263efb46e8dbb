//! `cert verify`: what it decides, and what it shows.

mod with_openssl;

use std::path::PathBuf;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{HOST_NAME, Pki, Wish};

use crate::lists::{List, make, serial};

/// The moment of the lists that are made here.
const NOW: &str = "2026-11-21T00:00:00Z";

/// A root, an intermediate below it, and hosts below that.
fn site() -> Pki {
    let pki = Pki::new();
    let below = Wish::root("below");
    pki.issue(Wish {
        issuer: "root",
        ..below
    });
    pki.issue(Wish::host("host", "below"));
    pki
}

/// One question; files by their names in the folder.
#[derive(Clone, Copy)]
struct Ask<'a> {
    leaf: &'a str,
    lists: &'a [&'a str],
    host: &'a str,
    purpose: &'a str,
}

impl Default for Ask<'_> {
    fn default() -> Self {
        Self {
            leaf: "host",
            lists: &["root.crl", "below.crl"],
            host: HOST_NAME,
            purpose: "server",
        }
    }
}

impl Ask<'_> {
    fn ours(self, pki: &Pki) -> Call {
        let lists = self.lists.iter().flat_map(|list| ["--crl", *list]);
        Call::trustpack(["cert", "verify"])
            .arg(pki.certificate(self.leaf))
            .args([
                "--trusted-ca",
                "root.pem",
                "--untrusted",
                "chain.pem",
                "--at",
                NOW,
            ])
            .args(["--host", self.host, "--purpose", self.purpose])
            .args(lists)
            .within(pki.dir())
    }
}

#[track_caller]
fn ours(pki: &Pki, ask: Ask<'_>, failed: Option<&str>) {
    let outcome = ask.ours(pki).arg("--json").run();
    assert_eq!(
        outcome.status.code(),
        Some(i32::from(failed.is_some())),
        "{outcome}"
    );
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        document["answers"][0]["failed"].as_str(),
        failed,
        "{outcome}"
    );
    assert_eq!(document["valid"], failed.is_none());
}

fn good_lists(pki: &Pki) {
    std::fs::copy(pki.certificate("below"), pki.path("chain.pem")).unwrap();
    make(pki, "root.crl", List::of("root"));
    make(pki, "below.crl", List::of("below"));
}

#[test]
fn each_step_is_shown() {
    let pki = site();
    good_lists(&pki);
    let host = serial(&pki, "host");
    let list = List {
        revoked: &[(&host, "keyCompromise")],
        number: None,
        ..List::of("below")
    };
    make(&pki, "revoking.crl", list);
    let ask = Ask {
        lists: &["root.crl", "revoking.crl"],
        ..Ask::default()
    };
    let outcome = ask.ours(&pki).exits_with(1);
    let wanted = [
        &format!("\"CN=host\" with serial {host}, as a TLS server, on {NOW}"),
        "verified with the key of the next certificate",
        "not looked at: the certificate is trusted by itself",
        "path        passed\nname        passed\ndates       passed\nrevocation  failed\n",
        "(keyCompromise), says the list of \"CN=below\"",
        "not on the list of \"CN=root\" with number 07",
        "not valid; the first step that failed: revocation\n",
    ];
    for part in wanted {
        assert!(
            outcome.stdout.contains(part),
            "{part:?} is missing in {outcome}"
        );
    }
    let json = ask.ours(&pki).arg("--json").exits_with(1);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    let path = &document["answers"][0]["path"];
    assert_eq!(path[0]["revocation"]["state"], "revoked");
    assert_eq!(path[0]["revocation"]["reason"], "keyCompromise");
    assert_eq!(path[1]["revocation"]["state"], "not-revoked");
    assert_eq!(path[2]["place"], "trusted");
    assert_eq!(path[2]["revocation"]["state"], "not-asked");
    // Both purposes at once.
    let both = Ask {
        lists: &[],
        purpose: "server,client",
        ..Ask::default()
    };
    let outcome = both.ours(&pki).succeeds();
    assert_eq!(outcome.stdout.matches("\nvalid\n").count(), 2, "{outcome}");
}

#[test]
fn several_files_are_answered_one_by_one() {
    let pki = site();
    good_lists(&pki);
    let verify = |words: &[&str]| {
        Call::trustpack(["cert", "verify", "--at", NOW, "--trusted-ca", "root.pem"])
            .args(["--untrusted", "chain.pem"])
            .args(words)
            .within(pki.dir())
    };
    let outcome = verify(&["host.pem", "host.pem"]).succeeds();
    assert_eq!(outcome.stdout.matches("\nvalid\n").count(), 2, "{outcome}");
    // A CA is no server.
    let outcome = verify(&["host.pem", "below.pem", "--json"]).exits_with(1);
    let shown: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(shown["valid"], false);
    assert_eq!(shown["certificates"][0]["valid"], true);
    assert_eq!(shown["certificates"][1]["valid"], false);
    assert_eq!(shown["certificates"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_asked_wrongly() {
    let pki = site();
    good_lists(&pki);
    let verify = |words: &[&str]| {
        Call::trustpack(["cert", "verify"])
            .args(words)
            .within(pki.dir())
            .run()
    };
    let check = |words: &[&str], code: i32, says: &str| {
        let outcome = verify(words);
        assert_eq!(outcome.status.code(), Some(code), "{outcome}");
        assert!(
            outcome.stderr.contains(says),
            "{says:?} is missing in {outcome}"
        );
    };
    let trusted = ["--trusted-ca", "root.pem"];
    check(&["host.pem"], 2, "--trusted-ca");
    check(
        &[&["missing.pem"][..], &trusted].concat(),
        1,
        "cannot read missing.pem",
    );
    check(
        &[&["root.crl"][..], &trusted].concat(),
        1,
        "there is no certificate in root.crl",
    );
    check(
        &[&["host.pem", "--crl", "chain.pem"][..], &trusted].concat(),
        1,
        "there is no revocation list in chain.pem",
    );
    check(
        &[&["host.pem", "--at", "soon"][..], &trusted].concat(),
        2,
        "is no point in time",
    );
    check(
        &[&["host.pem", "--host", "a b"][..], &trusted].concat(),
        2,
        "a b",
    );
    // What is odd about trusted files is said.
    let own: PathBuf = pki.bundle("own.pem", &["host"]);
    let key = std::fs::read_to_string(pki.key("host")).unwrap();
    let text = std::fs::read_to_string(&own).unwrap() + &key;
    std::fs::write(&own, text).unwrap();
    let outcome = verify(&["host.pem", "--trusted-ca", "own.pem", "--at", NOW]);
    assert!(outcome.status.success(), "{outcome}");
    assert!(
        outcome.stderr.contains("also holds a private key"),
        "{outcome}"
    );
    assert!(
        outcome
            .stderr
            .contains("is no CA; it is trusted, and nobody below it"),
        "{outcome}"
    );
}

/// The mistake behind CVE-2020-0601 was to know such a key by its point alone.
#[test]
fn a_curve_with_parameters_of_its_own_is_refused_by_name() {
    let work = trustpack_e2e::folder::temporary();
    let openssl = |line: &str| {
        Call::foreign("openssl", line.split(' '))
            .within(work.path())
            .succeeds();
    };
    openssl("ecparam -name prime256v1 -genkey -param_enc explicit -noout -out key.pem");
    openssl(
        "req -x509 -new -key key.pem -subj /CN=x -days 9 -addext subjectAltName=DNS:x.example -out x.pem",
    );
    Call::trustpack(["cert", "verify", "--trusted-ca", "x.pem", "x.pem"])
        .within(work.path())
        .exits_with(1)
        .prints("a public key of EC with explicit parameters; allowed are RSA, P-256");
}
