//! Ports for servers that cannot be asked which they took.
//!
//! Invariant: no number is given twice, and none is of those that the system gives to others by itself.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Linux gives numbers from 32768 on by itself.
const NUMBERS: std::ops::Range<u16> = 20_000..32_000;

/// A number that nobody has on any address, and that no other run of the tests is given while this one runs.
#[track_caller]
pub(crate) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two runs on one machine start at different numbers.
    let own = u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    let count = NUMBERS.end - NUMBERS.start;
    for _ in NUMBERS {
        let step = NEXT.fetch_add(1, Ordering::SeqCst);
        let number = NUMBERS.start + (own + step) % count;
        if is_ours(number) && TcpListener::bind((Ipv4Addr::UNSPECIFIED, number)).is_ok() {
            return number;
        }
    }
    panic!("none of the ports {NUMBERS:?} is free");
}

/// Claims a number among all runs of the tests on this machine, by a name that the system frees when this process ends.
fn is_ours(number: u16) -> bool {
    let name = SocketAddr::from_abstract_name(format!("trustpack-tests-port-{number}")).unwrap();
    let claimed = UnixListener::bind_addr(&name);
    claimed.map(std::mem::forget).is_ok()
}
