//! What two ends come to together.

use trustpack_x509::general_name::GeneralName;

use super::{faults, reissue, side};
use crate::draw::Draw;
use crate::support::Host;
use crate::world::{Ground, Of, Side, World};

faults![
    version,
    no_common_version,
    old_version,
    any_version,
    ciphers,
    no_common_cipher,
    unknown_cipher,
    cipher_of_fips,
    allowed_names,
    names_not_allowed,
    plain,
    auto_detect,
    plain_to_auto_detect,
    clear_to_secure,
    clear_in_spite_of_mode,
    tls_and_upgrade,
    mode_contradicts,
    unclear,
    tls_to_plain,
    unchecked_server,
    unchecked_server_simple,
    no_client_certificate,
    no_backup_of_itself,
    two_at_one_address,
    plain_side_is_the_secured_one,
    plain_side_beside_the_secured_one,
    plain_side_for_others,
    tunnel_beside_engine,
];

fn version(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    match draw.below(4) {
        0 => world.set(side, "sec-protocol", "TLSv13"),
        1 => world.set(side, "sec-protocol-max", "TLSv12"),
        2 => {
            world.set(side, "sec-protocol-max", "TLSv12");
            world.set(side.other(), "sec-protocol", "TLSv13");
        }
        _ => {
            world.set(side, "sec-protocol", "TLSv13");
            world.set(side, "sec-protocol-max", "TLSv12");
        }
    }
}

fn no_common_version(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.set(side, "sec-protocol-max", "TLSv12");
    world.set(side.other(), "sec-protocol", "TLSv13");
}

/// Names the lowest version that is accepted; what is spoken is newer.
fn old_version(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let names = ["SSLv3", "TLSv1", "TLSv11"];
    world.set(side, "sec-protocol", draw.one(&names));
}

fn any_version(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.set(side(draw), "sec-protocol", "SSLv23");
}

fn ciphers(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let lists = [
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "aRSA",
        "AES128:!aRSA",
        "RC4-SHA",
        "HIGH:!aNULL:@SECLEVEL=2",
        "CHACHA20:!AES",
    ];
    world.set(side, "cipher-list", draw.one(&lists));
    if draw.coin() {
        world.set(side, "sec-protocol-max", "TLSv12");
    }
    if draw.coin() {
        world.set(
            side.other(),
            "cipher-list",
            draw.one(&["AES256", "aECDSA+CHACHA20"]),
        );
    }
}

fn no_common_cipher(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let suites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
    world.set(side, "cipher-list", suites);
    world.set(side, "sec-protocol-max", "TLSv12");
    let others = [
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ];
    world.set(side.other(), "cipher-list", draw.one(&others));
}

fn unknown_cipher(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let lists = ["ECDHE+AES:RC4-SHA", "RC4-SHA"];
    world.set(side(draw), "cipher-list", draw.one(&lists));
}

fn cipher_of_fips(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.set(side(draw), "cipher-list", "FIPS");
}

fn allowed_names(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let host = Host {
        alt_names: vec![
            GeneralName::Dns("a.example.com".to_owned()),
            GeneralName::Uri("spiffe://site/a".to_owned()),
            GeneralName::Email("a@example.com".to_owned()),
        ],
        ..Host::named("a.example.com")
    };
    reissue(world, ground, Side::Client, &host);
    let names = [
        "dns:a.example.com",
        "cn:a.example.com",
        "uri:spiffe://site/a",
        "email:a@example.com",
    ];
    only_names(world, draw.one(&names));
}

fn names_not_allowed(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let names = [
        "dns:c.example.com",
        "cn:nobody,ou:Voice",
        "spki:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ];
    only_names(world, draw.one(&names));
}

/// The server lets in who has one of these names.
fn only_names(world: &mut World, names: &str) {
    world.parameter(Side::Server, &format!("allowed-names={names}"));
    if !world.is_mutual() {
        world.parameter(Side::Server, "tls-mutual=1");
    }
}

fn plain(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.mode = "unsecured";
}

fn auto_detect(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.mode = "auto-detect";
}

/// The client may stay in plain text where the port takes both.
fn plain_to_auto_detect(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.mode = "auto-detect";
    world.parameter(Side::Client, "tls=0");
}

fn clear_to_secure(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.parameter(Side::Client, "tls=0");
}

fn clear_in_spite_of_mode(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.parameter(Side::Server, "tls=0");
}

fn tls_and_upgrade(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.parameter(Side::Server, "upgrade=1");
}

/// What is written wins, and is an error.
fn mode_contradicts(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.mode = "unsecured";
    world.parameter(Side::Server, draw.one(&["tls=1", "upgrade=1"]));
}

fn unclear(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.parameter(Side::Server, "tls=yes");
}

fn tls_to_plain(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.mode = "unsecured";
    world.parameter(Side::Client, "tls=1");
}

fn unchecked_server(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.parameter(Side::Client, "client-auth=0");
}

fn unchecked_server_simple(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.port.retain(|one| one != "tls-mutual=1");
    world.set(Side::Client, "client-auth", "0");
    world.unset(Side::Client, "trusted-ca");
}

fn no_client_certificate(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.unset(Side::Client, "certificate");
    world.unset(Side::Client, "certificate-key");
    if draw.below(4) > 0 {
        world.accept_at("Client/Server", "TP3010");
    }
}

fn no_backup_of_itself(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.line(Of::Application(Side::Server), "backup = \"Server\"");
}

fn two_at_one_address(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let number = draw.one(&["4060", "4061"]);
    let lines = format!("[[application.port]]\nid = \"x\"\nnumber = {number}");
    world.line(Of::Rest, &lines);
}

fn plain_side_is_the_secured_one(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.number = "number = 12060";
    world.line(Of::Host(Side::Server), "addresses = [\"127.0.0.1\"]");
}

/// That is good.
fn plain_side_beside_the_secured_one(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.number = "number = 12061";
    world.line(Of::Host(Side::Server), "addresses = [\"127.0.0.1\"]");
}

fn plain_side_for_others(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let lines = "[[application.port]]\nid = \"x\"\nnumber = 4061\ntunnel = \"10.1.2.3:24172\"";
    world.line(Of::Rest, lines);
}

/// Both together would encrypt twice or not at all.
fn tunnel_beside_engine(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let of = draw.one(&[Of::Port, Of::Connection]);
    world.line(of, "engine = \"openssl\"");
}
