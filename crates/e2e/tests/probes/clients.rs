//! Each step of the judgement of a client, staged with a client of another make before a running tunnel: of the line that the
//! tunnel writes `explain-failure` names the right end and the right option, and what it says to do lets the client in.

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::pki::{CA, HOST, Key, Validity, Wish};

use crate::asked::Asked;
use crate::scene::{Scene, option};

/// A server with mutual TLS, and a client of OpenSSL.
fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    scene
}

/// Connects as the client with this chain; its input is empty, so that it ends after the handshake.
pub(crate) fn connect(scene: &Scene, chain: &[&str], options: &[&str]) -> Outcome {
    let call = Call::foreign("openssl", ["s_client", "-cipher", "DEFAULT:@SECLEVEL=0"]);
    let mut call = call.args(["-connect", &scene.address().to_string(), "-CAfile"]);
    call = call.arg(scene.pki.certificate("root"));
    if let Some(own) = chain.first() {
        call = call.arg("-cert").arg(scene.pki.certificate(own));
        call = call.arg("-key").arg(scene.pki.key(own));
        call = call
            .arg("-cert_chain")
            .arg(scene.pki.bundle("chain.pem", chain));
    }
    call.args(options).run()
}

/// The tunnel refuses the client with this chain, in both versions, at this step and for this reason; on this end these words
/// are to be done.
#[track_caller]
fn refused(scene: &mut Scene, chain: &[&str], [step, why]: [&str; 2], [at, remedy]: [&str; 2]) {
    // The fleet file says what that client has.
    let lines = &mut scene.settings.client;
    match chain.first() {
        Some(own) => {
            let bundle = scene.pki.bundle("own.pem", chain);
            Scene::set(lines, option("certificate", &bundle));
            Scene::set(lines, option("certificate-key", &scene.pki.key(own)));
        }
        None => lines.retain(|line| !line.starts_with("certificate")),
    }
    scene.start();
    for version in ["-tls1_2", "-tls1_3"] {
        drop(connect(scene, chain, &[version]));
        scene.tunnel().refused(step, why);
    }
    explained(scene, at, remedy);
}

/// What `explain-failure` says of the last line of the log that tells of a refusal, with the fleet and its files, and without.
#[track_caller]
fn explained(scene: &mut Scene, at: &str, remedy: &str) {
    let log = scene.tunnel().written();
    let mut lines = log.lines().rev();
    let line = lines
        .find(|line| line.contains("handshake refused"))
        .unwrap();
    let alone = Call::trustpack(["explain-failure", "--json"]).arg(line);
    let call = Call::trustpack(["explain-failure", "--json", "--fleet"]).arg(scene.fleet());
    let with_files = call.arg("--files").arg(scene.pki.dir()).arg(line);
    let told = Asked::of(with_files.run());
    assert_eq!(told.text("/explained/0/at"), at, "{told}");
    let words = told.text("/explained/0/remedy");
    // Whoever it was: the server knows no more than that it is to be this one.
    let is_taken_for_desk = words.starts_with("if it was Desk/Server:default that called, ");
    assert_eq!(is_taken_for_desk, at != SERVER, "{told}");
    assert!(
        words.contains(remedy),
        "{remedy:?} is not in {words:?}: {told}"
    );
    let told = Asked::of(alone.run());
    let told_alone = told.text("/explained/0/at");
    // What settings alone decide is not known without them.
    let may_be = match at {
        "either end" => SERVER,
        at => at,
    };
    assert!([may_be, "either end"].contains(&&*told_alone), "{told}");
}

/// The client with this chain is let in.
#[track_caller]
fn let_in(scene: &mut Scene, chain: &[&str]) {
    for version in ["-tls1_2", "-tls1_3"] {
        drop(connect(scene, chain, &[version]));
        let line = scene.tunnel().carried();
        let subject = line.text("subject").unwrap_or_default();
        let own = chain.first().unwrap();
        assert_eq!(subject, format!("CN={own}"), "{line}");
    }
}

const CLIENT: &str = "the client";
const SERVER: &str = "the server";

#[test]
fn an_issuer_that_the_server_does_not_trust() {
    let mut scene = scene();
    scene.pki.issue(Wish::host("stranger", "other-root"));
    let why = ["path", "is not trusted here"];
    let remedy = "add the certificate of the CA that issued it to trusted-ca = ";
    let chain = ["stranger", "other-root"];
    refused(&mut scene, &chain, why, [SERVER, remedy]);
    let both = scene.pki.bundle("both.pem", &["root", "other-root"]);
    Scene::set(&mut scene.settings.server, option("trusted-ca", &both));
    scene.start();
    let_in(&mut scene, &chain);
}

#[test]
fn a_chain_that_is_not_sent_whole() {
    let mut scene = scene();
    scene.pki.issue(Wish {
        issuer: "root",
        ..Wish::root("middle")
    });
    scene.pki.issue(Wish::host("below", "middle"));
    let why = ["path", "neither trusted nor among"];
    let remedy = "if the CA that issued it stands below one in trusted-ca = ";
    let either = "either end";
    refused(&mut scene, &["below"], why, [either, remedy]);
    let_in(&mut scene, &["below", "middle"]);
    // Or, as it says, by trusting that CA itself.
    let both = scene.pki.bundle("both.pem", &["root", "middle"]);
    Scene::set(&mut scene.settings.server, option("trusted-ca", &both));
    scene.start();
    let_in(&mut scene, &["below"]);
}

