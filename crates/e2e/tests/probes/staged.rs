//! That a finding between two ends was staged: `fleet check` has found it, and finds it no more when it is mended.
//!
//! What a story has shown is its type, so that the register of the findings cannot name a story that shows another one.
//! Invariant: a [`Proven`] is made only of a finding that was there, and is gone.

use std::process::{ExitCode, Termination};

use crate::scene::Scene;

/// The finding with this number was found.
#[must_use = "that it is gone is to be shown as well"]
pub(crate) struct Found<const CODE: u16>(());

/// The finding with this number was found, and is gone.
#[must_use = "it is what a story returns"]
pub(crate) struct Proven<const CODE: u16>(());

impl<const CODE: u16> Found<CODE> {
    /// `fleet check` finds it in a scene, with the files of all hosts.
    #[track_caller]
    pub(crate) fn here(scene: &Scene) -> Self {
        let findings = scene.findings();
        assert!(
            findings.iter().any(|(found, _)| *found == code(CODE)),
            "{}: {findings:?}",
            code(CODE)
        );
        Self(())
    }

    /// It is of this place.
    #[track_caller]
    pub(crate) fn at(scene: &Scene, place: &str) -> Self {
        let findings = scene.findings();
        assert!(
            findings
                .iter()
                .any(|(found, at)| *found == code(CODE) && at == place),
            "{} at {place}: {findings:?}",
            code(CODE)
        );
        Self(())
    }

    /// `fleet check` finds it nowhere any more.
    #[track_caller]
    pub(crate) fn gone(self, scene: &Scene) -> Proven<CODE> {
        let findings = scene.findings();
        assert!(
            findings.iter().all(|(found, _)| *found != code(CODE)),
            "{}: {findings:?}",
            code(CODE)
        );
        Proven(())
    }
}

/// A finding as it is written.
pub(crate) fn code(number: u16) -> String {
    format!("TP{number:04}")
}

impl<const CODE: u16> Termination for Proven<CODE> {
    fn report(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}
