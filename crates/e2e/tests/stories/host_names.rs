//! What `host check` says of names without files, and of certificates without keys.

use std::fs;
use std::os::unix::fs::symlink;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

#[test]
fn a_name_that_leads_nowhere_and_a_certificate_without_its_key_are_told() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    let issued = ca.issue("stat1.example.com", &[]);
    fs::create_dir(at("bundle")).unwrap();
    let files = [
        (ca.conf("ca_cert.pem"), "ca_cert.pem"),
        (issued.certificate, "stat1_cert.pem"),
        (issued.key, "stat1_priv_key.pem"),
    ];
    for (from, name) in &files {
        fs::copy(from, at("bundle").join(name)).unwrap();
    }
    let install = || {
        Call::trustpack(["host", "install"])
            .arg(at("bundle"))
            .arg("--to")
            .arg(at("tls"))
    };
    let check = || Call::trustpack(["host", "check"]).arg(at("tls"));
    install().succeeds();
    check().succeeds();
    // Somebody has taken the key out of what is installed.
    fs::remove_file(at("tls/.installed/current/stat1_priv_key.pem")).unwrap();
    check()
        .exits_with(1)
        .prints("stat1_priv_key.pem\n  error[TP7009]: it is a link to .installed/current/stat1_priv_key.pem, and there is")
        .prints("stat1_cert.pem\n  error[TP7010]: the key of the certificate of CN=stat1.example.com is in no file");
    install().succeeds();
    check().succeeds();
    // What is there to be trusted needs no key; what belongs to nobody here is no name of ours.
    fs::copy(at("bundle/stat1_cert.pem"), at("tls/peers.pem")).unwrap();
    symlink("nowhere", at("tls/notes")).unwrap();
    fs::remove_file(at("tls/stat1_cert.pem")).unwrap();
    fs::remove_file(at("tls/stat1_priv_key.pem")).unwrap();
    check().succeeds();
    // Nothing but names: that is no empty folder.
    fs::create_dir(at("lost")).unwrap();
    symlink("nowhere.pem", at("lost/ca_cert.pem")).unwrap();
    Call::trustpack(["host", "check"])
        .arg(at("lost"))
        .exits_with(1)
        .prints("error[TP7009]");
}