#[test]
fn what_its_certificates_are_not_allowed() {
    let mut scene = scene();
    let no_ca = CA.replace("keyCertSign,cRLSign", "cRLSign");
    scene.pki.issue(Wish {
        issuer: "root",
        extensions: &no_ca,
        ..Wish::root("no-signer")
    });
    scene.pki.issue(Wish::host("under", "no-signer"));
    let remedy = "that its CAs allow";
    let chain = ["under", "no-signer"];
    refused(&mut scene, &chain, ["path", "no-signer"], [CLIENT, remedy]);
    let for_servers = HOST.replace(",clientAuth", "");
    scene.pki.issue(Wish {
        extensions: &for_servers,
        ..Wish::host("for-servers", "root")
    });
    let why = ["path", "extended key usage"];
    let remedy = "that is for clients (clientAuth)";
    refused(&mut scene, &["for-servers"], why, [CLIENT, remedy]);
    // As old CAs issued them for RSA key exchange.
    let to_encipher = HOST.replace("digitalSignature", "keyEncipherment");
    scene.pki.issue(Wish {
        extensions: &to_encipher,
        ..Wish::host("to-encipher", "root")
    });
    let why = ["path", "a TLS handshake needs digitalSignature"];
    let remedy = "whose key usage, if it has one, has digitalSignature";
    refused(&mut scene, &["to-encipher"], why, [CLIENT, remedy]);
    let_in(&mut scene, &["desk"]);
}

#[test]
fn a_ca_that_was_made_anew_under_its_name() {
    let mut scene = scene();
    let of_old = std::fs::read(scene.pki.certificate("root")).unwrap();
    scene.pki.issue(Wish::root("root"));
    // Certificates that say which key signed them, and such that do not.
    let silent = HOST.replace("authorityKeyIdentifier=keyid\n", "");
    for (name, extensions) in [("anew", HOST), ("anew-and-silent", &silent)] {
        let wish = Wish::host(name, "root");
        scene.pki.issue(Wish { extensions, ..wish });
    }
    let made_anew = scene.pki.certificate("root-anew");
    std::fs::rename(scene.pki.certificate("root"), made_anew).unwrap();
    std::fs::write(scene.pki.certificate("root"), of_old).unwrap();
    let of_old = scene.settings.server.clone();
    for name in ["anew", "anew-and-silent"] {
        scene.settings.server.clone_from(&of_old);
        let remedy = "put its certificate as it is now into trusted-ca = ";
        let why = ["path", "the signature of"];
        refused(&mut scene, &[name], why, ["either end", remedy]);
        // A certificate of the key that is there; or the one of the CA as it is now.
        let_in(&mut scene, &["desk"]);
        let both = scene.pki.bundle("both.pem", &["root", "root-anew"]);
        Scene::set(&mut scene.settings.server, option("trusted-ca", &both));
        scene.start();
        let_in(&mut scene, &[name]);
    }
}

#[test]
fn a_digest_of_old() {
    let mut scene = scene();
    scene.pki.issue(Wish::host("weak", "root"));
    Call::foreign("openssl", ["x509", "-req", "-sha1", "-in", "weak.csr"])
        .args(["-CA", "root.pem", "-CAkey", "root.key", "-days", "30"])
        .args(["-extfile", "weak.ext", "-out", "weak.pem"])
        .within(scene.pki.dir())
        .succeeds();
    let remedy = "with SHA-256 and a key of today";
    refused(&mut scene, &["weak"], ["path", "SHA-1"], [CLIENT, remedy]);
    let_in(&mut scene, &["desk"]);
    // And what it says for the time until then.
    let until = "danger-accept-weak = \"2099-01-01\"".to_owned();
    Scene::set(&mut scene.settings.server, until);
    scene.start();
    let_in(&mut scene, &["weak"]);
}

#[test]
fn dates() {
    let mut scene = scene();
    for (name, validity, why, remedy) in [
        (
            "over",
            Validity::Over,
            "was valid until",
            "renew the certificate in",
        ),
        (
            "to-come",
            Validity::ToCome,
            "is valid only from",
            "that is valid now",
        ),
    ] {
        scene.pki.issue(Wish {
            validity,
            ..Wish::host(name, "root")
        });
        refused(&mut scene, &[name], ["dates", why], [CLIENT, remedy]);
    }
    let_in(&mut scene, &["desk"]);
}

