//! `cargo xtask dist`: the tarball and the Debian packages, from one build.
//!
//! Not an installation: `trustpack install` and dpkg are. Invariant: from the same sources and the same build come the
//! same octets, whoever runs it and when: names are sorted, times are those of the sources, owners are root.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use self::builder::Builder;
use crate::Outcome;
use crate::metadata::Metadata;

mod builder;
mod contents;
mod debian;
mod stage;
mod tarball;

/// For whom the program is built; `+crt-static` needs it said, so that build scripts are not built so too.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// The program without the C library of the machine that it runs on, and without names for debuggers.
const STATIC: [&str; 2] = ["-Ctarget-feature=+crt-static", "-Cstrip=symbols"];
/// Names of the flags of the compiler, apart by the one character that no flag has.
///
/// Source: the Cargo book, "Environment variables Cargo reads".
const FLAGS: (&str, &str) = ("CARGO_ENCODED_RUSTFLAGS", "\u{1f}");

/// What a person asks for.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Where the packages go; `target/dist` if not said.
    out: Option<PathBuf>,
    /// A program that is built already.
    program: Option<PathBuf>,
    /// A folder with `libtrustpack.so` and `libtrustpack.a` that are built already.
    libraries: Option<PathBuf>,
}

impl Options {
    /// Reads `--out DIR --program FILE --libraries DIR`; none for anything else.
    pub(crate) fn from_words(words: &[&str]) -> Option<Self> {
        let mut options = Self::default();
        for pair in words.chunks(2) {
            let [name, value] = pair else { return None };
            let place = match *name {
                "--out" => &mut options.out,
                "--program" => &mut options.program,
                "--libraries" => &mut options.libraries,
                _ => return None,
            };
            *place = Some(PathBuf::from(value));
        }
        Some(options)
    }
}

/// What is packed.
struct Release {
    root: PathBuf,
    program: PathBuf,
    libraries: Option<Libraries>,
    about: About,
    /// Seconds since 1970 that every file has.
    time: u64,
}

/// The C library, and what programs need to be built with it.
struct Libraries {
    shared: PathBuf,
    archive: PathBuf,
    header: PathBuf,
    /// With places for its paths.
    pkg_config: PathBuf,
}

/// What the program says of itself.
#[derive(Debug, Deserialize)]
struct About {
    version: String,
    target: String,
    linked: String,
}

/// Makes the packages and lists them.
///
/// # Errors
///
/// When something cannot be built, packed or found.
pub(crate) fn run(
    metadata: &Metadata,
    options: &Options,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let release = Release::new(metadata, options)?;
    let dist = options
        .out
        .clone()
        .unwrap_or_else(|| metadata.target_directory.join("dist"));
    fs::create_dir_all(&dist).with_context(|| format!("cannot make {}", dist.display()))?;
    if release.about.linked != "static" {
        writeln!(
            out,
            "dist: the program is linked {}: it needs the C library of this machine",
            release.about.linked
        )?;
    }
    let mut made = vec![tarball::make(&release, &dist)?];
    made.extend(debian::make(&release, &dist)?);
    for path in made {
        let bytes = path.metadata()?.len();
        writeln!(out, "dist: {} ({bytes} bytes)", path.display())?;
    }
    Ok(Outcome::InOrder)
}

impl Release {
    fn new(metadata: &Metadata, options: &Options) -> anyhow::Result<Self> {
        let root = metadata.workspace_root.clone();
        let (program, libraries) = match &options.program {
            Some(program) => (program.clone(), options.libraries.clone()),
            None => build(metadata)?,
        };
        let libraries = libraries.map(|folder| Libraries::of(&folder, &root));
        let said = output(Command::new(&program).args(["about", "--json"]))?;
        // The processor's vendor is "unknown" too.
        if said.contains(" unknown") {
            bail!("the program does not know what it is made of, which bug reports need: {said}");
        }
        Ok(Self {
            about: serde_json::from_str(&said).context("the program says nothing of itself")?,
            time: time_of_sources(&root)?,
            program: program.canonicalize()?,
            libraries: libraries.transpose()?,
            root,
        })
    }

