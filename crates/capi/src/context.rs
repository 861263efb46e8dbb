//! Contexts: a TLS server or client under settings, which follows their changes when the program says so.
//!
//! Shared by threads. Invariant: a context has whole settings and files, the last ones that were.

#![expect(unsafe_code, reason = "names of the C interface are exported")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::place::Place;
use trustpack_tls::generation::Change;
use trustpack_tls::handshake::Failure;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::{Keeper, NotRead, Refreshed};

use crate::boundary::{Handle, Input, Kind, Object, Out, Owned, Text};
use crate::entry::{CallError, call, say, value};
use crate::numbers::{Answer, Changed, Level, Side};
use crate::origin::{self, Request};
use crate::shared::{Clear, NotTaken, Shared};
use crate::stream::Stream;
use crate::watch::Watcher;
use crate::wire::Wire;
use crate::{clock, log};

/// A context of a program.
#[derive(Debug)]
pub(crate) struct Context {
    shared: Arc<Shared>,
    origin: Origin,
    watcher: Mutex<Option<Watcher>>,
}

/// Where the settings of a context are changed.
#[derive(Clone, Debug)]
enum Origin {
    /// In files.
    Files,
    /// By the program, which gives other options for this side and this peer.
    Options(Role, Option<trustpack_settings::value::PeerName>),
}

/// What of a reload the log is told. The caller learns everything each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// All of it: somebody asked for it.
    Always,
    /// What it was not told before.
    News,
}

/// Name and value of an option, as C gives them.
#[repr(C)]
pub(crate) struct Pair<'c> {
    name: Text<'c>,
    value: Text<'c>,
}

impl Kind for Context {
    const MARK: u32 = 0x7470_6378;
    const NAME: &'static str = "context";
}

/// A context of an endpoint of a fleet.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_from_fleet(
    path: Text<'_>,
    host: Text<'_>,
    place: Text<'_>,
    context: Out<'_, *mut Handle<Context>>,
) -> i32 {
    call(|| {
        let context = context.demanded("context")?;
        give(context, of_fleet(path, host, place, Clear::Refused)?)
    })
}

/// The same, also where the settings leave the endpoint open.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_from_fleet_or_plain(
    path: Text<'_>,
    host: Text<'_>,
    place: Text<'_>,
    context: Out<'_, *mut Handle<Context>>,
) -> i32 {
    call(|| {
        let context = context.demanded("context")?;
        give(context, of_fleet(path, host, place, Clear::Taken)?)
    })
}

fn of_fleet(
    path: Text<'_>,
    host: Text<'_>,
    place: Text<'_>,
    clear: Clear,
) -> Result<Context, CallError> {
    let (path, host) = (path.demanded("path")?, host.if_given("host")?);
    let place = place.demanded("place")?;
    let place: Place = place.parse().map_err(|error| CallError::Unreadable {
        what: "place",
        why: format!("{error}"),
    })?;
    let source = origin::fleet(path, host, &place)?;
    Context::new(source, &place, (Origin::Files, clear))
}

/// A context of the endpoint that the own file of a component describes.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_from_file(
    role: i32,
    path: Text<'_>,
    peer_name: Text<'_>,
    context: Out<'_, *mut Handle<Context>>,
) -> i32 {
    call(|| {
        let context = context.demanded("context")?;
        let peer = peer_name.if_given("peer name")?;
        let peer = peer.map(origin::peer_name).transpose()?;
        let source = origin::component_file(path.demanded("path")?, of_number(role)?, peer);
        give(
            context,
            Context::new(source, &Place::Program, (Origin::Files, Clear::Refused))?,
        )
    })
}

/// A context of the endpoint that options describe.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_from_options(
    role: i32,
    options: Input<'_, Pair<'_>>,
    count: usize,
    peer_name: Text<'_>,
    context: Out<'_, *mut Handle<Context>>,
) -> i32 {
    call(|| {
        let context = context.demanded("context")?;
        let role = of_number(role)?;
        let peer = peer_name.if_given("peer name")?;
        let peer = peer.map(origin::peer_name).transpose()?;
        let options = pairs(options.elements(count, "options")?)?;
        let endpoint = origin::by_hand(&Request {
            role,
            peer: peer.clone(),
            options: &options,
        })?;
        let source = Source::Fixed(Box::new(endpoint));
        let how = (Origin::Options(role, peer), Clear::Refused);
        give(context, Context::new(source, &Place::Program, how)?)
    })
}

/// Reads settings and files again.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_reload(context: Object<'_, Context>, change: Out<'_, i32>) -> i32 {
    call(|| {
        context.get()?.refresh(change, Telling::Always, |keeper| {
            keeper.refresh(clock::now())
        })
    })
}

/// Reads settings and files again if one of the files is another than it was.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_refresh(
    context: Object<'_, Context>,
    mut change: Out<'_, i32>,
) -> i32 {
    call(|| {
        let context = context.get()?;
        if !context.shared.is_due(Instant::now()) {
            change.put(of_change(Change::Nothing));
            return Ok(Answer::Ok);
        }
        context.refresh(change, Telling::News, |keeper| keeper.refresh(clock::now()))
    })
}

