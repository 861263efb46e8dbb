//! Lines at a control socket: a request that is read again as the same, or a named reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_error;
use trustpack_tunnel::control::Request;

fuzz_target!(|line: &[u8]| {
    match Request::parse(line) {
        Ok(request) => assert_eq!(Request::parse(request.line().as_bytes()), Ok(request)),
        Err(error) => check_error(&error),
    }
});
