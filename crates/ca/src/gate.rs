//! The gate: what passes it may be signed, nothing else can be.
//!
//! It looks at the finished to-be-signed certificate, not at the request: form (lint rules),
//! profile, the constraints of the authority and those above it, and what the programs that are to read it
//! cannot do. All violations are reported.

use std::fmt;

use trustpack_x509::lint::{Finding, Severity, Violation, named, programs, to_be_signed};
use trustpack_x509::tbs::ToBeSigned;

use crate::authority::Authority;
use crate::profile::AuthorityProfile;
use crate::request::HostRequest;

/// A to-be-signed certificate that passed the gate. Made here only; spent by signing.
#[derive(Debug)]
pub struct Gated {
    tbs: ToBeSigned,
    remarks: Vec<Violation>,
}

/// A certificate that did not pass the gate, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    violations: Vec<Violation>,
}

/// Names in one certificate: our own limit, far above any host's, so that what we issue stays
/// below the size that TLS libraries read.
const MAX_NAMES: usize = 500;

/// Rules about what the warnings of a request say in words that fit the asker.
const SAID_ELSEWHERE: [&str; 5] = [
    named::SIGNATURE_DIGEST,
    named::UNDERSCORE,
    named::WILDCARD,
    named::PROGRAM_WILDCARDS,
    named::OWN_KEY_ID,
];

impl Gated {
    /// Lets a host certificate through.
    pub(crate) fn under(
        tbs: ToBeSigned,
        request: &HostRequest,
        authority: &Authority,
    ) -> Result<Self, Refused> {
        let of_profile = request.profile().violations(&tbs);
        let of_authority = authority.violations(&tbs);
        let of_programs = programs::to_be_signed(&tbs, request.programs());
        Self::pass(tbs, of_profile.into_iter().chain(of_authority), of_programs)
    }

    /// Lets an authority through that signs its own certificate.
    pub(crate) fn self_signed(tbs: ToBeSigned) -> Result<Self, Refused> {
        let of_profile = AuthorityProfile.violations(&tbs);
        Self::pass(tbs, of_profile, Vec::new())
    }

    /// Lets an authority through that another one certifies.
    pub(crate) fn below(tbs: ToBeSigned, authority: &Authority) -> Result<Self, Refused> {
        let of_profile = AuthorityProfile.violations(&tbs);
        let of_authority = authority.violations(&tbs);
        Self::pass(tbs, of_profile.into_iter().chain(of_authority), Vec::new())
    }

    /// Lets a certificate of an authority for itself through: another key under its name.
    pub(crate) fn cross(tbs: ToBeSigned, authority: &Authority) -> Result<Self, Refused> {
        let of_profile = AuthorityProfile.violations(&tbs);
        let of_authority = authority.violations_of_own(&tbs);
        Self::pass(tbs, of_profile.into_iter().chain(of_authority), Vec::new())
    }

    fn pass(
        tbs: ToBeSigned,
        others: impl IntoIterator<Item = Violation>,
        of_programs: Vec<Finding>,
    ) -> Result<Self, Refused> {
        let binds = |finding: &Finding| finding.severity == Severity::Error;
        let findings = to_be_signed(&tbs).into_iter().chain(of_programs);
        let (binding, rest): (Vec<_>, Vec<_>) = findings.partition(binds);
        let violations: Vec<Violation> = binding
            .into_iter()
            .map(|finding| finding.violation)
            .chain(too_many_names(&tbs))
            .chain(others)
            .collect();
        if !violations.is_empty() {
            return Err(Refused { violations });
        }
        let remarks = rest
            .into_iter()
            .filter(|finding| finding.severity == Severity::Warning)
            .filter(|finding| !SAID_ELSEWHERE.contains(&finding.rule))
            .map(|finding| finding.violation)
            .collect();
        Ok(Self { tbs, remarks })
    }

    /// What is doubtful about it.
    #[must_use]
    pub fn remarks(&self) -> &[Violation] {
        &self.remarks
    }

    /// The certificate to be.
    #[must_use]
    pub fn tbs(&self) -> &ToBeSigned {
        &self.tbs
    }
}

impl Refused {
    /// Everything that is wrong, at least one thing.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}

fn too_many_names(tbs: &ToBeSigned) -> Option<Violation> {
    let found = tbs.subject_alt_names.len();
    (found > MAX_NAMES).then(|| Violation {
        clause: "a limit of this program",
        message: format!("the certificate has {found} names; at most {MAX_NAMES} are allowed"),
    })
}
