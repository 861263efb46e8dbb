//! What a foreign program is told to do, and what came of it.
//!
//! Invariant: a program knows nothing of cells: it does the same for a cell and for its twin, and says what it is told to.

use std::net::SocketAddr;

use crate::cells::{Apart, Cell, Mode, Ours, Version};
use crate::payload::UP;
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
    /// What its client sends.
    pub(crate) up: &'static [u8],
}

/// What came of it, as the foreign end has it.
#[derive(Debug)]
pub(crate) enum Came {
    /// It was carried.
    Carried(Hashes),
    /// It was refused or refused itself, in these words.
    Refused(String),
}

/// What went through a connection.
#[derive(Debug)]
pub(crate) struct Hashes {
    /// What the foreign end received.
    pub(crate) received: String,
    /// What it sent.
    pub(crate) sent: String,
    /// What of it came to our plain program, where a foreign server was met.
    pub(crate) arrived: Option<String>,
}

/// What a program says when it refuses, and when it is refused.
pub(crate) struct Words {
    /// Of a certificate that it refuses.
    pub(crate) of_judge: fn(&Cell) -> &'static str,
    /// When no version is in common.
    pub(crate) of_version: fn(&Apart) -> &'static str,
}

/// Our plain program in front of a `tunnel client` to this address: makes a connection for each request, and gives the
/// answer, one after the other. It sends nothing where the foreign server is not to get that far.
pub(crate) type Meet<'a> =
    &'a mut dyn FnMut(SocketAddr, &mut dyn Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>>;

/// What goes up and comes down on one connection.
pub(crate) fn meet_once(meet: Meet<'_>, address: SocketAddr) -> Vec<u8> {
    let answers = meet(address, &mut std::iter::once(UP.clone()));
    answers.into_iter().next().unwrap_or_default()
}

/// A foreign program, or a small one of ours on a foreign library.
pub(crate) trait Peer {
    /// Its name and version, as the heading of its tables.
    fn title(&self) -> String;

    /// What its users should know, as paragraphs.
    fn notes(&self) -> &'static str {
        ""
    }

    /// What it says.
    fn words(&self) -> Words;

    /// What it calls this alert of ours, such as `unknown_ca (48)`, if it says that it got it.
    fn heard(&self, said: &str, alert: &str) -> Option<String> {
        let name = alert.split(' ').next().unwrap_or_default();
        found(said, name).map(str::to_owned)
    }

    /// Connects to `server`, sends what goes up and takes what comes down.
    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came;

    /// Why it does not notice the fault of a twin that it is to judge, if so: the twin must be carried then.
    fn cannot(&self, _cell: &Cell) -> Option<&'static str> {
        None
    }

    /// How a good connection ends, as our log says it.
    fn ends(&self, _ours: Ours) -> &'static str {
        "both sides were done"
    }

    /// Takes connections, of which `meet` makes the other end.
    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came;
}

/// Where somebody says this, by its letters alone: each program writes the names of alerts in its own way.
fn found<'a>(said: &'a str, name: &str) -> Option<&'a str> {
    let letters = |text: &'a str| text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic());
    let said_letters: Vec<(usize, char)> = letters(said).collect();
    let name = name.chars().filter(char::is_ascii_alphabetic);
    let name: Vec<char> = name.map(|c| c.to_ascii_lowercase()).collect();
    // Without a name there was no alert to be heard, and the cell is told as one that says nothing.
    let mut places = said_letters.windows(name.len().max(1));
    let place = places.find(|place| {
        let letters = place.iter().map(|(_, c)| c.to_ascii_lowercase());
        letters.eq(name.iter().copied())
    })?;
    let (first, last) = (place.first()?.0, place.last()?.0);
    said.get(first..=last)
}
