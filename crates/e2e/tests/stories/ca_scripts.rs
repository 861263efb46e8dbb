//! `create_ca.sh` and `create_cert.sh`: links to the program in the CA directory, with the documented
//! flags.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::ca::{HostFiles, assert_in_order, newest};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::{folder, openssl, program};

/// A folder with the links, as an installation makes them.
struct Scripts(TempDir);

impl Scripts {
    fn new() -> Self {
        let folder = folder::temporary();
        for name in ["create_ca.sh", "create_cert.sh"] {
            symlink(program::trustpack(), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    fn with_ca() -> Self {
        let scripts = Self::new();
        scripts.create_ca(&["-CN", "Example CA"]).succeeds();
        scripts
    }

    fn dir(&self) -> &Path {
        self.0.path()
    }

    fn ca_certificate(&self) -> PathBuf {
        self.dir().join("ca_conf/ca_cert.pem")
    }

    fn create_ca(&self, flags: &[&str]) -> Call {
        Call::link(Path::new("./create_ca.sh"), flags).within(self.dir())
    }

    fn create_cert(&self, flags: &[&str]) -> Call {
        Call::link(Path::new("./create_cert.sh"), flags).within(self.dir())
    }

    /// Issues for `a.example.com` with the flags.
    #[track_caller]
    fn issue(&self, flags: &[&str]) -> HostFiles {
        self.create_cert(&["-host", "a.example.com"])
            .args(flags)
            .succeeds();
        newest(self.dir(), "a.example.com")
    }
}

/// The subject of a certificate or request, with the type of each string.
#[track_caller]
fn typed_subject(kind: &str, file: &Path) -> String {
    Call::foreign("openssl", [kind, "-noout", "-subject", "-nameopt"])
        .args(["multiline,show_type", "-in"])
        .arg(file)
        .succeeds()
        .stdout
}

/// The subject that `openssl req -subj` makes of this text.
#[track_caller]
fn subject_by_openssl(text: &str) -> String {
    let folder = folder::temporary();
    let words = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-utf8",
        "-keyout",
        "key.pem",
        "-out",
        "request.pem",
        "-subj",
        text,
    ];
    Call::foreign("openssl", words)
        .within(folder.path())
        .succeeds();
    typed_subject("req", &folder.path().join("request.pem"))
}

#[test]
fn every_documented_flag_has_its_effect() {
    let scripts = Scripts::new();
    let subject = [
        "-E",
        "ops@example.com",
        "-OU",
        "Voice & Chat",
        "-O",
        "Example",
        "-L",
        "Köln",
        "-S",
        "NRW",
        "-C",
        "DE",
    ];
    let want = |cn: &str| {
        subject_by_openssl(&format!(
            "/C=DE/ST=NRW/L=Köln/O=Example/OU=Voice & Chat/CN={cn}/emailAddress=ops@example.com"
        ))
    };
    scripts
        .create_ca(&[
            "-keySz",
            "2048",
            "-dgst",
            "sha512",
            "-time",
            "400",
            "-CN",
            "Example CA",
        ])
        .args(subject)
        .succeeds();
    let ca = scripts.ca_certificate();
    assert_eq!(typed_subject("x509", &ca), want("Example CA"));
    assert_eq!(openssl::days(&ca), 400);
    let text = openssl::text(&ca);
    assert!(text.contains("sha512WithRSAEncryption"), "{text}");
    assert!(text.contains("email:ops@example.com"), "{text}");

    let issued = scripts.issue(&[
        "-keySz",
        "2048",
        "-time",
        "30",
        "-dgst",
        "sha384",
        "-CN",
        "stat one",
        "-IP",
        "10.0.0.1",
        "-SANdomain",
        "b.example.com, A.example.com ,c.example.com",
        "-SANip",
        " ::1, 10.0.0.1",
        subject[0],
        subject[1],
        subject[2],
        subject[3],
        subject[4],
        subject[5],
        subject[6],
        subject[7],
        subject[8],
        subject[9],
        subject[10],
        subject[11],
    ]);
    assert_eq!(typed_subject("x509", &issued.certificate), want("stat one"));
    assert_eq!(openssl::days(&issued.certificate), 30);
    let text = openssl::text(&issued.certificate);
    assert!(text.contains("sha384WithRSAEncryption"), "{text}");
    // Blanks are dropped, and so is what is there already.
    let names = "DNS:a.example.com, DNS:b.example.com, DNS:c.example.com, IP Address:10.0.0.1, \
                 IP Address:0:0:0:0:0:0:0:1, email:ops@example.com\n";
    assert!(text.contains(names), "{text}");
    openssl::verify(
        &ca,
        &["-verify_hostname", "c.example.com"],
        &issued.certificate,
    )
    .succeeds();
    assert_in_order(scripts.dir());
}

#[test]
fn without_flags_the_documented_defaults_hold() {
    let scripts = Scripts::new();
    let created = scripts.create_ca(&["-CN", "Example CA"]).succeeds();
    // Host certificates will be cut to its end.
    created.says("warning: the CA ends on ");
    assert_eq!(openssl::days(&scripts.ca_certificate()), 365);
    let issued = scripts.issue(&["-CN", "a"]);
    assert_eq!(openssl::days(&issued.certificate), 100);
    for certificate in [&scripts.ca_certificate(), &issued.certificate] {
        let text = openssl::text(certificate);
        assert!(text.contains("Public-Key: (2048 bit)"), "{text}");
        assert!(text.contains("sha256WithRSAEncryption"), "{text}");
    }
    assert_in_order(scripts.dir());
}

#[test]
fn two_dashes_do_as_well() {
    let scripts = Scripts::new();
    scripts
        .create_ca(&["--CN", "Example CA", "--OU", "one"])
        .succeeds();
    scripts
        .create_cert(&["--host", "a.example.com", "--CN", "a", "-SANip=10.0.0.1"])
        .succeeds();
    assert_in_order(scripts.dir());
}

/// The date of a certificate's end as the messages write it.
#[track_caller]
fn end_of(certificate: &Path) -> String {
    let shown = Call::foreign(
        "openssl",
        ["x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in"],
    )
    .arg(certificate)
    .succeeds()
    .stdout;
    shown
        .trim()
        .trim_start_matches("notAfter=")
        .replace(' ', "T")
}

#[test]
fn a_host_certificate_is_cut_to_the_end_of_its_ca() {
    let scripts = Scripts::with_ca();
    let issued = scripts
        .create_cert(&["-host", "a.example.com", "-CN", "a", "-time", "1000"])
        .succeeds()
        .says("warning: the certificate was to end on ");
    let ca_end = end_of(&scripts.ca_certificate());
    let host = newest(scripts.dir(), "a.example.com");
    assert_eq!(end_of(&host.certificate), ca_end);
    let warning = issued.stderr;
    let dates = warning
        .split([' ', ',', ';', '\n'])
        .filter(|word| word.len() == ca_end.len() && word.ends_with('Z') && word.contains('T'));
    let dates: Vec<&str> = dates.collect();
    assert!(
        dates.len() == 2 && dates.contains(&ca_end.as_str()),
        "{warning}"
    );
    assert_ne!(dates[0], dates[1]);
}

/// The subject of a host may be that of its CA: the certificate file once stayed empty then.
#[test]
fn a_host_may_be_named_as_its_ca() {
    let scripts = Scripts::with_ca();
    let issued = scripts.issue(&["-CN", "Example CA"]);
    openssl::verify(
        &scripts.ca_certificate(),
        &["-verify_hostname", "a.example.com"],
        &issued.certificate,
    )
    .succeeds();
    assert_in_order(scripts.dir());
}

#[test]
fn odd_names_are_warned_about_or_translated() {
    let scripts = Scripts::with_ca();
    let check = |host: &str, flags: &[&str], warning: &str, name: &str| {
        let issued = scripts
            .create_cert(&["-CN", "x", "-host", host])
            .args(flags)
            .succeeds();
        match warning {
            "" => assert!(!issued.stderr.contains("warning"), "{issued}"),
            words => drop(issued.says(words)),
        }
        let ledger_copy = newest(scripts.dir(), "x").ledger_copy;
        let text = openssl::text(&ledger_copy);
        assert!(text.contains(name), "{text}");
    };
    check(
        "a_b.example.com",
        &[],
        "a_b.example.com contains an underscore",
        "DNS:a_b.example.com\n",
    );
    check("bücher.example", &[], "", "DNS:xn--bcher-kva.example\n");
    check("Upper.Example.COM", &[], "", "DNS:upper.example.com\n");
    check(
        "a.example.com",
        &["-SANdomain", "*.example.com"],
        "*.example.com",
        "DNS:a.example.com, DNS:*.example.com\n",
    );
}

#[test]
fn help_is_asked_for_in_three_ways() {
    let scripts = Scripts::new();
    for flag in ["-h", "-help", "--help"] {
        scripts.create_ca(&[flag]).succeeds().prints("keySz");
        scripts.create_cert(&[flag]).succeeds().prints("SANdomain");
    }
}

/// What is wrong, the value found and what is allowed; nothing is written.
#[track_caller]
fn check_refused(script: Call, dir: &Path, code: i32, words: &[&str]) {
    let before = folder::listing(dir);
    let outcome: Outcome = script.exits_with(code);
    for part in words {
        assert!(
            outcome.stderr.contains(part),
            "{part:?} is missing: {outcome}"
        );
    }
    folder::assert_unchanged(dir, &before);
}

#[test]
fn create_ca_refuses_what_makes_no_sense() {
    let scripts = Scripts::new();
    let long = "x".repeat(65);
    let check = |flags: &[&str], code: i32, words: &[&str]| {
        check_refused(scripts.create_ca(flags), scripts.dir(), code, words);
    };
    let cn = "-CN";
    check(&[], 2, &["CN"]);
    check(&[cn], 2, &["CN"]);
    check(&[cn, "x", "extra"], 2, &["extra"]);
    check(&[cn, "x", "-nonsense"], 2, &["unexpected argument"]);
    check(&[cn, "x", cn, "y"], 2, &["CN"]);
    check(&[cn, "x", "-keySz", "1024"], 2, &["1024", "2048"]);
    check(&[cn, "x", "-keySz", "many"], 2, &["many", "whole number"]);
    check(
        &[cn, "x", "-dgst", "sha1"],
        2,
        &["SHA-1 is not signed by this version", "sha256, sha384"],
    );
    check(
        &[cn, "x", "-dgst", "sha224"],
        2,
        &["SHA-224 is not signed by this version", "sha256"],
    );
    check(&[cn, "x", "-dgst", "md5"], 2, &["md5", "sha256"]);
    check(&[cn, "x", "-time", "0"], 2, &["0 days", "1 to"]);
    check(&[cn, "x", "-time", "-1"], 2, &["-1"]);
    check(
        &[cn, "x", "-time", "99999999999999999999"],
        2,
        &["99999999999999999999"],
    );
    check(&[cn, "x", "-E", "nobody"], 2, &["nobody", "local@domain"]);
    check(&[cn, &long], 1, &["65 characters", "at most 64"]);
    check(&[cn, ""], 1, &["empty"]);
    check(&[cn, "x", "-C", "DEU"], 1, &["\"DEU\"", "two letters"]);
    check(&[cn, "x", "-OU", "a\tb"], 1, &["'\\t'", "(OU)"]);
}

#[test]
fn create_cert_refuses_what_makes_no_sense() {
    let scripts = Scripts::with_ca();
    let check = |flags: &[&str], code: i32, words: &[&str]| {
        let call = scripts.create_cert(&["-CN", "x"]).args(flags);
        check_refused(call, scripts.dir(), code, words);
    };
    let host = ["-host", "a.example.com"];
    let with = |flags: [&'static str; 2]| [host[0], host[1], flags[0], flags[1]];
    check(&[], 2, &["host"]);
    check(
        &["-host", "a/b.example.com"],
        2,
        &["\"a/b.example.com\"", "'/'", "letters, digits"],
    );
    check(&with(["-IP", "300.1.1.1"]), 2, &["300.1.1.1"]);
    check(&with(["-SANip", "10.0.0.1, ten"]), 2, &["\"ten\""]);
    check(
        &with(["-SANdomain", "b.example.com,c d"]),
        2,
        &["\"c d\"", "letters, digits"],
    );
    check(
        &with(["-SANdomain", "a.*.example.com"]),
        2,
        &["a.*.example.com"],
    );
    check(
        &with(["-dgst", "sha1"]),
        2,
        &["SHA-1 is not signed by this version"],
    );
    check(&with(["-password-file", "missing"]), 1, &["missing"]);
    check(&with(["-ca-password-file", "missing"]), 1, &["missing"]);
    check(
        &with(["-key-group", "no-such-group"]),
        1,
        &["no-such-group"],
    );
    check(&with(["-C", "D"]), 1, &["\"D\"", "two letters"]);
}

#[test]
fn a_folder_without_a_ca_is_named() {
    let scripts = Scripts::new();
    let call = scripts.create_cert(&["-host", "a.example.com", "-CN", "a"]);
    check_refused(call, scripts.dir(), 1, &["no CA directory", "ca_conf"]);
    scripts.create_ca(&["-CN", "First"]).succeeds();
    let call = scripts.create_ca(&["-CN", "Second"]);
    check_refused(
        call,
        scripts.dir(),
        1,
        &["has a CA already", "CN=First", "nothing was changed"],
    );
}
