//! A server and its backup: what is wrong with the backup alone is told of the backup, and mended there.

use trustpack_e2e::pki::{HOST, Wish};

use crate::scene::{Scene, Spare, option};

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

/// What `fleet check` says of the backup's port.
#[track_caller]
fn is_found(scene: &Scene, code: &str, place: &str) {
    let findings = scene.findings();
    let has = |(found, at): &(String, String)| found == code && at == place;
    assert!(findings.iter().any(has), "{code} at {place}: {findings:?}");
}

#[track_caller]
fn is_gone(scene: &Scene, code: &str) {
    let findings = scene.findings();
    assert!(
        findings.iter().all(|(found, _)| found != code),
        "{findings:?}"
    );
}

/// Changes the settings of the backup's host.
fn set(scene: &mut Scene, name: &str, file: &std::path::Path) {
    let spare = scene.settings.spare.as_mut().unwrap();
    Scene::set(&mut spare.security, option(name, file));
}

const MUTUAL: &str = "tls=1;tls-mutual=1";

#[test]
fn a_backup_with_a_copy_of_the_primary_s_certificate() {
    let mut scene = pair("host", "root", MUTUAL);
    scene.start();
    is_found(&scene, "TP4102", BACKUP);
    scene.works_at(PRIMARY);
    let remedy = ["put a certificate for that name into certificate = "];
    let why = "the host is spare.example.com";
    scene.fails_at(BACKUP, why, "the server", &remedy);
    let files = [scene.pki.certificate("spare"), scene.pki.key("spare")];
    set(&mut scene, "certificate", &files[0]);
    set(&mut scene, "certificate-key", &files[1]);
    scene.start();
    is_gone(&scene, "TP4102");
    scene.works_at(PRIMARY);
    scene.works_at(BACKUP);
}

#[test]
fn a_backup_that_trusts_others() {
    let mut scene = pair("spare", "other-root", MUTUAL);
    let chain = scene.pki.bundle("chain.pem", &["spare", "root"]);
    set(&mut scene, "certificate", &chain);
    scene.start();
    is_found(&scene, "TP4105", "Spare:default");
    is_found(&scene, "TP4101", BACKUP);
    scene.works_at(PRIMARY);
    let remedy = ["add the certificate of the CA that issued it to trusted-ca = "];
    let why = "the server refuses the client's certificate";
    scene.fails_at(BACKUP, why, "the server", &remedy);
    let root = scene.pki.certificate("root");
    set(&mut scene, "trusted-ca", &root);
    scene.start();
    is_gone(&scene, "TP4105");
    scene.works_at(PRIMARY);
    scene.works_at(BACKUP);
}

#[test]
fn a_backup_that_demands_more_of_its_clients() {
    let mut scene = pair("spare", "root", MUTUAL);
    scene.settings.port = "tls=1".to_owned();
    let own = |line: &String| !line.starts_with("certificate");
    scene.settings.client.retain(own);
    scene.start();
    is_found(&scene, "TP3018", "Spare:default");
    scene.works_at(PRIMARY);
    scene.fails_at(BACKUP, "TP3010", "the client", &["certificate"]);
    let spare = scene.settings.spare.as_mut().unwrap();
    spare.port = "tls=1".to_owned();
    scene.start();
    is_gone(&scene, "TP3018");
    scene.works_at(PRIMARY);
    scene.works_at(BACKUP);
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
