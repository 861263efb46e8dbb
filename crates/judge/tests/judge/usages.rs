//! Key usage and extended key usage.

use trustpack_judge::question::Purpose;

use crate::ask::{Ask, ask};

#[track_caller]
fn client<'a>(sent: &'a [&'a str]) -> Ask<'a> {
    Ask {
        host: "",
        purpose: Purpose::Client,
        ..ask(sent, &["root"])
    }
}

/// Item 3.3.3: extended key usage, of both sides.
#[test]
fn extended_key_usage_of_the_leaf() {
    client(&["host-client-only"]).is_accepted(&["host-client-only", "root"]);
    client(&["host-direct"]).is_accepted(&["host-direct", "root"]);
    ask(&["host-client-only"], &["root"]).is_refused(&[
        "path: the extended key usage of the certificate \"CN=host.example\" with serial 3A allows clientAuth; a TLS server needs serverAuth",
    ]);
}

#[test]
fn without_one_there_is_no_limit() {
    ask(&["host-no-usage"], &["root"]).is_accepted(&["host-no-usage", "root"]);
    client(&["host-no-usage"]).is_accepted(&["host-no-usage", "root"]);
}

#[test]
fn extended_key_usage_of_a_ca() {
    client(&["host-of-client", "client-intermediate"]).is_accepted(&[
        "host-of-client",
        "client-intermediate",
        "root",
    ]);
    ask(&["host-of-client", "client-intermediate"], &["root"]).is_refused(&[
        "path: the extended key usage of the intermediate certificate \"CN=Client Intermediate\" with serial 3D allows clientAuth; a TLS server needs serverAuth",
    ]);
}

/// Item 3.3.3: key usage.
#[test]
fn key_usage_of_the_leaf() {
    ask(&["host-encipherment"], &["root"]).is_refused(&[
        "path: the key usage of the certificate \"CN=host.example\" with serial 3C allows keyEncipherment; a TLS handshake needs digitalSignature",
    ]);
}
