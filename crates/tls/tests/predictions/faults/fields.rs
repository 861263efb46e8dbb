//! The fleet file itself: its syntax, its keys and its acceptances.

use super::{faults, side};
use crate::draw::Draw;
use crate::world::{Ground, Of, Side, World};

faults![
    syntax,
    unknown_key,
    bad_number,
    no_number,
    key_twice,
    port_twice,
    too_deep,
    key_in_the_file,
    unknown_host,
    acceptances,
    acceptance_that_ended,
    acceptance_of_what_is_not_there,
    acceptance_of_an_unknown_code,
    acceptance_of_nothing,
    acceptance_without_date,
];

fn syntax(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.line(Of::Rest, "[[host");
}

fn unknown_key(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let of = [
        Of::Port,
        Of::Connection,
        Of::Host(side(draw)),
        Of::Application(side(draw)),
    ];
    world.line(draw.one(&of), "numbr = 1");
}

fn bad_number(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.number = "number = 70000";
}

fn no_number(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.number = "";
}

fn key_twice(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let of = Of::Host(side(draw));
    world.line(of, "platform = \"unix\"");
    world.line(of, "platform = \"unix\"");
}

/// The second one is of the server, the last application of the file.
fn port_twice(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.line(Of::Rest, "[[application.port]]\nnumber = 4061");
}

fn too_deep(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.number = "number = [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]";
}

/// A private key in place of its path.
fn key_in_the_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let key = "keystore-password = \"\"\"-----BEGIN PRIVATE KEY-----\nMIGH\n\"\"\"";
    world.line(Of::HostSecurity(side(draw)), key);
}

/// An application on a host that is not there, which harms nobody else.
fn unknown_host(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let lines = "[[application]]\nname = \"Lost\"\nhost = \"c.example.com\"\n[[application.connection]]\nto = \"Server\"";
    world.line(Of::Rest, lines);
}

/// Of what is found in every fleet.
fn acceptances(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.accept_at(Side::Client.endpoint(), "TP5004");
    world.accept_at(Side::Server.endpoint(), "TP5004");
}

fn accept(world: &mut World, code: &str, place: &str, until: &str) {
    let lines = format!(
        "[[accept]]\ncode = \"{code}\"\nplace = \"{place}\"\nreason = \"a test\"\nuntil = {until}"
    );
    world.line(Of::Rest, &lines);
}

fn acceptance_that_ended(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    accept(world, "TP5004", side(draw).endpoint(), "2020-01-01");
}

fn acceptance_of_what_is_not_there(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    accept(world, "TP5004", "Sever:default", "2090-01-01");
}

fn acceptance_of_an_unknown_code(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    accept(world, "TP9999", side(draw).endpoint(), "2090-01-01");
}

fn acceptance_of_nothing(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    accept(world, "TP3004", side(draw).endpoint(), "2090-01-01");
}

fn acceptance_without_date(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    accept(world, "TP5004", side(draw).endpoint(), "\"tomorrow\"");
}
