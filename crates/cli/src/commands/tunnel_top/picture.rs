//! What two looks at a process come to: rates, and how long handshakes took in between.
//!
//! Invariant: what is shown of an endpoint is of that endpoint in both looks; a new one has no rates.

use std::collections::BTreeMap;
use std::time::Duration;

use trustpack_tunnel::figures::latencies::{Bucket, quantile};
use trustpack_tunnel::status::{EndpointStatus, FigureValues, Status};
use trustpack_x509::time::Timestamp;

use super::super::tunnel_status;
use super::graphs::{History, draw_graphs, draw_room};
use crate::output::{Output, Printed};
use crate::quantity::{bytes, number, real, span, time};
use crate::table::Table;
use crate::terminal_text::one_line;

/// What is shown.
pub(in crate::commands) struct Picture<'a> {
    now: &'a Status,
    endpoints: Vec<(&'a EndpointStatus, Rates)>,
}

/// What happened to all endpoints in the last looks.
#[derive(Default)]
pub(in crate::commands) struct Past {
    connections: History,
    handshakes: History,
    refused: History,
    bytes_in: History,
    bytes_out: History,
}

/// What happened to an endpoint between two looks, in a second.
#[derive(Default)]
struct Rates {
    connections: f64,
    handshakes: f64,
    refused: f64,
    bytes_in: f64,
    bytes_out: f64,
    /// How long the handshakes took in between.
    new_times: Vec<Bucket>,
    /// The same, or how long those of all time took if there were none.
    times: Vec<Bucket>,
}

impl<'a> Picture<'a> {
    /// Of how things are now, and how they were such a time ago.
    pub(in crate::commands) fn new(now: &'a Status, before: Option<(&Status, Duration)>) -> Self {
        let endpoints = now.endpoints.iter().enumerate().map(|(index, endpoint)| {
            let earlier = before.and_then(|(status, time)| {
                let earlier = status.endpoints.get(index)?;
                (earlier.place == endpoint.place).then_some((&earlier.figures, time))
            });
            (endpoint, Rates::of(&endpoint.figures, earlier))
        });
        Self {
            now,
            endpoints: endpoints.collect(),
        }
    }

    /// The whole picture, for a terminal.
    pub(in crate::commands) fn draw(
        &self,
        out: &mut Output,
        past: &Past,
        now: Timestamp,
    ) -> Printed {
        writeln!(
            out,
            "trustpack tunnel: {} for {}   (q ends)",
            tunnel_status::stage(self.now.stage),
            span(self.now.running_seconds)
        )?;
        writeln!(out)?;
        self.draw_rooms(out)?;
        for draining in &self.now.draining {
            tunnel_status::print_draining(out, *draining)?;
        }
        writeln!(out)?;
        past.draw(out)?;
        let times = self.sum().times;
        let (half, most) = (part(&times, 0.5), part(&times, 0.99));
        writeln!(out, "time of a handshake: p50 {half}, p99 {most}")?;
        writeln!(out)?;
        self.draw_endpoints(out, now)?;
        self.draw_last_failure(out)
    }

    /// How many connections there are, and may be.
    fn draw_rooms(&self, out: &mut Output) -> Printed {
        let open = usize::try_from(self.now.open()).unwrap_or(usize::MAX);
        draw_room(out, "connections", open, self.now.connections_limit)?;
        match self.now.rooms {
            Some(rooms) => {
                let room = rooms.handshakes;
                draw_room(out, "before handshake", room.used, room.limit)
            }
            // A process that does not tell.
            None => Ok(()),
        }
    }

    fn draw_endpoints(&self, out: &mut Output, now: Timestamp) -> Printed {
        let mut table = Table::new(&[
            "place",
            "open",
            "new/s",
            "handshakes/s",
            "refused/s",
            "p99",
            "in/s",
            "out/s",
            "certificate",
        ]);
        for (endpoint, rates) in &self.endpoints {
            let certificate = endpoint.certificate.as_ref();
            table.row(vec![
                endpoint.place.clone(),
                endpoint.figures.open.to_string(),
                number(rates.connections),
                number(rates.handshakes),
                number(rates.refused),
                part(&rates.times, 0.99),
                bytes(rates.bytes_in),
                bytes(rates.bytes_out),
                certificate.map_or_else(|| "-".to_owned(), |one| tunnel_status::ends(one, now)),
            ]);
        }
        table.write(out)
    }

