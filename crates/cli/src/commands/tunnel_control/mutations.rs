//! Damaged answers of a process at its control socket: whatever is taken for an answer, people are shown it in lines that a
//! terminal can show.

use std::time::Duration;

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};
use trustpack_tunnel::control::Answer;

use super::super::tunnel_top::picture::{Past, Picture};
use super::super::{tunnel_reload, tunnel_report, tunnel_status};
use crate::output::text;
use crate::session;

/// Generous, because the other tests of the program allocate meanwhile.
const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 2_000,
        octets: 64 << 20,
    },
    rounds: 1_000,
    seed: 0x5eed_0012,
};

/// It is read, and shown by every command that shows such an answer.
fn check(line: &[u8]) -> Result<(), Refusal> {
    let now = session::now();
    let shown = match Answer::parse(line)? {
        Answer::Status(status) => text(|out| {
            tunnel_status::print(out, &status, now)?;
            let mut past = Past::default();
            for before in [None, Some((&status, Duration::from_secs(1)))] {
                let picture = Picture::new(&status, before);
                past.push(&picture);
                picture.draw(out, &past, now)?;
                picture.lines(out)?;
            }
            Ok(())
        }),
        Answer::Connections(connections) => {
            text(|out| tunnel_status::print_connections(out, connections))
        }
        Answer::Report(report) => text(|out| tunnel_report::print(out, &report)),
        Answer::Reloaded(reloaded) => text(|out| tunnel_reload::print(out, &reloaded)),
        Answer::Refused { reason } => text(|out| writeln!(out, "{reason}")),
        Answer::Stopping | Answer::Stopped | Answer::Sockets { .. } => Ok("nothing".to_owned()),
    };
    let shown = shown.map_err(|_| "it cannot be shown")?;
    let lines = shown.lines().filter(|line| !line.is_empty());
    lines.for_each(check_message);
    Ok(())
}

#[test]
fn damaged_answers_are_shown_or_refused() {
    let seeds = seeds::of_target("control_answer");
    TRIAL.of_octets(&seeds, check).is_at_least(9, 100);
}

#[test]
fn the_largest_numbers_are_shown() {
    for (name, seed) in seeds::of_target("control_answer") {
        let seed = String::from_utf8(seed).unwrap();
        // Every number that is none of a process, and that may be as large.
        let mut largest = String::new();
        let mut digits = String::new();
        for character in seed.chars() {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            if !digits.is_empty() {
                let value = largest.ends_with(':');
                largest.push_str(if value {
                    "18446744073709551615"
                } else {
                    &digits
                });
                digits.clear();
            }
            largest.push(character);
        }
        let largest = largest.replace("\"process\":18446744073709551615", "\"process\":1");
        let read = check(largest.as_bytes());
        assert_eq!(read.is_ok(), name != "other", "{name}: {largest} {read:?}");
    }
}
