//! Levels: which of them gives the credentials, and what is set where it does not count.

use super::{faults, side};
use crate::draw::Draw;
use crate::world::{At, Ground, Of, Side, World};

faults![
    split_block,
    two_blocks,
    beside_the_block,
    hidden_value,
    source_with_two_blocks,
    source_of_the_other_level,
    host_beside_own_file,
    own_file_not_there,
    without_effect,
    without_effect_above,
    with_the_provider,
    no_trusted_ca,
    java_without_provider,
    java_with_provider,
    windows_without_provider,
    fips,
    names_without_mutual,
    list_without_mutual,
];

const PATHS: [(&str, &str); 3] = [
    ("certificate", "/etc/own.pem"),
    ("certificate-key", "/etc/key.pem"),
    ("trusted-ca", "/etc/ca.pem"),
];

/// Whom it trusts stands at the endpoint, its certificate at the host: it has none.
fn split_block(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.move_to(side, At::Host);
    world.set_at(side, At::Endpoint, "trusted-ca", "/etc/ca.pem");
}

/// All of it stands at the endpoint, and at the host once more, there with files that are not there.
fn two_blocks(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.move_to(side, At::Endpoint);
    let above = draw.one(&[At::Application, At::Host]);
    for (option, _) in PATHS {
        world.set_at(side, above, option, "/etc/nowhere.pem");
    }
}

fn beside_the_block(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.move_to(side, draw.one(&[At::Host, At::Application]));
    let version = draw.one(&["TLSv12", "TLSv13"]);
    world.set_at(side, At::Endpoint, "sec-protocol", version);
}

fn hidden_value(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.set_at(side, At::Host, "sec-protocol-max", "TLSv13");
    world.set_at(side, At::Endpoint, "sec-protocol-max", "TLSv12");
}

/// The level that `certificate-source` names has them, and the other level too.
fn source_with_two_blocks(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let (at, other, source) = draw.one(&[
        (At::Host, At::Application, "host"),
        (At::Application, At::Host, "application"),
    ]);
    world.move_to(side, at);
    let line = format!("certificate-source = \"{source}\"");
    world.line(Of::Application(side), &line);
    for (option, _) in PATHS {
        world.set_at(side, other, option, "/etc/nowhere.pem");
    }
}

/// The level that `certificate-source` names has none.
fn source_of_the_other_level(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let (at, source) = draw.one(&[(At::Host, "application"), (At::Application, "host")]);
    world.move_to(side, at);
    let line = format!("certificate-source = \"{source}\"");
    world.line(Of::Application(side), &line);
}

fn host_beside_own_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.move_to(side, At::OwnFile);
    for (option, path) in PATHS {
        world.set_at(side, At::Host, option, path);
    }
    if draw.coin() {
        // An own file without credentials: those of the host do not step in.
        for (option, _) in PATHS {
            world.unset(side, option);
        }
    }
}

fn own_file_not_there(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.move_to(side(draw), At::OwnFile);
    world.has_own_file = false;
}

fn without_effect(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let (side, parameter) = draw.one(&[
        (Side::Client, "tls-mutual=1"),
        (Side::Client, "upgrade=1"),
        (Side::Client, "allowed-names=dns:a.example.com"),
        (Side::Server, "tls-target-name-check=host"),
    ]);
    world.parameter(side, parameter);
}

/// Whether it speaks TLS is for the endpoint to say.
fn without_effect_above(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let at = draw.one(&[At::Application, At::Host]);
    world.set_at(side(draw), at, draw.one(&["tls", "upgrade"]), "1");
}

fn with_the_provider(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.set(side, "store-location", draw.one(&["machine", "user"]));
    world.set(side, "truststore-password", "secret");
}

/// A server that asks nobody who he is needs nobody to trust.
fn no_trusted_ca(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.unset(Side::Server, "trusted-ca");
    if draw.below(4) > 0 {
        world.port.retain(|one| one != "tls-mutual=1");
    }
}

fn java_without_provider(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.line(Of::Application(side(draw)), "runtime = \"java\"");
}

fn java_with_provider(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.line(Of::Application(side), "runtime = \"java\"");
    world.set(side, "provider", "PEM");
}

fn windows_without_provider(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.line(Of::Host(side(draw)), "platform = \"windows\"");
}

fn fips(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.set(side(draw), "fips140-enabled", "true");
}

fn names_without_mutual(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.port.retain(|one| one != "tls-mutual=1");
    world.parameter(Side::Server, "allowed-names=dns:a.example.com");
}

fn list_without_mutual(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.port.retain(|one| one != "tls-mutual=1");
    // Nobody reads it.
    world.parameter(Side::Server, "crl=/etc/nowhere.crl");
}
