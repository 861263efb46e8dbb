//! What a context serves, and how that follows its settings: shared by the program's threads and the one that watches.
//!
//! Under a fleet a context may carry plain text, if the program has said that the settings decide; then it changes
//! between plain text and TLS as they do. Invariant: what has been plain text and is to be TLS lets nothing through
//! until it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

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
use crate::retry::{Known, Retry};
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
    retry: Mutex<Retry>,
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
    Tls(Tls),
    /// Plain text.
    Open {
        open: OpenContext,
        /// What did TLS before: it has the connections of then, and goes on when TLS is back.
        before: Option<Tls>,
    },
}

/// What does TLS.
#[derive(Clone, Debug)]
pub(crate) enum Tls {
    Server(ServerContext),
    Client(ClientContext),
}

/// Nothing was taken over: why, in lines.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// Files were changing.
    Unsettled(Vec<String>),
    /// Something is wrong.
    Refused(Vec<String>),
    /// The same is wrong as the last time.
    StillRefused(Vec<String>),
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
            let (served, _) = served(newcomers, (place, clear), None)?;
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
            retry: Mutex::default(),
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
            Served::Open { .. } => true,
            Served::Tls(_) => false,
        }
    }

    /// The number of the generation of trust; 0 where nobody is trusted, in plain text.
    pub(crate) fn generation(&self) -> u64 {
        match &*self.served() {
            Served::Tls(context) => context.generation(),
            Served::Open { .. } => 0,
        }
    }

    /// Whether something is to be read: a file is another than it was, or it is time to try again what stays as it was.
    pub(crate) fn is_due(&self, moment: Instant) -> bool {
        // Looking at files may take long, and needs not both locks.
        let is_time = self.retry().is_due(moment);
        is_time || self.keeper().is_behind()
    }

    /// Reads everything again at this moment: what has changed, with lines about it.
    pub(crate) fn read_again(
        &self,
        moment: Instant,
        read: impl FnOnce(&mut Keeper) -> Result<Refreshed, NotRead>,
    ) -> Result<(Change, Vec<String>), NotTaken> {
        let taken = self.take_over(read);
        match taken {
            Ok(changed) => {
                self.retry().well();
                Ok(changed)
            }
            Err(NotTaken::Refused(lines)) => Err(match self.retry().ailing(moment, &lines) {
                Known::No => NotTaken::Refused(lines),
                Known::Yes => NotTaken::StillRefused(lines),
            }),
            // For the next look the files are still other ones than they were.
            Err(unsettled) => Err(unsettled),
        }
    }

    fn take_over(
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
        let before = self.served().tls().cloned();
        let taken = next.take(clock::now(), |newcomers| {
            let (served, cut) = served(newcomers, (&self.place, self.clear), before)?;
            Ok((served, cut, newcomers.findings()))
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
            Ok((served, cut, findings)) => {
                *keeper = next;
                let (place, manner) = (&self.place, served.manner());
                let mut lines = vec![match cut {
                    0 => format!("{place} {manner}"),
                    _ => format!("{place} {manner}; live connections cut: {cut}"),
                }];
                lines.extend(findings.iter().map(words::of_finding));
                *self.served() = served;
                let generation = self.generation();
                Ok((Change::Trust { generation, cut }, lines))
            }
        }
    }

    fn retry(&self) -> MutexGuard<'_, Retry> {
        // It is replaced as a whole.
        self.retry.lock().unwrap_or_else(PoisonError::into_inner)
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
            Self::Tls(Tls::Server(context)) => context.detects(),
            Self::Tls(Tls::Client(_)) => false,
            Self::Open { open, .. } => open.check().is_ok(),
        };
        match is_allowed {
            true => Allowed::Yes,
            false => Allowed::No,
        }
    }

    fn manner(&self) -> &'static str {
        match self {
            Self::Tls(_) => "does TLS from now on",
            Self::Open { .. } => "speaks plain text from now on",
        }
    }

    /// What does TLS, or did it last.
    fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Tls(context) => Some(context),
            Self::Open { before, .. } => before.as_ref(),
        }
    }
}

impl Tls {
    fn generation(&self) -> u64 {
        match self {
            Self::Server(context) => context.generation(),
            Self::Client(context) => context.generation(),
        }
    }
}

/// What the settings make of an endpoint, and how many of its connections were cut. `before` is what did TLS last: its
/// connections live on, and somebody must judge them.
fn served(
    newcomers: &mut Newcomers<'_>,
    (place, clear): (&Place, Clear),
    before: Option<Tls>,
) -> Result<(Served, usize), ServeError> {
    let endpoint = newcomers.endpoint(place)?;
    let (tls, change) = match (endpoint.security(), clear, endpoint.role(), before) {
        (Security::Open, Clear::Taken, _, before) => {
            let open = newcomers.open(place)?;
            return Ok((Served::Open { open, before }, 0));
        }
        (_, _, Role::Server, Some(Tls::Server(server))) => {
            let change = newcomers.server_again(place, &server)?;
            (Tls::Server(server), change)
        }
        (_, _, Role::Client, Some(Tls::Client(client))) => {
            let change = newcomers.client_again(place, &client)?;
            (Tls::Client(client), change)
        }
        (_, _, Role::Server, Some(Tls::Client(_)) | None) => {
            (Tls::Server(newcomers.server(place)?), Change::Nothing)
        }
        (_, _, Role::Client, Some(Tls::Server(_)) | None) => {
            (Tls::Client(newcomers.client(place)?), Change::Nothing)
        }
    };
    let cut = match change {
        Change::Nothing | Change::Identity => 0,
        Change::Trust { cut, .. } => cut,
    };
    Ok((Served::Tls(tls), cut))
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
