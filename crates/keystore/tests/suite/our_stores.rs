//! Our key stores, in the eyes of OpenSSL, Java, GnuTLS and NSS.

use trustpack_keystore::contents;
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::pkcs12::Encryption;
use trustpack_keystore::store::write::{StoreFormat, write};
use trustpack_keystore::store::{Alias, Entry, Holds, Store};
use trustpack_x509::time::Timestamp;

use crate::fixtures;
use crate::jks::{file, store};
use crate::programs::Folder;

const MODERN: StoreFormat = StoreFormat::Pkcs12(Encryption::Modern);
const LEGACY: StoreFormat = StoreFormat::Pkcs12(Encryption::Legacy);

fn now() -> Timestamp {
    Timestamp::from_unix(1_800_000_000)
}

#[test]
fn every_format_comes_back() {
    for format in [StoreFormat::Pem, StoreFormat::Jks, MODERN, LEGACY] {
        let file = file(format);
        let contents = contents::read(&file, &fixtures::secret().into()).unwrap();
        let again = Store::from_contents(contents).unwrap();
        let seen = |store: &Store| -> Vec<_> {
            store
                .entries()
                .iter()
                .map(|entry| {
                    let key = entry.key().map(|key| key.expose_pkcs8_der().to_vec());
                    (entry.alias.clone(), key, entry.certificates().to_vec())
                })
                .collect()
        };
        assert_eq!(seen(&again), seen(&store()), "{format:?}");
    }
}

#[test]
fn java_reads_them_with_a_program_of_its_own() {
    let folder = Folder::new();
    folder.write("Read.java", PROGRAM);
    for (name, kind, format) in [
        ("a.jks", "JKS", StoreFormat::Jks),
        ("modern.p12", "PKCS12", MODERN),
        ("legacy.p12", "PKCS12", LEGACY),
    ] {
        folder.write(name, file(format));
        let said = folder.run(&format!("java Read.java {kind} {name} secret"));
        assert_eq!(
            said, "hostß: key RSA 2, signs\nother: trusted CN=Other CA\n",
            "{name}"
        );
        folder.fails(&format!("java Read.java {kind} {name} wrong"));
    }
}

/// Opens a store, and shows that each key belongs to its certificate.
const PROGRAM: &str = r#"
import java.io.*; import java.security.*; import java.security.cert.*; import java.util.*;
public class Read {
  public static void main(String[] a) throws Exception {
    KeyStore s = KeyStore.getInstance(a[0]);
    char[] p = a[2].toCharArray();
    s.load(new FileInputStream(a[1]), p);
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    for (String n : new TreeSet<>(Collections.list(s.aliases()))) {
      if (s.isKeyEntry(n)) {
        PrivateKey k = (PrivateKey) s.getKey(n, p);
        Signature g = Signature.getInstance("SHA256withRSA");
        g.initSign(k); g.update(new byte[]{1}); byte[] b = g.sign();
        g.initVerify(s.getCertificate(n)); g.update(new byte[]{1});
        out.println(n + ": key " + k.getAlgorithm() + " " + s.getCertificateChain(n).length
          + (g.verify(b) ? ", signs" : ", is another"));
      } else {
        out.println(n + ": trusted " + ((X509Certificate) s.getCertificate(n)).getSubjectX500Principal());
      }
    }
  }
}
"#;

#[test]
fn keytool_lists_and_takes_over() {
    let folder = Folder::new();
    for (name, format) in [("a", StoreFormat::Jks), ("b", MODERN), ("c", LEGACY)] {
        folder.write(name, file(format));
        let said = folder.run(&format!(
            "keytool -list -v -keystore {name} -storepass secret"
        ));
        for part in [
            "Your keystore contains 2 entries",
            "Entry type: PrivateKeyEntry",
            "Certificate chain length: 2",
            "Entry type: trustedCertEntry",
        ] {
            assert!(said.contains(part), "{name}: {said}");
        }
        folder.fails(&format!("keytool -list -keystore {name} -storepass wrong1"));
        folder.run(&format!("keytool -importkeystore -srckeystore {name} -srcstorepass secret -destkeystore {name}.to -deststorepass secret -noprompt"));
        folder.run(&format!("keytool -exportcert -alias other -keystore {name}.to -storepass secret -file {name}.cer"));
        let wanted = fixtures::certificate("other_cert.pem");
        assert_eq!(folder.read(&format!("{name}.cer")), wanted.der());
    }
}

