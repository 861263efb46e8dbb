//! One contest: a piece of work that two programs do in turns, and what is measured of it.
//!
//! Invariant: within a round every side is measured once, and the side that begins changes from round to round, so
//! that what slows the machine down for a while slows down all of them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How often a contest is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Rounds(u32);

/// A number of rounds that says nothing.
#[derive(Debug)]
pub(crate) struct InvalidRounds;

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Nanoseconds,
    Milliseconds,
    /// Millions of octets.
    Megabytes,
    PerSecond,
}

/// What the figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// Ours, in the unit of the figure.
    AtMost(f64),
    /// Ours divided by the peer's.
    RatioAtMost(f64),
    /// Ours divided by the peer's.
    RatioAtLeast(f64),
}

/// One figure of a contest.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) goal: Option<Goal>,
}

/// Does the work once, and gives a value for each figure. A peer that can do a part of the work only gives
/// values for the first figures.
pub(crate) type Measure<'a> = Box<dyn FnMut() -> anyhow::Result<Vec<f64>> + 'a>;

/// A program that takes part.
pub(crate) struct Side<'a> {
    pub(crate) who: String,
    pub(crate) measure: Measure<'a>,
}

/// A piece of work, ours first.
pub(crate) struct Contest<'a> {
    pub(crate) title: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) ours: Side<'a>,
    pub(crate) peer: Option<Side<'a>>,
}

/// The values of one side for one figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// What came of one figure.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) figure: Figure,
    pub(crate) ours: Spread,
    pub(crate) peer: Option<Spread>,
    /// Ours divided by the peer's, of the medians.
    pub(crate) ratio: Option<f64>,
    /// Whether the goal was reached; absent where there is none.
    pub(crate) reached: Option<bool>,
}

/// What came of a contest.
#[derive(Debug, Serialize)]
pub(crate) struct Finished {
    pub(crate) title: String,
    pub(crate) ours: String,
    pub(crate) peer: Option<String>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Rounds {
    pub(crate) const USUAL: Self = Self(5);

    fn numbers(self) -> impl Iterator<Item = u32> {
        1..=self.0
    }

    /// The numbers, from 0: and whether the round counts, which that one does not.
    pub(crate) fn with_warming_up(self) -> impl Iterator<Item = (usize, bool)> {
        let all = (0..=self.0).zip(0_usize..);
        all.map(|(_, round)| (round, round > 0))
    }
}

impl FromStr for Rounds {
    type Err = InvalidRounds;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(rounds @ 1..=1000) => Ok(Self(rounds)),
            Ok(_) | Err(_) => Err(InvalidRounds),
        }
    }
}

impl fmt::Display for InvalidRounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rounds are 1 to 1000")
    }
}

impl std::error::Error for InvalidRounds {}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Figure {
    pub(crate) const fn new(name: &'static str, unit: Unit) -> Self {
        Self {
            name,
            unit,
            goal: None,
        }
    }

    pub(crate) const fn with_goal(self, goal: Goal) -> Self {
        Self {
            goal: Some(goal),
            ..self
        }
    }
}

impl<'a> Side<'a> {
    pub(crate) fn new(
        who: impl Into<String>,
        measure: impl FnMut() -> anyhow::Result<Vec<f64>> + 'a,
    ) -> Self {
        Self {
            who: who.into(),
            measure: Box::new(measure),
        }
    }
}

impl Contest<'_> {
    /// Runs all rounds; one before them warms up and is not counted.
    pub(crate) fn run(mut self, rounds: Rounds) -> anyhow::Result<Finished> {
        let mut ours = Vec::new();
        let mut peers = Vec::new();
        (self.ours.measure)()?;
        if let Some(peer) = &mut self.peer {
            (peer.measure)()?;
        }
        for round in rounds.numbers() {
            let we_begin = round % 2 == 1;
            if we_begin {
                ours.push((self.ours.measure)()?);
            }
            if let Some(peer) = &mut self.peer {
                peers.push((peer.measure)()?);
            }
            if !we_begin {
                ours.push((self.ours.measure)()?);
            }
        }
        let outcomes = self.figures.into_iter().enumerate();
        Ok(Finished {
            title: self.title,
            ours: self.ours.who,
            peer: self.peer.map(|peer| peer.who),
            outcomes: outcomes
                .filter_map(|(index, figure)| outcome(figure, index, &ours, &peers))
                .collect(),
        })
    }
}

fn outcome(figure: Figure, index: usize, ours: &[Vec<f64>], peers: &[Vec<f64>]) -> Option<Outcome> {
    let column = |rows: &[Vec<f64>]| -> Vec<f64> {
        rows.iter()
            .filter_map(|row| row.get(index).copied())
            .collect()
    };
    let ours = spread(column(ours))?;
    let peer = spread(column(peers));
    let ratio = peer.map(|peer| ours.median / peer.median);
    let reached = figure.goal.and_then(|goal| match goal {
        Goal::AtMost(most) => Some(ours.median <= most),
        Goal::RatioAtMost(most) => ratio.map(|ratio| ratio <= most),
        Goal::RatioAtLeast(least) => ratio.map(|ratio| ratio >= least),
    });
    Some(Outcome {
        figure,
        ours,
        peer,
        ratio,
        reached,
    })
}

/// The median (of an even count the mean of the middle two), the least and the most.
pub(crate) fn spread(mut values: Vec<f64>) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let (least, most) = (*values.first()?, *values.last()?);
    let upper = values.len() / 2;
    let lower = values.len().checked_sub(1)? / 2;
    let median = (values.get(lower)? + values.get(upper)?) / 2.0;
    Some(Spread {
        median,
        least,
        most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_of_the_middle() {
        assert_eq!(spread(vec![]), None);
        assert_eq!(spread(vec![3.0, 1.0, 2.0]).map(|s| s.median), Some(2.0));
        assert_eq!(
            spread(vec![4.0, 1.0, 2.0, 3.0]).map(|s| s.median),
            Some(2.5)
        );
    }

    #[test]
    fn sides_take_turns_and_a_goal_can_be_missed() {
        let turns = std::cell::RefCell::new(String::new());
        let side = |name: &'static str, values: &[f64]| {
            let (turns, values) = (&turns, values.to_vec());
            Side::new(name, move || {
                turns.borrow_mut().push_str(name);
                Ok(values.clone())
            })
        };
        let contest = Contest {
            title: "work".to_owned(),
            figures: vec![
                Figure::new("rate", Unit::Milliseconds).with_goal(Goal::AtMost(2.0)),
                Figure::new("size", Unit::Megabytes).with_goal(Goal::RatioAtLeast(1.0)),
            ],
            ours: side("a", &[3.0, 1.0]),
            peer: Some(side("b", &[2.0])),
        };
        let finished = contest.run(Rounds(2)).expect("no side fails");
        assert_eq!(*turns.borrow(), "ababba");
        let outcomes = finished.outcomes.iter();
        let seen: Vec<_> = outcomes.map(|it| (it.ratio, it.reached)).collect();
        // The peer cannot say its size.
        assert_eq!(seen, [(Some(1.5), Some(false)), (None, None)]);
    }
}
