//! How a running process is, as plain data.
//!
//! [`Overview`] can be asked at any time, by whoever steers the process. Invariant: asking disturbs no connection.
//!
//! Long because the shapes of the answer stand beside where they come from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use trustpack_settings::finding::{Finding, Severity};
use trustpack_settings::place::Place;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::Refreshed;
use trustpack_tls::keeper::arranging::Arrangement;
use trustpack_x509::certificate::Certificate;

use crate::bind::Bound;
use crate::course::WaitsFor;
use crate::figures::latencies::Bucket;
use crate::figures::outcomes::Tally;
use crate::figures::{Failed, Figures, FindingSeen, sum};
use crate::lanes::{LaneHandles, Lanes};
use crate::roll::{Line, Roll};
use crate::rooms::{Room, Rooms};
use crate::running::Tunnels;
use crate::spec::TunnelSpec;

pub mod plain_callers;

/// Connections that are told of at once.
///
/// Source: ours; some 100 KiB of text.
pub const MAX_CONNECTIONS_TOLD: usize = 1000;

/// How a process is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it serves.
    pub stage: Stage,
    /// For how long it has, in whole seconds.
    pub running_seconds: u64,
    /// How many connections there may be at once.
    pub connections_limit: usize,
    /// How full it is; none of a process that did not tell that yet.
    #[serde(default)]
    pub rooms: Option<RoomsStatus>,
    /// The processes before it that still carry connections, the latest first.
    #[serde(default)]
    pub draining: Vec<DrainingStatus>,
    /// Its endpoints, in the order in which they were given.
    pub endpoints: Vec<EndpointStatus>,
}

impl Status {
    /// How many connections its endpoints have open.
    #[must_use]
    pub fn open(&self) -> u64 {
        sum(self.endpoints.iter().map(|one| one.figures.open))
    }
}

/// A process that another one has taken over from, and that still carries connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainingStatus {
    /// Its number, if it told that.
    pub process: Option<u32>,
    /// Connections that are left.
    pub connections: u64,
    /// For how many seconds it drains.
    pub seconds: u64,
}

/// The rooms that all endpoints of a process share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsStatus {
    /// For connections that are carried.
    pub connections: RoomStatus,
    /// For callers whose handshake is not made yet.
    pub handshakes: RoomStatus,
}

/// How full a room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomStatus {
    /// How many are there.
    pub used: usize,
    /// How many there may be.
    pub limit: usize,
    /// How often it was used up, so that callers waited.
    pub times_used_up: u64,
}

/// Where a process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It takes connections.
    Serving,
    /// It takes no new ones; open ones may end.
    Draining,
}

/// How an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointStatus {
    /// The endpoint.
    pub place: String,
    /// Where it listens.
    pub listen: Vec<String>,
    /// Where it leads, as it is configured.
    pub to: String,
    /// How its traffic on the network is secured; `shut` where it is to be and cannot, so that nobody is let through.
    pub security: String,
    /// The number of its present generation of trust; none if the settings leave it open.
    pub generation: Option<u64>,
    /// The certificate that it presents, if it has one.
    pub certificate: Option<CertificateStatus>,
    /// What was counted.
    pub figures: FigureValues,
    /// How often callers came in plain text, where both are taken or were.
    pub plain: Option<PlainStatus>,
    /// What failed last, the newest last.
    pub last_failures: Vec<FailureSeen>,
    /// The findings that it runs with; after a change that was not taken over, what kept it from that.
    pub findings: Vec<FindingSeen>,
}

/// The certificate that an endpoint presents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateStatus {
    /// Its subject.
    pub subject: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// Its last second, in seconds since 1970 (UTC).
    pub not_after_unix: u64,
}

