//! A new machine: a Debian system with nothing on it, in a folder, and a newcomer who gets the package.
//!
//! Installed, used, upgraded while a tunnel carries connections, removed. Takes minutes and needs root and the network
//! of a Debian mirror: `./test --long` runs it, with the packages that people get.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

use super::root;

/// Names the folder with the packages; `./test --long` sets it.
const VARIABLE: &str = "TRUSTPACK_DIST";
/// What the newcomer does, on the new machine.
const STORY: &str = include_str!("new_machine.sh");

/// What a programmer does there with the C library.
const LIBRARY: &str = include_str!("library.sh");
/// What is tried of the unit, under systemd.
const UNIT: &str = include_str!("systemd.sh");
/// What starts systemd in a folder.
const START: &str = include_str!("systemd_start.sh");
/// Starts it beside, waits until it takes orders, and has it tell the story.
const BESIDE: &str = r#"
unshare --mount --cgroup --pid --fork --kill-child --uts --ipc --net bash "$0" "$1" >"$1.log" 2>&1 </dev/null &
namespace=$!
trap 'kill -9 $namespace 2>/dev/null' EXIT
for _ in $(seq 300); do
  first=$(cat "/proc/$namespace/task/$namespace/children" 2>/dev/null)
  first=${first%% *}
  if [ -n "$first" ] && nsenter --target "$first" --all systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; then break; fi
  sleep 0.1
done
nsenter --target "$first" --all bash /root/story.sh
"#;

/// A Debian package that people get.
fn package(package: &str) -> PathBuf {
    let said = std::env::var_os(VARIABLE).map(PathBuf::from);
    let dist = said.unwrap_or_else(|| target().join("dist"));
    let entries = fs::read_dir(&dist).map(|entries| entries.flatten().map(|entry| entry.path()));
    let found = entries.ok().and_then(|mut paths| {
        paths.find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&format!("{package}_")) && name.ends_with(".deb")
        })
    });
    assert!(
        found.is_some(),
        "there is no package {package} in {}: run `cargo xtask dist`",
        dist.display()
    );
    found.unwrap()
}

/// The folder of what cargo builds, where large things are kept.
fn target() -> PathBuf {
    let said = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    said.unwrap_or_else(|| root().join("target"))
}

/// The new machine, made once and copied.
fn machine(to: &Path) {
    machine_with("debian-bookworm", "", to);
}

/// The same with these packages besides, which is kept under a name of its own.
fn machine_with(name: &str, packages: &str, to: &Path) {
    let kept = target().join("tools").join(name);
    if !kept.join("etc/debian_version").is_file() {
        let new = target().join(format!("tools/{name}-new"));
        drop(fs::remove_dir_all(&new));
        fs::create_dir_all(&new).unwrap();
        let included = (!packages.is_empty()).then(|| format!("--include={packages}"));
        Call::foreign("debootstrap", ["--variant=minbase"])
            .args(included)
            .arg("bookworm")
            .arg(&new)
            .succeeds();
        fs::rename(&new, &kept).unwrap();
    }
    Call::foreign("cp", ["--archive", "--no-target-directory"])
        .arg(&kept)
        .arg(to)
        .succeeds();
}

#[track_caller]
fn needs_root() {
    let user = Call::foreign("id", ["-u"]).succeeds().stdout;
    assert_eq!(
        user.trim(),
        "0",
        "this test needs root: it changes into the folder of the new machine"
    );
}

/// Tells a story on the machine, to which the network of this one is not known.
fn tell(story: &str, packages: &[&str], root: &Path) {
    for name in packages {
        fs::copy(package(name), root.join(format!("tmp/{name}.deb"))).unwrap();
    }
    fs::write(root.join("tmp/story.sh"), story).unwrap();
    let told = Call::foreign("unshare", ["--mount", "--net", "--pid", "--fork", "--kill-child"])
        .args(["bash", "-c", "mount -t proc proc \"$0/proc\" && ip link set lo up && exec chroot \"$0\" bash /tmp/story.sh"])
        .arg(root)
        .succeeds();
    told.prints("=== the end");
}

#[test]
#[ignore = "takes minutes, needs root, a Debian mirror and the packages of a release build: ./test --long"]
fn a_newcomer_installs_uses_upgrades_and_removes_it() {
    needs_root();
    let place = folder::temporary();
    let root = place.path().join("root");
    machine(&root);
    tell(STORY, &["trustpack"], &root);
}

#[test]
#[ignore = "takes minutes, needs root, a Debian mirror and the packages of a release build: ./test --long"]
fn a_programmer_installs_the_c_library_and_builds_programs_with_it() {
    needs_root();
    let place = folder::temporary();
    let root = place.path().join("root");
    machine_with("debian-gcc", "gcc,libc6-dev,pkg-config", &root);
    tell(
        LIBRARY,
        &["trustpack", "libtrustpack1", "libtrustpack-dev"],
        &root,
    );
}

#[test]
#[ignore = "takes minutes, needs root, a Debian mirror and the packages of a release build: ./test --long"]
fn systemd_starts_reloads_upgrades_and_removes_it() {
    needs_root();
    let place = folder::temporary();
    let root = place.path().join("root");
    machine_with("debian-systemd", "systemd", &root);
    fs::copy(package("trustpack"), root.join("root/trustpack.deb")).unwrap();
    fs::write(root.join("root/story.sh"), UNIT).unwrap();
    fs::write(root.join("etc/machine-id"), "").unwrap();
    fs::write(place.path().join("start.sh"), START).unwrap();
    // Its first process is the child of this one, and goes with it.
    let told = Call::foreign("bash", ["-c", BESIDE])
        .arg(place.path().join("start.sh"))
        .arg(&root)
        .succeeds();
    told.prints("=== the end");
}

#[test]
#[ignore = "needs the packages of a release build: ./test --long"]
fn lintian_has_nothing_to_say() {
    for name in ["trustpack", "libtrustpack1", "libtrustpack-dev"] {
        let told = Call::foreign("lintian", ["--fail-on=error,warning"])
            .arg(package(name))
            .succeeds();
        assert_eq!(told.stdout, "", "{told}");
    }
}
