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
    meaning: "Lines of the ledger that were lost were made anew from the certificates. Where nothing else is damaged they are valid, and whoever of them was revoked or on hold and is on no list in the folder is valid again. Where the ledger was emptied, a damaged line is in it, or a list cannot be read, they are on hold, since any of them may have been revoked. Only the repair that made the lines says this.",
    example: "`ca check --repair` with an empty `ca_conf/ca.db`",
    remedy: "find out who was revoked or on hold, from a copy of the ledger, the published list, mails, logs; then revoke each again with `trustpack cert revoke`, and lift the hold of the others with `trustpack cert revoke --lift`, before the next list is made; a copy of the ledger put back instead is better",
    when_accepted: WhenAccepted::Starts,
};

/// Of lines that were made anew, or would be.
pub(crate) fn of_rebuilt(directory: &CaDirectory, rebuilt: Rebuilt) -> Option<CaFinding> {
    if rebuilt.valid == 0 && rebuilt.on_hold == 0 {
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
        "certificates whose lost line comes back as valid: {}, on hold because more than single lines may be lost: {}; {lost}",
        rebuilt.valid, rebuilt.on_hold
    );
    Some(CaFinding::new(&KIND, &directory.layout().ledger, message))
}
