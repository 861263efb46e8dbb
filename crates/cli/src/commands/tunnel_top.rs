//! `trustpack tunnel top`.

use std::io::IsTerminal as _;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, interval_at};
use trustpack_tunnel::control::{Answer as Said, Request};
use trustpack_tunnel::status::Status;

use super::tunnel_control::{self, ControlArgs};
use crate::failure::{Answer, Failure};
use crate::output::text;
use crate::session::{Session, StopSignals};

mod graphs;
pub(super) mod picture;
mod screen;

use picture::{Past, Picture};
use screen::Screen;

/// Show live numbers of running tunnels: connections, handshakes and how long they take, bytes, endpoint by endpoint
///
/// On a terminal the numbers are drawn in place, with a graph of the last 60 looks, until q or Ctrl-C. Elsewhere one line is
/// written for each endpoint and interval, with the times of the handshakes in it. Processes that were taken over from and
/// still drain have a line each.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel top --control /run/trustpack/control.sock")]
pub(crate) struct TunnelTop {
    #[command(flatten)]
    control: ControlArgs,

    /// Time between two looks: seconds such as 2 or 0.5, or milliseconds such as 500ms
    #[arg(long, value_name = "TIME", default_value = "1", value_parser = interval)]
    interval: Duration,

    /// End after so many looks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

/// Shorter would be work without a use, longer no live numbers.
const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3600);

fn interval(text: &str) -> Result<Duration, String> {
    let time = match text.strip_suffix("ms") {
        Some(milliseconds) => milliseconds.parse().ok().map(Duration::from_millis),
        None => text
            .strip_suffix('s')
            .unwrap_or(text)
            .parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
    };
    time.filter(|time| INTERVALS.contains(time))
        .ok_or_else(|| "it must be from 100ms to 3600 seconds, such as 2, 0.5 or 500ms".to_owned())
}

/// What a look gave, and when.
struct Look {
    status: Status,
    at: Instant,
}

impl TunnelTop {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::request)?;
        let done = runtime.block_on(self.watch(session));
        // A thread that still waits for a key must not keep the process.
        runtime.shutdown_background();
        done
    }

    async fn watch(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut signals = StopSignals::listen();
        let mut screen = std::io::stdout().is_terminal().then(Screen::open);
        // One for all the time: a key that was read by a dropped one would be lost.
        let mut quit = pin!(screen::quit(screen.is_some()));
        let pause = self.interval;
        let mut ticks = interval_at(Instant::now() + pause, pause);
        let mut before: Option<Look> = None;
        let mut looks: u64 = 0;
        let mut past = Past::default();
        loop {
            // Something is drawn, however early q is pressed.
            if before.is_some() {
                tokio::select! {
                    biased;
                    _signal = signals.received() => return Ok(Answer::Done),
                    () = &mut quit => return Ok(Answer::Done),
                    _tick = ticks.tick() => {}
                }
            }
            let look = self.look()?;
            let picture = Picture::new(
                &look.status,
                before
                    .as_ref()
                    .map(|before| (&before.status, look.at.duration_since(before.at))),
            );
            match &mut screen {
                Some(screen) => {
                    // The first look has no rates.
                    if before.is_some() {
                        past.push(&picture);
                    }
                    let drawn = text(|out| picture.draw(out, &past, crate::session::now()))?;
                    screen.draw(&drawn).map_err(Failure::request)?;
                }
                // The first look has nothing to compare with.
                None if before.is_none() => {}
                None => {
                    picture.lines(&mut session.out)?;
                    session.out.flush()?;
                }
            }
            looks = looks.saturating_add(u64::from(before.is_some() || screen.is_some()));
            if self.count.is_some_and(|count| looks >= count) {
                return Ok(Answer::Done);
            }
            before = Some(look);
        }
    }

    /// Asks the process that has the socket now: the one before may have been taken over from, and does not listen for
    /// ever to somebody who is silent.
    fn look(&self) -> Result<Look, Failure> {
        let Said::Status(status) = self.control.ask(Request::Status)? else {
            return Err(tunnel_control::other_answer());
        };
        let at = Instant::now();
        Ok(Look { status, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<u64>) {
        assert_eq!(
            interval(text).ok(),
            want.map(Duration::from_millis),
            "{text}"
        );
    }

    #[test]
    fn intervals_are_seconds_or_milliseconds() {
        check("1", Some(1000));
        check("0.5", Some(500));
        check("500ms", Some(500));
        check("2s", Some(2000));
        check("3600", Some(3_600_000));
        for wrong in [
            "", "0", "0.01", "99ms", "3601", "-1", "nan", "inf", "1e9", "1m", "ms",
        ] {
            check(wrong, None);
        }
    }
}
