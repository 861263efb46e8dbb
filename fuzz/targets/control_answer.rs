//! Answers at a control socket, as another process gives them: one that is written and read again as the same, or a named
//! reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::checked;
use trustpack_tunnel::control::Answer;

fuzz_target!(|line: &[u8]| {
    if let Some(answer) = checked(Answer::parse(line)) {
        assert_eq!(Answer::parse(&answer.line()), Ok(answer));
    }
});
