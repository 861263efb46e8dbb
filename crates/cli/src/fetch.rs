//! Fetching a file over HTTP: one request, with limits on time, size and redirects.
//!
//! For revocation lists, which are signed and public, so that plain HTTP serves (RFC 5280 section 8
//! warns of anything else: to verify TLS one would need the list first). Invariant: nothing but a whole
//! answer with status 200 is given back.

use std::io;
use std::time::{Duration, Instant};

use ureq::http::Response;
use ureq::{Agent, Body, Error};

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
    #[error("{most} others were asked before, and no more are")]
    TooManyUrls { most: usize },
    #[error("asking others has taken {} seconds, and no more are asked", limit.as_secs())]
    NoTimeLeft { limit: Duration },
    #[error("it is larger than {limit} bytes, the most that is read")]
    TooLarge { limit: usize },
    #[error("it is redirected more than {MAX_REDIRECTS} times")]
    TooManyRedirects,
    #[error("it is redirected to {location}; only http: is fetched here")]
    RedirectedElsewhere { location: String },
    #[error(transparent)]
    Io(io::Error),
    #[error("the answer is not HTTP as it should be ({detail})")]
    Protocol { detail: String },
}

/// How long one address may take to send a list.
///
/// Source: ours. A list of a million certificates at 20 Mbit/s.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// What all attempts of one command take together, so that a certificate with a hundred addresses does not
/// keep it for half an hour.
///
/// Source: ours. One that is slow, and one that answers.
const TOTAL_TIME_LIMIT: Duration = Duration::from_secs(40);

/// Addresses that one command asks.
///
/// Source: ours. Certificates name one or two.
const MAX_URLS: usize = 8;

/// What asking all distribution points of a fleet may take together.
///
/// Source: ours. Six that are slow; whoever waits longer for a check thinks that it hangs.
const FLEET_TIME_LIMIT: Duration = Duration::from_secs(120);

/// Addresses that a check of a fleet asks.
///
/// Source: ours. A fleet has one CA, or a few, each with a point or two.
const MAX_FLEET_URLS: usize = 64;

/// Redirects that are followed.
///
/// Source: ours. Lists are where certificates say; one or two servers may have moved since.
const MAX_REDIRECTS: u8 = 3;

/// Fetches from one address after the other, within limits for all of them.
pub(crate) struct Fetcher {
    start: Instant,
    total: Duration,
    most: usize,
    asked: usize,
}

impl Fetcher {
    /// The clock runs from here on.
    pub(crate) fn new() -> Self {
        Self::within(TOTAL_TIME_LIMIT, MAX_URLS)
    }

    /// For the distribution points of a fleet.
    pub(crate) fn of_fleet() -> Self {
        Self::within(FLEET_TIME_LIMIT, MAX_FLEET_URLS)
    }

    fn within(total: Duration, most: usize) -> Self {
        Self {
            start: Instant::now(),
            total,
            most,
            asked: 0,
        }
    }

    /// Fetches at most `limit` octets.
    ///
    /// # Errors
    ///
    /// [`FetchError`] as of one address, or when there is nothing left of what all may take.
    pub(crate) fn fetch(&mut self, url: &str, limit: usize) -> Result<Fetched, FetchError> {
        if self.asked >= self.most {
            return Err(FetchError::TooManyUrls { most: self.most });
        }
        let left = self.total.saturating_sub(self.start.elapsed());
        if left.is_zero() {
            return Err(FetchError::NoTimeLeft { limit: self.total });
        }
        self.asked += 1;
        fetch_within(url, limit, left.min(TIME_LIMIT))
    }
}

impl FetchError {
    /// Whether asking more addresses is of no use.
    pub(crate) fn is_of_all(&self) -> bool {
        matches!(self, Self::TooManyUrls { .. } | Self::NoTimeLeft { .. })
    }
}

#[cfg(test)]
fn fetch(url: &str, limit: usize) -> Result<Fetched, FetchError> {
    fetch_within(url, limit, TIME_LIMIT)
}

