//! TP6024: revocations of rebuilt lines are not known.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};
use trustpack_x509::time::Timestamp;

use crate::check::{CaFinding, own_lists};
use crate::directory::CaDirectory;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6024),
    severity: Severity::Error,
    title: "revocations of rebuilt lines are not known",
    meaning: "Lines of the ledger that were lost were made anew from the certificates, as valid. Whoever of them was revoked or on hold and is on no list in the folder is valid again, and no list to come will name them. Only the repair that made the lines says this.",
    example: "`ca check --repair` with an empty `ca_conf/ca.db`",
    remedy: "find out who was revoked or on hold, from a copy of the ledger, the published list, mails, logs; then revoke each again with `trustpack cert revoke`, before the next list is made",
    when_accepted: WhenAccepted::Starts,
};

/// Of so many lines that were made anew as valid, or would be.
pub(crate) fn of_rebuilt(directory: &CaDirectory, lines: usize) -> Option<CaFinding> {
    if lines == 0 {
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
    let message = format!("certificates whose lost line comes back as valid: {lines}; {lost}");
    Some(CaFinding::new(&KIND, &directory.layout().ledger, message))
}