/// What was counted of an endpoint since the process runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureValues {
    /// Connections that are open.
    pub open: u64,
    /// Connections that were accepted.
    pub opened: u64,
    /// Connections that have ended, by the cause; `in-order` without one.
    pub ended: BTreeMap<String, u64>,
    /// Handshakes that succeeded, without an earlier session.
    pub full_handshakes: u64,
    /// Handshakes that succeeded, by an earlier session.
    pub resumed_handshakes: u64,
    /// Handshakes that did not, by the cause.
    pub refused_handshakes: BTreeMap<String, u64>,
    /// How long those took that succeeded.
    pub handshake_times: Vec<Bucket>,
    /// All of these times together, in microseconds.
    pub handshake_micros: u64,
    /// Bytes of data from the network.
    pub bytes_in: u64,
    /// Bytes of data to the network.
    pub bytes_out: u64,
    /// Times that accepting a connection failed.
    pub accept_errors: u64,
    /// Times that changed settings or files were taken over.
    pub changes: u64,
    /// Times that they were not, since they are broken.
    pub changes_refused: u64,
}

/// How often callers came in plain text to a port that takes both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainStatus {
    /// How often.
    pub count: u64,
    /// How many seconds ago the last one came; none if nobody did.
    pub last_seconds_ago: Option<u64>,
}

/// Something that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureSeen {
    /// How many seconds ago.
    pub seconds_ago: u64,
    /// Who called, if that is known.
    pub caller: Option<String>,
    /// Why.
    pub reason: String,
    /// How often for this reason, as far as it is remembered; what is told beside is of the last time.
    #[serde(default = "once")]
    pub times: u64,
}

/// Of processes that do not tell it.
fn once() -> u64 {
    1
}

/// The connections that are open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// The oldest of them, at most [`MAX_CONNECTIONS_TOLD`].
    pub oldest: Vec<ConnectionStatus>,
    /// How many there are.
    pub count: usize,
}

/// A connection that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionStatus {
    /// The endpoint that carries it.
    pub place: String,
    /// Who called.
    pub caller: String,
    /// For how many seconds it has been open.
    pub open_seconds: u64,
    /// The subject of the peer's certificate, if it has presented one.
    #[serde(default)]
    pub subject: Option<String>,
    /// The version of TLS, once that is agreed.
    #[serde(default)]
    pub version: Option<String>,
    /// The cipher suite, likewise.
    #[serde(default)]
    pub suite: Option<String>,
    /// Bytes of data that have come from the network.
    #[serde(default)]
    pub bytes_in: u64,
    /// Bytes of data that have gone there.
    #[serde(default)]
    pub bytes_out: u64,
    /// What it waits for; none of a process that does not tell that yet.
    #[serde(default)]
    pub waits_for: Option<WaitsFor>,
    /// The process that carries it, if that is not the one that was asked but one before it, which drains.
    #[serde(default)]
    pub process: Option<u32>,
}

/// Knows the tunnels of a process, also those that come and go.
#[derive(Clone, Debug)]
pub struct Overview {
    tunnels: Tunnels,
    roll: Arc<Roll>,
    rooms: Arc<Rooms>,
    /// None if connections are carried where the tunnels run.
    lanes: Option<LaneHandles>,
    since: Instant,
}

/// A tunnel as it is now.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) spec: Arc<TunnelSpec>,
    listen: Vec<String>,
}

impl Overview {
    /// Over the tunnels that have their addresses.
    #[must_use]
    pub fn new(bound: &Bound) -> Self {
        Self {
            tunnels: bound.premises.tunnels.clone(),
            roll: Arc::clone(&bound.roll),
            rooms: Arc::clone(&bound.rooms),
            lanes: bound.lanes.as_ref().map(Lanes::handles),
            since: Instant::now(),
        }
    }

    /// Waits until each thread that carries connections has had a turn for something new: whether all of them still run. For
    /// as long as one of them hangs there is no answer.
    pub async fn all_go_on(&self) -> bool {
        match &self.lanes {
            Some(lanes) => lanes.all_go_on().await,
            None => true,
        }
    }

