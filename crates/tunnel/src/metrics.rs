//! The figures of a process as Prometheus reads them: text in the form of OpenMetrics.
//!
//! Pure: a [`Status`] and the time become text. Invariant: every label has few values, which no peer chooses: endpoints
//! by their place, and words of [`crate::figures::outcomes`].
//!
//! Source: OpenMetrics 1.0; Prometheus' rules for names (base units, `_total` for counters).

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use trustpack_x509::time::Timestamp;

use crate::figures::latencies::{Bucket, octaves};
use crate::metrics::table::{
    ACCEPT_ERRORS, BYTES, CARRIED, CHANGES, CONNECTIONS, DRAINING, ENDED, EXPIRY, EXPIRY_DAYS,
    GENERATION, HANDSHAKE_SECONDS, HANDSHAKES, Kind, LIMIT, Metric, OPEN, PLAIN, RUNNING, SHAKING,
    SHAKING_LIMIT, USED_UP,
};
use crate::status::{EndpointStatus, FigureValues, RoomsStatus, Stage, Status};

pub mod server;
pub mod table;

/// What the text is, as HTTP says it.
///
/// Source: OpenMetrics 1.0, section "Overall Structure".
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The text for a process that is like this, `now`.
#[must_use]
pub fn text(status: &Status, now: Timestamp) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Told {
        status: status.clone(),
        now,
    }));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => text,
        // A text takes whatever is written.
        Err(fmt::Error) => String::new(),
    }
}

#[derive(Debug)]
struct Told {
    status: Status,
    now: Timestamp,
}

type Labels<'a> = Vec<(&'static str, &'a str)>;

/// What a metric is of an endpoint: values with the labels that they have beside `place`.
type Counts<'a> = Vec<(Labels<'a>, u64)>;

/// What a counter is of an endpoint.
type CountsOf = fn(&EndpointStatus) -> Counts<'_>;

/// What a gauge is of an endpoint, if it is anything.
type GaugeOf<'a> = &'a dyn Fn(&EndpointStatus) -> Option<i64>;

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (metric, value) in [
            (RUNNING, self.status.running_seconds),
            (DRAINING, u64::from(self.status.stage == Stage::Draining)),
            (
                LIMIT,
                u64::try_from(self.status.connections_limit).unwrap_or(u64::MAX),
            ),
        ] {
            let descriptor = describe(&mut encoder, metric)?;
            ConstGauge::new(signed(value)).encode(descriptor)?;
        }
        if let Some(rooms) = &self.status.rooms {
            tell_rooms(&mut encoder, rooms)?;
        }
        self.counters(&mut encoder)?;
        self.gauges(&mut encoder)?;
        let mut descriptor = describe(&mut encoder, HANDSHAKE_SECONDS)?;
        for endpoint in &self.status.endpoints {
            let labels = [("place", endpoint.place.as_str())];
            let mut family = descriptor.encode_family(&labels)?;
            let figures = &endpoint.figures;
            let buckets = by_octave(&figures.handshake_times);
            let count = buckets.iter().map(|(_, count)| count).sum();
            let sum = seconds(figures.handshake_micros);
            family.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}

impl Told {
    fn counters(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let metrics: [(Metric, CountsOf); 7] = [
            (CONNECTIONS, |of| one(of.figures.opened)),
            (ENDED, |of| by_reason(&[], &of.figures.ended)),
            (HANDSHAKES, |of| handshakes(&of.figures)),
            (BYTES, |of| {
                vec![
                    (vec![("direction", "in")], of.figures.bytes_in),
                    (vec![("direction", "out")], of.figures.bytes_out),
                ]
            }),
            (ACCEPT_ERRORS, |of| one(of.figures.accept_errors)),
            (PLAIN, |of| {
                of.plain.map_or_else(Vec::new, |plain| one(plain.count))
            }),
            (CHANGES, |of| {
                vec![
                    (vec![("result", "taken")], of.figures.changes),
                    (vec![("result", "refused")], of.figures.changes_refused),
                ]
            }),
        ];
        for (metric, counts) in metrics {
            let mut descriptor = describe(encoder, metric)?;
            for endpoint in &self.status.endpoints {
                for (mut labels, count) in counts(endpoint) {
                    labels.insert(0, ("place", &endpoint.place));
                    let family = descriptor.encode_family(&labels)?;
                    ConstCounter::new(count).encode(family)?;
                }
            }
        }
        Ok(())
    }

    fn gauges(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let end = |of: &EndpointStatus| Some(of.certificate.as_ref()?.not_after_unix);
        let metrics: [(Metric, GaugeOf<'_>); 4] = [
            (OPEN, &|of| Some(signed(of.figures.open))),
            (GENERATION, &|of| of.generation.map(signed)),
            (EXPIRY, &|of| end(of).map(signed)),
            (EXPIRY_DAYS, &|of| {
                Some(days(self.now, Timestamp::from_unix(end(of)?)))
            }),
        ];
        for (metric, value) in metrics {
            let mut descriptor = describe(encoder, metric)?;
            for endpoint in &self.status.endpoints {
                if let Some(value) = value(endpoint) {
                    let labels = [("place", endpoint.place.as_str())];
                    let family = descriptor.encode_family(&labels)?;
                    ConstGauge::new(value).encode(family)?;
                }
            }
        }
        Ok(())
    }
}

fn tell_rooms(encoder: &mut DescriptorEncoder<'_>, rooms: &RoomsStatus) -> fmt::Result {
    let wide = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    for (metric, value) in [
        (CARRIED, rooms.connections.used),
        (SHAKING, rooms.handshakes.used),
        (SHAKING_LIMIT, rooms.handshakes.limit),
    ] {
        let descriptor = describe(encoder, metric)?;
        ConstGauge::new(wide(value)).encode(descriptor)?;
    }
    let mut descriptor = describe(encoder, USED_UP)?;
    for (name, room) in [
        ("connections", rooms.connections),
        ("handshakes", rooms.handshakes),
    ] {
        let labels = [("room", name)];
        let family = descriptor.encode_family(&labels)?;
        ConstCounter::new(room.times_used_up).encode(family)?;
    }
    Ok(())
}

fn describe<'a>(
    encoder: &'a mut DescriptorEncoder<'_>,
    metric: Metric,
) -> Result<prometheus_client::encoding::MetricEncoder<'a>, fmt::Error> {
    let kind = match metric.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
    };
    encoder.encode_descriptor(metric.name, metric.help, None, kind)
}

