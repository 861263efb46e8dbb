//! What belongs into every package, in the tarball's folders or in those of a system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::stage::{Tree, anew};
use super::{Release, output, succeeds};
use crate::book;

/// What is written of the sources: manual pages and completions, by the program itself, and the book.
pub(super) struct Generated {
    folder: PathBuf,
}

/// Shells, with the place of their completions on a Debian system.
pub(super) const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/trustpack"),
    ("fish", "usr/share/fish/vendor_completions.d/trustpack.fish"),
    ("zsh", "usr/share/zsh/vendor-completions/_trustpack"),
];

impl Generated {
    /// Writes them into a folder beside the packages, which goes with this value.
    pub(super) fn make(release: &Release, dist: &Path) -> anyhow::Result<Self> {
        let folder = dist.join(".generated");
        anew(&folder)?;
        let mut man = Command::new(&release.program);
        man.arg("man").arg("--out").arg(folder.join("man"));
        output(&mut man)?;
        for (shell, _) in COMPLETIONS {
            let script = output(Command::new(&release.program).args(["completions", shell]))?;
            fs::write(folder.join(shell), script)?;
        }
        let faults = book::build(&release.root, &folder.join(BOOK))?;
        if !faults.is_empty() {
            bail!("the book has links that lead nowhere: run `cargo xtask book`");
        }
        Ok(Self { folder })
    }

    /// The file with the completions of a shell.
    pub(super) fn completions(&self, shell: &str) -> PathBuf {
        self.folder.join(shell)
    }

    /// The manual pages, with their names.
    pub(super) fn pages(&self) -> anyhow::Result<Vec<(String, PathBuf)>> {
        let mut pages = Vec::new();
        for entry in fs::read_dir(self.folder.join("man")).context("the manual pages")? {
            let path = entry?.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            pages.extend(name.map(|name| (name, path)));
        }
        pages.sort();
        Ok(pages)
    }

    /// Puts the book into a folder of a package.
    pub(super) fn book(&self, tree: &mut Tree, to: &str) -> anyhow::Result<()> {
        let root = self.folder.join(BOOK);
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).context("the book")? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root)?.display();
                    tree.file(format!("{to}/{name}"), &path);
                }
            }
        }
        Ok(())
    }
}

/// The folder of the book, among what is generated.
const BOOK: &str = "book";

impl Drop for Generated {
    fn drop(&mut self) {
        // What is left the next run clears away.
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The library with its header and pkg-config file, below `prefix` in the tree and on the system.
pub(super) fn development(
    release: &Release,
    tree: &mut Tree,
    (lib, include): (&str, &str),
    (prefix, libdir): (&str, &str),
) -> anyhow::Result<()> {
    let Some(libraries) = &release.libraries else {
        return Ok(());
    };
    tree.file(format!("{lib}/libtrustpack.a"), &libraries.archive);
    tree.link(format!("{lib}/libtrustpack.so"), SHARED);
    tree.file(format!("{include}/trustpack.h"), &libraries.header);
    let text = fs::read_to_string(&libraries.pkg_config)?
        .replace("@PREFIX@", prefix)
        .replace("@LIBDIR@", libdir)
        .replace("@VERSION@", &release.about.version);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    tree.text(format!("{lib}/pkgconfig/trustpack.pc"), text);
    Ok(())
}

/// The name that programs ask the loader for.
pub(super) const SHARED: &str = "libtrustpack.so.1";

/// Packs the folder `name` of `folder` as `archive`, with the time of the sources on every file.
pub(super) fn tar(
    release: &Release,
    folder: &Path,
    name: &str,
    archive: &Path,
) -> anyhow::Result<()> {
    let plain = archive.with_extension("");
    succeeds(
        Command::new("tar")
            .args([
                "--create",
                "--format=ustar",
                "--sort=name",
                "--numeric-owner",
            ])
            .args(["--owner=0", "--group=0"])
            .arg(format!("--mtime=@{}", release.time))
            .arg("--file")
            .arg(&plain)
            .arg("--directory")
            .arg(folder)
            .arg(name),
    )?;
    drop(fs::remove_file(archive));
    succeeds(Command::new("gzip").args(["-9", "-n"]).arg(&plain))
}
