//! TP4020: not readable by the account of the program.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4020),
    severity: Severity::Error,
    title: "not readable by the account of the program",
    meaning: "The account that the program runs under (account) may not read a file that its settings name, by the owner, the group and the mode of the file and of the folders above it. Accounts and groups are those of /etc/passwd and /etc/group of the host; of an account that is not there nothing is said. A tree of hosts must have kept the owners of the files.",
    example: "account = \"voice\", and a key file of root with mode 0600",
    remedy: "let the account read the file: by a group that it is in, or as its owner",
    when_accepted: WhenAccepted::Starts,
};

/// The account may not read the file that `option` names.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath) -> Finding {
    let message = format!(
        "{}: the account that the program runs under may not read {path}",
        at.option
    );
    at.finding(&KIND, message)
}
