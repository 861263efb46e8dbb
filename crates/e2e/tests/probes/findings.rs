//! What `fleet check` finds between two ends, staged: the probe says why the connection does not come about, and the
//! connection works when the settings are mended.

use crate::scene::Scene;

/// The connection is kept down by a finding; `mended` works.
#[track_caller]
fn kept_down(change: impl Fn(&mut Scene), code: &str, at: &str) {
    let mut scene = Scene::new();
    let good = scene.settings.clone();
    scene.start();
    scene.works();
    change(&mut scene);
    scene.write();
    let told = |words: &str| format!("{code}: {words}");
    scene.fails(&told(""), at, &[]);
    scene.settings = good;
    scene.write();
    scene.works();
}

#[test]
fn both_ends() {
    let client = "the client";
    kept_down(
        |scene| scene.settings.connection = "tls=0".to_owned(),
        "TP3001",
        client,
    );
    kept_down(
        |scene| scene.settings.to = "Nobody".to_owned(),
        "TP3003",
        client,
    );
    kept_down(
        |scene| scene.settings.to_port = "other".to_owned(),
        "TP3004",
        client,
    );
    let without = |scene: &mut Scene| {
        let own = |line: &String| !line.starts_with("certificate");
        scene.settings.client.retain(own);
    };
    kept_down(without, "TP3010", client);
    let newer = |scene: &mut Scene| {
        let line = |text: &str| text.to_owned();
        Scene::set(
            &mut scene.settings.client,
            line("sec-protocol = \"TLSv13\""),
        );
        Scene::set(
            &mut scene.settings.server,
            line("sec-protocol-max = \"TLSv12\""),
        );
    };
    kept_down(newer, "TP3006", "either end");
    let suites = |scene: &mut Scene| {
        let line = |text: &str| text.to_owned();
        Scene::set(
            &mut scene.settings.client,
            line("sec-protocol-max = \"TLSv12\""),
        );
        let one = "cipher-list = \"ECDHE-ECDSA-AES128-GCM-SHA256\"";
        Scene::set(&mut scene.settings.client, line(one));
        let other = "cipher-list = \"ECDHE-ECDSA-AES256-GCM-SHA384\"";
        Scene::set(&mut scene.settings.server, line(other));
    };
    kept_down(suites, "TP3019", "either end");
}

#[test]
fn a_client_that_wants_tls_of_an_open_port() {
    kept_down(
        |scene| {
            scene.settings.mode = "unsecured".to_owned();
            scene.settings.port = String::new();
            scene.settings.connection = "tls=1".to_owned();
        },
        "TP3002",
        "the client",
    );
}

/// `fleet check` warns of what changes, which keeps nothing down; `mended` it does not, and the connection works.
#[track_caller]
fn warned(change: impl Fn(&mut Scene), code: &str, place: &str) {
    let mut scene = Scene::new();
    let good = scene.settings.clone();
    change(&mut scene);
    scene.start();
    let found = |scene: &Scene| {
        let all = scene.findings();
        all.iter().any(|(one, at)| one == code && at == place)
    };
    assert!(found(&scene), "{code}: {:?}", scene.findings());
    scene.works();
    scene.settings = good;
    scene.start();
    assert!(!found(&scene), "{code}: {:?}", scene.findings());
    scene.works();
}

#[test]
fn what_is_warned_of_at_both_ends() {
    let place = "Desk/Server:default";
    let takes_all = |scene: &mut Scene| {
        let line = "client-auth = \"0\"".to_owned();
        Scene::set(&mut scene.settings.client, line);
        let name = "tls-target-name-check".to_owned();
        scene.settings.client.retain(|old| !old.starts_with(&name));
    };
    warned(takes_all, "TP3012", place);
    let simple = |scene: &mut Scene| {
        takes_all(scene);
        scene.settings.port = "tls=1".to_owned();
    };
    warned(simple, "TP3011", "host desk.example.com");
    // The certificates of both come from different roots, and each end trusts both.
    let two_roots = |scene: &mut Scene| {
        scene
            .pki
            .issue(trustpack_e2e::pki::Wish::host("desk", "other-root"));
        let both = scene.pki.bundle("both.pem", &["root", "other-root"]);
        for end in [&mut scene.settings.client, &mut scene.settings.server] {
            Scene::set(end, crate::scene::option("trusted-ca", &both));
        }
    };
    let mut scene = Scene::new();
    two_roots(&mut scene);
    scene.start();
    let findings = scene.findings();
    assert!(
        findings.iter().any(|(code, _)| code == "TP4107"),
        "{findings:?}"
    );
    scene.works();
}
