//! Who may sign the list of an issuer.

use trustpack_judge::question::Policy;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_judge::revocation::signer;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::extension::KeyUse;

use super::{Ask, site};
use crate::ask::{fixture, fixture_der};
use crate::authority::{Authority, OddList, Wish, a_ca, a_host, entry, root};

/// Item 3.3.4: another key under the same issuer name with cRLSign may sign.
#[test]
fn who_may_sign() {
    let site = site();
    let fine = || site.root.list(&[]);
    // In the name of the issuer, by somebody else.
    let forged = root("Below").list(&[]);
    site.ask(vec![fine(), forged.clone()])
        .refuses("its signature matches no key that is certified for its issuer here");
    // The right one beside it.
    site.ask(vec![fine(), forged.clone(), site.below.list(&[])])
        .accepts(&[]);
    site.ask(vec![fine(), forged, site.below.list(&[3])])
        .refuses("2026-11-01T00:00:00Z");

    // The issuer may not sign lists.
    let mute = Wish {
        usages: &[KeyUse::KeyCertSign],
        ..a_ca("Mute", 4)
    };
    let mute = site.root.issue(&mute);
    let host = mute.issue(&a_host(5));
    let ask = |more: &[&Authority], lists: Vec<RevocationList>| Ask {
        host: &host.certificate,
        sent: more
            .iter()
            .chain(&[&mute])
            .map(|one| one.certificate.clone())
            .collect(),
        ..site.ask(lists)
    };
    ask(&[], vec![fine(), mute.list(&[])]).refuses(
        "the key that signed it may not sign lists: its certificate with serial 04 lacks cRLSign",
    );

    // Another key of its name may.
    let lists_only = Wish {
        ca: false,
        usages: &[KeyUse::CrlSign],
        ..a_ca("Mute", 6)
    };
    let signer = site.root.issue(&lists_only);
    let by_another = "it was signed by another key of the issuer, whose certificate has serial 06";
    ask(&[&signer], vec![fine(), signer.list(&[])]).accepts(&[by_another]);
    ask(&[&signer], vec![fine(), signer.list(&[5])]).refuses("2026-11-01T00:00:00Z");
    // But not unless it is known, good, and not revoked itself.
    let nobody = "its signature matches no key that is certified for its issuer here";
    ask(&[], vec![fine(), signer.list(&[])]).refuses(nobody);
    ask(&[&signer], vec![site.root.list(&[6]), signer.list(&[])]).refuses(nobody);
    let over = site.root.issue(&Wish {
        validity: ("2020-01-01", "2021-01-01"),
        ..lists_only
    });
    ask(&[&over], vec![fine(), over.list(&[])]).refuses(nobody);
    let wordless = site.root.issue(&Wish {
        usages: &[KeyUse::KeyCertSign],
        ..a_ca("Mute", 7)
    });
    ask(&[&wordless], vec![fine(), wordless.list(&[])]).refuses(nobody);
    let stranger = root("Stranger").issue(&a_ca("Mute", 8));
    ask(&[&stranger], vec![fine(), stranger.list(&[])]).refuses(nobody);
    // One that is trusted itself.
    let trusted = root("Mute");
    let mut given = ask(&[], vec![fine(), trusted.list(&[])]);
    given.trusted.push(trusted.certificate);
    given.accepts(&["it was signed by another key of the issuer, whose certificate has serial 01"]);
}

#[test]
fn a_rekeyed_authority_has_a_list_of_each_key() {
    let (old, new) = (root("Root"), root("Root"));
    let host = old.issue(&a_host(3));
    let cross = old.certify(&a_ca("Root", 9), &new.certificate);
    let ask = |lists: Vec<RevocationList>| Ask {
        host: &host.certificate,
        sent: vec![cross.clone()],
        trusted: vec![old.certificate.clone()],
        lists,
        seen: SeenNumbers::default(),
        policy: Policy::default(),
        now: "2026-11-21",
    };
    let newer = |serials: &[u64]| {
        let entries: Vec<_> = serials.iter().map(|serial| entry(*serial, None)).collect();
        let entries = entries.concat();
        new.odd_list(&OddList {
            this_update: "261102",
            entries: &entries,
            ..OddList::default()
        })
    };
    // The list of the key that issued the certificate counts, though another one is newer.
    ask(vec![old.list(&[3]), newer(&[])]).refuses("of 2026-11-01T00:00:00Z");
    ask(vec![old.list(&[]), newer(&[])]).accepts(&[]);
    // Without it, the one of the other key.
    let note = "it was signed by another key of the issuer, whose certificate has serial 09";
    ask(vec![newer(&[])]).accepts(&[note]);
    ask(vec![newer(&[3])]).refuses("of 2026-11-02T00:00:00Z");
}

