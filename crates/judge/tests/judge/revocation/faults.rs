//! Lists that are of no use, each for its own reason.

use std::time::Duration;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::question::{Freshness, Policy};
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};

use super::{Ask, Site, site};
use crate::authority::{OddList, Wish, a_ca, a_host, extension, odd_entry, root, wrap};

/// The site's answer if the list of the intermediate is this one.
#[track_caller]
fn check_odd(odd: &OddList<'_>, fault: &str) {
    let site = site();
    let odd = site.below.odd_list(odd);
    site.ask(vec![site.root.list(&[]), odd])
        .refuses(&format!("is not used, {fault}"));
}

/// Item 3.3.4: delta and indirect lists, unknown critical extensions, SHA-1, each by its name.
#[test]
fn what_is_refused_by_name() {
    let good = OddList::default;
    let delta = [extension(&[0x55, 0x1d, 0x1b], true, &[2, 1, 1])];
    check_odd(
        &OddList {
            extensions: &delta,
            ..good()
        },
        "it is a delta list, which only adds to another one; full lists are used",
    );
    let indirect = [point(&[0x84, 1, 0xff])];
    check_odd(
        &OddList {
            extensions: &indirect,
            ..good()
        },
        "it is an indirect list, which is about certificates of other authorities too",
    );
    let of_another = odd_entry(9, &extension(&[0x55, 0x1d, 0x1d], true, &[0x30, 0]));
    check_odd(
        &OddList {
            entries: &of_another,
            ..good()
        },
        "it is an indirect list, which is about certificates of other authorities too",
    );
    let unknown = [extension(&[0x2a, 3, 4], true, &[5, 0])];
    check_odd(
        &OddList {
            extensions: &unknown,
            ..good()
        },
        "it has critical extensions that are not known here: 1.2.3.4",
    );
    let unknown = odd_entry(9, &extension(&[0x2a, 3, 4], true, &[5, 0]));
    check_odd(
        &OddList {
            entries: &unknown,
            ..good()
        },
        "its entry for serial 09 has a critical extension that is not known here: 1.2.3.4",
    );
}

#[test]
fn what_cannot_be_verified_or_read() {
    let good = OddList::default;
    let sha1 = Some(SignatureAlgorithm::Ecdsa(Digest::Sha1));
    check_odd(
        &OddList {
            algorithm: sha1,
            ..good()
        },
        "it is signed with ECDSA with SHA-1; SHA-224, SHA-256, SHA-384 or SHA-512 is needed",
    );
    let sha384 = Some(SignatureAlgorithm::Ecdsa(Digest::Sha384));
    check_odd(
        &OddList {
            algorithm: sha384,
            ..good()
        },
        "its signature matches no key that is certified for its issuer here",
    );
    check_odd(
        &OddList {
            entries: &[0x30, 3, 2, 1, 5],
            ..good()
        },
        "entry 1 of the list is not well formed (an element with the tag 17 is missing)",
    );
    check_odd(
        &OddList {
            entries: &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            ..good()
        },
        "entry 1 of the list is not well formed (it ends inside an element)",
    );
}

/// The extension issuingDistributionPoint.
fn point(fields: &[u8]) -> Vec<u8> {
    extension(&[0x55, 0x1d, 0x1c], true, &wrap(0x30, fields))
}

#[test]
fn unknown_extensions_that_are_not_critical_do_not_matter() {
    let site = site();
    let unknown = extension(&[0x2a, 3, 4], false, &[5, 0]);
    let list = site.below.odd_list(&OddList {
        entries: &odd_entry(9, &unknown),
        extensions: std::slice::from_ref(&unknown),
        ..OddList::default()
    });
    site.ask(vec![site.root.list(&[]), list]).accepts(&[]);
}

