//! The own files of applications, read from where the files of their hosts are.
//!
//! Not what is in them. Invariant: a file is read from its own host's files or not at all.

use std::sync::Arc;

use trustpack_material::files::Files;
use trustpack_settings::component_file::{ComponentFile, MAX_FILE_BYTES};
use trustpack_settings::fleet::{Fleet, OwnFile};
use trustpack_x509::dns::DnsName;

use crate::finding_report::Texts;

/// The files of a host, if they are to be looked at.
pub(super) type HostFiles<'a> = dyn Fn(&DnsName) -> Option<Box<dyn Files>> + 'a;

/// Reads the own files of `fleet` whose hosts have files here. Their texts are added to `texts`, under the name by which
/// findings point at them: `HOST:PATH`.
pub(super) fn read(fleet: &mut Fleet, texts: &mut Texts, files_of: &HostFiles<'_>) {
    for application in &fleet.applications {
        let (Some(named), Some(host)) = (&application.own_file, &application.host) else {
            continue;
        };
        let Some(files) = files_of(&host.value) else {
            continue;
        };
        let path = format!("{}:{}", host.value, named.value);
        let read = files
            .read(named.value.as_path(), MAX_FILE_BYTES)
            .map_err(|error| error.to_string())
            .and_then(|found| {
                ComponentFile::read(&path, &found.bytes).map_err(|error| error.to_string())
            });
        let known = match read {
            Ok(file) => {
                texts.insert(Arc::from(path), file.text().to_owned());
                OwnFile::Read(file)
            }
            Err(why) => OwnFile::Unread { why },
        };
        let name = application.name.value.clone();
        fleet.own_files.insert(name, known);
    }
}
