//! The options of an endpoint: what each comes to, where that comes from, and what it hid.
//!
//! Invariant: a value that could not be read is told as such, with the code of the finding that says why.

use serde::Serialize;
use trustpack_settings::endpoint::{Endpoint, Hidden, Origin, Role, ShownSetting};
use trustpack_settings::finding::Code;
use trustpack_settings::options::{Endpoints, Grouping, OptionId};
use trustpack_settings::span::Spot;
use trustpack_settings::value::Provider;

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
    #[serde(skip)]
    kind: SettingKind,
}

/// Under which heading a setting is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SettingKind {
    /// It is taken with the credentials block.
    Credentials,
    /// It is set somewhere, and resolved by itself.
    Other,
    /// Nobody has set it.
    Default,
}

/// The widest value that keeps the column behind it aligned.
const MAX_VALUE: usize = 40;

/// The options that have an effect at an endpoint.
pub(super) fn of(endpoint: &Endpoint) -> Vec<SettingJson> {
    let provider = endpoint.settings().provider.value;
    let here = |setting: &ShownSetting<'_>| {
        has_effect(setting.option, endpoint.role())
            && (*setting.origin != Origin::Default || is_read(setting.option, provider))
    };
    let shown = endpoint.settings().shown().into_iter().filter(here);
    shown
        .map(|setting| SettingJson::new(setting, endpoint))
        .collect()
}

/// Writes them under their headings.
pub(super) fn write(settings: &[SettingJson], out: &mut Output) -> Printed {
    write_those(
        settings,
        out,
        SettingKind::Credentials,
        "credentials, taken together",
    )?;
    let others = "other options that are set, one by one";
    write_those(settings, out, SettingKind::Other, others)?;
    let defaults = settings.iter();
    let defaults: Vec<String> = defaults
        .filter(|setting| setting.kind == SettingKind::Default)
        .map(|setting| match setting.value.as_str() {
            "" => format!("no {}", setting.option),
            value => format!("{} {value}", setting.option),
        })
        .collect();
    if !defaults.is_empty() {
        writeln!(out)?;
        writeln!(out, "defaults: {}", defaults.join(", "))?;
    }
    Ok(())
}

fn write_those(
    settings: &[SettingJson],
    out: &mut Output,
    kind: SettingKind,
    heading: &str,
) -> Printed {
    let shown = || settings.iter().filter(|setting| setting.kind == kind);
    if shown().next().is_none() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "{heading}:")?;
    let widest = |width: usize, text: String| width.max(text.chars().count());
    let option = shown().map(|s| s.option.clone()).fold(0, widest);
    let value = shown().map(SettingJson::shown).fold(0, widest);
    let value = value.min(MAX_VALUE);
    for setting in shown() {
        let shown = setting.shown();
        if shown.chars().count() > value {
            writeln!(out, "  {:option$}  {shown}", setting.option)?;
            writeln!(out, "  {:option$}  from {}", "", setting.from)?;
        } else {
            writeln!(
                out,
                "  {:option$}  {shown:value$}  {}",
                setting.option, setting.from
            )?;
        }
        for hidden in &setting.hidden {
            writeln!(out, "  {:option$}  hides {hidden}", "")?;
        }
    }
    Ok(())
}

impl SettingJson {
    fn new(setting: ShownSetting<'_>, endpoint: &Endpoint) -> Self {
        let unreadable = match setting.origin {
            Origin::Set { spot, .. } => wrong_at(spot, endpoint),
            Origin::Default => None,
        };
        Self {
            kind: SettingKind::of(&setting),
            option: setting.option.name().to_owned(),
            unreadable: unreadable
                .filter(|_| setting.value.is_empty())
                .map(|code| code.to_string()),
            value: setting.value,
            from: setting.origin.to_string(),
            hidden: setting
                .hidden
                .iter()
                .map(|one| hidden(one, endpoint))
                .collect(),
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

fn hidden(one: &Hidden, endpoint: &Endpoint) -> String {
    let Hidden { level, spot, shown } = one;
    let shown = match (shown.as_str(), wrong_at(spot, endpoint)) {
        ("", Some(code)) => format!("a value that is not readable, see {code},"),
        ("", None) => "an empty value".to_owned(),
        (shown, _) => shown.to_owned(),
    };
    format!("{shown} of the {level}, {spot}")
}

/// The error that was found on the line of a value.
fn wrong_at(spot: &Spot, endpoint: &Endpoint) -> Option<Code> {
    let line = |spot: &Spot| {
        spot.location()
            .map(|at| (std::sync::Arc::clone(&at.file), at.line))
    };
    let (here, mut findings) = (line(spot)?, endpoint.findings());
    let found = findings.find(|finding| {
        finding.bars() && finding.spot.as_ref().and_then(line) == Some(here.clone())
    });
    found.map(trustpack_settings::finding::Finding::code)
}

impl SettingKind {
    fn of(setting: &ShownSetting<'_>) -> Self {
        match (setting.option.row().grouping, setting.origin) {
            (Grouping::Block, _) => Self::Credentials,
            (Grouping::WithBlock | Grouping::Alone, Origin::Default) => Self::Default,
            (Grouping::WithBlock | Grouping::Alone, Origin::Set { .. }) => Self::Other,
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
