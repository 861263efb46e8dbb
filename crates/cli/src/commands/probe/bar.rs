//! How far it is, on standard error, and only if that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use trustpack_probe::survey::progress::Progress;

/// How often a bar is drawn anew.
///
/// Source: ours; its smallest unit is a second.
const TICK: Duration = Duration::from_millis(500);

/// Of so many endpoints.
pub(super) fn of_fleet(questions: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(questions).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len}, after {elapsed}") {
        bar.set_style(style);
    }
    shown(bar)
}

/// Of one service that is asked what it takes. How many connections that needs is not known before.
pub(super) fn of_survey(progress: Progress) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let connections = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A bar that cannot be drawn is none.
        let _ = write!(out, "{}", progress.connections());
    };
    let style = ProgressStyle::with_template(
        "{spinner} asking what it takes: connection {connections}, after {elapsed}",
    );
    if let Ok(style) = style {
        bar.set_style(style.with_key("connections", connections));
    }
    shown(bar)
}

/// It is there before the first answer, and moves while nobody answers.
fn shown(bar: ProgressBar) -> ProgressBar {
    bar.enable_steady_tick(TICK);
    bar
}
