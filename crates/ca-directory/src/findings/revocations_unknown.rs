//! TP6024: revocations of rebuilt lines are not known.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::time::Timestamp;

use crate::check::{CaFinding, own_lists};
use crate::directory::CaDirectory;
use crate::repair::ledger_mend::Rebuilt;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6024),
    severity: Severity::Error,
    title: "revocations of rebuilt lines are not known",
    meaning: "Lines of the ledger that were lost were made anew from the certificates. Those of which no list in the folder says how they stand are on hold, since the line that is lost may have been that of a revocation. From the next list on nobody accepts them, until the hold is lifted. Only the repair that made the lines says this; `trustpack cert list --state on-hold` shows who is on hold.",
    example: "`ca check --repair` with a `ca_conf/ca.db` that lost a line",
    remedy: "find out who was revoked or on hold, from a copy of the ledger, the published list, mails, logs; then, before the next list is made, revoke each of them with `trustpack cert revoke SERIAL`, and let the others be valid again with `trustpack cert revoke SERIAL --lift`; a copy of the ledger put back instead is better",
    when_accepted: WhenAccepted::Starts,
};

/// Of lines that were made anew, or would be.
pub(crate) fn of_rebuilt(directory: &CaDirectory, rebuilt: Rebuilt) -> Option<CaFinding> {
    if rebuilt.on_hold == 0 {
        return None;
    }
    let mut newest: Option<Timestamp> = None;
    own_lists::each(directory, |_, list| {
        newest = newest.max(Some(list.this_update()));
    });
    let lost = match newest {
        None => {
            "no revocation list is here, so every revocation and hold of them is lost".to_owned()
        }
        Some(made) => format!(
            "the newest revocation list here is of {made}; a revocation or hold that it does not have is lost"
        ),
    };
    let message = format!(
        "certificates whose lost line comes back on hold, since each may have been revoked: {}; {lost}",
        rebuilt.on_hold
    );
    Some(CaFinding::new(&KIND, &directory.layout().ledger, message))
}
