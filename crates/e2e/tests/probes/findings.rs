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
