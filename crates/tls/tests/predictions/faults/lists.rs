//! Revocation lists.

use trustpack_keystore::pem;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;

use super::{faults, reissue, side};
use crate::draw::Draw;
use crate::support::{Host, List};
use crate::world::{Ground, World};

faults![
    revoked,
    list_missing,
    list_outdated,
    list_past_half,
    list_of_another_key,
    list_of_no_use,
    list_that_goes_back,
    list_without_number,
    no_list_in_file,
    good_lists,
    leaf_check,
];

/// Both CAs' lists; `revoked` are of the intermediate.
fn both_lists(ground: &Ground, revoked: &[&Certificate]) -> String {
    let list = List {
        revoked: revoked.iter().map(|one| one.serial().clone()).collect(),
        ..List::default()
    };
    with_root(ground, &ground.sub.list(&list))
}

/// These, and the root's.
fn with_root(ground: &Ground, lists: &str) -> String {
    ground.root.list(&List::default()) + lists
}

fn revoked(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let peer = side.other();
    let own = reissue(world, ground, peer, &Host::named(peer.host()));
    let mut lists = both_lists(ground, &[&own]);
    if draw.below(3) == 0 {
        let list = List {
            revoked: vec![ground.sub.certificate.serial().clone()],
            ..List::default()
        };
        lists = ground.root.list(&list) + &ground.sub.list(&List::default());
    }
    world.lists(side, &lists);
}

fn list_missing(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let of = draw.one(&[&ground.root, &ground.sub, &ground.other]);
    world.lists(side, &of.list(&List::default()));
}

fn list_outdated(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let (made, next) = draw.one(&[("2020-01-01", "2021-01-01"), ("2090-01-01", "2091-01-01")]);
    let list = List {
        made,
        next,
        ..List::default()
    };
    world.lists(side, &with_root(ground, &ground.sub.list(&list)));
    match draw.below(4) {
        0 => world.set(side, "crl-freshness", "warn"),
        1 => world.set(side, "crl-freshness", "24"),
        2 => world.accept(side, "TP4030"),
        _ => {}
    }
}

/// Fresh today and at the time of the predictions, and more than half of its life is over then.
fn list_past_half(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let list = List {
        next: "2031-01-01",
        ..List::default()
    };
    let lists = with_root(ground, &ground.sub.list(&list));
    world.lists(side(draw), &lists);
}

fn list_of_another_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let impostor = ground.other.intermediate("Sub");
    world.lists(side, &with_root(ground, &impostor.list(&List::default())));
    if draw.coin() {
        world.accept(side, "TP4031");
    }
}

/// Signed with SHA-1.
fn list_of_no_use(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let list = List {
        digest: Digest::Sha1,
        ..List::default()
    };
    world.lists(side, &with_root(ground, &ground.sub.list(&list)));
    if draw.coin() {
        world.accept(side, "TP4032");
    }
}

/// Of two lists of a CA the newer one has the lower number.
fn list_that_goes_back(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let list = |made, number| {
        ground.sub.list(&List {
            made,
            number,
            ..List::default()
        })
    };
    let lists = list("2020-01-01", 9) + &list("2020-02-01", 7);
    world.lists(side, &with_root(ground, &lists));
    if draw.coin() {
        world.accept(side, "TP4033");
    }
}

/// Of a CA that has nothing to do with it, beside the good ones.
fn list_without_number(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let without = include_str!("../../../../judge/tests/fixtures/small-root.crl.pem");
    world.lists(side(draw), &(both_lists(ground, &[]) + without));
}

fn no_list_in_file(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let certificate = std::slice::from_ref(&ground.root.certificate);
    world.lists(side(draw), &pem::certificates_to_pem(certificate));
}

fn good_lists(world: &mut World, ground: &Ground, draw: &mut Draw) {
    world.lists(side(draw), &both_lists(ground, &[]));
}

fn leaf_check(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.lists(side, &ground.sub.list(&List::default()));
    world.set(side, "crl-check", "leaf");
}