/// Fetches at most `limit` octets, in at most this time.
///
/// Settings of the environment about proxies are not followed.
///
/// # Errors
///
/// [`FetchError`] when the URL is of another kind, or no whole answer came.
fn fetch_within(url: &str, limit: usize, time: Duration) -> Result<Fetched, FetchError> {
    if !is_http(url) {
        return Err(FetchError::Scheme);
    }
    let start = Instant::now();
    let agent: Agent = Agent::config_builder()
        // Where a redirect leads is looked at here, before anybody is asked.
        .max_redirects(0)
        .proxy(None)
        .user_agent(concat!("trustpack/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut url = url.to_owned();
    for _ in 0..=MAX_REDIRECTS {
        let left = time.saturating_sub(start.elapsed());
        let request = agent.get(&url).config().timeout_global(Some(left)).build();
        let mut response = request.call().map_err(|error| named(error, limit))?;
        if let Some(target) = redirect(&response, &url)? {
            url = target;
            continue;
        }
        // One octet more, to see that there is none.
        let octets = u64::try_from(limit).map_or(u64::MAX, |limit| limit.saturating_add(1));
        let body = response.body_mut().with_config().limit(octets);
        let bytes = body.read_to_vec().map_err(|error| named(error, limit))?;
        if bytes.len() > limit {
            return Err(FetchError::TooLarge { limit });
        }
        return Ok(Fetched {
            bytes,
            took: start.elapsed(),
        });
    }
    Err(FetchError::TooManyRedirects)
}

/// Where an answer sends us; nothing if it is the file itself.
///
/// Source: RFC 9110 section 15.4.
fn redirect(response: &Response<Body>, url: &str) -> Result<Option<String>, FetchError> {
    let status = response.status().as_u16();
    match status {
        200 => Ok(None),
        301 | 302 | 303 | 307 | 308 => {
            let location = response.headers().get("location");
            let location = location.and_then(|value| value.to_str().ok());
            let location = location.ok_or_else(|| FetchError::Protocol {
                detail: "a redirect that does not say where to".to_owned(),
            })?;
            let target = absolute(url, location);
            if is_http(&target) {
                Ok(Some(target))
            } else {
                Err(FetchError::RedirectedElsewhere { location: target })
            }
        }
        status => Err(FetchError::Status { status }),
    }
}

/// The target of a redirect, which may be written relative to the URL that was asked.
///
/// Source: RFC 3986 section 5.2, without steps upwards (`..`), which servers resolve as well.
fn absolute(url: &str, location: &str) -> String {
    let has_scheme = location
        .split_once(':')
        .is_some_and(|(scheme, _)| !scheme.is_empty() && !scheme.contains(['/', '?', '#']));
    if has_scheme {
        return location.to_owned();
    }
    let (scheme, behind) = url.split_once("://").unwrap_or(("http", url));
    if location.starts_with("//") {
        return format!("{scheme}:{location}");
    }
    let behind = behind.split(['?', '#']).next().unwrap_or(behind);
    let (host, path) = behind.split_once('/').unwrap_or((behind, ""));
    if location.starts_with('/') {
        return format!("{scheme}://{host}{location}");
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{scheme}://{host}/{folder}{slash}{location}")
}

/// Whether a URL is of the kind that is fetched.
pub(crate) fn is_http(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is not ours, and grows"
)]
fn named(error: Error, limit: usize) -> FetchError {
    match error {
        Error::StatusCode(status) => FetchError::Status { status },
        Error::BadUri(_) | Error::Http(_) => FetchError::Url,
        Error::HostNotFound => FetchError::HostNotFound,
        Error::Timeout(_) => FetchError::TooSlow,
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

    /// A server that gives one answer, and then holds the connection until it is closed.
    fn server(answer: &'static [u8]) -> String {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = [0; 1024];
            // The request is small and comes in one piece.
            let _octets = stream.read(&mut request).expect("a request");
            stream.write_all(answer).expect("an answer");
            let _end = stream.read(&mut request);
        });
        format!("http://{address}/")
    }

    #[test]
    fn size_and_time_are_limited() {
        const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let fetched = fetch(&server(ANSWER), 5).expect("a file of the size that is allowed");
        assert_eq!(fetched.bytes, b"hello");
        let error = fetch(&server(ANSWER), 4).expect_err("too large");
        assert!(
            matches!(error, FetchError::TooLarge { limit: 4 }),
            "{error}"
        );
        let slow = server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        let error = fetch_within(&slow, 5, Duration::from_millis(50)).expect_err("too slow");
        assert!(matches!(error, FetchError::TooSlow), "{error}");
    }

    #[test]
    fn several_addresses_share_their_limits() {
        let mut fetcher = Fetcher::new();
        for _ in 0..MAX_URLS {
            let error = fetcher
                .fetch("http://127.0.0.1:1/", 1)
                .expect_err("nobody there");
            assert!(!error.is_of_all(), "{error}");
        }
        let error = fetcher
            .fetch("http://127.0.0.1:1/", 1)
            .expect_err("one too many");
        assert!(
            matches!(error, FetchError::TooManyUrls { most: MAX_URLS }),
            "{error}"
        );
        let mut late = Fetcher::within(Duration::ZERO, MAX_URLS);
        let error = late.fetch("http://127.0.0.1:1/", 1).expect_err("no time");
        assert!(
            matches!(error, FetchError::NoTimeLeft { .. }) && error.is_of_all(),
            "{error}"
        );
    }

    #[track_caller]
    fn check_target(location: &str, want: &str) {
        assert_eq!(absolute("http://a:80/b/c?d=/e", location), want);
    }

    #[test]
    fn where_a_redirect_leads() {
        check_target("http://x/y", "http://x/y");
        check_target("https://x/y", "https://x/y");
        check_target("ldap:///cn=x", "ldap:///cn=x");
        check_target("//x/y", "http://x/y");
        check_target("/y", "http://a:80/y");
        check_target("y.crl", "http://a:80/b/y.crl");
        check_target("?y:z", "http://a:80/b/?y:z");
        assert_eq!(absolute("http://a", "y"), "http://a/y");
    }
}
