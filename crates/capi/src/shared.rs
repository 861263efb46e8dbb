//! What a context serves, and how that follows its settings: shared by the program's threads and the one that watches.
//!
//! Under a fleet a context may carry plain text, if the program has said that the settings decide; then it changes
//! between plain text and TLS as they do. Invariant: what has been plain text and is to be TLS lets nothing through
//! until it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use trustpack_settings::endpoint::{Role, Security};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_tls::generation::Change;
use trustpack_tls::handshake::Failure;
use trustpack_tls::keeper::newcomers::{Newcomers, ServeError};
use trustpack_tls::keeper::open::OpenContext;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::{Keeper, NotRead, Refreshed, Stays, words};
use trustpack_tls::server::ServerContext;

use crate::clock;
use crate::entry::CallError;
use crate::plain::{Allowed, Plain};
use crate::stream::Stream;
use crate::wire::Wire;

/// What a context has in common with the thread that watches its files.
#[derive(Debug)]
pub(crate) struct Shared {
    place: Place,
    role: Role,
    clear: Clear,
    /// Read again where a context of another kind is to be made.
    source: Source,
    served: Mutex<Served>,
    /// Its lock is taken first where both are.
    keeper: Mutex<Keeper>,
    plain: Arc<Plain>,
}

/// Whether a program takes an endpoint that its settings leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clear {
    /// It wants TLS or nothing.
    Refused,
    /// The settings decide.
    Taken,
}

/// What a context is.
#[derive(Clone, Debug)]
pub(crate) enum Served {
    Server(ServerContext),
    Client(ClientContext),
    /// Plain text.
    Open(OpenContext),
}

/// Nothing was taken over: why, in lines.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// Files were changing.
    Unsettled(Vec<String>),
    /// Something is wrong.
    Refused(Vec<String>),
}

/// What a program that wants TLS can do about an endpoint without it.
const HINT: &str =
    "secure it in the settings, or take it as they say by trustpack_context_from_fleet_or_plain()";

impl Shared {
    /// What the settings make of the endpoint, with what is doubtful about them.
    pub(crate) fn new(
        source: Source,
        place: &Place,
        clear: Clear,
    ) -> Result<(Self, Vec<Finding>), CallError> {
        let mut keeper = Keeper::new(source.clone(), Arc::new(clock::variable));
        let taken = keeper.take(clock::now(), |newcomers| {
            let role = newcomers.endpoint(place)?.role();
            let served = served(newcomers, place, clear)?;
            Ok((role, served, newcomers.findings()))
        });
        let (role, served, findings) = taken.map_err(|error| CallError::Settings {
            lines: why(&error, &source),
        })?;
        let shared = Self {
            place: place.clone(),
            role,
            clear,
            source,
            plain: Arc::new(Plain::new(served.allows_plain())),
            served: Mutex::new(served),
            keeper: Mutex::new(keeper),
        };
        Ok((shared, findings))
    }

