//! Programs that are not ours take a good certificate of ours, and refuse the revoked, the expired and that
//! of another name, each for that reason: in files, and from a server that sends it.
//!
//! `keytool` is not among them, since it judges nothing: the TLS client of Java does.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::lists::{crl, revoke};
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::{folder, java, openssl};

/// A CA with a list, and three hosts of it: `good`, `revoked`, `expired`.
struct Site {
    ca: TestCa,
    /// A database of NSS that trusts the CA and has the list.
    nss: tempfile::TempDir,
}

/// What each program says of a case; nothing where it takes the certificate.
struct Case {
    host: &'static str,
    /// The name by which the server is asked for.
    name: &'static str,
    openssl: Option<&'static str>,
    gnutls: Option<&'static str>,
    /// Of `vfychain`, which checks no names, and of `tstclnt`.
    nss: [Option<&'static str>; 2],
    java: Option<&'static str>,
    /// The step of ours that failed.
    ours: Option<&'static str>,
}

const CASES: [Case; 4] = [
    Case {
        host: "good",
        name: "good.example.com",
        openssl: None,
        gnutls: None,
        nss: [None, None],
        java: None,
        ours: None,
    },
    Case {
        host: "good",
        name: "other.example.com",
        openssl: Some("hostname mismatch"),
        gnutls: Some("The name in the certificate does not match the expected"),
        nss: [None, Some("SSL_ERROR_BAD_CERT_DOMAIN")],
        java: Some("No subject alternative DNS name matching other.example.com found"),
        ours: Some("name"),
    },
    Case {
        host: "revoked",
        name: "revoked.example.com",
        openssl: Some("certificate revoked"),
        gnutls: Some("The certificate chain is revoked"),
        nss: [
            Some("Peer's Certificate has been revoked"),
            Some("SEC_ERROR_REVOKED_CERTIFICATE"),
        ],
        java: Some("Certificate has been revoked, reason: SUPERSEDED"),
        ours: Some("revocation"),
    },
    Case {
        host: "expired",
        name: "expired.example.com",
        openssl: Some("certificate has expired"),
        gnutls: Some("The certificate chain uses expired certificate"),
        nss: [
            Some("Peer's Certificate has expired"),
            Some("SEC_ERROR_EXPIRED_CERTIFICATE"),
        ],
        java: Some("NotAfter"),
        ours: Some("dates"),
    },
];

impl Site {
    #[track_caller]
    fn new() -> Self {
        let ca = TestCa::with(&["--key", "rsa-2048"]);
        let site = Self {
            ca,
            nss: folder::temporary(),
        };
        for host in ["good", "revoked"] {
            let files = site.ca.issue(&format!("{host}.example.com"), &[]);
            for (from, to) in [(&files.certificate, "pem"), (&files.key, "key")] {
                std::fs::copy(from, site.file(host, to)).unwrap();
            }
            if host == "revoked" {
                revoke(&site.ca, &[&files.serial, "--reason", "superseded"]).succeeds();
            }
        }
        site.issue_expired();
        crl(&site.ca, &["create"]).succeeds();
        let der = site.ca.dir().join("list.der");
        crl(&site.ca, &["create", "--der", "--out"])
            .arg(&der)
            .succeeds();
        site.certutil("-N --empty-password").succeeds();
        site.certutil("-A -n ca -t C,, -i")
            .arg(site.trusted())
            .succeeds();
        Call::foreign("crlutil", ["-I", "-d", &site.database(), "-i"])
            .arg(&der)
            .succeeds();
        site
    }

    /// Our CA issues for days to come only: OpenSSL issues for days gone by, in the same folder.
    #[track_caller]
    fn issue_expired(&self) {
        openssl::request(self.ca.dir(), "expired", "expired.example.com");
        let dates = "-startdate 20250101000000Z -enddate 20250201000000Z";
        Call::foreign("openssl", openssl::CA)
            .args([
                "-batch",
                "-notext",
                "-in",
                "expired.csr",
                "-out",
                "expired.pem",
            ])
            .args(dates.split(' '))
            .within(self.ca.dir())
            .succeeds();
    }

    fn file(&self, host: &str, end: &str) -> PathBuf {
        self.ca.dir().join(format!("{host}.{end}"))
    }

    fn trusted(&self) -> PathBuf {
        self.ca.conf("ca_cert.pem")
    }

    fn list(&self) -> PathBuf {
        self.ca.conf("crl.pem")
    }

