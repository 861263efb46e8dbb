//! The step "dates".

use crate::ask::{Ask, ask};

#[test]
fn both_ends_belong_to_the_period() {
    for now in ["2020-01-01T00:00:00Z", "2099-12-31T23:59:59Z"] {
        Ask {
            now,
            ..ask(&["host-direct"], &["root"])
        }
        .is_accepted(&["host-direct", "root"]);
    }
}

#[test]
fn leaf() {
    ask(&["host-expired"], &["root"]).is_refused(&[
        "dates: the certificate \"CN=host.example\" with serial 1A was valid until 2010-12-31T23:59:59Z; the time is 2026-11-21T00:00:00Z",
    ]);
    ask(&["host-future"], &["root"]).is_refused(&[
        "dates: the certificate \"CN=host.example\" with serial 1D is valid only from 2090-01-01T00:00:00Z on; the time is 2026-11-21T00:00:00Z",
    ]);
}

/// Item 3.3.1: anchors' dates count.
#[test]
fn anchors_too() {
    ask(&["host-of-expired-root"], &["expired-root"]).is_refused(&[
        "dates: the trusted certificate \"CN=Expired Root\" with serial 1B was valid until 2010-12-31T23:59:59Z; the time is 2026-11-21T00:00:00Z",
    ]);
}

#[test]
fn each_certificate_is_told() {
    Ask { now: "2100-01-01", ..ask(&["host-direct"], &["root"]) }.is_refused(&[
        "dates: the certificate \"CN=host.example\" with serial 14 was valid until 2099-12-31T23:59:59Z; the time is 2100-01-01T00:00:00Z",
        "dates: the trusted certificate \"O=Example, CN=Test Root\" with serial 11 was valid until 2099-12-31T23:59:59Z; the time is 2100-01-01T00:00:00Z",
    ]);
}
