//! What is really there: connects to services as their clients would, compares with what was expected, and says why
//! something failed.
//!
//! The way through: [`callers::Callers`] (who calls: the client of an endpoint, and somebody without a certificate who
//! takes every server), [`contact::contact`] (one service, asked with as few connections as tell all),
//! [`judgement`] (its certificates in the judge's words). For a fleet: [`expected`], [`demands`], [`crowd`], [`comparison`],
//! [`inventory`]. What failed is told by [`explain`], and what a
//! service takes beside what was agreed by [`survey`]. A client of another engine is imitated (`imitated`): ours connects in its place.
//!
//! Not here: the command line, the wall clock, files. Invariant: nothing is sent to a service but handshakes and their
//! end, and where it is asked whether it takes plain text empty lines, or the head of a request if it speaks HTTP; no data
//! of an application.

mod barred;
pub mod callers;
pub mod comparison;
pub mod contact;
pub mod crowd;
pub mod demands;
pub mod dial;
pub mod expected;
pub mod explain;
mod imitated;
pub mod inventory;
pub mod judgement;
pub mod limits;
pub mod survey;
pub mod timeline;
