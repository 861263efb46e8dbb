//! Small programs of ours on a foreign library, which make one connection for each command.
//!
//! A command is a line of words between tabs: `client`, the address, the name of the server, the version, certificate,
//! key, trusted CA and list as files (`-` for none), and the files with what goes up and what comes down; or `server`,
//! `1` if it demands a certificate, and the same from the version on. A program with stores has one file for
//! certificate and key. Invariant: what is carried is the same as with every other program.

use std::net::SocketAddr;
use std::path::Path;

use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::talk::Commanded;

use crate::cells::{Mode, Version};
use crate::payload::{DOWN, hash};
use crate::peer::{Came, Hashes, Meet, Task, meet_once};

/// A running program.
pub(crate) struct Driven {
    program: Commanded,
    /// Holds what goes up and what goes down.
    folder: TempDir,
}

impl Driven {
    #[track_caller]
    pub(crate) fn start(call: Call) -> Self {
        let folder = folder::temporary();
        std::fs::write(folder.path().join("down"), DOWN.as_slice()).unwrap();
        Self {
            program: Commanded::start(call),
            folder,
        }
    }

    /// Connects; `files` are as the program has them.
    #[track_caller]
    pub(crate) fn client(&mut self, task: &Task<'_>, server: SocketAddr, files: &[String]) -> Came {
        let address = server.to_string();
        self.goes_up(task);
        self.command(&["client", &address, task.name, version(task)], files);
        self.came()
    }

    /// Takes a connection.
    #[track_caller]
    pub(crate) fn server(&mut self, task: &Task<'_>, meet: Meet<'_>, files: &[String]) -> Came {
        let mutual = match task.mode {
            Mode::Simple => "0",
            Mode::Mutual => "1",
        };
        self.goes_up(task);
        self.command(&["server", mutual, version(task)], files);
        let back = match &self.program.answer()[..] {
            [word, address] if word == "listening" => meet_once(meet, address.parse().unwrap()),
            other => panic!("it does not listen: {other:?}"),
        };
        match self.came() {
            Came::Carried(hashes) => Came::Carried(Hashes {
                arrived: Some(hash(&back)),
                ..hashes
            }),
            refused => refused,
        }
    }

    fn goes_up(&self, task: &Task<'_>) {
        std::fs::write(self.folder.path().join("up"), task.up).unwrap();
    }

    #[track_caller]
    fn command(&mut self, words: &[&str], files: &[String]) {
        let [up, down] = ["up", "down"].map(|name| text(&self.folder.path().join(name)));
        let files = files.iter().chain([&up, &down]).map(String::as_str);
        let words: Vec<&str> = words.iter().copied().chain(files).collect();
        self.program.command(&words);
    }

    #[track_caller]
    fn came(&mut self) -> Came {
        match &self.program.answer()[..] {
            [word, received, sent] if word == "carried" => Came::Carried(Hashes {
                received: received.clone(),
                sent: sent.clone(),
                arrived: None,
            }),
            [word, said @ ..] if word == "refused" => Came::Refused(said.join(" ")),
            other => panic!("it says {other:?}"),
        }
    }
}

/// Certificate, key, CA and this list in PEM.
pub(crate) fn pem(task: &Task<'_>, list: &Path) -> Vec<String> {
    let site = task.site;
    let own = match task.identity {
        Some(identity) => [site.certificate(identity), site.key(identity)].map(|file| text(&file)),
        None => ["-", "-"].map(str::to_owned),
    };
    own.into_iter()
        .chain([text(&site.trusted()), text(list)])
        .collect()
}

/// A program of this name beside these tests.
pub(crate) fn program(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/programs");
    text(&Path::new(folder).join(name))
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn version(task: &Task<'_>) -> &'static str {
    match task.version {
        Version::Tls10 => "1.0",
        Version::Tls11 => "1.1",
        Version::Tls12 => "1.2",
        Version::Tls13 => "1.3",
    }
}
