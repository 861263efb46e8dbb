//! Damaged lines at the control socket: each is a request or an answer, or refused with a sentence.

#![cfg(test)]

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial};
use trustpack_tunnel::control::{Answer, Request};

/// A value of JSON for every other octet.
const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 100,
        octets: 16 * 1024,
    },
    rounds: 4_000,
    seed: 0x5eed_0011,
};

fn request(line: &[u8]) -> Result<(), Refusal> {
    let request = Request::parse(line)?;
    assert_eq!(Request::parse(request.line().as_bytes()), Ok(request));
    Ok(())
}

fn answer(line: &[u8]) -> Result<(), Refusal> {
    let answer = Answer::parse(line)?;
    assert_eq!(Answer::parse(&answer.line()), Ok(answer));
    Ok(())
}

#[test]
fn damaged_control_answers() {
    let seeds = seeds::of_target("control_answer");
    TRIAL.of_octets(&seeds, answer).is_at_least(9, 500);
}

#[test]
fn answers_that_are_many_values() {
    let texts = "\"\",".repeat(50_000);
    let numbers = "0,".repeat(50_000);
    let many = |begin: &str, values: &str| format!("{{\"answer\":\"{begin}{values}0]}}\n");
    for line in [
        "[".repeat(4000),
        format!("{}\n", "{\"answer\":".repeat(4000)),
        many("reloaded\",\"endpoints\":[],\"moved\":[", &texts),
        many("sockets\",\"count\":1,\"of_manager\":[", &numbers),
        many("stopped\",\"more\":[", &numbers),
        many("status\",\"endpoints\":[", &"{},".repeat(50_000)),
    ] {
        TRIAL.one("values", line.as_bytes(), answer);
    }
}

#[test]
fn damaged_control_requests() {
    let seeds = seeds::of_target("control_request");
    TRIAL.of_octets(&seeds, request).is_at_least(4, 50);
}

#[test]
fn requests_that_are_many_values() {
    for line in [
        "[".repeat(4000),
        "[0,".repeat(1300),
        format!("[{}0]", "0,".repeat(2000)),
    ] {
        TRIAL.one("values", line.as_bytes(), request);
    }
}
