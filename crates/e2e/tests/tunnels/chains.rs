//! The own chain: from files in any order, as OpenSSL sees it sent.

use trustpack_e2e::openssl_peer::chain_sent_by;
use trustpack_e2e::pki::{CA, Pki, Wish};
use trustpack_e2e::plain::Service;
use trustpack_e2e::tunnel::Tunnel;

/// A host under an intermediate under a root, and another host under another root.
fn hierarchy() -> Pki {
    let pki = Pki::new();
    pki.issue(Wish {
        issuer: "root",
        extensions: CA,
        ..Wish::root("intermediate")
    });
    pki.issue(Wish::host("host", "intermediate"));
    pki.issue(Wish::root("other-root"));
    pki.issue(Wish::host("stray", "other-root"));
    pki
}

/// The certificates in these files, for the key of `host`, must be sent as `sent`.
#[track_caller]
fn check(pki: &Pki, files: &[&[&str]], options: &[&str], sent: &[&str]) {
    let paths: Vec<String> = files
        .iter()
        .enumerate()
        .map(|(number, names)| pki.bundle(&format!("file{number}.pem"), names))
        .map(|path| path.display().to_string())
        .collect();
    let [key, root] = [pki.key("host"), pki.certificate("root")];
    let service = Service::returning(1);
    let tunnel = Tunnel::server(
        service.address(),
        [
            "--certificate",
            &paths.join(","),
            "--certificate-key",
            key.to_str().unwrap(),
            "--trusted-ca",
            root.to_str().unwrap(),
        ]
        .iter()
        .chain(options),
    );
    let subjects = chain_sent_by(tunnel.address(), &root);
    assert_eq!(subjects, sent, "{files:?}: {}", tunnel.written());
}

#[test]
fn files_in_any_order_are_sent_leaf_first() {
    let pki = hierarchy();
    let whole = ["host", "intermediate", "root"];
    check(
        &pki,
        &[&["host"], &["intermediate"], &["root"]],
        &[],
        &whole,
    );
    check(&pki, &[&["root", "intermediate"], &["host"]], &[], &whole);
    check(&pki, &[&["intermediate", "host", "root"]], &[], &whole);
    let doubled = [&["root", "host"][..], &["host", "root"], &["intermediate"]];
    check(&pki, &doubled, &[], &whole);
    let with_strays: [&[&str]; 3] = [
        &["stray", "other-root"],
        &["root", "intermediate"],
        &["host"],
    ];
    check(&pki, &with_strays, &[], &whole);
}

#[test]
fn the_root_is_sent_if_it_was_given_and_is_wanted() {
    let pki = hierarchy();
    let whole: [&[&str]; 1] = [&["root", "intermediate", "host"]];
    check(
        &pki,
        &whole,
        &["--send-root", "1"],
        &["host", "intermediate", "root"],
    );
    check(
        &pki,
        &whole,
        &["--send-root", "0"],
        &["host", "intermediate"],
    );
    check(
        &pki,
        &[&["intermediate", "host"]],
        &[],
        &["host", "intermediate"],
    );
}
