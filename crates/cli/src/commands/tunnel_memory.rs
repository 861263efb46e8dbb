//! Memory of connections that have ended goes back to the operating system.
//!
//! Not after each of them: where connections come and go the next one takes the memory. Only when many fewer are open than
//! have been, as after a busy hour or a flood.
//!
//! Invariant: while their number stays about the same, nothing is given back.

use std::time::Duration;

use tokio::time::sleep;
use tracing::debug;
use trustpack_heap::give_back;
use trustpack_tunnel::status::Overview;

/// How often the open connections are counted.
const PERIOD: Duration = Duration::from_secs(1);

/// So many fewer than there were are worth it: some 2 MiB.
const WORTH_IT: usize = 200;

/// Looks for as long as it is polled.
pub(super) async fn watch(overview: Overview) {
    let mut tide = Tide::default();
    loop {
        sleep(PERIOD).await;
        if tide.has_gone_out(overview.open()) {
            let given = format!("{:?}", give_back());
            debug!(given, "memory of connections that have ended");
        }
    }
}

/// How many connections were open at most since the last time that something was given back.
#[derive(Debug, Default)]
struct Tide {
    highest: usize,
}

impl Tide {
    /// Whether with so many open connections now half of what they took is free.
    fn has_gone_out(&mut self, open: usize) -> bool {
        self.highest = self.highest.max(open);
        let fewer = self.highest.saturating_sub(open);
        let is_low = fewer >= WORTH_IT && fewer >= open;
        if is_low {
            self.highest = open;
        }
        is_low
    }
}

#[cfg(test)]
mod tests {
    use super::Tide;

    /// What is decided for these numbers of open connections, one after the other.
    #[track_caller]
    fn check(open: &[usize], gives_back: &[bool]) {
        let mut tide = Tide::default();
        let decided: Vec<_> = open.iter().map(|open| tide.has_gone_out(*open)).collect();
        assert_eq!(decided, gives_back, "for {open:?}");
    }

    #[test]
    fn memory_is_given_back_once_when_half_of_many_have_gone() {
        check(
            &[1000, 600, 500, 500, 400],
            &[false, false, true, false, false],
        );
        check(&[1000, 0, 0, 1000, 0], &[false, true, false, false, true]);
    }

    #[test]
    fn nothing_is_given_back_for_a_few_or_where_others_come() {
        check(&[199, 0], &[false, false]);
        check(
            &[10_000, 9_000, 5_001, 9_000],
            &[false, false, false, false],
        );
    }
}
