//! What can be wrong with two ends, one function each: settings, files, and what both come to together. Some of them
//! are no faults but other ways to be good.
//!
//! Long because every kind of fault stands beside the others, a few lines each.

use std::fmt::Write as _;

use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pkcs12::Encryption;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::store::write::{StoreFormat, write};
use trustpack_keystore::store::{Entry, Holds, Store};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::general_name::GeneralName;

use crate::draw::Draw;
use crate::support::{Host, List, between, time};
use crate::world::{Ground, Side, World};

/// One change of a world.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&mut World, &Ground, &mut Draw),
}

macro_rules! faults {
    ($($name:ident),* $(,)?) => {
        /// Every fault.
        pub(crate) const FAULTS: &[Fault] = &[
            $(Fault { name: stringify!($name), make: $name }),*
        ];
    };
}

faults![
    outdated,
    wrong_purpose,
    wrong_key_usage,
    ca_as_host,
    other_key,
    file_missing,
    no_intermediate,
    scrambled_chain,
    untrusted,
    other_trust,
    only_intermediate_trusted,
    pinned,
    expired_anchor,
    other_name,
    common_name_alone,
    weak_digest,
    revoked,
    list_missing,
    list_outdated,
    list_of_another_key,
    no_list_in_file,
    good_lists,
    leaf_check,
    version,
    ciphers,
    rsa_key,
    allowed_names,
    auto_detect,
    plain_to_auto_detect,
    contradiction,
    key_store,
    encrypted_key,
    unchecked_server,
    no_client_certificate,
    key_in_trusted,
];

/// None, one or two of them.
pub(crate) fn draw(draw: &mut Draw) -> Vec<Fault> {
    let count = [0, 1, 1, 1, 1, 1, 2, 2][draw.below(8)];
    (0..count).map(|_| draw.one(FAULTS)).collect()
}

fn side(draw: &mut Draw) -> Side {
    draw.one(&[Side::Client, Side::Server])
}

/// A certificate of the intermediate CA in place of the good one.
fn reissue(world: &mut World, ground: &Ground, side: Side, host: &Host<'_>) {
    let own = ground.sub.issue_for(host, ground.key(side));
    world.presents(side, &[&own, &ground.sub.certificate], ground.key(side));
}

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

fn other_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let key = pem::private_key_to_pem(ground.key(side.other()));
    world.file(side, "/etc/key.pem", key.as_bytes());
}

fn file_missing(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    let path = draw.one(&["/etc/own.pem", "/etc/key.pem", "/etc/ca.pem"]);
    world.remove(side(draw), path);
}

fn no_intermediate(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground
        .sub
        .issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own], ground.key(side));
    if draw.below(3) == 0 {
        // It is taken from there.
        world.trusts(side, &[&ground.root.certificate, &ground.sub.certificate]);
    } else {
        world.accept(side, "TP4008");
    }
}

fn scrambled_chain(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground
        .sub
        .issue_for(&Host::named(side.host()), ground.key(side));
    let (root, sub) = (&ground.root.certificate, &ground.sub.certificate);
    let stray = &ground.other.certificate;
    world.presents(side, &[root, sub, stray, &own, sub], ground.key(side));
}

fn untrusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let own = ground
        .other
        .issue_for(&Host::named(side.host()), ground.key(side));
    world.presents(side, &[&own, &ground.other.certificate], ground.key(side));
}

fn other_trust(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    world.trusts(side, &[&ground.other.certificate]);
    if draw.coin() {
        world.accept(side, "TP4008");
    }
}

fn only_intermediate_trusted(world: &mut World, ground: &Ground, draw: &mut Draw) {
    world.trusts(side(draw), &[&ground.sub.certificate]);
}

