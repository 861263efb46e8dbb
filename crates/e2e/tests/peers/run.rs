//! Runs the cells with one foreign program, each with its twin, and gives the rows of its tables.
//!
//! Invariant: a row is made of what happened: versions, suites and reasons come from the log of the tunnel.

use trustpack_e2e::tunnel::{LogLine, Tunnel};

use crate::cells::{Allowed, Apart, Cell, Fault, Judge, Key, Mode, Ours, apart, cells};
use crate::ours::{self, Server};
use crate::page::{self, ApartRow, CellRow, TwinEnd};
use crate::payload::{DOWN, SHORT, UP, hash};
use crate::peer::{Came, Peer, Task};
use crate::site::{CLIENT, ELSEWHERE, Identity, SERVER, Site, Who, shared};

/// Who presents what, and which name the client demands.
struct Ends {
    server: Identity,
    client: Option<Identity>,
    name: &'static str,
}

/// Everything, in these roles of ours. `shift` is the program's own: see [`cells`].
#[track_caller]
pub(crate) fn all(peer: &mut dyn Peer, roles: &[Ours], shift: usize) {
    let site = shared();
    let title = peer.title();
    let mut run = Run { site: &site, peer };
    let (mut rows, mut apart_rows) = (Vec::new(), Vec::new());
    for &ours in roles {
        rows.extend(cells(ours, shift).into_iter().map(|cell| run.cell(cell)));
        apart_rows.extend(apart(ours).map(|apart| run.apart(apart)));
    }
    page::check(&title, run.peer.notes(), &rows, &apart_rows);
}

struct Run<'a> {
    site: &'a Site,
    peer: &'a mut dyn Peer,
}

impl<'a> Run<'a> {
    /// A cell and its twin.
    #[track_caller]
    fn cell(&mut self, cell: Cell) -> CellRow {
        let good = self.carried(cell);
        let of = |field| good.text(field).unwrap_or_default().to_owned();
        assert_eq!(of("version"), cell.version.title(), "{cell:?}: {good}");
        let subject = match (cell.ours, cell.mode) {
            (Ours::Client, _) => format!("CN={SERVER}"),
            (Ours::Server, Mode::Mutual) => format!("CN={CLIENT}"),
            (Ours::Server, Mode::Simple) => String::new(),
        };
        assert_eq!(of("subject"), subject, "{cell:?}: {good}");

        let ends = Ends::of(cell, Some(cell.fault));
        let mut task = self.task(cell, &ends);
        if (cell.ours, cell.judge()) == (Ours::Server, Judge::Ours) {
            // A client of TLS 1.3 sends before it reads that it was refused.
            task.up = SHORT;
        }
        let (came, report) = self.meet(cell.ours, Allowed::Both, &ends, task);
        CellRow {
            cell,
            suite: of("suite"),
            group: of("group"),
            end: self.refused(cell, &came, &report),
        }
    }

    /// Versions that do not meet.
    #[track_caller]
    fn apart(&mut self, apart: Apart) -> ApartRow {
        let cell = Cell {
            ours: apart.ours,
            mode: Mode::Simple,
            version: apart.version,
            key: Key::P256,
            fault: Fault::UnknownCa,
        };
        let ends = Ends::of(cell, None);
        let task = self.task(cell, &ends);
        let (came, report) = self.meet(apart.ours, apart.allowed, &ends, task);
        let Came::Refused(said) = came else {
            panic!("{apart:?}: carried: {came:?}");
        };
        assert_eq!(report.text("step"), Some("protocol"), "{apart:?}: {report}");
        let words = (self.peer.words().of_version)(&apart);
        assert!(said.contains(words), "{apart:?}: no {words:?} in {said}");
        ApartRow {
            apart,
            ours: reason(&report),
            words: words.to_owned(),
        }
    }

    /// The refusal, whose words must be the right ones.
    #[track_caller]
    fn refused(&self, cell: Cell, came: &Came, report: &LogLine) -> TwinEnd {
        let said = match (came, cell.judge(), self.peer.cannot(&cell)) {
            (Came::Carried(_), Judge::Foreign, Some(why)) => return TwinEnd::Unnoticed(why),
            (_, Judge::Foreign, Some(why)) => panic!("{cell:?}: {why}, and now: {came:?}"),
            (Came::Refused(said), _, _) => said,
            (Came::Carried(_), _, None) | (Came::Carried(_), Judge::Ours, Some(_)) => {
                panic!("{cell:?}: the twin was carried")
            }
        };
        match cell.judge() {
            Judge::Ours => {
                let (step, words) = cell.fault.in_our_log();
                assert_eq!(report.message(), "handshake refused", "{cell:?}: {report}");
                assert_eq!(report.text("step"), Some(step), "{cell:?}: {report}");
                let reason = reason(report);
                let told = report.text("alert_sent").unwrap_or_default().to_owned();
                let Some(heard) = self.peer.heard(said, &told) else {
                    panic!("{cell:?}: nothing of {told:?} in {said}");
                };
                match words.iter().find(|words| reason.contains(**words)) {
                    Some(words) => TwinEnd::ByOurs {
                        step,
                        words,
                        told,
                        heard,
                    },
                    None => panic!("{cell:?}: none of {words:?} in {report}"),
                }
            }
            Judge::Foreign => {
                let words = (self.peer.words().of_judge)(&cell);
                assert!(said.contains(words), "{cell:?}: no {words:?} in {said}");
                let heard = reason(report);
                TwinEnd::ByForeign { words, heard }
            }
        }
    }

