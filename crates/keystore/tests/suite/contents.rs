//! One reader for every format: what it finds, what it notes, and what it says of the rest.

use trustpack_keystore::contents::{
    self, CertificateRole, Contents, Format, Place, ReadContentsError,
};
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::pem::ReadKeyError;
use trustpack_keystore::{pem, pkcs7, pkcs12};
use trustpack_x509::certificate::Certificate;

use crate::fixtures;
use crate::programs::Folder;

#[track_caller]
pub(crate) fn read(file: &[u8]) -> Contents {
    contents::read(file, &Passwords::none()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(file: &[u8], want: &str) -> ReadContentsError {
    let error = contents::read(file, &fixtures::secret().into()).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(want), "{text}");
    error
}

fn notes(contents: &Contents) -> Vec<String> {
    contents.notes.iter().map(ToString::to_string).collect()
}

/// Format, certificates, keys, lists, requests.
fn counts(contents: &Contents) -> (Format, [usize; 4]) {
    let counts = [
        contents.certificates.len(),
        contents.keys.len(),
        contents.crls.len(),
        contents.requests.len(),
    ];
    (contents.format, counts)
}

/// A list and a request, as OpenSSL makes them.
fn list_and_request() -> Folder {
    let folder = Folder::new();
    folder.write("index", "");
    folder.write(
        "ca.cnf",
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index\ndefault_md=sha256\n",
    );
    folder.run("openssl ca -config ca.cnf -gencrl -crldays 9 -keyfile @p256_pkcs8.pem -cert @ca_cert.pem -out crl.pem");
    folder.run("openssl crl -in crl.pem -outform der -out crl.der");
    folder.run("openssl req -new -key @p256_pkcs8.pem -subj /CN=a -out csr.pem");
    folder.run("openssl req -in csr.pem -outform der -out csr.der");
    folder
}

/// Whoever asks what is wrong with it may look at a certificate that nobody else gets.
#[test]
fn a_certificate_with_a_malformed_extension_is_for_looking_only() {
    let folder = Folder::new();
    let odd = "[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\nkeyUsage=DER:04:01:00\n";
    folder.write("odd.cnf", odd);
    folder.run(
        "openssl req -x509 -config odd.cnf -key @p256_pkcs8.pem -subj /CN=odd -days 9 -out odd.pem",
    );
    folder.run("openssl x509 -in odd.pem -outform der -out odd.der");
    let good = fixtures::bytes("rsa_cert.pem");
    let pem = [folder.read("odd.pem"), good].concat();
    for (file, certificates) in [(folder.read("odd.der"), 0), (pem, 1)] {
        refused(&file, "the certificate ");
        let found = contents::look(&file, &Passwords::none()).unwrap();
        assert_eq!(found.certificates.len(), certificates);
        let [odd] = &found.malformed[..] else {
            panic!("{found:?}");
        };
        assert_eq!(
            odd.certificate.danger_rest().subject().to_string(),
            "CN=odd"
        );
        let said: Vec<_> = odd
            .certificate
            .malformed()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("the extension keyUsage is not well formed"),
            "{said:?}"
        );
    }
    let found = contents::look(&fixtures::bytes("rsa_cert.pem"), &Passwords::none()).unwrap();
    assert!(found.malformed.is_empty());
    let odd = contents::look(&folder.read("odd.der"), &Passwords::none()).unwrap();
    inside_stores(odd.malformed[0].certificate.danger_rest());
    let import = "keytool -importcert -file odd.pem -alias odd -keystore odd.jks -storetype JKS -storepass secret";
    folder.run(&format!("{import} -noprompt"));
    let jks = folder.read("odd.jks");
    let found = contents::look(&jks, &fixtures::secret().into()).unwrap();
    let [odd] = &found.malformed[..] else {
        panic!("{found:?}");
    };
    assert_eq!(odd.alias.as_deref(), Some("odd"));
    assert_eq!(odd.role, CertificateRole::Trusted);
    refused(&jks, "the certificate number 1 cannot be read");
}

