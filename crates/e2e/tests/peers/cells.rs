//! What is tried with every foreign program.
//!
//! Invariant: with each program, in each role of ours, each fault has its cell, and each cell its fault.

/// What our end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ours {
    Server,
    Client,
}

/// Who presents a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Simple,
    Mutual,
}

/// The one version that the foreign program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

/// The keys of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Rsa,
    P256,
}

/// In what the twin of a cell differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The certificate is of a CA that the other end does not trust.
    UnknownCa,
    Expired,
    Revoked,
    /// The server's certificate is for another name.
    WrongName,
    /// The client has none, and one is demanded.
    NoCertificate,
}

/// Which end turns the other away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judge {
    Ours,
    Foreign,
}

/// A handshake that must work, and in what its twin differs, which must not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) ours: Ours,
    pub(crate) mode: Mode,
    pub(crate) version: Version,
    pub(crate) key: Key,
    pub(crate) fault: Fault,
}

/// Versions that do not meet: what ours allows, and the one that the foreign program speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apart {
    pub(crate) ours: Ours,
    pub(crate) allowed: Allowed,
    pub(crate) version: Version,
}

/// The versions that our end allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Both,
    Only12,
    Only13,
}

const SPOKEN: [(Version, Key); 4] = [
    (Version::Tls12, Key::Rsa),
    (Version::Tls12, Key::P256),
    (Version::Tls13, Key::Rsa),
    (Version::Tls13, Key::P256),
];

/// The cells of one role. `shift` moves the faults on, so that another program has them at other versions and keys.
pub(crate) fn cells(ours: Ours, shift: usize) -> Vec<Cell> {
    let faults = |mode| match mode {
        Mode::Simple => [
            Fault::UnknownCa,
            Fault::Expired,
            Fault::Revoked,
            Fault::WrongName,
        ],
        Mode::Mutual => [
            Fault::NoCertificate,
            Fault::UnknownCa,
            Fault::Expired,
            Fault::Revoked,
        ],
    };
    let of_mode = |mode| {
        let faults = faults(mode).into_iter().cycle().skip(shift);
        SPOKEN
            .into_iter()
            .zip(faults)
            .map(move |((version, key), fault)| Cell {
                ours,
                mode,
                version,
                key,
                fault,
            })
    };
    of_mode(Mode::Simple).chain(of_mode(Mode::Mutual)).collect()
}

/// The versions that must not meet, in one role.
pub(crate) fn apart(ours: Ours) -> [Apart; 4] {
    let apart = |allowed, version| Apart {
        ours,
        allowed,
        version,
    };
    [
        apart(Allowed::Only13, Version::Tls12),
        apart(Allowed::Only12, Version::Tls13),
        apart(Allowed::Both, Version::Tls11),
        apart(Allowed::Both, Version::Tls10),
    ]
}

impl Cell {
    /// In mutual TLS the twin is about the client's certificate, else about the server's.
    pub(crate) fn judge(&self) -> Judge {
        match (self.mode, self.ours) {
            (Mode::Simple, Ours::Client) | (Mode::Mutual, Ours::Server) => Judge::Ours,
            (Mode::Simple, Ours::Server) | (Mode::Mutual, Ours::Client) => Judge::Foreign,
        }
    }
}

impl Version {
    /// As the log has it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

impl Key {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Rsa => "RSA-2048",
            Self::P256 => "P-256",
        }
    }
}

impl Mode {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Mutual => "mutual",
        }
    }
}

impl Fault {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::UnknownCa => "unknown CA",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::WrongName => "wrong name",
            Self::NoCertificate => "no certificate",
        }
    }

    /// The step of our log, and its words: without the root of the peer, and with it, they are others.
    pub(crate) fn in_our_log(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::UnknownCa => (
                "path",
                &[
                    "was issued by \"CN=Other CA\", which is neither trusted",
                    "is not trusted here, and no other CA issued it",
                ],
            ),
            Self::Expired => ("dates", &["was valid until 2025-02-01"]),
            Self::Revoked => ("revocation", &["was revoked on 2025-01-01"]),
            Self::WrongName => ("name", &["elsewhere.example.com"]),
            Self::NoCertificate => ("path", &["presented no certificate"]),
        }
    }
}

impl Allowed {
    /// As options of ours.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Both => &[],
            Self::Only12 => &["--sec-protocol-max", "TLSv12"],
            Self::Only13 => &["--sec-protocol", "TLSv13"],
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Both => "1.2 and 1.3",
            Self::Only12 => "1.2",
            Self::Only13 => "1.3",
        }
    }
}
