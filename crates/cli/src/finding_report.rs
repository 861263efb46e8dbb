//! Findings as people read them: grouped by place, each with the line that causes it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::{Serialize, Serializer};
use trustpack_material::fleet_source::Texts;
use trustpack_settings::finding::{Finding, Severity};
use trustpack_settings::secret::redact_line;
use trustpack_settings::span::{Location, Spot};

use crate::output::{Output, Printed};

/// A finding as `--json` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct FindingJson {
    code: String,
    severity: String,
    place: String,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    message: String,
    remedy: String,
    accepted: Option<AcceptedJson>,
}

/// Many of them, each made when it is written: a million at once would take gigabytes.
pub(crate) struct FindingsJson<'a>(pub(crate) &'a [&'a Finding]);

impl Serialize for FindingsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = self.0.iter();
        serializer.collect_seq(findings.map(|finding| FindingJson::from(*finding)))
    }
}

#[derive(Debug, Serialize)]
struct AcceptedJson {
    reason: String,
    until: String,
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        let location = finding.location();
        Self {
            code: finding.code().to_string(),
            severity: finding.severity().to_string(),
            place: finding.place.to_string(),
            file: location.map(|at| at.file.to_string()),
            line: location.map(|at| at.line),
            column: location.map(|at| at.column),
            message: finding.message.clone(),
            remedy: finding.remedy.to_string(),
            accepted: finding.accepted.as_ref().map(|accepted| AcceptedJson {
                reason: accepted.reason.clone(),
                until: accepted.until.date_string(),
            }),
        }
    }
}

/// How many findings of each severity count: those that nobody accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) notes: usize,
    pub(crate) accepted: usize,
}

impl Count {
    pub(crate) fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut count = Self::default();
        for finding in findings {
            match finding.severity() {
                _ if finding.accepted.is_some() => count.accepted += 1,
                Severity::Error => count.errors += 1,
                Severity::Warning => count.warnings += 1,
                Severity::Note => count.notes += 1,
            }
        }
        count
    }
}

/// How many of something there are: `1 endpoint`, `2 endpoints`.
pub(crate) fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}, {}, {}",
            counted(self.errors, "error"),
            counted(self.warnings, "warning"),
            counted(self.notes, "note")
        )?;
        if self.accepted > 0 {
            write!(f, ", {} accepted", self.accepted)?;
        }
        Ok(())
    }
}

/// Writes findings grouped by place, in the order given.
pub(crate) fn write<'a>(
    out: &mut Output,
    findings: impl IntoIterator<Item = &'a Finding>,
    texts: &Texts,
) -> Printed {
    let mut place = None;
    for finding in findings {
        if place != Some(&finding.place) {
            writeln!(out, "{}", finding.place)?;
            place = Some(&finding.place);
        }
        write_one(out, finding, texts)?;
    }
    Ok(())
}

fn write_one(out: &mut Output, finding: &Finding, texts: &Texts) -> Printed {
    let severity = match &finding.accepted {
        Some(accepted) => {
            format!(
                "accepted {} until {}",
                finding.severity(),
                accepted.until.date_string()
            )
        }
        None => finding.severity().to_string(),
    };
    writeln!(out, "  {severity}[{}]: {}", finding.code(), finding.message)?;
    if let Some(spot) = &finding.spot {
        write_spot(out, spot, "", texts)?;
    }
    for (spot, what) in &finding.related {
        write_spot(out, spot, what, texts)?;
    }
    if let Some(accepted) = &finding.accepted {
        writeln!(
            out,
            "    accepted because: {}",
            accepted.reason.escape_debug()
        )?;
    }
    writeln!(out, "    remedy: {}", finding.remedy)
}

/// Shows the line with the spot marked, or at least where it is.
fn write_spot(out: &mut Output, spot: &Spot, label: &str, texts: &Texts) -> Printed {
    let excerpt = spot
        .location()
        .and_then(|at| excerpt(at, label, texts.get(&at.file)?));
    match excerpt {
        Some(excerpt) => excerpt
            .lines()
            .try_for_each(|line| writeln!(out, "    {line}")),
        None if label.is_empty() => writeln!(out, "    --> {spot}"),
        None => writeln!(out, "    --> {spot}: {label}"),
    }
}

/// Octets of a line that is shown; of a longer one the place alone is said, since every finding in it
/// would show all of it again.
const MAX_EXCERPT: usize = 500;

/// The line of a location, marked; `None` if the text does not have it.
fn excerpt(at: &Location, label: &str, text: &str) -> Option<String> {
    text.get(at.start..at.end)?;
    // Only the line itself: a whole file of many megabytes would be walked for every finding.
    let start = text
        .get(..at.start)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = text
        .get(at.start..)?
        .find('\n')
        .map_or(text.len(), |newline| at.start + newline);
    let line = text
        .get(start..end)
        .filter(|line| line.len() <= MAX_EXCERPT)?;
    let number = usize::try_from(at.line).ok()?;
    let shown = redact_line(line);
    let marked = marked(line, &shown, at.start - start..at.end.min(end) - start);
    let annotation = AnnotationKind::Primary.span(marked).label(label);
    let snippet = Snippet::source(&*shown)
        .path(&*at.file)
        .line_start(number)
        .annotation(annotation);
    let rendered =
        Renderer::plain().render(&[Level::NOTE.no_name().secondary_title("").element(snippet)]);
    Some(rendered)
}

/// Where a range of `line` is in `shown`, which has as many characters but perhaps fewer octets.
fn marked(line: &str, shown: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let moved = |octet: usize| {
        let characters = line.get(..octet).unwrap_or(line).chars().count();
        shown
            .char_indices()
            .nth(characters)
            .map_or(shown.len(), |(octet, _)| octet)
    };
    moved(range.start)..moved(range.end)
}
