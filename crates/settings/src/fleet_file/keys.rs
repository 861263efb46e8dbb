//! The keys of each kind of object in the fleet file.
//!
//! Not here: what they mean. Invariant: what an object takes is what stands here, since whatever else it has is reported.

/// Of the file itself.
pub(crate) const FLEET: &[&str] = &["host", "application", "accept"];

/// Of `[[host]]`.
pub(crate) const HOST: &[&str] = &["name", "addresses", "platform", "security"];

/// Of `[[application]]`.
pub(crate) const APPLICATION: &[&str] = &[
    "name",
    "component",
    "host",
    "backup",
    "runtime",
    "role",
    "account",
    "certificate-source",
    "own-file",
    "security",
    "port",
    "connection",
];

/// Of `[[application.port]]`.
pub(crate) const PORT: &[&str] = &[
    "id",
    "number",
    "mode",
    "transport",
    "ha-sync",
    "tunnel",
    "engine",
    "configured-by",
];

/// Of `[[application.connection]]`.
pub(crate) const CONNECTION: &[&str] = &[
    "to",
    "port",
    "transport",
    "tunnel",
    "engine",
    "configured-by",
];

/// Of `[[accept]]`.
pub(crate) const ACCEPTANCE: &[&str] = &["code", "place", "reason", "until"];
