//! Files: whether they are there, can be read and opened, and hold what they should.

use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pkcs12::Encryption;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::store::write::{StoreFormat, write};
use trustpack_keystore::store::{Entry, Holds, Store};

use super::{faults, side};
use crate::draw::Draw;
use crate::support::{Host, time};
use crate::world::{File, Ground, Of, Side, World};

faults![
    other_key,
    file_missing,
    folder_in_place_of_file,
    account_without_rights,
    account_with_rights,
    key_for_everyone,
    no_certificate_in_file,
    no_key_in_file,
    small_key,
    half_of_it,
    key_store,
    unusable_key_store,
    key_store_locked,
    trust_store_locked,
    encrypted_key,
    token,
    windows_store,
    invisible_mark,
    files_not_collected,
];

const FILES: [&str; 3] = ["/etc/own.pem", "/etc/key.pem", "/etc/ca.pem"];

fn other_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let key = pem::private_key_to_pem(ground.key(side.other()));
    world.file(side, "/etc/key.pem", key.as_bytes());
}

fn file_missing(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.remove(side(draw), draw.one(&FILES));
}

/// What not even the administrator can read as a file.
fn folder_in_place_of_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.files.insert((side, draw.one(&FILES)), File::Folder);
}

/// The program runs under an account that may not read the files.
fn account_without_rights(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.line(Of::Application(side), "account = \"voice\"");
    let accounts = "root:x:0:0::/:/bin/sh\nvoice:x:64999:64999::/:/bin/sh\n";
    world.file(side, "/etc/passwd", accounts);
}

fn account_with_rights(world: &mut World, ground: &Ground, draw: &mut Draw) {
    account_without_rights(world, ground, draw);
    for side in Side::BOTH {
        world.everyone_reads(side);
    }
}

fn key_for_everyone(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.everyone_reads(side(draw));
}

fn no_certificate_in_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let path = draw.one(&["/etc/own.pem", "/etc/ca.pem"]);
    world.file(side(draw), path, "nothing of that kind\n");
}

fn no_key_in_file(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.file(side(draw), "/etc/key.pem", "nothing of that kind\n");
}

fn small_key(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let key = include_bytes!("../../../../keystore/tests/fixtures/rsa_1024.pem");
    world.file(side(draw), "/etc/key.pem", *key);
}

/// A certificate without its key, or the reverse.
fn half_of_it(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.unset(side, draw.one(&["certificate", "certificate-key"]));
}

/// The same credentials in a key store.
fn key_store(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    in_store(world, ground, side, draw);
    if draw.coin() {
        world.set(side, "certificate", "/etc/own.store#HOST");
    }
}

/// It has no entry of this name, or is not of the kind that the provider says.
fn unusable_key_store(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    match in_store(world, ground, side, draw) {
        "PKCS12" => world.set(side, "provider", "JKS"),
        _ => world.set(side, "certificate", "/etc/own.store#other"),
    }
}

fn key_store_locked(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    in_store(world, ground, side, draw);
    world.set(side, "keystore-password", "wrong");
}

fn trust_store_locked(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    in_store(world, ground, side, draw);
    world.set(side, "truststore-password", "wrong");
}

/// Puts the credentials of an end into key stores; gives the provider of those.
fn in_store(world: &mut World, ground: &Ground, side: Side, draw: &mut Draw) -> &'static str {
    let (provider, format) = if draw.coin() {
        ("JKS", StoreFormat::Jks)
    } else {
        ("PKCS12", StoreFormat::Pkcs12(Encryption::Modern))
    };
    let holds = Holds::Key {
        key: copy(ground.key(side)),
        chain: vec![
            ground.issue(side, &Host::named(side.host())),
            ground.sub.certificate.clone(),
        ],
    };
    let trusted = Holds::Trusted(ground.root.certificate.clone());
    world.file(side, "/etc/own.store", store("host", holds, format));
    world.file(side, "/etc/ca.store", store("ca", trusted, format));
    world.set(side, "provider", provider);
    world.set(side, "certificate", "/etc/own.store");
    world.set(side, "keystore-password", "secret");
    world.set(side, "truststore-password", "secret");
    world.set(side, "trusted-ca", "/etc/ca.store");
    world.unset(side, "certificate-key");
    provider
}

fn store(alias: &str, holds: Holds, format: StoreFormat) -> Vec<u8> {
    let mut store = Store::new();
    let alias = alias.parse().unwrap();
    store.add(Entry { alias, holds }).unwrap();
    let password = Password::new("secret");
    write(&store, format, Some(&password), time("2020-01-01"))
        .unwrap()
        .to_vec()
}

fn copy(key: &PrivateKey) -> PrivateKey {
    pem::read_private_key(pem::private_key_to_pem(key).as_bytes(), None).unwrap()
}

fn encrypted_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let key = pem::private_key_to_encrypted_pem(ground.key(side), &Password::new("secret"));
    world.file(side, "/etc/key.pem", key.unwrap().as_bytes());
    world.file(side, "/etc/password", "secret\n");
    match draw.below(4) {
        0 => {}
        1 => world.set(side, "keystore-password", "wrong"),
        2 => world.set(side, "keystore-password", "secret"),
        _ => world.set(side, "keystore-password", "file:/etc/password"),
    }
}

/// A token, which this version cannot read.
fn token(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.set(side, "provider", "PKCS11");
    world.set(side, "certificate", "pkcs11:object=host");
    world.unset(side, "certificate-key");
}

/// The store of Windows, named by a thumbprint that somebody has copied from its window.
fn windows_store(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let thumbprints = [
        "D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA",
        "d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa",
    ];
    in_windows_store(world, side, draw.one(&thumbprints), draw);
}

/// What that window shows first, and nobody sees.
fn invisible_mark(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let thumbprint = "\u{200E}d0b028aad0b028aad0b028aad0b028aad0b028aa";
    in_windows_store(world, side(draw), thumbprint, draw);
}

fn in_windows_store(world: &mut World, side: Side, thumbprint: &str, draw: &mut Draw) {
    world.set(side, "provider", draw.one(&["MSCAPI", "MSCAP"]));
    world.set(side, "certificate", thumbprint);
    if draw.coin() {
        world.unset(side, "certificate-key");
        world.unset(side, "trusted-ca");
    }
}

/// They lie on the host, and not where the check looks: what cannot be known is not foretold.
fn files_not_collected(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.uncollected = Some(side(draw));
}