    /// How things are now. `stop` is what the tunnels are stopped by.
    #[must_use]
    pub fn status(&self, stop: &CancellationToken) -> Status {
        let stage = if stop.is_cancelled() {
            Stage::Draining
        } else {
            Stage::Serving
        };
        let now = Instant::now();
        Status {
            stage,
            running_seconds: seconds(self.running(now)),
            connections_limit: self.rooms.connections.size(),
            rooms: Some(RoomsStatus::of(&self.rooms)),
            // Only who talks with them knows.
            draining: Vec::new(),
            endpoints: self.endpoints().map(|known| known.status(now)).collect(),
        }
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open(&self) -> usize {
        self.roll.count()
    }

    /// The connections that are open now.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let (oldest, count) = self.roll.oldest(MAX_CONNECTIONS_TOLD);
        let now = Instant::now();
        let told = oldest
            .into_iter()
            .map(|line| ConnectionStatus::of(&line, now));
        Connections {
            oldest: told.collect(),
            count,
        }
    }

    /// The certificate that an endpoint presents now, if it has one.
    #[must_use]
    pub fn certificate(&self, place: &Place) -> Option<CertificateStatus> {
        let known = self.endpoints().find(|known| known.spec.place() == place);
        known?
            .spec
            .certificate()
            .as_ref()
            .map(CertificateStatus::of)
    }

    /// Notes what became of the endpoints when settings and files were read again.
    pub fn note(&self, refreshed: &Refreshed) {
        for (place, result) in &refreshed.endpoints {
            let figures = self.figures_of(place);
            match result {
                Ok(Change::Nothing) if refreshed.mended.contains(place) => {
                    figures.for_each(|figures| figures.finds(None));
                }
                Ok(Change::Nothing) => {}
                Ok(Change::Identity | Change::Trust { .. }) => figures.for_each(|figures| {
                    let findings = refreshed.findings.iter();
                    let of_it = findings.filter(|finding| finding.place == *place);
                    figures.changed.add(1);
                    figures.finds(Some(of_it.map(FindingSeen::of).collect()));
                }),
                Err(stays) => figures.for_each(|figures| {
                    let findings = stays.findings().into_iter().map(FindingSeen::of);
                    not_taken_over(&figures, findings.collect(), &stays.to_string());
                }),
            }
        }
        for (place, arrangement) in &refreshed.arranged {
            let figures = self.figures_of(place);
            match arrangement {
                Arrangement::Shut(hindrance) => figures.for_each(|figures| {
                    let findings = hindrance.findings.iter().map(FindingSeen::of);
                    not_taken_over(&figures, findings.collect(), &hindrance.reason);
                }),
                // It has another context, of which nothing that was found before is true.
                Arrangement::Secured { .. }
                    if !refreshed.endpoints.iter().any(|(other, _)| other == place) =>
                {
                    figures.for_each(|figures| {
                        figures.changed.add(1);
                        figures.finds(None);
                    });
                }
                // It runs with what it had, and with the findings of that.
                Arrangement::Stays(hindrance) => {
                    figures.for_each(|figures| keeps_what_it_has(&figures, &hindrance.reason));
                }
                Arrangement::Started { .. }
                | Arrangement::Moved { .. }
                | Arrangement::Secured { .. }
                | Arrangement::Stopped { .. }
                // It has no figures.
                | Arrangement::NotStarted(_) => {}
            }
        }
    }

    fn figures_of(&self, place: &Place) -> impl Iterator<Item = Arc<Figures>> {
        let known = self.endpoints();
        let known = known.filter(move |known| known.spec.place() == place);
        known.map(|known| Arc::clone(&known.spec.figures))
    }

