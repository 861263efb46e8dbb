//! Lists: which one counts, what it says, and what is said when none counts.

mod faults;
mod signers;

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::course::StepOutcome;
use trustpack_judge::judge;
use trustpack_judge::question::{CrlCheck, NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_judge::reason::Step;
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_judge::verdict::Verdict;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;

use crate::authority::{Authority, OddList, a_ca, a_host, entry, root};

/// A root, an intermediate below it, and a host below that.
struct Site {
    root: Authority,
    below: Authority,
    host: Authority,
}

fn site() -> Site {
    let root = root("Root");
    let below = root.issue(&a_ca("Below", 2));
    let host = below.issue(&a_host(3));
    Site { root, below, host }
}

/// Asks about a host at a time at which the usual lists hold.
struct Ask<'a> {
    host: &'a Certificate,
    sent: Vec<Certificate>,
    trusted: Vec<Certificate>,
    lists: Vec<RevocationList>,
    seen: SeenNumbers,
    policy: Policy,
    now: &'a str,
}

impl Site {
    fn ask(&self, lists: Vec<RevocationList>) -> Ask<'_> {
        Ask {
            host: &self.host.certificate,
            sent: vec![self.below.certificate.clone()],
            trusted: vec![self.root.certificate.clone()],
            lists,
            seen: SeenNumbers::default(),
            policy: Policy::default(),
            now: "2026-11-21",
        }
    }
}

impl Ask<'_> {
    fn verdict(self) -> Verdict {
        let anchors = TrustAnchors::new(self.trusted);
        let lists = RevocationLists::new(self.lists, &anchors, self.seen);
        judge(&Question {
            leaf: self.host,
            intermediates: &self.sent,
            anchors: &anchors,
            purpose: Purpose::Server,
            name: &NameCheck::Off,
            revocation: RevocationCheck::Lists(&lists),
            allowed: &AllowedNames::Everybody,
            now: self.now.parse().expect("a time"),
            policy: self.policy,
        })
    }

    /// The certificate is accepted, with these notes about lists.
    #[track_caller]
    fn accepts(self, notes: &[&str]) {
        match self.verdict() {
            Ok(accepted) => {
                let found: Vec<_> = accepted.list_notes().map(ToString::to_string).collect();
                assert_eq!(found, notes);
                let step = accepted.course().step(Step::Revocation);
                assert_eq!(step, StepOutcome::Passed);
            }
            Err(rejected) => panic!("{rejected}"),
        }
    }

    /// The certificate is refused for a reason of the step revocation; `reason` is its end.
    #[track_caller]
    fn refuses(self, reason: &str) {
        let Err(rejected) = self.verdict() else {
            panic!("it is accepted")
        };
        let found = format!("{}: {}", rejected.step(), rejected.first);
        assert!(found.starts_with("revocation: "), "{found}");
        assert!(
            found.ends_with(reason),
            "{found}\ndoes not end with\n{reason}"
        );
    }
}

/// Item 3.3.4: no list for an issuer that must be checked is refused, saying whose is missing.
#[test]
fn every_certificate_but_the_anchor_is_looked_for() {
    let site = site();
    let [root, below] = [&site.root, &site.below];
    site.ask(vec![root.list(&[9]), below.list(&[9])])
        .accepts(&[]);
    site.ask(vec![root.list(&[1]), below.list(&[2])])
        .accepts(&[]);
    site.ask(vec![root.list(&[]), below.list(&[3])]).refuses(
        "the certificate \"CN=host.example\" with serial 03 was revoked on 2026-10-15T00:00:00Z, says the list of \"CN=Below\" with number 07 of 2026-11-01T00:00:00Z",
    );
    site.ask(vec![root.list(&[2]), below.list(&[])]).refuses(
        "the intermediate certificate \"CN=Below\" with serial 02 was revoked on 2026-10-15T00:00:00Z, says the list of \"CN=Root\" with number 07 of 2026-11-01T00:00:00Z",
    );
    site.ask(vec![root.list(&[])]).refuses(
        "whether the certificate \"CN=host.example\" with serial 03 was revoked is not known: there is no list of its issuer \"CN=Below\"",
    );
    site.ask(vec![below.list(&[])]).refuses(
        "whether the intermediate certificate \"CN=Below\" with serial 02 was revoked is not known: there is no list of its issuer \"CN=Root\"",
    );
    let leaf_only = Policy {
        crl_check: CrlCheck::Leaf,
        ..Policy::default()
    };
    Ask {
        policy: leaf_only,
        ..site.ask(vec![below.list(&[])])
    }
    .accepts(&[]);
    let itself = vec![site.host.certificate.clone()];
    Ask {
        trusted: itself,
        ..site.ask(vec![below.list(&[3])])
    }
    .accepts(&[]);
}

