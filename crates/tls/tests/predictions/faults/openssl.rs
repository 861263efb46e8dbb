//! One end or both are OpenSSL, as in a fleet without tunnels, and a real `openssl` is there.
//!
//! Nothing else may be wrong in such a fleet than what stands here: of much that settings say, what a program makes of it
//! that does its own TLS is not foretold.

use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;

use super::{faults, lists, named, reissue, reissue_small, side};
use crate::draw::Draw;
use crate::support::{Host, SMALL_KEY, between};
use crate::world::{Ground, Side, World};

faults![
    small_key_of_server,
    small_key_of_server_accepted,
    small_key_of_server_accepted_once,
    small_key_of_client,
    small_key_of_client_accepted,
    small_key_of_client_accepted_once,
    nothing_wrong,
    own_behind_its_issuers,
    own_alone_behind_another,
    own_before_all_others,
    own_after_one_of_the_same_key,
    intermediate_only_trusted,
    upper_intermediate_only_trusted,
    intermediate_nowhere,
    upper_intermediate_nowhere,
    intermediate_trusted_without_root,
    intermediate_trusted_with_root,
    judged_by_another_root,
    shown_by_another_root,
    own_for_the_other_role,
    own_expired,
    own_soon_over,
    root_expired,
    own_of_another_name,
    own_revoked,
    own_for_any_purpose,
    own_of_a_netscape_type,
    own_for_key_exchange_expired,
];

fn small_key_of_server(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    small(world, ground, Side::Server, None);
}

fn small_key_of_server_accepted(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    small(world, ground, Side::Server, Some("2085-12-31"));
}

fn small_key_of_server_accepted_once(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    small(world, ground, Side::Server, Some("2021-12-31"));
}

fn small_key_of_client(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    small(world, ground, Side::Client, None);
}

fn small_key_of_client_accepted(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    small(world, ground, Side::Client, Some("2085-12-31"));
}

fn small_key_of_client_accepted_once(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    small(world, ground, Side::Client, Some("2021-12-31"));
}

/// This end is OpenSSL with such a key, and the other one accepts it until a day, if at all.
fn small(world: &mut World, ground: &Ground, side: Side, until: Option<&str>) {
    reissue_small(world, ground, side);
    world.file(side, "/etc/key.pem", SMALL_KEY);
    world.is_openssl(side);
    if let Some(until) = until {
        world.set(side.other(), "danger-accept-weak", until);
    }
    mutual(world);
}

fn mutual(world: &mut World) {
    if !world.is_mutual() {
        world.parameter(Side::Server, "tls-mutual=1");
    }
}

/// One of the two, and OpenSSL is at that one, or at both.
fn presenting(world: &mut World, draw: &mut Draw) -> Side {
    let side = side(draw);
    world.is_openssl(side);
    if draw.coin() {
        world.is_openssl(side.other());
    }
    if side == Side::Client {
        mutual(world);
    }
    side
}

/// One of the two, and OpenSSL is at the other one, which judges it, or at both.
fn judged(world: &mut World, draw: &mut Draw) -> Side {
    let side = side(draw);
    world.is_openssl(side.other());
    if draw.coin() {
        world.is_openssl(side);
    }
    if side == Side::Client {
        mutual(world);
    }
    side
}

fn nothing_wrong(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    presenting(world, draw);
}

/// The certificates of an end in another order than that of the chain.
fn own_behind_its_issuers(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let own = ground.issue(side, &Host::named(side.host()));
    let (root, sub) = (&ground.root.certificate, &ground.sub.certificate);
    let orders = [[root, sub, &own], [sub, &own, root], [sub, root, &own]];
    world.presents(side, &draw.one(&orders), ground.key(side));
}

fn own_alone_behind_another(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let own = ground.issue(side, &Host::named(side.host()));
    let other = ground.issue(side.other(), &Host::named("c.example.com"));
    world.presents(
        side,
        &[&other, &own, &ground.sub.certificate],
        ground.key(side),
    );
}

fn own_before_all_others(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let own = ground.issue(side, &Host::named(side.host()));
    let (root, sub) = (&ground.root.certificate, &ground.sub.certificate);
    let stray = &ground.other.certificate;
    let orders = [
        [&own, root, stray, sub],
        [&own, stray, sub, sub],
        [&own, sub, root, &own],
    ];
    world.presents(side, &draw.one(&orders), ground.key(side));
}

/// Ours shows the newer one of two with the same key, OpenSSL the first.
fn own_after_one_of_the_same_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let times = [("2020-01-01", "2021-01-01"), ("2020-01-01", "2035-01-01")];
    let (first, last) = draw.one(&times);
    let older = Host {
        validity: between(first, last),
        ..Host::named(side.host())
    };
    let older = ground.issue(side, &older);
    let own = ground.issue(side, &Host::named(side.host()));
    world.presents(
        side,
        &[&older, &own, &ground.sub.certificate],
        ground.key(side),
    );
}

