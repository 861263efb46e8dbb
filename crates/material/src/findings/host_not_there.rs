//! TP4108: no files of a host.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;
use trustpack_x509::dns::DnsName;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4108),
    severity: Severity::Warning,
    title: "no files of a host",
    meaning: "The tree of hosts has no folder for a host of the fleet. Nothing is said of the files of its endpoints, nor of connections to them.",
    example: "fleet check --files DIR, and no DIR/db1.example.com",
    remedy: "copy the files of the host there, with their owners and modes",
    when_accepted: WhenAccepted::Starts,
};

/// A host with secured endpoints and without a folder.
pub(crate) fn found(host: &DnsName) -> Finding {
    let message = format!(
        "there is no folder of {host} in the tree of files; its endpoints were not looked at"
    );
    Finding::new(&KIND, Place::Host(host.clone()), message)
}
