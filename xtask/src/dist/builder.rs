//! The folders of the machine that builds: what is packed names none of them.
//!
//! The compiler puts the path of each source file into what panics say, and so the home of who built it. It is told to write
//! other names, which are the same wherever it runs. Invariant: what still names such a folder is not packed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::{cannot_start, output};
use crate::metadata::Metadata;

/// Folders, each with the name that stands for it.
pub(super) struct Builder(Vec<(PathBuf, &'static str)>);

impl Builder {
    /// Those of this machine.
    pub(super) fn of_this_machine(metadata: &Metadata) -> anyhow::Result<Self> {
        let root = &metadata.workspace_root;
        let sysroot = output(
            Command::new("rustc")
                .args(["--print", "sysroot"])
                .current_dir(root),
        )?;
        // `registry/src/NAME/PACKAGE/Cargo.toml`: all packages of a registry lie in one folder.
        let registries: BTreeSet<PathBuf> = metadata
            .packages
            .iter()
            .filter(|package| !package.manifest_path.starts_with(root))
            .filter_map(|package| package.manifest_path.ancestors().nth(2))
            .map(Path::to_owned)
            .collect();
        // Of several that fit the compiler takes the last.
        let mut folders = vec![
            (root.clone(), "/trustpack"),
            (metadata.target_directory.clone(), "/built"),
            (PathBuf::from(sysroot.trim()), "/rust"),
        ];
        folders.extend(registries.into_iter().map(|folder| (folder, "/packages")));
        Ok(Self(folders))
    }

    /// What the compiler is told.
    pub(super) fn flags(&self) -> impl Iterator<Item = String> {
        self.mapped("--remap-path-prefix")
    }

    /// What that of C is told, beside what it is told anyway.
    pub(super) fn c_flags(&self) -> String {
        let told = std::env::var_os("CFLAGS").unwrap_or_default();
        let told = std::iter::once(told.to_string_lossy().into_owned());
        let all: Vec<String> = told.chain(self.mapped("-ffile-prefix-map")).collect();
        all.join(" ")
    }

    fn mapped(&self, flag: &str) -> impl Iterator<Item = String> {
        let folders = self.0.iter();
        folders.map(move |(folder, name)| format!("{flag}={}={name}", folder.display()))
    }

    /// Fails if a file that was built names one of the folders.
    pub(super) fn refuse_in(&self, built: &Path) -> anyhow::Result<()> {
        let mut grep = Command::new("grep");
        grep.args([
            "--fixed-strings",
            "--text",
            "--only-matching",
            "--max-count=1",
        ])
        .env("LC_ALL", "C");
        for (folder, _) in &self.0 {
            grep.arg("-e").arg(folder);
        }
        let found = grep.arg("--").arg(built).output();
        let found = found.with_context(|| cannot_start(&grep))?;
        match found.status.code() {
            Some(1) => Ok(()),
            Some(0) => {
                let said = String::from_utf8_lossy(&found.stdout);
                bail!(
                    "{} names {}, a folder of this machine, which is nobody's business",
                    built.display(),
                    said.lines().next().unwrap_or_default()
                )
            }
            _ => bail!("{grep:?}: {}", String::from_utf8_lossy(&found.stderr)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_names_a_folder_of_the_builder_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("program");
        let builder = Builder(vec![
            (PathBuf::from("/home/anna/trustpack"), "/trustpack"),
            (PathBuf::from("/home/anna/.cargo"), "/packages"),
        ]);
        let flags: Vec<String> = builder.flags().collect();
        assert_eq!(flags[1], "--remap-path-prefix=/home/anna/.cargo=/packages");
        std::fs::write(&file, b"\0\xff/packages/ring/a.rs\0").expect("a file");
        builder.refuse_in(&file).expect("nothing of the builder");
        std::fs::write(&file, b"\0\xff/home/anna/.cargo/a.rs\0").expect("a file");
        let refused = builder.refuse_in(&file).expect_err("a path of the builder");
        assert!(
            refused
                .to_string()
                .contains("names /home/anna/.cargo, a folder"),
            "{refused}"
        );
        assert!(builder.refuse_in(&place.path().join("none")).is_err());
    }
}
