//! Running tunnels as a service: log, limits, signals, stopping.
//!
//! Long because the steps from the start to the end stand together, in their order.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use trustpack_keystore::password::Password;
use trustpack_settings::finding::{Finding, Severity};
use trustpack_tls::keeper::Keeper;
use trustpack_tls::keeper::source::{Reading, Source};
use trustpack_tunnel::bind::{Bound, Given, ListenAddress};
use trustpack_tunnel::control::before::Before;
use trustpack_tunnel::control::server::ControlSocket;
use trustpack_tunnel::lanes::Lanes;
use trustpack_tunnel::limits::{self, Limits};
use trustpack_tunnel::metrics::server::MetricsListener;
use trustpack_tunnel::roster::{Manner, Roster};
use trustpack_tunnel::run::Stopped;
use trustpack_tunnel::spec::{PlainSides, TunnelSpec};
use trustpack_tunnel::status::Overview;
use trustpack_x509::time::Timestamp;

use super::tunnel_addresses;
use super::tunnel_background::BackgroundArgs;
use super::tunnel_changes;
use super::tunnel_control::{self, Controlled, SOCKET, Steering};
use super::tunnel_memory;
use super::tunnel_metrics::{self, MetricsArgs, Told};
use super::tunnel_proxy;
use super::tunnel_sandbox::SandboxArgs;
use super::tunnel_signals::{Stopping, look_at_hangup};
use super::tunnel_state::{State, StateArgs};
use super::tunnel_systemd::{self, Systemd};
use super::tunnel_takeover::Predecessor;
use crate::failure::{Answer, Failure, message};
use crate::logging::{self, LogArgs, RunningLog};
use crate::open_files;
use crate::session::{self, HangupSignals, StopSignals};

/// Over these options in the help text of a command that has more needful ones.
pub(super) const SERVICE_HEADING: &str = "Running as a service";

/// Options of every command that runs tunnels.
#[derive(Debug, clap::Args)]
pub(super) struct ServiceArgs {
    #[command(flatten)]
    log: LogArgs,

    /// Connections at once; more wait until there is room. 10000 if not said, or as many as the limit of open files
    /// leaves room for. Callers before the end of their handshake are not counted; of them there may be a tenth of this
    /// beside, and at least 64
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: Option<u32>,

    /// Seconds that a TLS handshake may take; 10 if not said
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    handshake_timeout: Option<Duration>,

    /// Close a connection on which nothing has moved for so many seconds. If not said, that is never; but after 600 seconds
    /// where one end has said that it is done, and after 10 where one takes nothing any more. Bytes have moved when the
    /// system of the other end has taken them
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    idle_timeout: Option<Duration>,

    /// Seconds that open connections may go on after the stop; 30 if not said
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    drain: Option<Duration>,

    /// The same after another process has taken over (--take-over); if not said they go on until they end
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    drain_after_take_over: Option<Duration>,

    /// Let plain sides be on addresses that other machines reach: whoever can listen there reads along
    #[arg(long)]
    danger_plain_anywhere: bool,

    /// UNIX socket through which `trustpack tunnel status`, `reload` and `stop` reach this process; if not said,
    /// control.sock in the folder that systemd gives the service by RuntimeDirectory=, else none
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,

    /// Take over from the process that listens at the control socket: it hands its listening sockets over when this
    /// one is ready, and stops by stages; without such a process, start as usual
    #[arg(long)]
    take_over: bool,

    #[command(flatten)]
    background: BackgroundArgs,

    #[command(flatten)]
    metrics: MetricsArgs,

    #[command(flatten)]
    sandbox: SandboxArgs,

    #[command(flatten)]
    state: StateArgs,

    /// Also stop when standard input is closed, as when the program that started this one has ended
    #[arg(long)]
    stop_with_stdin: bool,
}

/// For how much tunnels are started: one by hand is not meant for thousands of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    OneTunnel,
    Fleet,
}

/// Files that are open beside connections: listening sockets, logs, what is read.
const BESIDES: u64 = 100;

