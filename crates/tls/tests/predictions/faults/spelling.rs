//! Names and values that are not written as they should be: in transport parameters, in `[security]`, in own files.

use super::{faults, side};
use crate::draw::Draw;
use crate::support::List;
use crate::world::{At, Ground, Of, Side, World};

faults![
    switch_in_capitals,
    wrong_case,
    near_name,
    near_name_that_hides_nothing,
    far_name,
    bad_value,
    value_in_another_case,
    blank_beside_a_semicolon,
    blank_beside_an_equals_sign,
    no_equals_sign,
    written_twice,
    two_names_of_one_option,
    relative_path,
    line_of_own_file,
    name_twice_in_own_file,
    variable_twice,
];

/// The level where an end has its options, or another.
fn level(world: &World, side: Side, draw: &mut Draw) -> At {
    draw.one(&[world.level(side), At::Endpoint, At::Host])
}

/// `TLS=1` sets nothing.
fn switch_in_capitals(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.mode = draw.one(&["unsecured", "secured"]);
    world.parameter(side(draw), "TLS=1");
}

fn wrong_case(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let at = level(world, side, draw);
    world.set_at(side, at, "Sec-Protocol", "TLSv13");
}

fn near_name(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let at = level(world, side, draw);
    world.set_at(side, at, "sec-protocl", "TLSv13");
}

/// The option that was meant is set too.
fn near_name_that_hides_nothing(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let at = world.level(side);
    world.set_at(side, at, "sec-protocol", "TLSv13");
    world.set_at(side, at, "sec-protocl", "TLSv13");
}

fn far_name(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let at = level(world, side, draw);
    world.set_at(side, at, "trace-level", "9");
}

fn bad_value(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let at = level(world, side, draw);
    let (option, value) = draw.one(&[
        ("sec-protocol", "TLSv9"),
        ("send-root", "yes"),
        ("provider", "PKCS13"),
        ("crl-freshness", "soon"),
    ]);
    world.set_at(side, at, option, value);
}

fn value_in_another_case(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let (option, value) = draw.one(&[
        ("provider", "pem"),
        ("sec-protocol", "tlsv13"),
        ("crl-check", "Leaf"),
    ]);
    world.set(side, option, value);
}

/// `tls-mutual=1` with a blank before it is lost: an error.
fn blank_beside_a_semicolon(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.parameter(side, "send-root=1");
    let lost = [" sec-protocol=TLSv13", " tls-mutual=1", " trace-level=1"];
    world.parameter(side, draw.one(&lost));
}

fn blank_beside_an_equals_sign(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.parameter(side(draw), draw.one(&["send-root= 1", "send-root =1"]));
}

fn no_equals_sign(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.parameter(side(draw), "send-root");
}

/// The first one counts.
fn written_twice(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.parameter(side, "sec-protocol=TLSv12");
    world.parameter(side, "sec-protocol=TLSv13");
}

fn two_names_of_one_option(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let list = List::default();
    world.lists(side, &(ground.root.list(&list) + &ground.sub.list(&list)));
    world.set(side, "tls-crl", "/etc/other.crl");
}

fn relative_path(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let option = draw.one(&["certificate", "certificate-key", "trusted-ca", "crl"]);
    world.set(side, option, "etc/own.pem");
}

fn line_of_own_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let line = draw.one(&["[Security]", "no assignment"]);
    world.own_line(side(draw), line);
}

fn name_twice_in_own_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.own_line(side, "sec-protocol = TLSv12");
    world.own_line(side, "sec-protocol = TLSv13");
}

/// In a script the last one counts.
fn variable_twice(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.own_script();
    world.own_line(side, "SEC_PROTOCOL=TLSv12");
    world.own_line(
        side,
        draw.one(&["SEC_PROTOCOL=TLSv13", "SEC_PROTOCOL=TLSv9"]),
    );
    if draw.coin() {
        world.line(Of::OwnFile(side), "OTHER=1");
    }
}
