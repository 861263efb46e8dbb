//! Findings as SARIF, for the tools that show the results of checkers beside the lines of a file.
//!
//! Not for people, who get text. Invariant: a rule stands in the list once, and every result names one that is there.
//!
//! Source: SARIF 2.1.0, OASIS standard of 27 March 2020; sections in the comments.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};
use trustpack_material::fleet_source::Texts;
use trustpack_settings::finding::{Code, Finding, Kind, Severity};
use trustpack_settings::span::{Location, Spot};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log of one run (section 3.13) with these findings. Each result is made when it is written: a million of them at
/// once would take gigabytes.
pub(crate) struct Log<'a> {
    findings: &'a [&'a Finding],
    texts: &'a Texts,
}

/// Section 3.14.
struct Run<'a>(&'a Log<'a>);

/// The results of a run.
struct Results<'a>(&'a Log<'a>);

impl<'a> Log<'a> {
    pub(crate) fn new(findings: &'a [&'a Finding], texts: &'a Texts) -> Self {
        Self { findings, texts }
    }
}

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_map(Some(3))?;
        log.serialize_entry("$schema", SCHEMA)?;
        log.serialize_entry("version", "2.1.0")?;
        log.serialize_entry("runs", &[Run(self)])?;
        log.end()
    }
}

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kinds = self.0.findings.iter().map(|f| (f.code(), f.kind));
        let rules: BTreeMap<Code, &Kind> = kinds.collect();
        let rules: Vec<Value> = rules.into_values().map(rule).collect();
        let tool = json!({
            "driver": {
                "name": "trustpack",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }
        });
        let mut run = serializer.serialize_map(Some(3))?;
        run.serialize_entry("tool", &tool)?;
        // Section 3.14.17: columns count characters, as everywhere in Trustpack.
        run.serialize_entry("columnKind", "unicodeCodePoints")?;
        run.serialize_entry("results", &Results(self.0))?;
        run.end()
    }
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Log { findings, texts } = self.0;
        serializer.collect_seq(findings.iter().map(|finding| result(finding, texts)))
    }
}

/// Section 3.49.
fn rule(kind: &Kind) -> Value {
    json!({
        "id": kind.code.to_string(),
        "shortDescription": { "text": kind.title },
        "fullDescription": { "text": kind.meaning },
        "help": { "text": format!("Example:\n{}\n\nWhat to do: {}.", kind.example, kind.remedy) },
        "defaultConfiguration": { "level": level(kind.severity) },
    })
}

/// Section 3.27.
fn result(finding: &Finding, texts: &Texts) -> Value {
    let mut location = json!({
        // Section 3.33: what it is about in the fleet, wherever that is written.
        "logicalLocations": [{ "fullyQualifiedName": finding.place.to_string() }],
    });
    if let (Some(at), Some(fields)) = (finding.location(), location.as_object_mut()) {
        fields.insert("physicalLocation".to_owned(), physical(at, texts));
    }
    let mut result = json!({
        "ruleId": finding.code().to_string(),
        "level": level(finding.severity()),
        "message": { "text": format!("{}; remedy: {}", finding.message, finding.remedy) },
        "locations": [location],
    });
    let Some(fields) = result.as_object_mut() else {
        return result;
    };
    let related: Vec<Value> = finding
        .related
        .iter()
        .filter_map(|(spot, what)| related(spot, what, texts))
        .collect();
    if !related.is_empty() {
        fields.insert("relatedLocations".to_owned(), Value::Array(related));
    }
    if let Some(accepted) = &finding.accepted {
        let until = accepted.until.date_string();
        // Section 3.35: it is suppressed by a record that stands outside the line itself.
        let suppression = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("{} (until {until})", accepted.reason),
        }]);
        fields.insert("suppressions".to_owned(), suppression);
    }
    result
}

fn related(spot: &Spot, what: &str, texts: &Texts) -> Option<Value> {
    Some(json!({
        "message": { "text": what },
        "physicalLocation": physical(spot.location()?, texts),
    }))
}

/// Section 3.29, with the region of section 3.30.
fn physical(at: &Location, texts: &Texts) -> Value {
    let marked = texts
        .get(&at.file)
        .and_then(|text| text.get(at.start..at.end));
    let mut region = json!({ "startLine": at.line, "startColumn": at.column });
    let length = marked
        .filter(|text| !text.is_empty() && !text.contains('\n'))
        .and_then(|text| u32::try_from(text.chars().count()).ok());
    if let (Some(length), Some(fields)) = (length, region.as_object_mut()) {
        let end = at.column.saturating_add(length);
        fields.insert("endColumn".to_owned(), Value::from(end));
    }
    json!({ "artifactLocation": { "uri": uri(&at.file) }, "region": region })
}

/// Section 3.27.10.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The path of a file as a URI, relative to the folder of the command if the path is.
///
/// Source: RFC 3986 sections 3.3 and 4.2; RFC 8089 for absolute paths.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://" } else { "" }.to_owned();
    // In the first part of a relative path a colon would end a scheme.
    let first_part_end = path.find('/').unwrap_or(path.len());
    for (at, byte) in path.bytes().enumerate() {
        let colon = byte == b':' && at >= first_part_end;
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) || colon {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, want: &str) {
        assert_eq!(uri(path), want);
    }

    #[test]
    fn paths_are_uris() {
        check("fleet.toml", "fleet.toml");
        check("/srv/my fleet/a.toml", "file:///srv/my%20fleet/a.toml");
        check("a:b/c:d.toml", "a%3Ab/c:d.toml");
        check("ü.toml", "%C3%BC.toml");
    }
}
