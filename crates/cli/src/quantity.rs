//! Quantities for people: how long, how many bytes, how many in a second.
//!
//! Not for programs, which get numbers. Invariant: at most three figures that count, with a unit.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A span of whole seconds: its two greatest units.
pub(crate) fn span(seconds: u64) -> String {
    let parts = match seconds {
        0..MINUTE => return format!("{seconds} s"),
        MINUTE..HOUR => (seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..DAY => (seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        DAY.. => (seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    };
    match parts {
        (great, unit, 0, _) => format!("{great} {unit}"),
        (great, unit, small, small_unit) => format!("{great} {unit} {small} {small_unit}"),
    }
}

/// A number of bytes.
pub(crate) fn bytes(count: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut count = count;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if count < 1000.0 {
            break;
        }
        count /= 1024.0;
        unit = next;
    }
    format!("{} {unit}", number(count))
}

/// A number that need not be exact.
pub(crate) fn number(value: f64) -> String {
    if value >= 99.95 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value >= 9.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// How long something took.
pub(crate) fn time(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 999.5 {
        format!("{} us", number(micros))
    } else if micros < 999_500.0 {
        format!("{} ms", number(micros / 1e3))
    } else {
        format!("{} s", number(micros / 1e6))
    }
}

/// A count as a number that can be divided.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "it is shown with three figures"
)]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_short() {
        let spans = [0, 59, 60, 61, 3599, 3600, 86_399, 86_400, 90_000].map(span);
        let want = [
            "0 s",
            "59 s",
            "1 min",
            "1 min 1 s",
            "59 min 59 s",
            "1 h",
            "23 h 59 min",
            "1 d",
            "1 d 1 h",
        ];
        assert_eq!(spans, want);
        let sizes = [0.0, 999.0, 1000.0, 1536.0, 123_456_789.0, 1e30].map(bytes);
        let want = ["0 B", "999 B", "0.98 KiB", "1.50 KiB", "118 MiB"];
        assert_eq!(sizes[..5], want);
        assert!(sizes[5].ends_with(" PiB"));
        let times = [64, 1120, 20_480, 2_500_000].map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(times, ["64 us", "1.12 ms", "20.5 ms", "2.50 s"]);
    }
}
