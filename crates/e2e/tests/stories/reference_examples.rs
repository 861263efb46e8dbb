//! What the pages of reference show of files that people write, given to the program.
//!
//! The examples of findings have a test of their own beside the findings, and those of commands run in
//! [`help_examples`](crate::help_examples).

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

/// The blocks of a page that stand in such a fence, in order.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let page = fs::read_to_string(path.join(page)).unwrap();
    let begins = format!("\n```{kind}\n");
    let after = page.split(&*begins).skip(1);
    let found: Vec<String> = after
        .map(|after| after.split("\n```").next().unwrap().to_owned() + "\n")
        .collect();
    assert!(!found.is_empty(), "no block {kind}");
    found
}

fn trustpack(within: &TempDir, line: &str) -> Outcome {
    Call::trustpack(line.split(' '))
        .within(within.path())
        .succeeds()
}

#[test]
fn the_fleet_file_of_its_page_is_one() {
    let work = folder::temporary();
    let put = |text: &str| fs::write(work.path().join("fleet.toml"), text).unwrap();
    let toml = blocks("fleet-file.md", "toml");
    put(&toml[0]);
    trustpack(&work, "fleet check fleet.toml").prints("0 errors, 1 warning, ");
    let explained = trustpack(&work, "fleet explain fleet.toml StatServer:history").stdout;
    let mut lines = explained.lines();
    for shown in blocks("fleet-file.md", "text")[0].lines() {
        let shown = shown.trim_end();
        let is_there = shown.trim() == "..." || lines.any(|line| line.trim_end() == shown);
        assert!(is_there, "{shown:?} is not in, or earlier:\n{explained}");
    }
    // What is accepted there is an error without that.
    let client = "[[host]]\nname = \"recorder.example.com\"\n[host.security]\ntrusted-ca = \"/etc/sec/ca_cert.pem\"\n\
                  [[application]]\nname = \"Recorder\"\nhost = \"recorder.example.com\"\n\
                  [[application.connection]]\nto = \"StatServer\"\ntunnel = \"127.0.0.1:3062\"\n";
    let refused = format!("{}{client}", toml[0]);
    put(&refused);
    Call::trustpack(["fleet", "check"])
        .within(work.path())
        .exits_with(1)
        .prints("error[TP3010]");
    put(&format!(
        "{refused}{}",
        toml[1].replace("2027-03-31", "2099-12-31")
    ));
    trustpack(&work, "fleet check").prints("accepted error until 2099-12-31[TP3010]");
}

/// Of the settings of a component the options come from its own file.
#[track_caller]
fn reads(own_file: &str, kind: &str, wanted: &[&str]) {
    let work = folder::temporary();
    let host = work.path().join("hosts/stat1.example.com");
    let (written, platform, path) = match kind {
        "bat" => ("C:\\\\lca\\\\", "windows", host.join("C/lca")),
        _ => ("/opt/lca/", "unix", host.join("opt/lca")),
    };
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join(own_file), &blocks("component-files.md", kind)[0]).unwrap();
    let application = blocks("component-files.md", "toml")[0].clone();
    assert!(application.contains("\"/opt/lca/lca.cfg\""));
    let application = application.replace("/opt/lca/lca.cfg", &format!("{written}{own_file}"));
    let fleet = format!(
        "[[host]]\nname = \"stat1.example.com\"\nplatform = \"{platform}\"\n{application}\
         [[application.port]]\nnumber = 4999\nmode = \"secured\"\n"
    );
    fs::write(work.path().join("fleet.toml"), fleet).unwrap();
    let told = trustpack(&work, "fleet explain fleet.toml LCA --files hosts").stdout;
    let options: Vec<String> = told
        .lines()
        .filter(|line| line.contains("  own file, "))
        .map(|line| {
            line.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join("=")
        })
        .collect();
    assert_eq!(options, wanted, "{told}");
}

#[test]
fn the_own_files_of_their_page_are_read() {
    reads(
        "lca.cfg",
        "ini",
        &[
            "certificate=/etc/sec/host_cert.pem",
            "certificate-key=/etc/sec/host_priv_key.pem",
            "trusted-ca=/etc/sec/ca_cert.pem",
            "tls-mutual=1",
        ],
    );
    reads(
        "setenv.sh",
        "sh",
        &["trusted-ca=/etc/sec/ca_cert.pem", "provider=PEM"],
    );
    reads(
        "setenv.bat",
        "bat",
        &[
            "certificate=89A0C1D46701935D89A0C1D46701935D89A0C1D4",
            "provider=MSCAPI",
        ],
    );
}

#[test]
fn the_objects_of_the_page_on_imports_are_taken() {
    let work = folder::temporary();
    let objects = &blocks("import.md", "json")[0];
    fs::write(work.path().join("objects.json"), objects).unwrap();
    trustpack(&work, "fleet import objects.json --out fleet.toml")
        .prints("taken: 1 host, 1 application, 1 port, 1 connection, 2 options");
}
