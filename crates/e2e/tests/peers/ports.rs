//! Ports for servers that cannot be asked which they took.
//!
//! Invariant: no number is given twice, and none is of those that the system gives to others by itself.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Linux gives numbers from 32768 on by itself.
const NUMBERS: std::ops::Range<u16> = 20_000..32_000;

/// A number that nobody has on any address.
#[track_caller]
pub(crate) fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Two runs on one machine start at different numbers.
    let own = u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    let count = NUMBERS.end - NUMBERS.start;
    for _ in NUMBERS {
        let step = NEXT.fetch_add(1, Ordering::SeqCst);
        let number = NUMBERS.start + (own + step) % count;
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, number)).is_ok() {
            return number;
        }
    }
    panic!("none of the ports {NUMBERS:?} is free");
}
