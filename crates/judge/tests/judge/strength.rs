//! Digests and keys that no longer protect.

use trustpack_judge::question::Policy;

use crate::ask::{Ask, ask};

/// Item 3.3.5: SHA-1 is refused, naming the certificate.
#[test]
fn digests() {
    ask(&["host-sha1"], &["root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 3F is signed with ECDSA with SHA-1; SHA-224, SHA-256, SHA-384 or SHA-512 is needed",
    ]);
    ask(&["host-of-rsa-md5"], &["rsa-root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 4B is signed with RSA with MD5; SHA-224, SHA-256, SHA-384 or SHA-512 is needed",
    ]);
}

#[test]
fn what_lies_behind_a_weak_signature_is_judged_as_well() {
    let sent = ["host-of-sha1", "sha1-intermediate"];
    Ask { host: "other.example", now: "2100-01-01", ..ask(&sent, &["root"]) }.is_refused(&[
        "path: the intermediate certificate \"CN=SHA-1 Intermediate\" with serial 40 is signed with ECDSA with SHA-1; SHA-224, SHA-256, SHA-384 or SHA-512 is needed",
        "name: the certificate \"CN=host.example\" with serial 41 is for DNS:host.example, DNS:*.wild.example, IP:10.0.0.1; the host is other.example",
        "dates: the certificate \"CN=host.example\" with serial 41 was valid until 2099-12-31T23:59:59Z; the time is 2100-01-01T00:00:00Z",
        "dates: the intermediate certificate \"CN=SHA-1 Intermediate\" with serial 40 was valid until 2099-12-31T23:59:59Z; the time is 2100-01-01T00:00:00Z",
        "dates: the trusted certificate \"O=Example, CN=Test Root\" with serial 11 was valid until 2099-12-31T23:59:59Z; the time is 2100-01-01T00:00:00Z",
    ]);
}

/// Item 3.3.1: an anchor's own signature is not judged.
#[test]
fn the_signature_of_an_anchor_does_not_count() {
    ask(&["host-of-sha1-root"], &["sha1-root"]).is_accepted(&["host-of-sha1-root", "sha1-root"]);
    ask(&["host-sha1"], &["host-sha1"]).is_accepted(&["host-sha1"]);
}

/// Item 3.3.5, and 3.3.1 for anchors: RSA below 2048 bits is refused.
#[test]
fn sizes_and_kinds_of_keys() {
    ask(&["host-small"], &["root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 44 has an RSA key of 1024 bits; allowed are 2048 to 8192",
    ]);
    ask(&["host-of-small"], &["small-root"]).is_refused(&[
        "path: the trusted certificate \"CN=Small Root\" with serial 42 has an RSA key of 1024 bits; allowed are 2048 to 8192",
    ]);
    ask(&["host-small"], &["host-small"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 44 has an RSA key of 1024 bits; allowed are 2048 to 8192",
    ]);
    ask(&["host-p192"], &["root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 47 has a public key of EC P-192; allowed are RSA, P-256, P-384, P-521 and Ed25519",
    ]);
}

/// Item 3.3.5: unless `danger-accept-weak` says so.
#[test]
fn weakness_is_accepted_until_a_date() {
    let until = |date: &str| Policy {
        danger_accept_weak: Some(date.parse().expect("a date")),
        ..Policy::default()
    };
    let (now, before) = (until("2026-11-22"), until("2026-11-21"));
    let weak = |sent, trusted| ask(sent, trusted);
    for (sent, trusted) in [
        (&["host-sha1"][..], &["root"][..]),
        (&["host-of-sha1", "sha1-intermediate"], &["root"]),
        (&["host-small"], &["root"]),
        (&["host-of-small"], &["small-root"]),
    ] {
        let path = [sent, trusted].concat();
        Ask {
            policy: now,
            ..weak(sent, trusted)
        }
        .is_accepted(&path);
        let past = Ask {
            policy: before,
            ..weak(sent, trusted)
        }
        .verdict();
        assert!(past.is_err(), "{sent:?}: the date is past");
    }
    // What was broken long ago stays refused.
    Ask { policy: now, ..weak(&["host-of-rsa-md5"], &["rsa-root"]) }.is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 4B is signed with RSA with MD5; SHA-224, SHA-256, SHA-384 or SHA-512 is needed",
    ]);
}