/// What nobody can read is not missing: a malformed certificate is the one of its key, and one in its chain.
#[test]
fn malformed_certificates_belong_to_their_key() {
    let folder = Folder::new();
    folder.write("ca.cnf", "[req]\ndistinguished_name=d\n[d]\n");
    folder.write("odd.cnf", "keyUsage=DER:04:01:00\n");
    folder.run(
        "openssl req -x509 -config ca.cnf -key @rsa_pkcs8.pem -subj /CN=ca -days 9 -out ca.pem",
    );
    folder.run("openssl req -new -config ca.cnf -key @p256_pkcs8.pem -subj /CN=odd -out odd.csr");
    let sign = "openssl x509 -req -in odd.csr -CA ca.pem -CAkey @rsa_pkcs8.pem -days 9";
    folder.run(&format!("{sign} -extfile odd.cnf -out odd.pem"));
    folder.run(&format!("{sign} -out good.pem"));
    let key = fixtures::bytes("p256_pkcs8.pem");
    for (own, chain, roles) in [
        ("odd", 0, [CertificateRole::OfKey; 2]),
        ("good", 2, [CertificateRole::OfKey; 2]),
    ] {
        let export = format!("openssl pkcs12 -export -inkey @p256_pkcs8.pem -in {own}.pem");
        folder.run(&format!(
            "{export} -certfile ca.pem -name own -passout pass:secret -out {own}.p12"
        ));
        let import = format!("keytool -importkeystore -srckeystore {own}.p12 -srcstorepass secret");
        folder.run(&format!(
            "{import} -destkeystore {own}.jks -deststoretype JKS -deststorepass secret -noprompt"
        ));
        let [own_pem, ca] =
            [format!("{own}.pem"), "ca.pem".to_owned()].map(|name| folder.read(&name));
        let pem = [key.clone(), own_pem, ca].concat();
        for (name, file) in [
            ("PEM", pem),
            ("PKCS#12", folder.read(&format!("{own}.p12"))),
            ("JKS", folder.read(&format!("{own}.jks"))),
        ] {
            let found = contents::look(&file, &fixtures::secret().into()).unwrap();
            let [key] = &found.keys[..] else {
                panic!("{name}: {found:?}");
            };
            assert_eq!(key.belonging, 2, "{own} in {name}");
            // What is used is without the malformed one; Java says itself which are the key's.
            let used = if name == "JKS" && own == "odd" {
                1
            } else {
                chain
            };
            assert_eq!(key.chain.len(), used, "{own} in {name}");
            let shown: Vec<_> = found.danger_all().iter().map(|one| one.role).collect();
            assert_eq!(shown, roles, "{own} in {name}");
        }
    }
    // Nobody says that a certificate of another key belongs to it.
    let other = [key, fixtures::bytes("rsa_cert.pem"), folder.read("ca.pem")].concat();
    let found = contents::look(&other, &Passwords::none()).unwrap();
    assert_eq!(found.keys[0].belonging, 0);
}

/// Between two others, in each format that holds several.
#[track_caller]
fn inside_stores(odd: &Certificate) {
    let [host, other] = ["rsa_cert.pem", "other_cert.pem"].map(fixtures::certificate);
    let all = [host, odd.clone(), other];
    for (name, file) in [
        ("PKCS#7", pkcs7::write(&all, &[]).unwrap()),
        ("PKCS#12", pkcs12::write_trust_store(&all).unwrap()),
    ] {
        let found = contents::look(&file, &Passwords::none()).unwrap();
        assert_eq!(found.certificates.len(), 2, "{name}");
        let in_order = found.danger_all().into_iter();
        let in_order: Vec<_> = in_order.map(|one| one.certificate.clone()).collect();
        assert_eq!(in_order, all, "{name}");
        assert_eq!(found.malformed[0].place, Place::Number(2), "{name}");
        refused(&file, "the certificate number 2 cannot be read");
    }
    let file = pkcs12::write_trust_store(&all).unwrap();
    let error = pkcs12::read(&file, &Password::empty()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("certificate 2 of the PKCS#12 file"),
        "{error}"
    );
}

