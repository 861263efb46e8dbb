//! What a process that serves may still do: a sandbox that only shrinks, made of what the kernel offers to everybody.
//!
//! [`confine`] is called when every address is taken and everything is loaded, and before there are threads. From
//! then on no file outside of [`Bounds`] can be opened ([`files`]), no program be started and no socket of another kind
//! be made ([`calls`]). It needs no privilege, and gives up those that root has, but for reading files ([`privileges`]).
//!
//! Invariant: what cannot be confined is said by name; nothing of it stops the tunnels.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use trustpack_settings::value::{NetworkAddress, PlainAddress};

use crate::bind::{Bound, ListenAddress};
use crate::spec::Address;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
pub mod memory;
#[cfg(target_os = "linux")]
mod privileges;

/// What stays open to a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Folders and files that may be read, with all that is in them.
    pub readable: BTreeSet<PathBuf>,
    /// Folders in which files may be removed: those of UNIX sockets, whose files go with the process.
    pub removable: BTreeSet<PathBuf>,
    /// Whether names are looked up: then the files of the resolver may be read too.
    pub names: bool,
    /// Whether UNIX sockets may be connected to.
    pub unix: bool,
    /// TCP ports that may be connected to; any if `None`.
    pub ports: Option<BTreeSet<u16>>,
    /// Whether abstract UNIX sockets of other processes may be sent to.
    pub abstract_sockets: bool,
}

/// How much can be read beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "a file alone that is replaced is not seen any more, and that is to be told"]
pub enum Beside {
    /// Its folder: whatever takes its place too.
    Folder,
    /// Only the file that is there now, as far as links lead through the root of all folders.
    FileAlone,
}

/// What is to be readable cannot be.
#[derive(Debug, thiserror::Error)]
pub enum NotReadable {
    /// There is nothing.
    #[error("{} is to be readable in the sandbox and is not there", .path.display())]
    Missing {
        /// What was named.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// It would be no sandbox.
    #[error("{} is the root of all folders: the sandbox would keep nothing from being read", .path.display())]
    Everything {
        /// What was named.
        path: PathBuf,
    },
}

/// Where a tunnel is to lead, and a confined process does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutOfReach {
    #[error("the sandbox does not let this process connect to port {0}")]
    Port(u16),
    #[error("the sandbox lets this process look up no names")]
    Names,
    #[error("the sandbox lets this process connect to no UNIX socket")]
    Unix,
}

/// What became of a part of the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Files, ports and signals, by Landlock.
    Files,
    /// System calls, by seccomp.
    Calls,
    /// Capabilities of root.
    Privileges,
    /// Neither memory dumps nor debuggers.
    Memory,
}

/// A part of the sandbox that this kernel does not have, or not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {reason}")]
pub struct Missing {
    /// Which part.
    pub part: Part,
    /// What is missing.
    pub reason: String,
}

impl Missing {
    /// A thread that was there before the sandbox is not in it.
    pub fn of_thread(reason: &dyn fmt::Display) -> Self {
        Self::in_thread(Part::Files, reason)
    }

    fn in_thread(part: Part, reason: &dyn fmt::Display) -> Self {
        Self {
            part,
            reason: format!("not in the thread that writes the log: {reason}"),
        }
    }
}

/// How a process is confined.
#[derive(Debug)]
#[must_use = "what is missing is to be told, and other threads are to be confined"]
pub struct Confinement {
    /// What is missing; nothing if all is as it should be.
    pub missing: Vec<Missing>,
    /// For threads that were there before.
    pub threads: Option<ThreadRules>,
}

/// The rules on files, and what is left of privileges, for a thread that was there before the sandbox.
#[derive(Debug, Default)]
pub struct ThreadRules {
    #[cfg(target_os = "linux")]
    files: Option<files::Rules>,
    #[cfg(target_os = "linux")]
    privileges: Option<privileges::Privileges>,
}

