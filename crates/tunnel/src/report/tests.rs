//! The words of the lines.

use std::io;
use std::sync::{Arc, Mutex};

use super::*;
use crate::proxy_header::LinePart;

/// Where lines go.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the lock").write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line of a connection that ended so.
fn line(end: End) -> String {
    lines([end], &Repeats::default())
}

/// The lines of connections that ended so, one after the other.
fn lines(ends: impl IntoIterator<Item = End>, repeats: &Repeats) -> String {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        for end in ends {
            Report {
                place: &Place::CommandLine,
                role: Role::Server,
                ends: Ends::default(),
                agreed: None,
                carried: Carried {
                    end,
                    bytes_in: 0,
                    bytes_out: 0,
                    note: None,
                },
            }
            .log(repeats);
        }
        repeats.tell();
    });
    let octets = written.0.lock().expect("the lock").clone();
    String::from_utf8(octets).expect("text")
}

#[track_caller]
fn check(end: End, word: &str) {
    let line = line(end);
    assert!(
        line.contains(&format!(" role=server cause={word}")),
        "{word}: {line}"
    );
}

#[test]
fn the_word_of_an_end_stands_in_its_line() {
    let broken = || Failure::Io(io::ErrorKind::ConnectionReset.into());
    check(End::Refused(Failure::NotItsKey), "not-its-key");
    check(End::Refused(broken()), "broke");
    check(End::PeerBroke(broken()), "peer-broke");
    check(
        End::ProgramBroke(io::ErrorKind::BrokenPipe.into()),
        "program-broke",
    );
    check(End::Shut(TlsDemanded), "shut");
    check(End::Idle(Duration::from_secs(1)), "idle");
    check(End::Cut, "stopped");
    check(End::TunnelGone, "tunnel-gone");
    check(End::NoMorePlain, "no-more-plain-text");
    check(End::NoHeader(NoHeader::Silent), "silent-proxy");
    check(End::NoHeader(NoHeader::Closed), "no-proxy-header");
    let taken_from = String::new();
    check(
        End::NoHeader(NoHeader::OfSomebodyElse { taken_from }),
        "unnamed-proxy",
    );
    let wrong = InvalidHeader::Line(LinePart::Transport);
    check(
        End::NoHeader(NoHeader::Invalid(wrong)),
        "broken-proxy-header",
    );
    assert!(!line(End::InOrder).contains("cause="));
}

#[test]
fn a_text_of_a_peer_does_not_fill_the_log() {
    let short = "\u{e9}".repeat(1600);
    assert_eq!(bounded(short.clone()), short);
    let long = format!("begin {} the host is elsewhere", "DNS:x, ".repeat(5000));
    let shown = bounded(long);
    assert!(shown.len() < 2000, "{}", shown.len());
    assert!(shown.starts_with("begin DNS:x, ") && shown.ends_with("the host is elsewhere"));
    assert!(shown.contains("characters are left out"), "{shown}");
}

fn silent() -> End {
    End::Refused(Failure::TimedOut {
        limit: Duration::from_secs(10),
        begun: Begun::Silent,
    })
}

#[test]
fn of_many_half_open_callers_a_few_have_lines_of_their_own() {
    let repeats = Repeats::default();
    let flood = std::iter::repeat_with(silent).take(1000);
    let others = [End::Refused(Failure::NotItsKey), End::Cut];
    let text = lines(flood.chain(others), &repeats);
    let of_flood: Vec<_> = text
        .lines()
        .filter(|line| line.contains("cause=silent-timeout"))
        .collect();
    assert_eq!(of_flood.len(), repeats::MAX_OWN_LINES + 1, "{text}");
    let (last, first) = of_flood.split_last().expect("there are some");
    assert!(
        first
            .iter()
            .all(|line| line.contains(" INFO trustpack_tunnel::report: handshake refused ")),
        "{text}"
    );
    let rest = 1000 - repeats::MAX_OWN_LINES;
    assert!(
        last.contains(" WARN trustpack_tunnel::report: handshake refused ")
            && last.ends_with(&format!(" times={rest}")),
        "{last}"
    );
    assert!(text.contains("cause=not-its-key") && text.contains("cause=stopped"));
    // It was told; what comes now has lines of its own again.
    assert!(!lines([silent()], &repeats).contains("times="));
}

#[test]
fn many_who_go_by_a_reset_are_told_together_too() {
    let reset = || End::Refused(Failure::Io(io::ErrorKind::ConnectionReset.into()));
    let text = lines(
        std::iter::repeat_with(reset).take(1000),
        &Repeats::default(),
    );
    let count = text.matches("cause=broke").count();
    assert_eq!(count, repeats::MAX_OWN_LINES + 1, "{text}");
}

#[test]
fn when_a_period_is_over_they_have_lines_of_their_own_again() {
    let repeats = Repeats::default();
    let begun = Instant::now();
    let cause = Cause::TimedOut(Begun::Silent);
    let report = |after| {
        let report = Report {
            place: &Place::CommandLine,
            role: Role::Server,
            ends: Ends::default(),
            agreed: None,
            carried: Carried {
                end: silent(),
                bytes_in: 0,
                bytes_out: 0,
                note: None,
            },
        };
        repeats
            .note(cause, report.refused(), begun + after)
            .is_some()
    };
    let told: Vec<bool> = (0..30).map(|_| report(Duration::ZERO)).collect();
    assert_eq!(
        told.iter().filter(|told| **told).count(),
        repeats::MAX_OWN_LINES
    );
    assert!(!report(repeats::PERIOD - Duration::from_millis(1)));
    assert!(report(repeats::PERIOD));
}

#[test]
fn a_text_with_blanks_stands_in_quotes() {
    let demanded = End::Refused(Failure::NoCommonVersion);
    let line = line(demanded);
    assert!(line.contains(" step=\"protocol\" "), "{line}");
}
