//! The Debian packages: `trustpack`, and where the C library was built, `libtrustpack1` and `libtrustpack-dev`.
//!
//! `dpkg-deb` packs them: it sorts, and takes no time that is later than `SOURCE_DATE_EPOCH`.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::contents::{COMPLETIONS, Generated, SHARED, development};
use super::stage::{Tree, anew};
use super::{Release, output, succeeds};

/// Who answers for the packages.
const MAINTAINER: &str = "The Trustpack maintainers <maintainers@trustpack.invalid>";

/// Programs that use the library.
const EXAMPLES: [&str; 6] = [
    "client.c",
    "client.py",
    "echo_server.c",
    "java/Trustpack.java",
    "java/trustpack_jni.c",
    "poll_server.c",
];

/// One package.
struct Package {
    name: &'static str,
    depends: String,
    section: &'static str,
    /// A line, then paragraphs.
    description: &'static str,
    tree: Tree,
    /// Scripts of the maintainer, by name.
    scripts: &'static [&'static str],
    /// Further control files.
    control: Vec<(&'static str, String)>,
}

/// Makes the packages.
pub(super) fn make(release: &Release, dist: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let architecture = Architecture::of(&release.about.target)?;
    let generated = Generated::make(release, dist)?;
    let mut packages = vec![program(release, &generated)?];
    if release.libraries.is_some() {
        packages.push(library(release, architecture));
        packages.push(headers(release, architecture)?);
    }
    let made = packages
        .iter()
        .map(|package| package.pack(release, architecture, dist));
    made.collect()
}

/// A processor, as Debian calls it.
#[derive(Clone, Copy)]
struct Architecture {
    name: &'static str,
    /// The folder of its libraries.
    triplet: &'static str,
}

impl Architecture {
    fn of(target: &str) -> anyhow::Result<Self> {
        Ok(match target.split('-').next() {
            Some("x86_64") => Self {
                name: "amd64",
                triplet: "x86_64-linux-gnu",
            },
            Some("aarch64") => Self {
                name: "arm64",
                triplet: "aarch64-linux-gnu",
            },
            _ => bail!("it is not known what Debian calls {target}"),
        })
    }
}

fn program(release: &Release, generated: &Generated) -> anyhow::Result<Package> {
    let mut tree = Tree::default();
    tree.program("usr/bin/trustpack", &release.program);
    for link in trustpack_bundle::program::LINKS {
        tree.link(format!("usr/bin/{link}"), "trustpack");
    }
    for (page, path) in generated.pages()? {
        tree.file(format!("usr/share/man/man1/{page}.gz"), path);
    }
    generated.book(&mut tree, "usr/share/doc/trustpack/html")?;
    for (shell, path) in COMPLETIONS {
        tree.file(path, generated.completions(shell));
    }
    let source = |path: &str| release.source(&format!("packaging/{path}"));
    let units = "usr/lib/systemd/system";
    let service = "trustpack-tunnel.service";
    tree.file(
        format!("{units}/{service}"),
        source(&format!("systemd/{service}")),
    );
    let examples = "usr/share/doc/trustpack/examples";
    let socket = "trustpack-tunnel.socket";
    tree.file(
        format!("{examples}/{socket}"),
        source(&format!("systemd/{socket}")),
    );
    let overrides = source("debian/lintian-overrides");
    tree.file("usr/share/lintian/overrides/trustpack", overrides);
    let settings = source("debian/trustpack-tunnel.default");
    tree.file("etc/default/trustpack-tunnel", settings);
    tree.folder("etc/trustpack");
    tree.file(
        "usr/share/doc/trustpack/README.md.gz",
        release.source("README.md"),
    );
    let news = release.source("CHANGELOG.md");
    tree.file("usr/share/doc/trustpack/NEWS.md.gz", news);
    // What a development build is linked with.
    let depends = match release.about.linked.as_str() {
        "static" => "adduser",
        _ => "adduser, libc6, libgcc-s1",
    };
    Ok(Package {
        name: "trustpack",
        depends: depends.to_owned(),
        section: "net",
        description: "private certificate authority, TLS settings and tunnels of a fleet\n\
            Puts every connection between the services of a fleet behind TLS, and keeps it\n\
            there: a certificate authority that works from a plain folder, settings for\n\
            hosts, applications, ports and connections that are checked before they break\n\
            anything, and tunnels that carry the connections of programs without TLS.",
        tree,
        scripts: &["postinst", "postrm", "prerm"],
        control: Vec::new(),
    })
}

fn library(release: &Release, architecture: Architecture) -> Package {
    let mut tree = Tree::default();
    if let Some(libraries) = &release.libraries {
        let path = format!("usr/lib/{}/{SHARED}", architecture.triplet);
        tree.file(path, &libraries.shared);
    }
    Package {
        name: "libtrustpack1",
        depends: "libc6 (>= 2.34), libgcc-s1 (>= 3.4)".to_owned(),
        section: "libs",
        description: "TLS under the settings of a fleet, as a C library\n\
            Connects and accepts on file descriptors or by buffers, as the fleet file of\n\
            Trustpack says for an endpoint, and follows its changes.",
        tree,
        scripts: &[],
        control: vec![
            ("triggers", "activate-noawait ldconfig\n".to_owned()),
            (
                "shlibs",
                format!(
                    "libtrustpack 1 libtrustpack1 (>= {})\n",
                    release.about.version
                ),
            ),
        ],
    }
}

