//! Programs that look for weaknesses of TLS servers find none: sslscan, sslyze and testssl.sh.
//!
//! Each complaint that stands is an exception with its reason, and an exception that is not needed any more is a failure.

use std::fs;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::Service;
use trustpack_e2e::tunnel::Tunnel;

const HOST: &str = "host.example.com";

/// A tunnel with a certificate as our own CA issues it.
struct Scanned {
    ca: TestCa,
    tunnel: Tunnel,
    _service: Service,
}

impl Scanned {
    fn start() -> Self {
        let ca = TestCa::new();
        let files = ca.issue(HOST, &[]);
        let service = Service::returning_at_end();
        let options = [
            ("--certificate", files.certificate),
            ("--certificate-key", files.key),
            ("--trusted-ca", ca.conf("ca_cert.pem")),
        ];
        let options = options
            .into_iter()
            .flat_map(|(name, value)| [name.into(), value.into_os_string()]);
        let tunnel = Tunnel::server(service.address(), options);
        Self {
            ca,
            tunnel,
            _service: service,
        }
    }
}

#[test]
fn sslyze_says_that_it_complies_with_mozillas_intermediate_configuration() {
    let scanned = Scanned::start();
    let port = scanned.tunnel.address().port();
    let target = format!("{HOST}:{port}{{127.0.0.1}}");
    let call = Call::python("sslyze", ["--mozilla_config", "intermediate"])
        .arg("--certinfo_ca_file")
        .arg(scanned.ca.conf("ca_cert.pem"))
        .arg(target);
    call.succeeds().prints("OK - Compliant.");
}

#[test]
fn sslscan_finds_only_what_is_to_be_there() {
    let scanned = Scanned::start();
    let target = scanned.tunnel.address().to_string();
    let call = Call::foreign("sslscan", ["--no-colour", &target]);
    let found = call.succeeds().stdout;
    for line in [
        "SSLv2     disabled",
        "SSLv3     disabled",
        "TLSv1.0   disabled",
        "TLSv1.1   disabled",
        "TLSv1.2   enabled",
        "TLSv1.3   enabled",
        "Session renegotiation not supported",
        "TLSv1.3 not vulnerable to heartbleed",
        "TLSv1.2 not vulnerable to heartbleed",
    ] {
        assert!(found.contains(line), "{line:?} is not in {found}");
    }
    let suites = found.lines().filter(|line| {
        let line = line.trim_start();
        line.starts_with("Accepted") || line.starts_with("Preferred")
    });
    let mut count = 0;
    for suite in suites {
        count += 1;
        let strong = suite.contains("GCM") || suite.contains("CHACHA20");
        assert!(strong && suite.contains("DHE"), "{suite}");
    }
    assert_eq!(count, 6, "{found}");
}

/// What testssl.sh complains of: its word for it, how bad it finds it, and why it stands.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "cipher_order",
        "HIGH",
        "the client chooses among suites that are all strong, so that one without AES in hardware gets ChaCha20; \
         Mozilla's configuration demands just that",
    ),
    (
        "RC4",
        "WARN",
        "its own OpenSSL cannot ask for it; sslscan's answer is above",
    ),
];

#[test]
#[ignore = "takes minutes; ./test --long runs it"]
fn testssl_finds_nothing_to_complain_of() {
    let scanned = Scanned::start();
    let folder = folder::temporary();
    let report = folder.path().join("report.json");
    let call = Call::foreign("testssl", ["--color", "0", "--warnings", "off", "--fast"])
        .args(["--jsonfile".as_ref(), report.as_os_str()])
        .args(["-s", "-p", "-P", "-U", "-g"])
        .arg(scanned.tunnel.address().to_string());
    call.run();
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let complaints = report.as_array().unwrap().iter().filter_map(|found| {
        let word = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        let bad = !matches!(&*word("severity"), "OK" | "INFO" | "DEBUG");
        bad.then(|| (word("id"), word("severity")))
    });
    let mut complaints: Vec<_> = complaints.collect();
    complaints.sort();
    let mut expected = EXCEPTIONS.map(|(id, severity, _)| (id.to_owned(), severity.to_owned()));
    expected.sort();
    assert_eq!(complaints, expected, "{report:#}");
}
