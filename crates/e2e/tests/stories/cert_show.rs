//! `cert show`: of every format, from the ledger, and from a server.

mod malformed;

use std::fs;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::{TestCa, check_call};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::openssl;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::plain::{HeldNumber, Service};

fn show(folder: &Path, words: &[&str]) -> Outcome {
    Call::trustpack(["cert", "show"])
        .args(words)
        .within(folder)
        .succeeds()
}

fn shown(folder: &Path, words: &[&str]) -> Value {
    let stdout = show(folder, &[words, &["--json"]].concat()).stdout;
    serde_json::from_str::<Value>(&stdout).unwrap()["shown"].clone()
}

fn foreign(folder: &Path, line: &str) {
    let mut words = line.split(' ');
    Call::foreign(words.next().unwrap(), words)
        .within(folder)
        .succeeds();
}

#[test]
fn every_format_shows_the_same_certificate() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &["--ip", "10.0.0.1"]);
    let dir = ca.dir();
    for (from, to) in [
        (&host.certificate, "cert.pem"),
        (&host.key, "key.pem"),
        (&ca.conf("ca_cert.pem"), "ca.pem"),
    ] {
        fs::copy(from, dir.join(to)).unwrap();
    }
    for line in [
        "openssl x509 -in cert.pem -outform DER -out cert.der",
        "openssl crl2pkcs7 -nocrl -certfile cert.pem -certfile ca.pem -out cert.p7b",
        "openssl crl2pkcs7 -nocrl -certfile cert.pem -outform DER -out cert.p7c",
        "openssl pkcs12 -export -in cert.pem -inkey key.pem -passout pass: -out cert.p12",
        "keytool -importcert -alias host -file cert.pem -keystore cert.jks -storetype JKS \
         -storepass changeit -noprompt",
    ] {
        foreign(dir, line);
    }
    let formats = [
        ("cert.pem", "PEM"),
        ("cert.der", "DER"),
        ("cert.p7b", "PEM"),
        ("cert.p7c", "PKCS#7"),
        ("cert.p12", "PKCS#12"),
        ("cert.jks", "JKS"),
    ];
    for (file, format) in formats {
        let document = shown(dir, &[file]);
        assert_eq!(document[0]["format"], format, "{file}");
        assert_eq!(document[0]["source"], "file");
        let certificate = &document[0]["certificates"][0];
        assert_eq!(certificate["subject"], "CN=a.example.com", "{file}");
        assert_eq!(certificate["serial"], host.serial.as_str(), "{file}");
        assert_eq!(certificate["findings"], Value::Array(Vec::new()), "{file}");
        show(dir, &[file]).prints("IP:10.0.0.1");
    }
    let all = shown(dir, &["cert.p7b", "cert.p12", "cert.jks"]);
    assert_eq!(all[0]["certificates"].as_array().map(Vec::len), Some(2));
    assert_eq!(all[1]["keys"][0]["key"], "EC P-256");
    assert_eq!(all[2]["certificates"][0]["alias"], "host");
    assert_eq!(all[2]["certificates"][0]["role"], "trusted");
}

#[test]
fn thumbprints_are_those_that_openssl_shows() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let fingerprint = |digest: &str| {
        let words = ["x509", "-noout", "-fingerprint", digest, "-in"];
        let call = Call::foreign("openssl", words).arg(&host.certificate);
        let line = call.succeeds().stdout;
        line.trim().split_once('=').unwrap().1.to_owned()
    };
    let file = host.certificate.to_str().unwrap();
    let certificate = shown(ca.dir(), &[file])[0]["certificates"][0].clone();
    let sha1 = fingerprint("-sha1");
    assert_eq!(certificate["thumbprint"], sha1.replace(':', ""));
    assert_eq!(certificate["thumbprint_spaced"], sha1.replace(':', " "));
    let sha256 = fingerprint("-sha256").replace(':', "").to_lowercase();
    assert_eq!(certificate["sha256"], sha256);
    show(ca.dir(), &[file])
        .prints(&sha1.replace(':', ""))
        .prints(&sha1.replace(':', " "))
        .prints(&sha256);
}

