//! The CRL distribution points that certificates of a fleet name, asked from this machine.
//!
//! Invariant: only HTTP is asked, each URL once, within limits for all of them; of what was not asked nothing is found.

use trustpack_keystore::contents;
use trustpack_keystore::password::Passwords;
use trustpack_material::survey::Survey;
use trustpack_material::survey::points::Answer;
use trustpack_settings::resolve::Resolution;

use crate::contents_file::MAX_FILE;
use crate::fetch::{self, FetchError, Fetched, Fetcher};
use crate::session;

/// Asks them all, and adds to the survey what it means.
pub(super) fn ask(survey: &mut Survey, resolution: &Resolution) {
    let mut fetcher = Fetcher::of_fleet();
    for (url, named_by) in survey.distribution_points(resolution) {
        if !fetch::is_http(&url) {
            session::warn(format_args!("{url} is not asked; only http: is"));
            continue;
        }
        let answer = match fetcher.fetch(&url, MAX_FILE) {
            Ok(fetched) => answer(&fetched),
            Err(error) if error.is_of_all() => {
                session::warn(format_args!("{url} is not asked: {error}"));
                continue;
            }
            Err(error) => Answer::Nothing(why(&error)),
        };
        survey.add_answer(resolution, &url, &named_by, &answer);
    }
}

fn answer(Fetched { bytes, took }: &Fetched) -> Answer {
    match contents::read(bytes, &Passwords::none()) {
        Ok(found) if !found.crls.is_empty() => Answer::List { took: *took },
        Ok(_) => Answer::Nothing("what is there is no revocation list".to_owned()),
        Err(error) => Answer::Nothing(format!("what is there cannot be read: {error}")),
    }
}

fn why(error: &FetchError) -> String {
    match error {
        FetchError::Io(error) => format!("nobody answers: {error}"),
        FetchError::Scheme
        | FetchError::Url
        | FetchError::HostNotFound
        | FetchError::Status { .. }
        | FetchError::TooSlow
        | FetchError::TooManyUrls { .. }
        | FetchError::NoTimeLeft { .. }
        | FetchError::TooLarge { .. }
        | FetchError::TooManyRedirects
        | FetchError::RedirectedElsewhere { .. }
        | FetchError::Protocol { .. } => error.to_string(),
    }
}
