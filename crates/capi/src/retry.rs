//! What could not be taken over, and when it is tried again though no file changes: a list may have become valid, and a
//! process that had no descriptor left for a file may have some again.
//!
//! Not the trying. Invariant: what stays as it was is due again after [`RETRY`], whatever the files say.

use std::time::{Duration, Instant};

/// How often what stays as it was is tried again.
///
/// Source: that of tunnels; long beside what reading takes, short beside how long a revoked peer may go on.
pub(crate) const RETRY: Duration = Duration::from_secs(10);

/// What came of reading the last time.
#[derive(Debug, Default)]
pub(crate) struct Retry(Option<Ailing>);

/// Something stays as it was.
#[derive(Debug)]
struct Ailing {
    next: Instant,
    /// Why, in lines.
    lines: Vec<String>,
}

/// Whether the same was wrong the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Yes,
    No,
}

impl Retry {
    /// Whether it is time to try again.
    pub(crate) fn is_due(&self, moment: Instant) -> bool {
        let ailing = self.0.as_ref();
        ailing.is_some_and(|ailing| ailing.next <= moment)
    }

    /// Everything was taken over.
    pub(crate) fn well(&mut self) {
        self.0 = None;
    }

    /// Something stays as it was, for these reasons.
    pub(crate) fn ailing(&mut self, moment: Instant, lines: &[String]) -> Known {
        let known = match &self.0 {
            Some(before) if before.lines == lines => Known::Yes,
            Some(_) | None => Known::No,
        };
        self.0 = Some(Ailing {
            next: moment + RETRY,
            lines: lines.to_vec(),
        });
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_as_it_was_is_tried_again_and_is_news_once() {
        let start = Instant::now();
        let lines = ["no descriptor".to_owned()];
        let mut retry = Retry::default();
        assert!(!retry.is_due(start + RETRY));
        assert_eq!(retry.ailing(start, &lines), Known::No);
        assert!(!retry.is_due(start) && retry.is_due(start + RETRY));
        assert_eq!(retry.ailing(start + RETRY, &lines), Known::Yes);
        assert!(!retry.is_due(start + RETRY) && retry.is_due(start + 2 * RETRY));
        let others = ["no such file".to_owned()];
        assert_eq!(retry.ailing(start + RETRY, &others), Known::No);
        retry.well();
        assert!(!retry.is_due(start + 9 * RETRY));
    }
}