#[test]
fn everything_that_openssl_reads_is_shown() {
    let folder = folder::temporary();
    let dir = folder.path();
    fs::write(
        dir.join("cnf"),
        "[req]\ndistinguished_name=d\nx509_extensions=x\nprompt=no\nutf8=yes\n\
         [d]\nC=DE\nO=Müller, + Co\nOU=One\nCN=host\n[n]\nCN=inner\n\
         [x]\nbasicConstraints=critical,CA:TRUE,pathlen:2\n\
         subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always,issuer:always\n\
         keyUsage=critical,keyCertSign,cRLSign\nextendedKeyUsage=serverAuth,codeSigning,1.2.3.4\n\
         subjectAltName=DNS:h.example,IP:::1,email:a@b.example,URI:http://h.example/,dirName:n,\
         otherName:1.2.3;UTF8:x,RID:1.2.3.4\n\
         issuerAltName=DNS:issuer.example\n\
         nameConstraints=critical,permitted;DNS:h.example,excluded;IP:10.0.0.0/255.0.0.0\n\
         crlDistributionPoints=p\nfreshestCRL=URI:http://h.example/delta\n\
         authorityInfoAccess=OCSP;URI:http://h.example/ocsp,caIssuers;URI:http://h.example/ca\n\
         certificatePolicies=1.2.3.4,@pol\npolicyMappings=1.2.3.4:1.2.3.5\n\
         policyConstraints=requireExplicitPolicy:3,inhibitPolicyMapping:4\ninhibitAnyPolicy=2\n\
         1.2.3.5=critical,ASN1:UTF8String:what\nnsComment=a comment\n\
         [p]\nfullname=URI:http://h.example/crl\nreasons=keyCompromise\n\
         [pol]\npolicyIdentifier=1.2.3.6\nCPS.1=http://h.example/cps\nuserNotice.1=@note\n\
         [note]\nexplicitText=UTF8:words\n",
    )
    .unwrap();
    foreign(
        dir,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null \
         -days 30 -config cnf -out c.pem",
    );
    let outcome = show(dir, &["c.pem"]);
    for words in [
        "C=DE, O=Müller\\, \\+ Co, OU=One, CN=host",
        "at most 2 more below it",
        "keyCertSign, cRLSign",
        "serverAuth, codeSigning, 1.2.3.4",
        "DNS:h.example",
        "IP:::1",
        "DirName:CN=inner",
        "DNS:issuer.example",
        "IP:10.0.0.0/255.0.0.0",
        "URI:http://h.example/crl; for keyCompromise",
        "URI:http://h.example/delta",
        "OCSP URI:http://h.example/ocsp",
        "caIssuers URI:http://h.example/ca",
        "1.2.3.6 (statement http://h.example/cps; notice \"words\")",
        "1.2.3.4 as 1.2.3.5",
        "after 3 more certificates",
        "after 4 more certificates",
        "after 2 more certificates",
        "authority's serial",
        "1.2.3.5 (critical): #0c0477686174",
        "netscapeComment: #",
        "the critical extension 1.2.3.5 is not known here",
    ] {
        assert!(outcome.stdout.contains(words), "{words:?} in {outcome}");
    }
}

#[test]
fn requests_lists_and_locked_keys_are_shown_too() {
    let ca = TestCa::new();
    let dir = ca.dir();
    openssl::request(dir, "new", "new.example.com");
    show(dir, &["new.csr"])
        .prints("certification request")
        .prints("CN=new.example.com")
        .prints("DNS:new.example.com");
    foreign(
        dir,
        "openssl ca -config ca_conf/ca.conf -gencrl -crldays 30 -out list.pem",
    );
    show(dir, &["list.pem"])
        .prints("revocation list")
        .prints("CN=Example CA");
    let host = ca.issue("a.example.com", &[]);
    let key = host.key.to_str().unwrap();
    foreign(
        dir,
        &format!("openssl pkcs8 -topk8 -in {key} -passout pass:secret -out locked.pem"),
    );
    let key = &shown(dir, &["locked.pem"])[0]["keys"][0];
    assert_eq!(key["key"], Value::Null);
    assert!(key["locked"].as_str().unwrap().contains("encrypted"));
}

#[test]
fn the_ledger_says_how_a_certificate_stands() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let standing = || shown(ca.dir(), &[&host.serial])[0]["standing"].clone();
    assert_eq!(standing(), "valid");
    Call::trustpack(["cert", "revoke", &host.serial, "--reason", "superseded"])
        .within(ca.dir())
        .succeeds();
    let revoked = standing();
    let revoked = revoked.as_str().unwrap();
    assert!(revoked.starts_with("revoked since "), "{revoked}");
    assert!(revoked.ends_with("(superseded)"), "{revoked}");
}

