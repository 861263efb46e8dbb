//! Decides whether a certificate is good for a purpose, and names the reasons.
//!
//! One judge for everybody who asks: the TLS library, the commands that verify, the checks of a
//! fleet. It builds the path to a trusted CA itself, so that it can say what is wrong in the order
//! people think in: path, name, dates, revocation, allowed names ([`reason::Step`]). The first failing step is reported, and
//! what could still be judged after it.
//!
//! Pure: no files, no sockets, no clock; the time is part of the question. Every amount of work
//! that a peer can cause has a limit ([`limits`]).
//!
//! Invariant: [`verdict::Accepted`] is made here only, after every step was passed.

mod building;
mod constraints;
mod dates;
mod strength;
mod subtree;
mod usages;

pub mod allowed_names;
pub mod anchors;
pub mod course;
pub mod folded_name;
pub mod host;
pub mod limits;
pub mod member;
pub mod name_constraints;
pub mod question;
pub mod reason;
pub mod revocation;
pub mod signature;
pub mod verdict;

use question::Question;
use verdict::Verdict;

/// Judges the certificate of a peer.
///
/// The answer does not depend on the order in which intermediates or anchors stand. If several
/// paths lead to anchors, one that holds is enough; if none holds, the one that got furthest in the
/// order of [`reason::Step`] is reported.
///
/// # Errors
///
/// [`verdict::Rejected`] with the first reason and the later ones.
pub fn judge(question: &Question<'_>) -> Verdict {
    building::build(question)
}
