//! Key stores of other programs are read: each format, each encryption, each password.

use trustpack_keystore::contents::{self, CertificateRole, Contents, Format};
use trustpack_keystore::password::{Password, Passwords};

use crate::fixtures;
use crate::programs::Folder;

#[track_caller]
fn open(file: &[u8], password: &str) -> Contents {
    contents::read(file, &Password::new(password).into()).unwrap_or_else(|e| panic!("{e}"))
}

/// One key that is `rsa_pkcs8.pem`, with this alias and so many certificates.
#[track_caller]
fn check(folder: &Folder, name: &str, password: &str, alias: Option<&str>, chain: usize) {
    let contents = open(&folder.read(name), password);
    assert_eq!(contents.keys.len(), 1, "{name}");
    let found = &contents.keys[0];
    let key = found.key.as_ref().unwrap_or_else(|e| panic!("{name}: {e}"));
    let wanted = fixtures::key("rsa_pkcs8.pem");
    assert_eq!(key.expose_pkcs8_der(), wanted.expose_pkcs8_der(), "{name}");
    assert_eq!(found.alias.as_deref(), alias, "{name}");
    let wanted = ["rsa_cert.pem", "ca_cert.pem"].map(fixtures::certificate);
    assert_eq!(found.chain, wanted[..chain], "{name}");
    if !password.is_empty() {
        let wrong = contents::read(&folder.read(name), &Password::new("not it").into());
        let refused = match wrong {
            Err(error) => error.is_password(),
            Ok(contents) => contents.has_locked_key(),
        };
        assert!(refused, "{name} opens with another password");
    }
}

const OPENSSL: &str = "openssl pkcs12 -export -inkey @rsa_pkcs8.pem -in @rsa_cert.pem \
                       -certfile @ca_cert.pem -name hostß -legacy";

#[test]
fn pkcs12_of_openssl_with_each_encryption() {
    let folder = Folder::new();
    for cipher in [
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-40",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC4-40",
        "PBE-SHA1-RC4-128",
        "aes-128-cbc",
        "aes-192-cbc",
        "aes-256-cbc",
        "des-ede3-cbc",
        "NONE",
    ] {
        folder.run(&format!(
            "{OPENSSL} -keypbe {cipher} -certpbe {cipher} -passout pass:secret -out {cipher}"
        ));
        check(&folder, cipher, "secret", Some("hostß"), 2);
    }
}

#[test]
fn pkcs12_of_openssl_with_each_mac_and_password() {
    let folder = Folder::new();
    for digest in ["sha1", "sha224", "sha256", "sha384", "sha512"] {
        folder.run(&format!(
            "{OPENSSL} -macalg {digest} -passout pass:secret -out {digest}"
        ));
        check(&folder, digest, "secret", Some("hostß"), 2);
    }
    for (options, password) in [
        ("-passout pass:", ""),
        ("-passout pass:pä€ß", "pä€ß"),
        ("-passout pass:\u{1f511}key", "\u{1f511}key"),
        ("-descert -passout pass:secret", "secret"),
        ("-noiter -nomaciter -passout pass:secret", "secret"),
    ] {
        folder.run(&format!("{OPENSSL} {options} -out file"));
        check(&folder, "file", password, Some("hostß"), 2);
    }
    folder.run(&format!("{OPENSSL} -nomac -passout pass:secret -out nomac"));
    let contents = open(&folder.read("nomac"), "secret");
    assert_eq!(contents.notes.len(), 1);
    assert!(
        contents.notes[0]
            .to_string()
            .starts_with("the file has no MAC")
    );
    folder.run("openssl pkcs12 -export -nokeys -in @ca_cert.pem -passout pass: -out trust");
    let contents = contents::read(&folder.read("trust"), &Passwords::none()).unwrap();
    assert_eq!(contents.certificates.len(), 1);
}

#[test]
fn pkcs12_of_gnutls() {
    let folder = Folder::new();
    let make = "certtool --to-p12 --load-privkey @rsa_pkcs8.pem --load-certificate @rsa_cert.pem \
                --load-ca-certificate @ca_cert.pem --p12-name hosts --outder";
    for cipher in ["3des", "arcfour", "rc2-40", "aes-128", "aes-192", "aes-256"] {
        folder.run(&format!(
            "{make} --password secret --pkcs-cipher {cipher} --outfile {cipher}"
        ));
        check(&folder, cipher, "secret", Some("hosts"), 2);
    }
    for (option, password) in [("--empty-password", ""), ("--null-password", "")] {
        folder.run(&format!("{make} {option} --outfile file"));
        check(&folder, "file", password, Some("hosts"), 2);
    }
}

