//! Single steps from the tunnels that run to those that are to run: first as they are planned, then as they are taken.
//!
//! Long because planning and taking a step stand side by side.

use std::sync::Arc;

use tokio::sync::mpsc::error::SendError;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::weakening::demand;
use trustpack_tls::keeper::arranging::{Arranged, Arrangement, Hindrance, News};
use trustpack_tls::keeper::source::{MAX_ERRORS, Reading, Settings};

use super::{CLOSING, NewContext, Roster, Step};
use crate::bind::{BindError, Binder, Door, Given, ListenAddress, wanted};
use crate::fleet::{SkipReason, spec_of};
use crate::limits::Limits;
use crate::running::{Doorway, PlainCut, Tunnel};
use crate::spec::TunnelSpec;

/// What is planned.
impl Roster {
    /// A tunnel that does not run.
    pub(super) fn start(&self, endpoint: &Endpoint, news: &News<'_>) -> Step {
        match self.made(endpoint, news) {
            Ok(spec) => match self.out_of_reach(&spec) {
                None => Step::Start(Box::new(spec)),
                Some(hindrance) => {
                    let place = endpoint.place().clone();
                    Step::Tell(place, Arrangement::NotStarted(hindrance))
                }
            },
            Err(reason) => {
                let hindrance = self.hindrance(&reason);
                Step::Tell(endpoint.place().clone(), Arrangement::NotStarted(hindrance))
            }
        }
    }

    /// A tunnel that runs and is to go on; nothing if it goes on as it is.
    pub(super) fn change(
        &self,
        tunnel: Arc<Tunnel>,
        endpoint: &Endpoint,
        news: &News<'_>,
    ) -> Option<Step> {
        let now = tunnel.spec();
        // If not, the keeper tells why.
        let startable = endpoint.startable().ok()?;
        let stays = |reason| Arrangement::Stays(self.hindrance(&reason));
        let is_open = now.context().is_none();
        let kept_from_tls = |hindrance| {
            if is_open {
                Arrangement::Shut(hindrance)
            } else {
                Arrangement::Stays(hindrance)
            }
        };
        let (next, context) = match now.follow(startable, self.manner.plain_sides) {
            Ok(Some(next)) if next.is_as(&now) => return None,
            Ok(Some(next)) => (next, NewContext::No),
            Ok(None) => match self.made(endpoint, news) {
                Ok(next) => (next, NewContext::Yes),
                Err(reason) => {
                    let told = kept_from_tls(self.hindrance(&reason));
                    return Some(Step::Shut(tunnel, told));
                }
            },
            Err(error) => {
                let place = endpoint.place().clone();
                return Some(Step::Tell(place, stays(error.into())));
            }
        };
        if let Some(hindrance) = self.out_of_reach(&next) {
            return Some(if now.takes_plain() && !next.takes_plain() {
                Step::Shut(tunnel, kept_from_tls(hindrance))
            } else {
                Step::Tell(endpoint.place().clone(), Arrangement::Stays(hindrance))
            });
        }
        Some(Step::Change {
            tunnel,
            to: Box::new(next),
            context,
        })
    }

    /// A tunnel that the settings do not have here; nothing if the keeper tells why it stays.
    pub(super) fn end(&self, tunnel: Arc<Tunnel>, reading: &Reading) -> Option<Step> {
        let Settings::Fleet {
            fleet, resolution, ..
        } = &reading.settings
        else {
            return None;
        };
        let spec = tunnel.spec();
        let place = spec.place();
        // On another host now, or not to be carried any more: that is certain.
        if resolution.endpoint(place).is_some() {
            return Some(Step::Stop(tunnel));
        }
        let reason = if fleet.host(&self.host).is_none() {
            format!("the fleet no longer has the host {}", self.host)
        } else {
            "the settings no longer have it, or it is hidden by their errors".to_owned()
        };
        let errors = resolution.findings().filter(|finding| {
            finding.bars()
                && match &finding.place {
                    Place::Fleet => true,
                    Place::Host(host) => *host == self.host,
                    Place::Application(name) => place.application() == Some(name),
                    Place::CommandLine
                    | Place::Program
                    | Place::Port { .. }
                    | Place::Connection { .. }
                    | Place::Backup { .. } => false,
                }
        });
        let errors: Vec<Finding> = errors.take(MAX_ERRORS).cloned().collect();
        if errors.is_empty() && fleet.host(&self.host).is_some() {
            return Some(Step::Stop(tunnel));
        }
        let told_by_keeper = errors.iter().any(|error| error.place == Place::Fleet);
        if told_by_keeper {
            return None;
        }
        let stays = Arrangement::Stays(Hindrance {
            reason,
            findings: errors,
            remedy: None,
        });
        Some(Step::Tell(place.clone(), stays))
    }