/// Has a thread look at the files again and again.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_watch(context: Object<'_, Context>, milliseconds: u32) -> i32 {
    call(|| {
        let context = context.get()?;
        let watcher = match milliseconds {
            0 => None,
            _ => {
                let interval = Duration::from_millis(u64::from(milliseconds));
                let started = Watcher::start(Arc::clone(&context.shared), interval);
                Some(started.map_err(CallError::NoThread)?)
            }
        };
        let mut place = context
            .watcher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *place, watcher);
        // Its end is waited for, which needs no lock.
        drop(place);
        drop(before);
        Ok(Answer::Ok)
    })
}

/// Takes over other options.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_set_options(
    context: Object<'_, Context>,
    options: Input<'_, Pair<'_>>,
    count: usize,
    change: Out<'_, i32>,
) -> i32 {
    call(|| {
        let context = context.get()?;
        let options = pairs(options.elements(count, "options")?)?;
        let Origin::Options(role, peer) = &context.origin else {
            let why =
                "the settings of this context stand in files: change them there, and reload it";
            return Err(CallError::State(why));
        };
        let endpoint: Endpoint = origin::by_hand(&Request {
            role: *role,
            peer: peer.clone(),
            options: &options,
        })?;
        context.refresh(change, Telling::Always, |keeper| {
            keeper.change_settings(endpoint, clock::now())
        })
    })
}

/// The number of the generation of trust.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_generation(context: Object<'_, Context>) -> u64 {
    value(0, || Ok(context.get()?.shared.generation()))
}

/// Which side a context is.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_role(context: Object<'_, Context>) -> i32 {
    value(0, || {
        let side = match context.get()?.shared.role() {
            Role::Server => Side::Server,
            Role::Client => Side::Client,
        };
        Ok(side.number())
    })
}

/// Whether a context carries plain text.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_is_plain(context: Object<'_, Context>) -> i32 {
    value(-1, || Ok(i32::from(context.get()?.shared.is_open())))
}

/// Frees a context.
#[unsafe(no_mangle)]
extern "C" fn trustpack_context_free(context: Owned<Context>) {
    value((), || context.take().map(drop));
}

impl Context {
    fn new(
        source: Source,
        place: &Place,
        (origin, clear): (Origin, Clear),
    ) -> Result<Self, CallError> {
        log::take_panics();
        let (shared, findings) = Shared::new(source, place, clear)?;
        log::findings(&findings);
        Ok(Self {
            shared: Arc::new(shared),
            origin,
            watcher: Mutex::default(),
        })
    }

    /// A connection under what the context serves now.
    pub(crate) fn connection(&self, wire: Wire) -> Result<Stream, Failure> {
        self.shared.connection(wire)
    }

    /// Reads everything again; says what became of it, to the caller and to the log.
    fn refresh(
        &self,
        mut change: Out<'_, i32>,
        telling: Telling,
        read: impl FnOnce(&mut Keeper) -> Result<Refreshed, NotRead>,
    ) -> Result<Answer, CallError> {
        change.put(of_change(Change::Nothing));
        match self.shared.read_again(Instant::now(), read) {
            Ok((what, lines)) => {
                lines.iter().for_each(|line| log::write(Level::Info, line));
                say(&lines.join("\n"));
                change.put(of_change(what));
                Ok(Answer::Ok)
            }
            Err(NotTaken::Unsettled(lines)) => {
                say(&lines.join("\n"));
                Ok(Answer::TryAgain)
            }
            Err(NotTaken::StillRefused(lines)) if telling == Telling::News => {
                Err(CallError::Settings { lines })
            }
            Err(NotTaken::Refused(lines) | NotTaken::StillRefused(lines)) => {
                lines.iter().for_each(|line| log::write(Level::Error, line));
                Err(CallError::Settings { lines })
            }
        }
    }
}

fn give(mut place: Out<'_, *mut Handle<Context>>, context: Context) -> Result<Answer, CallError> {
    place.put(Handle::give(context));
    Ok(Answer::Ok)
}

fn of_number(role: i32) -> Result<Role, CallError> {
    if role == Side::Server.number() {
        Ok(Role::Server)
    } else if role == Side::Client.number() {
        Ok(Role::Client)
    } else {
        let (what, found) = ("role", role);
        Err(CallError::NoValue { what, found })
    }
}

fn of_change(change: Change) -> i32 {
    let changed = match change {
        Change::Nothing => Changed::Nothing,
        Change::Identity => Changed::Identity,
        Change::Trust { .. } => Changed::Trust,
    };
    changed.number()
}

fn pairs<'c>(pairs: &'c [Pair<'c>]) -> Result<Vec<(&'c str, &'c str)>, CallError> {
    let pairs = pairs.iter();
    pairs
        .map(|pair| {
            let name = pair.name.demanded("name of an option")?;
            Ok((name, pair.value.demanded("value of an option")?))
        })
        .collect()
}
