//! TP7011: next bundle will be refused.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7011),
    severity: Severity::Error,
    title: "next bundle will be refused",
    meaning: "In `.installed` the link to the files that count (`current`), or to those before (`previous`), does not lead to one of the numbered folders, or something else than a file is in the folder that counts. Services may go on with what is there, but `host install` does not know what it may take away, and refuses the next bundle.",
    example: "a folder that was copied with `cp -aL`, which makes a folder of the link `.installed/current`",
    remedy: "move what is no link, or no file, out of `.installed` (it may hold the only key: keep it until this check finds nothing); then lay the link again, to the numbered folder with the files that are in use, mostly the highest: `ln -sfn NUMBER .installed/current`; without `previous` only the way back is gone",
    when_accepted: WhenAccepted::Starts,
};