    /// A file of the sources.
    fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

impl Libraries {
    fn of(folder: &Path, root: &Path) -> anyhow::Result<Self> {
        let capi = root.join("crates/capi");
        let found = Self {
            shared: folder.join("libtrustpack.so"),
            archive: folder.join("libtrustpack.a"),
            header: capi.join("include/trustpack.h"),
            pkg_config: capi.join("trustpack.pc.in"),
        };
        for path in [
            &found.shared,
            &found.archive,
            &found.header,
            &found.pkg_config,
        ] {
            if !path.is_file() {
                bail!("there is no {}", path.display());
            }
        }
        Ok(found)
    }
}

/// Builds the program, and the libraries where their crate is there. These are bound to the C library: a static one
/// cannot be loaded into other programs.
fn build(metadata: &Metadata) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let builder = Builder::of_this_machine(metadata)?;
    let cargo = |package: &str, flags: &[&str]| {
        let mut command = Command::new("cargo");
        let flags = flags.iter().map(ToString::to_string);
        let flags: Vec<String> = flags.chain(builder.flags()).collect();
        let (variable, between) = FLAGS;
        command
            .args(["build", "--release", "--locked", "--package", package])
            .args(["--target", TARGET])
            .env(variable, flags.join(between))
            .env("CFLAGS", builder.c_flags())
            .current_dir(&metadata.workspace_root);
        command
    };
    let folder = metadata.target_directory.join(TARGET).join("release");
    let has_libraries = metadata.workspace_root.join("crates/capi").is_dir();
    if has_libraries {
        succeeds(&mut cargo("trustpack-capi", &[]))?;
        // Names that no loader needs; a linker needs those of a static library.
        let names = [
            ("libtrustpack.so", "--strip-unneeded"),
            ("libtrustpack.a", "--strip-debug"),
        ];
        for (name, strip) in names {
            // The other build may put something else there.
            let kept = metadata.target_directory.join("dist-libraries");
            fs::create_dir_all(&kept)?;
            fs::copy(folder.join(name), kept.join(name))
                .with_context(|| format!("cannot copy {name}"))?;
            slim(&kept.join(name), strip)?;
            builder.refuse_in(&kept.join(name))?;
        }
    }
    succeeds(&mut cargo("trustpack-cli", &STATIC))?;
    builder.refuse_in(&folder.join("trustpack"))?;
    let libraries = has_libraries.then(|| metadata.target_directory.join("dist-libraries"));
    Ok((folder.join("trustpack"), libraries))
}

/// Takes out what no linker and loader of C needs: names for debuggers, and what the compiler has kept of the sources for
/// itself, which is more than half of the static library.
fn slim(library: &Path, strip: &str) -> anyhow::Result<()> {
    succeeds(
        Command::new("objcopy")
            .args(["--enable-deterministic-archives", strip])
            .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
            .arg(library),
    )
}

/// When the sources were changed last: `SOURCE_DATE_EPOCH`, else the time of the last commit.
///
/// Source: <https://reproducible-builds.org/specs/source-date-epoch/>.
fn time_of_sources(root: &Path) -> anyhow::Result<u64> {
    let said = match std::env::var_os("SOURCE_DATE_EPOCH") {
        Some(said) => said.to_string_lossy().into_owned(),
        None => output(
            Command::new("git")
                .args(["log", "-1", "--format=%ct"])
                .current_dir(root),
        )
        .context("say SOURCE_DATE_EPOCH where there is no git")?,
    };
    said.trim()
        .parse()
        .with_context(|| format!("{said:?} is no number of seconds since 1970"))
}

/// Runs a program that must succeed.
fn succeeds(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    match status.success() {
        true => Ok(()),
        false => bail!("{command:?} ended with {status}"),
    }
}

/// What a program prints.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} ended with {}: {said}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Which package of Debian has a program.
fn cannot_start(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let package = match &*program {
        "dpkg-deb" => " (Debian package dpkg)",
        "grep" => " (Debian package grep)",
        "gzip" => " (Debian package gzip)",
        "objcopy" => " (Debian package binutils)",
        "tar" => " (Debian package tar)",
        _ => "",
    };
    format!("cannot start {program}{package}")
}
