//! `ca import`: authorities of OpenSSL, Easy-RSA, mkcert and minica are taken over, and go on as they were.
//!
//! What is issued under an imported CA bears its subject and its key identifier byte for byte, whatever
//! string types and identifier it has; OpenSSL, GnuTLS, Java and our judge accept it, and `openssl ca`
//! goes on in the new folder.

mod makers;
mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{HostFiles, QUICK_KEY, TestCa, check_call, ledger_serials, newest};
use trustpack_e2e::call::Call;
use trustpack_e2e::chains::{Meeting, assert_trusted_under_others};
use trustpack_e2e::{folder, lists, openssl};

use makers::Foreign;

/// A CA that was imported.
struct Imported {
    foreign: Foreign,
    folder: tempfile::TempDir,
}

impl Imported {
    /// Imports it; the source stays as it is.
    #[track_caller]
    fn new(foreign: Foreign) -> Self {
        let folder = folder::temporary();
        let before = folder::listing(&foreign.dir());
        Call::trustpack(["ca", "import"])
            .arg(foreign.dir())
            .arg("--ca")
            .arg(folder.path().join("ca"))
            .succeeds()
            .prints(&format!("taken over from {}", foreign.kind));
        folder::assert_unchanged(&foreign.dir(), &before);
        Self { foreign, folder }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("ca")
    }

    fn certificate(&self) -> PathBuf {
        self.dir().join("ca_conf/ca_cert.pem")
    }

    #[track_caller]
    fn issue(&self, host: &str) -> HostFiles {
        Call::trustpack(["cert", "issue", host, "--ca"])
            .arg(self.dir())
            .args(QUICK_KEY)
            .succeeds();
        newest(&self.dir(), host)
    }

    /// `openssl ca` issues in the new folder.
    #[track_caller]
    fn openssl_issues(&self, host: &str) -> PathBuf {
        openssl::request(&self.dir(), "request", host);
        Call::foreign("openssl", openssl::CA)
            .args([
                "-batch",
                "-notext",
                "-in",
                "request.csr",
                "-out",
                "issued.pem",
            ])
            .within(&self.dir())
            .succeeds();
        self.dir().join("issued.pem")
    }
}

/// The DER of a certificate.
#[track_caller]
fn der(certificate: &Path) -> Vec<u8> {
    let folder = folder::temporary();
    let out = folder.path().join("der");
    Call::foreign("openssl", ["x509", "-outform", "DER", "-in"])
        .arg(certificate)
        .arg("-out")
        .arg(&out)
        .succeeds();
    fs::read(&out).unwrap()
}

/// The DER of issuer and subject, cut out where OpenSSL says that they are.
#[track_caller]
fn names(certificate: &Path) -> [Vec<u8>; 2] {
    let der = der(certificate);
    let parsed = Call::foreign("openssl", ["asn1parse", "-in"])
        .arg(certificate)
        .succeeds()
        .stdout;
    // "   28:d=2  hl=2 l=  21 cons: SEQUENCE"
    let numbers = |line: &str| -> Option<(usize, usize)> {
        let (offset, rest) = line.trim().split_once(":d=2  hl=")?;
        let (header, rest) = rest.split_once(" l=")?;
        let (length, _) = rest.split_once(" cons: SEQUENCE")?;
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let offset = number(offset)?;
        Some((offset, offset + number(header)? + number(length)?))
    };
    let sequences: Vec<(usize, usize)> = parsed.lines().filter_map(numbers).collect();
    // The first is the algorithm of the signature, the third the validity.
    [1, 3].map(|at| der[sequences[at].0..sequences[at].1].to_vec())
}

#[track_caller]
fn extension(certificate: &Path, name: &str) -> String {
    let shown = Call::foreign("openssl", ["x509", "-noout", "-ext", name, "-in"])
        .arg(certificate)
        .succeeds()
        .stdout;
    let value = shown.lines().nth(1).unwrap_or_default();
    value.trim().trim_start_matches("keyid:").to_owned()
}

