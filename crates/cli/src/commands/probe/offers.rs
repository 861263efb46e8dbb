//! What a service takes, for people and in the document of `--json`.

use std::collections::BTreeSet;

use serde::Serialize;
use trustpack_probe::survey::meaning::{Grade, Meaning};
use trustpack_probe::survey::suites::Suite;
use trustpack_probe::survey::{
    Compression, CutShort, Decides, OfVersion, Offers, PlainText, Protection,
};

use crate::finding_report::counted;
use crate::output::{Output, Printed};

/// Everything that it takes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OffersShown {
    versions: Vec<VersionShown>,
    groups: Vec<Taken>,
    number_group_bits: Option<usize>,
    signatures: Vec<Taken>,
    compression: Option<bool>,
    secure_renegotiation: Option<bool>,
    extended_master_secret: Option<bool>,
    name: String,
    protocols: Vec<&'static str>,
    plain_text: Option<&'static str>,
    #[serde(skip)]
    plain_text_told: String,
    connections: usize,
    cut_short: bool,
    not_known: Vec<String>,
}

/// A version with its suites.
#[derive(Clone, Debug, Serialize)]
struct VersionShown {
    #[serde(flatten)]
    version: Taken,
    decides: Option<&'static str>,
    suites: Vec<Taken>,
}

/// One thing that it takes, and what that means.
#[derive(Clone, Debug, Serialize)]
struct Taken {
    name: String,
    #[serde(serialize_with = "in_words")]
    grade: Grade,
    means: &'static str,
}

/// Octets for hellos.
pub(super) fn random() -> [u8; 32] {
    let mut random = [0; 32];
    // They only have to differ from those of others: nothing is kept secret with them.
    let _given = aws_lc_rs::rand::fill(&mut random);
    random
}

