//! Fetching a file over HTTP: one request, with limits on time, size and redirects.
//!
//! For revocation lists, which are signed and public, so that plain HTTP serves (RFC 5280 section 8
//! warns of anything else: to verify TLS one would need the list first). Invariant: nothing but a whole
//! answer with status 200 is given back.

use std::io;
use std::time::{Duration, Instant};

use ureq::{Agent, Error};

/// A file that was fetched.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    /// From the begin of the request to the last octet.
    pub(crate) took: Duration,
}

/// Why nothing was fetched. Its `Display` follows "cannot fetch URL:".
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("only http: is fetched here")]
    Scheme,
    #[error("it is no URL that can be asked")]
    Url,
    #[error("the server is not known by that name")]
    HostNotFound,
    #[error("the server answers with status {status}; 200 is needed")]
    Status { status: u16 },
    #[error("it takes longer than {} seconds", TIME_LIMIT.as_secs())]
    TooSlow,
    #[error("it is larger than {limit} bytes, the most that is read")]
    TooLarge { limit: usize },
    #[error("it is redirected more than {MAX_REDIRECTS} times")]
    TooManyRedirects,
    #[error("it is redirected to a place that is not fetched here; only http: is")]
    RedirectedElsewhere,
    #[error(transparent)]
    Io(io::Error),
    #[error("the answer is not HTTP as it should be ({detail})")]
    Protocol { detail: String },
}

/// Source: ours. A list of a million certificates at 20 Mbit/s.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Source: ours. Lists are where certificates say; one or two servers may have moved since.
const MAX_REDIRECTS: u32 = 3;

/// Fetches at most `limit` octets.
///
/// Settings of the environment about proxies are not followed.
///
/// # Errors
///
/// [`FetchError`] when the URL is of another kind, or no whole answer came.
pub(crate) fn fetch(url: &str, limit: usize) -> Result<Fetched, FetchError> {
    if !is_http(url) {
        return Err(FetchError::Scheme);
    }
    let start = Instant::now();
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(TIME_LIMIT))
        .max_redirects(MAX_REDIRECTS)
        .proxy(None)
        .user_agent(concat!("trustpack/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let named = |error| named(error, limit);
    let mut response = agent.get(url).call().map_err(named)?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status { status });
    }
    let octets = u64::try_from(limit).unwrap_or(u64::MAX);
    let body = response.body_mut().with_config().limit(octets);
    let bytes = body.read_to_vec().map_err(named)?;
    Ok(Fetched {
        bytes,
        took: start.elapsed(),
    })
}

/// Whether a URL is of the kind that is fetched.
pub(crate) fn is_http(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
}

fn named(error: Error, limit: usize) -> FetchError {
    match error {
        Error::StatusCode(status) => FetchError::Status { status },
        Error::BadUri(_) | Error::Http(_) => FetchError::Url,
        Error::HostNotFound => FetchError::HostNotFound,
        Error::Timeout(_) => FetchError::TooSlow,
        Error::TooManyRedirects => FetchError::TooManyRedirects,
        Error::TlsRequired | Error::Tls(_) | Error::RedirectFailed => {
            FetchError::RedirectedElsewhere
        }
        Error::BodyExceedsLimit(_) => FetchError::TooLarge { limit },
        Error::Io(error) => FetchError::Io(error),
        other => FetchError::Protocol {
            detail: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_is_fetched() {
        for url in ["http://a/b", "HTTP://a/b"] {
            assert!(is_http(url), "{url}");
        }
        for url in [
            "https://a/b",
            "ldap:///cn=a",
            "file:///etc/passwd",
            "a",
            "http:/a",
        ] {
            let error = fetch(url, 10).expect_err("not http");
            assert_eq!(error.to_string(), "only http: is fetched here", "{url}");
        }
    }
}
