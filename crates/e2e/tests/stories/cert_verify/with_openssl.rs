//! `cert verify` and `openssl verify -crl_check_all`, asked the same.
//!
//! OpenSSL makes certificates and lists. Where we decide otherwise the sentence of our rules that
//! demands it stands beside.

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::pki::{HOST, Pki, Validity, Wish};

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
    let over = Wish {
        validity: Validity::Over,
        ..Wish::host("over", "below")
    };
    let to_come = Wish {
        validity: Validity::ToCome,
        ..Wish::host("to-come", "below")
    };
    pki.issue(over);
    pki.issue(to_come);
    let client = HOST.replace("serverAuth,", "");
    pki.issue(Wish {
        extensions: &client,
        ..Wish::host("client", "below")
    });
    pki.issue(Wish::root("other"));
    pki.issue(Wish::host("stranger", "other"));
    for lists in [&[][..], &["root.crl", "below.crl"]] {
        let ask = Ask {
            lists,
            ..Ask::default()
        };
        agree(&pki, ask, None);
        agree(
            &pki,
            Ask {
                host: "other.example.com",
                ..ask
            },
            Some("name"),
        );
        agree(
            &pki,
            Ask {
                leaf: "over",
                ..ask
            },
            Some("dates"),
        );
        agree(
            &pki,
            Ask {
                leaf: "to-come",
                ..ask
            },
            Some("dates"),
        );
        agree(
            &pki,
            Ask {
                leaf: "client",
                ..ask
            },
            Some("path"),
        );
        agree(
            &pki,
            Ask {
                leaf: "client",
                purpose: "client",
                ..ask
            },
            None,
        );
        agree(
            &pki,
            Ask {
                leaf: "stranger",
                ..ask
            },
            Some("path"),
        );
    }
}

#[test]
fn we_and_openssl_agree_on_lists() {
    let pki = site();
    good_lists(&pki);
    let revocation = Some("revocation");
    let with = |list: List<'_>| {
        make(&pki, "this.crl", list);
        Ask {
            lists: &["root.crl", "this.crl"],
            ..Ask::default()
        }
    };
    agree(
        &pki,
        Ask {
            lists: &["root.crl"],
            ..Ask::default()
        },
        revocation,
    );
    agree(
        &pki,
        Ask {
            lists: &["below.crl"],
            ..Ask::default()
        },
        revocation,
    );
    let host = serial(&pki, "host");
    let below = List::of("below");
    agree(
        &pki,
        with(List {
            revoked: &[(&host, "")],
            ..below
        }),
        revocation,
    );
    agree(
        &pki,
        with(List {
            revoked: &[(&host, "keyCompromise")],
            ..below
        }),
        revocation,
    );
    agree(
        &pki,
        with(List {
            revoked: &[(&host, "certificateHold")],
            ..below
        }),
        revocation,
    );
    agree(
        &pki,
        with(List {
            revoked: &[("1234", "superseded")],
            ..below
        }),
        None,
    );
    // The intermediate is revoked by the root.
    make(
        &pki,
        "revoking.crl",
        List {
            revoked: &[(&serial(&pki, "below"), "")],
            ..List::of("root")
        },
    );
    agree(
        &pki,
        Ask {
            lists: &["revoking.crl", "below.crl"],
            ..Ask::default()
        },
        revocation,
    );
    // Dates.
    agree(
        &pki,
        with(List {
            next: "20261120000000Z",
            ..below
        }),
        revocation,
    );
    agree(
        &pki,
        with(List {
            last: "20261122000000Z",
            ..below
        }),
        revocation,
    );
    // Number.
    agree(
        &pki,
        with(List {
            number: None,
            ..below
        }),
        None,
    );
    // Scopes.
    let scope = |scope: &'static str| List {
        extensions: scope,
        ..below
    };
    agree(
        &pki,
        with(scope(
            "issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE",
        )),
        None,
    );
    agree(
        &pki,
        with(scope(
            "issuingDistributionPoint=critical,@p\n[p]\nonlyCA=TRUE",
        )),
        revocation,
    );
    agree(
        &pki,
        with(scope(
            "issuingDistributionPoint=critical,@p\n[p]\nindirectCRL=TRUE",
        )),
        revocation,
    );
    agree(
        &pki,
        with(scope(
            "issuingDistributionPoint=critical,@p\n[p]\nfullname=URI:http://a.example/b",
        )),
        revocation,
    );
    agree(&pki, with(scope("1.2.3.4=critical,DER:0500")), revocation);
    agree(&pki, with(scope("1.2.3.4=DER:0500")), None);
    // Signers.
    pki.issue(Wish::root("other"));
    agree(
        &pki,
        with(List {
            key: "other",
            ..below
        }),
        revocation,
    );
}

#[test]
fn where_we_decide_otherwise() {
    let pki = site();
    good_lists(&pki);
    let with = |list: List<'_>| {
        make(&pki, "this.crl", list);
        Ask {
            lists: &["root.crl", "this.crl"],
            ..Ask::default()
        }
    };
    let sha1 = List {
        digest: "sha1",
        ..List::of("below")
    };
    let delta = List {
        extensions: "2.5.29.27=critical,DER:020101",
        ..List::of("below")
    };
    let clause = "refused by name: delta lists";
    differ(&pki, with(delta), clause, Some("revocation"));
    let clause = "refused by name: a SHA-1 signature";
    differ(&pki, with(sha1), clause, Some("revocation"));
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
