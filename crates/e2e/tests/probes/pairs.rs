//! A server and its backup: what is wrong with the backup alone is told of the backup, and mended there.

use trustpack_e2e::pki::{HOST, Wish};

use crate::scene::{Scene, Spare, option};
use crate::staged::{Found, Proven};

const PRIMARY: &str = "Desk/Server:default";
const BACKUP: &str = "Desk/Server:default@backup";

/// A pair whose backup has the certificate `name`, and trusts `trusted`.
fn pair(name: &str, trusted: &str, port: &str) -> Scene {
    let mut scene = Scene::new();
    let spare = HOST.replace("host.example.com", "spare.example.com");
    scene.pki.issue(Wish {
        extensions: &spare,
        ..Wish::host("spare", "root")
    });
    let security = vec![
        option("certificate", &scene.pki.certificate(name)),
        option("certificate-key", &scene.pki.key(name)),
        option("trusted-ca", &scene.pki.certificate(trusted)),
    ];
    let port = port.to_owned();
    scene.settings.spare = Some(Spare { security, port });
    scene
}

/// Changes the settings of the backup's host.
fn set(scene: &mut Scene, name: &str, file: &std::path::Path) {
    let spare = scene.settings.spare.as_mut().unwrap();
    Scene::set(&mut spare.security, option(name, file));
}

const MUTUAL: &str = "tls=1;tls-mutual=1";

#[test]
fn a_backup_with_a_copy_of_the_primary_s_certificate() -> Proven<4102> {
    let mut scene = pair("host", "root", MUTUAL);
    scene.start();
    let found = Found::at(&scene, BACKUP);
    scene.works_at(PRIMARY);
    let remedy = ["put a certificate for that name into certificate = "];
    let why = "the host is spare.example.com";
    scene.fails_at(BACKUP, why, "the server", &remedy);
    let files = [scene.pki.certificate("spare"), scene.pki.key("spare")];
    set(&mut scene, "certificate", &files[0]);
    set(&mut scene, "certificate-key", &files[1]);
    scene.start();
    scene.works_at(PRIMARY);
    scene.works_at(BACKUP);
    found.gone(&scene)
}

#[test]
pub(crate) fn a_backup_that_trusts_others() -> Proven<4105> {
    let mut scene = pair("spare", "other-root", MUTUAL);
    let chain = scene.pki.bundle("chain.pem", &["spare", "root"]);
    set(&mut scene, "certificate", &chain);
    scene.start();
    let found = Found::at(&scene, "Spare:default");
    let untrusted = Found::<4101>::at(&scene, BACKUP);
    scene.works_at(PRIMARY);
    let remedy = ["add the certificate of the CA that issued it to trusted-ca = "];
    let why = "the server refuses the client's certificate";
    scene.fails_at(BACKUP, why, "the server", &remedy);
    let root = scene.pki.certificate("root");
    set(&mut scene, "trusted-ca", &root);
    scene.start();
    scene.works_at(PRIMARY);
    scene.works_at(BACKUP);
    let _trusted = untrusted.gone(&scene);
    found.gone(&scene)
}

#[test]
pub(crate) fn a_backup_that_demands_more_of_its_clients() -> Proven<3018> {
    let mut scene = pair("spare", "root", MUTUAL);
    scene.settings.port = "tls=1".to_owned();
    let own = |line: &String| !line.starts_with("certificate");
    scene.settings.client.retain(own);
    scene.start();
    let found = Found::at(&scene, "Spare:default");
    scene.works_at(PRIMARY);
    scene.fails_at(BACKUP, "TP3010", "the client", &["certificate"]);
    let spare = scene.settings.spare.as_mut().unwrap();
    spare.port = "tls=1".to_owned();
    scene.start();
    scene.works_at(PRIMARY);
    scene.works_at(BACKUP);
    found.gone(&scene)
}

#[test]
fn a_backup_that_does_not_run() {
    let mut scene = pair("spare", "root", MUTUAL);
    scene.write();
    let remedy = ["start its tunnel, `trustpack tunnel run --host spare.example.com`"];
    scene.fails_at(BACKUP, "nobody listens", "the server", &remedy);
    scene.start();
    scene.works_at(BACKUP);
}
