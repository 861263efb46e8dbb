//! The options of an endpoint: what each comes to, where that comes from, and what it hid.
//!
//! Invariant: a value that could not be read is told as such, with the code of the finding that says why.

use serde::Serialize;
use trustpack_settings::endpoint::{
    Endpoint, Hidden, HiddenBy, Origin, Role, Security, ShownSetting,
};
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::options::{Endpoints, Grouping, OptionId};
use trustpack_settings::resolve::entries;
use trustpack_settings::span::Spot;
use trustpack_settings::value::Provider;

use super::written;
use crate::commands::fleet_arguments::ReadFleet;
use crate::output::{Output, Printed};

/// An option at an endpoint.
#[derive(Debug, Serialize)]
pub(super) struct SettingJson {
    option: String,
    value: String,
    /// The code of the finding that says why the value cannot be read.
    unreadable: Option<String>,
    from: String,
    hidden: Vec<String>,
    passed_over: Vec<String>,
    has_effect: bool,
    /// Whether it is set and does nothing here, which another list tells with the reason.
    #[serde(skip)]
    idle: bool,
    #[serde(skip)]
    kind: SettingKind,
    #[serde(skip)]
    weight: Weight,
}

/// Under which heading a setting is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SettingKind {
    /// It is taken with the credentials block.
    Credentials,
    /// It is set somewhere, and resolved by itself.
    Other,
    /// It is set somewhere, and does nothing at an endpoint of this kind: it has a list of its own.
    Idle,
    /// Nobody has set it.
    Default,
}

/// Whether a setting says anything to somebody who did not ask for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Matters,
    /// Not set, and nobody misses it.
    Beside,
}

/// Which settings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those that are set, and what credentials have to have.
    Set,
    /// Also what is set nowhere.
    All,
}

/// The widest value that keeps the column behind it aligned.
const MAX_VALUE: usize = 40;

/// The options that are set for an endpoint, and those that would have an effect at it.
pub(super) fn of(endpoint: &Endpoint, read: &ReadFleet) -> Vec<SettingJson> {
    let provider = endpoint.settings().provider.value;
    let here = |setting: &ShownSetting<'_>| {
        let is_set = *setting.origin != Origin::Default || !setting.hidden.is_empty();
        let works = has_effect(setting.option, endpoint.role());
        is_set || (works && is_read(setting.option, provider))
    };
    let shown = endpoint.settings().shown().into_iter().filter(here);
    shown
        .map(|setting| SettingJson::new(setting, endpoint, read))
        .collect()
}

/// Writes them under their headings.
pub(super) fn write(settings: &[SettingJson], extent: Extent, out: &mut Output) -> Printed {
    let shown = |kind| {
        let of_kind = settings.iter().filter(move |one| one.kind == kind);
        of_kind
            .filter(|one| extent == Extent::All || one.weight == Weight::Matters)
            .collect::<Vec<_>>()
    };
    let credentials = shown(SettingKind::Credentials);
    write_those(&credentials, out, "credentials, taken together")?;
    let others = "other options that are set, one by one";
    write_those(&shown(SettingKind::Other), out, others)?;
    let defaults = shown(SettingKind::Default);
    write_those(&defaults, out, "not set")
}

fn write_those(settings: &[&SettingJson], out: &mut Output, heading: &str) -> Printed {
    if settings.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{heading}:")?;
    let shown = || settings.iter();
    let widest = |width: usize, text: String| width.max(text.chars().count());
    let option = shown().map(|s| s.option.clone()).fold(0, widest);
    let value = shown().map(|s| s.shown()).fold(0, widest);
    let value = value.min(MAX_VALUE);
    for setting in settings {
        let shown = setting.shown();
        let from = &setting.from;
        let effect = if setting.idle {
            ", no effect: see below"
        } else {
            ""
        };
        if shown.chars().count() > value {
            writeln!(out, "  {:option$}  {shown}", setting.option)?;
            writeln!(out, "  {:option$}  from {from}{effect}", "")?;
        } else {
            writeln!(
                out,
                "  {:option$}  {shown:value$}  {from}{effect}",
                setting.option
            )?;
        }
        for hidden in &setting.hidden {
            writeln!(out, "  {:option$}  hides {hidden}", "")?;
        }
        for passed in &setting.passed_over {
            writeln!(out, "  {:option$}  passes over {passed}", "")?;
        }
    }
    Ok(())
}

impl SettingJson {
    fn new(setting: ShownSetting<'_>, endpoint: &Endpoint, read: &ReadFleet) -> Self {
        let unreadable = match setting.origin {
            Origin::Set { spot, .. } => wrong_at(spot, endpoint),
            Origin::Default => None,
        };
        let lost = |by| {
            let lost = setting.hidden.iter().filter(|hidden| hidden.by == by);
            lost.map(|one| hidden(one, endpoint, read)).collect()
        };
        Self {
            kind: SettingKind::of(&setting, endpoint.role()),
            weight: Weight::of(&setting, endpoint.settings().provider.value),
            option: setting.option.name().to_owned(),
            unreadable: unreadable
                .filter(|_| setting.value.is_empty())
                .map(|code| code.to_string()),
            from: from(&setting, endpoint, &read.fleet),
            idle: *setting.origin != Origin::Default
                && endpoint.security() != Security::Open
                && entries::idle(setting.option, endpoint).is_some(),
            hidden: lost(HiddenBy::LowerLevel),
            passed_over: lost(HiddenBy::CertificateSource),
            has_effect: has_effect(setting.option, endpoint.role()),
            value: setting.value,
        }
    }

