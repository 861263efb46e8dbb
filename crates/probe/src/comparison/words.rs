//! What was found, in a few words.
//!
//! Invariant: the words of a port are put as those of what was expected of it, so that both can stand side by side.

use std::fmt;

use trustpack_material::prediction::Otherwise;
use trustpack_tls::handshake::Failure;

use crate::contact::{Contact, WithoutCertificate};
use crate::demands::Demands;
use crate::expected::Served;
use crate::judgement::Presented;

/// A contact in a few words.
pub(super) struct InShort<'a>(pub(super) &'a Contact);

/// What is asked of clients, in a few words.
pub(super) struct Clients<'a>(pub(super) WithoutCertificate<'a>);

impl fmt::Display for InShort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contact = self.0;
        let step = contact.failed_step();
        match &contact.otherwise {
            Some(Otherwise::NotKnown(why)) => return write!(f, "not known: {why}"),
            Some(Otherwise::Refuses { step, why, .. }) => {
                return write!(f, "fails at the step {step}: {why}");
            }
            None => {}
        }
        match (contact.failure(), step) {
            (Some(failure @ Failure::PlainText { .. }), _) => return failure.fmt(f),
            (Some(failure), _) if !contact.speaks_tls() => return write!(f, "no TLS: {failure}"),
            (Some(failure), Some(step)) => return write!(f, "fails at the step {step}: {failure}"),
            (Some(failure), None) => return write!(f, "fails: {failure}"),
            (None, _) => {}
        }
        match contact.established().and_then(|one| one.version) {
            Some(version) => write!(f, "works, {version}")?,
            None => f.write_str("works")?,
        }
        match contact.not_said() {
            Some(not_said) => write!(f, ", as far as is known: {not_said}"),
            None => Ok(()),
        }
    }
}

/// As the text of [`crate::expected::PortTls`], so that both can stand side by side.
pub(super) struct PortFound<'a>(pub(super) &'a Contact, pub(super) &'a Demands);

impl fmt::Display for PortFound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(contact, demands) = self;
        if !contact.speaks_tls() {
            return InShort(contact).fmt(f);
        }
        let without = contact.without_certificate();
        match contact.established().and_then(|one| one.version) {
            Some(version) => write!(f, "{version}")?,
            None => f.write_str("TLS")?,
        }
        match (without, contact.failure()) {
            (WithoutCertificate::NotAsked, _) => f.write_str(", simple")?,
            (WithoutCertificate::Refused(_), _) => f.write_str(", mutual")?,
            (WithoutCertificate::LetIn, _) => {
                f.write_str(", a certificate is asked for and not demanded")?;
            }
            (WithoutCertificate::NotSeen, Some(failure)) => write!(f, ", {failure}")?,
            (WithoutCertificate::NotSaid(_), _) => f.write_str(", a certificate is asked for")?,
            (WithoutCertificate::NotSeen, None) => {}
        }
        match Presented::read(contact.presented()) {
            Some(Ok(presented)) => {
                write!(f, ", {}", Served(&presented.leaf))?;
                match demands.faults(&presented).not_known.first() {
                    Some(fault) => write!(
                        f,
                        "; whether clients that do their own TLS take it is not known: {fault}"
                    ),
                    None => Ok(()),
                }
            }
            Some(Err(error)) => write!(f, ", its certificate cannot be read: {error}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Clients<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            WithoutCertificate::NotAsked => "not asked for",
            WithoutCertificate::LetIn => "asked for, and let in without",
            WithoutCertificate::Refused(_) => "demanded",
            WithoutCertificate::NotSaid(_) | WithoutCertificate::NotSeen => "not seen",
        })
    }
}
