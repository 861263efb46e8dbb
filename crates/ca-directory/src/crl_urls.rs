//! Where the revocation lists of a CA are: the value `crlDistributionPoints` in `ca.conf`, which
//! `openssl ca` puts into certificates too.
//!
//! Invariant: a value that cannot be taken over whole is an error, so that no certificate leaves
//! without what the CA says of itself.

use trustpack_ca::crl_url::{CrlUrl, InvalidCrlUrl};

use crate::openssl_conf::OpensslConf;

/// The value in `ca.conf` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCrlUrls {
    /// Something else than URLs.
    #[error(
        "crlDistributionPoints has {found:?}; allowed are URI:http://... between commas, or a section \
         with such a fullname"
    )]
    Form {
        /// The part that is none.
        found: String,
    },
    /// A URL.
    #[error("crlDistributionPoints cannot be used")]
    Url(#[from] InvalidCrlUrl),
}

const KEY: &str = "crlDistributionPoints";
/// What a point may have beside its full name; who reads the list would need it.
const OTHER_PARTS: [&str; 3] = ["relativename", "CRLissuer", "reasons"];
/// Characters of a value that an error repeats.
const SHOWN: usize = 80;

/// The URLs that the configuration names for host certificates; none if it has none.
///
/// Source: the manual page x509v3_config(5) of OpenSSL.
pub(crate) fn of_config(conf: &OpensslConf) -> Result<Vec<CrlUrl>, InvalidCrlUrls> {
    let section = conf.get("ca", "default_ca").unwrap_or("ca");
    let Some(extensions) = conf.get(section, "x509_extensions") else {
        return Ok(Vec::new());
    };
    let value = conf.get(extensions, KEY).unwrap_or_default();
    let parts = value.split(',').map(str::trim);
    let mut urls = Vec::new();
    for part in parts.filter(|part| !part.is_empty() && *part != "critical") {
        match url_text(part).or_else(|| full_name(conf, part)) {
            Some(url) => urls.push(url.parse()?),
            None => {
                let found = part.chars().take(SHOWN).collect();
                return Err(InvalidCrlUrls::Form { found });
            }
        }
    }
    Ok(urls)
}

/// The line of `ca.conf` that names these URLs; none for none.
pub(crate) fn line(urls: &[CrlUrl]) -> String {
    let names: Vec<String> = urls.iter().map(|url| format!("URI:{url}")).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("{KEY}  = {}\n", names.join(", "))
}

/// The text of a configuration with these URLs in place of those that it names, all else as it was; none where
/// they would not be what is read from it then.
pub(crate) fn replaced_in(text: &str, urls: &[CrlUrl]) -> Option<String> {
    let conf = OpensslConf::read(text);
    let section = conf.get("ca", "default_ca").unwrap_or("ca");
    let extensions = conf.get(section, "x509_extensions")?;
    let mut new = String::new();
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let heading = bare
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let names_urls = bare
            .strip_prefix(KEY)
            .is_some_and(|rest| rest.trim_start().starts_with('='));
        if inside && names_urls {
            // What it goes on with would be left behind.
            if bare.ends_with('\\') {
                return None;
            }
            continue;
        }
        new.push_str(line);
        if let Some(name) = heading {
            inside = name.trim() == extensions;
            if inside {
                if !line.ends_with('\n') {
                    new.push('\n');
                }
                new.push_str(&self::line(urls));
            }
        }
    }
    let read = of_config(&OpensslConf::read(&new)).ok()?;
    (read == urls).then_some(new)
}

fn url_text(part: &str) -> Option<&str> {
    part.strip_prefix("URI:").map(str::trim)
}

/// The full name in a section of its own, if that has nothing else.
fn full_name<'c>(conf: &'c OpensslConf, section: &str) -> Option<&'c str> {
    let others = OTHER_PARTS
        .iter()
        .any(|part| conf.get(section, part).is_some());
    conf.get(section, "fullname")
        .filter(|_| !others)
        .and_then(url_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Vec<String>, InvalidCrlUrls> {
        let text = format!(
            "[ca]\ndefault_ca=x\n[x]\nx509_extensions=e\n[e]\n{value}\n\
             [point]\nfullname = URI:http://c/\n[other]\nfullname=URI:http://d/\nreasons=keyCompromise\n"
        );
        let urls = of_config(&OpensslConf::read(&text))?;
        Ok(urls.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let urls = ["http://a/x.crl", "ldap:///b?c=1"].map(|url| url.parse().unwrap());
        assert_eq!(
            read(&line(&urls)).as_deref(),
            Ok(&urls.map(|u: CrlUrl| u.to_string())[..])
        );
        assert_eq!(line(&[]), "");
        assert_eq!(read("").as_deref(), Ok(&[][..]));
    }

    #[test]
    fn others_take_their_place_and_nothing_else_changes() {
        let other: [CrlUrl; 1] = ["http://new/x.crl".parse().unwrap()];
        let before = "# kept\n[ca]\ndefault_ca=x\n[x]\nx509_extensions=e\n[ e ]\nkeyUsage=critical\n\
                      crlDistributionPoints = URI:http://old/x.crl\n[crl]\na=b";
        let after = "# kept\n[ca]\ndefault_ca=x\n[x]\nx509_extensions=e\n[ e ]\n\
                     crlDistributionPoints  = URI:http://new/x.crl\nkeyUsage=critical\n[crl]\na=b";
        assert_eq!(replaced_in(before, &other).as_deref(), Some(after));
        // And without a section there is no place for it.
        let odd = before.replace("URI:http://old/x.crl", "\\\n URI:http://old/x.crl");
        assert_eq!(replaced_in(&odd, &other), None);
        assert_eq!(replaced_in("[ca]\n", &other), None);
    }

    #[test]
    fn takes_the_forms_of_openssl_and_nothing_by_half() {
        let points = read("crlDistributionPoints = critical, URI:http://a/, point");
        assert_eq!(
            points.as_deref(),
            Ok(&["http://a/".to_owned(), "http://c/".to_owned()][..])
        );
        for bad in ["other", "@point", "DNS:a", "URI:ftp://a", "URI:"] {
            assert!(
                read(&format!("crlDistributionPoints = {bad}")).is_err(),
                "{bad}"
            );
        }
    }
}