    fn made(&self, endpoint: &Endpoint, news: &News<'_>) -> Result<TunnelSpec, SkipReason> {
        let plain_sides = self.manner.plain_sides;
        let spec = spec_of(endpoint, &news.surroundings, news.shelf, plain_sides)?;
        Ok((self.manner.furnish)(spec)?)
    }

    /// The same step in a process that is stopping: what comes or is to listen elsewhere stays out.
    pub(super) fn unless_stopping(&self, step: Step) -> Step {
        if !self.premises.closing.is_cancelled() {
            return step;
        }
        let place = step.place();
        match step {
            Step::Start(_) => Step::Tell(place, Arrangement::NotStarted(stopping())),
            Step::Change {
                tunnel,
                to,
                context,
            } if context == NewContext::Yes || to.listen != tunnel.spec().listen => {
                let stays = Arrangement::Stays(stopping());
                if tunnel.spec().takes_plain() && !to.takes_plain() {
                    Step::Shut(tunnel, stays)
                } else {
                    Step::Tell(place, stays)
                }
            }
            Step::Stop(_) | Step::Change { .. } | Step::Shut(..) | Step::Tell(..) => step,
        }
    }

    /// Why the sandbox keeps a tunnel from where it leads, if it does.
    fn out_of_reach(&self, spec: &TunnelSpec) -> Option<Hindrance> {
        let reachable = self.reachable.as_ref()?;
        let reason = reachable.keeps_from(&spec.to)?;
        Some(Hindrance {
            reason: reason.to_string(),
            findings: Vec::new(),
            remedy: Some(
                "it takes effect with a restart; with --take-over nobody is cut off".to_owned(),
            ),
        })
    }

    fn hindrance(&self, reason: &SkipReason) -> Hindrance {
        let remedy = match reason {
            SkipReason::Spec(error) => (self.manner.about_spec)(error),
            SkipReason::Settings(_) | SkipReason::Material(_) => None,
        };
        Hindrance {
            reason: reason.to_string(),
            findings: reason.findings().into_iter().cloned().collect(),
            remedy: remedy.map(str::to_owned),
        }
    }
}

/// What is done.
impl Roster {
    pub(super) fn take(&self, step: Step, arranged: &mut Arranged) {
        let place = step.place();
        let told = match step {
            Step::Stop(tunnel) => vec![self.stop(tunnel)],
            Step::Change {
                tunnel,
                to,
                context,
            } => self.alter(&tunnel, *to, context, arranged),
            Step::Start(spec) => vec![self.open(*spec, arranged)],
            Step::Shut(tunnel, told) => {
                tunnel.end_plain();
                vec![told]
            }
            Step::Tell(_, told) => vec![told],
        };
        let told = told.into_iter().map(|told| (place.clone(), told));
        arranged.told.extend(told);
    }

    fn stop(&self, tunnel: Arc<Tunnel>) -> Arrangement {
        self.close(&tunnel.doors());
        self.premises.tunnels.remove(&tunnel);
        tunnel.connections.close();
        let open = tunnel.connections.len();
        if open > 0 {
            let stop = self.premises.closing.clone();
            self.runtime
                .spawn(drain(tunnel, self.premises.limits, stop));
        }
        Arrangement::Stopped { open }
    }

    fn alter(
        &self,
        tunnel: &Arc<Tunnel>,
        mut next: TunnelSpec,
        context: NewContext,
        arranged: &mut Arranged,
    ) -> Vec<Arrangement> {
        let before = tunnel.spec();
        let place = before.place().clone();
        // It is the same tunnel, and counts on.
        next.figures = Arc::clone(&before.figures);
        if next.listen != before.listen
            && let Err(hindrance) = self.relocate(tunnel, &next)
        {
            if context == NewContext::Yes {
                arranged.served.push((place, before.kept()));
            }
            return vec![Arrangement::Stays(hindrance)];
        }
        if context == NewContext::Yes {
            arranged.served.push((place, next.kept()));
        }
        let (state, to) = (next.state(), next.to.to_string());
        let moved = next.listen != before.listen || next.to != before.to;
        let PlainCut(cut) = tunnel.change(next);
        let mut told = Vec::new();
        if state != before.state() {
            told.push(Arrangement::Secured {
                security: state.to_string(),
                before: before.state().to_string(),
                weaker: demand(state) < demand(before.state()),
                cut,
            });
        }
        if moved {
            let listen = addresses(tunnel.doors());
            told.push(Arrangement::Moved { listen, to });
        }
        told
    }

