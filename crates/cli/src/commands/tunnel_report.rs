//! `trustpack tunnel report`.

use trustpack_tunnel::control::{Answer as Said, Request};
use trustpack_tunnel::status::plain_callers::{PlainReport, PortReport};

use super::tunnel_control::{self, ControlArgs};
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::quantity::span;
use crate::session::Session;
use crate::table::Table;
use crate::terminal_text::one_line;

/// Say who still comes in plain text to ports that take TLS too, and when such a port can be closed to it
///
/// For ports of the mode auto-detect. Callers are told apart by their address; what is told is of the running process
/// alone, which says for how long it has looked. Exit code 1 while somebody has come in plain text.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel report --control /run/trustpack/control.sock")]
pub(crate) struct TunnelReport {
    #[command(flatten)]
    control: ControlArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl TunnelReport {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let Said::Report(report) = self.control.ask(Request::Report)? else {
            return Err(tunnel_control::other_answer());
        };
        if self.json {
            session.out.json(&report)?;
        } else {
            print(&mut session.out, &report)?;
        }
        Ok(if report.ports.iter().any(|port| port.plain.is_some()) {
            Answer::No
        } else {
            Answer::Done
        })
    }
}

pub(super) fn print(out: &mut Output, report: &PlainReport) -> Printed {
    let watched = span(report.watched_seconds);
    if report.ports.is_empty() {
        return writeln!(out, "no port takes plain text beside TLS");
    }
    for (index, port) in report.ports.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        print_port(out, port, &watched)?;
    }
    Ok(())
}

fn print_port(out: &mut Output, port: &PortReport, watched: &str) -> Printed {
    let (place, secured) = (one_line(&port.place), port.tls_handshakes);
    let Some(plain) = &port.plain else {
        let advice = if secured == 0 {
            "nobody came in TLS either: look again when its clients have been at work"
        } else {
            "it can be closed to plain text: mode = \"secured\""
        };
        return writeln!(
            out,
            "{place}: nobody came in plain text for {watched}, {secured} in TLS; {advice}"
        );
    };
    writeln!(
        out,
        "{place}: {} came in plain text, {secured} in TLS; nobody in plain text for {}; looked at for {watched}",
        plain.count,
        span(plain.last_seconds_ago)
    )?;
    let mut table = Table::new(&["  caller", "times", "first", "last"]);
    for caller in &port.callers {
        table.row(vec![
            format!("  {}", caller.caller),
            caller.seen.count.to_string(),
            format!("{} ago", span(caller.seen.first_seconds_ago)),
            format!("{} ago", span(caller.seen.last_seconds_ago)),
        ]);
    }
    if let Some(others) = &port.forgotten {
        table.row(vec![
            "  others".to_owned(),
            others.count.to_string(),
            format!("{} ago", span(others.first_seconds_ago)),
            format!("{} ago", span(others.last_seconds_ago)),
        ]);
    }
    table.write(out)
}
