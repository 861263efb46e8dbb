//! Every finding about the revocation lists of one end: a case that fires, and one beside it that does not.

use std::path::Path;

use crate::one_end::{Ground, codes, fires, ground, year};
use crate::support::{Authority, List, Site};
use trustpack_keystore::pem;
use trustpack_settings::endpoint::Role;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;

#[test]
fn item_2_6_revocation_lists() {
    let ground = ground();
    let good = ground.listing(&List::default());
    let made = |made, next| {
        ground.listing(&List {
            made,
            next,
            ..List::default()
        })
    };
    fires(
        "TP4030",
        "was due on 2020-05-31",
        &made("2020-01-01", "2020-05-31"),
        &good,
    );
    fires(
        "TP4030",
        "was made on 2020-06-02",
        &made("2020-06-02", "2021-01-01"),
        &good,
    );
    fires(
        "TP4034",
        "more than half",
        &made("2020-05-30", "2020-06-02"),
        &made("2020-05-31", "2020-06-03"),
    );
    let tolerated = made("2020-01-01", "2020-05-31").set("crl-freshness", "warn");
    fires("TP4034", "was due on 2020-05-31", &tolerated, &good);
    fires(
        "TP4030",
        "was due",
        &made("2020-01-01", "2020-05-31"),
        &tolerated,
    );

    let other = Authority::root("Root");
    let wrong = ground
        .site()
        .set("tls-mutual", "1")
        .lists(&other.list(&List::default()));
    fires(
        "TP4031",
        "was not signed by the CA of this name",
        &wrong,
        &good,
    );
    // The list of somebody who may come with a peer.
    let unknown = ground.site().set("tls-mutual", "1");
    let unknown = unknown.lists(&Authority::root("Other").list(&List::default()));
    fires("TP4031", "was not signed", &wrong, &unknown);
}

