//! Fleet files with mistakes: all are told, each with line and column.

use std::fs;
use std::os::unix::fs::symlink;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

use super::check_refused;

/// A fleet with nothing wrong in it.
const FLEET: &str = r#"
[[host]]
name = "stat1.example.com"
platform = "unix"
[host.security]
certificate = "/etc/sec/cert.pem"
certificate-key = "/etc/sec/key.pem"
trusted-ca = "/etc/sec/ca.pem"

[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.port]]
number = 2060
mode = "secured"
transport = "tls=1"

[[application]]
name = "Gui"
host = "stat1.example.com"
certificate-source = "host"
[[application.connection]]
to = "StatServer"
"#;

/// Replaces one part of the fleet and checks that the codes and places are told.
#[track_caller]
fn check(good: &str, bad: &str, words: &[&str]) {
    assert!(FLEET.contains(good), "{good:?} is no part of the fleet");
    let folder = folder::temporary();
    fs::write(
        folder.path().join("fleet.toml"),
        FLEET.replacen(good, bad, 1),
    )
    .unwrap();
    let call = Call::trustpack(["fleet", "check", "fleet.toml"]);
    check_refused(call, folder.path(), 1, words);
}

/// A part of the fleet that is not there must not pass for one that is fine.
#[test]
fn in_a_folder_what_cannot_be_read_is_told() {
    let folder = folder::temporary();
    let inside = folder.path().join("fleet");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("a.toml"), FLEET).unwrap();
    let bad = inside.join("b.toml");
    let check = |words: &[&str]| {
        let words = [
            words,
            &["cannot read fleet/b.toml", "take it out of the folder"],
        ]
        .concat();
        let call = Call::trustpack(["fleet", "check", "fleet"]);
        check_refused(call, folder.path(), 1, &words);
    };
    symlink("/nowhere", &bad).unwrap();
    check(&["No such file"]);
    fs::remove_file(&bad).unwrap();
    symlink("b.toml", &bad).unwrap();
    check(&["links"]);
    fs::remove_file(&bad).unwrap();
    Call::foreign("mkfifo", [&bad]).succeeds();
    // Whoever lists the folder would wait for the pipe.
    let call = Call::trustpack(["fleet", "check", "fleet"]).within(folder.path());
    call.refused("it is no regular file");
    fs::remove_file(&bad).unwrap();
    fs::create_dir(&bad).unwrap();
    check(&[]);
    fs::remove_dir(&bad).unwrap();
    // Emacs marks a file that is being changed with such a link.
    symlink("ops@desk.4711", inside.join(".#a.toml")).unwrap();
    let call = Call::trustpack(["fleet", "check", "fleet"]).within(folder.path());
    call.succeeds().prints("0 errors");
}

#[test]
fn the_fleet_itself_is_fine() {
    let folder = folder::temporary();
    fs::write(folder.path().join("fleet.toml"), FLEET).unwrap();
    let before = folder::listing(folder.path());
    let check = Call::trustpack(["fleet", "check"]).within(folder.path());
    check.succeeds().prints("0 errors");
    folder::assert_unchanged(folder.path(), &before);
}

#[test]
fn each_mistake_is_named_with_its_place() {
    check(
        "number = 2060",
        "number = 20 60",
        &["TP1001", "fleet.toml:15:"],
    );
    check(
        "trusted-ca = ",
        "Trusted-CA = ",
        &[
            "TP1010",
            "\"Trusted-CA\"",
            "write \"trusted-ca\"",
            "fleet.toml:8:1",
        ],
    );
    check(
        "platform = ",
        "plattform = ",
        &[
            "TP1002",
            "\"plattform\"",
            "name, addresses, platform, security",
            "fleet.toml:4:1",
        ],
    );
    check(
        "certificate = \"/etc/sec/cert.pem\"",
        "certificate = \"sec/cert.pem\"",
        &["TP1017", "\"sec/cert.pem\"", "relative", "fleet.toml:6:15"],
    );
    check(
        "to = \"StatServer\"",
        "to = \"NoServer\"",
        &["TP3003", "\"NoServer\"", "fleet.toml:24:6"],
    );
    check(
        "to = \"StatServer\"",
        "to = \"StatServer\"\nport = \"ha\"",
        &["TP3004", "\"ha\"", "only default", "fleet.toml:2"],
    );
    check(
        "name = \"Gui\"\nhost = \"stat1.example.com\"",
        "name = \"Gui\"\nhost = \"stat2.example.com\"",
        &["stat2.example.com", "fleet.toml:21:"],
    );
}

