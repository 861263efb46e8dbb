//! The step "name".

use crate::ask::{Ask, ask};

#[track_caller]
fn accepts(leaf: &str, host: &str) {
    Ask {
        host,
        ..ask(&[leaf], &["root"])
    }
    .is_accepted(&[leaf, "root"]);
}

#[track_caller]
fn refuses(leaf: &str, host: &str, reason: &str) {
    Ask {
        host,
        ..ask(&[leaf], &["root"])
    }
    .is_refused(&[reason]);
}

/// Item 3.3.2: if there is a SAN only that counts, without regard to case and a final dot; addresses against addresses;
/// off unless a host is asked for.
#[test]
fn alternative_names() {
    accepts("host-direct", "host.example");
    accepts("host-direct", "HOST.Example.");
    accepts("host-direct", "10.0.0.1");
    accepts("host-direct", "");
    accepts("host-final-dot", "host.example");
    refuses(
        "host-direct",
        "10.0.0.2",
        "name: the certificate \"CN=host.example\" with serial 14 is for DNS:host.example, DNS:*.wild.example, IP:10.0.0.1; the host is 10.0.0.2",
    );
    refuses(
        "host-final-dot",
        "x",
        "name: the certificate \"CN=x\" with serial 23 is for DNS:HOST.Example.; the host is x",
    );
}

/// Item 3.3.2: no wildcard matches, in SAN or CN, and the refusal names the one that would have.
#[test]
fn no_wildcard_matches_but_it_is_named() {
    refuses(
        "host-direct",
        "a.wild.example",
        "name: the certificate \"CN=host.example\" with serial 14 is for DNS:host.example, DNS:*.wild.example, IP:10.0.0.1; the host is a.wild.example, which *.wild.example would cover, but wildcards are not matched",
    );
    refuses(
        "host-direct",
        "a.b.wild.example",
        "name: the certificate \"CN=host.example\" with serial 14 is for DNS:host.example, DNS:*.wild.example, IP:10.0.0.1; the host is a.b.wild.example",
    );
    refuses(
        "host-cn-wildcard",
        "host.example",
        "name: the certificate \"CN=*.example\" with serial 20 has no subject alternative name and is for CN=*.example; the host is host.example, which *.example would cover, but wildcards are not matched",
    );
}

/// Item 3.3.2 and 3.3.6: without a SAN the subject CN counts.
#[test]
fn the_common_name_counts_without_alternative_names_only() {
    accepts("host-cn-only", "host.example");
    accepts("host-cn-address", "10.0.0.1");
    refuses(
        "host-cn-only",
        "other.example",
        "name: the certificate \"CN=Host.Example\" with serial 1F has no subject alternative name and is for CN=Host.Example; the host is other.example",
    );
    refuses(
        "host-mail-san",
        "host.example",
        "name: the certificate \"CN=host.example\" with serial 24 is for email:a@host.example; the host is host.example",
    );
    refuses(
        "host-nameless",
        "host.example",
        "name: the certificate \"O=Nobody\" with serial 22 names no host; the host is host.example",
    );
}