/// Subject, string types and key identifier of the CA stand in what is issued under it.
#[track_caller]
fn is_issued_under(certificate: &Path, authority: &Path) {
    let [issuer, _] = names(certificate);
    let [_, subject] = names(authority);
    assert_eq!(issuer, subject, "{}", certificate.display());
    let [theirs, ours] = [
        extension(authority, "subjectKeyIdentifier"),
        extension(certificate, "authorityKeyIdentifier"),
    ];
    assert!(!theirs.is_empty());
    assert_eq!(ours, theirs, "{}", certificate.display());
}

/// The whole way of one imported CA.
#[track_caller]
fn goes_on_as_it_was(foreign: Foreign) {
    let imported = Imported::new(foreign);
    let authority = imported.certificate();
    assert_eq!(der(&authority), der(&imported.foreign.certificate));
    let ours = imported.issue("ours.example.com");
    is_issued_under(&ours.certificate, &authority);
    let by_openssl = imported.openssl_issues("theirs.example.com");
    is_issued_under(&by_openssl, &authority);
    let again = imported.issue("again.example.com");
    let theirs = imported.foreign.host.clone();
    let sent = [&ours.certificate, &by_openssl, &again.certificate, &theirs];
    let trusted: &Path = &authority;
    assert_trusted_under_others(&sent.map(|sent| (Meeting { trusted, sent }, true)));
    let serials = ledger_serials(&imported.dir());
    for host in sent {
        assert!(serials.contains(&openssl::serial(host)), "{serials:?}");
    }
    revokes_theirs(&imported, &theirs);
    check_call(&imported.dir()).succeeds();
}

/// We revoke what they issued, OpenSSL what we issued; a list is made where the CA may sign lists.
#[track_caller]
fn revokes_theirs(imported: &Imported, theirs: &Path) {
    let dir = imported.dir();
    let serial = openssl::serial(theirs);
    Call::trustpack(["cert", "revoke", &serial, "--ca"])
        .arg(&dir)
        .succeeds();
    let ours = newest(&dir, "again").serial;
    let copy = format!("repository/{ours}.pem");
    Call::foreign("openssl", openssl::CA)
        .args(["-revoke", &copy])
        .within(&dir)
        .succeeds();
    let create = Call::trustpack(["crl", "create", "--ca"]).arg(&dir);
    if !imported.foreign.signs_lists {
        create.refused("sign");
        return;
    }
    create.succeeds();
    let list = dir.join("ca_conf/crl.pem");
    let on_list = lists::serials(&list);
    assert!(on_list.contains(&serial) && on_list.contains(&ours));
    lists::assert_judged(&imported.certificate(), &list, theirs, true);
    Call::foreign("openssl", openssl::CA)
        .args(["-gencrl", "-out", "ca_conf/crl.pem"])
        .within(&dir)
        .succeeds();
    lists::assert_judged(&imported.certificate(), &list, theirs, true);
}

#[test]
fn of_openssl_with_string_types_and_an_identifier_of_its_own() {
    goes_on_as_it_was(makers::openssl_ca());
}

#[test]
fn of_the_script_of_openssl() {
    goes_on_as_it_was(makers::ca_pl());
}

#[test]
fn of_easy_rsa() {
    let foreign = makers::easy_rsa();
    let revoked = foreign.revoked.clone();
    let imported = Imported::new(foreign);
    let listed = Call::trustpack(["cert", "list", "--state", "revoked", "--ca"])
        .arg(imported.dir())
        .succeeds();
    for serial in &revoked {
        assert!(listed.stdout.contains(serial), "{listed}");
    }
    assert_eq!(revoked.len(), 1);
    goes_on_as_it_was(imported.foreign);
}

#[test]
fn of_mkcert() {
    goes_on_as_it_was(makers::mkcert());
}

#[test]
fn of_minica() {
    goes_on_as_it_was(makers::minica());
}

