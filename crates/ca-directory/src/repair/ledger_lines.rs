//! What becomes of each line of a ledger that is mended.
//!
//! Invariant: a line that is sound stays, or becomes revoked or ended; one that is damaged stays, is made anew
//! from its certificate, or goes; one that names a serial, may be a revocation, or may be what is left of a line
//! that stays lost, never goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use trustpack_settings::finding::Kind;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::issued::{FilesOf, FoundCertificate};
use crate::check::serials::Serials;
use crate::check::{About, own_lists};
use crate::directory::CaDirectory;
use crate::findings::{ended_as_valid, ledger_unreadable, revoked_on_list, serial_twice};
use crate::layout::Layout;
use crate::ledger::cause::Cause;
use crate::ledger::fields::{Line, LineState};
use crate::ledger::rewrite::with_state;
use crate::ledger_line::{Record, Revocation, State};
use crate::own_keys::{OwnKeys, SignedBy};

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewLine {
    /// What it was about.
    pub(super) kind: &'static Kind,
    /// What takes its place, without a line break; none if it goes.
    pub(super) text: Option<Vec<u8>>,
    /// Which line or certificate, if the finding names it.
    pub(super) about: Option<About>,
    /// What was done, or would be.
    pub(super) message: String,
}

/// What decides about the lines.
pub(super) struct Decider<'a> {
    pub(super) layout: &'a Layout,
    pub(super) keys: &'a OwnKeys,
    pub(super) now: Timestamp,
    /// Revocations that stand on lists and not in the ledger.
    pub(super) listed: BTreeMap<Serial, Revocation>,
    /// Where lines start that are there a second time.
    pub(super) spare: BTreeSet<u64>,
    /// Files of serials that no sound line has.
    pub(super) unknown: FilesOf,
    /// Whether one of those gets no line again: asked once, since each certificate is read for it.
    pub(super) stays_lost: OnceLock<bool>,
}

/// Fields of a damaged line that are tried as its serial.
const TRIED_FIELDS: usize = 16;
/// Of a damaged line in a message, no more than this is shown.
const SHOWN_OCTETS: usize = 40;

/// The revocations of a CA's lists that its ledger does not have.
pub(super) fn listed(directory: &CaDirectory, serials: &Serials) -> BTreeMap<Serial, Revocation> {
    let mut listed = BTreeMap::new();
    own_lists::each(directory, |_, list| {
        for entry in list.entries().map_while(Result::ok) {
            let known = serials.state_of(entry.serial_contents);
            // A ledger that has a line knows whether a hold was lifted; without one the list is all there is.
            let hold = known.is_none() && revoked_on_list::is_hold(&entry);
            if known == Some(true) || !(hold || revoked_on_list::counts(&entry)) {
                continue;
            }
            let cause = Cause {
                reason: entry.reason.unwrap_or(RevocationReason::Unspecified),
                invalid_since: entry.invalid_since,
            };
            let revocation = Revocation::new(entry.revoked, &cause);
            if hold {
                // What another list has as revoked stays so.
                listed.entry(entry.serial()).or_insert(revocation);
            } else {
                listed.insert(entry.serial(), revocation);
            }
        }
    });
    listed
}