#[test]
fn revocation() {
    let mut scene = scene();
    let list = scene.list();
    Scene::set(&mut scene.settings.server, list);
    scene.make_list("other-root");
    let why = ["revocation", "there is no list of its issuer"];
    let remedy = "add the revocation list of that CA to crl = ";
    refused(&mut scene, &["desk"], why, [SERVER, remedy]);
    scene.make_list("root");
    scene.start();
    let_in(&mut scene, &["desk"]);
    scene.pki.issue(Wish::host("second", "root"));
    scene.authority("root", &["-revoke", "desk.pem"]);
    scene.make_list("root");
    let why = ["revocation", "was revoked on"];
    let remedy = "put a new certificate into certificate = ";
    refused(&mut scene, &["desk"], why, [CLIENT, remedy]);
    let_in(&mut scene, &["second"]);
}

#[test]
fn allowed_names() {
    let mut scene = scene();
    let only = |names: &str| format!("allowed-names = \"{names}\"");
    Scene::set(&mut scene.settings.server, only("cn:somebody"));
    let why = ["allowed names", "none of the names that are allowed"];
    let remedy = "add one of its names to allowed-names = cn:somebody";
    refused(&mut scene, &["desk"], why, [SERVER, remedy]);
    Scene::set(&mut scene.settings.server, only("cn:somebody,cn:desk"));
    scene.start();
    let_in(&mut scene, &["desk"]);
}

#[test]
fn no_certificate() {
    let mut scene = scene();
    let why = ["path", "presented no certificate"];
    let remedy = "set certificate and certificate-key";
    refused(&mut scene, &[], why, [CLIENT, remedy]);
    let_in(&mut scene, &["desk"]);
}

#[test]
fn versions_suites_and_groups() {
    let mut scene = scene();
    scene.start();
    let cbc = "ECDHE-ECDSA-AES128-SHA256";
    let both = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
    let of_today = "AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0";
    let old = "ALL:@SECLEVEL=0";
    for (bad, why, remedy, mended) in [
        (
            &["-tls1_1", "-cipher", old][..],
            "the client speaks TLS 1.1 at most",
            "let it speak TLS 1.2",
            &["-no_tls1_3", "-cipher", old][..],
        ),
        (
            &["-tls1_2", "-cipher", cbc],
            "there is no cipher suite",
            "let it offer suites of today, with ECDHE and AES-GCM",
            &["-tls1_2", "-cipher", both],
        ),
        (
            &["-tls1_3", "-groups", "P-521"],
            "there is no ",
            "let it offer X25519 or P-256",
            &["-tls1_3", "-groups", "P-521:P-256"],
        ),
        (
            &["-tls1_2", "-groups", "P-521"],
            "there is no ",
            "let it offer X25519 or P-256",
            &["-tls1_2", "-groups", "P-521:P-256"],
        ),
        // It offers no group: its suites have no need of one.
        (
            &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
            "there is no ",
            "needs suites with ECDHE",
            &["-tls1_2", "-cipher", of_today],
        ),
    ] {
        drop(connect(&scene, &["desk"], bad));
        scene.tunnel().refused("protocol", why);
        explained(&mut scene, CLIENT, remedy);
        drop(connect(&scene, &["desk"], mended));
        scene.tunnel().carried();
    }
}

#[test]
fn signatures_of_the_server_s_key() {
    // As browsers and old Java have them.
    let usual = "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA+SHA256";
    for (name, key) in [("ed", Key::Ed25519), ("rare", Key::P521)] {
        let mut scene = scene();
        scene.pki.issue(Wish {
            key,
            ..Wish::host(name, "root")
        });
        Scene::own(&scene.pki, &mut scene.settings.server, name);
        scene.start();
        let file = scene.pki.certificate(name).display().to_string();
        let remedy =
            format!("put a certificate with another kind of key into certificate = {file} (");
        for version in ["-tls1_2", "-tls1_3"] {
            drop(connect(&scene, &["desk"], &[version, "-sigalgs", usual]));
            scene
                .tunnel()
                .refused("protocol", "there is no signature algorithm");
            explained(&mut scene, SERVER, &remedy);
            // Or the client takes more.
            drop(connect(&scene, &["desk"], &[version]));
            scene.tunnel().carried();
        }
        Scene::own(&scene.pki, &mut scene.settings.server, "host");
        scene.start();
        for version in ["-tls1_2", "-tls1_3"] {
            drop(connect(&scene, &["desk"], &[version, "-sigalgs", usual]));
            scene.tunnel().carried();
        }
    }
}

#[test]
fn clients_of_one_address_are_no_probe() {
    let mut scene = scene();
    scene.start();
    let old = "ALL:@SECLEVEL=0";
    for options in [
        &["-tls1_1", "-cipher", old][..],
        &["-tls1", "-cipher", old],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
    ] {
        drop(connect(&scene, &["desk"], options));
        scene.tunnel().refused("protocol", "there is no ");
    }
    let log = scene.tunnel().written();
    let explain = Call::trustpack(["explain-failure"]).stdin(log.as_bytes());
    let told = explain.succeeds();
    assert!(!told.stdout.contains("has tried out"), "{told}");
    for words in [
        "TLS 1.1 at most; on the client: ",
        "TLS 1.0 at most; on the client: ",
    ] {
        assert!(told.stdout.contains(words), "{words:?}: {told}");
    }
    told.prints("there is no cipher suite that both ends allow; on ");
}
