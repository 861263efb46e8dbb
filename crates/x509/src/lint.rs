//! What is wrong with a certificate, a request or a revocation list in itself: one rule a file, each
//! with its clause and severity.
//!
//! In itself means: without its issuer, without a clock and without a use. Whether a certificate is
//! good for something is the judge's to say. Invariant: rules only look, and never fail.
//!
//! To add a rule: a file in the folder of what it looks at, with a `RULE`, a test that it fires and
//! one that it does not, and a line in the table of that folder.
//!
//! Long because what is asked of each kind of thing is seen at a glance, with its tests.

mod certificates;
mod directory_names;
mod extensions;
mod issued;
mod keys;
mod lists;
pub mod named;
mod names;
pub mod programs;
mod requests;
#[cfg(test)]
pub(crate) mod sample;
mod signatures;

use std::fmt;

use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::extension::Extensions;
use crate::name::{Name, printable};
use crate::request::CertificationRequest;
use crate::tbs::{self, ToBeSigned};

/// One rule that something breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the rule: `serial-number`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and the clause that says so.
    pub violation: Violation,
}

/// How bad a finding is. Not ordered: other findings have the worst first, and `max` would say the opposite there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Worth knowing; nothing is broken.
    Note,
    /// Against a recommendation, or refused by some programs.
    Warning,
    /// Against a demand of a standard: programs may refuse it, and we sign no such thing.
    Error,
}

/// What is wrong, and the clause that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The clause that says so.
    pub clause: &'static str,
    /// What is wrong, with the value found and what is allowed.
    pub message: String,
}

/// A rule about one kind of thing.
struct Rule<T> {
    name: &'static str,
    /// What should be so.
    about: &'static str,
    severity: Severity,
    clause: &'static str,
    /// What is wrong; nothing if nothing is.
    check: fn(&T) -> Vec<String>,
}

/// A rule as the reference lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its name.
    pub name: &'static str,
    /// What it looks at.
    pub scope: &'static str,
    /// How bad it is when it is broken.
    pub severity: Severity,
    /// What should be so, as a sentence.
    pub about: &'static str,
    /// The clause that says so.
    pub clause: &'static str,
}

/// Every rule, by what it looks at.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    fn of<T>(scope: &'static str, rules: &[Rule<T>]) -> Vec<RuleInfo> {
        let rules = rules.iter();
        rules
            .map(|rule| RuleInfo {
                name: rule.name,
                scope,
                severity: rule.severity,
                about: rule.about,
                clause: rule.clause,
            })
            .collect()
    }
    [
        of("certificate", certificates::RULES),
        of("extensions", extensions::RULES),
        of("extensions of a certificate", extensions::MARKS),
        of("distinguished name", names::RULES),
        of("public key", keys::RULES),
        of("signature", signatures::RULES),
        of("request", requests::RULES),
        of("revocation list", lists::RULES),
        of("certificate that we are about to sign", issued::RULES),
    ]
    .concat()
}

/// What is wrong with a certificate that was read.
#[must_use]
pub fn certificate(certificate: &Certificate) -> Vec<Finding> {
    let mut findings = about_certificate(certificate);
    findings.extend(of("the subject: ", names::RULES, certificate.subject()));
    if !certificate.is_self_issued() {
        findings.extend(of("the issuer: ", names::RULES, certificate.issuer()));
    }
    let looked_at = [certificate.subject(), certificate.issuer()];
    findings.extend(of_names_inside(certificate.extensions(), &looked_at));
    worst_first(findings)
}

/// What is wrong with a request that was read. Its signature is the judge's.
#[must_use]
pub fn request(request: &CertificationRequest) -> Vec<Finding> {
    let mut findings = of("", requests::RULES, request);
    findings.extend(of("", signatures::RULES, request.signature_algorithm()));
    findings.extend(of("", keys::RULES, request.public_key()));
    findings.extend(of("", extensions::RULES, request.extensions()));
    findings.extend(of("the subject: ", names::RULES, request.subject()));
    findings.extend(of_names_inside(request.extensions(), &[request.subject()]));
    worst_first(findings)
}

/// What is wrong with a revocation list that was read; every entry is looked at.
#[must_use]
pub fn revocation_list(list: &RevocationList) -> Vec<Finding> {
    let mut findings = of("", lists::RULES, list);
    findings.extend(of("", signatures::RULES, list.signature_algorithm()));
    findings.extend(of("the issuer: ", names::RULES, list.issuer()));
    worst_first(findings)
}

