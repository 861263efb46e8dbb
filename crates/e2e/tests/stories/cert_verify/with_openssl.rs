//! `cert verify` and `openssl verify -crl_check_all`, asked the same.
//!
//! OpenSSL makes certificates and lists. Where we decide otherwise the sentence of our rules that
//! demands it stands beside.

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::pki::{HOST, HOST_NAME, Pki, Validity, Wish};

use super::{Ask, good_lists, ours, site};
use crate::lists::{List, make, serial};

/// The moment of our questions, as OpenSSL takes it.
const NOW_UNIX: &str = "1795219200";

impl Ask<'_> {
    fn theirs(self, pki: &Pki) -> Outcome {
        let lists = self.lists.iter().flat_map(|list| ["-CRLfile", *list]);
        let purpose = if self.purpose == "server" {
            "sslserver"
        } else {
            "sslclient"
        };
        let check = if self.lists.is_empty() {
            None
        } else {
            Some("-crl_check_all")
        };
        Call::foreign(
            "openssl",
            ["verify", "-CAfile", "root.pem", "-untrusted", "chain.pem"],
        )
        .args([
            "-attime",
            NOW_UNIX,
            "-purpose",
            purpose,
            "-verify_hostname",
            self.host,
        ])
        .args(check)
        .args(lists)
        .arg(pki.certificate(self.leaf))
        .within(pki.dir())
        .run()
    }
}

/// Both say yes, or both say no and ours for this step.
#[track_caller]
fn agree(pki: &Pki, ask: Ask<'_>, failed: Option<&str>) {
    let theirs = ask.theirs(pki);
    assert_eq!(theirs.status.success(), failed.is_none(), "{theirs}");
    ours(pki, ask, failed);
}

/// Ours decides so, and theirs the other way.
#[track_caller]
fn differ(pki: &Pki, ask: Ask<'_>, clause: &str, failed: Option<&str>) {
    let theirs = ask.theirs(pki);
    assert_eq!(
        theirs.status.success(),
        failed.is_some(),
        "no longer needed: {clause}; {theirs}"
    );
    ours(pki, ask, failed);
}

#[test]
fn we_and_openssl_agree_on_certificates() {
    let pki = site();
    good_lists(&pki);
    for (name, validity) in [("over", Validity::Over), ("to-come", Validity::ToCome)] {
        pki.issue(Wish {
            validity,
            ..Wish::host(name, "below")
        });
    }
    let client = HOST.replace("serverAuth,", "");
    pki.issue(Wish {
        extensions: &client,
        ..Wish::host("client", "below")
    });
    pki.issue(Wish::root("other"));
    pki.issue(Wish::host("stranger", "other"));
    for (leaf, host, purpose, failed) in [
        ("host", HOST_NAME, "server", None),
        ("host", "other.example.com", "server", Some("name")),
        ("over", HOST_NAME, "server", Some("dates")),
        ("to-come", HOST_NAME, "server", Some("dates")),
        ("client", HOST_NAME, "server", Some("path")),
        ("client", HOST_NAME, "client", None),
        ("stranger", HOST_NAME, "server", Some("path")),
    ] {
        for lists in [&[][..], &["root.crl", "below.crl"]] {
            let ask = Ask {
                leaf,
                lists,
                host,
                purpose,
            };
            agree(&pki, ask, failed);
        }
    }
}

/// The question about the host, where `this.crl` is the list of the intermediate CA, made now.
#[track_caller]
fn with(pki: &Pki, list: List<'_>) -> Ask<'static> {
    make(pki, "this.crl", list);
    Ask {
        lists: &["root.crl", "this.crl"],
        ..Ask::default()
    }
}

const REVOCATION: Option<&str> = Some("revocation");

#[test]
fn we_and_openssl_agree_on_who_is_revoked() {
    let pki = site();
    good_lists(&pki);
    let host = serial(&pki, "host");
    for (revoked, failed) in [
        ((host.as_str(), ""), REVOCATION),
        ((&host, "keyCompromise"), REVOCATION),
        ((&host, "certificateHold"), REVOCATION),
        (("1234", "superseded"), None),
    ] {
        let list = List {
            revoked: &[revoked],
            ..List::of("below")
        };
        agree(&pki, with(&pki, list), failed);
    }
    // The intermediate is revoked by the root.
    make(
        &pki,
        "revoking.crl",
        List {
            revoked: &[(&serial(&pki, "below"), "")],
            ..List::of("root")
        },
    );
    for lists in [
        &["revoking.crl", "below.crl"][..],
        // One of the two lists is missing.
        &["root.crl"],
        &["below.crl"],
    ] {
        let ask = Ask {
            lists,
            ..Ask::default()
        };
        agree(&pki, ask, REVOCATION);
    }
}

#[test]
fn we_and_openssl_agree_on_which_lists_serve() {
    let pki = site();
    good_lists(&pki);
    pki.issue(Wish::root("other"));
    let below = List::of("below");
    for (list, failed) in [
        (
            List {
                next: "20261120000000Z",
                ..below
            },
            REVOCATION,
        ),
        (
            List {
                last: "20261122000000Z",
                ..below
            },
            REVOCATION,
        ),
        (
            List {
                number: None,
                ..below
            },
            None,
        ),
        (
            List {
                key: "other",
                ..below
            },
            REVOCATION,
        ),
    ] {
        agree(&pki, with(&pki, list), failed);
    }
    let point = "issuingDistributionPoint=critical,@p\n[p]\n";
    for (extension, failed) in [
        (format!("{point}onlyuser=TRUE"), None),
        (format!("{point}onlyCA=TRUE"), REVOCATION),
        (format!("{point}indirectCRL=TRUE"), REVOCATION),
        (
            format!("{point}fullname=URI:http://a.example/b"),
            REVOCATION,
        ),
        ("1.2.3.4=critical,DER:0500".to_owned(), REVOCATION),
        ("1.2.3.4=DER:0500".to_owned(), None),
    ] {
        let list = List {
            extensions: &extension,
            ..below
        };
        agree(&pki, with(&pki, list), failed);
    }
}

#[test]
fn where_we_decide_otherwise() {
    let pki = site();
    good_lists(&pki);
    let sha1 = List {
        digest: "sha1",
        ..List::of("below")
    };
    let delta = List {
        extensions: "2.5.29.27=critical,DER:020101",
        ..List::of("below")
    };
    let clause = "refused by name: delta lists";
    differ(&pki, with(&pki, delta), clause, REVOCATION);
    let clause = "refused by name: a SHA-1 signature";
    differ(&pki, with(&pki, sha1), clause, REVOCATION);
    let wildcard = HOST.replace("DNS:host.", "DNS:*.");
    pki.issue(Wish {
        extensions: &wildcard,
        ..Wish::host("wild", "below")
    });
    let clause = "no wildcard matches, in SAN or CN";
    differ(
        &pki,
        Ask {
            leaf: "wild",
            ..Ask::default()
        },
        clause,
        Some("name"),
    );
}