fn headers(release: &Release, architecture: Architecture) -> anyhow::Result<Package> {
    let mut tree = Tree::default();
    let libdir = format!("/usr/lib/{}", architecture.triplet);
    let lib = libdir.trim_start_matches('/');
    development(release, &mut tree, (lib, "usr/include"), ("/usr", &libdir))?;
    for example in EXAMPLES {
        let to = format!("usr/share/doc/libtrustpack-dev/examples/{example}");
        let from = format!("crates/capi/examples/{example}");
        tree.file(to, release.source(&from));
    }
    Ok(Package {
        name: "libtrustpack-dev",
        depends: format!("libtrustpack1 (= {})", release.about.version),
        section: "libdevel",
        description: "TLS under the settings of a fleet, as a C library (development files)\n\
            The header, the static library and the pkg-config file, for building programs\n\
            that use libtrustpack.",
        tree,
        scripts: &[],
        control: Vec::new(),
    })
}

impl Package {
    /// Makes `NAME_VERSION_ARCHITECTURE.deb`.
    fn pack(
        &self,
        release: &Release,
        architecture: Architecture,
        dist: &Path,
    ) -> anyhow::Result<PathBuf> {
        let root = dist.join(".debian");
        anew(&root)?;
        self.tree.write(&root)?;
        let mut documents = Tree::default();
        let folder = format!("usr/share/doc/{}", self.name);
        documents.text(format!("{folder}/copyright"), copyright(release)?);
        documents.text(format!("{folder}/changelog.gz"), changelog(self, release)?);
        documents.write(&root)?;
        let mut control = Tree::default();
        for script in self.scripts {
            let path = release.source(&format!("packaging/debian/{script}"));
            control.program(format!("DEBIAN/{script}"), path);
        }
        for (name, text) in &self.control {
            control.text(format!("DEBIAN/{name}"), text);
        }
        let configuration = self.tree.configuration();
        if !configuration.is_empty() {
            let lines: String = configuration
                .iter()
                .map(|path| format!("{path}\n"))
                .collect();
            control.text("DEBIAN/conffiles", lines);
        }
        let (sums, kilobytes) = sums(&root)?;
        control.text("DEBIAN/md5sums", sums);
        let text = self.control_file(release, architecture, kilobytes)?;
        control.text("DEBIAN/control", text);
        control.write(&root)?;
        let version = &release.about.version;
        let path = dist.join(format!("{}_{version}_{}.deb", self.name, architecture.name));
        succeeds(
            Command::new("dpkg-deb")
                .args(["--build", "--root-owner-group", "--threads-max=1", "-Zxz"])
                .arg(&root)
                .arg(&path)
                .env("SOURCE_DATE_EPOCH", release.time.to_string())
                .stdout(std::process::Stdio::null()),
        )?;
        fs::remove_dir_all(root)?;
        Ok(path)
    }

    /// Source: deb-control(5).
    fn control_file(
        &self,
        release: &Release,
        architecture: Architecture,
        kilobytes: u64,
    ) -> anyhow::Result<String> {
        let (summary, text) = self
            .description
            .split_once('\n')
            .context("a description has more than one line")?;
        let mut control = format!(
            "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: {MAINTAINER}\n\
             Installed-Size: {kilobytes}\nDepends: {}\n",
            self.name, release.about.version, architecture.name, self.depends
        );
        if self.section == "libs" {
            control.push_str("Multi-Arch: same\n");
        }
        write!(
            control,
            "Section: {}\nPriority: optional\nDescription: {summary}\n",
            self.section
        )?;
        for line in text.lines() {
            writeln!(control, " {line}")?;
        }
        Ok(control)
    }
}

/// Sums of the files of a package, and its size. Source: deb-md5sums(5), deb-control(5).
fn sums(root: &Path) -> anyhow::Result<(String, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    let mut kilobytes = 0_u64;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let found = path.symlink_metadata()?;
            if found.is_dir() {
                folders.push(path);
                kilobytes += 1;
            } else if found.is_symlink() {
                kilobytes += 1;
            } else {
                kilobytes += found.len().div_ceil(1024);
                debug_assert!(
                    found.permissions().mode() & 0o022 == 0,
                    "{}",
                    path.display()
                );
                files.push(path.strip_prefix(root)?.to_owned());
            }
        }
    }
    files.sort();
    let said = output(
        Command::new("md5sum")
            .arg("--")
            .args(&files)
            .current_dir(root),
    )?;
    Ok((said, kilobytes))
}

fn copyright(release: &Release) -> anyhow::Result<String> {
    let mut text = fs::read_to_string(release.source("packaging/debian/copyright.head"))?;
    let mit = fs::read_to_string(release.source("LICENSE-MIT"))?;
    // Without its title and the line of the copyright, which stand above.
    for line in mit.lines().skip(4) {
        match line {
            "" => text.push_str(" .\n"),
            line => writeln!(text, " {line}")?,
        }
    }
    text.push_str(
        "\nLicense: Apache-2.0\n On Debian systems, the full text of this licence is in\n \
         /usr/share/common-licenses/Apache-2.0.\n",
    );
    Ok(text)
}

/// Source: deb-changelog(5). What changed for users is in NEWS.md.gz.
fn changelog(package: &Package, release: &Release) -> anyhow::Result<String> {
    let date = output(
        Command::new("date")
            .args(["--utc", "--rfc-email"])
            .arg(format!("--date=@{}", release.time))
            .env("LC_ALL", "C"),
    )?;
    Ok(format!(
        "{} ({}) unstable; urgency=medium\n\n  * What changed stands in /usr/share/doc/trustpack/NEWS.md.gz.\n\n \
         -- {MAINTAINER}  {}\n",
        package.name,
        release.about.version,
        date.trim_end()
    ))
}