impl Decider<'_> {
    /// What becomes of a line that can be read; none if it stays as it is.
    pub(super) fn sound(&self, offset: u64, line: &Line<'_>) -> Option<NewLine> {
        let serial = line.serial();
        if self.spare.contains(&offset) {
            return Some(NewLine {
                kind: &serial_twice::KIND,
                text: None,
                message: format!("a second line of the serial {serial}, taken away"),
                about: Some(About::Serial(serial)),
            });
        }
        if line.state.is_revoked() {
            return None;
        }
        if let Some(revocation) = self.listed.get(&serial) {
            let text = with_state(line.raw, &State::Revoked(revocation.clone()));
            return Some(NewLine {
                kind: &revoked_on_list::KIND,
                text: Some(text),
                message: format!("{serial}, marked as revoked, as the list has it"),
                about: Some(About::Serial(serial)),
            });
        }
        let ended = line.state == LineState::Valid && line.expiry < self.now;
        ended.then(|| NewLine {
            kind: &ended_as_valid::KIND,
            text: Some(with_state(line.raw, &State::Expired)),
            message: format!("{serial}, marked E; it ended on {}", line.expiry),
            // The finding counts them.
            about: None,
        })
    }

    /// What becomes of the damaged line with this number; none if it stays. `used` are the serials that other
    /// damaged lines turned out to have.
    pub(super) fn damaged(
        &self,
        number: usize,
        raw: &[u8],
        used: &mut BTreeSet<Serial>,
    ) -> Option<NewLine> {
        let kind = &ledger_unreadable::KIND;
        let fields = || raw.split(|&octet| octet == b'\t').take(TRIED_FIELDS);
        let serials =
            fields().filter_map(|field| std::str::from_utf8(field).ok()?.trim().parse().ok());
        let mut here = serials
            .filter(|serial| !used.contains(serial))
            .filter_map(|serial| self.certificate(&serial));
        let found = here.next();
        // Lines that ran together say nothing of who of them was revoked.
        if let Some(found) = found.filter(|_| here.next().is_none()) {
            let record = self.record(&found, said_state(raw, self.now));
            used.insert(record.serial.clone());
            let message = format!(
                "line {number}, made anew from {}: {} is {}",
                found.path.display(),
                record.serial,
                state_word(&record.state)
            );
            let text = record.to_line().trim_end_matches('\n').as_bytes().to_vec();
            return Some(NewLine {
                kind,
                text: Some(text),
                about: Some(About::Line(number)),
                message,
            });
        }
        // Somebody who has that certificate can tell; taken out, it could not be revoked any more. Where a line
        // stays lost, it may be what is left of that; those that come back come back on hold.
        if may_be_revocation(raw) || names_serial(raw) || (!is_blank(raw) && self.stays_lost()) {
            return None;
        }
        let message = match raw.trim_ascii() {
            b"" => format!("line {number}, empty, taken out"),
            text => {
                let start = text.get(..text.len().min(SHOWN_OCTETS)).unwrap_or_default();
                let shown = start.escape_ascii();
                format!("line {number}, \"{shown}\", taken out: no serial can be read in it")
            }
        };
        Some(NewLine {
            kind,
            text: None,
            about: Some(About::Line(number)),
            message,
        })
    }

    /// Whether a certificate of which the ledger has no sound line gets none from this repair either.
    fn stays_lost(&self) -> bool {
        let comes_back = |serial: &Serial| {
            let found = self.certificate(serial);
            found.is_some_and(|found| found.signed_by == SignedBy::Present)
        };
        *self
            .stays_lost
            .get_or_init(|| !self.unknown.serials().all(comes_back))
    }

    /// The certificate of a serial that no sound line has.
    pub(super) fn certificate(&self, serial: &Serial) -> Option<FoundCertificate> {
        self.unknown.certificate(self.layout, self.keys, serial)
    }

    /// The line of a certificate whose own is lost. What a list says goes before `said`.
    pub(super) fn record(&self, found: &FoundCertificate, said: State) -> Record {
        let mut record = Record::of_issued(&found.certificate);
        let listed = self.listed.get(&record.serial).cloned();
        record.state = match (listed.map(State::Revoked), said) {
            (Some(revoked), _) | (None, revoked @ State::Revoked(_)) => revoked,
            (None, State::Valid | State::Expired) if record.expiry < self.now => State::Expired,
            (None, State::Valid | State::Expired) => State::Valid,
        };
        record
    }
}

/// What a damaged line says of the state; where it may be a revocation, that it is one.
fn said_state(raw: &[u8], now: Timestamp) -> State {
    if !may_be_revocation(raw) {
        return State::Valid;
    }
    let mut fields = raw.split(|&octet| octet == b'\t');
    let time = fields.nth(2).unwrap_or_default();
    let time = time
        .split(|&octet| octet == b',')
        .next()
        .unwrap_or_default();
    let at = Timestamp::from_asn1(time)
        .filter(|at| *at <= now)
        .unwrap_or(now);
    let cause = Cause::new(RevocationReason::Unspecified);
    State::Revoked(Revocation::new(at, &cause))
}

/// Whether a damaged line begins as a revocation, or has a moment where only a revocation has one.
fn may_be_revocation(raw: &[u8]) -> bool {
    let mut fields = raw.split(|&octet| octet == b'\t');
    let first = fields.next().unwrap_or_default();
    let third = fields.nth(1).unwrap_or_default();
    first.trim_ascii_start().first() == Some(&b'R') || !third.trim_ascii().is_empty()
}

/// Whether nothing stands in a line.
fn is_blank(raw: &[u8]) -> bool {
    raw.trim_ascii().is_empty()
}

/// Whether a serial stands in a damaged line where a sound one has it.
fn names_serial(raw: &[u8]) -> bool {
    let field = raw.split(|&octet| octet == b'\t').nth(3);
    let text = field.and_then(|field| std::str::from_utf8(field).ok());
    text.is_some_and(|text| text.trim().parse::<Serial>().is_ok())
}

/// The state of a certificate of which nobody can say whether it was revoked: on hold from `now`, which can be
/// lifted.
pub(super) fn in_doubt(now: Timestamp) -> State {
    let hold = Cause::new(RevocationReason::CertificateHold);
    State::Revoked(Revocation::new(now, &hold))
}

/// The word for a state in a message.
pub(super) fn state_word(state: &State) -> &'static str {
    match state {
        State::Valid => "valid",
        State::Revoked(revocation) if revocation.is_hold() => "on hold",
        State::Revoked(_) => "revoked",
        State::Expired => "marked as ended",
    }
}