/// The longest time that makes sense in an option: a day.
const MAX_SECONDS: u64 = 24 * 60 * 60;

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=MAX_SECONDS) => Ok(Duration::from_secs(seconds)),
        Ok(_) | Err(_) => Err(format!(
            "it must be a whole number of seconds from 1 to {MAX_SECONDS}"
        )),
    }
}

impl ServiceArgs {
    /// Starts the process that serves beside this one, if that is asked for: then there is nothing else to do.
    pub(super) fn begin(&self) -> Result<Option<Answer>, Failure> {
        self.background.begin()
    }

    /// Where plain sides may be.
    pub(super) fn plain_sides(&self) -> PlainSides {
        if self.danger_plain_anywhere {
            PlainSides::DangerAnywhere
        } else {
            PlainSides::OnThisMachine
        }
    }

    /// The limits with as many connections as there is room for: each has two sockets, of the open files that the system
    /// allows, and so has each caller before its handshake is made.
    fn with_room(&self, limits: Limits, scale: Scale) -> Limits {
        let asked = self
            .max_connections
            .map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        let wanted = Limits {
            connections: asked.unwrap_or(limits.connections),
            ..limits
        };
        let Some(allowed) = open_files::raise() else {
            return wanted;
        };
        let needed = u64::try_from(wanted.sockets()).unwrap_or(u64::MAX);
        let needed = needed.saturating_add(BESIDES);
        if allowed >= needed {
            return wanted;
        }
        let remedy = "raise the hard limit of open files (ulimit -Hn, LimitNOFILE=)";
        if self.max_connections.is_some() {
            warn!(
                allowed,
                needed, remedy, "too few open files are allowed for --max-connections"
            );
            return wanted;
        }
        let sockets = usize::try_from(allowed.saturating_sub(BESIDES)).unwrap_or(usize::MAX);
        let within = limits.within_sockets(sockets);
        let connections = within.connections;
        match scale {
            Scale::OneTunnel => info!(
                connections,
                allowed,
                needed,
                remedy,
                "fewer connections at once than usual: too few open files are allowed"
            ),
            Scale::Fleet => warn!(
                connections,
                allowed,
                needed,
                remedy,
                "fewer connections at once than usual: too few open files are allowed"
            ),
        }
        within
    }

    fn limits(&self, scale: Scale) -> Limits {
        let default = Limits::default();
        let limits = Limits {
            handshake: self.handshake_timeout.unwrap_or(default.handshake),
            idle: self.idle_timeout.or(default.idle),
            drain: self.drain.unwrap_or(default.drain),
            drain_after_take_over: self.drain_after_take_over,
            ..default
        };
        self.with_room(limits, scale)
    }

    /// What was remembered by those that ran before.
    pub(super) fn state(&self) -> Result<State, Failure> {
        self.state.open()
    }

    /// Starts the log. Comes before everything that is worth a line in it.
    pub(super) fn start_log(&self) -> RunningLog {
        logging::start(&self.log)
    }

    /// Listens, serves until a signal, drains. The tunnels follow their source from now on.
    pub(super) fn serve(
        &self,
        log: &RunningLog,
        specs: Vec<TunnelSpec>,
        made_of: MadeOf,
        manner: Option<Manner>,
    ) -> Result<Answer, Failure> {
        let MadeOf {
            source,
            reading,
            mut state,
        } = made_of;
        let contexts: Vec<_> = specs
            .iter()
            .map(|spec| (spec.place().clone(), spec.kept()))
            .collect();
        for spec in &specs {
            spec.findings().iter().for_each(log_finding);
            tunnel_proxy::log_danger(spec);
        }
        let scale = match &manner {
            Some(_) => Scale::Fleet,
            None => Scale::OneTunnel,
        };
        let limits = self.limits(scale);
        let mut prepared = self.prepare(specs, limits)?;
        let host = match &source {
            Source::Fleet { host, .. } => Some(host.clone()),
            Source::Fixed(_) | Source::ComponentFile { .. } => None,
        };
        let mut keeper = Keeper::new(source, Arc::new(variable));
        let places = prepared.bound.listening().map(|tunnel| tunnel.place);
        let places: BTreeSet<_> = places.collect();
        let bound = |(place, _): &(_, _)| places.contains(place);
        keeper.remember(state.seen());
        keeper.keep(reading, contexts.into_iter().filter(bound));
        state.note(&keeper.numbers());
        // Some of what says how many there are is out of reach in the sandbox.
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let systemd = Systemd::of_environment();
        let sockets = prepared.socket_files();
        let reachable = self
            .sandbox
            .confine(&prepared.bound, &sockets, &mut keeper, log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            // Connections have threads of their own. A reload may keep one of these for a while.
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Failure::request)?;
        if let (Some(host), Some(manner)) = (host, manner) {
            let runtime = runtime.handle().clone();
            let roster = Roster::new(&prepared.bound, host, manner, runtime);
            let roster = roster.within(reachable);
            keeper.arrange_by(Box::new(roster));
        }
        let lanes = Lanes::start(processors).map_err(Failure::request)?;
        prepared.bound = prepared.bound.on(lanes);
        // For as long as the runtime lives.
        drop(runtime.spawn(tunnel_memory::watch(Overview::new(&prepared.bound))));
        let stopped =
            runtime.block_on(self.serve_on_runtime(prepared, (keeper, state), systemd))?;
        // A thread that still waits for standard input must not keep the process.
        runtime.shutdown_background();
        log_end(&stopped);
        Ok(Answer::Done)
    }

