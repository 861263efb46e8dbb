//! Names from hostile people: each is refused with a message that can be shown, or kept as it is and
//! shown so that nothing acts on a terminal.

use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::email::EmailAddress;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::build::NameBuilder;

/// Texts that do harm somewhere.
fn hostile() -> Vec<String> {
    let texts = [
        "../../etc/passwd",
        "a/b",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\r\nb",
        "a\tb",
        "\u{1b}[31mred",
        "a,b",
        "a=b",
        "a+b",
        "CN=a/O=b",
        "-rf",
        "--help",
        "\u{202e}moc.live",
        "a\u{200b}b",
        "a\u{2028}b",
        "\u{1f600}",
        "p\u{430}ypal.example",
        "a..b",
        ".a",
        "a.",
        "*",
        "*.",
        "*.*.example",
        "a*.example",
        "a.*.example",
        "**.example",
        "xn--",
        "xn--a",
        "xn--zzzzzzzzz--",
        "\"; rm -rf /; \"",
        "$(id)",
        "%00",
        "' or 1=1",
        "\u{ff0e}\u{ff0e}/a",
        "",
        " ",
        "\u{feff}a",
    ];
    let long = [
        "a".repeat(64 * 1024),
        "\u{e9}".repeat(64 * 1024),
        "a.".repeat(32 * 1024),
    ];
    texts.into_iter().map(str::to_owned).chain(long).collect()
}

/// A message of an error: short, and nothing in it acts.
#[track_caller]
fn can_be_shown(message: &str) {
    assert!(message.len() < 1024, "{} octets", message.len());
    let acts = |c: char| c.is_control() || trustpack_x509::name::is_misleading(c);
    assert!(!message.contains(acts), "{message:?}");
}

#[test]
fn host_names_are_plain() {
    for text in hostile() {
        match text.parse::<DnsName>() {
            Ok(name) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
                assert!(name.as_str().chars().all(plain), "{name}");
                assert!(!name.as_str().starts_with(['-', '.']), "{name}");
                assert!(name.as_str().len() <= 253);
            }
            Err(error) => can_be_shown(&error.to_string()),
        }
        match text.parse::<WildcardName>() {
            Ok(name) => assert!(!name.as_str()[2..].contains('*'), "{name}"),
            Err(error) => can_be_shown(&error.to_string()),
        }
    }
}

#[test]
fn a_homograph_becomes_what_it_is() {
    let name = "p\u{430}ypal.example".parse::<DnsName>();
    assert_eq!(name.expect("a name").as_str(), "xn--pypal-4ve.example");
}

#[test]
fn mail_addresses_are_plain() {
    for text in hostile() {
        for text in [
            text.clone(),
            format!("{text}@a.example"),
            format!("a@{text}"),
        ] {
            match text.parse::<EmailAddress>() {
                Ok(address) => assert!(address.as_str().bytes().all(|b| b.is_ascii_graphic())),
                Err(error) => can_be_shown(&error.to_string()),
            }
        }
    }
}

#[test]
fn attributes_are_kept_or_refused_and_never_act() {
    for text in hostile() {
        match NameBuilder::default().common_name(&text) {
            Ok(builder) => {
                let name = builder.build().expect("what was checked can be written");
                assert_eq!(name.common_name(), Some(text.as_str()));
                let shown = name.to_string();
                can_be_shown(&shown);
                // What separates attributes is told from what stands in one.
                let separators = shown.replace("\\,", "").replace("\\+", "");
                assert!(!separators.contains([',', '+']), "{shown}");
            }
            Err(error) => can_be_shown(&error.to_string()),
        }
        if let Err(error) = NameBuilder::default().country(&text) {
            can_be_shown(&error.to_string());
        }
    }
}

#[test]
fn names_that_were_read_never_act() {
    for text in hostile() {
        for name in [
            GeneralName::Dns(text.clone()),
            GeneralName::Email(text.clone()),
            GeneralName::Uri(text.clone()),
        ] {
            let shown = name.to_string();
            let acts = |c: char| c.is_control() || trustpack_x509::name::is_misleading(c);
            assert!(!shown.contains(acts), "{shown:?}");
        }
    }
}
