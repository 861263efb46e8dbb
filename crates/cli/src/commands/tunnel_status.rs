//! `trustpack tunnel status`.

use trustpack_tunnel::control::{Answer as Said, Request};
use trustpack_tunnel::course::WaitsFor;
use trustpack_tunnel::figures::latencies::quantile;
use trustpack_tunnel::status::{
    CertificateStatus, ConnectionStatus, Connections, DrainingStatus, EndpointStatus, RoomsStatus,
    Stage, Status,
};
use trustpack_x509::time::Timestamp;

use super::tunnel_control::{self, ControlArgs};
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::quantity::{bytes, real, span, time};
use crate::session::Session;
use crate::table::Table;
use crate::terminal_text::one_line;

/// Show how running tunnels are: endpoints, generations, connections, certificates, what failed last, findings
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel status --control /run/trustpack/control.sock")]
pub(crate) struct TunnelStatus {
    #[command(flatten)]
    control: ControlArgs,

    /// List the open connections instead, the oldest first, at most 1000: who called, the subject of the peer's certificate,
    /// version and suite, bytes, and what each waits for
    #[arg(long)]
    connections: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl TunnelStatus {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        if self.connections {
            let Said::Connections(connections) = self.control.ask(Request::Connections)? else {
                return Err(tunnel_control::other_answer());
            };
            if self.json {
                session.out.json(&connections)?;
            } else {
                print_connections(&mut session.out, connections)?;
            }
            return Ok(Answer::Done);
        }
        let Said::Status(status) = self.control.ask(Request::Status)? else {
            return Err(tunnel_control::other_answer());
        };
        if self.json {
            session.out.json(&status)?;
        } else {
            print(&mut session.out, &status, session.now)?;
        }
        Ok(Answer::Done)
    }
}

pub(super) fn print(out: &mut Output, status: &Status, now: Timestamp) -> Printed {
    let open = status.open();
    let (running, limit) = (span(status.running_seconds), status.connections_limit);
    write!(
        out,
        "{} for {running}; connections: {open} of at most {limit}",
        stage(status.stage)
    )?;
    match status.rooms {
        Some(rooms) => print_rooms(out, rooms)?,
        None => writeln!(out)?,
    }
    for draining in &status.draining {
        print_draining(out, *draining)?;
    }
    writeln!(out)?;
    let mut table = Table::new(&[
        "place",
        "listens on",
        "leads to",
        "security",
        "generation",
        "open",
        "handshakes",
        "refused",
        "p99",
        "in",
        "out",
        "certificate",
    ]);
    for endpoint in &status.endpoints {
        table.row(row(endpoint, now));
    }
    table.write(out)?;
    for endpoint in &status.endpoints {
        print_trouble(out, endpoint)?;
    }
    Ok(())
}

/// Callers before their handshake, and what was used up.
fn print_rooms(out: &mut Output, rooms: RoomsStatus) -> Printed {
    let RoomsStatus {
        connections,
        handshakes,
    } = rooms;
    writeln!(
        out,
        "; of these before the end of the handshake: {} of at most {}",
        handshakes.used, handshakes.limit
    )?;
    for (name, room) in [("connections", connections), ("handshakes", handshakes)] {
        if room.times_used_up > 0 {
            let times = room.times_used_up;
            writeln!(
                out,
                "the room for {name} was used up {times} times: callers waited"
            )?;
        }
    }
    Ok(())
}

/// What a process before this one has left to do.
pub(super) fn print_draining(out: &mut Output, draining: DrainingStatus) -> Printed {
    let DrainingStatus {
        process,
        connections,
        seconds,
    } = draining;
    let who = match process {
        Some(process) => format!("process {process}"),
        None => "a process".to_owned(),
    };
    let time = span(seconds);
    writeln!(
        out,
        "{who} before this one drains for {time}: {connections} connections are left"
    )
}

/// What a stage is called.
pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Serving => "serving",
        Stage::Draining => "stopping: no new connections, open ones may end; ran",
    }
}

fn row(endpoint: &EndpointStatus, now: Timestamp) -> Vec<String> {
    let figures = &endpoint.figures;
    let handshakes = figures
        .full_handshakes
        .saturating_add(figures.resumed_handshakes);
    let slow = quantile(&figures.handshake_times, 0.99);
    let absent = || "-".to_owned();
    vec![
        endpoint.place.clone(),
        endpoint.listen.join(", "),
        endpoint.to.clone(),
        endpoint.security.clone(),
        endpoint
            .generation
            .map_or_else(absent, |number| number.to_string()),
        figures.open.to_string(),
        handshakes.to_string(),
        figures.refused().to_string(),
        slow.map_or_else(absent, time),
        bytes(real(figures.bytes_in)),
        bytes(real(figures.bytes_out)),
        endpoint
            .certificate
            .as_ref()
            .map_or_else(absent, |certificate| ends(certificate, now)),
    ]
}

/// How long a certificate is good for.
pub(super) fn ends(certificate: &CertificateStatus, now: Timestamp) -> String {
    let (end, now) = (certificate.not_after_unix, now.unix());
    match end.checked_sub(now) {
        Some(left) => format!("{} left", span(left)),
        None => format!("ended {} ago", span(now.saturating_sub(end))),
    }
}

fn print_trouble(out: &mut Output, endpoint: &EndpointStatus) -> Printed {
    if endpoint.last_failures.is_empty() && endpoint.findings.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{}", one_line(&endpoint.place))?;
    for finding in &endpoint.findings {
        writeln!(
            out,
            "  {} {}: {} (remedy: {})",
            one_line(&finding.severity),
            one_line(&finding.code),
            one_line(&finding.message),
            one_line(&finding.remedy)
        )?;
    }
    for failed in endpoint.last_failures.iter().rev() {
        let caller = failed
            .caller
            .as_deref()
            .map_or_else(String::new, |caller| format!("{}: ", one_line(caller)));
        let (ago, reason) = (span(failed.seconds_ago), one_line(&failed.reason));
        let often = match failed.times {
            0 | 1 => String::new(),
            times => format!(" ({times} times; this is the last)"),
        };
        writeln!(out, "  {ago} ago: {caller}{reason}{often}")?;
    }
    Ok(())
}

pub(super) fn print_connections(out: &mut Output, connections: Connections) -> Printed {
    let told = connections.oldest.len();
    let mut table = Table::new(&[
        "place",
        "caller",
        "open for",
        "subject",
        "TLS",
        "in",
        "out",
        "waits for",
    ]);
    for connection in connections.oldest {
        table.row(connection_row(connection));
    }
    table.write(out)?;
    let more = connections.count.saturating_sub(told);
    if more > 0 {
        writeln!(out, "and {more} newer ones")?;
    }
    Ok(())
}

fn connection_row(connection: ConnectionStatus) -> Vec<String> {
    let absent = || "-".to_owned();
    let tls: Vec<_> = [connection.version, connection.suite]
        .into_iter()
        .flatten()
        .collect();
    let place = match connection.process {
        Some(process) => format!("{} (process {process}, before this one)", connection.place),
        None => connection.place,
    };
    let waits_for = connection.waits_for.map(WaitsFor::phrase);
    vec![
        place,
        connection.caller,
        span(connection.open_seconds),
        connection.subject.unwrap_or_else(absent),
        if tls.is_empty() {
            absent()
        } else {
            tls.join(" ")
        },
        bytes(real(connection.bytes_in)),
        bytes(real(connection.bytes_out)),
        waits_for.map_or_else(absent, str::to_owned),
    ]
}