/// A certificate and its key, in places that no program keeps.
#[test]
fn of_a_certificate_and_its_key() {
    let foreign = makers::openssl_ca();
    let folder = folder::temporary();
    let dir = folder.path().join("ca");
    Call::trustpack(["ca", "import", "--certificate"])
        .arg(&foreign.certificate)
        .arg("--key")
        .arg(foreign.dir().join("cakey.pem"))
        .arg("--ca")
        .arg(&dir)
        .succeeds();
    Call::trustpack(["cert", "issue", "a.example.com", "--ca"])
        .arg(&dir)
        .args(QUICK_KEY)
        .succeeds();
    is_issued_under(&newest(&dir, "a").certificate, &foreign.certificate);
}

#[test]
fn what_is_no_authority_is_refused_and_nothing_is_made() {
    let folder = folder::temporary();
    let [source, dir] = ["source", "ca"].map(|name| folder.path().join(name));
    fs::create_dir(&source).unwrap();
    let import = || {
        Call::trustpack(["ca", "import", "--ca"])
            .arg(&dir)
            .arg(&source)
    };
    import().refused("holds no authority that is known");
    let foreign = makers::openssl_ca();
    let other = makers::minica();
    for (file, from) in [
        ("rootCA.pem", &foreign.certificate),
        ("rootCA-key.pem", &other.dir().join("cakey.key")),
    ] {
        fs::copy(from, source.join(file)).unwrap();
    }
    import().refused("key");
    assert!(!dir.exists());
}

/// The folder is somebody else's, and so are the names in it.
#[test]
fn a_name_in_the_folder_does_not_act_on_the_terminal() {
    let foreign = makers::openssl_ca();
    let hostile = "a\u{1b}]0;owned\u{7}\nready b.pem";
    let path = foreign.dir().join("newcerts").join(hostile);
    fs::write(path, "no certificate\n").unwrap();
    let folder = folder::temporary();
    let outcome = Call::trustpack(["ca", "import"])
        .arg(foreign.dir())
        .arg("--ca")
        .arg(folder.path().join("ca"))
        .succeeds();
    let outcome = outcome.prints("a\\u{1b}]0;owned\\u{7}\\nready b.pem: ");
    assert!(!outcome.stdout.contains('\u{1b}'), "{outcome}");
}

/// Whatever it would have been: nothing outside is read, and each is said.
#[test]
fn links_that_lead_out_are_left_and_said() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let outside = folder::temporary();
    let moved = [&host.key, &host.pfx, &host.certificate];
    for file in moved {
        let to = outside.path().join(file.file_name().unwrap());
        fs::rename(file, &to).unwrap();
        std::os::unix::fs::symlink(&to, file).unwrap();
    }
    let folder = folder::temporary();
    let imported = Call::trustpack(["ca", "import"])
        .arg(ca.dir())
        .arg("--ca")
        .arg(folder.path().join("ca"))
        .succeeds();
    for file in moved {
        let left = format!("left out  {}: ", file.display());
        assert_eq!(imported.stdout.matches(&left).count(), 1, "{imported}");
    }
    assert!(imported.stdout.contains("outside"), "{imported}");
    let brought = fs::read_dir(folder.path().join("ca/repository")).unwrap();
    let brought: Vec<_> = brought.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(brought, [host.ledger_copy.file_name().unwrap()]);
}

#[test]
fn of_the_pki_folder_of_easy_rsa_each_thing_is_left_out_once() {
    let foreign = makers::easy_rsa();
    let pki = foreign.dir().join("pki");
    fs::write(pki.join("vars"), "# settings\n").unwrap();
    let folder = folder::temporary();
    let imported = Call::trustpack(["ca", "import"])
        .arg(&pki)
        .arg("--ca")
        .arg(folder.path().join("ca"))
        .succeeds();
    assert_eq!(
        imported.stdout.matches("pki/vars: ").count(),
        1,
        "{imported}"
    );
}
