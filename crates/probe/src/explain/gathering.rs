//! The explanations of many lines: equal ones together, with how often and when; and apart from them what a probe leaves.
//!
//! Long because its tests stand with it.
//!
//! Whoever asks a service what it takes is refused in ways in which no client is refused one after the other. Pure.
//! Invariant: every line that goes in comes out, counted once; what a certificate was refused for is never taken for a probe's.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use trustpack_settings::place::Place;
use trustpack_tls::cause::Cause;
use trustpack_tls::handshake::Begun;
use trustpack_x509::time::Timestamp;

use super::log_line::{LogLine, OLD_CLIENT};
use super::{At, Explanation};

/// After so long without a line of it a visit is over.
///
/// Source: ours; longer than a probe waits for an answer.
const BETWEEN: Duration = Duration::from_secs(10);

/// So long a visit is at most, of whoever goes on and on.
///
/// Source: ours; a probe of a service that takes everything needs some seconds.
const VISIT: Duration = Duration::from_secs(60);

/// In so many ways that have to do with what both have in common nobody is refused but who tries them out.
///
/// Source: ours; a client is refused in one way, and in another after a change.
const WAYS: usize = 3;

/// So many handshakes that are begun and not finished, beside one that is refused, nobody leaves but who looks for the reason.
///
/// Source: ours; the probe leaves four of a service that takes something of everything.
const LOOKS: usize = 3;

/// Visits that are open at a time; of more it is not seen any more that they are probes.
///
/// Source: ours; as many hosts as call one service within [`BETWEEN`], and some hundred bytes each.
const MAX_VISITS: usize = 1_000;

/// Equal explanations, or the lines that a probe has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The first of the lines, from 1.
    pub line: usize,
    /// The endpoint that told it.
    pub place: Option<Place>,
    /// The reason in the first line; nothing of a probe.
    pub reason: String,
    /// Why it failed.
    pub explanation: Explanation,
    /// How many lines there are.
    pub count: usize,
    /// The earliest and the latest, if lines say when.
    pub times: Option<(Timestamp, Timestamp)>,
}

/// Explanations on their way.
#[derive(Debug, Default)]
pub struct Gathering {
    gathered: BTreeMap<Key, Gathered>,
    visits: BTreeMap<(Option<Place>, IpAddr), Visit>,
    /// How many stand in visits.
    of_visits: usize,
}

/// What makes explanations equal: the place, and the sentence without the moment in it.
type Key = (Option<Place>, String);

/// What a refusal is about, and whether a client of nothing but old versions is told as that: of hellos of one version each some
/// are, and some are only not allowed here. A client that falls back from version to version is refused in one way.
type Way = (String, bool);

/// Lines of one caller of one endpoint, one soon after the other.
#[derive(Debug)]
struct Visit {
    from: Timestamp,
    until: Timestamp,
    ways: BTreeSet<Way>,
    /// What is told of handshakes that were begun and not finished.
    looks: BTreeSet<Key>,
    /// Whether it goes on from one that was too long for a probe.
    goes_on: bool,
    gathered: BTreeMap<Key, Gathered>,
}

impl Gathering {
    /// Takes the explanation of the line with this number.
    pub fn take(&mut self, number: usize, line: LogLine, explanation: Explanation) {
        let (time, peer, cause) = (line.time, line.peer, line.cause());
        let place = line.place.clone();
        let key = (place.clone(), without_moment(&explanation.to_string()));
        let one = Gathered {
            line: number,
            place: line.place,
            reason: line.reason,
            explanation,
            count: 1,
            times: time.map(|time| (time, time)),
        };
        let (Some(time), Some(peer), Some(cause)) = (time, peer, cause.filter(|one| is_left(*one)))
        else {
            add(&mut self.gathered, key, one);
            return;
        };
        let goes_on = self.close(&(place.clone(), peer), time);
        let visit = self.visits.entry((place, peer)).or_insert_with(|| Visit {
            from: time,
            until: time,
            ways: BTreeSet::new(),
            looks: BTreeSet::new(),
            goes_on,
            gathered: BTreeMap::new(),
        });
        visit.until = visit.until.max(time);
        if is_way(cause) {
            let is_old = cause == Cause::NoVersion && one.reason.starts_with(OLD_CLIENT);
            visit.ways.insert((cause.to_string(), is_old));
        }
        if cause == Cause::Closed(Begun::Speaking) {
            visit.looks.insert(key.clone());
        }
        let before = visit.gathered.len();
        add(&mut visit.gathered, key, one);
        self.of_visits += visit.gathered.len() - before;
    }

    /// How many there are so far, at most.
    #[must_use]
    pub fn len(&self) -> usize {
        self.gathered.len() + self.of_visits
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gathered.is_empty() && self.visits.is_empty()
    }