/// Why a name of an authority makes everything useless that it stands in; nothing of most. Other faults of a name are
/// there once and for all, and are lived with.
#[must_use]
pub fn unloadable_name(name: &Name) -> Option<Violation> {
    let mut found = of("", &[names::STRING_OCTETS], name).into_iter();
    found.next().map(|finding| finding.violation)
}

/// What is wrong with a certificate that is about to be signed: its own rules, and those for
/// certificates on what it will be. The name of its issuer is as it is, and that of an authority
/// stays what it was when that authority is renewed; so the one is not looked at, and the other
/// makes warnings only, but for what keeps programs from loading the result.
#[must_use]
pub fn to_be_signed(tbs: &ToBeSigned) -> Vec<Finding> {
    let mut findings = of("", issued::RULES, tbs);
    match as_certificate(tbs) {
        Ok(certificate) => findings.extend(about_certificate(&certificate)),
        Err(message) => findings.push(Finding {
            rule: "encoding",
            severity: Severity::Error,
            violation: Violation {
                clause: "RFC 5280 section 4.1",
                message,
            },
        }),
    }
    let mut subject = of("the subject: ", names::RULES, &tbs.subject);
    if tbs.basic_constraints.ca {
        for finding in &mut subject {
            if finding.rule != names::STRING_OCTETS.name {
                finding.severity = finding.severity.at_most(Severity::Warning);
            }
        }
    }
    findings.extend(subject);
    if tbs.issuer != tbs.subject {
        let rules = &[names::STRING_OCTETS];
        findings.extend(of("the issuer: ", rules, &tbs.issuer));
    }
    worst_first(findings)
}

impl Severity {
    /// Whether it is as bad as the other one, or worse.
    #[must_use]
    pub fn is_at_least(self, other: Self) -> bool {
        self.weight() >= other.weight()
    }

    /// The less bad of the two.
    fn at_most(self, other: Self) -> Self {
        if self.is_at_least(other) { other } else { self }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Note => 0,
            Self::Warning => 1,
            Self::Error => 2,
        }
    }

    /// The word for it: `error`, `warning`, `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.clause)
    }
}

fn about_certificate(certificate: &Certificate) -> Vec<Finding> {
    let extensions = certificate.extensions();
    let mut findings = of("", certificates::RULES, certificate);
    // The signature of a root on itself is looked at by nobody.
    let may_be_root =
        certificate.is_self_issued() && extensions.authority_if_known() != Some(false);
    if !may_be_root {
        let algorithm = certificate.signature_algorithm();
        findings.extend(of("", signatures::RULES, algorithm));
    }
    findings.extend(of("", keys::RULES, certificate.public_key()));
    findings.extend(of("", extensions::RULES, extensions));
    findings.extend(of("", extensions::MARKS, extensions));
    findings
}

/// What is wrong with the distinguished names inside extensions, those aside that were looked at.
fn of_names_inside(extensions: &Extensions, looked_at: &[&Name]) -> Vec<Finding> {
    directory_names::directory_names(extensions)
        .into_iter()
        .filter(|(_, name)| !looked_at.contains(name))
        .flat_map(|(whose, name)| of(&format!("a name in {whose}: "), names::RULES, name))
        .collect()
}

/// What the certificate will be, with a signature that is none.
fn as_certificate(tbs: &ToBeSigned) -> Result<Certificate, String> {
    let signed = tbs.to_der().map_err(|error| error.to_string())?;
    let der = tbs::join(&signed, &tbs.signature_algorithm, &[0]);
    let der = der.map_err(|error| error.to_string())?;
    Certificate::from_der(&der).map_err(|error| error.to_string())
}

fn of<T>(whose: &str, rules: &[Rule<T>], value: &T) -> Vec<Finding> {
    let findings = rules.iter().flat_map(|rule| {
        (rule.check)(value).into_iter().map(|message| Finding {
            rule: rule.name,
            severity: rule.severity,
            violation: Violation {
                clause: rule.clause,
                message: for_people(&format!("{whose}{message}")),
            },
        })
    });
    findings.collect()
}

/// Characters of a message; what a name of 64 KiB holds besides tells nobody anything.
const MAX_MESSAGE: usize = 600;

/// The message as a terminal may show it: rules quote what others wrote.
fn for_people(message: &str) -> String {
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}...", printable(message.get(..end).unwrap_or_default())),
        None => printable(message),
    }
}

