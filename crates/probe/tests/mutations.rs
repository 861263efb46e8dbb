//! Damaged answers of servers and damaged lines of logs: whatever comes is a value, and takes little memory.

#![cfg(test)]

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};
use trustpack_probe::explain::ends::Ends;
use trustpack_probe::explain::log_line::LogLine;
use trustpack_probe::survey::answer::{Answer, read};
use trustpack_x509::time::Timestamp;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 20,
        octets: 64 * 1024,
    },
    rounds: 4_000,
    seed: 0x5eed_0011,
};

fn answer(octets: &[u8]) -> Result<(), Refusal> {
    match read(octets) {
        Answer::Flight(flight) => {
            check_message(&format!("{:?} {:?}", flight.group, flight.signature));
            Ok(())
        }
        Answer::Alert(number) => Err(format!("alert {number}").into()),
        Answer::NeedsMore => Err("it is not complete".into()),
        Answer::Other => Err("it is no answer".into()),
        Answer::TooMuch => Err("it does not end".into()),
    }
}

fn line(octets: &[u8]) -> Result<(), Refusal> {
    let text = String::from_utf8_lossy(octets);
    let line = LogLine::read(&text).ok_or("no line about a connection")?;
    let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
    told.map(|_| ()).ok_or_else(|| "no failure".into())
}

#[test]
fn damaged_answers() {
    let seeds = seeds::of_target("server_answer");
    TRIAL.of_octets(&seeds, answer).is_at_least(4, 100);
}

#[test]
fn damaged_log_lines() {
    let seeds = seeds::of_target("log_line");
    TRIAL.of_octets(&seeds, line).is_at_least(2, 100);
}
