//! Each step of the judgement, staged with certificates that somebody else serves or shows: the sentence names the right end
//! and the right option, and what it says to do makes the connection work.
//!
//! Long because each step of the judgement has its stage here.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{CA, HOST, HOST_NAME, Key, Pki, Validity, Wish};

use crate::asked::{Asked, probe};
use crate::gnutls;
use crate::scene::{Scene, option};

/// A client that trusts `root` refuses a server of another make with this chain: at this step, for this reason. What to
/// do is to be done at the server; the chain `mended` is what it says.
#[track_caller]
fn refused(pki: &Pki, bad: &[&str], [step, why, remedy]: [&str; 3], mended: &[&str]) {
    let root = pki.certificate("root").display().to_string();
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    let asked = |chain: &[&str]| {
        let own = chain.first().unwrap();
        let server = ReversingServer::start(
            &pki.certificate(own),
            &pki.key(own),
            [
                "-cipher",
                "DEFAULT:@SECLEVEL=0",
                "-cert_chain",
                &pki.bundle("chain.pem", chain).display().to_string(),
            ],
        );
        probe(server.address(), &trusting)
    };
    let told = asked(bad);
    assert_eq!(told.text("/failed"), step, "{bad:?}: {told}");
    assert_eq!(told.text("/explanation/at"), "the server", "{told}");
    for (pointer, words) in [("/explanation/what", why), ("/explanation/remedy", remedy)] {
        let told_there = told.text(pointer);
        assert!(
            told_there.contains(words),
            "{words:?} is not in {told_there:?}"
        );
    }
    let told = asked(mended);
    assert_eq!(told.text("/works"), "true", "{mended:?}: {told}");
}

#[test]
fn the_chain_of_a_server() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    let only_others = format!("{CA}\nnameConstraints=critical,permitted;DNS:elsewhere.example");
    let no_ca = CA.replace("keyCertSign,cRLSign", "cRLSign");
    for (name, extensions) in [("narrow", &*only_others), ("no-signer", &no_ca)] {
        pki.issue(Wish {
            issuer: "root",
            extensions,
            ..Wish::root(name)
        });
        pki.issue(Wish::host(&format!("under-{name}"), name));
    }
    let good = ["host"];
    let remedy = "put a certificate into certificate that its CAs allow";
    let narrow = ["under-narrow", "narrow"];
    refused(&pki, &narrow, ["path", "elsewhere.example", remedy], &good);
    let no_signer = ["under-no-signer", "no-signer"];
    refused(&pki, &no_signer, ["path", "no-signer", remedy], &good);
}

#[test]
fn a_chain_that_is_too_long() {
    let pki = Pki::new();
    let names: Vec<String> = (0..10).map(|number| format!("ca{number}")).collect();
    let mut issuer = "root";
    for name in &names {
        let wish = Wish::root(name);
        pki.issue(Wish { issuer, ..wish });
        issuer = name;
    }
    pki.issue(Wish::host("deep", issuer));
    let mut chain = vec!["deep"];
    chain.extend(names.iter().rev().map(String::as_str));
    let chain = pki.bundle("chain.pem", &chain).display().to_string();
    let (own, key) = (pki.certificate("deep"), pki.key("deep"));
    let server = ReversingServer::start(&own, &key, ["-cert_chain", &chain]);
    let asked = |trusted: &str| {
        let trusted = pki.certificate(trusted).display().to_string();
        probe(server.address(), &["--quick", "--trusted-ca", &trusted])
    };
    let told = asked("root");
    assert_eq!(told.text("/explanation/at"), "the client", "{told}");
    let why = told.text("/why");
    assert!(
        why.starts_with("the number of intermediates up to"),
        "{told}"
    );
    assert!(why.contains("CN=ca1\""), "{told}");
    assert_eq!(
        told.text("/certificate/path/9/signature"),
        "not-followed",
        "{told}"
    );
    let remedy = told.text("/explanation/remedy");
    let named = "add the certificate that is named to trusted-ca = ";
    assert!(remedy.starts_with(named), "{told}");
    assert_eq!(asked("ca1").text("/works"), "true");
    // The one above it was sent too, and is no help.
    assert_eq!(asked("ca0").text("/works"), "false");
}

/// What is said of a server with this chain, by whoever trusts this CA, or nobody.
#[track_caller]
fn seen(pki: &Pki, chain: &[&str], trusted: Option<&str>) -> Asked {
    let own = chain.first().unwrap();
    let whole = pki.bundle("chain.pem", chain).display().to_string();
    let sent = ["-cert_chain", &whole];
    let server = ReversingServer::start(&pki.certificate(own), &pki.key(own), sent);
    let trusted = trusted.map(|name| pki.certificate(name).display().to_string());
    let trusted = trusted.iter().flat_map(|file| ["--trusted-ca", file]);
    let options: Vec<&str> = ["--quick", "--name", HOST_NAME]
        .into_iter()
        .chain(trusted)
        .collect();
    probe(server.address(), &options)
}