/// The worst first, otherwise in their order.
#[must_use]
pub fn worst_first(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity.weight()));
    findings
}

/// The message, if something is broken.
fn when(broken: bool, message: impl FnOnce() -> String) -> Vec<String> {
    if broken { vec![message()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::general_name::GeneralName;

    #[test]
    fn the_samples_break_no_rule() {
        assert_eq!(to_be_signed(&sample::host()), []);
        assert_eq!(to_be_signed(&sample::authority()), []);
        assert_eq!(certificate(&sample::host_certificate()), []);
        assert_eq!(certificate(&sample::authority_certificate()), []);
        assert_eq!(revocation_list(&sample::list()), []);
        let list = sample::wrap(0x30, &[]);
        assert_eq!(request(&sample::request(&list)), []);
    }

    #[test]
    fn names_of_rules_are_their_own() {
        let all: Vec<&str> = rules().iter().map(|rule| rule.name).collect();
        let distinct: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
    }

    /// What forbids signing.
    fn forbidding(tbs: &ToBeSigned) -> Vec<Violation> {
        to_be_signed(tbs)
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.violation)
            .collect()
    }

    #[test]
    fn the_worst_comes_first_and_only_errors_forbid_signing() {
        let mut tbs = sample::host();
        tbs.subject_alt_names.push(tbs.subject_alt_names[0].clone());
        assert_eq!(forbidding(&tbs), [], "a name twice is a warning");
        tbs.basic_constraints.path_length = Some(0);
        let findings = to_be_signed(&tbs);
        let severities: Vec<Severity> = findings.iter().map(|f| f.severity).collect();
        assert_eq!(severities, [Severity::Error, Severity::Warning]);
        assert_eq!(forbidding(&tbs), [findings[0].violation.clone()]);
    }

    #[test]
    fn a_message_quotes_little_and_nothing_that_acts_on_a_terminal() {
        let said = for_people("a\u{1b}[31m\u{202e}\nb");
        assert_eq!(said, "a\\u{1b}[31m\\u{202e}\\u{a}b");
        assert_eq!(
            for_people(&"é".repeat(70_000)).chars().count(),
            MAX_MESSAGE + 3
        );
    }

    #[test]
    fn names_inside_extensions_are_looked_at_once() {
        let odd = sample::name_of(&[&[sample::attribute_of("2.5.4.3", 12, b"\xff")]]);
        let inside = |name: &Name| {
            let mut tbs = sample::host();
            tbs.subject_alt_names
                .push(GeneralName::Directory(name.clone()));
            tbs
        };
        let said = |tbs: &ToBeSigned| -> Vec<String> {
            certificate(&sample::read(tbs))
                .into_iter()
                .filter(|finding| finding.rule == "string-octets")
                .map(|finding| finding.violation.message)
                .collect()
        };
        let fault =
            "the attribute CN is no text of its type UTF8String: octet 1 does not go on in UTF-8";
        assert_eq!(
            said(&inside(&odd)),
            [format!("a name in subjectAltName: {fault}")]
        );
        let mut both = inside(&odd);
        both.subject = odd;
        assert_eq!(said(&both), [format!("the subject: {fault}")]);
        assert_eq!(said(&inside(&sample::host().issuer)), [""; 0]);
    }

    #[test]
    fn nothing_is_signed_that_nobody_loads() {
        let odd = sample::name_of(&[&[sample::attribute_of("2.5.4.3", 12, b"\xff")]]);
        let old = sample::name_of(&[&[sample::attribute_of("2.5.4.3", 19, b"\xe4")]]);
        let issuer = |name: &Name| ToBeSigned {
            issuer: name.clone(),
            ..sample::host()
        };
        let subject = |name: &Name| ToBeSigned {
            subject: name.clone(),
            ..sample::authority()
        };
        for tbs in [issuer(&odd), subject(&odd)] {
            let found = forbidding(&tbs);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].message.contains("octet 1 does not go on in UTF-8"));
        }
        // What old private authorities wrote goes on.
        assert_eq!(forbidding(&issuer(&old)), []);
        assert_eq!(forbidding(&subject(&old)), []);
        assert!(unloadable_name(&odd).is_some() && unloadable_name(&old).is_none());
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let mut tbs = sample::host();
        tbs.serial = crate::serial::Serial::from_der_contents(&[0]);
        assert_eq!(forbidding(&tbs).len(), 1);
    }
}