    /// All of them, by their first lines.
    #[must_use]
    pub fn finish(mut self) -> Vec<Gathered> {
        for ((_, peer), visit) in std::mem::take(&mut self.visits) {
            self.end(peer, visit);
        }
        let mut all: Vec<Gathered> = self.gathered.into_values().collect();
        all.sort_by_key(|one| one.line);
        all
    }

    /// Ends this visit if it is over, and others where there are too many. Whether refusals go on that are too long for a probe:
    /// these are of clients.
    fn close(&mut self, of: &(Option<Place>, IpAddr), now: Timestamp) -> bool {
        let mut goes_on = false;
        let is_over =
            |visit: &Visit| now.since(visit.until) > BETWEEN || now.since(visit.from) > VISIT;
        if self.visits.get(of).is_some_and(is_over)
            && let Some(mut visit) = self.visits.remove(of)
        {
            let is_left = now.since(visit.until) > BETWEEN;
            goes_on = !is_left && (visit.goes_on || !visit.ways.is_empty());
            visit.goes_on |= goes_on;
            self.end(of.1, visit);
        }
        if self.visits.len() >= MAX_VISITS {
            for ((_, peer), visit) in std::mem::take(&mut self.visits) {
                self.end(peer, visit);
            }
        }
        goes_on
    }

    /// What is known of a visit that is over.
    fn end(&mut self, peer: IpAddr, visit: Visit) {
        let Visit {
            ways,
            looks,
            goes_on,
            gathered,
            ..
        } = visit;
        self.of_visits -= gathered.len();
        let all = ways.len() >= WAYS && !goes_on;
        let of_looks = gathered.iter().filter(|(key, _)| looks.contains(key));
        let count: usize = of_looks.map(|(_, one)| one.count).sum();
        // Of these alone it is known where a client was refused as well.
        let only_looks = !ways.is_empty() && count >= LOOKS && !goes_on;
        let is_of_probe = |key: &Key| all || (only_looks && looks.contains(key));
        // Clients behind one address look the same: what would have to be done of each is not hidden.
        let of_probe = gathered.keys().filter(|key| is_of_probe(key));
        let sentences: BTreeSet<&str> = of_probe.map(|(_, told)| &**told).collect();
        let if_not = sentences.into_iter().collect::<Vec<_>>().join("; or: ");
        for (key, one) in gathered {
            if !is_of_probe(&key) {
                add(&mut self.gathered, key, one);
                continue;
            }
            let explanation = Explanation {
                what: format!(
                    "somebody at {peer} has tried out what this service takes, as `trustpack probe` and scanners do"
                ),
                at: At::Neither,
                remedy: format!(
                    "if you know of it, nothing has to be done; if not, clients of that address were refused: {if_not}"
                ),
            };
            let key = (key.0, explanation.to_string());
            let of_probe = Gathered {
                reason: String::new(),
                explanation,
                ..one
            };
            add(&mut self.gathered, key, of_probe);
        }
    }
}

/// Puts it to its equals.
fn add(all: &mut BTreeMap<Key, Gathered>, key: Key, one: Gathered) {
    let Some(known) = all.get_mut(&key) else {
        all.insert(key, one);
        return;
    };
    known.count += one.count;
    known.times = match (known.times, one.times) {
        (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
        (known, other) => known.or(other),
    };
    if one.line < known.line {
        (known.line, known.reason) = (one.line, one.reason);
        known.explanation = one.explanation;
    }
}

/// Whether a failure is about what both ends have in common.
fn is_way(cause: Cause) -> bool {
    [
        Cause::NoVersion,
        Cause::NoSuite,
        Cause::NothingInCommon,
        Cause::NoSignature,
        Cause::BrokenHello,
    ]
    .contains(&cause)
}

/// Whether a probe leaves such a line: it shows no certificate, and ends what it has begun. A client whose certificate is
/// refused may come from the same address.
fn is_left(cause: Cause) -> bool {
    let others = [
        Cause::NoCertificate,
        Cause::PlainText,
        Cause::Protocol,
        Cause::Closed(Begun::Speaking),
        Cause::Closed(Begun::Silent),
    ];
    is_way(cause) || others.contains(&cause)
}

/// A sentence of the judge says for which moment it has judged; of one that is said again and again that alone differs.
fn without_moment(sentence: &str) -> String {
    let mut parts = sentence.split(MOMENT);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(MOMENT);
        let of_moment = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z');
        text.push_str(part.trim_start_matches(of_moment));
    }
    text
}

const MOMENT: &str = "; the time is ";

#[cfg(test)]
mod tests {
    use super::super::ends::Ends;
    use super::*;

