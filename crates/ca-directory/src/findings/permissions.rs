//! TP6008: private files are open to others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6008),
    severity: Severity::Warning,
    title: "private files are open to others",
    meaning: "The folder of the CA or a private key can be read or changed by other accounts than its owner's.",
    example: "`chmod 644 ca_conf/ca_priv_key.pem`",
    remedy: "take the permissions away: 0700 for ca_conf, 0400 for the CA key, 0600 or 0640 for keys of hosts",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>) -> Vec<CaFinding> {
    let layout = inspected.directory.layout();
    let own = [
        (layout.ca_conf.clone(), OTHERS),
        (layout.private_key.clone(), OTHERS),
    ];
    let of_hosts = inspected
        .repository
        .iter()
        .filter(|name| name.ends_with("_priv_key.pem") || name.ends_with("_cert.pfx"))
        .map(|name| (layout.repository.join(name), OTHERS_BUT_GROUP_READS));
    let finding = |(path, forbidden): (PathBuf, u32)| {
        // What is missing is the matter of other checks.
        let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o7777;
        let message = format!("its permissions are {mode:04o}; other accounts must have none");
        (mode & forbidden != 0).then(|| CaFinding::new(&KIND, &path, message))
    };
    own.into_iter()
        .chain(of_hosts)
        .filter_map(finding)
        .collect()
}

/// Permission bits of group and others.
const OTHERS: u32 = 0o077;
/// The same without reading by the group, which `--key-group` allows.
const OTHERS_BUT_GROUP_READS: u32 = 0o037;