#[test]
fn openssl_gnutls_and_nss_read_our_pkcs12() {
    let folder = Folder::new();
    for (name, format, legacy) in [("b", MODERN, ""), ("c", LEGACY, "-legacy")] {
        folder.write(name, file(format));
        let said = folder.run(&format!(
            "openssl pkcs12 -in {name} -noenc -passin pass:secret {legacy}"
        ));
        for file in [
            "rsa_pkcs8.pem",
            "rsa_cert.pem",
            "ca_cert.pem",
            "other_cert.pem",
        ] {
            assert!(said.contains(fixtures::text(file).trim()), "{file}: {said}");
        }
        folder.fails(&format!(
            "openssl pkcs12 -in {name} -noenc -passin pass:wrong {legacy}"
        ));
        let said = folder.run(&format!(
            "certtool --p12-info --inder --infile {name} --password secret"
        ));
        for file in ["rsa_cert.pem", "ca_cert.pem", "other_cert.pem"] {
            assert!(said.contains(fixtures::text(file).trim()), "{file}: {said}");
        }
        folder.run(&format!("mkdir db{name}"));
        folder.run(&format!("certutil -N -d db{name} --empty-password"));
        folder.run(&format!("pk12util -i {name} -d db{name} -W secret -K ''"));
        let said = folder.run(&format!("certutil -K -d db{name}"));
        assert!(said.contains("rsa "), "{said}");
        let said = folder.run(&format!("certutil -L -d db{name}"));
        assert!(
            said.contains("Other CA") || said.contains("other"),
            "{said}"
        );
    }
}

/// A trust store that everybody may read shows its certificates without a password too.
#[test]
fn trust_stores_with_several_entries() {
    let folder = Folder::new();
    let mut store = Store::new();
    for name in ["ca_cert.pem", "other_cert.pem", "ca_cert.pem"] {
        let certificate = fixtures::certificate(name);
        let alias = Alias::of_certificate(&certificate);
        store.add_numbered(alias, Holds::Trusted(certificate));
    }
    let aliases: Vec<&str> = store
        .entries()
        .iter()
        .map(|entry| entry.alias.as_str())
        .collect();
    assert_eq!(aliases, ["Test CA", "Other CA", "Test CA (2)"]);
    let password = Password::new("secret");
    for (name, format, password) in [
        ("empty.p12", MODERN, None),
        ("modern.p12", MODERN, Some(&password)),
        ("legacy.p12", LEGACY, Some(&password)),
        ("trust.jks", StoreFormat::Jks, Some(&password)),
    ] {
        folder.write(name, write(&store, format, password, now()).unwrap());
        let given = password.map_or("''", |_| "secret");
        for line in [
            format!("keytool -list -keystore {name} -storepass {given}"),
            // Without a password.
            format!("keytool -list -keystore {name}"),
        ] {
            let said = folder.run(&line);
            assert!(said.contains("contains 3 entries"), "{line}: {said}");
            assert_eq!(
                said.matches("trustedCertEntry").count(),
                3,
                "{line}: {said}"
            );
        }
        let contents = contents::read(&folder.read(name), &Passwords::none());
        match contents {
            Ok(contents) => assert_eq!(contents.certificates.len(), 3),
            Err(error) => assert!(error.is_password(), "{error}"),
        }
    }
}

#[test]
fn names_are_one_whatever_their_capital_letters() {
    let mut store = store();
    let entry = |alias: &str| Entry {
        alias: alias.parse().unwrap(),
        holds: Holds::Trusted(fixtures::certificate("ca_cert.pem")),
    };
    let error = store.add(entry("OTHER")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is an entry \"OTHER\" already; aliases differ by more than capital letters"
    );
    assert!(store.remove(&"Other".parse().unwrap()).is_some());
    store.add(entry("OTHER")).unwrap();
    for text in ["", "a\nb", " a", &"x".repeat(256)] {
        assert!(text.parse::<Alias>().is_err(), "{text:?}");
    }
}

#[test]
fn many_keys_in_one_store() {
    let mut store = Store::new();
    let certificate = fixtures::certificate("ca_cert.pem");
    for _ in 0..20 {
        let holds = Holds::Key {
            key: fixtures::key("p256_pkcs8.pem"),
            chain: vec![certificate.clone()],
        };
        store.add_numbered(Alias::of_certificate(&certificate), holds);
    }
    for format in [MODERN, LEGACY, StoreFormat::Jks] {
        let file = write(&store, format, Some(&fixtures::secret()), now()).unwrap();
        let folder = Folder::new();
        folder.write("store", &file);
        let said = folder.run("keytool -list -keystore store -storepass secret");
        assert!(said.contains("contains 20 entries"), "{said}");
    }
}