    /// The lines, gathered: how often, when, and what.
    fn gathered(lines: &[String]) -> Vec<(usize, String, String)> {
        let mut gathering = Gathering::default();
        for (number, line) in (1..).zip(lines) {
            let line = LogLine::read(line).expect("a line");
            let now = Timestamp::from_unix(0);
            let told = line.explain(&Ends::default(), now).expect("a failure");
            gathering.take(number, line, told);
        }
        let told = gathering.finish().into_iter().map(|one| {
            let times = one.times.map(|(first, last)| format!("{first} {last}"));
            (
                one.count,
                times.unwrap_or_default(),
                one.explanation.to_string(),
            )
        });
        told.collect()
    }

    fn line(second: usize, peer: &str, cause: &str, reason: &str) -> String {
        format!(
            "2026-11-22T00:{:02}:{:02}.290737Z  WARN handshake refused reason=\"{reason}\" place=\"Server:default\" \
             role=server cause={cause} peer={peer}:{}",
            second / 60,
            second % 60,
            40_000 + second
        )
    }

    #[test]
    fn equal_ones_are_told_once() {
        let ended = |second: usize| {
            let reason =
                format!("it was valid until 2026; the time is 2026-11-22T00:00:{second:02}Z");
            line(second, "10.0.0.1", "expired", &reason)
        };
        let mut lines: Vec<String> = (0..33).map(ended).collect();
        lines.push(line(40, "10.0.0.1", "no-certificate", "none"));
        lines.push(ended(50));
        // Without a time, and from another caller.
        lines.push("handshake refused reason=\"none\" place=\"Server:default\" role=server cause=no-certificate".to_owned());
        let told = gathered(&lines);
        let [(34, times, first), (2, time, second)] = &told[..] else {
            panic!("{told:#?}");
        };
        assert_eq!(times, "2026-11-22T00:00:00Z 2026-11-22T00:00:50Z");
        assert!(
            first.contains("the time is 2026-11-22T00:00:00Z"),
            "{first}"
        );
        assert_eq!(time, "2026-11-22T00:00:40Z 2026-11-22T00:00:40Z");
        assert!(second.starts_with("none; on the client"), "{second}");
    }

    /// What one that tries everything out is refused for.
    const TRIED: [&str; 5] = [
        "no-version",
        "no-suite",
        "nothing-in-common",
        "no-certificate",
        "closed",
    ];

    #[test]
    fn what_a_probe_leaves_is_no_fault() {
        let mut lines: Vec<String> = (0..20)
            .map(|second| line(second, "10.0.0.1", TRIED[second % TRIED.len()], "why"))
            .collect();
        // Somebody else, meanwhile, and the same one a minute later.
        lines.push(line(20, "10.0.0.2", "no-certificate", "none"));
        lines.push(line(80, "10.0.0.1", "no-certificate", "none"));
        let told = gathered(&lines);
        let [(20, times, probe), (2, _, none)] = &told[..] else {
            panic!("{told:#?}");
        };
        assert_eq!(times, "2026-11-22T00:00:00Z 2026-11-22T00:00:19Z");
        assert!(
            probe.starts_with("somebody at 10.0.0.1 has tried out"),
            "{probe}"
        );
        assert!(none.starts_with("none; on the client"), "{none}");
    }

    #[test]
    fn what_a_look_for_the_reason_leaves_is_no_fault() {
        let none = "there is no version of TLS that both ends allow";
        let old = format!("{none}: the client speaks TLS 1.1 at most");
        let told = gathered(&[
            line(
                0,
                "10.0.0.1",
                "no-suite",
                "there is no cipher suite that both ends allow",
            ),
            line(1, "10.0.0.1", "no-version", none),
            line(2, "10.0.0.1", "no-version", &old),
            line(30, "10.0.0.2", "no-version", &old),
            line(31, "10.0.0.2", "no-version", &old),
        ]);
        let [(3, _, probe), (2, _, client)] = &told[..] else {
            panic!("{told:#?}");
        };
        assert!(probe.starts_with("somebody at 10.0.0.1"), "{probe}");
        assert!(client.contains("on the client: update it"), "{client}");
    }

