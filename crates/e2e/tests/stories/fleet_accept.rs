//! A finding that is known is accepted for some time, and the fleet file stays what it was otherwise.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

const HOSTS: &str = "# The hosts of the site.
[[host]]
name = \"a.example.com\"  # the first
security.certificate = \"/c.pem\"
security.certificate-key = \"/c.key\"
security.trusted-ca = \"/ca.pem\"
";

const APPLICATIONS: &str = "[[application]]
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
mode = \"secured\"
transport = \"client-auth=0\"
[[application.connection]]
to = \"C\"
";

fn accept(file: &Path, words: &[&str]) -> Call {
    Call::trustpack(["fleet", "accept", "--fleet"])
        .arg(file)
        .args(words)
}

const GOOD: [&str; 6] = [
    "TP3003",
    "B/C",
    "--reason",
    "C comes \"soon\"",
    "--until",
    "2999-12-31",
];

fn check(fleet: &Path) -> Value {
    let call = Call::trustpack(["fleet", "check", "--json"]).arg(fleet);
    serde_json::from_str(&call.run().stdout).unwrap()
}

#[test]
fn item_2_7_3_what_is_accepted_no_longer_counts_and_nothing_else_is_touched() {
    let folder = folder::temporary();
    let file = folder.path().join("fleet.toml");
    let text = format!("{HOSTS}\n{APPLICATIONS}");
    fs::write(&file, &text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.toml");
    symlink("fleet.toml", &link).unwrap();
    let before = check(&file);
    assert_eq!(before["errors"], 1, "{before:#}");

    let told = accept(&link, &GOOD).arg("--dry-run").succeeds();
    told.prints("would be")
        .prints("reason = \"C comes \\\"soon\\\"\"");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);

    let told = accept(&link, &GOOD).succeeds();
    told.prints("accepted until 2999-12-31")
        .prints("0 errors")
        .prints("it stays down");
    let after = fs::read_to_string(&file).unwrap();
    let added = after.strip_prefix(&text).expect("all of it is still there");
    assert!(added.starts_with("\n[[accept]]\n"), "{added}");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
    assert!(link.is_symlink());
    assert_eq!(check(&file)["accepted"], 1);

    // Once more: the same entry, with another day.
    let mut words = GOOD;
    words[5] = "2998-01-01";
    accept(&file, &words).succeeds().prints("accepted anew");
    let anew = fs::read_to_string(&file).unwrap();
    assert_eq!(anew, after.replace("2999-12-31", "2998-01-01"));
}

#[test]
fn in_a_folder_it_stands_beside_its_object_or_with_the_others() {
    let folder = folder::temporary();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    write("a.toml", HOSTS);
    write("b.toml", APPLICATIONS);
    let report = accept(folder.path(), &GOOD).arg("--json").succeeds();
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["change"], "added", "{report:#}");
    assert!(report["file"].as_str().unwrap().ends_with("b.toml"));
    assert_eq!(
        (&report["errors"], &report["accepted"]),
        (&0.into(), &1.into())
    );
    assert_eq!(read("a.toml"), HOSTS);

    // All of them stand in a file of their own: the next one goes there too.
    let accepted = read("b.toml");
    let (objects, block) = accepted.split_once("\n[[accept]]").unwrap();
    write("b.toml", objects);
    write("c.toml", &format!("# Known.\n[[accept]]{block}"));
    let words = [
        "TP5001",
        "A/B",
        "--reason",
        "later",
        "--until",
        "2999-01-01",
    ];
    accept(folder.path(), &words).succeeds().prints("c.toml");
    assert_eq!(read("b.toml"), objects);
}

#[test]
fn of_several_at_once_all_that_say_so_have_written() {
    let folder = folder::temporary();
    let file = folder.path().join("fleet.toml");
    let of_one = |number: usize| {
        format!(
            "[[application]]\nname = \"S{number}\"\nhost = \"a.example.com\"\n[[application.connection]]\nto = \"C\"\n"
        )
    };
    let applications: String = (0..8).map(of_one).collect();
    fs::write(&file, format!("{HOSTS}{applications}")).unwrap();
    let accepted = std::thread::scope(|scope| {
        let one = |number: usize| {
            let place = format!("S{number}/C");
            let mut words = GOOD;
            words[1] = &place;
            let told = accept(&file, &words).run();
            if told.status.success() {
                return 1;
            }
            told.says("was changed by somebody else")
                .says("run the command again");
            0
        };
        let calls: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || one(number)))
            .collect();
        calls
            .into_iter()
            .map(|call| call.join().unwrap())
            .sum::<usize>()
    });
    assert!(accepted > 0);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("[[accept]]").count(), accepted, "{text}");
}

#[test]
fn what_is_not_found_or_is_over_cannot_be_accepted() {
    let folder = folder::temporary();
    let file = folder.path().join("fleet.toml");
    let text = format!("{HOSTS}\n{APPLICATIONS}");
    fs::write(&file, &text).unwrap();
    let refuse = |at: usize, word: &str, says: &str, hint: &str| {
        let mut words = GOOD;
        words[at] = word;
        accept(&file, &words).refused(says).says(hint);
    };
    refuse(
        0,
        "TP1999",
        "no finding of a fleet has the code TP1999",
        "found there",
    );
    refuse(0, "TP2001", "is not found at B/C:default", "found there");
    refuse(1, "B/X", "the fleet has no place B/X:default", "B/C");
    refuse(
        5,
        "2026-11-20",
        "the last day 2026-11-20 is over",
        "or later",
    );
    for (at, word) in [(0, "5001"), (1, "fleet:x:y"), (3, "  "), (5, "tomorrow")] {
        let mut words = GOOD;
        words[at] = word;
        accept(&file, &words).exits_with(2);
    }
    fs::write(&file, format!("accept = []\n{text}")).unwrap();
    accept(&file, &GOOD)
        .refused("not edited")
        .says("write it by hand into that list:")
        .says("{ code = \"TP3003\", place = \"B/C:default\", reason = ");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        format!("accept = []\n{text}")
    );
}

#[test]
fn the_worst_is_listed_first_and_the_rest_can_be_left_out() {
    let folder = folder::temporary();
    let file = folder.path().join("fleet.toml");
    fs::write(&file, format!("{HOSTS}\n{APPLICATIONS}")).unwrap();
    let all = check(&file);
    let severity = |one: &Value| match one["severity"].as_str().unwrap() {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    };
    let findings = all["findings"].as_array().unwrap();
    for pair in findings.windows(2) {
        let same = pair[0]["place"] == pair[1]["place"];
        assert!(!same || severity(&pair[0]) <= severity(&pair[1]), "{all:#}");
    }
    let words = ["fleet", "check", "--json", "--min-severity", "error"];
    let errors = Call::trustpack(words).arg(&file).exits_with(1).stdout;
    let errors: Value = serde_json::from_str(&errors).unwrap();
    let listed = errors["findings"].as_array().unwrap();
    assert!(listed.len() < findings.len(), "{errors:#}");
    assert!(listed.iter().all(|one| severity(one) == 0), "{errors:#}");
    assert_eq!(errors["notes"], all["notes"]);
}
