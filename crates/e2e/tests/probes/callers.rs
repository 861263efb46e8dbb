//! Who called: lines of a server that has one client in the fleet, of that client and of somebody else, for each cause. What holds for
//! anybody is told, and the fleet's client is blamed only where its settings or files say so.

use std::io::Write as _;
use std::net::TcpStream;

use trustpack_e2e::pki::{Key, Validity, Wish};

use crate::clients::connect;
use crate::scene::{SECOND_CLIENT, Scene};

const CLIENT: &str = "the client";
const SERVER: &str = "the server";
const EITHER: &str = "either end";

/// What is said of the client that the fleet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desk {
    /// It fits by its settings.
    Hardly,
    /// It fits by its files, or has what is missing: what runs may have others.
    Perhaps,
    /// It would fail so.
    Likely,
    /// Nothing: it does not matter who called.
    Nothing,
}

/// The server has refused whoever called last: this end is named, these words are to be done, and this is said of the client.
#[track_caller]
fn refused(scene: &mut Scene, why: &str, at: &str, desk: Desk, remedy: &[&str]) {
    let report = scene.tunnel().says("handshake refused");
    let reason = report.text("reason").unwrap_or_default();
    assert!(reason.contains(why), "{why:?} is not in {report}");
    let log = scene.tunnel().written();
    let mut lines = log.lines().rev();
    let line = lines
        .find(|line| line.contains("handshake refused"))
        .unwrap();
    let (told_at, told) = scene.told_of(line);
    assert_eq!(told_at, at, "{told}");
    for words in remedy {
        assert!(told.contains(words), "{words:?} is not in {told:?}");
    }
    let place = "Desk/Server:default";
    let begin = format!("if it was {place} that called, ");
    let said = if told.contains(&format!(
        "; it was hardly {place}, which fits by its settings"
    )) {
        assert!(!told.starts_with(&begin), "{told}");
        Desk::Hardly
    } else if told.starts_with(&begin) {
        match told.contains("; if not, on the ") {
            true => Desk::Perhaps,
            false => Desk::Likely,
        }
    } else {
        assert!(!told.contains("Desk"), "{told}");
        Desk::Nothing
    };
    assert_eq!(said, desk, "{told}");
}

/// Whoever calls with these options of OpenSSL is let in.
#[track_caller]
fn let_in(scene: &mut Scene, chain: &[&str], options: &[&str]) {
    drop(connect(scene, chain, options));
    scene.tunnel().carried();
}

pub(crate) fn set(lines: &mut Vec<String>, option: &str, value: &str) {
    Scene::set(lines, format!("{option} = \"{value}\""));
}

pub(crate) const OF_128: &str = "ECDHE-ECDSA-AES128-GCM-SHA256";
pub(crate) const OF_256: &str = "ECDHE-ECDSA-AES256-GCM-SHA384";

#[test]
fn versions() {
    let none = "there is no version of TLS";
    let mut scene = Scene::new();
    set(&mut scene.settings.server, "sec-protocol-max", "TLSv12");
    set(&mut scene.settings.client, "sec-protocol", "TLSv12");
    set(&mut scene.settings.client, "cipher-list", OF_128);
    scene.start();
    drop(connect(&scene, &["desk"], &["-tls1_3"]));
    let option = "take sec-protocol-max = TLSv12 (";
    let remedy = ["let the client speak TLS 1.2; or ", option];
    refused(&mut scene, none, EITHER, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &["-tls1_2"]);
    scene.settings.server.pop();
    scene.start();
    let_in(&mut scene, &["desk"], &["-tls1_3"]);
    // One of nothing but old versions is none of the fleet.
    let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    drop(connect(&scene, &["desk"], &old));
    let remedy = ["let it speak TLS 1.2"];
    refused(&mut scene, none, CLIENT, Desk::Hardly, &remedy);
    // The other way round.
    set(&mut scene.settings.server, "sec-protocol", "TLSv13");
    scene
        .settings
        .client
        .retain(|line| !line.starts_with("sec-protocol"));
    scene.start();
    drop(connect(&scene, &["desk"], &["-tls1_2"]));
    let remedy = ["let the client speak TLS 1.3; or take sec-protocol = TLSv13 ("];
    refused(&mut scene, none, EITHER, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &["-tls1_3"]);
    // The client of the fleet has that limit itself.
    set(&mut scene.settings.client, "sec-protocol-max", "TLSv12");
    scene.start();
    drop(connect(&scene, &["desk"], &["-tls1_2"]));
    refused(&mut scene, none, CLIENT, Desk::Likely, &[option]);
}

