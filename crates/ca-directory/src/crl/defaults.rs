//! What `ca.conf` says about lists: how long they are good, and what they are signed over.
//!
//! Invariant: what it does not say, or says in a way that makes no list, counts as not said.
//!
//! Source: the manual page ca(1) of OpenSSL: `default_crl_days`, `default_crl_hours`, `default_md`.

use std::time::Duration;

use trustpack_x509::algorithm::Digest;

use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::openssl_conf::OpensslConf;

/// What a folder says about its lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListDefaults {
    /// How long a list is good.
    pub lifetime: Option<Duration>,
    /// What it is signed over.
    pub digest: Option<Digest>,
}

/// How long a list is good if nobody says anything: 30 days.
pub const LIFETIME: Duration = Duration::from_secs(30 * DAY);

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
/// As long as a certificate may be: against a slip of the finger.
const MAX_DAYS: u64 = 36_525;

impl CaDirectory {
    /// What its `ca.conf` says about lists.
    ///
    /// # Errors
    ///
    /// [`FileError`] when there is one that cannot be read.
    pub fn list_defaults(&self) -> Result<ListDefaults, FileError> {
        let text = durable::read_if_there(&self.layout().config)?;
        let text = text
            .as_deref()
            .map(|text| String::from_utf8_lossy(text).into_owned());
        Ok(ListDefaults::read(&text.unwrap_or_default()))
    }
}

impl ListDefaults {
    fn read(text: &str) -> Self {
        let conf = OpensslConf::read(text);
        let section = conf.get("ca", "default_ca").unwrap_or("ca");
        let number = |name: &str| -> u64 {
            let value = conf
                .get(section, name)
                .and_then(|value| value.trim().parse().ok());
            value.unwrap_or_default()
        };
        let seconds = number("default_crl_days")
            .saturating_mul(DAY)
            .saturating_add(number("default_crl_hours").saturating_mul(HOUR));
        Self {
            lifetime: (1..=MAX_DAYS * DAY)
                .contains(&seconds)
                .then(|| Duration::from_secs(seconds)),
            digest: conf
                .get(section, "default_md")
                .and_then(|digest| digest.trim().parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, days: Option<f64>, digest: Option<Digest>) {
        let text = format!("[ca]\ndefault_ca = x\n[x]\n{text}");
        let lifetime = days.map(|days| Duration::from_secs_f64(days * 86_400.0));
        let want = ListDefaults { lifetime, digest };
        assert_eq!(ListDefaults::read(&text), want, "{text}");
    }

    #[test]
    fn takes_what_makes_a_list() {
        check(
            "default_crl_days = 7\ndefault_md = sha384\n",
            Some(7.0),
            Some(Digest::Sha384),
        );
        check("default_crl_hours = 36\n", Some(1.5), None);
        check(
            "default_crl_days = 1\ndefault_crl_hours = 12\n",
            Some(1.5),
            None,
        );
        check("default_crl_days = 0\ndefault_md = default\n", None, None);
        check("default_crl_days = -3\ndefault_md = md5\n", None, None);
        check("default_crl_days = 99999999999999999999\n", None, None);
        check("default_crl_days = 999999999999999999\n", None, None);
        assert_eq!(ListDefaults::read(""), ListDefaults::default());
    }
}
