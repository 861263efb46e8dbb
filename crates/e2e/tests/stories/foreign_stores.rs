//! Stores that other programs wrote: we read each, with its key, its certificate and the CA.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

const PASSWORD: &str = "changeit";

/// A host of ours, and a folder for the stores of others.
struct Stores {
    ca: TestCa,
    host: HostFiles,
    folder: tempfile::TempDir,
}

impl Stores {
    fn new() -> Self {
        let ca = TestCa::new();
        let host = ca.issue("a.example.com", &[]);
        let folder = folder::temporary();
        fs::write(folder.path().join("password"), PASSWORD).unwrap();
        Self { ca, host, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A foreign program, run in the folder. `CA`, `CERT` and `KEY` stand for our files.
    #[track_caller]
    fn run(&self, words: &str) {
        let file = |path: &Path| path.display().to_string();
        let mut words = words.split(' ').map(|word| match word {
            "CA" => file(&self.ca.conf("ca_cert.pem")),
            "CERT" => file(&self.host.certificate),
            "KEY" => file(&self.host.key),
            other => other.to_owned(),
        });
        let program = words.next().unwrap();
        Call::foreign(&program, words)
            .within(self.folder.path())
            .succeeds();
    }

    /// What is in the store is what went into it.
    #[track_caller]
    fn is_read(&self, name: &str, format: &str) {
        let password = self.path("password");
        let listed = Call::trustpack(["store", "list", name, "--json", "--password-file"])
            .arg(&password)
            .within(self.folder.path())
            .succeeds();
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        assert_eq!(listed["format"], format, "{name}: {listed}");
        let pem = self.path(&format!("{name}.pem"));
        Call::trustpack(["cert", "convert", name, "--password-file"])
            .args([&password, &pem])
            .within(self.folder.path())
            .succeeds();
        let text = fs::read_to_string(&pem).unwrap();
        for file in [&self.host.certificate, &self.ca.conf("ca_cert.pem")] {
            let wanted = fs::read_to_string(file).unwrap();
            assert!(text.contains(wanted.trim()), "{name}: {text}");
        }
        let [ours, read] = [&self.host.key, &pem].map(|file| {
            let call = Call::foreign("openssl", ["pkey", "-pubout", "-in"]).arg(file);
            call.succeeds().stdout
        });
        assert_eq!(read, ours, "{name}");
    }
}

#[test]
fn pkcs12_of_openssl_gnutls_and_nss() {
    let stores = Stores::new();
    let export = "openssl pkcs12 -export -in CERT -inkey KEY -certfile CA -name a -passout pass:changeit -out";
    stores.run(&format!("{export} new.p12"));
    stores.run(&format!("{export} old.p12 -legacy"));
    stores.run(
        "certtool --to-p12 --load-certificate CERT --load-ca-certificate CA --load-privkey KEY --p12-name a \
         --password changeit --outder --outfile gnutls.p12",
    );
    let database = format!("sql:{}", stores.folder.path().display());
    stores.run(&format!("certutil -d {database} -N --empty-password"));
    stores.run(&format!(
        "pk12util -d {database} -i new.p12 -W changeit -K "
    ));
    stores.run(&format!(
        "pk12util -d {database} -o nss.p12 -n a -W changeit -K "
    ));
    for name in ["new.p12", "old.p12", "gnutls.p12", "nss.p12"] {
        stores.is_read(name, "PKCS#12");
    }
}

/// What is called `.jks` is PKCS#12 if today's keytool made it without being told otherwise.
#[test]
fn stores_of_keytool() {
    let stores = Stores::new();
    stores.run(
        "openssl pkcs12 -export -in CERT -inkey KEY -certfile CA -name a -passout pass:changeit -out all.p12",
    );
    for (name, options, format) in [
        ("old.jks", " -deststoretype JKS", "JKS"),
        ("new.jks", "", "PKCS#12"),
        ("a.jceks", " -deststoretype JCEKS", "JCEKS"),
    ] {
        stores.run(&format!(
            "keytool -importkeystore -noprompt -srckeystore all.p12 -srcstorepass changeit \
             -destkeystore {name} -deststorepass changeit{options}"
        ));
        stores.is_read(name, format);
    }
}
