//! Java's own key stores: passwords, three different errors, and files that lie about their size.

use trustpack_keystore::contents::{self, Contents, ReadContentsError};
use trustpack_keystore::jks::ReadJksError;
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::pem::ReadKeyError;
use trustpack_keystore::store::write::{StoreFormat, write};
use trustpack_keystore::store::{Entry, Holds, Store};
use trustpack_x509::time::Timestamp;

use crate::fixtures;
use crate::programs::Folder;

/// A store with a key and a trusted certificate.
pub(crate) fn store() -> Store {
    let mut store = Store::new();
    let chain = ["rsa_cert.pem", "ca_cert.pem"]
        .map(fixtures::certificate)
        .to_vec();
    let key = fixtures::key("rsa_pkcs8.pem");
    for (alias, holds) in [
        ("hostß", Holds::Key { key, chain }),
        (
            "other",
            Holds::Trusted(fixtures::certificate("other_cert.pem")),
        ),
    ] {
        let alias = alias.parse().unwrap();
        store.add(Entry { alias, holds }).unwrap();
    }
    store
}

/// The same as a file with the password `secret`.
pub(crate) fn file(format: StoreFormat) -> Vec<u8> {
    let now = Timestamp::from_unix(1_800_000_000);
    write(&store(), format, Some(&fixtures::secret()), now)
        .unwrap()
        .to_vec()
}

fn read(file: &[u8], passwords: &[&str]) -> Result<Contents, ReadContentsError> {
    let passwords: Passwords = passwords.iter().copied().map(Password::new).collect();
    contents::read(file, &passwords)
}

#[track_caller]
fn refused(file: &[u8], passwords: &[&str]) -> ReadJksError {
    match read(file, passwords) {
        Err(ReadContentsError::Jks(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn wrong_password_changed_file_and_wrong_format_are_three_errors() {
    let good = file(StoreFormat::Jks);
    assert!(read(&good, &["secret"]).is_ok());
    assert_eq!(refused(&good, &["other"]), ReadJksError::WrongPassword);
    assert_eq!(refused(&good, &[""]), ReadJksError::WrongPassword);

    // The date of the first entry: nothing but the digest shows it, and that the key opens.
    let mut changed = good.clone();
    changed[12 + 4 + 2 + "hostß".len()] ^= 1;
    let error = refused(&changed, &["secret"]);
    assert_eq!(error, ReadJksError::OpensKeyOnly);
    assert!(error.to_string().contains("or somebody has changed"));
    // With another password too nobody can tell.
    assert_eq!(refused(&changed, &["other"]), ReadJksError::WrongPassword);

    // A certificate that is none shows it whatever the password is.
    let mut changed = good.clone();
    let at = changed
        .windows(5)
        .position(|five| five == b"X.509")
        .unwrap();
    changed[at + 9] ^= 0xff;
    let error = refused(&changed, &["secret"]);
    assert!(matches!(error, ReadJksError::Tampered { .. }), "{error}");

    assert!(matches!(
        read(&fixtures::bytes("README.md"), &["secret"]).unwrap_err(),
        ReadContentsError::UnknownFormat { .. }
    ));
    let mut version = good;
    version[7] = 3;
    assert_eq!(
        refused(&version, &["secret"]),
        ReadJksError::Version { found: 3 }
    );
}

#[test]
fn without_a_password_certificates_are_read_unverified() {
    let contents = read(&file(StoreFormat::Jks), &[]).unwrap();
    assert_eq!(contents.certificates.len(), 3);
    let said = contents.notes[0].to_string();
    assert!(
        said.starts_with("without its password it was not checked"),
        "{said}"
    );
    assert_eq!(
        contents.keys[0].key.as_ref().unwrap_err(),
        &ReadKeyError::Encrypted
    );
    assert_eq!(contents.keys[0].chain.len(), 2);
}

#[test]
fn a_key_may_have_a_password_of_its_own() {
    let folder = Folder::new();
    for kind in ["JKS", "JCEKS"] {
        folder.run(&format!(
            "keytool -importkeystore -srckeystore @openssl_modern.pfx -srcstorepass secret \
             -destkeystore {kind} -deststoretype {kind} -deststorepass secret1 -srcalias host \
             -destkeypass other22 -srckeypass secret -noprompt"
        ));
        let file = folder.read(kind);
        let contents = read(&file, &["secret1"]).unwrap();
        assert_eq!(
            contents.keys[0].key.as_ref().unwrap_err(),
            &ReadKeyError::WrongPassword
        );
        // Nobody has changed it.
        assert_eq!(refused(&file, &["other22"]), ReadJksError::OpensKeyOnly);
        for passwords in [["secret1", "other22"], ["other22", "secret1"]] {
            let contents = read(&file, &passwords).unwrap();
            assert!(contents.keys[0].key.is_ok());
        }
    }
}

/// Numbers of the file that claim more than there is.
#[test]
fn a_file_that_lies_about_its_size_takes_no_room() {
    let good = file(StoreFormat::Jks);
    let entries = 8..12;
    let key = 12 + 4 + 2 + "hostß".len() + 8;
    let length = u32::from_be_bytes(good[key..key + 4].try_into().unwrap());
    let chain = key + 4 + usize::try_from(length).unwrap();
    for at in [entries.start, key, chain, 16] {
        let mut lying = good.clone();
        lying[at..at + 4].fill(0xff);
        let error = refused(&lying, &["secret"]);
        assert!(matches!(error, ReadJksError::Tampered { .. }), "{error}");
        let error = read(&lying, &[]).unwrap_err();
        let malformed = matches!(
            &error,
            ReadContentsError::Jks(ReadJksError::Malformed { .. })
        );
        assert!(malformed, "{error}");
    }
    // The file of 59 octets that made another library ask for 206 GB.
    let mut small = vec![
        0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, b'a',
    ];
    small.extend([0; 8]);
    small.extend([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    small.extend([0; 24]);
    assert!(read(&small, &[]).is_err());
    assert!(read(&small[..20], &[]).is_err());
}

#[test]
fn empty_stores_of_java() {
    let now = Timestamp::from_unix(0);
    let file = write(
        &Store::new(),
        StoreFormat::Jks,
        Some(&fixtures::secret()),
        now,
    )
    .unwrap();
    assert_eq!(file.len(), 32);
    assert!(read(&file, &["secret"]).unwrap().is_empty());
    let refused = write(&Store::new(), StoreFormat::Pem, None, now).unwrap_err();
    assert!(refused.to_string().starts_with("a store without entries"));
    let refused = write(&store(), StoreFormat::Jks, None, now).unwrap_err();
    assert_eq!(refused.to_string(), "a JKS file needs a password");
}