#[track_caller]
fn explained(told: &Asked, at: &str, what: &str, remedy: &str) {
    assert_eq!(told.text("/explanation/at"), at, "{told}");
    assert!(told.text("/explanation/what").contains(what), "{told}");
    assert!(told.text("/explanation/remedy").contains(remedy), "{told}");
}

#[test]
fn a_ca_that_was_made_anew_under_its_name() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    let of_old = std::fs::read(pki.certificate("root")).unwrap();
    pki.issue(Wish::root("root"));
    pki.issue(Wish::host("anew", "root"));
    std::fs::rename(pki.certificate("root"), pki.certificate("root-anew")).unwrap();
    std::fs::write(pki.certificate("root"), of_old).unwrap();
    let told = seen(&pki, &["anew"], Some("root"));
    let remedy = "put its certificate as it is now into trusted-ca = ";
    explained(&told, "either end", "the signature of", remedy);
    for (own, trusted) in [("anew", "root-anew"), ("host", "root")] {
        let told = seen(&pki, &[own], Some(trusted));
        assert_eq!(told.text("/works"), "true", "{told}");
    }
    // Where nobody was named who is trusted, both came from the server.
    let told = seen(&pki, &["anew", "root"], None);
    let remedy = "put a certificate into certificate that its CAs allow";
    explained(&told, "the server", "the signature of", remedy);
    assert_eq!(
        seen(&pki, &["anew", "root-anew"], None).text("/works"),
        "true"
    );
}

#[test]
fn a_ca_of_a_server_that_has_ended() {
    let pki = Pki::new();
    for (name, validity) in [("middle", Validity::Over), ("fresh", Validity::Now)] {
        pki.issue(Wish {
            issuer: "root",
            validity,
            ..Wish::root(name)
        });
        pki.issue(Wish::host(&format!("under-{name}"), name));
    }
    // Also where nobody was named who is trusted: it is taken as if it were, and came from the server.
    for trusted in [Some("root"), None] {
        let told = seen(&pki, &["under-middle", "middle"], trusted);
        assert_eq!(told.text("/failed"), "dates", "{told}");
        let remedy = "if it is a CA's that is named, put the new one of that CA there";
        explained(&told, "the server", "was valid until", remedy);
        let told = seen(&pki, &["under-fresh", "fresh"], trusted);
        assert_eq!(told.text("/works"), "true", "{told}");
    }
}

#[test]
fn the_strength_of_a_server() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    pki.issue(Wish::host("weak", "root"));
    // The same request once more, with a digest of old.
    Call::foreign("openssl", ["x509", "-req", "-sha1", "-in", "weak.csr"])
        .args(["-CA", "root.pem", "-CAkey", "root.key", "-days", "30"])
        .args(["-extfile", "weak.ext", "-out", "weak.pem"])
        .within(pki.dir())
        .succeeds();
    let words = ["path", "SHA-1", "with SHA-256 and a key of today"];
    refused(&pki, &["weak"], words, &["host"]);
}

#[test]
fn a_small_key_is_taken_where_that_is_accepted() {
    let pki = Pki::new();
    pki.issue(Wish {
        key: Key::SmallRsa,
        ..Wish::host("small", "root")
    });
    let root = pki.certificate("root").display().to_string();
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    for version in ["-tls1_2", "-tls1_3"] {
        let options = ["-cipher", "DEFAULT:@SECLEVEL=0", version];
        let own = pki.certificate("small");
        let server = ReversingServer::start(&own, &pki.key("small"), options);
        for options in [&trusting[..], &["--quick"]] {
            let told = probe(server.address(), options);
            assert_eq!(told.text("/failed"), "path", "{told}");
            assert!(told.text("/why").contains("an RSA key of 1024"), "{told}");
            assert_eq!(told.text("/explanation/at"), "the server", "{told}");
            let remedy = told.text("/explanation/remedy");
            let words = "until then danger-accept-weak = DATE on the client takes";
            assert!(remedy.contains(words), "{told}");
        }
        let until = [&trusting[..], &["--danger-accept-weak", "2099-01-01"]].concat();
        let told = probe(server.address(), &until);
        assert_eq!(told.text("/works"), "true", "{version}: {told}");
    }
}

