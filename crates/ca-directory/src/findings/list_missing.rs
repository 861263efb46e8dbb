//! TP6023: revocation list is missing.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::crl::number::CrlNumber;

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected, own_lists};
use crate::durable;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6023),
    severity: Severity::Warning,
    title: "revocation list is missing",
    meaning: "`crl_number` says that lists were made, but none that this CA signed is in the folder. What they say of revocations cannot be compared with the ledger, and is lost if the ledger is made anew.",
    example: "`ca_conf/crl.pem` deleted",
    remedy: "get the newest list from where it was published and put it back; if the ledger is whole, `trustpack crl create` makes one from it",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let layout = inspected.directory.layout();
    // One that cannot be read is another matter.
    let mut lists = own_lists::not_understood(inspected.directory).len();
    own_lists::each(inspected.directory, |_, _| lists += 1);
    let next = durable::read_if_there(&layout.crl_number).ok().flatten();
    let next: Option<CrlNumber> =
        next.and_then(|file| String::from_utf8_lossy(&file).trim().parse().ok());
    // The first list has the number 1.
    if let Some(next) = next.filter(|next| lists == 0 && *next > CrlNumber::from_u64(1)) {
        let message =
            format!("the next list gets the number {next}, but no list of this CA is here");
        found.add(CaFinding::new(&KIND, &layout.crl, message));
    }
}
