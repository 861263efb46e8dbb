//! The same work on many things, on several cores.
//!
//! Invariant: results come in the order of what they are the results of.

use std::num::NonZeroUsize;
use std::panic;
use std::thread;

/// Does `work` on each of `items`, on at most `threads` threads.
pub(crate) fn map<T: Send, R: Send>(
    items: Vec<T>,
    threads: NonZeroUsize,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    if threads.get() == 1 || items.len() <= 1 {
        return items.into_iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let parts: Vec<_> = parts(items, threads)
            .into_iter()
            .map(|part| scope.spawn(move || part.into_iter().map(work).collect::<Vec<R>>()))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| {
                part.join()
                    .unwrap_or_else(|panic| panic::resume_unwind(panic))
            })
            .collect()
    })
}

/// Splits into as many parts as there are threads, of about one length.
fn parts<T>(items: Vec<T>, threads: NonZeroUsize) -> Vec<Vec<T>> {
    let length = items.len().div_ceil(threads.get()).max(1);
    let mut parts = Vec::new();
    let mut rest = items.into_iter();
    loop {
        let part: Vec<T> = rest.by_ref().take(length).collect();
        if part.is_empty() {
            return parts;
        }
        parts.push(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order() {
        for count in [0, 1, 2, 7, 100] {
            for threads in [1, 2, 3, 200] {
                let threads = NonZeroUsize::new(threads).unwrap();
                let got = map((0..count).collect(), threads, |number| number * 2);
                assert_eq!(got, (0..count).map(|number| number * 2).collect::<Vec<_>>());
            }
        }
    }
}
