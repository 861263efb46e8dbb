//! Revoking, and revocation lists as OpenSSL sees them.

use std::path::Path;

use crate::ca::TestCa;
use crate::call::{Call, Outcome};
use crate::openssl;

/// `cert revoke` in a CA directory with these arguments, not run yet.
#[track_caller]
#[must_use]
pub fn revoke(ca: &TestCa, arguments: &[&str]) -> Call {
    Call::trustpack(["cert", "revoke", "--ca"])
        .arg(ca.dir())
        .args(arguments)
}

/// `crl` and a verb in a CA directory, with further arguments, not run yet.
#[track_caller]
#[must_use]
pub fn crl(ca: &TestCa, arguments: &[&str]) -> Call {
    let (verb, rest) = arguments.split_at(arguments.len().min(1));
    Call::trustpack(["crl"])
        .args(verb)
        .arg("--ca")
        .arg(ca.dir())
        .args(rest)
}

/// The number of a list, in hexadecimal; its signature must be of `ca`.
#[track_caller]
pub fn number(list: &Path, ca: &Path) -> u64 {
    let outcome = shown(list)
        .args(["-noout", "-crlnumber", "-CAfile"])
        .arg(ca)
        .succeeds()
        .says("verify OK");
    let number = outcome.stdout.trim().strip_prefix("crlNumber=0x");
    match number.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(number) => number,
        None => panic!("no number: {outcome}"),
    }
}

/// Serials on a list, in its order.
#[track_caller]
pub fn serials(list: &Path) -> Vec<String> {
    text(list)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Serial Number: "))
        .map(str::to_owned)
        .collect()
}

/// What OpenSSL shows of a list.
#[track_caller]
pub fn text(list: &Path) -> String {
    shown(list).args(["-noout", "-text"]).succeeds().stdout
}

/// Fails unless OpenSSL takes the certificate under the CA with this list, or, if `revoked`, refuses it
/// for that reason.
#[track_caller]
pub fn assert_judged(ca: &Path, list: &Path, certificate: &Path, revoked: bool) {
    let file = list.to_string_lossy();
    let options = ["-crl_check", "-CRLfile", &file];
    let outcome: Outcome = openssl::verify(ca, &options, certificate).run();
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.status.success(), !revoked, "{outcome}");
    assert_eq!(said.contains("certificate revoked"), revoked, "{outcome}");
}

fn shown(list: &Path) -> Call {
    Call::foreign("openssl", ["crl", "-in"]).arg(list)
}
