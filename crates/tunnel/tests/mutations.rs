//! Damaged lines at the control socket: each is a request, or refused with a sentence.

#![cfg(test)]

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial};
use trustpack_tunnel::control::Request;

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
