//! The words for predictions.
//!
//! Invariant: the first words say whether the connection works.

use std::fmt;

use super::{Failing, Fault, Prediction, Stage};

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("plain text"),
            Self::Works { until: None } => f.write_str("works"),
            Self::Works { until: Some(stop) } => {
                write!(f, "works until {}; then it {}", stop.at, stop.failing)
            }
            Self::Fails(failing) => failing.fmt(f),
            Self::Unknown { why } => write!(f, "not known: {why}"),
        }
    }
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fails at {}: {}", self.stage, self.why)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("the start"),
            Self::Judgement(step) => write!(f, "the step {step}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
        })
    }
}
