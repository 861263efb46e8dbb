//! An authority of `openssl ca`: from its configuration, else from the names that OpenSSL proposes.
//!
//! Invariant: a configuration, or what it includes, is read only inside the folder, unless a person named
//! the configuration; the files that it names are taken only inside the folder.

use std::path::{Path, PathBuf};

use trustpack_ca::crl_url::CrlUrl;
use trustpack_x509::algorithm::Digest;

use super::confined::{Confined, SourceError};
use super::source::{Found, IssuedIn, NamedFiles, RecogniseError, SourceFile, SourceKind};
use crate::crl_urls;
use crate::durable;
use crate::openssl_conf::OpensslConf;

/// Names of configurations that are looked at before others.
const USUAL_NAMES: [&str; 4] = ["openssl.cnf", "ca.conf", "ca.cnf", "openssl.conf"];
/// Configurations of one folder that are looked at.
const MAX_CONFIGS: usize = 32;
/// Files of an included folder that are read.
const MAX_INCLUDED_FILES: usize = 64;

/// The authority of a folder; none if there is none of this kind.
pub(super) fn find(source: &Confined, named: &NamedFiles) -> Result<Option<Found>, RecogniseError> {
    if let Some(config) = &named.config {
        let text = durable::read(config).map_err(SourceError::from)?;
        let conf = read_conf(source, &text);
        if section_of(&conf).is_none() {
            return Err(RecogniseError::NoCaSection {
                config: config.clone(),
                missing: "default_ca in [ca]".to_owned(),
            });
        }
        return from_conf(source, config, &conf, named).map(Some);
    }
    for config in candidates(source)? {
        let Some(text) = source.read(&config)? else {
            continue;
        };
        let conf = read_conf(source, &text);
        if section_of(&conf).is_some() {
            // The configuration that OpenSSL comes with names demoCA, which need not be there.
            match from_conf(source, &config, &conf, named) {
                Ok(found) if found.certificate.path().exists() => return Ok(Some(found)),
                Err(error @ RecogniseError::NamedOutside { .. }) => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok(demo_ca(source))
}

/// The configurations directly in the folder, or in its `demoCA`; those with usual names first.
fn candidates(source: &Confined) -> Result<Vec<PathBuf>, SourceError> {
    let folder = source.folder();
    let usual = USUAL_NAMES.iter().map(|name| folder.join(name));
    let mut all: Vec<PathBuf> = usual.filter(|path| source.has(path)).collect();
    for path in source.entries(folder)? {
        let end = path.extension().and_then(|end| end.to_str());
        if matches!(end, Some("cnf" | "conf")) && !all.contains(&path) && source.has(&path) {
            all.push(path);
        }
    }
    all.truncate(MAX_CONFIGS);
    Ok(all)
}

fn read_conf(source: &Confined, text: &[u8]) -> OpensslConf {
    // What cannot be read, or lies outside, is passed over: the settings that are then missing are named.
    let read = |path: &Path| {
        let text = source.read(path).ok().flatten()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    OpensslConf::read_with(&String::from_utf8_lossy(text), &|value| {
        let Some(path) = source.named(value) else {
            return Vec::new();
        };
        if !path.is_dir() {
            return read(&path).into_iter().collect();
        }
        let entries = source.entries(&path).unwrap_or_default();
        let of_conf = |path: &&PathBuf| {
            let end = path.extension().and_then(|end| end.to_str());
            matches!(end, Some("cnf" | "conf"))
        };
        let texts = entries.iter().filter(of_conf).take(MAX_INCLUDED_FILES);
        texts.filter_map(|path| read(path)).collect()
    })
}

/// The section that describes the authority.
fn section_of(conf: &OpensslConf) -> Option<&str> {
    conf.get("ca", "default_ca")
}

fn from_conf(
    source: &Confined,
    config: &Path,
    conf: &OpensslConf,
    named: &NamedFiles,
) -> Result<Found, RecogniseError> {
    let section = section_of(conf).unwrap_or_default();
    let setting = |key: &'static str| -> Result<Option<PathBuf>, RecogniseError> {
        let Some(value) = conf.get(section, key) else {
            return Ok(None);
        };
        let path = place(source, value).ok_or_else(|| RecogniseError::NamedOutside {
            config: config.to_path_buf(),
            key,
            value: value.to_owned(),
            folder: source.folder().to_path_buf(),
        })?;
        Ok(Some(path))
    };
    let needed = |key: &'static str, named: &Option<PathBuf>| match named {
        Some(path) => Ok(SourceFile::Named(path.clone())),
        None => setting(key)?
            .map(SourceFile::Inside)
            .ok_or_else(|| RecogniseError::NoCaSection {
                config: config.to_path_buf(),
                missing: format!("{key} in [{section}]"),
            }),
    };
    let mut found = Found::new(
        SourceKind::OpensslCa,
        needed("certificate", &named.certificate)?,
        needed("private_key", &named.private_key)?,
    );
    found.ledger = setting("database")?;
    found.serial = setting("serial")?;
    found.crl_number = setting("crlnumber")?;
    found.crl = setting("crl")?;
    (found.digest, found.crl_urls) = signing(conf);
    let folders = [setting("new_certs_dir")?, setting("certs")?];
    found.issued = folders
        .into_iter()
        .flatten()
        .map(IssuedIn::Certificates)
        .collect();
    found.not_taken = vec![(
        config.to_path_buf(),
        "its policies and extensions; ca.conf has those of Trustpack",
    )];
    Ok(found)
}

/// What a configuration says of signing: the digest, and where the revocation lists are. What is not
/// understood counts as not said.
pub(super) fn signing(conf: &OpensslConf) -> (Option<Digest>, Vec<CrlUrl>) {
    let section = section_of(conf).unwrap_or("ca");
    let digest = conf.get(section, "default_md");
    (
        digest.and_then(|name| name.parse().ok()),
        crl_urls::of_config(conf).unwrap_or_default(),
    )
}

/// Where a path of a configuration is. It counts from where `openssl` was run: the folder, or the one
/// above it, where the path begins with the folder's own name.
fn place(source: &Confined, value: &str) -> Option<PathBuf> {
    let path = source.named(value)?;
    if path.exists() {
        return Some(path);
    }
    let relative = path.strip_prefix(source.folder()).ok()?;
    let real = source.folder().canonicalize().ok()?;
    let below = relative.strip_prefix(real.file_name()?).ok();
    match below {
        Some(below) => Some(source.folder().join(below)),
        None => Some(path),
    }
}

/// The layout that `CA.pl` and the configuration of OpenSSL have.
fn demo_ca(source: &Confined) -> Option<Found> {
    let folder = source.folder();
    let demo = [folder.join("demoCA"), folder.to_path_buf()]
        .into_iter()
        .find(|demo| source.has(&demo.join("cacert.pem")))?;
    let at = |path: &str| demo.join(path);
    let mut found = Found::new(
        SourceKind::OpensslCa,
        SourceFile::Inside(at("cacert.pem")),
        SourceFile::Inside(at("private/cakey.pem")),
    );
    found.ledger = Some(at("index.txt"));
    found.serial = Some(at("serial"));
    found.crl_number = Some(at("crlnumber"));
    found.crl = Some(at("crl.pem"));
    found.issued = vec![
        IssuedIn::Certificates(at("newcerts")),
        IssuedIn::Certificates(at("certs")),
    ];
    Some(found)
}
