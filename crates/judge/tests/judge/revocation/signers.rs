//! Who may sign the list of an issuer.

use trustpack_judge::question::Policy;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::extension::KeyUse;

use super::{Ask, site};
use crate::authority::{Authority, OddList, Wish, a_ca, a_host, entry, root};

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
    let cross = old.certify(&a_ca("Root", 9), &new);
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
