//! The own certificate and its chain, and who is trusted.
//!
//! Long because every kind of fault stands beside the others, a few lines each.

use std::fmt::Write as _;
use std::time::Duration;

use trustpack_keystore::pem;
use trustpack_material::survey::points::Answer;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;

use super::{faults, reissue, side};
use crate::draw::Draw;
use crate::support::{Host, between};
use crate::world::{Ground, Side, World};

faults![
    outdated,
    soon_over,
    short_lived,
    wrong_purpose,
    wrong_key_usage,
    ca_as_host,
    no_intermediate,
    no_upper_intermediate,
    scrambled_chain,
    chain_too_long,
    chain_too_large,
    untrusted,
    other_authority,
    other_trust,
    trust_of_partners,
    only_intermediate_trusted,
    pinned,
    expired_anchor,
    small_anchor,
    key_in_trusted,
    other_name,
    common_name_alone,
    weak_digest,
    rsa_key,
    no_suite_for_the_key,
    silent_point,
    slow_point,
    root_left_out,
];

fn outdated(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let times = [("2020-01-01", "2021-01-01"), ("2090-01-01", "2091-01-01")];
    let (first, last) = draw.one(&times);
    let host = Host {
        validity: between(first, last),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    if draw.below(4) > 0 {
        world.accept(side, "TP4012");
    }
}

/// Valid today and at the time of the predictions, and less than a third of its life is left then.
fn soon_over(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let host = Host {
        validity: between("2020-01-01", "2031-01-01"),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
}

fn short_lived(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let host = Host {
        validity: between("2026-01-01", "2040-01-01"),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
}

fn wrong_purpose(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let host = Host {
        purposes: vec![match side {
            Side::Client => Purpose::ServerAuth,
            Side::Server => Purpose::ClientAuth,
        }],
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    if draw.below(4) > 0 {
        world.accept(side, "TP4018");
    }
}

fn wrong_key_usage(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let host = Host {
        uses: vec![KeyUse::KeyEncipherment],
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    world.accept(side, "TP4018");
}

fn ca_as_host(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let (certificate, key) = ground.sub.as_host();
    world.presents(side, &[certificate], key);
    if draw.coin() {
        world.accept(side, "TP4017");
    }
}

fn no_intermediate(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground.issue(side, &Host::named(side.host()));
    world.presents(side, &[&own], ground.key(side));
    if draw.below(3) == 0 {
        // It is taken from there.
        world.trusts(side, &[&ground.root.certificate, &ground.sub.certificate]);
    }
}

/// The one that issued is there, and the one above it is not.
fn no_upper_intermediate(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let lower = ground.sub.intermediate("Lower");
    let own = lower.issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own, &lower.certificate], ground.key(side));
    if draw.below(4) > 0 {
        world.accept(side, "TP4008");
    }
}

fn scrambled_chain(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground.issue(side, &Host::named(side.host()));
    let (root, sub) = (&ground.root.certificate, &ground.sub.certificate);
    let stray = &ground.other.certificate;
    world.presents(side, &[root, sub, stray, &own, sub], ground.key(side));
}

/// More CAs in a row than a chain may have.
fn chain_too_long(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let mut above = vec![ground.root.intermediate("Sub 0")];
    for number in 1..12 {
        let next = above[number - 1].intermediate(&format!("Sub {number}"));
        above.push(next);
    }
    let own = above[11].issue_for(&Host::named(side.host()), ground.key(side));
    let chain = above.iter().rev().map(|authority| &authority.certificate);
    let chain: Vec<&Certificate> = std::iter::once(&own).chain(chain).collect();
    world.presents(side, &chain, ground.key(side));
    if draw.coin() {
        world.accept(side, "TP4008");
    }
}

/// A certificate of so many names that its chain fits into no message, or only into that of some.
fn chain_too_large(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let count = draw.one(&[2000, 3500]);
    let more = (0..count).map(|index| format!("{index:04}.{}", side.host()));
    let names = std::iter::once(side.host().to_owned()).chain(more);
    let host = Host {
        alt_names: names.map(GeneralName::Dns).collect(),
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
}

fn untrusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground
        .other
        .issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own, &ground.other.certificate], ground.key(side));
}

/// A second CA, which the other end trusts too.
fn other_authority(world: &mut World, ground: &Ground, draw: &mut Draw) {
    untrusted(world, ground, draw);
    for side in Side::BOTH {
        world.trusts(side, &[&ground.root.certificate, &ground.other.certificate]);
    }
}

fn other_trust(world: &mut World, ground: &Ground, draw: &mut Draw) {
    world.trusts(side(draw), &[&ground.other.certificate]);
}

/// Each end has a certificate of its own CA, alone in its file, and trusts the CA of the other one.
fn trust_of_partners(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let authorities = [(side, &ground.root), (side.other(), &ground.other)];
    for (side, authority) in authorities {
        let own = authority.issue_for(&Host::named(side.host()), ground.key(side));
        world.presents(side, &[&own], ground.key(side));
        world.trusts(side.other(), &[&authority.certificate]);
    }
}

fn only_intermediate_trusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    world.trusts(side(draw), &[&ground.sub.certificate]);
}

