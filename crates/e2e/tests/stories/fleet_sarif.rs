//! Findings as SARIF: what the tools read that show them beside the lines.

use std::fs;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

const FLEET: &str = "[[host]]
name = \"a.example.com\"

[[application]]
name = \"A\"
host = \"a.example.com\"
[[application.port]]
number = 1
transport = \"tls=yes\"

[[accept]]
code = \"TP1013\"
place = \"A\"
reason = \"it is being mended\"
until = 2999-12-31
";

#[test]
fn a_finding_is_a_result_with_its_line_its_place_and_its_acceptance() {
    let folder = folder::temporary();
    let file = folder.path().join("my fleet.toml");
    fs::write(&file, FLEET).unwrap();
    let call = Call::trustpack(["fleet", "check", "--format", "sarif"]).arg(&file);
    let log: Value = serde_json::from_str(&call.exits_with(0).stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "TP1013");
    assert_eq!(result["level"], "error");
    assert_eq!(result["suppressions"][0]["kind"], "external");
    let place = &result["locations"][0];
    assert_eq!(
        place["logicalLocations"][0]["fullyQualifiedName"],
        "A:default"
    );
    let region = &place["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 9, "{result:#}");
    assert_eq!(region["startColumn"], 18);
    assert_eq!(region["endColumn"], 21);
    let uri = place["physicalLocation"]["artifactLocation"]["uri"]
        .as_str()
        .unwrap();
    assert!(
        uri.starts_with("file:///") && uri.ends_with("/my%20fleet.toml"),
        "{uri}"
    );
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "TP1013"));
}

/// Each finding is written as it comes: as one text in memory these took more than they may have here.
#[test]
fn many_findings_take_little_memory() {
    let folder = folder::temporary();
    let file = folder.path().join("fleet.toml");
    let mut text = "[[host]]\nname = \"a.example.com\"\n".to_owned();
    for number in 0..25_000 {
        let lines = format!("[[application]]\nname = \"A{number}\"\nhost = \"z\"\n");
        text.push_str(&lines);
    }
    fs::write(&file, text).unwrap();
    for format in ["sarif", "json"] {
        let little = "ulimit -v 250000; exec \"$0\" \"$@\"";
        let call = Call::foreign("sh", ["-c", little])
            .arg(trustpack_e2e::program::trustpack())
            .args(["fleet", "check", "--format", format])
            .arg(&file);
        let found: Value = serde_json::from_str(&call.exits_with(1).stdout).unwrap();
        let results = found
            .pointer("/runs/0/results")
            .or_else(|| found.get("findings"));
        let errors = results.and_then(Value::as_array).map_or(0, Vec::len);
        assert!(errors >= 25_000, "{format}: {errors}");
    }
}