    /// 1 MiB each way, with the hashes of both ends.
    #[track_caller]
    fn carried(&mut self, cell: Cell) -> LogLine {
        let ends = Ends::of(cell, None);
        let task = self.task(cell, &ends);
        match cell.ours {
            Ours::Server => {
                let mut server = Server::start(self.site, ends.server, cell.mode, Allowed::Both);
                let came = self.peer.client(&task, server.tunnel.address());
                same(cell, &came, &hash(&DOWN), &hash(&UP));
                assert_eq!(server.received(), hash(&UP), "{cell:?}");
                self.ended(cell.ours, &mut server.tunnel)
            }
            Ours::Client => {
                let (site, mut met) = (self.site, None);
                let came = self.peer.server(&task, &mut |address, requests| {
                    let tunnel = ours::client(site, ends.client, ends.name, Allowed::Both, address);
                    let tunnel = &met.insert(tunnel);
                    requests
                        .map(|request| ours::exchange(tunnel, &request))
                        .collect()
                });
                let Came::Carried(hashes) = &came else {
                    panic!("{cell:?}: {came:?}");
                };
                same(cell, &came, &hash(&UP), &hashes.arrived.clone().unwrap());
                self.ended(cell.ours, &mut met.unwrap())
            }
        }
    }

    /// Both ends meet, and nothing is to come of it: what the foreign one says, and our log.
    #[track_caller]
    fn meet(
        &mut self,
        ours: Ours,
        allowed: Allowed,
        ends: &Ends,
        task: Task<'_>,
    ) -> (Came, LogLine) {
        match ours {
            Ours::Server => {
                let mut server = Server::start(self.site, ends.server, task.mode, allowed);
                let came = self.peer.client(&task, server.tunnel.address());
                (came, server.tunnel.report())
            }
            Ours::Client => {
                let mut report = None;
                let site = self.site;
                let came = self.peer.server(&task, &mut |address, _requests| {
                    let mut tunnel = ours::client(site, ends.client, ends.name, allowed, address);
                    let answer = ours::exchange(&tunnel, b"");
                    report = Some(tunnel.report());
                    vec![answer]
                });
                (came, report.unwrap())
            }
        }
    }

    /// The log of a connection that has ended as it does with this program. Of several it is the one whose handshake was
    /// full: a later one that was resumed may end before it.
    #[track_caller]
    fn ended(&self, ours: Ours, tunnel: &mut Tunnel) -> LogLine {
        let mut log = tunnel.report();
        while log.is("resumed") {
            log = tunnel.report();
        }
        assert_eq!(log.message(), "connection ended", "{log}");
        assert_eq!(reason(&log), self.peer.ends(ours), "{log}");
        log
    }

    fn task(&self, cell: Cell, ends: &Ends) -> Task<'a> {
        Task {
            site: self.site,
            mode: cell.mode,
            version: cell.version,
            identity: match cell.ours {
                Ours::Server => ends.client,
                Ours::Client => Some(ends.server),
            },
            name: ends.name,
            up: &UP,
        }
    }
}

impl Ends {
    fn of(cell: Cell, fault: Option<Fault>) -> Self {
        let identity = |who| Identity { who, key: cell.key };
        let mut ends = Self {
            server: identity(Who::Server),
            client: (cell.mode == Mode::Mutual).then(|| identity(Who::Client)),
            name: SERVER,
        };
        let mut present = |who: Option<Who>| match (cell.mode, who.map(identity)) {
            (Mode::Simple, Some(bad)) => ends.server = bad,
            (Mode::Mutual, bad) => ends.client = bad,
            (Mode::Simple, None) => panic!("a server always has a certificate"),
        };
        match fault {
            None => {}
            Some(Fault::UnknownCa) => present(Some(Who::Stranger)),
            Some(Fault::Expired) => present(Some(Who::Expired)),
            Some(Fault::Revoked) => present(Some(Who::Revoked)),
            Some(Fault::NoCertificate) => present(None),
            Some(Fault::WrongName) => ends.name = ELSEWHERE,
        }
        ends
    }
}

/// Fails unless it was carried, and the foreign end received and sent what the other end has by its own hash.
#[track_caller]
fn same(cell: Cell, came: &Came, received: &str, sent: &str) {
    match came {
        Came::Carried(hashes) => {
            assert_eq!(hashes.received, received, "{cell:?}");
            assert_eq!(hashes.sent, sent, "{cell:?}");
        }
        Came::Refused(said) => panic!("{cell:?}: {said}"),
    }
}

fn reason(report: &LogLine) -> String {
    report.text("reason").unwrap_or_default().to_owned()
}