/// GnuTLS signs with the first kind of signature that is offered, whether the key has room for it or not.
#[test]
fn a_small_key_of_gnutls_is_taken_where_that_is_accepted() {
    let pki = Pki::new();
    pki.issue(Wish {
        key: Key::SmallRsa,
        ..Wish::host("small", "root")
    });
    let root = pki.certificate("root").display().to_string();
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    for version in ["1.2", "1.3"] {
        let version_of_gnutls = gnutls_version(version);
        let options = [&*version_of_gnutls, "--disable-client-cert"];
        let (_server, address) = gnutls::serve(&pki, "small", &options);
        let told = probe(address, &trusting);
        assert_eq!(told.text("/failed"), "path", "{version}: {told}");
        assert!(told.text("/why").contains("an RSA key of 1024"), "{told}");
        let until = [&trusting[..], &["--danger-accept-weak", "2099-01-01"]].concat();
        let told = probe(address, &until);
        assert_eq!(told.text("/works"), "true", "{version}: {told}");
    }
}

fn gnutls_version(version: &str) -> String {
    format!("--priority=NORMAL:-VERS-ALL:+VERS-TLS{version}")
}

#[test]
fn a_small_key_may_sign_with_every_digest_where_that_is_accepted() {
    let pki = Pki::new();
    let config = std::fs::read_to_string(pki.path("config")).unwrap();
    let root = pki.certificate("root").display().to_string();
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    let until = [&trusting[..], &["--danger-accept-weak", "2099-01-01"]].concat();
    for digest in ["sha256", "sha384", "sha512"] {
        let of_digest = config.replace("default_md=sha256", &format!("default_md={digest}"));
        std::fs::write(pki.path("config"), of_digest).unwrap();
        let [small_ca, under] = ["small-ca", "under"].map(|name| format!("{name}-{digest}"));
        pki.issue(Wish {
            issuer: "root",
            key: Key::SmallRsa,
            ..Wish::root(&small_ca)
        });
        pki.issue(Wish {
            key: Key::SmallRsa,
            ..Wish::host(&under, &small_ca)
        });
        // In the handshake as in the chain.
        let scheme = format!("RSA+{}", digest.to_uppercase());
        let chain = pki.bundle("chain.pem", &[&under, &small_ca]);
        let server = ReversingServer::start(
            &pki.certificate(&under),
            &pki.key(&under),
            [
                "-cipher",
                "DEFAULT:@SECLEVEL=0",
                "-tls1_2",
                "-sigalgs",
                &scheme,
                "-cert_chain",
                &chain.display().to_string(),
            ],
        );
        let told = probe(server.address(), &until);
        assert_eq!(told.text("/works"), "true", "{digest}: {told}");
    }
}

#[test]
fn a_client_with_a_small_key_is_let_in_where_that_is_accepted() {
    let mut scene = Scene::new();
    scene.pki.issue(Wish {
        key: Key::SmallRsa,
        ..Wish::host("small", "root")
    });
    scene.start();
    let [own, key, root] = [
        scene.pki.certificate("small"),
        scene.pki.key("small"),
        scene.pki.certificate("root"),
    ];
    let connect = |address: SocketAddr, version: &str| {
        // Its input is empty: it ends after the handshake.
        let words = ["s_client", "-cipher", "DEFAULT:@SECLEVEL=0", version];
        let call = Call::foreign("openssl", words).args(["-connect", &address.to_string()]);
        let call = call.arg("-cert").arg(&own).arg("-key").arg(&key);
        drop(call.arg("-CAfile").arg(&root).run());
    };
    let connect_gnutls = |address: SocketAddr, version: &str| {
        let call = Call::foreign("gnutls-cli", ["--verify-hostname", HOST_NAME])
            .args(["--sni-hostname", HOST_NAME, "--port"])
            .arg(address.port().to_string())
            .arg(gnutls_version(version))
            .arg("--x509certfile")
            .arg(&own)
            .arg("--x509keyfile")
            .arg(&key);
        let call = call.arg("--x509cafile").arg(&root);
        drop(call.arg(address.ip().to_string()).run());
    };
    let versions = [("-tls1_2", "1.2"), ("-tls1_3", "1.3")];
    for (of_openssl, of_gnutls) in versions {
        connect(scene.address(), of_openssl);
        scene.tunnel().refused("path", "an RSA key of 1024 bits");
        connect_gnutls(scene.address(), of_gnutls);
        scene.tunnel().refused("path", "an RSA key of 1024 bits");
    }
    let until = "danger-accept-weak = \"2099-01-01\"".to_owned();
    Scene::set(&mut scene.settings.server, until);
    scene.start();
    let carried = |scene: &mut Scene| {
        let line = scene.tunnel().carried();
        let subject = line.text("subject").unwrap_or_default();
        assert!(subject.contains("CN=small"), "{line}");
    };
    for (of_openssl, of_gnutls) in versions {
        connect(scene.address(), of_openssl);
        carried(&mut scene);
        connect_gnutls(scene.address(), of_gnutls);
        carried(&mut scene);
    }
}