#[test]
fn reasons_for_a_revocation() {
    let site = site();
    let with = |code: u8| {
        let entries = entry(3, Some(code));
        let list = site.below.odd_list(&OddList {
            entries: &entries,
            ..OddList::default()
        });
        site.ask(vec![site.root.list(&[]), list])
    };
    let says = ", says the list of \"CN=Below\" with number 07 of 2026-11-01T00:00:00Z";
    with(1).refuses(&format!("(keyCompromise){says}"));
    with(6).refuses(&format!("(certificateHold){says}"));
    with(0).refuses(&format!("(unspecified){says}"));
    with(8).accepts(&[]);
    with(7).refuses("is not used, entry 1 of the list is not well formed (7 is no reason code; allowed are 0 to 10 without 7)");
}

#[test]
fn the_later_steps_are_told_too() {
    let site = site();
    let lists = vec![site.root.list(&[]), site.below.list(&[3])];
    let rejected = Ask {
        now: "2100-01-01",
        ..site.ask(lists)
    }
    .verdict()
    .expect_err("too late");
    let steps: Vec<_> = rejected
        .reasons()
        .map(|reason| reason.step().to_string())
        .collect();
    assert_eq!(
        steps,
        ["dates", "dates", "dates", "revocation", "revocation"]
    );
    assert_eq!(rejected.course.revocation().len(), 2);
    assert_eq!(rejected.course.step(Step::Revocation), StepOutcome::Failed);
}

#[test]
fn lists_are_not_reached_where_nobody_trusted_vouches() {
    let site = site();
    let stranger = Ask {
        trusted: vec![root("Stranger").certificate],
        ..site.ask(vec![site.root.list(&[]), site.below.list(&[3])])
    };
    let rejected = stranger.verdict().expect_err("nobody is trusted");
    assert_eq!(
        rejected.course.step(Step::Revocation),
        StepOutcome::NotReached
    );
    assert!(rejected.course.revocation().is_empty());
}

#[test]
fn the_newest_counts() {
    let site = site();
    let hold = entry(3, Some(6));
    let old = OddList {
        this_update: "261031",
        number: Some(6),
        entries: &hold,
        ..OddList::default()
    };
    let [old, new] = [site.below.odd_list(&old), site.below.list(&[])];
    for lists in [[&old, &new], [&new, &old]] {
        let mut given = vec![site.root.list(&[])];
        given.extend(lists.into_iter().cloned());
        site.ask(given).accepts(&[]);
    }
}

/// Item 3.3.4: read and verified once, shared, and verified when the issuer has been.
#[test]
fn lists_are_shared_and_remember_who_signed_them() {
    let site = site();
    let anchors = TrustAnchors::new([site.root.certificate.clone()]);
    let given = [site.root.list(&[]), site.below.list(&[])];
    let lists = RevocationLists::new(given, &anchors, SeenNumbers::default());
    let ask = |now: &str| {
        judge(&Question {
            leaf: &site.host.certificate,
            intermediates: std::slice::from_ref(&site.below.certificate),
            anchors: &anchors,
            purpose: Purpose::Server,
            name: &NameCheck::Off,
            revocation: RevocationCheck::Lists(&lists),
            allowed: &AllowedNames::Everybody,
            now: now.parse().expect("a time"),
            policy: Policy::default(),
        })
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| ask("2026-11-21").is_ok()))
            .collect();
        assert!(all.into_iter().all(|one| one.join().expect("no panic")));
    });
    // Nor does it matter that another key was tried first.
    let of_below = lists
        .of_issuer(site.below.certificate.subject())
        .first()
        .expect("a list");
    assert!(!of_below.is_signed_by(site.root.certificate.public_key()));
    assert!(of_below.is_signed_by(site.below.certificate.public_key()));
    assert!(ask("2026-11-21").is_ok());
    assert!(ask("2026-12-02").is_err());
}
