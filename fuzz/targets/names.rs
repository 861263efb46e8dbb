//! Words that people and files give: names of hosts, addresses, serial numbers, dates, subjects.

#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use trustpack_ca::crl_url::CrlUrl;
use trustpack_ca::host::{Domain, HostName};
use trustpack_fuzz::{check_error, checked};
use trustpack_judge::question::HostIdentity;
use trustpack_settings::place::Place;
use trustpack_settings::secret::redact_line;
use trustpack_settings::value::{AbsolutePath, CipherList, PlainAddress};
use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::email::EmailAddress;
use trustpack_x509::name::build::NameBuilder;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

/// What was read is written so that it reads back the same.
fn both_ways<T>(text: &str)
where
    T: FromStr<Err: std::error::Error + 'static> + Display + PartialEq + std::fmt::Debug,
{
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse::<T>().ok().as_ref(), Some(&value)),
        Err(error) => check_error(&error),
    }
}

fuzz_target!(|text: &str| {
    both_ways::<DnsName>(text);
    both_ways::<WildcardName>(text);
    both_ways::<EmailAddress>(text);
    both_ways::<HostIdentity>(text);
    both_ways::<CrlUrl>(text);
    both_ways::<Serial>(text);
    both_ways::<Timestamp>(text);
    both_ways::<PlainAddress>(text);
    both_ways::<Place>(text);
    checked(text.parse::<Domain>());
    checked(text.parse::<HostName>());
    checked(text.parse::<AbsolutePath>());
    let _ciphers = CipherList::parse(text);
    assert_eq!(redact_line(text).chars().count(), text.chars().count());
    if let Some(builder) = checked(NameBuilder::default().country(text)) {
        drop(builder);
    }
    if let Some(builder) = checked(NameBuilder::default().common_name(text)) {
        checked(builder.organization(text));
    }
});