#[test]
fn item_2_6_lists_that_are_not_used_or_not_numbered() {
    let ground = ground();
    let signed = |digest| {
        ground.listing(&List {
            digest,
            ..List::default()
        })
    };
    fires(
        "TP4032",
        "SHA-1",
        &signed(Digest::Sha1),
        &signed(Digest::Sha256),
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../judge/tests/fixtures");
    // Nobody can tell whose list it is: nothing is verified with a key of 768 bits.
    let tiny = std::fs::read(path.join("tiny-root.pem")).unwrap();
    let tiny = pem::read_certificates(&tiny).unwrap().remove(0);
    let mut of_its_name = Authority::root("Tiny");
    of_its_name.name = tiny.subject().clone();
    let trusting = |also: &[&Certificate]| {
        let trusted = [&[&ground.root.certificate], also].concat();
        let site = ground.trusting(&trusted).set("tls-mutual", "1");
        site.lists(&of_its_name.list(&List::default()))
    };
    let says = "cannot be verified with the key of the CA of this name that is known here: the RSA key has 768 bits";
    fires("TP4032", says, &trusting(&[&tiny]), &trusting(&[]));
    let (found, _) = codes(&trusting(&[&tiny]), Role::Server);
    assert!(!found.contains(&"TP4031".to_owned()), "{found:?}");
    // Nor is a list of it asked for, which would be of no use.
    let trusted = [&ground.root.certificate, &tiny];
    let site = ground.trusting(&trusted).set("tls-mutual", "1");
    let (found, _) = codes(
        &site.lists(&ground.root.list(&List::default())),
        Role::Server,
    );
    assert!(!found.contains(&"TP4043".to_owned()), "{found:?}");
    let without = std::fs::read_to_string(path.join("small-root.crl.pem")).unwrap();
    let without = ground.site().set("tls-mutual", "1").lists(&without);
    fires("TP4035", "has no number", &without, &signed(Digest::Sha256));
}

/// A server that trusts these CAs, has the lists of those, and checks so much.
fn listed(ground: &Ground, trusted: &[&Authority], lists: &[&Authority], check: &str) -> Site {
    let trusted: Vec<_> = trusted.iter().map(|ca| &ca.certificate).collect();
    let lists = lists.iter().map(|ca| ca.list(&List::default()));
    let site = ground.trusting(&trusted).lists(&lists.collect::<String>());
    site.set("tls-mutual", "1").set("crl-check", check)
}

/// Item 3.3.4: where a list of the issuer is missing, everybody of that issuer is refused.
#[test]
fn trusted_cas_without_a_list() {
    let ground = ground();
    let (root, other) = (&ground.root, Authority::root("Other"));
    let [foreign, renewed] = ["Foreign", "Root"].map(Authority::root);
    let sub = root.intermediate("Sub");
    let says = [
        (
            "chain",
            "crl: no list in /ca.crl is of the trusted CA \"O=Tests, CN=Root\", so whoever shows a chain that ends there is refused; the lists there are of \"O=Tests, CN=Foreign\"",
        ),
        (
            "leaf",
            "so whoever shows a certificate that was issued there is refused",
        ),
    ];
    for (check, says) in says {
        let with =
            |trusted: &[&Authority], lists: &[&Authority]| listed(&ground, trusted, lists, check);
        let bad = with(&[root], &[&foreign]);
        fires("TP4043", says, &bad, &with(&[root], &[root, &foreign]));
        // One of two.
        let says = "is of the trusted CA \"O=Tests, CN=Other\", so";
        let both = [root, &other];
        fires("TP4043", says, &with(&both, &[root]), &with(&both, &both));
        for good in [
            // A CA that issued another one that is trusted too need not have issued anything else.
            with(&[root, &sub], &[&sub]),
            // One that got a new key has one list, whichever key signed it.
            with(&[root, &renewed], &[&renewed]),
            // No list is asked, or nobody is judged.
            with(&[root], &[&foreign]).without("crl"),
            with(&[root], &[&foreign]).set("tls-mutual", "0"),
        ] {
            fires("TP4043", "", &bad, &good);
        }
    }
}

/// The list of a CA below is enough where the certificate of the peer alone is checked, and that CA is known.
#[test]
fn trusted_cas_above_one_with_a_list() {
    let ground = ground();
    let sub = ground.root.intermediate("Sub");
    let own = sub.issue(&year("a.example.com"));
    let below = |check| {
        let site = listed(&ground, &[&ground.root], &[&sub], check);
        site.identity(&[&own.certificate, &sub.certificate], &own.key)
    };
    let says = "a chain that ends there";
    fires("TP4043", says, &below("chain"), &below("leaf"));
    // Of one that nobody knows here it may be that it is below or not.
    let unknown = listed(&ground, &[&ground.root], &[&sub], "leaf");
    fires("TP4043", "issued there", &unknown, &below("leaf"));
}

#[test]
fn many_trusted_cas_without_a_list() {
    let ground = ground();
    let many: Vec<_> = (1..=5)
        .map(|number| Authority::root(&format!("Root {number}")))
        .collect();
    let many: Vec<_> = many.iter().collect();
    let says = "of the trusted CAs \"O=Tests, CN=Root 1\", \"O=Tests, CN=Root 2\", \"O=Tests, CN=Root 3\" and 2 more, so";
    let bad = listed(&ground, &many, &[&ground.root], "chain");
    fires(
        "TP4043",
        says,
        &bad,
        &listed(&ground, &many, &many, "chain"),
    );
}

#[test]
fn item_2_6_a_list_that_goes_back() {
    let ground = ground();
    let list = |made: &'static str, number| {
        ground.root.list(&List {
            made,
            number,
            ..List::default()
        })
    };
    let two = |first: (&'static str, u64), second: (&'static str, u64)| {
        let both = list(first.0, first.1) + &list(second.0, second.1);
        ground.site().set("tls-mutual", "1").lists(&both)
    };
    let old = ("2020-01-01", 9);
    fires(
        "TP4033",
        "number 09 was seen",
        &two(old, ("2020-02-01", 7)),
        &two(old, ("2020-02-01", 10)),
    );
}

#[test]
fn item_2_6_files_without_lists() {
    let ground = ground();
    let mutual = || ground.site().set("tls-mutual", "1");
    let good = ground.listing(&List::default());
    let certificate = pem::certificates_to_pem(std::slice::from_ref(&ground.root.certificate));
    fires(
        "TP4029",
        "no revocation list",
        &mutual().lists(&certificate),
        &good,
    );
    fires(
        "TP4029",
        "the file /ca.crl",
        &mutual().lists("what is this"),
        &good,
    );
    fires("TP4001", "/ca.crl", &mutual().set("crl", "/ca.crl"), &good);
    // Who judges nobody needs no list.
    fires(
        "TP4029",
        "no revocation list",
        &mutual().lists(&certificate),
        &ground.site().lists(&certificate),
    );
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_2_6_revocation_lists,
    item_2_6_lists_that_are_not_used_or_not_numbered,
    trusted_cas_without_a_list,
    trusted_cas_above_one_with_a_list,
    many_trusted_cas_without_a_list,
    item_2_6_a_list_that_goes_back,
    item_2_6_files_without_lists,
];
