//! What lies in the folders, where they are, who may read them, and what is printed of them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use trustpack_e2e::ca::{QUICK_KEY, TestCa, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

use super::{Bundle, names};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn unix_gets_the_files_of_the_security_pack() {
    let ca = TestCa::new();
    let bundle = Bundle::issued(&ca, "Db1.example.com", "unix", &[]);
    let host = ca.newest("Db1.example.com");
    let repository = ca.dir().join("repository");
    let place = repository.join(format!("{}_Db1_unix", host.serial));
    assert_eq!(bundle.folder, place);
    let [certificate, key] = ["Db1_cert.pem", "Db1_priv_key.pem"];
    assert_eq!(names(&place), [certificate, key, "ca_cert.pem"]);
    let text = |name: &str| fs::read_to_string(place.join(name)).unwrap();
    assert!(text(certificate).starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(text(key).starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(
        text(certificate),
        fs::read_to_string(&host.certificate).unwrap()
    );
    assert_eq!(
        text("ca_cert.pem"),
        fs::read_to_string(ca.conf("ca_cert.pem")).unwrap()
    );
    assert_eq!(mode(&place.join(key)), 0o600);
    assert_eq!(mode(&place.join(certificate)), 0o644);
    // The folders are no fault in the eyes of the check.
    Call::trustpack(["ca", "check", "--ca"])
        .arg(ca.dir())
        .succeeds()
        .prints("nothing is out of step");
}

#[test]
fn under_an_intermediate_ca_the_chain_is_sent_and_the_root_trusted() {
    let root = TestCa::new();
    let sub = root.dir().with_file_name("sub");
    Call::trustpack(["ca", "sub", "Sub CA", "--ca"])
        .arg(root.dir())
        .arg("--out")
        .arg(&sub)
        .args(QUICK_KEY)
        .succeeds();
    let told = Call::trustpack([
        "cert",
        "issue",
        "db1.example.com",
        "--for",
        "nginx,haproxy",
        "--ca",
    ])
    .arg(&sub)
    .args(QUICK_KEY)
    .succeeds();
    let subjects = |path: &Path| {
        // It fails for a file that has a key too, after having shown the certificates.
        let shown = Call::foreign("openssl", ["storeutl", "-noout", "-text", "-certs"])
            .arg(path)
            .run()
            .stdout;
        let subjects = shown
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Subject: "));
        subjects.map(str::to_owned).collect::<Vec<_>>()
    };
    let [nginx, haproxy] = ["nginx", "haproxy"].map(|target| Bundle::told(&told, target));
    let sent = ["CN=db1.example.com", "CN=Sub CA"];
    assert_eq!(subjects(&nginx.file("_cert.pem")), sent);
    assert_eq!(subjects(&haproxy.file("_haproxy.pem")), sent);
    assert_eq!(subjects(&nginx.file("ca_cert.pem")), ["CN=Example CA"]);
}

#[test]
fn after_a_new_ca_key_the_old_root_is_trusted_too_and_its_peers_find_a_path() {
    let ca = TestCa::new();
    let old = ca.dir().with_file_name("old.pem");
    fs::copy(ca.conf("ca_cert.pem"), &old).unwrap();
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let bundle = Bundle::issued(&ca, "db1.example.com", "java", &[]);
    let trusted = fs::read_to_string(bundle.file("ca_cert.pem")).unwrap();
    let [new, before] =
        [&ca.conf("ca_cert.pem"), &old].map(|path| fs::read_to_string(path).unwrap());
    assert_eq!(trusted, new + &before);
    let sent = bundle.file("_cert.pem");
    let known = ["-untrusted", sent.to_str().unwrap()];
    for root in [ca.conf("ca_cert.pem"), old] {
        openssl::verify(&root, &known, &sent).succeeds();
    }
    let listed = Call::foreign("keytool", ["-list", "-storepass", "changeit", "-keystore"])
        .arg(bundle.file("truststore.p12"))
        .succeeds();
    assert_eq!(listed.stdout.matches("trustedCertEntry").count(), 2);
}

#[test]
fn a_group_may_read_the_keys_if_that_was_said() {
    let ca = TestCa::new();
    let group = fs::metadata(ca.dir()).unwrap().gid().to_string();
    let bundle = Bundle::issued(&ca, "a.example.com", "java", &["--key-group", &group]);
    for name in names(&bundle.folder) {
        let private = name.contains("key") && name != "keytool.txt";
        let want = if private { 0o640 } else { 0o644 };
        assert_eq!(mode(&bundle.folder.join(&name)), want, "{name}");
    }
}

#[test]
fn many_hosts_get_their_bundles_in_a_folder_that_was_named() {
    let ca = TestCa::new();
    let out = ca.dir().with_file_name("out");
    fs::create_dir(&out).unwrap();
    let hosts = out.with_file_name("hosts.csv");
    fs::write(&hosts, "host\na.example.com\nb.example.com\nno host\n").unwrap();
    let call = || {
        Call::trustpack(["cert", "issue", "--for", "unix,java,unix", "--from"])
            .arg(&hosts)
            .arg("--out")
            .arg(&out)
            .arg("--ca")
            .arg(ca.dir())
            .args(QUICK_KEY)
    };
    let told = call().exits_with(1);
    assert_eq!(told.stdout.matches("\nfor ").count(), 4, "{told}");
    let shown = call().arg("--json").exits_with(1).stdout;
    let report: serde_json::Value = serde_json::from_str(&shown).unwrap();
    for issued in report["issued"].as_array().unwrap() {
        assert_eq!(issued["bundles_failed"], serde_json::json!([]));
        let [unix, java] = [0, 1].map(|index| &issued["bundles"][index]);
        assert_eq!([&unix["target"], &java["target"]], ["unix", "java"]);
        let folder = Path::new(java["folder"].as_str().unwrap());
        assert_eq!(java["files"].as_array().unwrap().len(), names(folder).len());
    }
    let mut folders = 0;
    for entry in fs::read_dir(&out).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.ends_with("_unix") || name.ends_with("_java"), "{name}");
        folders += 1;
    }
    assert_eq!((ledger_serials(ca.dir()).len(), folders), (4, 8));
}

#[test]
fn what_is_renewed_or_certified_for_a_request_has_bundles_too() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let told = Call::trustpack(["cert", "renew", &host.serial, "--for", "stunnel", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let renewed = Bundle::told(&told, "stunnel");
    assert!(renewed.file("_priv_key.pem").exists());
    // Who has the key elsewhere gets all but the key.
    let folder = folder::temporary();
    openssl::request(folder.path(), "r", "c.example.com");
    let told = Call::trustpack(["cert", "issue", "--for", "java,windows", "--csr"])
        .arg(folder.path().join("r.csr"))
        .arg("--ca")
        .arg(ca.dir())
        .succeeds();
    let java = Bundle::told(&told, "java");
    assert_eq!(
        names(&java.folder),
        ["c_cert.pem", "ca_cert.pem", "keytool.txt", "truststore.p12"]
    );
    assert!(!java.text("keytool.txt").contains("keystore.p12"));
    let windows = Bundle::told(&told, "windows");
    assert_eq!(
        names(&windows.folder),
        ["ca_cert.cer", "ca_cert.pfx", "thumbprint.txt"]
    );
}
