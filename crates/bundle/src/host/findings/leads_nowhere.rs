//! TP7009: name that leads nowhere.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(7009),
    severity: Severity::Error,
    title: "name that leads nowhere",
    meaning: "A name in the folder is a link, and the file that it leads to is not there: whoever opens it gets an error.",
    example: "a file that was taken out of .installed by hand",
    remedy: "mend `.installed` first, if that is told too (TP7011); install the whole bundle again: `trustpack host install`; remove the name if nobody needs it",
    when_accepted: WhenAccepted::Starts,
};