/// The very certificate of the peer is trusted, or that of somebody else.
fn pinned(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let peer = side.other();
    let own = ground
        .sub
        .issue_for(&Host::named(peer.host()), ground.key(peer));
    world.presents(peer, &[&own, &ground.sub.certificate], ground.key(peer));
    let mine = ground
        .sub
        .issue_for(&Host::named(side.host()), ground.key(side));
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

fn other_name(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let name = draw.one(&["c.example.com", "*.example.com", "B.example.com."]);
    let host = Host {
        alt_names: vec![GeneralName::Dns(name.to_owned())],
        ..Host::named("b.example.com")
    };
    reissue(world, ground, Side::Server, &host);
    world
        .connection
        .push("tls-target-name-check=host".to_owned());
}

fn common_name_alone(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let host = Host {
        alt_names: Vec::new(),
        ..Host::named(draw.one(&["b.example.com", "c.example.com", "*.example.com"]))
    };
    reissue(world, ground, Side::Server, &host);
    world
        .connection
        .push("tls-target-name-check=host".to_owned());
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

/// Both CAs' lists; `revoked` are of the intermediate.
fn both_lists(ground: &Ground, revoked: &[&Certificate]) -> String {
    let list = List {
        revoked: revoked.iter().map(|one| one.serial().clone()).collect(),
        ..List::default()
    };
    ground.root.list(&List::default()) + &ground.sub.list(&list)
}

fn revoked(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let peer = side.other();
    let own = ground
        .sub
        .issue_for(&Host::named(peer.host()), ground.key(peer));
    world.presents(peer, &[&own, &ground.sub.certificate], ground.key(peer));
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
    world.lists(
        side,
        &(ground.root.list(&List::default()) + &ground.sub.list(&list)),
    );
    match draw.below(4) {
        0 => world.set(side, "crl-freshness", "warn"),
        1 => world.set(side, "crl-freshness", "24"),
        2 => world.accept(side, "TP4030"),
        _ => {}
    }
}

fn list_of_another_key(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let impostor = ground.other.intermediate("Sub");
    world.lists(
        side,
        &(ground.root.list(&List::default()) + &impostor.list(&List::default())),
    );
    if draw.coin() {
        world.accept(side, "TP4031");
    }
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
        "dns:c.example.com",
        "cn:nobody,ou:Voice",
        "spki:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ];
    world
        .port
        .push(format!("allowed-names={}", draw.one(&names)));
    if !world.is_mutual() {
        world.port.push("tls-mutual=1".to_owned());
    }
}

fn auto_detect(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.mode = "auto-detect";
}

/// The client may stay in plain text where the port takes both.
fn plain_to_auto_detect(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.mode = "auto-detect";
    world.connection.push("tls=0".to_owned());
}

fn contradiction(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    match draw.below(3) {
        0 => world.connection.push("tls=0".to_owned()),
        1 => world.port.push("tls=0".to_owned()),
        _ => world.port.push("upgrade=1".to_owned()),
    }
}

/// The same credentials in a key store, which may not open.
fn key_store(world: &mut World, ground: &Ground, draw: &mut Draw) {
    let side = side(draw);
    let (provider, format) = if draw.coin() {
        ("JKS", StoreFormat::Jks)
    } else {
        ("PKCS12", StoreFormat::Pkcs12(Encryption::Modern))
    };
    let own = ground
        .sub
        .issue_for(&Host::named(side.host()), ground.key(side));
    let holds = Holds::Key {
        key: copy(ground.key(side)),
        chain: vec![own, ground.sub.certificate.clone()],
    };
    let trusted = Holds::Trusted(ground.root.certificate.clone());
    world.file(side, "/etc/own.store", store("host", holds, format));
    world.file(side, "/etc/ca.store", store("ca", trusted, format));
    world.set(
        side,
        "provider",
        draw.one(&[provider, provider, provider, "JKS"]),
    );
    world.set(
        side,
        "certificate",
        draw.one(&[
            "/etc/own.store",
            "/etc/own.store#HOST",
            "/etc/own.store#other",
        ]),
    );
    world.set(
        side,
        "keystore-password",
        draw.one(&["secret", "secret", "wrong"]),
    );
    world.set(side, "truststore-password", "secret");
    world.set(side, "trusted-ca", "/etc/ca.store");
    world.unset(side, "certificate-key");
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

fn unchecked_server(world: &mut World, _ground: &Ground, _draw: &mut Draw) {
    world.connection.push("client-auth=0".to_owned());
}

fn no_client_certificate(world: &mut World, _ground: &Ground, draw: &mut Draw) {
    world.unset(Side::Client, "certificate");
    world.unset(Side::Client, "certificate-key");
    if draw.below(4) > 0 {
        world.accept_at("Client/Server", "TP3010");
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
