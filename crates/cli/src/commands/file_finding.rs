//! Findings about a file or folder, as `ca check` and `host check` print them.

use std::path::Path;

use serde::Serialize;
use trustpack_settings::finding::Kind;

use crate::output::{Output, Printed};

#[derive(Debug, Serialize)]
pub(super) struct FileFinding {
    code: String,
    severity: String,
    path: String,
    message: String,
    remedy: String,
}

impl FileFinding {
    pub(super) fn new(kind: &Kind, path: &Path, message: &str) -> Self {
        Self {
            code: kind.code.to_string(),
            severity: kind.severity.to_string(),
            path: path.display().to_string(),
            message: message.to_owned(),
            remedy: kind.remedy.to_owned(),
        }
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let Self {
            code,
            severity,
            path,
            message,
            remedy,
        } = self;
        writeln!(out, "{path}")?;
        writeln!(out, "  {severity}[{code}]: {message}")?;
        writeln!(out, "    remedy: {remedy}")
    }
}