impl From<&Offers> for OffersShown {
    fn from(offers: &Offers) -> Self {
        let there = |protection| protection == Protection::There;
        let older = offers.older;
        Self {
            versions: offers.versions.iter().map(VersionShown::from).collect(),
            groups: offers
                .groups
                .iter()
                .map(|group| Taken::new(group, group.meaning()))
                .collect(),
            number_group_bits: offers.number_group_bits,
            signatures: offers
                .signatures
                .iter()
                .map(|signature| Taken::new(signature, signature.meaning()))
                .collect(),
            compression: older.map(|older| older.compression == Compression::On),
            secure_renegotiation: older.map(|older| there(older.renegotiation)),
            extended_master_secret: older.map(|older| there(older.master_secret)),
            name: offers.name.to_string(),
            protocols: offers.protocols.clone(),
            plain_text: match offers.plain_text {
                PlainText::Refused | PlainText::SentAway(_) => Some("refused"),
                PlainText::Closed => Some("closed"),
                PlainText::Answered(_) => Some("answered"),
                PlainText::Waits => Some("waits"),
                PlainText::NotSeen => None,
            },
            plain_text_told: offers.plain_text.to_string(),
            connections: offers.connections,
            cut_short: offers.cut_short == CutShort::Yes,
            not_known: offers.not_known.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&OfVersion> for VersionShown {
    fn from(of_version: &OfVersion) -> Self {
        let version = of_version.version;
        let mut shown = Taken::new(&version, version.meaning());
        let good = |suite: &Suite| suite.meaning().grade == Grade::Good;
        if shown.grade == Grade::Good && !of_version.suites.iter().any(good) {
            shown.grade = Grade::Old;
            shown.means = "good with good suites, of which it takes none";
        }
        Self {
            version: shown,
            decides: match of_version.decides {
                Decides::Server => Some("server"),
                Decides::Client => Some("client"),
                Decides::NotSeen => None,
            },
            suites: of_version
                .suites
                .iter()
                .map(|suite| Taken::new(&suite.name, suite.meaning()))
                .collect(),
        }
    }
}

impl Taken {
    fn new(name: &impl ToString, meaning: Meaning) -> Self {
        Self {
            name: name.to_string(),
            grade: meaning.grade,
            means: meaning.says,
        }
    }
}

impl OffersShown {
    /// In a line: versions, and how good what it takes is.
    pub(super) fn in_short(&self) -> String {
        let versions = self.versions.iter().map(|one| &*one.version.name);
        let versions = versions.collect::<Vec<_>>().join(", ");
        let suites = || self.versions.iter().flat_map(|one| &one.suites);
        let taken = || suites().chain(&self.groups).chain(&self.signatures);
        let mut text = if versions.is_empty() {
            "takes nothing of all that was offered, in no version".to_owned()
        } else {
            format!("takes {versions}")
        };
        for grade in [Grade::Broken, Grade::Old] {
            let names: BTreeSet<&str> = taken()
                .filter(|one| one.grade == grade)
                .map(|one| &*one.name)
                .collect();
            if !names.is_empty() {
                let names = names.into_iter().collect::<Vec<_>>().join(", ");
                text.push_str(&format!("; {grade}: {names}"));
            }
        }
        if !self.not_known.is_empty() {
            text.push_str(&format!("; not known: {}", self.not_known.join(", ")));
        }
        text
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        for of_version in &self.versions {
            let VersionShown {
                version,
                decides,
                suites,
            } = of_version;
            let decides = decides.map_or_else(String::new, |who| {
                format!("; which suite is used the {who} decides")
            });
            writeln!(out)?;
            writeln!(out, "takes {}: {}{decides}", version.name, version.means)?;
            write_taken(suites, out)?;
        }
        if !self.groups.is_empty() {
            writeln!(out)?;
            writeln!(out, "groups")?;
            write_taken(&self.groups, out)?;
        }
        if let Some(bits) = self.number_group_bits {
            let means = if bits < 2048 {
                "  broken  too small: it can be computed beforehand (Logjam)"
            } else {
                ""
            };
            writeln!(out, "  DHE with {bits} bits{means}")?;
        }
        if !self.signatures.is_empty() {
            writeln!(out)?;
            writeln!(out, "signatures of TLS 1.2")?;
            write_taken(&self.signatures, out)?;
        }
        self.write_rest(out)
    }

    fn write_rest(&self, out: &mut Output) -> Printed {
        writeln!(out)?;
        let doubts = [
            (
                self.compression,
                true,
                "broken  data is compressed, so that secrets can be guessed (CRIME)",
            ),
            (
                self.secure_renegotiation,
                false,
                "old     renegotiation is not protected (RFC 5746)",
            ),
            (
                self.extended_master_secret,
                false,
                "old     the key is not bound to the handshake (RFC 7627)",
            ),
        ];
        for (seen, bad, means) in doubts {
            if seen == Some(bad) {
                writeln!(out, "  {means}")?;
            }
        }
        writeln!(out, "name asked for: {}", self.name)?;
        if !self.protocols.is_empty() {
            writeln!(out, "protocols above TLS: {}", self.protocols.join(", "))?;
        }
        if self.plain_text.is_some() {
            writeln!(out, "plain text: {}", self.plain_text_told)?;
        }
        if !self.not_known.is_empty() {
            writeln!(out, "not known, as there was no answer:")?;
            for unknown in &self.not_known {
                writeln!(out, "  {unknown}")?;
            }
        }
        let cut_short = if self.cut_short {
            "; the limit was reached, and there may be more"
        } else {
            ""
        };
        let connections = counted(self.connections, "connection");
        writeln!(out, "asked with {connections}{cut_short}")
    }
}

/// The best first; those of one meaning together, with the reason where they are not good.
fn write_taken(taken: &[Taken], out: &mut Output) -> Printed {
    let mut kinds: Vec<(Grade, &str, Vec<&str>)> = Vec::new();
    for one in taken {
        let means = if one.grade == Grade::Good {
            ""
        } else {
            one.means
        };
        let known = kinds
            .iter_mut()
            .find(|(grade, known, _)| (*grade, *known) == (one.grade, means));
        match known {
            Some((_, _, names)) => names.push(&one.name),
            None => kinds.push((one.grade, means, vec![&one.name])),
        }
    }
    kinds.sort_by_key(|(grade, _, _)| *grade);
    for (grade, means, names) in kinds {
        let grade = grade.to_string();
        if !means.is_empty() {
            writeln!(out, "  {grade:<7} {means}")?;
        }
        for (index, names) in names.chunks(2).enumerate() {
            let first = index == 0 && means.is_empty();
            let grade = if first { &*grade } else { "" };
            let indent = if means.is_empty() { "" } else { "  " };
            writeln!(out, "  {grade:<7} {indent}{}", names.join(", "))?;
        }
    }
    Ok(())
}

fn in_words<S: serde::Serializer>(grade: &Grade, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(grade)
}