    fn database(&self) -> String {
        format!("sql:{}", self.nss.path().display())
    }

    fn certutil(&self, words: &str) -> Call {
        Call::foreign("certutil", ["-d", &self.database()]).args(words.split(' '))
    }

    fn serve(&self, host: &str) -> ReversingServer {
        ReversingServer::start(&self.file(host, "pem"), &self.file(host, "key"), [""; 0])
    }
}

/// It takes the certificate, or refuses it with these words.
#[track_caller]
fn decides(outcome: &Outcome, refusal: Option<&str>) {
    assert_eq!(outcome.status.success(), refusal.is_none(), "{outcome}");
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    let words = refusal.unwrap_or_default();
    assert!(said.contains(words), "{words:?} is not said: {outcome}");
}

#[test]
fn in_files() {
    let site = Site::new();
    let [trusted, list] = [site.trusted(), site.list()];
    for case in CASES {
        let file = site.file(case.host, "pem");
        let options = [
            "-crl_check",
            "-CRLfile",
            list.to_str().unwrap(),
            "-verify_hostname",
            case.name,
            "-purpose",
            "sslserver",
        ];
        decides(
            &openssl::verify(&trusted, &options, &file).run(),
            case.openssl,
        );
        let certtool = Call::foreign("certtool", ["--verify", "--load-ca-certificate"])
            .arg(&trusted)
            .arg("--load-crl")
            .arg(&list)
            .arg("--infile")
            .arg(&file)
            .args(["--verify-hostname", case.name])
            .run();
        decides(&certtool, case.gnutls);
        let vfychain = Call::foreign("vfychain", ["-d", &site.database()])
            .args(["-u", "1", "-a"])
            .arg(&file)
            .run();
        decides(&vfychain, case.nss[0]);
        ours(&file, &trusted, &list, &case);
    }
}

#[track_caller]
fn ours(file: &Path, trusted: &Path, list: &Path, case: &Case) {
    let outcome = Call::trustpack(["cert", "verify", "--host", case.name])
        .arg(file)
        .arg("--trusted-ca")
        .arg(trusted)
        .arg("--crl")
        .arg(list)
        .run();
    let failed = case.ours.map(|step| format!("that failed: {step}"));
    decides(&outcome, failed.as_deref());
}

#[test]
fn from_a_server() {
    let site = Site::new();
    let servers = CASES.map(|case| site.serve(case.host));
    let mut java = java::program("Meets").arg(site.trusted()).arg(site.list());
    for (case, server) in CASES.iter().zip(&servers) {
        let address = server.address();
        decides(&by_openssl(&site, address, case.name), case.openssl);
        decides(&by_gnutls(&site, address, case.name), case.gnutls);
        decides(&by_nss(&site, address, case.name), case.nss[1]);
        java = java.args([
            &address.ip().to_string(),
            &address.port().to_string(),
            case.name,
        ]);
    }
    let outcome = java.succeeds();
    let answers: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(answers.len(), CASES.len(), "{outcome}");
    for (case, answer) in CASES.iter().zip(answers) {
        let words = case.java.unwrap_or("yes");
        assert!(answer.contains(words), "{words:?} is not in {outcome}");
    }
}

fn by_openssl(site: &Site, server: SocketAddr, name: &str) -> Outcome {
    // Its input is empty: it ends after the handshake.
    Call::foreign("openssl", ["s_client", "-verify_return_error", "-connect"])
        .arg(server.to_string())
        .arg("-CAfile")
        .arg(site.trusted())
        .args(["-verify_hostname", name, "-crl_check", "-CRL"])
        .arg(site.list())
        .run()
}

fn by_gnutls(site: &Site, server: SocketAddr, name: &str) -> Outcome {
    Call::foreign("gnutls-cli", ["--x509cafile"])
        .arg(site.trusted())
        .arg("--x509crlfile")
        .arg(site.list())
        .args(["--verify-hostname", name])
        .args(["--port", &server.port().to_string()])
        .arg(server.ip().to_string())
        .run()
}

fn by_nss(site: &Site, server: SocketAddr, name: &str) -> Outcome {
    Call::foreign("tstclnt", ["-Q", "-V", "tls1.2:", "-d", &site.database()])
        .args(["-h", &server.ip().to_string()])
        .args(["-p", &server.port().to_string()])
        .args(["-a", name])
        .run()
}