#[test]
fn suites() {
    let none = "there is no cipher suite";
    let with = |suite| ["-tls1_2", "-cipher", suite];
    let mut scene = Scene::new();
    set(&mut scene.settings.client, "sec-protocol-max", "TLSv12");
    set(&mut scene.settings.client, "cipher-list", OF_128);
    scene.start();
    drop(connect(&scene, &["desk"], &with("ECDHE-ECDSA-AES128-SHA")));
    let remedy = ["let it offer suites of today"];
    refused(&mut scene, none, CLIENT, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &with(OF_128));
    // The server has a list as well.
    set(&mut scene.settings.server, "cipher-list", OF_128);
    scene.start();
    drop(connect(&scene, &["desk"], &with(OF_256)));
    let remedy = [
        "let the client offer a suite of cipher-list = ECDHE-ECDSA-AES128-GCM-SHA256 (",
        "of the server, such as ECDHE-ECDSA-AES128-GCM-SHA256 (TLS 1.2) or TLS_AES_128_GCM_SHA256 (TLS 1.3); or take that out",
    ];
    refused(&mut scene, none, EITHER, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &with(OF_128));
    scene.settings.server.pop();
    scene.start();
    let_in(&mut scene, &["desk"], &with(OF_256));
    // One that the client of the fleet has not.
    set(&mut scene.settings.server, "cipher-list", OF_256);
    scene.start();
    drop(connect(&scene, &["desk"], &with(OF_128)));
    let remedy = ["let cipher-list = ", "have suites in common"];
    refused(&mut scene, none, EITHER, Desk::Likely, &remedy);
    let_in(&mut scene, &["desk"], &with(OF_256));
}

#[test]
fn groups_and_signatures() {
    let mut scene = Scene::new();
    scene.start();
    drop(connect(&scene, &["desk"], &["-groups", "P-521"]));
    let remedy = ["let it offer X25519 or P-256"];
    refused(&mut scene, "there is no ", CLIENT, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &["-groups", "P-521:P-256"]);
    scene.own_with_key("ed", Key::Ed25519);
    scene.start();
    let usual = ["-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256"];
    drop(connect(&scene, &["desk"], &usual));
    let file = scene.pki.certificate("ed").display().to_string();
    let remedy = [
        "put a certificate with another kind of key into certificate = ",
        &file,
    ];
    let none = "there is no signature algorithm";
    refused(&mut scene, none, SERVER, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &[]);
    // A key that every program takes is not to blame.
    scene.own_with_key("large", Key::Rsa);
    for (name, bad, remedy, mended) in [
        (
            "large",
            ["-tls1_2", "RSA+SHA1"],
            "let the client take signatures of RSA with SHA-256",
            "RSA+SHA256",
        ),
        (
            "large",
            ["-tls1_3", "ECDSA+SHA256"],
            "let the client take signatures of RSA with SHA-256",
            "ECDSA+SHA256:RSA-PSS+SHA256",
        ),
        (
            "host",
            ["-tls1_3", "RSA-PSS+SHA256"],
            "let the client take signatures of P-256 with SHA-256",
            "RSA-PSS+SHA256:ECDSA+SHA256",
        ),
    ] {
        Scene::own(&scene.pki, &mut scene.settings.server, name);
        scene.start();
        // The key of the client stays as it is, of which nothing is asked here.
        drop(connect(&scene, &[], &[bad[0], "-sigalgs", bad[1]]));
        refused(&mut scene, none, CLIENT, Desk::Hardly, &[remedy]);
        let options = [
            bad[0],
            "-client_sigalgs",
            "ECDSA+SHA256",
            "-sigalgs",
            mended,
        ];
        let_in(&mut scene, &["desk"], &options);
    }
}

#[test]
fn certificates() {
    let mut scene = Scene::new();
    scene.start();
    drop(connect(&scene, &[], &[]));
    let none = "presented no certificate";
    let set_one = "on the client: set certificate and certificate-key";
    refused(&mut scene, none, CLIENT, Desk::Perhaps, &[set_one]);
    scene.pki.issue(Wish {
        validity: Validity::Over,
        ..Wish::host("over", "root")
    });
    drop(connect(&scene, &["over"], &[]));
    let renew = "renew the certificate in certificate";
    let run = "what runs has others";
    let after = format!("; if not, on the client: {renew}");
    refused(
        &mut scene,
        "was valid until",
        CLIENT,
        Desk::Perhaps,
        &[run, &after],
    );
    scene.pki.issue(Wish::host("stranger", "other-root"));
    drop(connect(&scene, &["stranger", "other-root"], &[]));
    let add = "add the certificate of the CA that issued it to trusted-ca = ";
    let after = format!("; if not, on the server: {add}");
    refused(
        &mut scene,
        "is not trusted here",
        EITHER,
        Desk::Perhaps,
        &[run, &after],
    );
    let_in(&mut scene, &["desk"], &[]);
    // The same of the client that the fleet has.
    Scene::own(&scene.pki, &mut scene.settings.client, "over");
    scene.start();
    drop(connect(&scene, &["over"], &[]));
    let renew = format!("{renew} = ");
    refused(
        &mut scene,
        "was valid until",
        CLIENT,
        Desk::Likely,
        &[&renew],
    );
    scene
        .settings
        .client
        .retain(|line| !line.starts_with("certificate"));
    scene.start();
    drop(connect(&scene, &[], &[]));
    let set_one = "set certificate and certificate-key";
    refused(&mut scene, none, CLIENT, Desk::Likely, &[set_one]);
}

