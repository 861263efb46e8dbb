//! What stands around the two ends on their hosts: a backup of the server, ends that are other engines, kinds of
//! components. The backup is ours, so that its connection is foretold and made too; the others change nothing.

use trustpack_keystore::pem;

use super::{faults, side};
use crate::draw::Draw;
use crate::support::Host;
use crate::world::{Ground, Of, Side, World};

faults![
    backup,
    backup_with_other_trust,
    windows_client,
    windows_client_and_points,
    windows_client_of_the_store,
    unknown_application,
    unknown_port,
    openssl_client_with_ciphers,
    near_component,
    link_not_listed,
    port_not_listed,
    note_of_the_catalogue,
    cluster,
    ports_in_clear,
];

/// The server has a backup, on the host of the client.
fn backup(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let names = ["a.example.com", "b.example.com", "*.example.com"];
    add_backup(world, ground, draw.one(&names), false);
    if draw.coin() {
        world.parameter(Side::Client, "tls-target-name-check=host");
    }
}

/// It trusts others than the server does.
fn backup_with_other_trust(world: &mut World, ground: &Ground, _draw: &mut Draw) {
    add_backup(world, ground, "a.example.com", true);
}

fn add_backup(world: &mut World, ground: &Ground, name: &str, trusts_others: bool) {
    let (host, key) = (Side::Client, ground.key(Side::Client));
    let own = ground.sub.issue_for(&Host::named(name), key);
    let chain = [own, ground.sub.certificate.clone()];
    let trusted = if trusts_others {
        &ground.other.certificate
    } else {
        &ground.root.certificate
    };
    world.file(host, "/etc/second.pem", pem::certificates_to_pem(&chain));
    world.file(
        host,
        "/etc/second.key",
        pem::private_key_to_pem(key).as_bytes(),
    );
    let trusted = pem::certificates_to_pem(std::slice::from_ref(trusted));
    world.file(host, "/etc/second-ca.pem", trusted);
    world.line(Of::Application(Side::Server), "backup = \"Second\"");
    let mutual = if world.is_mutual() {
        "tls-mutual=1"
    } else {
        "tls-mutual=0"
    };
    let lines = format!(
        "[[application]]\nname = \"Second\"\nhost = \"a.example.com\"\ncertificate-source = \"application\"\n\
         [application.security]\ncertificate = \"/etc/second.pem\"\ncertificate-key = \"/etc/second.key\"\n\
         trusted-ca = \"/etc/second-ca.pem\"\n\
         [[application.port]]\nnumber = 4070\nmode = \"secured\"\ntunnel = \"127.0.0.1:12070\"\n\
         transport = \"{mutual}\""
    );
    world.line(Of::Rest, &lines);
}

/// Another client of the server, on the host of the first one.
fn viewer(world: &mut World, lines: &str) {
    let lines = format!(
        "[[application]]\nname = \"Viewer\"\nhost = \"a.example.com\"\n[[application.connection]]\nto = \"Server\"\n{lines}"
    );
    world.line(Of::Rest, &lines);
}

const BY_FILES: &str = "transport = \"provider=PEM;trusted-ca=/etc/ca.pem\"";

/// It looks for distribution points, and the certificate of the server has none.
fn windows_client(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    viewer(world, &format!("engine = \"schannel\"\n{BY_FILES}"));
}

fn windows_client_and_points(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let host = Host {
        points: vec!["http://crl.example.org/ca.crl".to_owned()],
        ..Host::named("b.example.com")
    };
    super::reissue(world, ground, Side::Server, &host);
    windows_client(world, ground, draw);
}

fn windows_client_of_the_store(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let store = "provider=MSCAPI;certificate=D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA";
    viewer(
        world,
        &format!("engine = \"schannel\"\ntransport = \"{store}\""),
    );
}

fn unknown_application(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let lines = "[[application]]\nname = \"Viewer\"\nhost = \"a.example.com\"\n[[application.connection]]\nto = \"Sever\"";
    world.line(Of::Rest, lines);
}

fn unknown_port(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    viewer(world, "port = \"ESP\"");
}

fn openssl_client_with_ciphers(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let list = draw.one(&["NONSENSE:FOO", "HIGH:NONSENSE", "HIGH"]);
    let list = format!("transport = \"provider=PEM;trusted-ca=/etc/ca.pem;cipher-list={list}\"");
    viewer(world, &format!("engine = \"openssl\"\n{list}"));
}

fn near_component(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let of = Of::Application(side(draw));
    world.line(of, "component = \"Stat Sever\"");
}

fn kinds(world: &mut World, client: &str, server: &str) {
    for (side, kind) in [(Side::Client, client), (Side::Server, server)] {
        world.line(Of::Application(side), &format!("component = \"{kind}\""));
    }
}

fn link_not_listed(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    kinds(world, "Chat Server", "SMS Server");
}

fn port_not_listed(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    kinds(world, "Interaction Server", "Chat Server");
}

fn note_of_the_catalogue(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let lines = "[[application]]\nname = \"Chats\"\nhost = \"b.example.com\"\ncomponent = \"Chat Server\"\n\
         [[application.port]]\nid = \"ESP\"\nnumber = 4080\nmode = \"secured\"\n\
         [[application]]\nname = \"Desk\"\nhost = \"a.example.com\"\ncomponent = \"Interaction Server\"\n\
         [[application.connection]]\nto = \"Chats\"\nport = \"ESP\"";
    world.line(Of::Rest, lines);
}

/// What is set at a cluster is read at its nodes.
fn cluster(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let lines = "[[application]]\nname = \"Cluster\"\nhost = \"b.example.com\"\ncomponent = \"Co-browse Server\"\n\
         [application.security]\nsend-root = 1\n\
         [[application]]\nname = \"Node\"\nhost = \"b.example.com\"\ncomponent = \"Co-browse Server\"\n\
         [[application.port]]\nnumber = 8443";
    world.line(Of::Rest, lines);
}

fn ports_in_clear(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    let lines = "[[application]]\nname = \"Stat\"\nhost = \"b.example.com\"\ncomponent = \"Stat Server\"\n\
         [[application.port]]\nnumber = 4081\n\
         [[application]]\nname = \"Recorder\"\nhost = \"b.example.com\"\n\
         [[application.port]]\nnumber = 4082";
    world.line(Of::Rest, lines);
}