    fn draw_last_failure(&self, out: &mut Output) -> Printed {
        let all = self.endpoints.iter();
        let last = all.filter_map(|(endpoint, _)| Some((endpoint, endpoint.last_failures.last()?)));
        match last.min_by_key(|(_, failure)| failure.seconds_ago) {
            Some((endpoint, failure)) => {
                writeln!(out)?;
                writeln!(
                    out,
                    "last failure, {} ago at {}: {}",
                    span(failure.seconds_ago),
                    one_line(&endpoint.place),
                    one_line(&failure.reason)
                )
            }
            None => Ok(()),
        }
    }

    /// A line for each endpoint and for each process that drains, for what is no terminal.
    pub(in crate::commands) fn lines(&self, out: &mut Output) -> Printed {
        for (endpoint, rates) in &self.endpoints {
            writeln!(
                out,
                "{}: open {}, new {}/s, handshakes {}/s, refused {}/s, p50 {}, p99 {}, in {}/s, out {}/s",
                one_line(&endpoint.place),
                endpoint.figures.open,
                number(rates.connections),
                number(rates.handshakes),
                number(rates.refused),
                part(&rates.new_times, 0.5),
                part(&rates.new_times, 0.99),
                bytes(rates.bytes_in),
                bytes(rates.bytes_out),
            )?;
        }
        for draining in &self.now.draining {
            tunnel_status::print_draining(out, *draining)?;
        }
        Ok(())
    }

    fn sum(&self) -> Rates {
        let mut all = Rates::default();
        let mut times = BTreeMap::new();
        for (_, rates) in &self.endpoints {
            all.connections += rates.connections;
            all.handshakes += rates.handshakes;
            all.refused += rates.refused;
            all.bytes_in += rates.bytes_in;
            all.bytes_out += rates.bytes_out;
            for bucket in &rates.times {
                let count: &mut u64 = times.entry(bucket.below_micros).or_default();
                *count = count.saturating_add(bucket.count);
            }
        }
        let times = times.into_iter();
        all.times = times
            .map(|(below_micros, count)| Bucket {
                below_micros,
                count,
            })
            .collect();
        all
    }
}

impl Past {
    pub(in crate::commands) fn push(&mut self, picture: &Picture<'_>) {
        let all = picture.sum();
        self.connections.push(all.connections);
        self.handshakes.push(all.handshakes);
        self.refused.push(all.refused);
        self.bytes_in.push(all.bytes_in);
        self.bytes_out.push(all.bytes_out);
    }

    fn draw(&self, out: &mut Output) -> Printed {
        let counts = [
            ("new", &self.connections),
            ("handshakes", &self.handshakes),
            ("refused", &self.refused),
        ];
        let traffic = [("in", &self.bytes_in), ("out", &self.bytes_out)];
        draw_graphs(out, &counts, number)?;
        draw_graphs(out, &traffic, bytes)
    }
}

impl Rates {
    fn of(now: &FigureValues, before: Option<(&FigureValues, Duration)>) -> Self {
        let Some((before, time)) = before else {
            return Self {
                times: now.handshake_times.clone(),
                ..Self::default()
            };
        };
        let per_second = |count: fn(&FigureValues) -> u64| {
            // The process may have been started anew in between.
            let more = count(now).saturating_sub(count(before));
            real(more) / time.as_secs_f64().max(0.001)
        };
        let new_times = between(&before.handshake_times, &now.handshake_times);
        Self {
            connections: per_second(|figures| figures.opened),
            handshakes: per_second(|figures| {
                figures
                    .full_handshakes
                    .saturating_add(figures.resumed_handshakes)
            }),
            refused: per_second(FigureValues::refused),
            bytes_in: per_second(|figures| figures.bytes_in),
            bytes_out: per_second(|figures| figures.bytes_out),
            times: if new_times.is_empty() {
                now.handshake_times.clone()
            } else {
                new_times.clone()
            },
            new_times,
        }
    }
}

/// What came into the buckets.
fn between(before: &[Bucket], now: &[Bucket]) -> Vec<Bucket> {
    let of = |end| before.iter().find(|bucket| bucket.below_micros == end);
    let new = now.iter().filter_map(|bucket| {
        let earlier = of(bucket.below_micros).map_or(0, |bucket| bucket.count);
        let count = bucket.count.saturating_sub(earlier);
        let below_micros = bucket.below_micros;
        (count > 0).then_some(Bucket {
            below_micros,
            count,
        })
    });
    new.collect()
}

fn part(times: &[Bucket], part: f64) -> String {
    quantile(times, part).map_or_else(|| "-".to_owned(), time)
}
