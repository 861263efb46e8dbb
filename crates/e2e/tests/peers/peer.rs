//! What a foreign program is told to do, and what came of it.
//!
//! Invariant: a program knows nothing of cells: it does the same for a cell and for its twin.

use std::net::SocketAddr;

use crate::cells::{Apart, Cell, Mode, Version};
use crate::site::{Identity, Site};

/// What the foreign end does: one connection.
#[derive(Clone, Copy)]
pub(crate) struct Task<'a> {
    pub(crate) site: &'a Site,
    /// Whether its server demands a certificate.
    pub(crate) mode: Mode,
    /// The one version that it speaks.
    pub(crate) version: Version,
    /// The certificate that it presents.
    pub(crate) identity: Option<Identity>,
    /// The name that its client demands of the server.
    pub(crate) name: &'a str,
}

/// What came of it, as the foreign end has it.
#[derive(Debug)]
pub(crate) enum Came {
    /// It was carried.
    Carried(Hashes),
    /// It was refused or refused itself, in these words.
    Refused(String),
}

/// What went through a foreign end.
#[derive(Debug)]
pub(crate) struct Hashes {
    pub(crate) received: String,
    pub(crate) sent: String,
}

/// What a program says when it refuses, and when it is refused.
pub(crate) struct Words {
    /// Of a certificate that it refuses.
    pub(crate) of_judge: fn(&Cell) -> &'static str,
    /// When no version is in common.
    pub(crate) of_version: fn(&Apart) -> &'static str,
}

/// Our plain program at the other end of `tunnel client`: sends what goes up to its address, and gives what came
/// down.
pub(crate) type Meet<'a> = &'a mut dyn FnMut(SocketAddr) -> Vec<u8>;

/// A foreign program, or a small one of ours on a foreign library.
pub(crate) trait Peer {
    /// Its name and version, as the heading of its tables.
    fn title(&self) -> String;

    /// What it says.
    fn words(&self) -> Words;

    /// Connects to `server`, sends what goes up and takes what comes down.
    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came;

    /// Takes one connection, of which `meet` makes the other end.
    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came;
}
