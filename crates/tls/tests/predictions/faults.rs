//! What can be wrong with two ends, one function each. Some of them are no faults but other ways to be good.

mod around;
mod certificates;
mod ends;
mod fields;
mod files;
mod levels;
mod lists;
mod openssl;
mod spelling;

use trustpack_x509::certificate::Certificate;

use crate::draw::Draw;
use crate::support::{Host, small_public_key};
use crate::world::{Ground, Side, World};

/// One change of a world.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&mut World, &Ground, &mut Draw),
}

/// The fault of a module by its name.
fn named(faults: &[Fault], name: &str) -> Fault {
    let mut faults = faults.iter();
    *faults.find(|fault| fault.name == name).unwrap()
}

/// The faults of a module.
macro_rules! faults {
    ($($name:ident),* $(,)?) => {
        pub(super) const FAULTS: &[$crate::faults::Fault] = &[
            $($crate::faults::Fault { name: stringify!($name), make: $name }),*
        ];
    };
}
use faults;

/// Every fault.
pub(crate) fn all() -> Vec<Fault> {
    let modules = [
        certificates::FAULTS,
        lists::FAULTS,
        files::FAULTS,
        fields::FAULTS,
        spelling::FAULTS,
        levels::FAULTS,
        ends::FAULTS,
        around::FAULTS,
        openssl::FAULTS,
    ];
    modules.concat()
}

/// What leads to outcomes that are rare else: it is drawn more often.
const RARE: [&str; 6] = [
    "names_not_allowed",
    "no_suite_for_the_key",
    "outdated",
    "other_name",
    "unchecked_server_simple",
    "files_not_collected",
];

/// How often one of those stands among the others.
const WEIGHT: usize = 3;

/// None, one or two of them. In three of four fleets each one in its turn, so that it comes several times; what else is
/// drawn is of those that mostly let both ends start and leave it to the judge what comes of it.
pub(crate) fn draw(number: usize, draw: &mut Draw) -> Vec<Fault> {
    let all = all();
    let rare = all.iter().filter(|fault| RARE.contains(&fault.name));
    let rare: Vec<Fault> = rare.copied().collect();
    let judged = [certificates::FAULTS, lists::FAULTS, ends::FAULTS].concat();
    let judged = [judged, rare.repeat(WEIGHT)].concat();
    let (round, nth) = (number / 4, number % 4);
    let mut drawn = Vec::new();
    match nth {
        // Ends of OpenSSL are the most common ones: their faults come once more.
        0 if round % 2 == 1 => drawn.push(openssl::FAULTS[(round / 2) % openssl::FAULTS.len()]),
        0 => {}
        nth => drawn.push(all[(round * 3 + nth - 1) % all.len()]),
    }
    let is_alone = |one: &Fault| openssl::FAULTS.iter().any(|other| other.name == one.name);
    if draw.below(3) > 0 && !drawn.iter().any(is_alone) {
        drawn.push(draw.one(&judged));
    }
    drawn
}

fn side(draw: &mut Draw) -> Side {
    draw.one(&Side::BOTH)
}

/// A certificate of the intermediate CA for the key of 1024 bits.
fn reissue_small(world: &mut World, ground: &Ground, side: Side) {
    let host = Host::named(side.host());
    let own = ground.sub.issue_for_public(&host, &small_public_key());
    let sub = &ground.sub.certificate;
    world.presents(side, &[&own, sub], ground.key(side));
}

/// A certificate of the intermediate CA in place of the good one.
fn reissue(world: &mut World, ground: &Ground, side: Side, host: &Host<'_>) -> Certificate {
    let own = ground.issue(side, host);
    world.presents(side, &[&own, &ground.sub.certificate], ground.key(side));
    own
}