impl ThreadRules {
    /// Confines the thread that calls this. What this kernel lacks was told when the process was confined.
    ///
    /// # Errors
    ///
    /// [`Missing`] when the thread is not confined.
    pub fn apply(self) -> Result<(), Missing> {
        #[cfg(target_os = "linux")]
        {
            let privileges = self.privileges.map(privileges::Privileges::apply);
            let files = self.files.map(files::Rules::restrict_thread);
            if let Some(Err(error)) = files {
                return Err(Missing::of_thread(&error));
            }
            if let Some(Err(error)) = privileges {
                return Err(Missing::in_thread(Part::Privileges, &error));
            }
        }
        Ok(())
    }
}

/// Folders and files that lookups of names read, where they are.
///
/// Source: `nsswitch.conf(5)`, `resolv.conf(5)`, `gai.conf(5)`, `ld.so(8)`; systemd-resolved, NetworkManager, nscd and
/// sssd put theirs under `/run` and `/var/lib/sss`. The modules of the C library are loaded at the first lookup.
const RESOLVER: &[&str] = &[
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ld.so.cache",
    "/etc/resolvconf",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    "/var/lib/sss/mc",
];

/// The port of name servers, which a long answer comes from over TCP.
const DOMAIN: u16 = 53;

impl Bounds {
    /// What tunnels need that are about to run: no files, but the ways to where they lead.
    #[must_use]
    pub fn of(bound: &Bound) -> Self {
        let mut bounds = Self::default();
        let mut ports = BTreeSet::new();
        for door in &bound.doors {
            ports.extend(ports_of(&door.tunnel.spec().to));
            match &door.tunnel.spec().to {
                Address::Network(NetworkAddress::Lookup { .. }) => bounds.names = true,
                Address::Plain(PlainAddress::Unix(_)) => bounds.unix = true,
                Address::Network(NetworkAddress::Given(_))
                | Address::Plain(PlainAddress::Tcp(_)) => {}
            }
            match &door.way.address {
                ListenAddress::Unix(path) => bounds.remove_at(path),
                ListenAddress::Tcp(_) => {}
            }
        }
        bounds.ports = Some(ports);
        bounds
    }

    /// Lets the folder of a file be read, with what its links lead to. The folder, since a file is replaced by
    /// another one of its name. Of a file in the root of all folders only that file: the folder would be everything.
    pub fn read_beside(&mut self, file: &Path) -> Beside {
        let mut beside = self.read_folder_of(file);
        // A folder may be swapped under a link that leads to a neighbour, as when a new release is put into place.
        for step in file.ancestors() {
            let neighbour = std::fs::read_link(step)
                .is_ok_and(|target| target.components().count() == 1 && target.is_relative());
            if neighbour {
                beside = beside.max(self.read_folder(step.parent()));
            }
        }
        if let Ok(real) = file.canonicalize() {
            beside = beside.max(self.read_folder_of(&real));
        }
        beside
    }

    /// Lets what is there be read: a folder with all that is in it, or a file alone.
    ///
    /// # Errors
    ///
    /// [`NotReadable`] when there is nothing, or it is the root of all folders.
    pub fn read(&mut self, path: &Path) -> Result<(), NotReadable> {
        let owned = || path.to_owned();
        let real = path.canonicalize().map_err(|error| NotReadable::Missing {
            path: owned(),
            error,
        })?;
        if real.parent().is_none() {
            return Err(NotReadable::Everything { path: owned() });
        }
        let written = std::path::absolute(path).unwrap_or_else(|_| owned());
        self.readable.extend([written, real]);
        Ok(())
    }

    fn read_folder_of(&mut self, file: &Path) -> Beside {
        if file.is_dir() {
            return self.read_folder(Some(file));
        }
        let beside = self.read_folder(file.parent());
        match beside {
            Beside::Folder => {}
            Beside::FileAlone => self.readable.extend([file.to_owned()]),
        }
        beside
    }

    fn read_folder(&mut self, folder: Option<&Path>) -> Beside {
        match folder {
            Some(folder) if folder.parent().is_some() => {
                self.readable.insert(folder.to_owned());
                Beside::Folder
            }
            Some(_) | None => Beside::FileAlone,
        }
    }

