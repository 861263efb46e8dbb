//! What the verdict says of each step and signature, for those who show it.

use trustpack_judge::course::{Course, LinkOutcome, StepOutcome};
use trustpack_judge::reason::Step;

use crate::ask::{Ask, ask};

use LinkOutcome::{NoIssuer, Refused, Trusted, Verified};
use StepOutcome::{Failed, NotAsked, Passed};

/// The outcomes of the path, the name and the dates, and of each signature.
#[track_caller]
fn check(ask: Ask<'_>, steps: [StepOutcome; 3], links: &[LinkOutcome]) {
    let verdict = ask.verdict();
    let course: &Course = match &verdict {
        Ok(accepted) => accepted.course(),
        Err(rejected) => &rejected.course,
    };
    let found = [Step::Path, Step::Name, Step::Dates].map(|step| course.step(step));
    assert_eq!((found, course.links()), (steps, links));
    for step in [Step::Protocol, Step::Revocation, Step::AllowedNames] {
        assert_eq!(course.step(step), NotAsked, "{step}");
    }
}

#[test]
fn each_step_and_signature_has_its_outcome() {
    let good = ask(&["host", "intermediate"], &["root"]);
    let links = [Verified, Verified, Trusted];
    check(good, [Passed, Passed, Passed], &links);
    check(Ask { host: "", ..good }, [Passed, NotAsked, Passed], &links);
    let elsewhere = Ask {
        host: "other.example",
        now: "2100-01-01",
        ..good
    };
    check(elsewhere, [Passed, Failed, Failed], &links);
    // Trusted itself.
    check(
        ask(&["host"], &["host"]),
        [Passed, Passed, Passed],
        &[Trusted],
    );
    // No issuer, and nobody who is trusted.
    check(
        ask(&["host"], &["root"]),
        [Failed, Passed, Passed],
        &[NoIssuer],
    );
    let nobody = ask(&["host", "intermediate"], &[]);
    check(nobody, [Failed, Passed, Passed], &[NoIssuer]);
    // Signed by another key of the issuer's name.
    let rekeyed = ask(&["host", "intermediate-rekeyed"], &["root"]);
    check(rekeyed, [Failed, Passed, Passed], &[Refused]);
    // A digest and a key that are not accepted: the signatures were not looked at.
    let sha1 = ask(&["host-of-sha1", "sha1-intermediate"], &["root"]);
    check(
        sha1,
        [Failed, Passed, Passed],
        &[Verified, Refused, Trusted],
    );
    let small = ask(&["host-of-small"], &["small-root"]);
    check(small, [Failed, Passed, Passed], &[Refused, Trusted]);
}
