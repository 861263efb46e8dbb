//! In which order a check lists what it finds, and what it tells once.

use std::fs;

use super::fleet_files::Site;

#[test]
fn places_with_errors_come_first() {
    let site = Site::new();
    let file = site.fleet_file();
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replacen("tls=1;tls-mutual=1", "tls=1;tls-mutual=yes", 1);
    fs::write(&file, text).unwrap();
    let found = site.fleet(&["check", "fleet.toml"]).exits_with(1).stdout;
    let at = |line: &str| {
        let at = found.lines().position(|one| one == line);
        at.unwrap_or_else(|| panic!("{line}: {found}"))
    };
    // By name the application would come first, and has a warning.
    assert!(at("StatServer:default") < at("application Desk"), "{found}");
    let first = site.fleet(&["check", "--limit", "1", "fleet.toml"]);
    let first = first.exits_with(1).prints("error[TP1013]");
    assert!(
        !first.stdout.contains("application Desk"),
        "{}",
        first.stdout
    );
}

#[test]
fn what_keeps_connections_from_starting_is_told_once() {
    let site = Site::new();
    let file = site.fleet_file();
    let mut text = fs::read_to_string(&file).unwrap();
    for number in 0..8 {
        text.push_str(&format!(
            "[[application]]\nname = \"More{number}\"\nhost = \"a.example.com\"\ncertificate-source = \"host\"\n\
             [[application.connection]]\nto = \"StatServer\"\n"
        ));
    }
    fs::write(&file, text).unwrap();
    fs::remove_file(site.of("b.example.com", "etc/ca.pem")).unwrap();
    let check = site.fleet(&["check", "--files", "hosts", "fleet.toml"]);
    let told = check.exits_with(1).stdout;
    let lines: Vec<_> = told
        .lines()
        .filter(|line| line.contains("fails at the start"))
        .collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(lines[0].contains("and 4 others: "), "{}", lines[0]);
}

#[test]
fn ciphers_that_no_engine_of_that_kind_has_are_told() {
    let site = Site::new();
    let good = fs::read_to_string(site.fleet_file()).unwrap();
    let with = |list: &str| {
        let ours = "tunnel = \"127.0.0.1:14060\"";
        let theirs = format!("engine = \"openssl\"\ntransport = \"cipher-list={list}\"");
        assert!(good.contains(ours));
        fs::write(site.fleet_file(), good.replacen(ours, &theirs, 1)).unwrap();
        site.fleet(&["check", "--files", "hosts", "fleet.toml"])
    };
    let check = with("NONSENSE:FOO").exits_with(1);
    let check = check.prints("cipher-list: the engine openssl does not have NONSENSE, FOO; it has");
    check
        .prints("error[TP5102]: cipher-list \"NONSENSE:FOO\" leaves nothing")
        .prints("its cipher-list leaves nothing that its engine has")
        .prints("0 working, 1 failing");
    let check = with("HIGH:NONSENSE").succeeds();
    check
        .prints("warning[TP5101]: cipher-list: the engine openssl does not have NONSENSE")
        .prints("1 working, 0 failing");
    let check = with("HIGH:!RC4:@STRENGTH").succeeds();
    assert!(!check.stdout.contains("TP510"), "{}", check.stdout);
}
