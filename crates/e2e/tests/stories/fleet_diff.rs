//! What changes from one fleet to another, in what each end really gets.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

use super::fleet_files::Site;

const FLEET: &str = "[[host]]
name = \"a.example.com\"
[host.security]
certificate = \"/c.pem\"
certificate-key = \"/c.key\"
trusted-ca = \"/ca.pem\"
tls-target-name-check = \"host\"

[[application]]
name = \"A\"
host = \"a.example.com\"
certificate-source = \"host\"
[[application.connection]]
to = \"B\"

[[application]]
name = \"B\"
host = \"a.example.com\"
certificate-source = \"host\"
[[application.port]]
number = 1
transport = \"tls=1\"
";

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file
}

#[track_caller]
fn diff(change: (&str, &str), code: i32) -> Value {
    let folder = folder::temporary();
    assert!(FLEET.contains(change.0));
    let old = write(folder.path(), "old.toml", FLEET);
    let new = write(
        folder.path(),
        "new.toml",
        &FLEET.replace(change.0, change.1),
    );
    let call = Call::trustpack(["fleet", "diff", "--json"])
        .arg(&old)
        .arg(&new);
    serde_json::from_str(&call.exits_with(code).stdout).unwrap()
}

#[test]
fn a_value_that_moves_to_another_level_is_no_change() {
    let same = diff(("transport = \"tls=1\"", "mode = \"secured\""), 0);
    assert_eq!(same["changed"], Value::Array(Vec::new()), "{same:#}");
    assert_eq!(same["breaks"], Value::Array(Vec::new()));
}

#[test]
fn a_value_that_changes_is_named_with_both() {
    let changed = diff(("name-check = \"host\"", "name-check = \"no\""), 1);
    let weaker = &changed["less_secure"];
    assert_eq!(weaker.as_array().map(Vec::len), Some(1), "{changed:#}");
    assert_eq!(weaker[0]["place"], "A/B:default");
    assert_eq!(
        weaker[0]["what"][0],
        "the name of the server is not compared"
    );
    let one = &changed["changed"][0];
    assert_eq!(one["place"], "B:default", "{changed:#}");
    let connection = &changed["changed"][1];
    assert_eq!(connection["place"], "A/B:default");
    assert_eq!(connection["changes"][0]["what"], "tls-target-name-check");
    assert_eq!(connection["changes"][0]["old"], "host");
    assert_eq!(connection["changes"][0]["new"], "no");
}

#[test]
fn what_breaks_comes_first_with_its_reason() {
    let broken = diff(
        (
            "\"tls=1\"",
            "\"tls=1;tls-mutual=1\"\n[[application.port]]\nid = \"x\"\nnumber = 2",
        ),
        0,
    );
    assert_eq!(broken["added"][0]["place"], "B:x", "{broken:#}");
    assert_eq!(broken["changed"][0]["changes"][0]["new"], "mutual");
    let broken = diff(("certificate-key = \"/c.key\"\n", ""), 1);
    assert_eq!(broken["breaks"][0]["place"], "B:default", "{broken:#}");
    let why = broken["breaks"][0]["why"][0].as_str().unwrap();
    assert!(why.contains("not set: certificate-key"), "{why}");
    let plain = "[[application]]\nname = \"B\"";
    let client = format!(
        "[[application]]\nname = \"C\"\nhost = \"a.example.com\"\n[[application.connection]]\nto = \"B\"\ntransport = \"tls=0\"\n{plain}"
    );
    let added = diff((plain, &client), 1);
    assert_eq!(added["breaks"][0]["place"], "C/B:default", "{added:#}");
    assert_eq!(added["breaks"][0]["was"], "not there");
    assert_eq!(added["breaks"][0]["becomes"], "refused");
    let open = diff(("transport = \"tls=1\"\n", ""), 1);
    assert_eq!(open["breaks"][0]["becomes"], "open", "{open:#}");
}