/// Item 3.3.4: a scoped list that does not cover the certificate.
#[test]
fn scopes() {
    let none = "is only about certificates of";
    let check = |fields: &[u8], of_host: Option<&str>, of_ca: Option<&str>| {
        let root = root("Root");
        let below = root.issue(&a_ca("Below", 2));
        let host = below.issue(&Wish {
            points: &["http://a/b.crl"],
            ..a_host(3)
        });
        let site = Site { root, below, host };
        let extensions = [point(fields)];
        let scoped = OddList {
            extensions: &extensions,
            ..OddList::default()
        };
        let for_host = vec![site.root.list(&[]), site.below.odd_list(&scoped)];
        let for_ca = vec![site.root.odd_list(&scoped), site.below.list(&[])];
        for (lists, refusal) in [(for_host, of_host), (for_ca, of_ca)] {
            match refusal {
                None => site.ask(lists).accepts(&[]),
                Some(end) => site.ask(lists).refuses(end),
            }
        }
    };
    let this_kind = |kind: &str| format!("it {none} {kind}, and this is none of them");
    let (users, cas) = (this_kind("end entities"), this_kind("authorities"));
    check(&[], None, None);
    check(&[0x81, 1, 0xff], None, Some(&users));
    check(&[0x82, 1, 0xff], Some(&cas), None);
    let attributes = "it is only about attribute certificates, and this is none of them";
    check(&[0x85, 1, 0xff], Some(attributes), Some(attributes));
    let reasons = "it is about some reasons for revocation only";
    check(&[0x83, 2, 6, 0x40], Some(reasons), Some(reasons));
    let other = "it is only about certificates of another distribution point";
    let named = |uri: &str| wrap(0xa0, &wrap(0xa0, &wrap(0x86, uri.as_bytes())));
    check(&named("http://a/b.crl"), None, Some(other));
    check(&named("http://a/c.crl"), Some(other), Some(other));
    check(&wrap(0xa0, &wrap(0xa1, &[])), Some(other), Some(other));
}

/// Item 3.3.4: a number that is lower than one seen before.
#[test]
fn numbers_only_rise() {
    let site = site();
    let numbered = |number| {
        let odd = OddList {
            number: Some(number),
            ..OddList::default()
        };
        vec![site.root.list(&[]), site.below.odd_list(&odd)]
    };
    let anchors = TrustAnchors::new([
        site.root.certificate.clone(),
        site.below.certificate.clone(),
    ]);
    let seen = RevocationLists::new(numbered(300), &anchors, SeenNumbers::default()).numbers();
    let again = |number| Ask {
        seen: seen.clone(),
        ..site.ask(numbered(number))
    };
    again(300).accepts(&[]);
    again(301).accepts(&[]);
    again(299).refuses("it has the number 012B, but a list with the number 012C was seen before");
    // Whoever cannot sign cannot raise the bar: the number of a forged list does not count.
    let forged = root("Below").odd_list(&OddList {
        number: Some(900),
        ..OddList::default()
    });
    let seen = RevocationLists::new([forged], &anchors, SeenNumbers::default()).numbers();
    Ask {
        seen,
        ..site.ask(numbered(1))
    }
    .accepts(&[]);
}

/// Item 3.3.4: no number is accepted with a finding.
#[test]
fn a_number_may_be_missing() {
    let site = site();
    let list = site.below.odd_list(&OddList {
        number: None,
        ..OddList::default()
    });
    site.ask(vec![site.root.list(&[]), list]).accepts(&[
        "it has no number, so nobody would notice if an older one were put in its place",
    ]);
}

/// Item 3.3.4: no next update, or past it.
#[test]
fn freshness() {
    let site = site();
    let check = |odd: OddList<'_>, freshness, want: Result<&[&str], &str>| {
        let list = site.below.odd_list(&odd);
        let policy = Policy {
            crl_freshness: freshness,
            ..Policy::default()
        };
        let ask = Ask {
            policy,
            ..site.ask(vec![site.root.list(&[]), list])
        };
        match want {
            Ok(notes) => ask.accepts(notes),
            Err(fault) => ask.refuses(fault),
        }
    };
    let until = |day| OddList {
        next_update: Some(day),
        ..OddList::default()
    };
    let days = |days: u64| Freshness::Grace(Duration::from_secs(days * 86_400));
    // The time is 2026-11-21T00:00:00Z; the last moment still counts.
    check(until("261121"), Freshness::Required, Ok(&[]));
    let stale = "the next one was due on 2026-11-20T00:00:00Z; the time is 2026-11-21T00:00:00Z";
    let taken = format!("{stale}, which was accepted");
    check(until("261120"), Freshness::Required, Err(stale));
    check(until("261120"), Freshness::Warn, Ok(&[&taken]));
    check(until("261120"), days(1), Ok(&[&taken]));
    check(until("261120"), days(0), Err(stale));
    let endless = || OddList {
        next_update: None,
        ..OddList::default()
    };
    let nobody =
        "it does not say when the next one comes, so that nobody knows until when it holds";
    let taken = format!("{nobody}, which was accepted");
    check(endless(), Freshness::Required, Err(nobody));
    check(endless(), Freshness::Warn, Ok(&[&taken]));
    check(endless(), days(20), Ok(&[&taken]));
    check(endless(), days(19), Err(nobody));
    let early = || OddList {
        this_update: "261122",
        ..OddList::default()
    };
    let future = "it was made on 2026-11-22T00:00:00Z; the time is 2026-11-21T00:00:00Z";
    let taken = format!("{future}, which was accepted");
    check(early(), Freshness::Required, Err(future));
    check(early(), days(1), Ok(&[&taken]));
    check(early(), days(0), Err(future));
}