    /// The value in words, where it is none that can be shown.
    fn shown(&self) -> String {
        match (&self.unreadable, self.value.as_str()) {
            (Some(code), _) => format!("not readable, see {code}"),
            (None, "") => "-".to_owned(),
            (None, value) => value.to_owned(),
        }
    }
}

/// Where a value comes from, and under which name if that is another one.
fn from(setting: &ShownSetting<'_>, endpoint: &Endpoint, fleet: &Fleet) -> String {
    match setting.origin {
        // The own file may set each of them.
        Origin::Default if written::own_file_not_read(endpoint, fleet).is_some() => {
            "default, unless the own file, which could not be read, sets it".to_owned()
        }
        Origin::Default => "default".to_owned(),
        Origin::Set { level, spot } => {
            let level = written::level(*level, endpoint);
            let entry = written::entry(endpoint, fleet, setting.option, spot);
            match entry.filter(|entry| entry.name != setting.option.name()) {
                Some(entry) => format!("{level}, {spot}, as {}", entry.name),
                None => format!("{level}, {spot}"),
            }
        }
    }
}

fn hidden(one: &Hidden, endpoint: &Endpoint, read: &ReadFleet) -> String {
    let Hidden {
        level, spot, shown, ..
    } = one;
    let level = written::level(*level, endpoint);
    // What is hidden keeps no endpoint from its start; what is wrong with it stands at its own level.
    let wrong = || {
        let elsewhere = || wrong_among(spot, read.resolution.findings());
        wrong_at(spot, endpoint).or_else(elsewhere)
    };
    let wrong = shown.is_empty().then(wrong).flatten();
    let shown = match (shown.as_str(), wrong) {
        ("", Some(code)) => format!("a value that is not readable, see {code},"),
        ("", None) => "an empty value".to_owned(),
        (shown, _) => shown.to_owned(),
    };
    format!("{shown} of the {level}, {spot}")
}

/// The error of the endpoint that was found on the line of a value.
pub(super) fn wrong_at(spot: &Spot, endpoint: &Endpoint) -> Option<Code> {
    wrong_among(spot, endpoint.findings())
}

/// The error among `findings` that stands on the line of a value.
fn wrong_among<'f>(spot: &Spot, mut findings: impl Iterator<Item = &'f Finding>) -> Option<Code> {
    let line = |spot: &Spot| {
        spot.location()
            .map(|at| (std::sync::Arc::clone(&at.file), at.line))
    };
    let here = line(spot)?;
    let found = findings.find(|finding| {
        finding.bars() && finding.spot.as_ref().and_then(line).as_ref() == Some(&here)
    });
    found.map(Finding::code)
}

impl SettingKind {
    fn of(setting: &ShownSetting<'_>, role: Role) -> Self {
        match (setting.option.row().grouping, setting.origin) {
            (Grouping::Block, _) => Self::Credentials,
            (_, Origin::Set { .. }) if !has_effect(setting.option, role) => Self::Idle,
            (Grouping::WithBlock | Grouping::Alone, Origin::Default) => Self::Default,
            (Grouping::WithBlock | Grouping::Alone, Origin::Set { .. }) => Self::Other,
        }
    }
}

impl Weight {
    fn of(setting: &ShownSetting<'_>, provider: Option<Provider>) -> Self {
        let is_set = *setting.origin != Origin::Default || !setting.hidden.is_empty();
        let windows = provider == Some(Provider::Mscapi);
        let (certificate, provided) = (OptionId::Certificate, OptionId::Provider);
        let wanted = setting.option == certificate
            || setting.option == provided
            || (setting.option == OptionId::TrustedCa && !windows)
            || (setting.option == OptionId::CertificateKey && provider == Some(Provider::Pem));
        if is_set || wanted {
            Self::Matters
        } else {
            Self::Beside
        }
    }
}

/// Whether credentials of this kind are looked for with an option; the others are shown only where they are set.
fn is_read(option: OptionId, provider: Option<Provider>) -> bool {
    if option == OptionId::StoreLocation {
        provider == Some(Provider::Mscapi)
    } else if option == OptionId::TruststorePassword {
        matches!(provider, Some(Provider::Jks | Provider::Pkcs12))
    } else {
        true
    }
}

/// Whether an option does anything at an endpoint of this kind.
fn has_effect(option: OptionId, role: Role) -> bool {
    match option.row().endpoints {
        Endpoints::Both => true,
        Endpoints::Ports => role == Role::Server,
        Endpoints::Connections => role == Role::Client,
    }
}