    /// Why a process within these bounds does not come to where a tunnel is to lead; nothing if it does.
    pub(crate) fn keeps_from(&self, to: &Address) -> Option<OutOfReach> {
        let allowed = self.ports.as_ref();
        let port = ports_of(to)
            .into_iter()
            .find(|port| allowed.is_some_and(|allowed| !allowed.contains(port)));
        if let Some(port) = port {
            return Some(OutOfReach::Port(port));
        }
        match to {
            Address::Network(NetworkAddress::Lookup { .. }) if !self.names => {
                Some(OutOfReach::Names)
            }
            Address::Plain(PlainAddress::Unix(_)) if !self.unix && !self.names => {
                Some(OutOfReach::Unix)
            }
            Address::Network(_) | Address::Plain(_) => None,
        }
    }

    /// Lets the file of a UNIX socket be removed.
    pub fn remove_at(&mut self, socket: &Path) {
        self.removable.extend(socket.parent().map(Path::to_owned));
    }

    /// Every path that may be read.
    fn all_readable(&self) -> impl Iterator<Item = &Path> {
        let resolver = RESOLVER.iter().filter(|_| self.names).map(Path::new);
        self.readable.iter().map(PathBuf::as_path).chain(resolver)
    }

    /// Every port that may be connected to.
    fn all_ports(&self) -> Option<BTreeSet<u16>> {
        let mut ports = self.ports.clone()?;
        ports.extend(self.names.then_some(DOMAIN));
        Some(ports)
    }
}

/// The TCP ports that are connected to for this end of a tunnel.
pub(crate) fn ports_of(to: &Address) -> BTreeSet<u16> {
    match to {
        Address::Network(NetworkAddress::Given(addresses)) => {
            addresses.iter().map(SocketAddr::port).collect()
        }
        Address::Network(NetworkAddress::Lookup { port, .. }) => BTreeSet::from([*port]),
        Address::Plain(PlainAddress::Tcp(address)) => BTreeSet::from([address.port()]),
        Address::Plain(PlainAddress::Unix(_)) => BTreeSet::new(),
    }
}

/// Confines this process: the thread that calls this and those that it starts, and by seccomp every thread.
pub fn confine(bounds: &Bounds) -> Confinement {
    let mut confinement = Confinement {
        missing: Vec::new(),
        threads: None,
    };
    confinement.confine(bounds);
    confinement
}

impl Confinement {
    fn lack(&mut self, part: Part, reason: impl fmt::Display) {
        let reason = reason.to_string();
        self.missing.push(Missing { part, reason });
    }

    #[cfg(target_os = "linux")]
    fn confine(&mut self, bounds: &Bounds) {
        let mut threads = ThreadRules::default();
        // First: what comes after it leaves no way to it.
        match privileges::Privileges::kept() {
            Ok(kept) => {
                threads.privileges = Some(kept);
                if let Err(error) = kept.apply() {
                    self.lack(Part::Privileges, error);
                }
            }
            Err(error) => self.lack(Part::Privileges, error),
        }
        match files::Rules::new(bounds) {
            Ok(rules) => {
                // The threads that are there already confine themselves.
                let rules = rules.twice();
                match rules.0.restrict_thread() {
                    Ok(whole) => {
                        self.missing.extend(whole);
                        match rules.1 {
                            Ok(rules) => threads.files = Some(rules),
                            Err(error) => self.missing.push(Missing::of_thread(&error)),
                        }
                    }
                    Err(error) => self.lack(Part::Files, error),
                }
            }
            Err(error) => self.lack(Part::Files, error),
        }
        if let Err(error) = calls::restrict_process(bounds) {
            self.lack(Part::Calls, error);
        }
        self.threads = Some(threads);
    }

    #[cfg(not(target_os = "linux"))]
    fn confine(&mut self, _bounds: &Bounds) {
        for part in [Part::Files, Part::Calls, Part::Privileges] {
            self.lack(part, "only Linux has it");
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "files, ports and signals (Landlock)",
            Self::Calls => "system calls (seccomp)",
            Self::Privileges => "privileges of root (capabilities)",
            Self::Memory => "memory dumps and debuggers",
        })
    }
}