#[test]
fn each_value_that_is_not_allowed_is_named_with_its_place() {
    check(
        "transport = \"tls=1\"",
        "transport = \"tls=1; tls-mutual=1\"",
        &["tls=1;tls-mutual=1", "fleet.toml:17:"],
    );
    check(
        "transport = \"tls=1\"",
        "transport = \"tls=yes\"",
        &["yes", "fleet.toml:17:"],
    );
    check(
        "number = 2060",
        "number = 70000",
        &["70000", "fleet.toml:15:"],
    );
    check(
        "name = \"stat1.example.com\"",
        "name = \"stat1/example.com\"",
        &["\"stat1/example.com\"", "'/'", "fleet.toml:3:"],
    );
    check(
        "name = \"Gui\"",
        "name = \"StatServer\"",
        &["StatServer", "fleet.toml:20:"],
    );
    check(
        "certificate-key = \"/etc/sec/key.pem\"\n",
        "",
        &["certificate-key", "host"],
    );
    check(
        "name = \"StatServer\"",
        "name = \"StatServer\"\nbackup = \"StatServer\"",
        &["TP3003", "backup", "fleet.toml:12:10"],
    );
    check(
        "name = \"Gui\"",
        "name = \"Gui\"\nbackup = \"Nobody\"",
        &["TP3003", "\"Nobody\"", "fleet.toml:21:10"],
    );
    check(
        "number = 2060",
        &format!("number = {}", "[".repeat(10_000)),
        &["TP1007", "nested deeper than 16 levels", "fleet.toml:15:"],
    );
}

/// Behind each mistake the reading goes on.
#[test]
fn all_mistakes_are_told_and_not_the_first() {
    let folder = folder::temporary();
    let text = "[[host]]\nname = \"a.example.com\nplatform = unix\n= 5\n[host\n[[application]]\nname = \"A\"\nhost = \"b/c\"\nnumber = [1\n";
    fs::write(folder.path().join("fleet.toml"), text).unwrap();
    let places = [
        "fleet.toml:2:",
        "fleet.toml:3:",
        "fleet.toml:4:",
        "fleet.toml:5:",
        "fleet.toml:8:",
    ];
    let call = Call::trustpack(["fleet", "check", "fleet.toml"]);
    check_refused(call, folder.path(), 1, &places);
    // The other commands on a fleet read it the same way.
    let call = Call::trustpack(["fleet", "check", "fleet.toml", "--json"]);
    check_refused(call, folder.path(), 1, &["\"line\": 2", "\"line\": 8"]);
}

#[test]
fn fleets_that_cannot_be_read() {
    let folder = folder::temporary();
    let path = folder.path();
    fs::write(path.join("latin1.toml"), b"# fine\nname = \"K\xf6ln\"\n").unwrap();
    fs::create_dir(path.join("empty")).unwrap();
    fs::write(path.join("empty/readme.txt"), "").unwrap();
    for (fleet, words) in [
        ("missing.toml", &["missing.toml", "No such file"][..]),
        ("empty", &["empty", "*.toml"]),
        ("latin1.toml", &["latin1.toml:2:10", "UTF-8", "name = \"K"]),
    ] {
        for command in ["check", "show"] {
            let call = Call::trustpack(["fleet", command, fleet]);
            check_refused(call, path, 1, words);
        }
        let call = Call::trustpack(["fleet", "explain", "A:default", "--fleet", fleet]);
        check_refused(call, path, 1, words);
    }
    // None was named, and there is no fleet.toml.
    check_refused(
        Call::trustpack(["fleet", "check"]),
        path,
        1,
        &["fleet.toml"],
    );
    fs::write(path.join("fleet.toml"), FLEET).unwrap();
    let call = Call::trustpack(["fleet", "explain", "Nobody:default"]);
    check_refused(call, path, 1, &["Nobody", "fleet show"]);
}

/// Refused by its size, before any of it is read.
#[test]
fn a_fleet_file_of_a_gigabyte() {
    let folder = folder::temporary();
    let file = fs::File::create(folder.path().join("fleet.toml")).unwrap();
    file.set_len(1 << 30).unwrap();
    let call = Call::trustpack(["fleet", "check"]);
    let words = ["fleet.toml", "larger than 134217728 bytes"];
    check_refused(call, folder.path(), 1, &words);
}

/// Every beginning of a fleet file, and depths that no stack would bear.
#[test]
fn odd_fleets_never_make_it_panic() {
    let folder = folder::temporary();
    let odd = [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("a{} = 1", ".a".repeat(100_000)),
        format!("[{}a]\n", "a.".repeat(100_000)),
        "\0".repeat(10_000),
        "\u{feff}\u{202e}[[host]]\r\nname = \"\u{0}\"\r".to_owned(),
    ];
    let beginnings = (0..FLEET.len())
        .step_by(5)
        .map(|end| FLEET[..end].to_owned());
    for text in beginnings.chain(odd) {
        fs::write(folder.path().join("fleet.toml"), &text).unwrap();
        let outcome = Call::trustpack(["fleet", "check"])
            .within(folder.path())
            .run();
        let code = outcome.status.code();
        assert!(
            matches!(code, Some(0 | 1)),
            "{:.80}: {code:?} {:.400}",
            text,
            outcome.stderr
        );
    }
}
