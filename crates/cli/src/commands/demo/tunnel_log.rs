//! Reading the JSON log of a tunnel, as a program that watches one would.

use std::net::SocketAddr;

/// A log line of a tunnel, if it is one.
fn log_line(line: &str) -> Option<serde_json::Value> {
    serde_json::from_str(line).ok()
}

pub(super) fn is_message(line: &str, message: &str) -> bool {
    log_line(line).is_some_and(|log| log.get("message").is_some_and(|found| found == message))
}

fn text_field(log: &serde_json::Value, field: &str) -> Option<String> {
    log.get(field)
        .and_then(|value| value.as_str())
        .map(str::to_owned)
}

/// The address that a tunnel says it listens on.
pub(super) fn listening_address(line: &str) -> Option<SocketAddr> {
    let log = log_line(line).filter(|_| is_message(line, "listening"))?;
    text_field(&log, "listen")?.parse().ok()
}

/// How a connection was secured, by its log line.
pub(super) enum Security {
    /// Nothing of TLS stands in the line.
    Plain,
    /// Version and suite.
    Tls(String),
}

/// How the connection at `place` that carried so many octets was secured.
pub(super) fn closed_connection(line: &str, place: &str, octets: u64) -> Option<Security> {
    let log = log_line(line).filter(|_| is_message(line, "connection ended"))?;
    let carried = log.get("bytes_in").and_then(serde_json::Value::as_u64)?;
    let here = text_field(&log, "place").is_some_and(|found| found == place);
    (here && carried == octets).then(|| {
        match (text_field(&log, "version"), text_field(&log, "suite")) {
            (Some(version), Some(suite)) => Security::Tls(format!("{version}, {suite}")),
            (_, _) => Security::Plain,
        }
    })
}

/// The step and the reason of a refused handshake.
pub(super) fn refusal(line: &str) -> Option<String> {
    let log = log_line(line).filter(|_| is_message(line, "handshake refused"))?;
    Some(format!(
        "{}: {}",
        text_field(&log, "step")?,
        text_field(&log, "reason")?
    ))
}

/// Whether tunnels say that they present the certificate with this serial number now.
pub(super) fn presents(line: &str, serial: &str) -> Option<()> {
    let log =
        log_line(line).filter(|_| is_message(line, "presents another certificate from now on"))?;
    (text_field(&log, "serial")? == serial).then_some(())
}

/// Why a connection ended, if the reason has this word.
pub(super) fn ended_because(line: &str, word: &str) -> Option<String> {
    let log = log_line(line).filter(|_| is_message(line, "connection ended"))?;
    text_field(&log, "reason").filter(|reason| reason.contains(word))
}
