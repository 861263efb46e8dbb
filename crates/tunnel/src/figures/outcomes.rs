//! The words under which refused handshakes and ended connections are counted: those that the log has as `cause`.
//!
//! One list for both, so that who sees a number rise finds its lines. Invariant: whatever a peer does, it is counted under
//! one of these words; the number of an alert, which it chooses, is left to the log.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use trustpack_tls::cause::Cause;
use trustpack_tls::cause::trouble::{Trouble, Whose};

use crate::figures::Counter;

/// For a connection that has ended without a cause: both sides were done.
pub const IN_ORDER: &str = "in-order";

/// For alerts, whatever their number.
pub const ALERT: &str = "alert";

static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let refused = [Whose::Presented, Whose::Trusted]
        .into_iter()
        .flat_map(|whose| Trouble::ALL.map(|trouble| Cause::Refused(trouble, whose)));
    let causes = refused.chain(Cause::PLAIN).map(|cause| cause.to_string());
    let others = [IN_ORDER, ALERT].map(str::to_owned);
    others.into_iter().chain(causes).collect()
});

/// All words, in the order in which they are shown.
#[must_use]
pub fn words() -> &'static [String] {
    &WORDS
}

/// The word for a cause, or for none.
fn word_of(cause: Option<Cause>) -> Cow<'static, str> {
    match cause {
        None => IN_ORDER.into(),
        Some(Cause::Alert(_)) => ALERT.into(),
        Some(cause) => cause.to_string().into(),
    }
}

/// A counter for each word.
pub(crate) struct Tally(Vec<Counter>);

impl Default for Tally {
    fn default() -> Self {
        Self(words().iter().map(|_| Counter::default()).collect())
    }
}

impl Tally {
    /// Counts one.
    pub(crate) fn count(&self, cause: Option<Cause>) {
        let word = word_of(cause);
        let place = words().iter().position(|other| *other == word);
        let counter = place.and_then(|place| self.0.get(place));
        counter.into_iter().for_each(|counter| counter.add(1));
    }

    /// Every word with its count.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counters = self.0.iter().map(Counter::get);
        words().iter().map(String::as_str).zip(counters)
    }

    pub(crate) fn sum(&self) -> u64 {
        let counts = self.0.iter().map(Counter::get);
        counts.fold(0, u64::saturating_add)
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.counts()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_word_and_every_alert_the_same() {
        let tally = Tally::default();
        let alerts = [0, 48, 255].map(|number| Some(Cause::Alert(number)));
        let causes = Cause::PLAIN.map(Some).into_iter().chain(alerts);
        for cause in causes.chain([None]) {
            tally.count(cause);
        }
        for (word, count) in tally.counts() {
            let is_refusal = word
                .parse()
                .is_ok_and(|cause| matches!(cause, Cause::Refused(..)));
            let want = match word {
                ALERT => 3,
                _ => u64::from(!is_refusal),
            };
            assert_eq!(count, want, "{word}");
        }
        let refused = Cause::Refused(Trouble::ALL[0], Whose::Trusted);
        let before = tally.sum();
        tally.count(Some(refused));
        assert_eq!(tally.sum(), before + 1);
    }
}
