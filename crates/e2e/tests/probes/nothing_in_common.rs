//! Servers of other makes with which nobody comes to an agreement: what they have nothing of is named, also in a fleet, with
//! `--quick`, and whatever alert they send; and what is to be done about it makes the connection work.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::Pki;

use crate::asked::{Asked, probe};
use crate::gnutls;
use crate::scene::Scene;

/// A server that runs until this is dropped.
type Running = (Box<dyn std::any::Any>, SocketAddr);

fn openssl(pki: &Pki, options: &[&str]) -> Running {
    let (own, key) = (pki.certificate("host"), pki.key("host"));
    let server = ReversingServer::start(&own, &key, options.iter().copied());
    let address = server.address();
    (Box::new(server), address)
}

fn of_gnutls(pki: &Pki, options: &[&str]) -> Running {
    let options = [&["--disable-client-cert"], options].concat();
    let (server, address) = gnutls::serve(pki, "host", &options);
    (Box::new(server), address)
}

/// How a server is started with these options.
type Serve = fn(&Pki, &[&str]) -> Running;

/// With the options `bad` a server takes what `takes` says, and this is the remedy; `mended` is what it makes of them.
#[track_caller]
fn check(serve: Serve, bad: &[&str], takes: &str, remedy: &str, mended: &[&str]) {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let (server, address) = serve(&scene.pki, bad);
    scene.served_by("openssl", address);
    scene.write();
    let is_told = |asked: &Asked, of: &str| {
        assert_eq!(asked.outcome.status.code(), Some(1), "{asked}");
        let text = |key: &str| asked.text(&format!("{of}/explanation/{key}"));
        assert_eq!(text("at"), "the server", "{asked}");
        assert!(text("what").contains(takes), "{takes:?}: {asked}");
        assert!(text("remedy").starts_with(remedy), "{remedy:?}: {asked}");
        let all = &asked.outcome.stdout;
        assert!(!all.contains("cipher-list"), "{asked}");
    };
    // With the client's files and without, the connection alone and beside its port, and with everything asked.
    for words in [
        &["Desk/Server"][..],
        &["Server"],
        &[],
        &["--offers", "Server"],
        &["--offers", "Desk/Server"],
    ] {
        let words = [words, &["--json"]].concat();
        is_told(&Asked::of(scene.probe(&words)), "/endpoints/0");
        let call = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
        is_told(&Asked::of(call.args(&words).run()), "/endpoints/0");
    }
    is_told(&Asked::of(scene.probe(&["--json"])), "/endpoints/1");
    // In text too, and what stands above the sentence is not said again in it.
    let text = scene.probe(&["Desk/Server"]);
    let of_sentence = format!("  {takes}");
    let sentence = text
        .stdout
        .lines()
        .find(|line| line.starts_with(&of_sentence));
    let is_whole = sentence.is_some_and(|one| one.contains(&format!("; on the server: {remedy}")));
    assert!(is_whole, "{text}");
    is_told(&probe(address, &["--quick"]), "");
    is_told(&probe(address, &[]), "");
    // Of a port that demands a certificate this is not the refusal that is expected.
    let kept = scene.settings.clone();
    scene.settings.port = "tls=1;tls-mutual=1".to_owned();
    scene.write();
    is_told(
        &Asked::of(scene.probe(&["Server", "--json"])),
        "/endpoints/0",
    );
    scene.settings = kept;
    drop(server);
    let (_server, address) = serve(&scene.pki, mended);
    scene.served_by("openssl", address);
    scene.write();
    let asked = probe(address, &["--quick"]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    // It may still take what is old.
    let asked = Asked::of(scene.probe(&["Desk/Server", "--json"]));
    assert_eq!(asked.text("/endpoints/0/state"), "as-expected", "{asked}");
}

const OLD: &str = "let it take TLS 1.2 or TLS 1.3";

/// Also as a server in Java whose store of keys is empty.
#[test]
fn no_certificate_at_all() {
    check(
        openssl,
        &["-nocert"],
        "the server takes nothing of all that was offered",
        "see that it has a certificate with its key",
        &[],
    );
}

#[test]
fn a_version_of_gnutls() {
    check(
        of_gnutls,
        &["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1"],
        "the server takes TLS 1.1 at most",
        OLD,
        &["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.2"],
    );
}

#[test]
fn a_version_of_openssl() {
    check(
        openssl,
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        "the server takes TLS 1.1 at most",
        OLD,
        &["-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0"],
    );
}

#[test]
fn suites() {
    check(
        openssl,
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
        "the server takes no suite of today, but ",
        "let it take suites with ECDHE and AES-GCM",
        &[
            "-tls1_2",
            "-cipher",
            "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
        ],
    );
}

#[test]
fn groups() {
    for version in ["-tls1_3", "-tls1_2"] {
        check(
            openssl,
            &[version, "-groups", "P-521"],
            "the server takes no group that is spoken here, but ",
            "let it take X25519 or P-256",
            &[version, "-groups", "P-521:P-256"],
        );
    }
}

/// A server with a certificate of its own making.
pub(crate) fn self_made(pki: &Pki, key: &[&str], options: &[&str]) -> ReversingServer {
    let words = ["req", "-x509", "-nodes", "-subj", "/CN=host"];
    let call = Call::foreign("openssl", words).args(key);
    let call = call.args(["-keyout", "made.key", "-out", "made.pem"]);
    call.within(pki.dir()).succeeds();
    let (own, key) = (pki.certificate("made"), pki.key("made"));
    ReversingServer::start(&own, &key, options.iter().copied())
}

pub(crate) const RSA: &[&str] = &["-newkey", "rsa:2048"];
const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P521: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"];
const BRAINPOOL: &[&str] = &[
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:brainpoolP256r1",
];

/// A key and options of a server.
type Made<'a> = (&'a [&'a str], &'a [&'a str]);

/// A server made like this lacks what `has` says; with the remedy, as `mended` has it, it works.
#[track_caller]
fn made(bad: Made<'_>, has: &str, remedy: &str, mended: Made<'_>) {
    let pki = Pki::new();
    let server = self_made(&pki, bad.0, bad.1);
    for options in [&["--quick"][..], &[]] {
        let asked = probe(server.address(), options);
        assert_eq!(asked.text("/explanation/at"), "the server", "{asked}");
        let what = asked.text("/explanation/what");
        assert!(what.contains(has), "{has:?}: {asked}");
        let told = asked.text("/explanation/remedy");
        assert!(told.starts_with(remedy), "{remedy:?}: {asked}");
        // Whoever reads it has just asked.
        assert!(!told.contains("trustpack probe"), "{asked}");
    }
    drop(server);
    let server = self_made(&pki, mended.0, mended.1);
    let asked = probe(server.address(), &["--quick"]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
}

#[test]
fn keys_and_signatures() {
    let other_key = "give it a certificate with another kind of key, P-256";
    let ed448 = &["-newkey", "ed448"][..];
    made(
        (ed448, &[]),
        "no signature that is spoken here, but such as ed448",
        other_key,
        (P256, &[]),
    );
    // Of TLS 1.3 alone no key is seen, and no signature.
    let new = &["-tls1_3"][..];
    let pss = &["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"][..];
    for (key, name) in [(ed448, "ed448"), (pss, "rsa_pss_pss_")] {
        let has = format!("no signature that is spoken here, but such as {name}");
        made((key, new), &has, other_key, (P256, new));
    }
    let old = &["-tls1_2"][..];
    for (key, curve) in [(P521, "secp521r1"), (BRAINPOOL, "brainpoolP256r1")] {
        let has = format!("the key in the server's certificate is on {curve}");
        made((key, old), &has, other_key, (P256, old));
    }
    // That the key exchange is on the same curve, because the server prefers it, is no reason.
    let prefers = ["-tls1_2", "-groups", "P-521:X25519", "-serverpref"];
    let has = "the key in the server's certificate is on secp521r1";
    made((P521, &prefers), has, other_key, (P256, &prefers));
    let alone = ["-tls1_2", "-groups", "P-521"];
    let more = ["-tls1_2", "-groups", "P-521:X25519"];
    made((P521, &alone), has, other_key, (P256, &more));
    for (key, kind, name) in [
        (RSA, "RSA", "rsa_pkcs1_sha1"),
        (P256, "ECDSA", "ecdsa_sha1"),
    ] {
        let has = format!("no signature that is spoken here, but such as {name}");
        let sha1 = format!("{kind}+SHA1");
        let both = format!("{kind}+SHA1:{kind}+SHA256");
        let options = ["-tls1_2", "-cipher", "ALL:@SECLEVEL=0", "-sigalgs"];
        let bad = [&options[..], &[&sha1]].concat();
        let mended = [&options[..], &[&both]].concat();
        made(
            (key, &bad),
            &has,
            "let it sign with SHA-256 too",
            (key, &mended),
        );
    }
}

#[test]
fn suites_that_do_not_fit() {
    let of_ecdsa = &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"][..];
    let of_rsa = &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"][..];
    made(
        (RSA, of_ecdsa),
        "the server takes nothing of all that was offered",
        "see that it has a certificate with its key, and that its suites and signature algorithms fit the key",
        (RSA, of_rsa),
    );
    made(
        (RSA, &["-tls1_2", "-cipher", "ADH:@SECLEVEL=0"]),
        "no suite of today, but such as TLS_DH_anon_",
        "give it a certificate with a P-256 or RSA key, if it has none; and let it take suites with ECDHE",
        (
            RSA,
            &[
                "-tls1_2",
                "-cipher",
                "ADH:ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
            ],
        ),
    );
    let ccm = &["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"][..];
    let gcm = &[
        "-tls1_3",
        "-ciphersuites",
        "TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256",
    ][..];
    made(
        (RSA, ccm),
        "no suite of today, but such as TLS_AES_128_CCM_SHA256",
        "let it take TLS_AES_128_GCM_SHA256 too",
        (RSA, gcm),
    );
}

#[test]
fn a_port_that_takes_too_old_a_version_beside_what_it_lacks() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let options = [
        "-no_tls1_3",
        "-groups",
        "P-521",
        "-cipher",
        "ALL:@SECLEVEL=0",
    ];
    let (_server, address) = openssl(&scene.pki, &options);
    scene.served_by("openssl", address);
    scene.write();
    let text = scene.probe(&["Server"]);
    let text = text.prints("found: TLS 1.1 is taken too");
    text.prints("  the server takes no group that is spoken here")
        .prints("  connection: expected: ");
    // One that takes nothing at all.
    let options = ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"];
    let (_server, address) = openssl(&scene.pki, &options);
    scene.served_by("openssl", address);
    scene.write();
    let text = scene.probe(&["Server", "--offers"]);
    text.prints("  takes nothing of all that was offered");
}

#[test]
fn a_line_of_the_client_s_log_says_whom_to_ask() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let (_server, address) = openssl(
        &scene.pki,
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
    );
    scene.served_by("openssl", address);
    scene.write();
    let line = r#"{"level":"WARN","message":"handshake refused","reason":"the peer refused with the alert handshake_failure (40)","place":"Desk/Server:default","role":"client","cause":"alert-40"}"#;
    let explained = |scene: &Scene| {
        let call = Call::trustpack(["explain-failure", "--json", "--fleet"]).arg(scene.fleet());
        let asked = Asked::of(call.arg("--files").arg(scene.pki.dir()).arg(line).run());
        asked.text("/explained/0/remedy")
    };
    let remedy = explained(&scene);
    let asking = "`trustpack probe --fleet FLEET 'Desk/Server:default'` says which";
    assert!(remedy.contains(asking), "{remedy}");
    assert!(!remedy.contains("cipher-list"), "{remedy}");
    // A list that is set may be the reason, and need not be.
    let list = "cipher-list = \"ECDHE-ECDSA-AES128-GCM-SHA256\"".to_owned();
    Scene::set(&mut scene.settings.client, list);
    scene.write();
    let remedy = explained(&scene);
    assert!(remedy.starts_with("take cipher-list = "), "{remedy}");
    assert!(remedy.contains(asking), "{remedy}");
    // An alert of the version is the server's own, whose client has all that is spoken today.
    let of_version = line.replace("handshake_failure (40)", "protocol_version (70)");
    let of_version = of_version.replace("alert-40", "alert-70");
    let call = Call::trustpack(["explain-failure", "--json", "--fleet"]).arg(scene.fleet());
    let told = Asked::of(call.arg(of_version).run());
    assert_eq!(told.text("/explained/0/at"), "the server", "{told}");
    let told = told.text("/explained/0/remedy");
    let asking = "`trustpack probe --fleet FLEET 'Desk/Server:default'` says what it takes";
    assert!(told.contains(asking), "{told}");
    // Who does as it says is told.
    let asked = Asked::of(scene.probe(&["Desk/Server:default", "--json"]));
    let what = asked.text("/endpoints/0/explanation/what");
    assert!(what.contains("no suite of today"), "{asked}");
}