/// The very certificate of the peer is trusted, or that of somebody else.
fn pinned(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let peer = side.other();
    let own = reissue(world, ground, peer, &Host::named(peer.host()));
    let mine = ground.issue(side, &Host::named(side.host()));
    let root = &ground.root.certificate;
    world.presents(
        side,
        &[&mine, &ground.sub.certificate, root],
        ground.key(side),
    );
    if draw.coin() {
        world.trusts(side, &[&own]);
    } else {
        world.trusts(side, &[&mine]);
    }
    if draw.below(4) > 0 {
        world.accept(side, "TP4013");
    }
}

fn expired_anchor(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let expired = ground.root.valid(between("2020-01-01", "2021-01-01"));
    world.trusts(side, &[&expired]);
    if draw.below(4) > 0 {
        world.accept(side, "TP4026");
        world.accept(side, "TP4012");
    }
}

/// A CA with a key of 1024 bits, beside the good one.
fn small_anchor(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let file = include_bytes!("../../../../judge/tests/fixtures/small-root.pem");
    let small = pem::read_certificates(file).unwrap().remove(0);
    world.trusts(side, &[&ground.root.certificate, &small]);
    if draw.coin() {
        world.accept(side, "TP4021");
    }
}

fn key_in_trusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let mut text = pem::certificates_to_pem(std::slice::from_ref(&ground.root.certificate));
    write!(
        text,
        "{}",
        *pem::private_key_to_pem(ground.key(Side::Client))
    )
    .unwrap();
    world.file(side(draw), "/etc/ca.pem", text);
}

fn other_name(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let name = draw.one(&["c.example.com", "*.example.com", "B.example.com."]);
    let host = Host {
        alt_names: vec![GeneralName::Dns(name.to_owned())],
        ..Host::named("b.example.com")
    };
    reissue(world, ground, Side::Server, &host);
    world.parameter(Side::Client, "tls-target-name-check=host");
}

fn common_name_alone(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let host = Host {
        alt_names: Vec::new(),
        ..Host::named(draw.one(&["b.example.com", "c.example.com", "*.example.com"]))
    };
    reissue(world, ground, Side::Server, &host);
    world.parameter(Side::Client, "tls-target-name-check=host");
}

fn weak_digest(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let host = Host {
        digest: Digest::Sha1,
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    if draw.below(4) > 0 {
        world.accept(side, "TP4021");
    }
    if draw.coin() {
        // No date between the prediction and today, which would tell the two apart.
        let until = draw.one(&["2021-12-31", "2085-12-31"]);
        world.set(side.other(), "danger-accept-weak", until);
    }
}

fn rsa_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let own = ground
        .sub
        .issue_for(&Host::named("b.example.com"), &ground.rsa);
    world.presents(Side::Server, &[&own, &ground.sub.certificate], &ground.rsa);
    if draw.coin() {
        world.set(Side::Client, "sec-protocol-max", "TLSv12");
        world.set(
            Side::Client,
            "cipher-list",
            draw.one(&["ECDSA", "aRSA", "AES256"]),
        );
    }
}

/// The suites of both ends fit each other, and none is for the key of the server.
fn no_suite_for_the_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let own = ground
        .sub
        .issue_for(&Host::named("b.example.com"), &ground.rsa);
    world.presents(Side::Server, &[&own, &ground.sub.certificate], &ground.rsa);
    let side = side(draw);
    world.set(side, "sec-protocol-max", "TLSv12");
    world.set(
        side,
        "cipher-list",
        draw.one(&["aECDSA", "ECDHE-ECDSA-AES256-GCM-SHA384"]),
    );
}

/// The list of the CA is at an address, which nobody who judges here asks. Somebody else has asked it.
fn point(world: &mut World, ground: &Ground, draw: &mut Draw, answer: Answer) {
    let side = side(draw);
    let url = draw.one(&[
        "http://crl.example.org/ca.crl",
        "http://crl.example.org/slow.crl",
        "http://a.example.com/ca.crl",
    ]);
    let host = Host {
        points: vec![url.to_owned()],
        ..Host::named(side.host())
    };
    reissue(world, ground, side, &host);
    world.answers.insert(url.to_owned(), answer);
}

fn silent_point(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let answer = Answer::Nothing("nobody answers".to_owned());
    point(world, ground, draw, answer);
}

fn slow_point(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let took = Duration::from_secs(9);
    point(world, ground, draw, Answer::List { took });
}

fn root_left_out(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground.issue(side, &Host::named(side.host()));
    let chain = [&own, &ground.sub.certificate, &ground.root.certificate];
    world.presents(side, &chain, ground.key(side));
    world.set(side, "send-root", draw.one(&["0", "1"]));
}
