//! Which clients a server admits.

use aws_lc_rs::digest::{SHA256, digest};
use trustpack_judge::allowed_names::{AllowedName, AllowedNames};
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};

use crate::ask::fixture;

#[track_caller]
fn check(purpose: Purpose, leaf: &str, allowed: AllowedNames, want: Option<&str>) {
    let (leaf, root) = (fixture(leaf), fixture("root"));
    let sent = [fixture("intermediate")];
    let verdict = judge(&Question {
        leaf: &leaf,
        intermediates: &sent,
        anchors: &TrustAnchors::new([root]),
        purpose,
        name: &NameCheck::Off,
        revocation: RevocationCheck::Off,
        allowed: &allowed,
        now: "2026-11-21".parse().expect("a time"),
        policy: Policy::default(),
    });
    let found = verdict
        .err()
        .map(|refused| format!("{}: {refused}", refused.step()));
    assert_eq!(found.as_deref(), want, "{allowed}");
}

#[test]
fn any_one_suffices() {
    use AllowedName as Name;
    let only = |names: &[AllowedName]| AllowedNames::Only(names.to_vec());
    let dns = |name: &str| Name::Dns(name.parse().expect("a name"));
    let other = || dns("other.example");
    let mine = digest(&SHA256, fixture("host").public_key().der());
    let mine = Name::PublicKey(mine.as_ref().try_into().expect("32 octets"));
    let text = str::to_owned;
    let client = Purpose::Client;
    check(client, "host", AllowedNames::Everybody, None);
    for allowed in [
        dns("HOST.example."),
        Name::CommonName(text("Host.Example")),
        mine,
    ] {
        check(client, "host", only(std::slice::from_ref(&allowed)), None);
        check(client, "host", only(&[other(), allowed]), None);
    }
    check(
        client,
        "host",
        only(&[other(), Name::OrganizationalUnit(text("Sales"))]),
        Some(
            "allowed names: the certificate \"CN=host.example\" with serial 13 bears none of the names that are allowed here: dns:other.example, ou:Sales",
        ),
    );
    check(
        client,
        "host",
        only(&[
            Name::PublicKey([0; 32]),
            Name::Uri(text("https://host.example/")),
            Name::Email(text("a@host.example")),
        ]),
        Some(
            "allowed names: the certificate \"CN=host.example\" with serial 13 bears none of the names that are allowed here: spki:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, uri:https://host.example/, email:a@host.example",
        ),
    );
    check(
        client,
        "host",
        only(&[]),
        Some(
            "allowed names: the certificate \"CN=host.example\" with serial 13 bears none of the names that are allowed here: none",
        ),
    );
    // A client does not ask for it.
    check(Purpose::Server, "host", only(&[other()]), None);
}
