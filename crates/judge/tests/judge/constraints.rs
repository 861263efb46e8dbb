//! Who may issue what.

use crate::ask::{Ask, ask};

/// Item 3.3.6: a CA certificate of X.509 v1 is an anchor, and never an intermediate.
#[test]
fn version_1() {
    ask(&["host-of-v1-root"], &["v1-root"]).is_accepted(&["host-of-v1-root", "v1-root"]);
    ask(&["v1-host"], &["v1-root"]).is_accepted(&["v1-host", "v1-root"]);
    ask(&["host-of-v1-intermediate", "v1-intermediate"], &["root"]).is_refused(&[
        "path: the intermediate certificate \"CN=Version 1 Intermediate\" with serial 27 issued another but is no CA; its basicConstraints would have to say CA:TRUE",
    ]);
}

#[test]
fn no_ca() {
    ask(&["host-of-no-ca", "no-ca"], &["root"]).is_refused(&[
        "path: the intermediate certificate \"CN=No CA\" with serial 2A issued another but is no CA; its basicConstraints would have to say CA:TRUE",
    ]);
    ask(&["host-of-no-ca"], &["no-ca"]).is_refused(&[
        "path: the trusted certificate \"CN=No CA\" with serial 2A issued another but is no CA; its basicConstraints would have to say CA:TRUE",
    ]);
}

#[test]
fn a_ca_that_may_not_sign() {
    ask(&["host-of-no-cert-sign", "no-cert-sign"], &["root"]).is_refused(&[
        "path: the intermediate certificate \"CN=No CertSign\" with serial 2C issued another, which its key usage does not allow; it needs keyCertSign",
    ]);
}

/// Item 3.3.3: path length.
#[test]
fn path_length() {
    ask(&["host-of-short", "intermediate-of-short"], &["short-root"]).is_refused(&[
        "path: the number of CAs below the trusted certificate \"CN=Short Root\" with serial 2E is 1; its path length allows 0",
    ]);
    ask(&["host-of-short"], &["intermediate-of-short"])
        .is_accepted(&["host-of-short", "intermediate-of-short"]);
}

/// Item 3.3.3: critical extensions that are not known.
#[test]
fn unknown_critical_extension() {
    ask(&["host-critical"], &["root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 31 has critical extensions that are not known here: 1.2.3.4",
    ]);
}

/// Whoever takes any policy is restricted by none, and says so by not refusing.
#[test]
fn policies_and_places_of_lists_restrict_nothing() {
    let path = ["host-of-policy", "policy-intermediate", "policy-root"];
    ask(&path[..2], &["policy-root"]).is_accepted(&path);
}

#[test]
fn an_explicit_policy_is_demanded() {
    let refused = |sent: &[&str], ca: &str| {
        let reason = format!("path: {ca}, and policies are not judged here");
        ask(sent, &["policy-root"]).is_refused(&[&reason]);
    };
    refused(
        &["host-of-explicit-0", "explicit-0"],
        "the intermediate certificate \"CN=Explicit 0\" with serial 62 demands an explicit certificate policy (requireExplicitPolicy 0)",
    );
    refused(
        &["host-of-explicit-1", "explicit-1"],
        "the intermediate certificate \"CN=Explicit 1\" with serial 64 demands an explicit certificate policy (requireExplicitPolicy 1)",
    );
    refused(
        &["host-below-explicit-2", "below-explicit-2", "explicit-2"],
        "the intermediate certificate \"CN=Explicit 2\" with serial 66 demands an explicit certificate policy (requireExplicitPolicy 2)",
    );
    ask(&["host-of-explicit-0"], &["explicit-0"]).is_refused(&[
        "path: the trusted certificate \"CN=Explicit 0\" with serial 62 demands an explicit certificate policy (requireExplicitPolicy 0), and policies are not judged here",
    ]);
}

/// RFC 5280 section 6.1.4 (h): a self-issued CA does not count.
#[test]
fn a_demand_that_the_path_does_not_reach() {
    let short = ["host-of-explicit-2", "explicit-2", "policy-root"];
    ask(&short[..2], &["policy-root"]).is_accepted(&short);
    let self_issued = [
        "host-of-again-explicit-2",
        "again-explicit-2",
        "explicit-2",
        "policy-root",
    ];
    ask(&self_issued[..3], &["policy-root"]).is_accepted(&self_issued);
}

#[track_caller]
fn constrained(leaf: &str, host: &str, reason: &str) {
    Ask {
        host,
        ..ask(&[leaf], &["constrained-root"])
    }
    .is_refused(&[reason]);
}

/// Item 3.3.3: name constraints.
#[test]
fn name_constraints() {
    constrained(
        "host-outside",
        "host.elsewhere",
        "path: the certificate \"CN=host.elsewhere\" with serial 37 bears DNS:host.elsewhere, but the trusted certificate \"CN=Constrained Root\" with serial 35 permits only DNS:example",
    );
    constrained(
        "host-excluded",
        "",
        "path: the certificate \"CN=x\" with serial 38 bears IP:10.9.1.1, but the trusted certificate \"CN=Constrained Root\" with serial 35 excludes IP:10.9.0.0/255.255.0.0",
    );
    // The common name counts as a host, so it is constrained as one.
    constrained(
        "host-outside-cn",
        "host.elsewhere",
        "path: the certificate \"CN=host.elsewhere\" with serial 39 bears DNS:host.elsewhere, but the trusted certificate \"CN=Constrained Root\" with serial 35 permits only DNS:example",
    );
    ask(&["host-of-constrained"], &["constrained-root"])
        .is_accepted(&["host-of-constrained", "constrained-root"]);
}