    /// A connection under what is served now.
    pub(crate) fn connection(&self, wire: Wire) -> Result<Stream, Failure> {
        let served = self.served().clone();
        Stream::new(&served, Arc::clone(&self.plain), wire)
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// Whether connections begin in plain text.
    pub(crate) fn is_open(&self) -> bool {
        match &*self.served() {
            Served::Open(_) => true,
            Served::Server(_) | Served::Client(_) => false,
        }
    }

    /// The number of the generation of trust; 0 where nobody is trusted, in plain text.
    pub(crate) fn generation(&self) -> u64 {
        match &*self.served() {
            Served::Server(context) => context.generation(),
            Served::Client(context) => context.generation(),
            Served::Open(_) => 0,
        }
    }

    /// Whether a file is another than it was.
    pub(crate) fn is_behind(&self) -> bool {
        self.keeper().is_behind()
    }

    /// Reads everything again: what has changed, with lines about it.
    pub(crate) fn read_again(
        &self,
        read: impl FnOnce(&mut Keeper) -> Result<Refreshed, NotRead>,
    ) -> Result<(Change, Vec<String>), NotTaken> {
        let mut keeper = self.keeper();
        let refreshed = read(&mut keeper);
        let lines = words::of_refreshed(&refreshed);
        let changed = match refreshed {
            Err(NotRead::Unsettled) => Err(NotTaken::Unsettled(lines)),
            Err(NotRead::Source(_) | NotRead::Hangs | NotRead::Broken { .. }) => {
                Err(NotTaken::Refused(lines))
            }
            // A context has one endpoint.
            Ok(refreshed) => match refreshed.endpoints.into_iter().next() {
                Some((_, Ok(change))) => Ok((change, lines)),
                Some((_, Err(stays))) if self.is_other_kind(&stays) => self.become_it(&mut keeper),
                Some((_, Err(_))) | None => Err(NotTaken::Refused(lines)),
            },
        };
        drop(keeper);
        let allowed = self.served().allows_plain();
        self.plain.set(allowed);
        changed
    }

    /// Whether an endpoint stays as it was because plain text is to become TLS, or TLS plain text.
    fn is_other_kind(&self, stays: &Stays) -> bool {
        match stays {
            Stays::Open(_) => true,
            Stays::Context(error) => match (self.clear, &**error) {
                (Clear::Taken, ContextError::Open { .. }) => true,
                (Clear::Taken | Clear::Refused, _) => false,
            },
            Stays::Gone
            | Stays::FleetBroken { .. }
            | Stays::Settings(_)
            | Stays::Material(_)
            | Stays::Doubtful { .. } => false,
        }
    }

    /// Becomes what the settings say, which no context can change into.
    fn become_it(&self, keeper: &mut Keeper) -> Result<(Change, Vec<String>), NotTaken> {
        let mut next = Keeper::new(self.source.clone(), Arc::new(clock::variable));
        next.remember(&keeper.numbers());
        let taken = next.take(clock::now(), |newcomers| {
            let served = served(newcomers, &self.place, self.clear)?;
            Ok((served, newcomers.findings()))
        });
        match taken {
            Err(error) => {
                let place = &self.place;
                let mut lines = match self.is_open() {
                    true => vec![format!(
                        "{place} is to do TLS and cannot; nothing is let through"
                    )],
                    false => vec![format!("{place} stays as it was")],
                };
                lines.extend(words::of_error(&error));
                Err(NotTaken::Refused(lines))
            }
            Ok((served, findings)) => {
                *keeper = next;
                let mut lines = vec![format!("{} {}", self.place, served.manner())];
                lines.extend(findings.iter().map(words::of_finding));
                *self.served() = served;
                let generation = self.generation();
                Ok((Change::Trust { generation, cut: 0 }, lines))
            }
        }
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        // What a keeper takes over it takes over as a whole.
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn served(&self) -> MutexGuard<'_, Served> {
        // It is replaced as a whole.
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Served {
    fn allows_plain(&self) -> Allowed {
        let is_allowed = match self {
            Self::Server(context) => context.detects(),
            Self::Client(_) => false,
            Self::Open(context) => context.check().is_ok(),
        };
        match is_allowed {
            true => Allowed::Yes,
            false => Allowed::No,
        }
    }

    fn manner(&self) -> &'static str {
        match self {
            Self::Server(_) | Self::Client(_) => "does TLS from now on",
            Self::Open(_) => "speaks plain text from now on",
        }
    }
}

/// What the settings make of an endpoint.
fn served(
    newcomers: &mut Newcomers<'_>,
    place: &Place,
    clear: Clear,
) -> Result<Served, ServeError> {
    let endpoint = newcomers.endpoint(place)?;
    match (endpoint.security(), clear, endpoint.role()) {
        (Security::Open, Clear::Taken, _) => Ok(Served::Open(newcomers.open(place)?)),
        (_, _, Role::Server) => Ok(Served::Server(newcomers.server(place)?)),
        (_, _, Role::Client) => Ok(Served::Client(newcomers.client(place)?)),
    }
}

/// Why there is no context, in lines.
fn why(error: &ServeError, source: &Source) -> Vec<String> {
    let mut lines = words::of_error(error);
    if let (ServeError::Stays(Stays::Context(cause)), Source::Fleet { .. }) = (error, source)
        && matches!(**cause, ContextError::Open { .. })
    {
        lines.push(HINT.to_owned());
    }
    lines
}
