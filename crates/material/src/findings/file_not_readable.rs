//! TP4002: file not readable.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::files::ReadFileError;
use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4002),
    severity: Severity::Error,
    title: "file not readable",
    meaning: "A file exists and cannot be read: the account of the program may not, it is a folder or a device, or it is larger than such files are.",
    example: "a key file with mode 0600 that belongs to another account",
    remedy: "let the account of the program read the file, or name a file that it may read",
    when_accepted: WhenAccepted::StaysDown,
};

/// The file that `option` names cannot be read.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, error: &ReadFileError) -> Finding {
    let message = format!("{}: the file {path} cannot be read: {error}", at.option);
    let finding = at.finding(&KIND, message);
    match error {
        ReadFileError::OutsideSandbox => finding.with_remedy(
            "restart, with --take-over so that nobody is cut off; folders for files to come can be named at the start with --allow-read",
        ),
        ReadFileError::FolderReplaced { .. } => finding.with_remedy(
            "restart, with --take-over so that nobody is cut off; replace the files in the folder, or a link that leads to it, and not the folder",
        ),
        ReadFileError::NotFound
        | ReadFileError::NotPermitted
        | ReadFileError::OutsideTree
        | ReadFileError::TooManyLinks
        | ReadFileError::Unreadable(_) => finding,
    }
}
