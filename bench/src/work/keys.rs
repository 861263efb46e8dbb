//! Bare key generation: the cryptographic library on all cores, and nothing else.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Context as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};

/// Makes so many keys. It is measured from outside.
pub(super) fn make(count: usize) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        while next.fetch_add(1, Ordering::Relaxed) < count {
            drop(KeyPair::generate(KeySize::Rsa2048)?);
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let made: Result<(), aws_lc_rs::error::Unspecified> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    });
    made.ok().context("the cryptographic library makes no keys")
}