fn one(count: u64) -> Counts<'static> {
    vec![(Vec::new(), count)]
}

fn handshakes(figures: &FigureValues) -> Counts<'_> {
    let result = |word| vec![("result", word), ("reason", "")];
    let refused = by_reason(&[("result", "refused")], &figures.refused_handshakes);
    let mut counts = vec![
        (result("full"), figures.full_handshakes),
        (result("resumed"), figures.resumed_handshakes),
    ];
    counts.extend(refused);
    counts
}

fn by_reason<'a>(
    labels: &[(&'static str, &'static str)],
    counts: &'a BTreeMap<String, u64>,
) -> Counts<'a> {
    let each = counts.iter().map(|(reason, count)| {
        let mut labels: Labels<'a> = labels.to_vec();
        labels.push(("reason", reason));
        (labels, *count)
    });
    each.collect()
}

/// Times in seconds, in the buckets of whole octaves; what is above the last is without an end.
fn by_octave(times: &[Bucket]) -> Vec<(f64, u64)> {
    let mut below = 0;
    let mut buckets = Vec::new();
    for end in octaves() {
        let here = |bucket: &&Bucket| bucket.below_micros > below && bucket.below_micros <= end;
        let count = times.iter().filter(here).map(|bucket| bucket.count).sum();
        buckets.push((seconds(end), count));
        below = end;
    }
    // The last one holds all that took longer too.
    if let Some(last) = buckets.last_mut() {
        last.0 = f64::INFINITY;
    }
    buckets
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "after 285 years of handshakes a microsecond is lost"
)]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Whole days from `now` to `end`.
fn days(now: Timestamp, end: Timestamp) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    signed(end.unix())
        .saturating_sub(signed(now.unix()))
        .div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::table::METRICS;
    use super::*;

    /// A process with one endpoint, which has these figures and an odd name.
    fn status(figures: FigureValues) -> Status {
        Status {
            stage: Stage::Serving,
            running_seconds: 60,
            connections_limit: 10,
            rooms: Some(RoomsStatus {
                connections: crate::status::RoomStatus {
                    used: 3,
                    limit: 10,
                    times_used_up: 1,
                },
                handshakes: crate::status::RoomStatus {
                    used: 2,
                    limit: 64,
                    times_used_up: 0,
                },
            }),
            draining: Vec::new(),
            endpoints: vec![EndpointStatus {
                place: "A \"quoted\"\n\\:default".to_owned(),
                listen: Vec::new(),
                to: String::new(),
                security: String::new(),
                generation: Some(7),
                certificate: Some(crate::status::CertificateStatus {
                    subject: String::new(),
                    serial: String::new(),
                    not_after_unix: 3 * 24 * 60 * 60 - 1,
                }),
                figures,
                plain: Some(crate::status::PlainStatus {
                    count: 8,
                    last_seconds_ago: None,
                }),
                last_failures: Vec::new(),
                findings: Vec::new(),
            }],
        }
    }

    #[test]
    fn every_figure_is_told_with_its_labels_and_nothing_else() {
        let mut figures = FigureValues {
            open: 1,
            ..FigureValues::default()
        };
        figures.ended.insert("idle".to_owned(), 2);
        figures.refused_handshakes.insert("expired".to_owned(), 3);
        figures.handshake_times = vec![
            Bucket {
                below_micros: 64,
                count: 4,
            },
            Bucket {
                below_micros: 1 << 25,
                count: 5,
            },
        ];
        let text = text(&status(figures), Timestamp::from_unix(0));
        for metric in METRICS {
            let help = format!("# HELP {} {}", metric.name, metric.help);
            assert!(text.contains(&help), "{help} is not in\n{text}");
        }
        let place = r#"place="A \"quoted\"\n\\:default""#;
        for line in [
            "trustpack_tunnel_connections_carried 3\n".to_owned(),
            "trustpack_tunnel_handshakes_open 2\n".to_owned(),
            "trustpack_tunnel_handshakes_limit 64\n".to_owned(),
            "trustpack_tunnel_room_used_up_total{room=\"connections\"} 1\n".to_owned(),
            format!("trustpack_tunnel_connections_open{{{place}}} 1\n"),
            format!("trustpack_tunnel_connections_ended_total{{{place},reason=\"idle\"}} 2\n"),
            format!(
                "trustpack_tunnel_handshakes_total{{{place},result=\"refused\",reason=\"expired\"}} 3\n"
            ),
            format!("trustpack_tunnel_handshake_seconds_bucket{{le=\"0.000064\",{place}}} 4\n"),
            format!("trustpack_tunnel_handshake_seconds_bucket{{le=\"+Inf\",{place}}} 9\n"),
            format!("trustpack_tunnel_plain_connections_total{{{place}}} 8\n"),
            format!("trustpack_tunnel_certificate_expiry_days{{{place}}} 2\n"),
        ] {
            assert!(text.contains(&line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        assert_eq!(days(Timestamp::from_unix(1), Timestamp::from_unix(0)), -1);
    }
}
