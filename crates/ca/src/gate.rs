//! The gate: what passes it may be signed, nothing else can be.
//!
//! Who judged is who signs: what passed holds the key of the authority that it was judged under, and is
//! spent by signing with that key, in the way that the certificate itself names.
//!
//! It looks at the finished to-be-signed certificate, not at the request: form (lint rules),
//! profile, the constraints of the authority and those above it, and what the programs that are to read it
//! cannot do. All violations are reported.

use std::fmt;

use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::lint::{Finding, Severity, Violation, named, programs, to_be_signed};
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::tbs::ToBeSigned;

use crate::authority::Authority;
use crate::profile::AuthorityProfile;
use crate::request::HostRequest;
use crate::sign::{SigningError, signed};

/// A to-be-signed certificate that passed the gate, with the key that signs it. Made here only; spent
/// by signing.
#[derive(Debug)]
pub struct Gated<'a> {
    tbs: ToBeSigned,
    key: &'a PrivateKey,
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

impl<'a> Gated<'a> {
    /// Lets a host certificate through.
    pub(crate) fn under(
        tbs: ToBeSigned,
        request: &HostRequest,
        authority: &'a Authority,
    ) -> Result<Self, Refused> {
        let of_profile = request.profile().violations(&tbs);
        let of_authority = authority.violations(&tbs);
        let of_programs = programs::to_be_signed(&tbs, request.programs());
        let others = of_profile.into_iter().chain(of_authority);
        Self::pass(tbs, authority.key(), others, of_programs)
    }

    /// Lets an authority through that signs its own certificate, with `key`.
    pub(crate) fn self_signed(tbs: ToBeSigned, key: &'a PrivateKey) -> Result<Self, Refused> {
        let of_profile = AuthorityProfile.violations(&tbs);
        let of_key = not_its_own(&tbs, key.public_key());
        let others = of_profile.into_iter().chain(of_key);
        Self::pass(tbs, key, others, Vec::new())
    }

    /// Lets an authority through that another one certifies.
    pub(crate) fn below(tbs: ToBeSigned, authority: &'a Authority) -> Result<Self, Refused> {
        let of_profile = AuthorityProfile.violations(&tbs);
        let of_authority = authority.violations(&tbs);
        let others = of_profile.into_iter().chain(of_authority);
        Self::pass(tbs, authority.key(), others, Vec::new())
    }

    /// Lets a certificate of an authority for itself through: another key under its name.
    pub(crate) fn cross(tbs: ToBeSigned, authority: &'a Authority) -> Result<Self, Refused> {
        let of_profile = AuthorityProfile.violations(&tbs);
        let of_authority = authority.violations_of_own(&tbs);
        let others = of_profile.into_iter().chain(of_authority);
        Self::pass(tbs, authority.key(), others, Vec::new())
    }

    fn pass(
        tbs: ToBeSigned,
        key: &'a PrivateKey,
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
        Ok(Self { tbs, key, remarks })
    }

    /// What is doubtful about it.
    #[must_use]
    pub fn remarks(&self) -> &[Violation] {
        &self.remarks
    }

    /// Signs it, and verifies what was signed.
    pub(crate) fn sign(self) -> Result<Certificate, SigningError> {
        signed(self.key, &self.tbs.signature_algorithm, self.tbs.to_der()?)
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

fn not_its_own(tbs: &ToBeSigned, signer: &PublicKey) -> Option<Violation> {
    (tbs.public_key != *signer || tbs.issuer != tbs.subject).then(|| Violation {
        clause: "RFC 5280 section 3.2",
        message: format!(
            "the certificate of {} is not for the name and key of {}, which signs it as its own",
            tbs.subject, tbs.issuer
        ),
    })
}

fn too_many_names(tbs: &ToBeSigned) -> Option<Violation> {
    let found = tbs.subject_alt_names.len();
    (found > MAX_NAMES).then(|| Violation {
        clause: "a limit of this program",
        message: format!("the certificate has {found} names; at most {MAX_NAMES} are allowed"),
    })
}

#[cfg(test)]
mod tests {
    use trustpack_keystore::private_key::spec::KeySpec;
    use trustpack_x509::serial::Serial;

    use super::*;
    use crate::issue::create_authority;
    use crate::renewal::repeated;
    use crate::request::CaRequest;

    fn key() -> PrivateKey {
        PrivateKey::generate(KeySpec::EcP256).expect("a key")
    }

    #[test]
    fn who_signs_its_own_certificate_has_its_key() {
        let request = CaRequest::new("Example CA").expect("a request");
        let now = "2026-11-21T08:00:00Z".parse().expect("a time");
        let made = create_authority(&request, key(), Serial::from_random([1; 16]), now);
        let authority = made.expect("an authority").authority;
        let own = authority.key();
        let tbs = |key: &PrivateKey| {
            let again = repeated(authority.certificate(), key.public_key());
            ToBeSigned {
                authority_key_id: Some(key.public_key().key_identifier().to_vec()),
                ..again.expect("the same again")
            }
        };
        let passed = Gated::self_signed(tbs(own), own).expect("it passes");
        let signed = passed.sign().expect("a certificate");
        assert_eq!(signed.public_key(), own.public_key());
        let refused = Gated::self_signed(tbs(&key()), own).expect_err("it is refused");
        assert_eq!(
            refused.to_string(),
            "the certificate of CN=Example CA is not for the name and key of CN=Example CA, which signs it as its own \
             (RFC 5280 section 3.2)"
        );
    }
}
