//! Files that are not there, cannot be read or hold something else.

use trustpack_keystore::pem;
use trustpack_material::files::Readers;
use trustpack_material::limits::MAX_KEY_BYTES;
use trustpack_settings::endpoint::Role;

use crate::one_end::{fires, ground};
use crate::support::new_key;

#[test]
fn item_2_6_files_that_cannot_be_had() {
    let ground = ground();
    let good = ground.site();
    let gone = ground.site().set("trusted-ca", "/gone.pem");
    fires("TP4001", "there is no file /gone.pem", &gone, &good);
    let large = vec![b' '; MAX_KEY_BYTES + 1];
    let large = ground.site().file("/key.pem", large);
    fires("TP4002", "larger than 4194304 bytes", &large, &good);
    let examined = large.examine(Role::Server, None);
    let remedy = examined.findings().map(|one| &*one.remedy).next().unwrap();
    assert_eq!(
        remedy,
        "name the right file: what belongs into it is far smaller"
    );
    let mut open = ground.site();
    let key = pem::private_key_to_pem(&ground.own.key).as_bytes().to_vec();
    open.files.insert("/key.pem", key, Readers::Everyone);
    fires("TP4015", "/key.pem", &open, &good);
}

#[test]
fn item_2_6_files_that_hold_something_else() {
    let ground = ground();
    let good = ground.site();
    let words = |path: &str| ground.site().file(path, "nothing of that kind");
    fires("TP4003", "/own.pem", &words("/own.pem"), &good);
    fires("TP4004", "/key.pem", &words("/key.pem"), &good);
    let other = pem::private_key_to_pem(&new_key());
    let other = ground.site().file("/key.pem", other.as_bytes());
    fires("TP4007", "/key.pem", &other, &good);
    let half = ground.site().without("certificate-key");
    fires("TP4006", "certificate-key", &half, &good);
}

#[test]
fn item_2_6_an_intermediate_among_the_trusted() {
    let ground = ground();
    let sub = ground.root.intermediate("Sub");
    let own = sub.issue_for(
        &crate::support::Host::named("a.example.com"),
        &ground.own.key,
    );
    let trusted = [&ground.root.certificate, &sub.certificate];
    let taken = ground
        .site()
        .identity(&[&own], &ground.own.key)
        .trusts(&trusted);
    let whole = ground
        .site()
        .identity(&[&own, &sub.certificate], &ground.own.key);
    fires("TP4011", "CN=Sub", &taken, &whole);
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_2_6_files_that_cannot_be_had,
    item_2_6_files_that_hold_something_else,
    item_2_6_an_intermediate_among_the_trusted,
];