/// OpenSSL adds to an own certificate alone what is above it among those that it trusts.
fn intermediate_only_trusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let own = ground.issue(side, &Host::named(side.host()));
    world.presents(side, &[&own], ground.key(side));
    let trusted = [&ground.root.certificate, &ground.sub.certificate];
    world.trusts(side, &trusted);
}

/// It adds nothing to a file with more than that.
fn upper_intermediate_only_trusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let lower = ground.sub.intermediate("Lower");
    let own = lower.issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own, &lower.certificate], ground.key(side));
    let trusted = [&ground.root.certificate, &ground.sub.certificate];
    world.trusts(side, &trusted);
}

fn intermediate_nowhere(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let own = ground.issue(side, &Host::named(side.host()));
    world.presents(side, &[&own], ground.key(side));
}

fn upper_intermediate_nowhere(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = presenting(world, draw);
    let lower = ground.sub.intermediate("Lower");
    let own = lower.issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own, &lower.certificate], ground.key(side));
}

/// OpenSSL wants a root.
fn intermediate_trusted_without_root(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    world.trusts(side.other(), &[&ground.sub.certificate]);
    shows_up_to_its_root(world, ground, side.other());
}

/// What an end trusts is no part of its own chain.
fn shows_up_to_its_root(world: &mut World, ground: &Ground, side: Side) {
    let own = ground.issue(side, &Host::named(side.host()));
    let (root, sub) = (&ground.root.certificate, &ground.sub.certificate);
    world.presents(side, &[&own, sub, root], ground.key(side));
}

/// The intermediate that the peer does not send is taken from there.
fn intermediate_trusted_with_root(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    for side in Side::BOTH {
        world.is_openssl(side);
    }
    mutual(world);
    let own = ground.issue(side, &Host::named(side.host()));
    world.presents(side, &[&own], ground.key(side));
    let trusted = [&ground.root.certificate, &ground.sub.certificate];
    world.trusts(side.other(), &trusted);
}

fn judged_by_another_root(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    world.trusts(side.other(), &[&ground.other.certificate]);
    shows_up_to_its_root(world, ground, side.other());
}

fn shown_by_another_root(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let own = ground
        .other
        .issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own], ground.key(side));
    world.trusts(side, &[&ground.root.certificate, &ground.other.certificate]);
}

fn own_for_the_other_role(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let host = Host {
        purposes: vec![match side {
            Side::Client => Purpose::ServerAuth,
            Side::Server => Purpose::ClientAuth,
        }],
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    world.accept(side, "TP4018");
}

fn own_expired(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let host = Host {
        validity: between("2020-01-01", "2021-01-01"),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    world.accept(side, "TP4012");
}

fn own_soon_over(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let host = Host {
        validity: between("2020-01-01", "2031-01-01"),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
}

fn root_expired(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let expired = ground.root.valid(between("2020-01-01", "2021-01-01"));
    world.trusts(side.other(), &[&expired]);
    shows_up_to_its_root(world, ground, side.other());
}

fn own_of_another_name(world: &mut World, ground: &Ground, draw: &mut Draw) {
    world.is_openssl(Side::Client);
    if draw.coin() {
        world.is_openssl(Side::Server);
    }
    let host = Host {
        alt_names: vec![GeneralName::Dns("c.example.com".to_owned())],
        ..Host::named("b.example.com")
    };
    reissue(world, ground, Side::Server, &host);
    world.parameter(Side::Client, "tls-target-name-check=host");
}

/// By a list of the one who judges, or it is only that of somebody else.
fn own_revoked(world: &mut World, ground: &Ground, draw: &mut Draw) {
    (named(lists::FAULTS, "revoked").make)(world, ground, draw);
    for side in Side::BOTH {
        world.is_openssl(side);
    }
    mutual(world);
}

/// OpenSSL wants the purpose itself, and looks at it before it looks at the time.
fn own_for_any_purpose(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let mut host = Host {
        purposes: vec![Purpose::Any],
        ..Host::named(side.host())
    };
    if draw.coin() {
        host = host.expired();
        world.accept(side, "TP4012");
    }
    reissue(world, ground, side, &host);
}

/// It looks at what Netscape had before there were purposes.
fn own_of_a_netscape_type(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let host = Host {
        netscape: Some(draw.one(&[0x80, 0x40, 0xc0])),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
}

/// It takes a key for the exchange of keys as well, so that the time is what it refuses.
fn own_for_key_exchange_expired(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = judged(world, draw);
    let host = Host {
        uses: vec![KeyUse::KeyAgreement],
        ..Host::named(side.host()).expired()
    };
    reissue(world, ground, side, &host);
    world.accept(side, "TP4012");
    world.accept(side, "TP4018");
}