#[test]
fn everything_in_one_text() {
    let folder = list_and_request();
    let text = [
        b"\xef\xbb\xbfSubject: whatever \x80\r\n".to_vec(),
        fixtures::bytes("rsa_cert.pem"),
        fixtures::bytes("ca_trusted.pem"),
        fixtures::bytes("p256_pbes2_aes256.pem"),
        fixtures::text("rsa_pkcs1.pem")
            .replace('\n', "  \r\n")
            .into_bytes(),
        folder.read("crl.pem"),
        folder.read("csr.pem"),
        pkcs7::write_pem(&[fixtures::certificate("other_cert.pem")], &[])
            .unwrap()
            .into_bytes(),
        b"-----BEGIN DH PARAMETERS-----\nAQI=\n-----END DH PARAMETERS-----\n".to_vec(),
    ]
    .concat();
    let contents = read(&text);
    assert_eq!(counts(&contents), (Format::Pem, [3, 2, 1, 1]));
    let roles: Vec<CertificateRole> = contents.certificates.iter().map(|c| c.role).collect();
    use CertificateRole::{OfKey, Unsaid};
    assert_eq!(roles, [OfKey, OfKey, Unsaid]);
    let [locked, open] = &contents.keys[..] else {
        panic!("two keys")
    };
    assert_eq!(locked.key.as_ref().unwrap_err(), &ReadKeyError::Encrypted);
    assert!(locked.is_locked() && contents.has_locked_key());
    assert!(open.key.is_ok());
    assert_eq!(open.chain.len(), 2);
    let notes = notes(&contents).join("\n");
    for said in [
        "has settings that only OpenSSL heeds; trusted for 1.3.6.1.5.5.7.3.1",
        "the PEM block \"DH PARAMETERS\" in line",
    ] {
        assert!(notes.contains(said), "{notes}");
    }
    // The original octets.
    let wanted = fixtures::certificate("ca_cert.pem");
    assert_eq!(contents.certificates[1].certificate.der(), wanted.der());
}

#[test]
fn each_kind_in_der() {
    let folder = list_and_request();
    for (file, want) in [
        (fixtures::bytes("ca_cert.der"), [1, 0, 0, 0]),
        (fixtures::bytes("rsa_pkcs1.der"), [0, 1, 0, 0]),
        (fixtures::bytes("p256_sec1.der"), [0, 1, 0, 0]),
        (fixtures::bytes("p256_pkcs8.der"), [0, 1, 0, 0]),
        (fixtures::bytes("p256_pbes2_aes256.der"), [0, 1, 0, 0]),
        (folder.read("crl.der"), [0, 0, 1, 0]),
        (folder.read("csr.der"), [0, 0, 0, 1]),
    ] {
        assert_eq!(counts(&read(&file)), (Format::Der, want));
    }
    let request = read(&folder.read("csr.der")).requests.remove(0);
    assert_eq!(request.subject().to_string(), "CN=a");
}

#[test]
fn a_label_that_is_wrong_is_noted() {
    let text = fixtures::text("ca_cert.pem").replace("CERTIFICATE", "X509 CRL");
    let contents = read(text.as_bytes());
    assert_eq!(counts(&contents), (Format::Pem, [1, 0, 0, 0]));
    let note = "the PEM block in line 1 is labelled \"X509 CRL\" and holds a certificate";
    assert_eq!(notes(&contents), [note]);
    // A key under the label of a certificate is still a key.
    let text = fixtures::text("rsa_pkcs8.pem").replace("PRIVATE KEY", "CERTIFICATE");
    assert_eq!(read(text.as_bytes()).keys.len(), 1);
}

