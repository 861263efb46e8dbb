//! Certificates of which an extension is malformed: in files of every format, and of a server.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl_peer::ReversingServer;

use super::{foreign, show, shown};

/// A certificate of which one extension is malformed, in `odd.pem` with its key in `odd.key`.
fn odd(folder: &Path, extension: &str) {
    let settings = "[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\n";
    fs::write(folder.join("odd.cnf"), format!("{settings}{extension}\n")).unwrap();
    foreign(
        folder,
        "openssl req -x509 -config odd.cnf -nodes -newkey rsa:2048 -subj /CN=odd -keyout odd.key -out odd.pem",
    );
}

#[test]
fn malformed_certificates_stand_in_the_order_of_the_file() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let folder = ca.dir();
    odd(folder, "keyUsage=DER:04:01:00");
    let root = ca.conf("ca_cert.pem");
    let part = |path: &Path| fs::read(path).unwrap();
    let named = b"Bag Attributes\n    friendlyName: odd one\n".to_vec();
    let all = [
        part(&host.certificate),
        named,
        part(&folder.join("odd.pem")),
        part(&root),
    ];
    fs::write(folder.join("all.pem"), all.concat()).unwrap();
    fs::copy(&host.certificate, folder.join("host.pem")).unwrap();
    fs::copy(&root, folder.join("root.pem")).unwrap();
    fs::copy(&host.key, folder.join("host.key")).unwrap();
    for line in [
        "openssl crl2pkcs7 -nocrl -certfile all.pem -outform DER -out all.p7b",
        "openssl pkcs12 -export -in host.pem -inkey host.key -certfile all.pem -passout pass: -out all.p12",
        "keytool -importcert -alias a -file root.pem -keystore all.jks -storetype JKS -storepass changeit -noprompt",
        "keytool -importcert -alias b -file odd.pem -keystore all.jks -storetype JKS -storepass changeit -noprompt",
    ] {
        foreign(folder, line);
    }
    let subjects = |file: &str| -> Vec<String> {
        let document = shown(folder, &[file]);
        let certificates = document[0]["certificates"].as_array().unwrap();
        let subject = |one: &Value| one["subject"].as_str().unwrap().to_owned();
        certificates.iter().map(subject).collect()
    };
    let order = ["CN=a.example.com", "CN=odd", "CN=Example CA"];
    assert_eq!(subjects("all.pem"), order);
    for file in ["all.p7b", "all.p12", "all.jks"] {
        let mut found = subjects(file);
        // OpenSSL and Java have orders of their own.
        found.sort();
        found.dedup();
        assert!(found.contains(&"CN=odd".to_owned()), "{file}: {found:?}");
        assert!(found.len() > 1, "{file}: {found:?}");
    }
    let document = shown(folder, &["all.pem"]);
    let second = &document[0]["certificates"][1];
    assert_eq!(second["alias"], "odd one");
    assert!(second["place"].as_str().unwrap().starts_with("in line "));
    assert_eq!(document[0]["certificates"][0]["place"], Value::Null);
    for file in ["all.pem", "all.p7b", "all.p12", "all.jks"] {
        let wrong = "the extension keyUsage is not well formed";
        show(folder, &[file]).prints(&format!("error: {wrong}"));
        let call = Call::trustpack(["cert", "lint", file]).within(folder);
        call.exits_with(1).prints(&format!("error: {wrong}"));
        // Whoever takes something out of the file does not get it.
        for words in [
            &["cert", "convert", file, "out.der", "--to", "pkcs7"][..],
            &["store", "list", file],
        ] {
            let call = Call::trustpack(words).within(folder);
            call.exits_with(1).says(wrong);
        }
    }
}

#[test]
fn a_server_with_a_malformed_certificate_is_shown() {
    let folder = folder::temporary();
    let folder = folder.path();
    for (extension, value) in [
        ("subjectAltName", "30:03:82:01:ff"),
        ("basicConstraints", "04:00"),
        ("nameConstraints", "30:00"),
    ] {
        odd(folder, &format!("{extension}=DER:{value}"));
        let server =
            ReversingServer::start(&folder.join("odd.pem"), &folder.join("odd.key"), [""; 0]);
        let address = server.address().to_string();
        let wrong = format!("the extension {extension} is not well formed");
        show(folder, &[&address])
            .prints("CN=odd")
            .prints(&format!("error: {wrong}"));
        let document = shown(folder, &[&address]);
        assert_eq!(document[0]["notes"], serde_json::json!([]));
        let certificate = &document[0]["certificates"][0];
        assert_eq!(certificate["subject"], "CN=odd");
        assert_eq!(certificate["place"], Value::Null);
        let said = certificate["findings"].as_array().unwrap().iter();
        let said: Vec<_> = said.filter(|one| one["rule"] == "readable").collect();
        assert_eq!(said.len(), 1);
    }
}
