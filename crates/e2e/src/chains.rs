//! Who accepts the file that a host sends: OpenSSL, Java and our judge, asked the same; and what an
//! independent linter finds in two certificates of which one signed the other.

use std::path::Path;

use crate::call::Call;
use crate::java;

/// A peer with one trusted file, and what a host sends it.
#[derive(Clone, Copy, Debug)]
pub struct Meeting<'a> {
    /// All that the peer trusts.
    pub trusted: &'a Path,
    /// The certificate of the host, and what follows it.
    pub sent: &'a Path,
}

/// Fails unless OpenSSL, GnuTLS, Java and our judge all give `wanted` for each meeting. OpenSSL looks at
/// every rule of RFC 5280.
#[track_caller]
pub fn assert_trusted(meetings: &[(Meeting<'_>, bool)]) {
    assert_all(meetings, &["-x509_strict"]);
}

/// The same for an authority that somebody else made, which may break rules that OpenSSL looks at on request
/// only.
#[track_caller]
pub fn assert_trusted_under_others(meetings: &[(Meeting<'_>, bool)]) {
    assert_all(meetings, &[]);
}

#[track_caller]
fn assert_all(meetings: &[(Meeting<'_>, bool)], openssl: &[&str]) {
    let by_java = by_java(meetings);
    for ((meeting, wanted), by_java) in meetings.iter().zip(by_java) {
        let found = [
            ("OpenSSL", by_openssl(*meeting, openssl)),
            ("GnuTLS", by_gnutls(*meeting)),
            ("Java", by_java),
            ("Trustpack", by_trustpack(*meeting)),
        ];
        for (who, answer) in found {
            assert_eq!(
                answer.is_ok(),
                *wanted,
                "{who} on {meeting:?}: {}",
                answer.err().unwrap_or_default()
            );
        }
    }
}

fn by_openssl(meeting: Meeting<'_>, options: &[&str]) -> Result<(), String> {
    let words = ["verify", "-purpose", "sslserver", "-no-CApath"];
    let outcome = Call::foreign("openssl", words)
        .args(options)
        .arg("-CAfile")
        .arg(meeting.trusted)
        .arg("-untrusted")
        .arg(meeting.sent)
        .arg(meeting.sent)
        .run();
    outcome.status.success().then_some(()).ok_or(outcome.stderr)
}

fn by_gnutls(meeting: Meeting<'_>) -> Result<(), String> {
    let outcome = Call::foreign("certtool", ["--verify", "--load-ca-certificate"])
        .arg(meeting.trusted)
        .arg("--infile")
        .arg(meeting.sent)
        .run();
    outcome.status.success().then_some(()).ok_or(outcome.stdout)
}

fn by_trustpack(meeting: Meeting<'_>) -> Result<(), String> {
    let outcome = Call::trustpack(["cert", "verify"])
        .arg(meeting.sent)
        .arg("--trusted-ca")
        .arg(meeting.trusted)
        .run();
    outcome.status.success().then_some(()).ok_or(outcome.stdout)
}

#[track_caller]
fn by_java(meetings: &[(Meeting<'_>, bool)]) -> Vec<Result<(), String>> {
    let files = meetings
        .iter()
        .flat_map(|(meeting, _)| [meeting.trusted, meeting.sent]);
    let outcome = java::program("Trusts").args(files).succeeds();
    let answers: Vec<_> = outcome
        .stdout
        .lines()
        .map(|line| match line {
            "yes" => Ok(()),
            no => Err(no.to_owned()),
        })
        .collect();
    assert_eq!(answers.len(), meetings.len(), "{outcome}");
    answers
}

/// Fails unless PyPI `pkilint` finds nothing wrong in each pair of a signer's certificate and one that it
/// signed.
#[track_caller]
pub fn assert_linted(pairs: &[(&Path, &Path)]) {
    const LINT: &str = "import sys
from pkilint.bin.lint_pkix_signer_signee_cert_chain import main as pair
from pkilint.bin.lint_pkix_cert import main as alone
for issuer, subject in zip(sys.argv[1::2], sys.argv[2::2]):
    pair(['lint', '-s', 'WARNING', issuer, subject])
    alone(['lint', '-s', 'WARNING', subject])
";
    let files = pairs.iter().flat_map(|(issuer, subject)| [issuer, subject]);
    let outcome = Call::python("python3", ["-c", LINT]).args(files).succeeds();
    assert_eq!(outcome.stdout.trim(), "", "{outcome}");
}
