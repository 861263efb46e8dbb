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
        // A CA whose certificates say where its list is: that they say nothing of revocation is a complaint.
        let list = ["--crl-distribution-point", "http://pki.example.com/ca.crl"];
        let ca = TestCa::with(&[["--key", "ecdsa-p256"], list].concat());
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

/// What sslscan writes in red, and why it stands.
const SSLSCAN_EXCEPTIONS: [(&str, &str); 3] = [
    (
        "Server does not support TLS Fallback SCSV",
        "RFC 7507 keeps a client from being talked down to a version below the highest of the server: with 1.2 and 1.3 alone a server \
     has none to be talked down to but 1.2, and then marks its random number (RFC 8446 section 4.1.3). testssl.sh has nothing \
     against it",
    ),
    (
        "OpenSSL version does not support compression",
        "it says that of the OpenSSL that it uses itself: it cannot ask for compression. testssl.sh can, and finds none",
    ),
    (
        "Rebuild with zlib1g-dev package for zlib support",
        "the same",
    ),
];

/// Whether sslscan writes part of a line in red or yellow, which are the colours of what is bad or doubtful; or on red ground.
fn is_complaint(line: &str) -> bool {
    ["\u{1b}[31m", "\u{1b}[33m", "\u{1b}[41m"]
        .iter()
        .any(|colour| line.contains(colour))
}

/// The same without what is for terminals.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or(piece, |(_, after)| after));
    }
    plain
}

#[test]
fn sslscan_finds_only_what_is_to_be_there() {
    let scanned = Scanned::start();
    let target = scanned.tunnel.address().to_string();
    let found = Call::foreign("sslscan", [&target]).succeeds().stdout;
    let complaints = found.lines().filter(|line| is_complaint(line));
    let complaints: Vec<_> = complaints.map(without_colours).collect();
    let excepted: Vec<_> = SSLSCAN_EXCEPTIONS.iter().map(|(words, _)| *words).collect();
    assert_eq!(complaints, excepted, "{found}");
    let found = without_colours(&found);
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
type Exception = (&'static str, &'static str, &'static str);

const EXCEPTIONS: [Exception; 1] = [(
    "engine_problem",
    "WARN",
    "it says that of the OpenSSL that it uses itself, which cannot do GOST",
)];

/// What it complains of at times, for which it is itself to blame.
const BY_CHANCE: [Exception; 1] = [(
    "sessionresumption_ticket",
    "WARN",
    "it hangs up right after its handshake; where the ticket of TLS 1.3 comes too late for that it has nothing to resume with, and calls that a problem of connecting",
)];

/// Its checks, all but those of what stands behind a tunnel: the headers of HTTP (`-h`), and what BREACH makes of them, which
/// it leaves out by itself where no HTTP is spoken.
const ALL_CHECKS: [&str; 9] = ["-p", "-g", "-s", "-f", "-P", "-S", "-U", "-E", "-c"];

/// Those of versions, suites, groups and certificates, with fewer handshakes.
const QUICK_CHECKS: [&str; 5] = ["--fast", "-p", "-P", "-S", "-f"];

/// Simulated clients that get no connection, since they speak nothing that both ends allow.
const TOO_OLD: [&str; 4] = ["ie_6_xp", "ie_8_win7", "ie_8_xp", "java_7u25"];

/// What testssl.sh says of a tunnel.
struct Judged(Value);

impl Judged {
    #[track_caller]
    fn by(checks: &[&str]) -> Self {
        let scanned = Scanned::start();
        let folder = folder::temporary();
        let report = folder.path().join("report.json");
        let address = scanned.tunnel.address();
        let host = format!("{HOST}:{}", address.port());
        // It asks no name server: the name is of no host.
        let call = Call::foreign("testssl", ["--color", "0", "--warnings", "off"])
            .args(["--nodns", "none", "--ip", &address.ip().to_string()])
            .args([
                "--add-ca".as_ref(),
                scanned.ca.conf("ca_cert.pem").as_os_str(),
            ])
            .args(["--jsonfile".as_ref(), report.as_os_str()])
            .args(checks)
            .arg(host);
        call.run();
        Self(serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap())
    }

    /// Word, badness and text of each finding.
    fn findings(&self) -> impl Iterator<Item = [&str; 3]> {
        let found = self.0.as_array().unwrap().iter();
        found.map(|found| {
            ["id", "severity", "finding"].map(|key| found[key].as_str().unwrap_or_default())
        })
    }

    #[track_caller]
    fn complains_only_of_what_is_excepted(&self) {
        let bad = |severity: &str| !matches!(severity, "OK" | "INFO" | "DEBUG");
        let by_chance = |found: (&str, &str)| {
            let mut all = BY_CHANCE.iter();
            all.any(|(id, severity, _)| (*id, *severity) == found)
        };
        let complaints = self.findings();
        let complaints =
            complaints.filter(|[id, severity, _]| bad(severity) && !by_chance((id, severity)));
        let mut complaints: Vec<_> = complaints.map(|[id, severity, _]| (id, severity)).collect();
        complaints.sort_unstable();
        let expected = EXCEPTIONS.iter().map(|(id, severity, _)| (*id, *severity));
        let mut expected: Vec<_> = expected.collect();
        expected.sort_unstable();
        assert_eq!(complaints, expected, "{:#}", self.0);
    }

    /// Fails unless it says this of that.
    #[track_caller]
    fn says(&self, id: &str, words: &str) {
        let mut found = self.findings().filter(|[other, _, _]| *other == id);
        let said = found
            .next()
            .unwrap_or_else(|| panic!("nothing of {id}: {:#}", self.0));
        assert!(said[2].contains(words), "{said:?}");
    }
}

#[test]
fn testssl_in_a_hurry_finds_nothing_to_complain_of() {
    let judged = Judged::by(&QUICK_CHECKS);
    judged.complains_only_of_what_is_excepted();
    for (id, words) in [
        ("TLS1_1", "not offered"),
        ("TLS1_3", "offered"),
        ("cert_trust", "Ok via SAN"),
        ("PFS", "offered"),
    ] {
        judged.says(id, words);
    }
}

#[test]
#[ignore = "takes minutes; ./test --long runs it"]
fn testssl_finds_nothing_to_complain_of() {
    let judged = Judged::by(&ALL_CHECKS);
    judged.complains_only_of_what_is_excepted();
    for (id, words) in [
        ("heartbleed", "not vulnerable"),
        ("secure_client_renego", "not vulnerable"),
        ("RC4", "not vulnerable"),
        ("cipher_order", "server"),
        ("cert_trust", "Ok via SAN"),
        ("cert_chain_of_trust", "passed."),
    ] {
        judged.says(id, words);
    }
    let clients = judged.findings().filter_map(|[id, _, finding]| {
        let client = id.strip_prefix("clientsimulation-")?;
        Some((client, finding))
    });
    let (without, with): (Vec<_>, Vec<_>) =
        clients.partition(|(_, finding)| *finding == "No connection");
    let without: Vec<_> = without.into_iter().map(|(client, _)| client).collect();
    assert_eq!(without, TOO_OLD, "{with:?}");
    assert!(with.len() > 20, "{with:?}");
}