    /// The tunnels that have their addresses now.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = Known> {
        let tunnels = self.tunnels.all().into_iter();
        tunnels.map(|tunnel| {
            let doors = tunnel.doors().into_iter();
            Known {
                spec: tunnel.spec(),
                listen: doors.map(|door| door.address.to_string()).collect(),
            }
        })
    }

    pub(crate) fn running(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

fn not_taken_over(figures: &Figures, findings: Vec<FindingSeen>, reason: &str) {
    figures.finds(Some(findings));
    keeps_what_it_has(figures, reason);
}

fn keeps_what_it_has(figures: &Figures, reason: &str) {
    figures.kept.add(1);
    figures.failed(Failed {
        at: Instant::now(),
        caller: None,
        reason: format!("a change was not taken over: {reason}"),
    });
}

impl Known {
    fn status(&self, now: Instant) -> EndpointStatus {
        let context = self.spec.context();
        let figures = &self.spec.figures;
        let failures = figures.last_failures().into_iter();
        EndpointStatus {
            place: self.spec.place().to_string(),
            listen: self.listen.clone(),
            to: self.spec.to.to_string(),
            security: if self.spec.is_shut() {
                "shut".to_owned()
            } else {
                self.spec.state().to_string()
            },
            generation: context.map(|context| context.generation()),
            certificate: self.spec.certificate().as_ref().map(CertificateStatus::of),
            figures: FigureValues::of(figures),
            plain: self.plain(now),
            last_failures: failures
                .map(|failed| FailureSeen {
                    seconds_ago: seconds(now.saturating_duration_since(failed.last.at)),
                    caller: failed.last.caller.map(|caller| caller.to_string()),
                    reason: failed.last.reason,
                    times: failed.times,
                })
                .collect(),
            findings: figures.findings().unwrap_or_else(|| {
                let findings = self.spec.all_findings();
                findings.map(FindingSeen::of).collect()
            }),
        }
    }

    fn plain(&self, now: Instant) -> Option<PlainStatus> {
        let all = self.spec.figures.plain_callers().all();
        let last = all.map(|seen| seconds(now.saturating_duration_since(seen.last)));
        (all.is_some() || self.spec.detects()).then(|| PlainStatus {
            count: all.map_or(0, |seen| seen.count),
            last_seconds_ago: last,
        })
    }
}

impl CertificateStatus {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            serial: certificate.serial().to_string(),
            not_after_unix: certificate.validity().not_after.unix(),
        }
    }
}

impl ConnectionStatus {
    fn of(line: &Line, now: Instant) -> Self {
        let (course, agreed) = (&line.course, line.course.agreed());
        let (bytes_in, bytes_out) = course.moved();
        let version = agreed.and_then(|agreed| agreed.version);
        Self {
            place: line.connection.place.to_string(),
            caller: line.connection.caller.to_string(),
            open_seconds: seconds(now.saturating_duration_since(line.since)),
            subject: agreed.and_then(|agreed| agreed.subject.as_deref().map(str::to_owned)),
            version: version.map(|version| version.to_string()),
            suite: agreed.and_then(|agreed| agreed.suite.map(str::to_owned)),
            bytes_in,
            bytes_out,
            waits_for: Some(course.waiting()),
            process: None,
        }
    }
}

impl RoomsStatus {
    fn of(rooms: &Rooms) -> Self {
        Self {
            connections: RoomStatus::of(&rooms.connections),
            handshakes: RoomStatus::of(&rooms.handshakes),
        }
    }
}

impl RoomStatus {
    fn of(room: &Room) -> Self {
        Self {
            used: room.used(),
            limit: room.size(),
            times_used_up: room.times_used_up(),
        }
    }
}

impl FigureValues {
    fn of(figures: &Figures) -> Self {
        Self {
            open: figures.open(),
            opened: figures.opened.get(),
            ended: counted(&figures.ended),
            full_handshakes: figures.full.get(),
            resumed_handshakes: figures.resumed.get(),
            refused_handshakes: counted(&figures.refused),
            handshake_times: figures.latencies.buckets(),
            handshake_micros: figures.latencies.sum_micros(),
            bytes_in: figures.bytes_in.get(),
            bytes_out: figures.bytes_out.get(),
            accept_errors: figures.accept_errors.get(),
            changes: figures.changed.get(),
            changes_refused: figures.kept.get(),
        }
    }

    /// Handshakes that did not succeed.
    #[must_use]
    pub fn refused(&self) -> u64 {
        sum(self.refused_handshakes.values().copied())
    }
}

/// The words under which something was counted.
fn counted(tally: &Tally) -> BTreeMap<String, u64> {
    let counts = tally.counts().filter(|(_, count)| *count > 0);
    counts
        .map(|(word, count)| (word.to_owned(), count))
        .collect()
}

impl FindingSeen {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code().to_string(),
            severity: match finding.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            }
            .to_owned(),
            message: finding.message.to_string(),
            remedy: finding.remedy.to_string(),
        }
    }
}

/// Whole seconds.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs()
}
