//! Every figure that is told: its name, kind, labels and meaning. The page on metrics is made of this table.
//!
//! Source: Prometheus' rules for names (base units, `_total` for counters).

/// A figure that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, without the `_total` that counters end in.
    pub name: &'static str,
    /// What kind of figure it is.
    pub kind: Kind,
    /// Its labels beside `place`.
    pub labels: &'static [&'static str],
    /// Whether there is one for each endpoint, with the label `place`.
    pub scope: Scope,
    /// What it is.
    pub help: &'static str,
}

/// What kind a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, from the start of the process.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Times in buckets.
    Histogram,
}

/// Of what there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of the process.
    Process,
    /// Of each endpoint.
    Endpoint,
}

const fn of_endpoint(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    let scope = Scope::Endpoint;
    Metric {
        name,
        kind,
        labels,
        scope,
        help,
    }
}

const fn of_process(name: &'static str, help: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        labels: &[],
        scope: Scope::Process,
        help,
    }
}

/// Every figure that is told; the page on metrics is made of it.
pub const METRICS: [Metric; 19] = [
    RUNNING,
    DRAINING,
    LIMIT,
    CARRIED,
    SHAKING,
    SHAKING_LIMIT,
    USED_UP,
    OPEN,
    CONNECTIONS,
    ENDED,
    HANDSHAKES,
    HANDSHAKE_SECONDS,
    BYTES,
    ACCEPT_ERRORS,
    PLAIN,
    GENERATION,
    CHANGES,
    EXPIRY,
    EXPIRY_DAYS,
];

pub(super) const RUNNING: Metric = of_process(
    "trustpack_tunnel_running_seconds",
    "For how long the process has run",
);
pub(super) const DRAINING: Metric = of_process(
    "trustpack_tunnel_draining",
    "1 while the process is stopping and open connections may still end, else 0",
);
pub(super) const LIMIT: Metric = of_process(
    "trustpack_tunnel_connections_limit",
    "How many connections there may be at once, of all endpoints together",
);
pub(super) const CARRIED: Metric = of_process(
    "trustpack_tunnel_connections_carried",
    "How many of these there are: connections whose handshake is made, or that need none",
);
pub(super) const SHAKING: Metric = of_process(
    "trustpack_tunnel_handshakes_open",
    "Callers whose handshake is not made yet, of all endpoints together",
);
pub(super) const SHAKING_LIMIT: Metric = of_process(
    "trustpack_tunnel_handshakes_limit",
    "How many of these there may be at once",
);
pub(super) const USED_UP: Metric = Metric {
    kind: Kind::Counter,
    labels: &["room"],
    ..of_process(
        "trustpack_tunnel_room_used_up",
        "Times that one of these limits was reached, so that callers waited; room is connections or handshakes",
    )
};
pub(super) const OPEN: Metric = of_endpoint(
    "trustpack_tunnel_connections_open",
    Kind::Gauge,
    &[],
    "Connections that are open",
);
pub(super) const CONNECTIONS: Metric = of_endpoint(
    "trustpack_tunnel_connections",
    Kind::Counter,
    &[],
    "Connections that were accepted",
);
pub(super) const ENDED: Metric = of_endpoint(
    "trustpack_tunnel_connections_ended",
    Kind::Counter,
    &["reason"],
    "Connections that have ended, by how",
);
pub(super) const HANDSHAKES: Metric = of_endpoint(
    "trustpack_tunnel_handshakes",
    Kind::Counter,
    &["result", "reason"],
    "Handshakes, by result (full, resumed, refused) and by why they were refused",
);
pub(super) const HANDSHAKE_SECONDS: Metric = of_endpoint(
    "trustpack_tunnel_handshake_seconds",
    Kind::Histogram,
    &[],
    "How long handshakes took that succeeded",
);
pub(super) const BYTES: Metric = of_endpoint(
    "trustpack_tunnel_bytes",
    Kind::Counter,
    &["direction"],
    "Bytes of data from the network (in) and to it (out), without TLS",
);
pub(super) const ACCEPT_ERRORS: Metric = of_endpoint(
    "trustpack_tunnel_accept_errors",
    Kind::Counter,
    &[],
    "Times that accepting a connection failed, mostly for lack of file descriptors",
);
pub(super) const PLAIN: Metric = of_endpoint(
    "trustpack_tunnel_plain_connections",
    Kind::Counter,
    &[],
    "Callers in plain text at a port that takes TLS too",
);
pub(super) const GENERATION: Metric = of_endpoint(
    "trustpack_tunnel_generation",
    Kind::Gauge,
    &[],
    "Number of the present generation of trust; it rises when CAs, lists, allowed names or the mode change",
);
pub(super) const CHANGES: Metric = of_endpoint(
    "trustpack_tunnel_changes",
    Kind::Counter,
    &["result"],
    "Changed settings or files that were taken over (taken), or were broken and not (refused)",
);
pub(super) const EXPIRY: Metric = of_endpoint(
    "trustpack_tunnel_certificate_expiry_timestamp_seconds",
    Kind::Gauge,
    &[],
    "Last second of the certificate that is presented, since 1970",
);
pub(super) const EXPIRY_DAYS: Metric = of_endpoint(
    "trustpack_tunnel_certificate_expiry_days",
    Kind::Gauge,
    &[],
    "Days until then; below zero when it is over",
);