#[test]
fn that_a_password_changes_is_said_and_the_password_is_not() {
    let folder = folder::temporary();
    let with = |password: &str| {
        let set = format!("trusted-ca = \"/ca.pem\"\nkeystore-password = \"{password}\"\n");
        FLEET.replacen("trusted-ca = \"/ca.pem\"\n", &set, 1)
    };
    let old = write(folder.path(), "old.toml", &with("before-1"));
    let new = write(folder.path(), "new.toml", &with("after-2"));
    let call = |old: &Path, new: &Path| {
        Call::trustpack(["fleet", "diff"])
            .arg(old)
            .arg(new)
            .succeeds()
    };
    let told = call(&old, &new).prints("keystore-password: (hidden) -> (hidden), another one");
    assert!(!told.stdout.contains("before-1") && !told.stdout.contains("after-2"));
    call(&old, &old).prints("0 changed");
}

/// Of a host whose files are not there nobody knows that it goes on working.
#[test]
fn a_connection_that_is_no_longer_known_to_work_is_told() {
    let site = Site::new();
    let old = site.fleet_file();
    let moved = fs::read_to_string(&old).unwrap();
    let moved = moved.replace("b.example.com", "z.example.com");
    let new = write(old.parent().unwrap(), "new.toml", &moved);
    let call = site.fleet(&["diff", "--json", "--files", "hosts", "fleet.toml"]);
    let diff: Value = serde_json::from_str(&call.arg(new).exits_with(1).stdout).unwrap();
    assert_eq!(diff["fails"], Value::Array(Vec::new()), "{diff:#}");
    let unknown = &diff["no_longer_known"][0];
    assert_eq!(unknown["place"], "Desk/StatServer:default", "{diff:#}");
    assert_eq!(unknown["prediction"], "not known");
}

/// The same of one in plain text that is to be secured, with files that nobody has collected.
#[test]
fn plain_text_that_becomes_what_nobody_knows_is_told() {
    let site = Site::new();
    let secured = fs::read_to_string(site.fleet_file()).unwrap();
    let clear = "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"";
    assert!(secured.contains(clear));
    let old = secured.replacen(clear, "mode = \"unsecured\"", 1);
    fs::write(site.fleet_file(), old).unwrap();
    let folder = site.fleet_file();
    let folder = folder.parent().unwrap();
    fs::remove_dir_all(folder.join("hosts/b.example.com")).unwrap();
    let new = write(folder, "new.toml", &secured);
    let call = site.fleet(&["diff", "--files", "hosts", "fleet.toml"]);
    call.arg(new)
        .exits_with(1)
        .prints("Desk/StatServer:default: not known:")
        .prints("1 no longer known");
}

#[test]
fn an_added_connection_that_would_fail_is_told() {
    let site = Site::new();
    let with = "[[application]]\nname = \"Late\"\nhost = \"a.example.com\"\ncertificate-source = \"application\"\n\
                [application.security]\ntrusted-ca = \"/etc/own.pem\"\n\
                [[application.connection]]\nto = \"StatServer\"\nengine = \"openssl\"\n";
    let old = fs::read_to_string(site.fleet_file()).unwrap();
    let old = old.replacen("tls=1;tls-mutual=1", "tls=1", 1);
    fs::write(site.fleet_file(), &old).unwrap();
    let new = write(
        site.fleet_file().parent().unwrap(),
        "new.toml",
        &(old + with),
    );
    let call = site.fleet(&["diff", "--files", "hosts", "fleet.toml"]);
    call.arg(new)
        .exits_with(1)
        .prints("Late/StatServer:default: fails at the step path")
        .prints("0 endpoints break, 0 less secure, 1 connection fails");
}

/// A port that nobody of the fleet connects to.
const ALONE: &str = "[[host]]
name = \"a.example.com\"
[host.security]
certificate = \"/c.pem\"
certificate-key = \"/c.key\"
trusted-ca = \"/ca.pem\"
[[application]]
name = \"B\"
host = \"a.example.com\"
certificate-source = \"host\"
[[application.port]]
number = 1
transport = \"tls=1\"
";

