//! A client with limits of its own, asked by hand: which of its options are in the way, and what the server lacks beside that.

use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Pki, Wish};

use crate::asked::probe;
use crate::nothing_in_common::{RSA, self_made};

#[test]
fn what_both_ends_have_to_change() {
    let old = ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"];
    let named = |suite: &str| ["-tls1_2".to_owned(), "-cipher".to_owned(), suite.to_owned()];
    let rsa = "ECDHE-RSA-AES128-GCM-SHA256";
    let list = ["--sec-protocol-max", "TLSv12", "--cipher-list"];
    let [of_curves, of_both] = [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDSA:ECDHE-RSA-AES128-GCM-SHA256",
    ];
    for (client, remedy, mended) in [
        (
            vec!["--sec-protocol", "TLSv13"],
            "let sec-protocol = TLSv13 (--sec-protocol) of the client allow TLS 1.2; and on the server: let it take suites",
            vec![],
        ),
        (
            [&list[..], &[of_curves]].concat(),
            "add ECDHE-RSA-AES128-GCM-SHA256 to cipher-list = ECDHE-ECDSA-AES128-GCM-SHA256 (--cipher-list) of the client, or take that \
             out; and on the server: let it take suites",
            [&list[..], &[of_both]].concat(),
        ),
    ] {
        let pki = Pki::new();
        let running = self_made(&pki, RSA, &old);
        let asked = probe(running.address(), &[&["--quick"], &client[..]].concat());
        assert_eq!(asked.text("/explanation/at"), "both ends", "{asked}");
        let what = asked.text("/explanation/what");
        assert!(what.contains("takes no suite of today"), "{asked}");
        let told = asked.text("/explanation/remedy");
        assert!(told.starts_with(remedy), "{remedy:?}: {asked}");
        assert!(told.ends_with(&format!("such as {rsa}")), "{asked}");
        // One of the two does not help.
        let asked = probe(running.address(), &[&["--quick"], &mended[..]].concat());
        assert_eq!(asked.text("/works"), "false", "{asked}");
        let options = named(&format!("ECDHE-RSA-AES128-SHA:{rsa}"));
        let options = options.each_ref().map(String::as_str);
        let running = self_made(&pki, RSA, &options);
        let asked = probe(running.address(), &[&["--quick"], &client[..]].concat());
        assert_eq!(asked.text("/works"), "false", "{asked}");
        let asked = probe(running.address(), &[&["--quick"], &mended[..]].concat());
        assert_eq!(asked.text("/works"), "true", "{asked}");
    }
}

/// In TLS 1.2 whoever shows no certificate is refused before there is a connection: what was agreed is seen all the same.
#[test]
fn a_server_that_demands_a_certificate() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    let file = |path: std::path::PathBuf| path.display().to_string();
    let root = file(pki.certificate("root"));
    let (own, key) = (pki.certificate("host"), pki.key("host"));
    let shown = [
        "--certificate",
        &file(own.clone()),
        "--certificate-key",
        &file(key.clone()),
    ];
    let trusting = ["--quick", "--trusted-ca", &root];
    for (version, limit, why, remedy) in [
        (
            "-tls1_2",
            ["--sec-protocol", "TLSv13"],
            "the server speaks TLS 1.2",
            "let sec-protocol = TLSv13 (",
        ),
        (
            "-tls1_2",
            ["--cipher-list", "ECDHE-RSA-AES128-GCM-SHA256"],
            "the server speaks TLS_ECDHE_ECDSA_",
            "add ECDHE-ECDSA-AES",
        ),
        (
            "-tls1_3",
            ["--sec-protocol-max", "TLSv12"],
            "the server speaks TLS 1.3",
            "let sec-protocol-max = TLSv12 (",
        ),
    ] {
        let demands = [
            version,
            "-Verify",
            "2",
            "-verify_return_error",
            "-CAfile",
            &root,
        ];
        let running = ReversingServer::start(&own, &key, demands);
        for shown in [&shown[..], &[]] {
            let asked = probe(running.address(), &[&trusting[..], &limit, shown].concat());
            assert_eq!(asked.text("/explanation/at"), "the client", "{asked}");
            let what = asked.text("/explanation/what");
            assert!(what.contains(why), "{why:?}: {asked}");
            let told = asked.text("/explanation/remedy");
            assert!(told.starts_with(remedy), "{remedy:?}: {asked}");
        }
        let asked = probe(running.address(), &[&trusting[..], &shown].concat());
        assert_eq!(asked.text("/works"), "true", "{asked}");
    }
}
