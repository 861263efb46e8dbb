//! `create_ca.sh` and `create_cert.sh`: links to the program in the CA directory, with the documented
//! flags.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::ca::{HostFiles, assert_in_order, newest};
use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, openssl, program};

/// A folder with the links, as an installation makes them.
pub(crate) struct Scripts(TempDir);

impl Scripts {
    pub(crate) fn new() -> Self {
        let folder = folder::temporary();
        for name in ["create_ca.sh", "create_cert.sh"] {
            symlink(program::trustpack(), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn with_ca() -> Self {
        let scripts = Self::new();
        scripts.create_ca(&["-CN", "Example CA"]).succeeds();
        scripts
    }

    pub(crate) fn dir(&self) -> &Path {
        self.0.path()
    }

    fn ca_certificate(&self) -> PathBuf {
        self.dir().join("ca_conf/ca_cert.pem")
    }

    pub(crate) fn create_ca(&self, flags: &[&str]) -> Call {
        Call::link(Path::new("./create_ca.sh"), flags).within(self.dir())
    }

    pub(crate) fn create_cert(&self, flags: &[&str]) -> Call {
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

/// Flags of a subject, in another order than that of a DN.
const SUBJECT: &str = "-E ops@example.com -OU Voice&Chat -O Example -L Köln -S NRW -C DE";

/// The subject that OpenSSL makes of [`SUBJECT`] with a common name.
#[track_caller]
fn want_subject(common_name: &str) -> String {
    subject_by_openssl(&format!(
        "/C=DE/ST=NRW/L=Köln/O=Example/OU=Voice&Chat/CN={common_name}/emailAddress=ops@example.com"
    ))
}

#[track_caller]
fn assert_has(certificate: &Path, facts: &[&str]) {
    let text = openssl::text(certificate);
    for fact in facts {
        assert!(text.contains(fact), "{fact:?} is missing in\n{text}");
    }
}

/// What was typed is shown as it was typed; options have one dash.
#[test]
fn values_with_dashes_are_shown_as_they_are() {
    let scripts = Scripts::with_ca();
    for (host, shown) in [
        ("xn--a.example.com", "'xn--a.example.com' for '-host"),
        ("bad--name x", "'bad--name x' for '-host"),
    ] {
        let call = scripts.create_cert(&["-host", host, "-CN", "x"]);
        call.exits_with(2).says(shown);
    }
    let call = scripts.create_cert(&["-hots", "a.example.com", "-CN", "x"]);
    call.exits_with(2).says("'-hots'");
}

#[test]
fn every_documented_flag_of_create_ca_has_its_effect() {
    let scripts = Scripts::new();
    let flags = format!("-keySz 3072 -dgst sha512 -time 400 -CN Authority {SUBJECT}");
    let flags: Vec<&str> = flags.split(' ').collect();
    scripts.create_ca(&flags).succeeds();
    let ca = scripts.ca_certificate();
    assert_eq!(typed_subject("x509", &ca), want_subject("Authority"));
    assert_eq!(openssl::days(&ca), 400);
    let facts = [
        "(3072 bit)",
        "sha512WithRSAEncryption",
        "email:ops@example.com",
    ];
    assert_has(&ca, &facts);
}

#[test]
fn every_documented_flag_of_create_cert_has_its_effect() {
    let scripts = Scripts::with_ca();
    let flags = format!("-keySz 2048 -time 30 -dgst sha384 -CN stat -IP 10.0.0.1 {SUBJECT}");
    let mut flags: Vec<&str> = flags.split(' ').collect();
    flags.extend(["-SANdomain", "b.example.com, A.example.com ,c.example.com"]);
    flags.extend(["-SANip", " ::1, 10.0.0.1"]);
    let HostFiles { certificate, .. } = scripts.issue(&flags);
    assert_eq!(typed_subject("x509", &certificate), want_subject("stat"));
    assert_eq!(openssl::days(&certificate), 30);
    // Blanks are dropped, and so is what is there already.
    let names = "DNS:a.example.com, DNS:b.example.com, DNS:c.example.com, IP Address:10.0.0.1, \
                 IP Address:0:0:0:0:0:0:0:1, email:ops@example.com\n";
    assert_has(
        &certificate,
        &["(2048 bit)", "sha384WithRSAEncryption", names],
    );
    let c = ["-verify_hostname", "c.example.com"];
    openssl::verify(&scripts.ca_certificate(), &c, &certificate).succeeds();
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
