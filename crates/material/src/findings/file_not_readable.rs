//! TP4002: file not readable.

use trustpack_keystore::limited_file;
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
        ReadFileError::OutsideTree => finding.with_remedy(
            "copy the file itself into the folder of its host, or write a path without .. in it",
        ),
        ReadFileError::TooManyLinks => {
            finding.with_remedy("let the link lead to a file, and not to itself or in a circle")
        }
        ReadFileError::Unreadable(error) => match of_contents(error) {
            Some(remedy) => finding.with_remedy(remedy),
            None => finding,
        },
        ReadFileError::NotFound | ReadFileError::NotPermitted => finding,
    }
}

/// What to do about a path that may be read and is not what is wanted.
fn of_contents(error: &limited_file::ReadFileError) -> Option<&'static str> {
    match error {
        limited_file::ReadFileError::NotAFile
        | limited_file::ReadFileError::NoWriter
        | limited_file::ReadFileError::Silent => {
            Some("name a regular file, and no folder, pipe or device")
        }
        limited_file::ReadFileError::TooLarge { .. } => {
            Some("name the right file: what belongs into it is far smaller")
        }
        limited_file::ReadFileError::Io(_) => None,
    }
}