#[test]
fn plain_text() {
    let mut scene = Scene::new();
    scene.start();
    let mut stream = TcpStream::connect(scene.address()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let remedy = ["lead it through a tunnel"];
    refused(&mut scene, "plain text", CLIENT, Desk::Likely, &remedy);
}

#[test]
fn a_list_of_the_server_and_a_caller_that_is_not_known() {
    let of_rsa = "ECDHE-RSA-AES128-GCM-SHA256";
    let mut scene = Scene::new();
    set(
        &mut scene.settings.server,
        "cipher-list",
        &format!("{OF_128}:{of_rsa}"),
    );
    scene.start();
    // It offers one of the list, which is for another key.
    drop(connect(&scene, &["desk"], &["-tls1_2", "-cipher", of_rsa]));
    let remedy =
        ["such as ECDHE-ECDSA-AES128-GCM-SHA256 (TLS 1.2) or TLS_AES_128_GCM_SHA256 (TLS 1.3); or"];
    let none = "there is no cipher suite";
    refused(&mut scene, none, EITHER, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &["-tls1_2", "-cipher", OF_128]);
    // Nothing of TLS 1.2 fits.
    let list = format!("{of_rsa}:TLS_AES_128_GCM_SHA256");
    set(&mut scene.settings.server, "cipher-list", &list);
    scene.start();
    drop(connect(&scene, &["desk"], &["-tls1_2", "-cipher", of_rsa]));
    let remedy = ["such as TLS_AES_128_GCM_SHA256 (TLS 1.3); or take that out, or add"];
    refused(&mut scene, none, EITHER, Desk::Hardly, &remedy);
    let_in(&mut scene, &["desk"], &["-tls1_3"]);
    set(
        &mut scene.settings.server,
        "cipher-list",
        &format!("{list}:{OF_128}"),
    );
    scene.start();
    let_in(&mut scene, &["desk"], &["-tls1_2", "-cipher", OF_128]);
}

/// The server does not know which of its clients it was: none is named, and what holds for anybody is told. Their own lines are theirs.
#[test]
fn a_fleet_with_several_clients() {
    let mut scene = Scene::new();
    scene.settings.more = SECOND_CLIENT.to_owned();
    set(&mut scene.settings.client, "sec-protocol-max", "TLSv12");
    set(&mut scene.settings.client, "cipher-list", OF_128);
    set(&mut scene.settings.server, "cipher-list", OF_256);
    scene.start();
    let none = "there is no cipher suite";
    let with = |suite| ["-tls1_2", "-cipher", suite];
    drop(connect(&scene, &["desk"], &with(OF_128)));
    let remedy = [
        "let the client offer a suite of cipher-list = ECDHE-ECDSA-AES256-GCM-SHA384 (",
        "of the server, such as ECDHE-ECDSA-AES256-GCM-SHA384 (TLS 1.2) or ",
    ];
    refused(&mut scene, none, EITHER, Desk::Nothing, &remedy);
    let_in(&mut scene, &["desk"], &with(OF_256));
    drop(connect(&scene, &[], &with(OF_256)));
    let none = "presented no certificate";
    let remedy =
        "set certificate and certificate-key to a certificate of a CA that the server trusts";
    refused(&mut scene, none, CLIENT, Desk::Nothing, &[remedy]);
    // Each has its own line.
    for place in ["Desk/Server:default", "Wall/Server:default"] {
        let line = format!(
            r#"{{"level":"WARN","message":"handshake refused","reason":"the peer refused with the alert handshake_failure (40)","place":"{place}","role":"client","cause":"alert-40"}}"#
        );
        let (at, remedy) = scene.told_of(&line);
        assert_eq!(at, EITHER, "{remedy}");
        let both = "of the client and cipher-list = ECDHE-ECDSA-AES256-GCM-SHA384 (";
        assert!(remedy.contains(both), "{remedy}");
        assert!(!remedy.contains("called"), "{remedy}");
    }
}
