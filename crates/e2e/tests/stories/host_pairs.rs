//! A certificate and a key of a host that do not belong together are not put in place, however they come.

use std::fs;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

#[test]
fn a_key_that_does_not_fit_the_certificate_that_is_there_is_refused() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    let (mine, other) = (
        ca.issue("stat1.example.com", &[]),
        ca.issue("db1.example.com", &[]),
    );
    for name in ["mine", "hidden", "half"] {
        fs::create_dir(at(name)).unwrap();
        fs::copy(ca.conf("ca_cert.pem"), at(name).join("ca_cert.pem")).unwrap();
    }
    fs::copy(&mine.certificate, at("mine/stat1_cert.pem")).unwrap();
    fs::copy(&mine.key, at("mine/stat1_priv_key.pem")).unwrap();
    // The certificate of another host under a name that is nobody's, and its key under that of this host.
    fs::copy(&other.certificate, at("hidden/ca_cert2.pem")).unwrap();
    fs::copy(&other.key, at("hidden/stat1_priv_key.pem")).unwrap();
    // A renewed certificate whose key was left behind.
    let renewed = ca.issue("stat1.example.com", &[]);
    fs::copy(&renewed.certificate, at("half/stat1_cert.pem")).unwrap();
    let install = |bundle: &str| {
        Call::trustpack(["host", "install"])
            .arg(at(bundle))
            .arg("--to")
            .arg(at("tls"))
    };
    install("mine").succeeds();
    for bundle in ["hidden", "half"] {
        install(bundle)
            .refused("would not belong together; they were left as they are")
            .says("hint: have the whole bundle sent again");
        for name in ["stat1_cert.pem", "stat1_priv_key.pem"] {
            let (is, was) = (at("tls").join(name), at("mine").join(name));
            assert_eq!(fs::read(is).unwrap(), fs::read(was).unwrap(), "{bundle}");
        }
        assert!(!at("tls/ca_cert2.pem").exists());
    }
    // Both halves at once are a renewal.
    fs::copy(&renewed.key, at("half/stat1_priv_key.pem")).unwrap();
    install("half").succeeds();
}