#[test]
fn what_is_wrong_is_named() {
    refused(b"", "the file is empty");
    refused(b" \n", "the file is empty");
    refused(b"hello", "the file is neither PEM nor DER; ");
    let base64: String = fixtures::text("ca_cert.pem")
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    refused(
        base64.as_bytes(),
        "the file is Base64 without the PEM markers around it",
    );
    let twice = fixtures::text("ca_cert.pem");
    let twice = base64_of(twice.as_bytes());
    let twice = format!("-----BEGIN CERTIFICATE-----\n{twice}\n-----END CERTIFICATE-----\n");
    refused(
        twice.as_bytes(),
        "in line 1 holds PEM where DER should be: it was encoded twice",
    );
    let twice = base64_of(base64.as_bytes());
    let twice = format!("-----BEGIN CERTIFICATE-----\n{twice}\n-----END CERTIFICATE-----\n");
    refused(
        twice.as_bytes(),
        "in line 1 holds Base64 where DER should be",
    );
    let dashes = fixtures::text("ca_cert.pem").replace("-----BEGIN", "----BEGIN");
    refused(
        dashes.as_bytes(),
        "line 1: the PEM marker \"----BEGIN CERTIFICATE-----\" must have",
    );
    let der = fixtures::bytes("ca_cert.der");
    refused(
        &der[..der.len() - 1],
        "the certificate of the file cannot be read",
    );
    refused(
        &[&der[..], b"x"].concat(),
        "the certificate of the file cannot be read",
    );
    refused(&[0x30, 0x03, 1, 1, 0], "the file is DER of another kind");
    let utf16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain("-----BEGIN".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    refused(&utf16, "the file is UTF-16 text");
    let large = vec![b'x'; 64 * 1024 * 1024 + 1];
    refused(
        &large,
        "the file has 67108865 bytes; at most 67108864 are read",
    );
}

fn base64_of(octets: &[u8]) -> String {
    use base64ct::Encoding as _;
    base64ct::Base64::encode_string(octets)
}

#[test]
fn keys_in_forms_of_others_are_named_and_not_missing() {
    let text = "-----BEGIN OPENSSH PRIVATE KEY-----\nAQI=\n-----END OPENSSH PRIVATE KEY-----\n";
    let contents = read(text.as_bytes());
    let error = contents.keys[0].key.as_ref().unwrap_err();
    assert!(matches!(error, ReadKeyError::Foreign(_)), "{error}");
    let contents = contents::read(
        &fixtures::bytes("p256_pbes2_aes256.pem"),
        &Password::new("wrong").into(),
    );
    let error = contents.unwrap().keys.remove(0).key.unwrap_err();
    assert_eq!(error, ReadKeyError::WrongPassword);
}

#[test]
fn pkcs7_of_openssl_in_der_and_pem() {
    let folder = Folder::new();
    let both = [
        fixtures::text("rsa_cert.pem"),
        fixtures::text("ca_cert.pem"),
    ]
    .concat();
    folder.write("both.pem", &both);
    folder.write("text", "signed\n");
    folder.run("openssl crl2pkcs7 -nocrl -certfile both.pem -outform der -out both.p7b");
    folder.run("openssl crl2pkcs7 -nocrl -certfile both.pem -out both.p7.pem");
    // BER, with lengths that are not said.
    folder.run("openssl cms -sign -in text -signer @ca_cert.pem -inkey @p256_pkcs8.pem -stream -nodetach -outform der -out signed.p7s");
    let certificates = pem::read_certificates(both.as_bytes()).unwrap();
    for (name, format) in [("both.p7b", Format::Pkcs7), ("both.p7.pem", Format::Pem)] {
        let contents = read(&folder.read(name));
        assert_eq!(contents.format, format);
        assert!(contents.only_certificates().eq(&certificates), "{name}");
    }
    let signed = folder.read("signed.p7s");
    assert_eq!(signed[..2], [0x30, 0x80], "it is BER");
    let contents = read(&signed);
    assert!(contents.only_certificates().eq(&certificates[1..]));
    assert_eq!(
        notes(&contents),
        ["the PKCS#7 file is signed (1 times); only its certificates were read"]
    );
    refused(&signed[..signed.len() - 1], "the PKCS#7 file is damaged");
}

#[test]
fn others_read_our_pkcs7() {
    let folder = Folder::new();
    let certificates = ["rsa_cert.pem", "ca_cert.pem"].map(fixtures::certificate);
    folder.write("our.p7b", pkcs7::write(&certificates, &[]).unwrap());
    folder.write("our.p7.pem", pkcs7::write_pem(&certificates, &[]).unwrap());
    for line in [
        "openssl pkcs7 -inform der -in our.p7b -print_certs",
        "openssl pkcs7 -in our.p7.pem -print_certs",
        "certtool --p7-info --inder --infile our.p7b",
        "keytool -printcert -rfc -file our.p7b",
    ] {
        let said = folder.run(line).replace('\r', "");
        for name in ["rsa_cert.pem", "ca_cert.pem"] {
            assert!(said.contains(fixtures::text(name).trim()), "{line}: {said}");
        }
    }
    let list = list_and_request().read("crl.der");
    let file = pkcs7::write(&[], &[&list]).unwrap();
    assert_eq!(read(&file).crls.remove(0).der(), list);
}
