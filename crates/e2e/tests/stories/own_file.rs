//! A tunnel whose application takes its options from a file of its own (item 2.3.3 of the rules).

use std::fs;
use std::path::Path;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

fn fleet(own_file: &Path) -> String {
    format!(
        "[[host]]\nname = \"a.example.com\"\naddresses = [\"127.0.0.1\"]\n[[application]]\nname = \"LCA\"\nhost = \"a.example.com\"\nown-file = \"{}\"\n[[application.port]]\nnumber = 4999\nmode = \"secured\"\ntunnel = \"127.0.0.1:4998\"\n",
        own_file.display()
    )
}

/// What `tunnel run` says, which in each case has nothing that it could run.
fn run(contents: Option<&[u8]>) -> Outcome {
    let folder = folder::temporary();
    let own_file = folder.path().join("lca.cfg");
    fs::write(folder.path().join("fleet.toml"), fleet(&own_file)).unwrap();
    if let Some(contents) = contents {
        fs::write(&own_file, contents).unwrap();
    }
    let call = Call::trustpack(["tunnel", "run", "--host", "a.example.com"]);
    call.within(folder.path()).exits_with(1)
}

#[test]
fn the_file_of_this_host_is_read_and_nothing_runs_past_a_mistake() {
    for (contents, words) in [
        (None, &["TP2007", "there is no such file"][..]),
        (
            Some(&b"[security]\nno assignment\n"[..]),
            &["TP1030", "the line has no `=`"],
        ),
        (
            Some(b"[security]\ntransport = tls=1; tls-mutual=1\n"),
            &["TP1015"],
        ),
        (Some(b"\xff\xfe["), &["TP2007", "UTF-16"]),
        (
            Some(b"[security]\ncertificate = /c\n"),
            &["TP2020", "certificate-key", "own file"],
        ),
    ] {
        let outcome = run(contents);
        for word in words {
            assert!(
                outcome.stderr.contains(word),
                "{word:?} is missing: {outcome}"
            );
        }
    }
}

#[test]
fn its_certificate_is_what_the_tunnel_asks_for() {
    let file = b"[security]\ncertificate = /nowhere/c.pem\ncertificate-key = /nowhere/k.pem\ntrusted-ca = /nowhere/ca.pem\n";
    let outcome = run(Some(file));
    assert!(outcome.stderr.contains("/nowhere/c.pem"), "{outcome}");
    assert!(!outcome.stderr.contains("TP2007"), "{outcome}");
}
