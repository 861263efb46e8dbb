//! Who called: a server does not know it, and the fleet may have one client for it.
//!
//! Invariant: a client that fits by its settings, or by its files, is not told alone as the one that is wrong; what holds for anybody
//! stands beside it.

use trustpack_settings::endpoint::Role;
use trustpack_settings::options::OptionId;
use trustpack_tls::cause::Cause;
use trustpack_x509::time::Timestamp;

use super::alert::Meaning;
use super::ends::Ends;
use super::log_line::{LogLine, PROBED, is_of_old_client};
use super::{At, Explanation, Who, common, other_files, protocol};

/// Whether it was the one client that the fleet has for a server, by what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    /// It was, if it called: by its settings or files it fails so, and is told alone.
    Likely,
    /// It may have been, if what runs is not as its settings and files are.
    Perhaps,
    /// It would not have failed.
    Hardly,
}

/// Why the connection of a line failed; of a server's line also for whom that holds.
#[must_use]
pub fn explanation(line: &LogLine, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
    let told = line.explain(ends, now)?;
    let (Some(Role::Server), Some(client)) = (line.role(), &ends.client) else {
        return Some(told);
    };
    let of_anybody = Ends {
        client: None,
        ..*ends
    };
    let anybody = line.explain(&of_anybody, now)?;
    let place = client.endpoint.place();
    let is_of_server = match told.at {
        At::End(Who::CLIENT) | At::Either | At::Both => false,
        At::End(_) | At::Between | At::Neither | At::NotKnown => told.what == anybody.what,
    };
    let guess = guess(line, ends, now);
    if guess == Guess::Hardly {
        return Some(Explanation {
            remedy: format!(
                "{}; it was hardly {place}, which fits by its settings",
                anybody.remedy
            ),
            ..anybody
        });
    }
    if is_of_server {
        return Some(told);
    }
    let remedy = if guess == Guess::Perhaps && told.remedy != anybody.remedy {
        let remedy = told.remedy.strip_suffix(PROBED).unwrap_or(&told.remedy);
        format!("{remedy}; if not, on {}: {}", anybody.at, anybody.remedy)
    } else {
        told.remedy
    };
    Some(Explanation {
        remedy: format!("if it was {place} that called, {remedy}"),
        ..told
    })
}

fn guess(line: &LogLine, ends: &Ends<'_>, now: Timestamp) -> Guess {
    let Some(cause) = line.cause() else {
        return Guess::Likely;
    };
    let (Some(client), Some(server)) = (ends.endpoint(Who::CLIENT), ends.endpoint(Who::SERVER))
    else {
        return Guess::Likely;
    };
    let alert = if let Cause::Alert(alert) = cause {
        Some(Meaning::of(alert))
    } else {
        None
    };
    let is_agreement = cause == Cause::NoVersion || alert == Some(Meaning::Version);
    let is_suite = cause == Cause::NoSuite || alert == Some(Meaning::Handshake);
    // No option chooses groups and signatures, of which our engine has those of today, and our hellos are in order.
    let others = [
        Cause::NothingInCommon,
        Cause::NoSignature,
        Cause::BrokenHello,
        Cause::Protocol,
    ];
    let by_settings = if is_of_old_client(line) || others.contains(&cause) {
        Guess::Hardly
    } else if (is_agreement || is_suite) && !common::versions(client).meet(common::versions(server))
    {
        Guess::Likely
    } else if is_agreement {
        Guess::Hardly
    } else if is_suite {
        match common::of_both(ends) {
            Some(true) => Guess::Hardly,
            Some(false) => Guess::Likely,
            None => Guess::Perhaps,
        }
    } else {
        let has_others = other_files::explanation(cause, Who::SERVER, ends, now, "").is_some();
        let has_own =
            cause == Cause::NoCertificate && ends.is_set(Who::CLIENT, OptionId::Certificate);
        return if has_others || has_own {
            Guess::Perhaps
        } else {
            Guess::Likely
        };
    };
    // Of another engine it is not known what it has beside its settings.
    if by_settings == Guess::Hardly && !protocol::is_ours(Who::CLIENT, ends) {
        return Guess::Perhaps;
    }
    by_settings
}