    /// Takes every address, from the process before this one where there is one. Nothing serves yet.
    fn prepare(&self, specs: Vec<TunnelSpec>, limits: Limits) -> Result<Prepared, Failure> {
        let path = self.control_path()?;
        let mut given = Given::default();
        let predecessor = match (&path, self.take_over) {
            (_, false) => None,
            (Some(path), true) => Predecessor::ask(path, &mut given)?,
            (None, true) => {
                return Err(Failure::request(message(
                    "--take-over needs --control: the socket of the process before this one",
                )));
            }
        };
        given.sockets.extend(tunnel_systemd::sockets());
        let custody = given.custody.clone();
        let mut control = path
            .as_ref()
            .and_then(|path| ControlSocket::among(&mut given.sockets, path));
        // Bound before there are threads, and served when there are.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::request)?;
        let bound = runtime.block_on(async {
            if let (None, Some(path)) = (&control, &path) {
                control = Some(tunnel_addresses::bind_control(path, &custody).await?);
            }
            let metrics = self.metrics.bind(&mut given).await?;
            let bound = tunnel_addresses::bind_tunnels(specs, limits, given).await?;
            Ok::<_, Failure>((metrics, bound))
        })?;
        let (metrics, bound) = bound;
        if let Some(Err(error)) = metrics
            .as_ref()
            .map(|metrics| metrics.hand(&bound.handing()))
        {
            let error = error.to_string();
            warn!(error, "the socket for metrics cannot be handed over");
        }
        if let Some(control) = &control {
            info!(
                path = control.path().display().to_string(),
                "control socket"
            );
            if let Err(error) = control.hand(&bound.handing()) {
                let error = error.to_string();
                warn!(error, "the control socket cannot be handed over");
            }
        }
        Ok(Prepared {
            bound,
            control,
            metrics,
            predecessor,
        })
    }

    /// Where the control socket is to be, if there is to be one.
    fn control_path(&self) -> Result<Option<PathBuf>, Failure> {
        let in_folder = || tunnel_control::folder_of_service().map(|folder| folder.join(SOCKET));
        let path = self.control.clone().or_else(in_folder);
        // The next process may be started in another folder.
        let absolute = path.map(std::path::absolute).transpose();
        absolute.map_err(Failure::request)
    }