#[test]
fn a_port_that_will_not_start_and_has_no_client_is_told() {
    let folder = folder::temporary();
    let nothing_left = "transport = \"tls=1;cipher-list=NONSENSE\"";
    for extra in ["", "tunnel = \"127.0.0.1:12060\"\n"] {
        let good = format!("{ALONE}{extra}");
        let bad = good.replace("transport = \"tls=1\"", nothing_left);
        let old = write(folder.path(), "old.toml", &good);
        let new = write(folder.path(), "new.toml", &bad);
        let call = |old: &Path, new: &Path| Call::trustpack(["fleet", "diff"]).arg(old).arg(new);
        call(&old, &new)
            .exits_with(1)
            .prints("B:default: fails at the start: the server does not start: its cipher-list")
            .prints("1 port does not start, 1 changed");
        // It did not before either.
        call(&new, &new).succeeds().prints("0 changed");
        let second =
            format!("{good}[[application.port]]\nid = \"x\"\nnumber = 2\n{nothing_left}\n");
        let second = write(folder.path(), "second.toml", &second);
        let call = Call::trustpack(["fleet", "diff", "--json"])
            .arg(&old)
            .arg(&second);
        let added: Value = serde_json::from_str(&call.exits_with(1).stdout).unwrap();
        assert_eq!(added["not_starting"][0]["place"], "B:x", "{added:#}");
        assert_eq!(added["added"][0]["place"], "B:x");
    }
    let shown = Call::trustpack(["fleet", "show"]).arg(folder.path().join("new.toml"));
    shown.succeeds().says("see `trustpack fleet check`");
}

#[test]
fn a_port_whose_certificate_is_gone_is_told() {
    let site = Site::new();
    let text = fs::read_to_string(site.fleet_file()).unwrap();
    let client = "[[application]]\nname = \"Desk\"";
    let server = "[[application]]\nname = \"StatServer\"";
    let (before, after) = (text.find(client).unwrap(), text.find(server).unwrap());
    let alone = format!("{}{}", &text[..before], &text[after..]);
    let folder = site.fleet_file().parent().unwrap().to_owned();
    write(&folder, "alone.toml", &alone);
    write(
        &folder,
        "gone.toml",
        &alone.replace("/etc/own.pem", "/etc/no.pem"),
    );
    let diff = |words: &[&str]| site.fleet(&[&["diff", "--files", "hosts"], words].concat());
    diff(&["alone.toml", "gone.toml"])
        .exits_with(1)
        .prints("StatServer:default: fails at the start: the server does not start: its files cannot be used: TP4001");
    diff(&["gone.toml", "alone.toml"]).succeeds();
}

/// What is no fleet has no endpoints, and nothing of the other one can be compared with it.
#[test]
fn a_fleet_that_cannot_be_read_is_told_with_its_errors() {
    let folder = folder::temporary();
    let good = write(folder.path(), "good.toml", FLEET);
    let page = write(
        folder.path(),
        "page.toml",
        "<html><body>404</body></html>\n",
    );
    for (old, new, which) in [(&good, &page, "NEW"), (&page, &good, "OLD")] {
        let call = Call::trustpack(["fleet", "diff"]).arg(old).arg(new);
        let told = call.exits_with(1);
        told.prints(&format!("{which} has"))
            .prints("error[TP1001]")
            .prints("page.toml:1:1");
        let call = Call::trustpack(["fleet", "diff", "--json"])
            .arg(old)
            .arg(new);
        let diff: Value = serde_json::from_str(&call.exits_with(1).stdout).unwrap();
        assert_eq!(diff["errors"][0]["fleet"], which.to_lowercase(), "{diff:#}");
        assert_eq!(diff["errors"][0]["code"], "TP1001");
    }
    // An object without endpoints tells its error here too, unless it had it before.
    let lost = format!("{FLEET}[[application]]\nname = \"C\"\nhost = \"no.example.com\"\n");
    let lost = write(folder.path(), "lost.toml", &lost);
    let call = Call::trustpack(["fleet", "diff"]).arg(&good).arg(&lost);
    call.exits_with(1).prints("NEW has 1 error");
    let call = Call::trustpack(["fleet", "diff"]).arg(&lost).arg(&lost);
    call.succeeds();
    let call = Call::trustpack(["fleet", "diff"]).arg(&lost).arg(&good);
    call.succeeds();
}
