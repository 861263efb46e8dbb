//! Every target: which files, who may read them, what is in them, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_bundle::bundle::{Bundle, Delivery, FileStem, MakeBundleError};
use trustpack_bundle::target::Target;
use trustpack_bundle::windows::Account;
use trustpack_bundle::write::WriteBundleError;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{read_certificates, read_private_key};
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;

struct Host {
    key: PrivateKey,
    certificate: Certificate,
    root: Certificate,
    stem: FileStem,
}

fn host() -> Host {
    let certificate = |file: &[u8]| read_certificates(file).unwrap().remove(0);
    let host = certificate(include_bytes!("fixtures/host.pem"));
    Host {
        stem: FileStem::new("Db1").unwrap(),
        certificate: host,
        root: certificate(include_bytes!("fixtures/root.pem")),
        key: read_private_key(include_bytes!("fixtures/host_key.pem"), None).unwrap(),
    }
}

fn make(host: &Host, target: Target, password: &Password) -> Result<Bundle, MakeBundleError> {
    let delivery = Delivery {
        certificate: &host.certificate,
        key: Some(&host.key),
        intermediates: &[],
        crosses: &[],
        trusted: std::slice::from_ref(&host.root),
        stem: &host.stem,
        password,
        encryption: None,
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
        account: &Account::Machine(Some("NT SERVICE\\StatServer".parse().unwrap())),
    };
    Bundle::make(target, &delivery)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Each file of a target, in order; those with a key have a star.
const FILES: &[(Target, &str)] = &[
    (Target::OpenSsl, "_cert.pem _priv_key.pem* ca_cert.pem"),
    (Target::Unix, "_cert.pem _priv_key.pem* ca_cert.pem"),
    (
        Target::Java,
        "_cert.pem _priv_key.pem* ca_cert.pem keystore.p12* truststore.p12 keytool.txt",
    ),
    (
        Target::Java8,
        "_cert.pem _priv_key.pem* ca_cert.pem keystore.jks* truststore.jks keytool.txt",
    ),
    (
        Target::Windows,
        "_cert.pfx* ca_cert.pfx ca_cert.cer thumbprint.txt install.ps1",
    ),
    (
        Target::Windows2016,
        "_cert.pfx* ca_cert.pfx ca_cert.cer thumbprint.txt install.ps1",
    ),
    (
        Target::DotNet,
        "_cert.pfx* ca_cert.pfx ca_cert.cer thumbprint.txt install.ps1 ca_cert.pem",
    ),
    (
        Target::Nginx,
        "_cert.pem _priv_key.pem* ca_cert.pem nginx.conf",
    ),
    (Target::HaProxy, "_haproxy.pem* ca_cert.pem haproxy.cfg"),
    (
        Target::Stunnel,
        "_cert.pem _priv_key.pem* ca_cert.pem stunnel.conf",
    ),
];

#[test]
fn every_target_gets_its_files_and_nobody_else_its_key() {
    let host = host();
    assert_eq!(FILES.len(), Target::ALL.len());
    for &(target, want) in FILES {
        let bundle = make(&host, target, &Password::empty()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = folder
            .path()
            .join(host.stem.folder(host.certificate.serial(), target));
        let paths = bundle
            .write(&place, PrivateMode::Owner0600, Existing::Refuse)
            .unwrap();
        let found: Vec<String> = paths.iter().map(|path| seen(path)).collect();
        assert_eq!(found.join(" "), want, "{target}");
        assert_eq!(
            fs::read_dir(&place).unwrap().count(),
            found.len(),
            "{target}"
        );
    }
}

/// The name of a file without the host, with a star if only its owner may read it.
fn seen(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let name = name.strip_prefix("Db1").unwrap_or(name);
    match mode(path) {
        0o600 => format!("{name}*"),
        mode => {
            assert_eq!(mode, 0o644, "{}", path.display());
            name.to_owned()
        }
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_half_written_stays() {
    let host = host();
    let bundle = make(&host, Target::Unix, &Password::empty()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("b");
    let write = || bundle.write(&place, PrivateMode::Owner0600, Existing::Refuse);
    // What a killed run left is in nobody's way.
    fs::create_dir(folder.path().join(".trustpack-new")).unwrap();
    fs::write(folder.path().join(".trustpack-new/old"), "x").unwrap();
    write().unwrap();
    assert!(!place.join("old").exists());
    assert!(matches!(write(), Err(WriteBundleError::Exists { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // Not even one without files is taken.
    let free = folder.path().join("c");
    fs::create_dir(&free).unwrap();
    let taken = bundle.write(&free, PrivateMode::Owner0600, Existing::Refuse);
    assert!(matches!(taken, Err(WriteBundleError::Exists { .. })));
}

#[test]
fn a_folder_is_replaced_whole_and_only_if_it_is_ours() {
    let host = host();
    let bundle = make(&host, Target::Unix, &Password::empty()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("b");
    let write = || bundle.write(&place, PrivateMode::Owner0600, Existing::Replace);
    write().unwrap();
    let trusted = place.join("ca_cert.pem");
    let whole = fs::read(&trusted).unwrap();
    fs::write(&trusted, "old").unwrap();
    write().unwrap();
    assert_eq!(fs::read(&trusted).unwrap(), whole);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // A file of somebody else would be gone, and a file in the place of the folder is none of ours.
    fs::write(&trusted, "old").unwrap();
    fs::write(place.join("own"), "").unwrap();
    assert!(matches!(write(), Err(WriteBundleError::Foreign { path }) if path.ends_with("own")));
    assert_eq!(fs::read(&trusted).unwrap(), b"old");
    fs::remove_dir_all(&place).unwrap();
    fs::write(&place, "").unwrap();
    assert!(matches!(write(), Err(WriteBundleError::Exists { .. })));
}

#[test]
fn writers_of_the_same_folder_come_one_after_the_other() {
    let host = host();
    let bundle = make(&host, Target::Unix, &Password::empty()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("b");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let mode = PrivateMode::Owner0600;
                    bundle.write(&place, mode, Existing::Replace).unwrap();
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn java_gets_passwords_that_it_can_use() {
    let host = host();
    for (password, want) in [
        ("pässwörd", "ASCII only"),
        ("short", "6 characters at least"),
    ] {
        let error = make(&host, Target::Java, &Password::new(password)).expect_err(password);
        assert!(error.to_string().contains(want), "{error}");
        assert!(make(&host, Target::Windows, &Password::new(password)).is_ok());
    }
    let bundle = make(&host, Target::Java, &Password::empty()).unwrap();
    assert_eq!(bundle.password().expose(), "changeit");
}

#[test]
fn a_windows_script_has_no_password_and_names_the_key_file() {
    let host = host();
    let bundle = make(&host, Target::Windows, &Password::new("secret-word")).unwrap();
    let script = bundle
        .files()
        .iter()
        .find(|file| file.name == "install.ps1");
    let script = String::from_utf8(script.unwrap().contents.to_vec()).unwrap();
    assert!(!script.contains("secret-word"));
    assert!(script.contains("-importpfx My '"), "{script}");
    assert!(script.contains("'NT SERVICE\\StatServer:(R)'"), "{script}");
    assert!(script.lines().all(|line| !line.ends_with('\n')) && script.contains("\r\n"));
}

#[test]
fn there_is_always_somebody_to_trust() {
    let host = host();
    let empty = Password::empty();
    let delivery = Delivery {
        certificate: &host.certificate,
        key: None,
        intermediates: &[],
        crosses: &[],
        trusted: &[],
        stem: &host.stem,
        password: &empty,
        encryption: None,
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
        account: &Account::User,
    };
    let error = Bundle::make(Target::Unix, &delivery).expect_err("nobody is trusted");
    assert_eq!(error, MakeBundleError::NothingTrusted);
}

#[test]
fn the_names_are_those_of_the_host_and_never_those_of_the_ca() {
    for bad in ["../x", "", "a b", "\u{e4}", &"a".repeat(64)] {
        assert!(FileStem::new(bad).is_err(), "{bad:?}");
    }
    for label in ["ca", "CA"] {
        let mut host = host();
        host.stem = FileStem::new(label).unwrap();
        for target in Target::ALL {
            let bundle = make(&host, target, &Password::empty()).unwrap();
            let mut names: Vec<_> = bundle.files().iter().map(|file| &file.name).collect();
            let count = names.len();
            names.sort_by_key(|name| name.to_lowercase());
            names.dedup_by_key(|name| name.to_lowercase());
            assert_eq!(names.len(), count, "{target}: {names:?}");
        }
    }
}
