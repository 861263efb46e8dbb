//! TP6018: revoked certificate is not revoked in the ledger.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::crl::entry::RevokedEntry;
use trustpack_x509::crl::reason::RevocationReason;

use crate::check::found::Found;
use crate::check::{About, CaFinding, Inspected, own_lists};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6018),
    severity: Severity::Error,
    title: "revoked certificate is not revoked in the ledger",
    meaning: "A revocation list that the CA made names a certificate that the ledger has as valid, or does not have. The next list would let it go, and everybody would accept it again.",
    example: "`ca_conf/ca.db` put back from a copy that is older than a revocation",
    remedy: "revoke it again with `trustpack cert revoke`; where its line is missing, put that back first",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    // The line that is missing may be the one that is damaged.
    let damaged = inspected.ledger.is_damaged;
    own_lists::each(inspected.directory, |path, list| {
        for entry in list.entries().map_while(Result::ok).filter(counts) {
            let serial = || entry.serial();
            let message = match inspected.ledger.serials.state_of(entry.serial_contents) {
                Some(true) => continue,
                Some(false) => format!("it names {}, which the ledger has as valid", serial()),
                None if damaged => continue,
                None => format!("it names {}, which the ledger does not have", serial()),
            };
            found.add(CaFinding::new(&KIND, path, message).about(About::Serial(serial())));
        }
    });
}

/// Whether an entry is a hold, which may have been lifted since.
pub(crate) fn is_hold(entry: &RevokedEntry<'_>) -> bool {
    !entry.names_issuer && entry.reason == Some(RevocationReason::CertificateHold)
}

/// Whether an entry must be in the ledger for ever: a hold may have been lifted since.
pub(crate) fn counts(entry: &RevokedEntry<'_>) -> bool {
    !entry.names_issuer
        && !matches!(
            entry.reason,
            Some(RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl)
        )
}
