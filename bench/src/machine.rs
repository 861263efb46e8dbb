//! Which machine it was: figures mean nothing without it.

use std::process::Command;

use serde::Serialize;

/// The machine and the programs of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_mib: u64,
    pub(crate) system: String,
    pub(crate) openssl: String,
    /// How TCP decides when to send (`net.ipv4.tcp_congestion_control`): `bbr` paces by timers, also on loopback.
    pub(crate) congestion_control: String,
    /// How busy it was before: the mean number of programs that wanted a core in the last minute.
    pub(crate) load: String,
}

pub(crate) fn describe() -> Machine {
    Machine {
        processor: field("/proc/cpuinfo", "model name"),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        memory_mib: field("/proc/meminfo", "MemTotal")
            .split_whitespace()
            .next()
            .and_then(|kib| kib.parse::<u64>().ok())
            .unwrap_or_default()
            / 1024,
        system: said_by("uname", &["-sr"]),
        openssl: said_by("openssl", &["version"]),
        congestion_control: first_word("/proc/sys/net/ipv4/tcp_congestion_control"),
        load: first_word("/proc/loadavg"),
    }
}

fn first_word(file: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let word = text.split_whitespace().next();
    word.unwrap_or("unknown").to_owned()
}

fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(
        || "unknown".to_owned(),
        |(_, value)| value.trim().to_owned(),
    )
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => format!("{program}: {error}"),
    }
}
