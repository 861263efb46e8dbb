//! What is wrong with certificates, requests and revocation lists in themselves, as `cert show` and
//! `cert lint` tell it: the rules, the time, and signatures that need no other certificate.

use serde::Serialize;
use trustpack_judge::signature::{SignatureError, danger_verify, danger_verify_certificate};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::lint::{self, Finding, Severity, Violation};
use trustpack_x509::request::CertificationRequest;
use trustpack_x509::time::Timestamp;

use crate::output::{Output, Printed};

/// A finding as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct FindingJson {
    rule: &'static str,
    severity: &'static str,
    message: String,
    clause: &'static str,
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity.name(),
            message: finding.violation.message.clone(),
            clause: finding.violation.clause,
        }
    }
}

/// What is wrong with a certificate in itself, at the time `now`.
pub(super) fn of_certificate(certificate: &Certificate, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(of_time(certificate, now));
    findings.extend(of_own_signature(certificate));
    findings.extend(lint::certificate(certificate));
    lint::worst_first(findings)
}

/// What is wrong with a request in itself.
pub(super) fn of_request(request: &CertificationRequest) -> Vec<Finding> {
    let verified = danger_verify(
        request.public_key(),
        request.signature_algorithm(),
        request.info_der(),
        request.signature(),
    );
    let mut findings: Vec<Finding> = is_wrong(verified)
        .then(|| {
            let message = "the request is not signed with the key that it is for, or was changed";
            error(
                "request-signature",
                "RFC 2986 section 4.2",
                message.to_owned(),
            )
        })
        .into_iter()
        .collect();
    findings.extend(lint::request(request));
    lint::worst_first(findings)
}

/// What is wrong with a revocation list in itself, at the time `now`.
pub(super) fn of_list(list: &RevocationList, now: Timestamp) -> Vec<Finding> {
    const CLAUSE: &str = "RFC 5280 sections 5.1.2.4 and 5.1.2.5";
    let mut findings = Vec::new();
    if now < list.this_update() {
        let message = format!(
            "the revocation list is of {}, which is still to come",
            list.this_update()
        );
        findings.push(error("list-dates", CLAUSE, message));
    }
    if let Some(next) = list.next_update().filter(|next| *next < now) {
        let message = format!("the revocation list is out of date: the next one was due on {next}");
        findings.push(error("list-dates", CLAUSE, message));
    }
    findings.extend(lint::revocation_list(list));
    lint::worst_first(findings)
}

/// How many findings of each severity there are: `1 error, 2 warnings`.
pub(super) fn count<'a>(findings: impl Iterator<Item = &'a Finding> + Clone) -> String {
    let counts = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
        let count = findings
            .clone()
            .filter(|one| one.severity == severity)
            .count();
        match count {
            1 => format!("1 {severity}"),
            count => format!("{count} {severity}s"),
        }
    });
    counts.join(", ")
}

/// Writes findings, a line each: severity, what is wrong, the clause.
pub(super) fn write(out: &mut Output, indent: &str, findings: &[Finding]) -> Printed {
    findings.iter().try_for_each(|finding| {
        writeln!(out, "{indent}{}: {}", finding.severity, finding.violation)
    })
}

fn of_time(certificate: &Certificate, now: Timestamp) -> Option<Finding> {
    let validity = certificate.validity();
    let message = if now < validity.not_before {
        format!(
            "the certificate is not valid before {}",
            validity.not_before
        )
    } else if validity.not_after < now {
        format!("the certificate expired on {}", validity.not_after)
    } else {
        return None;
    };
    Some(error("dates", "RFC 5280 section 4.1.2.5", message))
}

/// A certificate that names itself as its issuer, and the same key, has signed itself.
fn of_own_signature(certificate: &Certificate) -> Option<Finding> {
    let extensions = certificate.extensions();
    if !extensions.key_ids_are_known() {
        return None;
    }
    let issuer = extensions.authority_key_id.as_ref();
    let issuer = issuer.and_then(|identifier| identifier.key_id.as_ref());
    let same_key = issuer.is_none() || issuer == extensions.subject_key_id.as_ref();
    if !certificate.is_self_issued() || !same_key {
        return None;
    }
    is_wrong(danger_verify_certificate(
        certificate,
        certificate.public_key(),
    ))
    .then(|| {
        let message = "the certificate names itself as its issuer, but is not signed with its key";
        error("own-signature", "RFC 5280 section 3.2", message.to_owned())
    })
}

/// Whether a signature was looked at, and is not of this key.
fn is_wrong(verified: Result<(), SignatureError>) -> bool {
    matches!(
        verified,
        Err(SignatureError::Wrong | SignatureError::OtherKind { .. })
    )
}

fn error(rule: &'static str, clause: &'static str, message: String) -> Finding {
    Finding {
        rule,
        severity: Severity::Error,
        violation: Violation { clause, message },
    }
}