#[test]
fn usages_name_and_dates_of_a_server() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    let for_clients = HOST.replace("serverAuth,", "");
    let elsewhere = HOST.replace(HOST_NAME, "elsewhere.example.com");
    let to_encipher = HOST.replace("digitalSignature", "keyEncipherment");
    for (name, extensions, validity) in [
        ("for-clients", &*for_clients, Validity::Now),
        ("elsewhere", &elsewhere, Validity::Now),
        ("to-encipher", &to_encipher, Validity::Now),
        ("over", HOST, Validity::Over),
        ("to-come", HOST, Validity::ToCome),
    ] {
        pki.issue(Wish {
            extensions,
            validity,
            ..Wish::host(name, "root")
        });
    }
    let check = |name: &str, words: [&str; 3]| refused(&pki, &[name], words, &["host"]);
    check(
        "for-clients",
        [
            "path",
            "extended key usage",
            "that is for servers (serverAuth)",
        ],
    );
    check(
        "to-encipher",
        [
            "path",
            "a TLS handshake needs digitalSignature",
            "whose key usage, if it has one, has digitalSignature",
        ],
    );
    check(
        "elsewhere",
        [
            "name",
            "the host is host.example.com",
            "for that name into certificate",
        ],
    );
    check(
        "over",
        [
            "dates",
            "was valid until",
            "renew the certificate in certificate",
        ],
    );
    check(
        "to-come",
        [
            "dates",
            "is valid only from",
            "that is valid now into certificate",
        ],
    );
}

#[test]
fn a_chain_with_a_gap() {
    let mut scene = Scene::new();
    let pki = &scene.pki;
    pki.issue(Wish {
        issuer: "root",
        ..Wish::root("middle")
    });
    pki.issue(Wish::host("below", "middle"));
    let alone = pki.certificate("below");
    let whole = pki.bundle("below-chain.pem", &["below", "middle"]);
    // As a program of another make sends it: ours would not start with it.
    let root = pki.certificate("root").display().to_string();
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    let none = std::iter::empty::<&str>();
    let server = ReversingServer::start(&alone, &pki.key("below"), none);
    let asked = probe(server.address(), &trusting);
    assert_eq!(asked.text("/failed"), "path", "{asked}");
    let lines = &mut scene.settings.server;
    Scene::set(lines, option("certificate", &alone));
    Scene::set(lines, option("certificate-key", &scene.pki.key("below")));
    scene.write();
    let remedy = ["add the certificate of the issuer to the files of certificate"];
    scene.fails("TP4008", "the server", &remedy);
    Scene::set(&mut scene.settings.server, option("certificate", &whole));
    scene.start();
    scene.works();
}

#[test]
fn the_certificate_of_a_client() {
    let mut scene = Scene::new();
    let for_servers = HOST.replace(",clientAuth", "");
    for (name, extensions, validity) in [
        ("for-servers", &*for_servers, Validity::Now),
        ("over", HOST, Validity::Over),
        ("to-come", HOST, Validity::ToCome),
    ] {
        scene.pki.issue(Wish {
            extensions,
            validity,
            ..Wish::host(name, "root")
        });
    }
    scene.start();
    for (name, why) in [
        ("for-servers", "TP4018"),
        ("over", "TP4012"),
        ("to-come", "TP4012"),
    ] {
        let good = scene.settings.clone();
        Scene::own(&scene.pki, &mut scene.settings.client, name);
        scene.write();
        scene.fails(why, "the client", &["issue a"]);
        scene.settings = good;
        scene.write();
        scene.works();
    }
}

#[test]
fn a_client_that_was_revoked() {
    let mut scene = Scene::new();
    let list = scene.list();
    Scene::set(&mut scene.settings.server, list);
    scene.authority("root", &["-revoke", "desk.pem"]);
    scene.make_list("root");
    scene.pki.issue(Wish::host("second", "root"));
    scene.start();
    let remedy = ["put a new certificate into certificate = "];
    scene.fails("was revoked on", "the client", &remedy);
    Scene::own(&scene.pki, &mut scene.settings.client, "second");
    scene.write();
    scene.works();
}

#[test]
fn a_list_that_is_not_fresh() {
    let mut scene = Scene::new();
    let list = scene.list();
    Scene::set(&mut scene.settings.client, list);
    let dir = scene.pki.dir().to_owned();
    let write = |days: &str, clock: &str| {
        Call::foreign(
            "faketime",
            [clock, "openssl", "ca", "-config", "config", "-gencrl"],
        )
        .args([
            "-cert", "root.pem", "-keyfile", "root.key", "-crldays", days,
        ])
        .args(["-out", "list.pem"])
        .within(&dir)
        .succeeds();
    };
    write("1", "30 days ago");
    scene.start();
    let remedy = ["fetch the new list of the CA"];
    scene.fails("TP4030", "the client", &remedy);
    write("30", "1 day ago");
    scene.works();
}