/// A list that is right but for the key that signed it, RSA of 1024 bits.
fn weak_list() -> RevocationList {
    RevocationList::from_der(fixture_der("small-root.crl")).expect("a list")
}

#[test]
fn a_weak_key_speaks_for_no_other_key_of_its_name() {
    let weak = fixture("small-root");
    let top = root("Root");
    let strong = top.issue(&a_ca("Small Root", 4));
    let host = strong.issue(&a_host(5));
    let lists_only = Wish {
        ca: false,
        usages: &[KeyUse::CrlSign],
        ..a_ca("Small Root", 6)
    };
    let sent = top.certify(&lists_only, &weak);
    let ask = |by_weak: &[&Certificate], trusted: &[&Certificate], policy| Ask {
        host: &host.certificate,
        sent: by_weak
            .iter()
            .chain(&[&strong.certificate])
            .map(|&one| one.clone())
            .collect(),
        trusted: trusted
            .iter()
            .chain(&[&top.certificate])
            .map(|&one| one.clone())
            .collect(),
        lists: vec![top.list(&[]), weak_list()],
        seen: SeenNumbers::default(),
        policy,
        now: "2026-11-21",
    };
    let accepting = Policy {
        danger_accept_weak: Some("2027-01-01".parse().expect("a date")),
        ..Policy::default()
    };
    let refusal = |serial: &str| {
        format!(
            "the key that signed it is too weak: of its certificate with serial {serial}, the RSA key has 1024 bits; allowed are 2048 to 8192"
        )
    };
    let notes = |serial: &str| {
        [
            "it has no number, so nobody would notice if an older one were put in its place"
                .to_owned(),
            format!(
                "it was signed by another key of the issuer, whose certificate has serial {serial}"
            ),
        ]
    };
    // Certified by a CA of the path, and sent.
    ask(&[&sent], &[], Policy::default()).refuses(&refusal("06"));
    ask(&[&sent], &[], accepting).accepts(&notes("06").each_ref().map(String::as_str));
    // Trusted itself.
    ask(&[], &[&weak], Policy::default()).refuses(&refusal("42"));
    ask(&[], &[&weak], accepting).accepts(&notes("42").each_ref().map(String::as_str));
}

#[test]
fn the_signer_is_found_among_those_that_are_named() {
    #[track_caller]
    fn check(list: RevocationList, given: &[&Certificate], want: Result<&str, &str>) {
        let list = KnownList::new(list);
        let given: Vec<_> = given.iter().map(|&one| one.clone()).collect();
        let found = signer::find(&list, &given);
        let found = found.map(|signer| signer.serial().to_hex());
        let want = want.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found.map_err(|error| error.to_string()), want);
    }
    let (top, twin, other) = (root("Root"), root("Root"), root("Other"));
    let [own, its_twin, stranger] = [&top, &twin, &other].map(|one| &one.certificate);
    let mute = Wish {
        usages: &[KeyUse::KeyCertSign],
        ..a_ca("Root", 4)
    };
    let mute = &other.certify(&mute, own);
    let list = || top.list(&[]);
    check(list(), &[stranger, its_twin, own], Ok("01"));
    check(list(), &[mute, own], Ok("01"));
    let none = "its issuer is \"CN=Root\", of whom no certificate is given";
    check(list(), &[], Err(none));
    check(list(), &[stranger], Err(none));
    let other_key = "its signature matches no key of the certificates that are given";
    check(list(), &[stranger, its_twin], Err(other_key));
    let may_not =
        "the key that signed it may not sign lists: its certificate with serial 04 lacks cRLSign";
    check(list(), &[mute, its_twin], Err(may_not));
    let weak = "the key that signed it is too weak: of its certificate with serial 42, the RSA key has 1024 bits; allowed are 2048 to 8192";
    check(weak_list(), &[&fixture("small-root")], Err(weak));
}