    async fn serve_on_runtime(
        &self,
        prepared: Prepared,
        (keeper, mut state): (Keeper, State),
        systemd: Systemd,
    ) -> Result<Stopped, Failure> {
        let Prepared {
            bound,
            control,
            metrics,
            predecessor,
        } = prepared;
        // Before anybody is told that we are ready: whoever is may be told to stop at once.
        let signals = StopSignals::listen();
        let hangups = HangupSignals::listen();
        let before = predecessor.map(|one| taken_over(one, &bound, &systemd));
        let before = before.transpose()?.unwrap_or_default();
        let stop = CancellationToken::new();
        let stopping = Stopping::of(&bound, &stop, self.drain.unwrap_or(limits::DRAIN));
        let waiting = tokio::spawn(stopping.wait(signals, self.stop_with_stdin));
        let (ask, asked) = mpsc::unbounded_channel();
        let overview = Overview::new(&bound);
        let known = overview.clone();
        let silence = CancellationToken::new();
        let told = Told {
            overview: overview.clone(),
            stop: stop.clone(),
            silence: silence.clone(),
        };
        let metrics = metrics.map(|metrics| tunnel_metrics::start(metrics, told));
        let steering = Steering {
            overview: overview.clone(),
            stop: stop.clone(),
            ask: ask.clone(),
            handing: bound.handing(),
            custody: bound.custody(),
            silence,
            manager: systemd.told(),
            before,
        };
        let manager = systemd.told();
        let controlled = control.map(|control| Controlled::start(control, steering));
        let asking = tokio::spawn(look_at_hangup(hangups, ask, manager));
        let watching = tokio::spawn(keeper.watch(present, asked, move |refreshed| {
            if let Ok(refreshed) = refreshed {
                overview.note(refreshed);
                state.note(&refreshed.seen);
            }
            tunnel_changes::log(refreshed, &overview);
        }));
        info!("ready");
        let telling = systemd.start(known, stop.clone());
        self.background.tell_ready();
        let stopped = bound.run(stop).await;
        if let Some(controlled) = controlled {
            controlled.end().await;
        }
        telling.end();
        for task in [waiting, asking, watching].into_iter().chain(metrics) {
            task.abort();
        }
        Ok(stopped)
    }
}

/// Has the process before this one stop by stages; it may still be asked.
fn taken_over(
    predecessor: Predecessor,
    bound: &Bound,
    systemd: &Systemd,
) -> Result<Before, Failure> {
    let process = predecessor.process();
    systemd.take_over();
    let ended = predecessor.end(&bound.custody());
    ended.inspect_err(|_| systemd.give_back(process))
}

/// The last lines of the log.
fn log_end(stopped: &Stopped) {
    match stopped {
        Stopped::Drained => info!("stopped; every connection had ended"),
        Stopped::Cut(left) => {
            for connection in left {
                warn!(
                    place = connection.place.to_string(),
                    peer = %connection.caller,
                    "cut at the stop"
                );
            }
            warn!(
                connections = left.len(),
                "stopped; the limit for draining was reached"
            );
        }
    }
}

/// What tunnels were made of.
pub(super) struct MadeOf {
    pub(super) source: Source,
    pub(super) reading: Reading,
    pub(super) state: State,
}

/// What is ready to serve.
struct Prepared {
    bound: Bound,
    control: Option<ControlSocket>,
    metrics: Option<MetricsListener>,
    predecessor: Option<Predecessor>,
}

impl Prepared {
    /// The files of its own UNIX sockets.
    fn socket_files(&self) -> Vec<PathBuf> {
        let control = self.control.as_ref().map(ControlSocket::path);
        let metrics = match self.metrics.as_ref().map(MetricsListener::address) {
            Some(ListenAddress::Unix(path)) => Some(&**path),
            Some(ListenAddress::Tcp(_)) | None => None,
        };
        control
            .into_iter()
            .chain(metrics)
            .map(Path::to_owned)
            .collect()
    }
}

/// The present time, for what is read while the program runs.
fn present() -> Timestamp {
    session::now()
}

/// The value of an environment variable, for passwords.
pub(super) fn variable(name: &str) -> Option<Password> {
    session::environment(name)
        .and_then(|value| value.into_string().ok())
        .map(Password::new)
}

/// A finding as a line of the log.
pub(super) fn log_finding(finding: &Finding) {
    let (code, place) = (finding.code(), finding.place.to_string());
    match finding.severity() {
        Severity::Error | Severity::Warning => {
            warn!(%code, place, remedy = &*finding.remedy, "{}", finding.message);
        }
        Severity::Note => info!(%code, place, remedy = &*finding.remedy, "{}", finding.message),
    }
}

/// The folder at which relative paths of the command line start.
pub(super) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| {
            Failure::request(anyhow::Error::new(error).context("the current folder is gone"))
        })
        .map(|folder| Path::new("/").join(folder))
}