    #[test]
    fn what_a_look_leaves_beside_a_client_that_is_refused() {
        let suite = || line(0, "10.0.0.1", "no-suite", "there is no cipher suite");
        let looks = |count: usize| -> Vec<String> {
            (1..=count)
                .map(|second| {
                    line(
                        second,
                        "10.0.0.1",
                        "closed",
                        "the peer closed the connection",
                    )
                })
                .collect()
        };
        let told = gathered(&[vec![suite()], looks(4)].concat());
        let [(1, _, refused), (4, _, probe)] = &told[..] else {
            panic!("{told:#?}");
        };
        assert!(refused.starts_with("there is no cipher suite"), "{refused}");
        assert!(probe.starts_with("somebody at 10.0.0.1"), "{probe}");
        assert!(!probe.contains("no cipher suite"), "{probe}");
        // By themselves, or of another address, they are clients.
        let other = line(0, "10.0.0.2", "no-suite", "there is no cipher suite");
        for lines in [
            looks(4),
            [vec![suite()], looks(2)].concat(),
            [vec![other], looks(4)].concat(),
        ] {
            for (_, _, sentence) in gathered(&lines) {
                assert!(!sentence.contains("has tried out"), "{sentence}");
            }
        }
    }

    #[test]
    fn clients_of_one_address_are_no_probe() {
        let none = "there is no version of TLS that both ends allow: the client speaks";
        let told = gathered(&[
            line(
                0,
                "10.0.0.1",
                "no-version",
                &format!("{none} TLS 1.1 at most"),
            ),
            line(
                1,
                "10.0.0.1",
                "no-version",
                &format!("{none} TLS 1.0 at most"),
            ),
            line(
                2,
                "10.0.0.1",
                "no-version",
                &format!("{none} SSL 3.0 at most"),
            ),
            line(3, "10.0.0.1", "no-suite", "there is no cipher suite"),
            line(4, "10.0.0.1", "plain-text", "plain text instead of TLS"),
        ]);
        assert_eq!(told.len(), 5, "{told:#?}");
        for (_, _, sentence) in told {
            assert!(!sentence.contains("has tried out"), "{sentence}");
        }
    }

    #[test]
    fn clients_that_come_again_and_again_are_no_probe() {
        let ways = ["no-version", "no-suite", "nothing-in-common"];
        // Behind a balancer, for ten minutes.
        let lines: Vec<String> = (0..300)
            .map(|number| line(2 * number, "10.0.0.1", ways[number % 3], ways[number % 3]))
            .collect();
        let told = gathered(&lines);
        let counts: Vec<usize> = told.iter().map(|(count, ..)| *count).collect();
        assert_eq!(counts, [100, 100, 100], "{told:#?}");
        // For some seconds nobody can tell, and nothing of it is hidden.
        let told = gathered(&lines[..9]);
        let [(9, _, probe)] = &told[..] else {
            panic!("{told:#?}");
        };
        for (_, _, sentence) in gathered(&lines[..2]) {
            assert!(probe.contains(&sentence), "{sentence:?} is not in: {probe}");
        }
    }

    #[test]
    fn a_probe_hides_no_fault() {
        // A client whose certificate has ended, for an hour, and somebody who probes from the same address.
        let mut lines: Vec<String> = (0..450)
            .map(|number| line(8 * number, "10.0.0.1", "expired", "it was valid until 2026"))
            .collect();
        let tried = (0..20).map(|second| {
            let cause = TRIED[second % TRIED.len()];
            line(100 + second, "10.0.0.1", cause, "why")
        });
        lines.extend(tried);
        let told = gathered(&lines);
        let [(450, _, expired), (20, _, probe)] = &told[..] else {
            panic!("{told:#?}");
        };
        assert!(expired.contains("renew the certificate"), "{expired}");
        assert!(probe.starts_with("somebody at"), "{probe}");
    }

    #[test]
    fn a_visit_ends() {
        // A client without a certificate comes again and again, and is tried out for by somebody else in between.
        let mut lines: Vec<String> = (0..100)
            .map(|number| line(5 * number, "10.0.0.1", "no-certificate", "none"))
            .collect();
        let ways = ["no-version", "no-suite", "nothing-in-common"];
        lines.extend(ways.map(|way| line(496, "10.0.0.1", way, "why")));
        let told = gathered(&lines);
        let [(none, _, first), (probe, ..)] = &told[..] else {
            panic!("{told:#?}");
        };
        assert!(first.starts_with("none; on the client"), "{first}");
        assert!(*none > 80 && none + probe == 103, "{told:#?}");
    }

    #[test]
    fn who_comes_back_in_another_way_is_no_probe() {
        let told = gathered(&[
            line(0, "10.0.0.1", "no-version", "a"),
            line(5, "10.0.0.1", "no-suite", "b"),
            line(60, "10.0.0.1", "nothing-in-common", "c"),
        ]);
        assert_eq!(told.len(), 3, "{told:#?}");
    }

    #[test]
    fn many_callers_at_once() {
        let lines: Vec<String> = (0..3 * MAX_VISITS)
            .map(|number| {
                let peer = format!("10.0.{}.{}", number / 256, number % 256);
                line(1, &peer, "no-certificate", "none")
            })
            .collect();
        let told = gathered(&lines);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert_eq!(told[0].0, lines.len());
    }
}
