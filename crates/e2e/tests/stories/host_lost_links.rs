//! A folder of a host whose links are lost or led elsewhere: nothing that was installed goes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// A host with two generations, and a folder with a revocation list that comes.
struct Site {
    ca: TestCa,
    place: TempDir,
}

impl Site {
    fn new() -> Self {
        let (ca, place) = (TestCa::new(), folder::temporary());
        let site = Self { ca, place };
        Call::trustpack(["crl", "create", "--ca"])
            .arg(site.ca.dir())
            .succeeds();
        fs::create_dir(site.at("list")).unwrap();
        fs::copy(site.ca.conf("crl.pem"), site.at("list/crl.pem")).unwrap();
        for name in ["first", "second"] {
            let issued = site.ca.issue("stat1.example.com", &[]);
            fs::create_dir(site.at(name)).unwrap();
            fs::copy(&issued.certificate, site.at(name).join("stat1_cert.pem")).unwrap();
            fs::copy(&issued.key, site.at(name).join("stat1_priv_key.pem")).unwrap();
            fs::copy(
                site.ca.conf("ca_cert.pem"),
                site.at(name).join("ca_cert.pem"),
            )
            .unwrap();
            site.install(name).succeeds();
        }
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn installed(&self, name: &str) -> PathBuf {
        self.at("tls/.installed").join(name)
    }

    fn install(&self, bundle: &str) -> Call {
        Call::trustpack(["host", "install"])
            .arg(self.at(bundle))
            .arg("--to")
            .arg(self.at("tls"))
    }

    /// Each file below the folder, with what is in it.
    fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut found, mut folders) = (BTreeMap::new(), vec![self.at("tls")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let (path, kind) = (entry.path(), entry.file_type().unwrap());
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_symlink() {
                    let to = fs::read_link(&path).unwrap().into_os_string();
                    found.insert(path, to.into_encoded_bytes());
                } else {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        found
    }

    /// Refused in all its forms, and nothing has changed.
    #[track_caller]
    fn keeps_everything(&self, words: &str) {
        let before = self.everything();
        for bundle in ["list", "second"] {
            self.install(bundle).refused(words);
            assert_eq!(self.everything(), before, "{words}");
        }
        Call::trustpack(["host", "install", "--previous", "--to"])
            .arg(self.at("tls"))
            .refused(words);
        assert_eq!(self.everything(), before, "{words}");
    }
}

fn lead(link: &Path, to: &str) {
    drop(fs::remove_file(link));
    symlink(to, link).unwrap();
}

#[test]
fn without_the_link_to_what_counts_nothing_is_changed() {
    let site = Site::new();
    let current = site.installed("current");
    let counts = fs::read_link(&current).unwrap();
    let counts = counts.to_str().unwrap();
    let words = "current is no link to one of the numbered folders beside it (1, 2)";
    fs::remove_file(&current).unwrap();
    site.keeps_everything(words);
    for to in [&*format!("./{counts}"), "77", "../elsewhere"] {
        lead(&current, to);
        site.keeps_everything(words);
    }
    // A copy that followed the links.
    fs::remove_file(&current).unwrap();
    fs::create_dir(&current).unwrap();
    site.keeps_everything(words);
    fs::remove_dir(&current).unwrap();
    lead(&current, counts);
    fs::create_dir(site.installed(counts).join("sub")).unwrap();
    site.keeps_everything("sub is no file that this command put there");
    fs::remove_dir(site.installed(counts).join("sub")).unwrap();
    fs::create_dir(site.installed("18446744073709551615")).unwrap();
    site.install("list").succeeds();
    assert!(site.at("tls/stat1_priv_key.pem").is_file());
    assert!(site.installed("18446744073709551615").is_dir());
}

#[test]
fn without_the_link_to_the_one_before_it_is_kept() {
    let site = Site::new();
    let previous = site.installed("previous");
    fs::remove_file(&previous).unwrap();
    fs::create_dir(&previous).unwrap();
    site.keeps_everything("previous is no link to one of the numbered folders beside it (1, 2)");
    fs::remove_dir(&previous).unwrap();
    site.install("list").succeeds();
    let key = fs::read(site.at("first/stat1_priv_key.pem")).unwrap();
    assert_eq!(
        fs::read(site.installed("1/stat1_priv_key.pem")).unwrap(),
        key
    );
    assert!(!site.installed("2").exists(), "the list took its place");
}

/// `host check` tells of what was lost, and its remedy works as it is written, in the folder.
#[track_caller]
fn can_be_mended(lost: &str) {
    let site = Site::new();
    let check = || Call::trustpack(["host", "check"]).arg(site.at("tls"));
    check().succeeds();
    Call::foreign("bash", ["-c", lost])
        .within(site.place.path())
        .succeeds();
    check()
        .exits_with(1)
        .prints("/.installed/current\n  error[TP7011]: it is no link to one of the numbered folders beside it (1, 2)")
        .prints("`ln -sfn NUMBER .installed/current`");
    site.install("second")
        .refused("current is no link")
        .says("hint: move what is no link, or no file, out of `.installed`");
    let mend = "for name in current previous; do
        if [ -d .installed/$name ] && [ ! -L .installed/$name ]; then mv .installed/$name ../kept-$name; fi
    done
    ln -sfn 2 .installed/current";
    Call::foreign("bash", ["-c", mend])
        .within(&site.at("tls"))
        .succeeds();
    check().succeeds().prints("can read what it must");
    site.install("list").succeeds();
    site.install("second").succeeds();
    check().succeeds();
}

#[test]
fn what_was_lost_is_found_by_the_check_and_can_be_mended() {
    can_be_mended("rm tls/.installed/current");
    // A copy that followed the links.
    can_be_mended("mv tls gone && cp -aL gone tls");
}
