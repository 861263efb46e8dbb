//! How long things take, counted in buckets that are narrow enough for percentiles.
//!
//! Invariant: each time is in the one bucket whose upper end is the first above it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::figures::{Counter, sum};

/// Buckets between a time and twice that time.
const PER_OCTAVE: u32 = 4;

/// Below 64 microseconds all is one: no handshake is as fast.
const FIRST_OCTAVE: u32 = 6;

/// Up to 2^25 microseconds, half a minute; what takes longer is in the last bucket too.
const OCTAVES: u32 = 19;

/// Number of buckets.
const BUCKETS: usize = 1 + 4 * 19;

/// Times that were counted.
#[derive(Debug)]
pub(crate) struct Latencies {
    buckets: [Counter; BUCKETS],
    sum_micros: Counter,
}

/// How many times lay below a time, and not below that of the bucket before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The upper end, in microseconds.
    pub below_micros: u64,
    /// How many.
    pub count: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            buckets: std::array::from_fn(|_| Counter::default()),
            sum_micros: Counter::default(),
        }
    }
}

impl Latencies {
    pub(crate) fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get(index(micros)) {
            bucket.add(1);
        }
        self.sum_micros.add(micros);
    }

    /// All of them together, in microseconds.
    pub(crate) fn sum_micros(&self) -> u64 {
        self.sum_micros.get()
    }

    /// The buckets in which there is something, in their order.
    pub(crate) fn buckets(&self) -> Vec<Bucket> {
        let buckets = self.buckets.iter().enumerate();
        let filled = buckets.filter_map(|(index, counter)| {
            let count = counter.get();
            let below_micros = upper_end(index);
            (count > 0).then_some(Bucket {
                below_micros,
                count,
            })
        });
        filled.collect()
    }
}

/// The time below which such a part of all times lies, from 0 to 1; `None` if there are none.
///
/// It is the upper end of a bucket, and so up to a fifth too high.
#[must_use]
pub fn quantile(buckets: &[Bucket], part: f64) -> Option<Duration> {
    let all = sum(buckets.iter().map(|bucket| bucket.count));
    let wanted = rank(all, part);
    let mut seen: u64 = 0;
    let bucket = buckets.iter().find(|bucket| {
        seen = seen.saturating_add(bucket.count);
        seen >= wanted
    });
    Some(Duration::from_micros(bucket?.below_micros))
}

/// The number of the time that is asked for, from 1.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts beyond 2^53 do not matter here"
)]
fn rank(all: u64, part: f64) -> u64 {
    ((all as f64 * part).ceil() as u64).max(1)
}

/// The upper ends at which whole octaves end, in microseconds: what is shown where fewer buckets are wanted.
pub(crate) fn octaves() -> impl Iterator<Item = u64> {
    (FIRST_OCTAVE..=FIRST_OCTAVE.saturating_add(OCTAVES)).map(|octave| 1 << octave)
}

fn index(micros: u64) -> usize {
    let Some(octave) = micros
        .checked_ilog2()
        .filter(|octave| *octave >= FIRST_OCTAVE)
    else {
        return 0;
    };
    let quarter = micros >> octave.saturating_sub(2) & 3;
    let index = octave
        .saturating_sub(FIRST_OCTAVE)
        .saturating_mul(PER_OCTAVE)
        .saturating_add(1);
    let index = usize::try_from(u64::from(index).saturating_add(quarter)).unwrap_or(BUCKETS);
    index.min(BUCKETS.saturating_sub(1))
}

fn upper_end(index: usize) -> u64 {
    let Some(above) = index.checked_sub(1) else {
        return 1 << FIRST_OCTAVE;
    };
    let above = u64::try_from(above).unwrap_or_default();
    let (octave, quarter) = (above >> 2, above & 3);
    let octave = octave.saturating_add(u64::from(FIRST_OCTAVE));
    quarter.saturating_add(5) << octave.saturating_sub(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_in_the_first_bucket_above_it() {
        for index in 0..BUCKETS - 1 {
            let end = upper_end(index);
            assert_eq!(super::index(end - 1), index, "{end}");
            assert_eq!(super::index(end), index + 1, "{end}");
        }
        assert_eq!(index(0), 0);
        assert_eq!(index(u64::MAX), BUCKETS - 1);
        let octaves: Vec<_> = octaves().collect();
        let last = octaves.last().copied();
        assert_eq!(last, Some(upper_end(BUCKETS - 1)));
    }

    #[track_caller]
    fn check(micros: &[u64], part: f64, want: Option<u64>) {
        let latencies = Latencies::default();
        for micros in micros {
            latencies.note(Duration::from_micros(*micros));
        }
        let got = quantile(&latencies.buckets(), part);
        assert_eq!(got, want.map(Duration::from_micros));
    }

    #[test]
    fn quantiles_are_upper_ends() {
        check(&[], 0.5, None);
        check(&[1], 0.5, Some(64));
        check(&[100, 100, 100, 5000], 0.5, Some(112));
        check(&[100, 100, 100, 5000], 0.99, Some(5120));
        check(&[100, 100, 100, 5000], 0.75, Some(112));
        check(&[u64::MAX / 2], 0.5, Some(1 << 25));
    }
}