#[test]
fn pkcs12_of_nss_which_is_ber() {
    let folder = Folder::new();
    folder.run("mkdir db");
    folder.run("certutil -N -d db --empty-password");
    folder.run("pk12util -i @openssl_modern.pfx -d db -W secret -K ''");
    for options in ["", "-c AES-256-CBC -C AES-128-CBC", "-C NONE", "-M SHA-1"] {
        folder.run(&format!(
            "pk12util -o file -n host -d db -W secret -K '' {options}"
        ));
        assert_eq!(folder.read("file")[..2], [0x30, 0x80], "it is BER");
        check(&folder, "file", "secret", Some("host"), 2);
    }
    folder.run("pk12util -o file -n host -d db -W pä€ -K ''");
    check(&folder, "file", "pä€", Some("host"), 2);
}

const IMPORT: &str = "keytool -importkeystore -srckeystore @openssl_modern.pfx -srcstorepass secret \
                      -srcalias host -destalias hostß -noprompt";
const TRUST: &str = "keytool -importcert -alias other -file @other_cert.pem -noprompt";

#[test]
fn stores_of_java() {
    let folder = Folder::new();
    for (kind, format) in [("JKS", Format::Jks), ("JCEKS", Format::Jceks)] {
        let store = format!(
            "-deststoretype {kind} -destkeystore {kind} -deststorepass secret1 \
             -srckeypass secret -destkeypass secret1"
        );
        folder.run(&format!("{IMPORT} {store}"));
        folder.run(&format!(
            "{TRUST} -storetype {kind} -keystore {kind} -storepass secret1"
        ));
        check(&folder, kind, "secret1", Some("hostß"), 2);
        let contents = open(&folder.read(kind), "secret1");
        assert_eq!(contents.format, format);
        let trusted: Vec<_> = contents
            .certificates
            .iter()
            .filter(|found| found.role == CertificateRole::Trusted)
            .collect();
        assert_eq!(trusted.len(), 1);
        assert_eq!(trusted[0].alias.as_deref(), Some("other"));
    }
}

#[test]
fn a_jks_file_that_is_pkcs12() {
    let folder = Folder::new();
    let store = "-deststoretype PKCS12 -destkeystore a.jks -deststorepass secret1";
    folder.run(&format!("{IMPORT} {store}"));
    folder.run("keytool -genkeypair -alias second -keyalg EC -groupname secp256r1 -dname CN=second -keystore a.jks -storepass secret1");
    folder.run(&format!("{TRUST} -keystore a.jks -storepass secret1"));
    folder.run("keytool -J-Dkeystore.pkcs12.legacy -importkeystore -srckeystore a.jks -srcstorepass secret1 -destkeystore old.jks -deststoretype PKCS12 -deststorepass secret1 -noprompt");
    for name in ["a.jks", "old.jks"] {
        let contents = open(&folder.read(name), "secret1");
        assert_eq!(contents.format, Format::Pkcs12);
        let keys: Vec<_> = contents
            .keys
            .iter()
            .map(|found| (found.alias.as_deref(), found.key.is_ok(), found.chain.len()))
            .collect();
        let wanted = [(Some("hostß"), true, 2), (Some("second"), true, 1)];
        assert_eq!(keys, wanted, "{name}");
        let trusted = contents
            .certificates
            .iter()
            .filter(|found| found.role == CertificateRole::Trusted);
        assert_eq!(trusted.count(), 1, "{name}");
    }
}

#[test]
fn a_secret_key_of_java_is_noted() {
    let folder = Folder::new();
    folder.run(&format!(
        "{TRUST} -storetype JCEKS -keystore s -storepass secret1"
    ));
    folder.run("keytool -genseckey -alias aes -keyalg AES -keysize 256 -storetype JCEKS -keystore s -storepass secret1");
    let contents = open(&folder.read("s"), "secret1");
    let notes = contents.notes[0].to_string();
    assert!(
        notes.starts_with("the entry \"aes\" is a secret key"),
        "{notes}"
    );
}
