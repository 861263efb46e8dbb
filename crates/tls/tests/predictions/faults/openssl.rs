//! One end is OpenSSL, and its certificate has an RSA key of 1024 bits, with which our engine does not sign: the other
//! end, which is ours, accepts weak keys, or did, or does not.
//!
//! Nothing else may be wrong in such a fleet: what OpenSSL itself makes of settings is not foretold.

use super::{faults, reissue_small};
use crate::draw::Draw;
use crate::support::SMALL_KEY;
use crate::world::{Ground, Side, World};

faults![
    small_key_of_server,
    small_key_of_server_accepted,
    small_key_of_server_accepted_once,
    small_key_of_client,
    small_key_of_client_accepted,
    small_key_of_client_accepted_once,
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
    if !world.is_mutual() {
        world.parameter(Side::Server, "tls-mutual=1");
    }
}
