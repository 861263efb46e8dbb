//! The tarball: a folder with `install.sh`, for any Linux of its processor.

use std::fs;
use std::path::{Path, PathBuf};

use super::Release;
use super::contents::{COMPLETIONS, Generated, SHARED, development, tar};
use super::stage::{Tree, anew};

/// Pages for those who have no network.
const DOCUMENTS: [&str; 5] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
];

/// Makes `trustpack-VERSION-PROCESSOR-linux.tar.gz`.
pub(super) fn make(release: &Release, dist: &Path) -> anyhow::Result<PathBuf> {
    let processor = release.about.target.split('-').next().unwrap_or_default();
    let name = format!("trustpack-{}-{processor}-linux", release.about.version);
    let generated = Generated::make(release, dist)?;
    let mut tree = Tree::default();
    tree.program("install.sh", release.source("packaging/install.sh"));
    tree.program("bin/trustpack", &release.program);
    for document in DOCUMENTS {
        tree.file(document, release.source(document));
    }
    for (page, path) in generated.pages()? {
        tree.file(format!("share/man/man1/{page}"), path);
    }
    generated.book(&mut tree, "share/doc")?;
    for (shell, _) in COMPLETIONS {
        let path = format!("share/completions/trustpack.{shell}");
        tree.file(path, generated.completions(shell));
    }
    for unit in ["trustpack-tunnel.service", "trustpack-tunnel.socket"] {
        let path = release.source(&format!("packaging/systemd/{unit}"));
        tree.file(format!("share/systemd/{unit}"), path);
    }
    if let Some(libraries) = &release.libraries {
        tree.file(format!("lib/{SHARED}"), &libraries.shared);
        let prefix = ("${pcfiledir}/../..", "${pcfiledir}/..");
        development(release, &mut tree, ("lib", "include"), prefix)?;
    }
    let stage = dist.join(".tarball");
    anew(&stage)?;
    let root = stage.join(&name);
    anew(&root)?;
    tree.write(&root)?;
    let archive = dist.join(format!("{name}.tar.gz"));
    tar(release, &stage, &name, &archive)?;
    fs::remove_dir_all(stage)?;
    Ok(archive)
}