/// What the ledger says of one certificate does not stand above another.
#[test]
fn the_copy_of_a_serial_is_that_certificate() {
    let ca = TestCa::new();
    let one = ca.issue("a.example.com", &[]);
    let other = ca.issue("b.example.com", &[]);
    let foreign = TestCa::new();
    let foreign = foreign.issue("a.example.com", &[]);
    let copy = |serial: &str| ca.dir().join(format!("repository/{serial}.pem"));
    let own = fs::read(copy(&one.serial)).unwrap();
    for (file, serial) in [
        (copy(&other.serial), &other.serial),
        (foreign.certificate, &foreign.serial),
    ] {
        fs::copy(file, copy(&one.serial)).unwrap();
        let refused = Call::trustpack(["cert", "show", &one.serial]).within(ca.dir());
        refused
            .exits_with(1)
            .says(&format!(
                "the copy of the certificate {} is not that certificate",
                one.serial
            ))
            .says(&format!("its serial is {serial}"))
            .says("`trustpack ca check`");
    }
    fs::write(copy(&one.serial), own).unwrap();
    show(ca.dir(), &[&one.serial]).prints(&format!("{}: valid", one.serial));
}

#[test]
fn the_ledger_has_a_certificate_whose_copy_is_missing() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    fs::remove_file(&host.ledger_copy).unwrap();
    let call = Call::trustpack(["cert", "show", &host.serial]).within(ca.dir());
    let missing = call.exits_with(1);
    missing
        .says("/CN=a.example.com, valid; its copy")
        .says("`trustpack ca check --repair`");
    check_call(ca.dir()).arg("--repair").succeeds();
    show(ca.dir(), &[&host.serial]).prints(&format!("{}: valid", host.serial));
}

#[test]
fn a_host_name_means_the_one_certificate_that_has_it() {
    let ca = TestCa::new();
    let first = ca.issue("a.example.com", &[]);
    let found = shown(ca.dir(), &["a.example.com"]);
    assert_eq!(found[0]["source"], "ledger");
    assert_eq!(found[0]["certificates"][0]["serial"], first.serial);
    let show = |what: &str, folder: &Path| {
        let call = Call::trustpack(["cert", "show", what]).within(folder);
        call.exits_with(1)
    };
    let second = ca.issue("a.example.com", &[]);
    show("a.example.com", ca.dir())
        .says("2 valid certificates have the name")
        .says(&first.serial)
        .says(&second.serial);
    show("b.example.com", ca.dir()).says("is no file that is there");
    show("a.example.com", folder::temporary().path()).says("name with the CA directory (--ca)");
}

#[test]
fn a_server_is_shown_and_not_believed() {
    let ca = TestCa::new();
    let host = ca.issue("other.example.com", &[]);
    let root = ca.conf("ca_cert.pem");
    let chain = root.to_str().unwrap();
    let server = ReversingServer::start(
        &host.certificate,
        &host.key,
        ["-cert_chain", chain, "-CAfile", chain, "-Verify", "1"],
    );
    // Not its name, nobody's trust, and it demands a certificate: all that does not matter here.
    let address = server.address().to_string();
    let document = shown(ca.dir(), &[&address]);
    assert_eq!(document[0]["source"], "server");
    let certificates = document[0]["certificates"].as_array().unwrap();
    let subjects: Vec<_> = certificates.iter().map(|one| &one["subject"]).collect();
    assert_eq!(subjects, ["CN=other.example.com", "CN=Example CA"]);
    show(ca.dir(), &[&address]).prints("NOTHING about it was verified");
}

#[test]
fn what_is_no_tls_server_is_told() {
    let folder = folder::temporary();
    let plain = Service::start(|mut stream| {
        drop(std::io::Write::write_all(&mut stream, b"220 hello\r\n"));
    });
    let ask = |address: &str| {
        Call::trustpack(["cert", "show", address])
            .within(folder.path())
            .exits_with(3)
    };
    ask(&plain.address().to_string()).says("plain text instead of TLS");
    let nobody = HeldNumber::take();
    ask(&nobody.address()).says("cannot connect");
}

#[test]
fn nothing_in_a_name_acts_on_the_terminal() {
    let folder = folder::temporary();
    let dir = folder.path();
    let name = "/CN=\u{1b}[31mred\u{202e}gpj\u{7}\u{9b}";
    let words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-utf8",
        "-keyout",
        "/dev/null",
    ];
    Call::foreign("openssl", words)
        .args([
            "-subj",
            name,
            "-addext",
            "subjectAltName=URI:a\u{1b}b",
            "-out",
            "c.pem",
        ])
        .within(dir)
        .succeeds();
    for command in ["show", "lint"] {
        let outcome = Call::trustpack(["cert", command, "c.pem"])
            .within(dir)
            .run();
        let acts =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!outcome.stdout.contains(acts), "{:?}", outcome.stdout);
        assert!(outcome.stdout.contains("\\u{1b}"), "{outcome}");
    }
}
