//! Where the list comes from: a file, or the distribution point of a certificate.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use trustpack_keystore::contents;
use trustpack_keystore::password::Passwords;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::extension::distribution_point::DistributionPoint;
use trustpack_x509::general_name::GeneralName;

use super::super::judging_files as files;
use crate::contents_file::MAX_FILE;
use crate::failure::{Failure, message};
use crate::fetch::{self, FetchError, Fetched, Fetcher};
use crate::session;

/// Lists, and where they come from.
pub(super) struct Source {
    place: String,
    lists: Vec<RevocationList>,
    /// How long fetching took, if they were fetched.
    took: Option<Duration>,
}

impl Source {
    pub(super) fn file(path: &Path) -> Result<Self, Failure> {
        Ok(Self {
            place: path.display().to_string(),
            lists: files::lists(&[path.to_path_buf()])?,
            took: None,
        })
    }

    /// Fetches from the first distribution point that answers.
    pub(super) fn distribution_point(certificate: &Certificate) -> Result<Self, Failure> {
        let points = certificate.extensions().crl_distribution_points.as_deref();
        let points = points.unwrap_or_default();
        if points.is_empty() {
            let subject = certificate.subject();
            let text = format!("the certificate \"{subject}\" names no distribution point");
            return Err(Failure::request(message(text)));
        }
        let mut failed = None;
        let mut fetcher = Fetcher::new();
        for url in urls(points) {
            let error = match Self::fetched(&mut fetcher, url) {
                Ok(source) => return Ok(source),
                Err(error) => error,
            };
            let is_last = error
                .downcast_ref::<FetchError>()
                .is_some_and(FetchError::is_of_all);
            if let Some(earlier) = failed.replace(error) {
                session::warn(format_args!("{earlier:#}"));
            }
            if is_last {
                break;
            }
        }
        Err(match failed {
            Some(error) => Failure::service(error),
            None => Failure::request(message(
                "no distribution point of the certificate has an http: URL; only such are fetched",
            )),
        })
    }

    fn fetched(fetcher: &mut Fetcher, url: &str) -> anyhow::Result<Self> {
        let fetched = fetcher.fetch(url, MAX_FILE);
        let fetched = fetched.with_context(|| format!("cannot fetch {url}"))?;
        let Fetched { bytes, took } = fetched;
        let read = contents::read(&bytes, &Passwords::none());
        let lists = read.with_context(|| format!("what is at {url} cannot be read"))?;
        if lists.crls.is_empty() {
            return Err(message(format!("what is at {url} is no revocation list")));
        }
        Ok(Self {
            place: url.to_owned(),
            lists: lists.crls,
            took: Some(took),
        })
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn lists(&self) -> &[RevocationList] {
        &self.lists
    }

    pub(super) fn took(&self) -> Option<Duration> {
        self.took
    }
}

/// The URLs that are fetched; the others are named and passed over.
fn urls(points: &[DistributionPoint]) -> impl Iterator<Item = &str> {
    let names = points.iter().flat_map(|point| &point.full_names);
    names.filter_map(|name: &GeneralName| {
        let url = name.as_uri().filter(|uri| fetch::is_http(uri));
        if url.is_none() {
            session::warn(format_args!("{name} is not fetched; only http: is"));
        }
        url
    })
}