    fn open(&self, spec: TunnelSpec, arranged: &mut Arranged) -> Arrangement {
        let taken = match self.runtime.block_on(self.binder().take_all(&spec)) {
            Ok(taken) => taken,
            Err(error) => return Arrangement::NotStarted(self.no_address(&error)),
        };
        arranged.served.push((spec.place().clone(), spec.kept()));
        let (to, security) = (spec.to.to_string(), spec.state().to_string());
        let doors = self.premises.open(spec, taken);
        let listen = addresses(doors.iter().map(|door| door.way.clone()).collect());
        if self.keep(doors) == Kept::Stopping {
            return Arrangement::NotStarted(stopping());
        }
        Arrangement::Started {
            listen,
            to,
            security,
        }
    }

    /// Takes the addresses that a tunnel is to have and has not, and gives up those that it is to have no more.
    fn relocate(&self, tunnel: &Arc<Tunnel>, next: &TunnelSpec) -> Result<(), Hindrance> {
        let wanted = self.runtime.block_on(wanted(next));
        let wanted = wanted.map_err(|error| self.no_address(&error))?;
        let (mut stay, go): (Vec<_>, Vec<_>) = tunnel
            .doors()
            .into_iter()
            .partition(|door| wanted.contains(&door.address));
        let mut binder = self.binder();
        let mut taken = Vec::new();
        for address in wanted {
            if !stay.iter().any(|door| door.address == address) {
                let one = self.runtime.block_on(binder.take(next, &address));
                taken.push(one.map_err(|error| self.no_address(&error))?);
            }
        }
        self.close(&go);
        let doors = self.premises.doors(tunnel, taken);
        stay.extend(doors.iter().map(|door| door.way.clone()));
        tunnel.set_doors(stay);
        match self.keep(doors) {
            Kept::Served => Ok(()),
            Kept::Stopping => Err(stopping()),
        }
    }

    fn keep(&self, doors: Vec<Door>) -> Kept {
        let mut kept = Kept::Served;
        for door in doors {
            if let Err(SendError(door)) = self.premises.entrance.send(door) {
                door.refuse();
                kept = Kept::Stopping;
            }
        }
        kept
    }

    /// Waits until the addresses are free.
    fn close(&self, doors: &[Doorway]) {
        for door in doors {
            door.closing.cancel();
        }
        self.runtime.block_on(async {
            for door in doors {
                if timeout(CLOSING, door.closed.cancelled()).await.is_err() {
                    let address = door.address.to_string();
                    warn!(address, "a listening socket is not closed yet");
                }
                // The file of a UNIX socket is gone by now: see `SocketFile`.
                self.premises.handing.remove(&door.address);
            }
        });
    }

    fn binder(&self) -> Binder {
        let tunnels = self.premises.tunnels.all().into_iter();
        let others = tunnels.flat_map(|tunnel| {
            let place = tunnel.spec().place().clone();
            let doors = tunnel.doors().into_iter();
            doors.map(move |door| (door.address, place.clone()))
        });
        Binder {
            others: others.collect(),
            given: Given {
                sockets: Vec::new(),
                custody: self.premises.custody.clone(),
            },
        }
    }

    fn no_address(&self, error: &BindError) -> Hindrance {
        Hindrance {
            reason: error.to_string(),
            findings: Vec::new(),
            remedy: (self.manner.about_address)(error).map(str::to_owned),
        }
    }
}

/// What became of new doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Served,
    /// The process stops: they are closed again.
    Stopping,
}

/// Nobody is let in any more.
pub(super) fn stopping() -> Hindrance {
    Hindrance {
        reason: "the process is stopping and lets nobody in any more".to_owned(),
        findings: Vec::new(),
        remedy: Some("it takes effect with the next start".to_owned()),
    }
}

/// The connections of a tunnel that is gone may end; after the limit those that are left are cut. At the stop of the
/// process that has a limit of its own.
async fn drain(tunnel: Arc<Tunnel>, limits: Limits, stop: CancellationToken) {
    let place = tunnel.spec().place().to_string();
    let ended = timeout(limits.drain, tunnel.connections.wait());
    match stop.run_until_cancelled(ended).await {
        None => {}
        Some(Ok(())) => info!(place, "every connection of the stopped tunnel has ended"),
        Some(Err(_elapsed)) => {
            let connections = tunnel.connections.len();
            warn!(
                place,
                connections, "the limit for draining the stopped tunnel was reached"
            );
            tunnel.terms().cut.cancel();
        }
    }
}

fn addresses(doors: Vec<Doorway>) -> Vec<String> {
    let addresses = doors.into_iter().map(|door| door.address);
    addresses
        .map(|address: ListenAddress| address.to_string())
        .collect()
}
