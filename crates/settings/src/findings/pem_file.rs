//! TP1008: PEM block instead of a fleet.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1008),
    severity: Severity::Error,
    title: "PEM block instead of a fleet",
    meaning: "The file holds a certificate or a key in PEM form. It is no fleet file, or a key was pasted into one. Nothing of it is read, and none of its lines is shown, because they may be a private key.",
    example: "trustpack fleet check privkey.pem",
    remedy: "name a fleet file; in it, name PEM files by their paths and do not paste what is in them",
    when_accepted: WhenAccepted::StaysDown,
};

/// `spot` is the first marker of a block; what the block holds is not repeated.
pub(crate) fn found(spot: &Spot) -> Finding {
    let message = "a PEM block begins here, as in the file of a certificate or a key; a fleet file is TOML and has none";
    Finding::new(&KIND, Place::Fleet, message).with_spot(spot)
}
