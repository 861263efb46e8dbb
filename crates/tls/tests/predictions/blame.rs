//! Whose fault a failure is, by what was changed of a fleet that works: independent of how the prediction finds it.

use trustpack_judge::reason::Step;
use trustpack_material::prediction::{Failing, Fault, Stage};
use trustpack_settings::place::Place;

use crate::world::Side;

/// Faults that change one end and are put down to the other one, each with the reason.
const OTHERS: &[(&str, &str)] = &[
    (
        "untrusted",
        "it shows its chain up to the root: whoever does not trust that root lacks it",
    ),
    (
        "shown_by_another_root",
        "it has that root among its own: whoever does not trust it lacks it",
    ),
];

/// Whether it is known who is at fault, because the end that was changed is one; then that one is named.
#[track_caller]
pub(crate) fn check(
    failing: &Failing,
    place: &Place,
    changed: [bool; 2],
    names: &[&str],
    about: &str,
) -> bool {
    if failing.fault == Fault::Both {
        let steps = [Step::Protocol, Step::AllowedNames].map(Stage::Judgement);
        assert!(steps.contains(&failing.stage), "{failing}\n{about}");
        return false;
    }
    let side = match changed {
        [true, false] => Side::Client,
        [false, true] => Side::Server,
        [true, true] | [false, false] => return false,
    };
    // What is wrong with the fleet file as a whole keeps both from starting.
    let of_fleet = failing.why.contains(" at fleet: ");
    // What is wrong with a backup is a matter of neither.
    let is_first = matches!(place, Place::Connection { .. });
    let other = names
        .iter()
        .any(|name| OTHERS.iter().any(|(other, _)| other == name));
    if of_fleet || !is_first || other {
        return false;
    }
    let fault = match side {
        Side::Client => Fault::Client,
        Side::Server => Fault::Server,
    };
    assert_eq!(failing.fault, fault, "{failing}\n{about}");
    true
}
