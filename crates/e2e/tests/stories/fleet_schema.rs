//! The schema of the fleet file, judged by a validator that is not ours: it takes good fleets and refuses bad ones.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

const FLEET: &str = "[[host]]
name = \"a.example.com\"
addresses = [\"10.0.0.1\", \"::1\"]
platform = \"unix\"
[host.security]
certificate = \"/c.pem\"
certificate-key = \"/c.key\"
trusted-ca = \"/ca.pem\"
tls-mutual = 1
fips140-enabled = false
crl-freshness = 12
danger-accept-weak = 2027-01-01
address = \"passed over\"

[[application]]
name = \"A\"
component = \"Stat Server\"
host = \"a.example.com\"
certificate-source = \"host\"
security.sec-protocol = \"TLSv12\"
[[application.port]]
number = 1
mode = \"secured\"
transport = \"tls=1;tls-mutual=1\"
tunnel = \"[::1]:2\"
[[application.connection]]
to = \"A\"
tunnel = \"unix:/run/a\"

[[accept]]
code = \"TP5001\"
place = \"A/A\"
reason = \"why not\"
until = 2027-03-31
";

fn schema(folder: &Path) -> PathBuf {
    let path = folder.join("fleet.schema.json");
    let printed = Call::trustpack(["fleet", "schema"]).succeeds().stdout;
    fs::write(&path, printed).unwrap();
    path
}

fn validate(schema: &Path, files: &[PathBuf]) -> Call {
    let words = ["--no-cache", "--schemafile"];
    Call::python("check-jsonschema", words)
        .arg(schema)
        .args(files)
}

#[test]
fn item_2_7_1_it_takes_good_fleets_and_is_a_schema_itself() {
    let folder = folder::temporary();
    let schema = schema(folder.path());
    Call::python("check-jsonschema", ["--check-metaschema"])
        .arg(&schema)
        .succeeds();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let good = folder.path().join("good.toml");
    fs::write(&good, FLEET).unwrap();
    let mut files = vec![good];
    for example in fs::read_dir(examples).unwrap() {
        let example = example.unwrap().path();
        if !example.is_dir() {
            continue;
        }
        let inside = fs::read_dir(example).unwrap();
        let inside = inside.map(|file| file.unwrap().path());
        files.extend(inside.filter(|file| file.extension().is_some_and(|one| one == "toml")));
    }
    assert!(files.len() >= 9, "the examples are gone");
    validate(&schema, &files).succeeds();
}

/// What it refuses, `fleet check` finds too, at the place that is named here.
#[test]
fn it_refuses_bad_fleets() {
    let folder = folder::temporary();
    let schema = schema(folder.path());
    let bad = [
        ("[[host]]\nname", "[[host]]\nplatfrom = \"unix\"\nname"),
        ("platform = \"unix\"", "platform = \"linux\""),
        ("name = \"A\"\n", ""),
        ("number = 1", "number = 70000"),
        ("number = 1", "number = \"one\""),
        ("mode = \"secured\"", "mode = \"secure\""),
        ("tls=1;tls-mutual=1", "tls=1; tls-mutual=1"),
        ("tls-mutual = 1", "TLS-mutual = 1"),
        ("tls-mutual = 1", "tls-mutual = 2"),
        ("\"TLSv12\"", "\"TLSv9\""),
        (
            "\"/c.pem\"\ncertificate-key = \"/c.key\"",
            "\"/c.pem\"\ncertificate-key = \"c.key\"",
        ),
        ("\"unix:/run/a\"", "\"localhost:1\""),
        (
            "certificate-source = \"host\"",
            "certificate-source = \"file\"",
        ),
        ("\"TP5001\"", "\"5001\""),
        ("reason = \"why not\"\n", ""),
        ("until = 2027-03-31", "until = \"tomorrow\""),
    ];
    let mut files = Vec::new();
    for (number, (good, changed)) in bad.iter().enumerate() {
        assert!(FLEET.contains(good), "{good}");
        let file = folder.path().join(format!("bad{number}.toml"));
        fs::write(&file, FLEET.replacen(good, changed, 1)).unwrap();
        let check = Call::trustpack(["fleet", "check", "--strict"]).arg(&file);
        check.exits_with(1);
        files.push(file);
    }
    let refused = validate(&schema, &files).exits_with(1);
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy();
        assert!(
            refused.stdout.contains(&*name),
            "{name} is taken: {refused}"
        );
    }
}

/// The keys of the schema are those that the reader knows: it lists them where one is unknown.
#[test]
fn its_keys_are_those_of_the_reader() {
    let folder = folder::temporary();
    let schema = fs::read_to_string(schema(folder.path())).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let host = "[[host]]\nname = \"a.example.com\"\n";
    let application = "[[application]]\nname = \"A\"\nhost = \"a.example.com\"\n";
    let of = |path: &str| schema.pointer(path).unwrap().as_object().unwrap().clone();
    let inner = "/properties/application/items/properties";
    let objects = [
        ("xyz = 1\n".to_owned() + host, "/properties".to_owned()),
        (
            format!("{host}xyz = 1\n"),
            "/properties/host/items/properties".to_owned(),
        ),
        (format!("{host}{application}xyz = 1\n"), inner.to_owned()),
        (
            format!("{host}{application}[[application.port]]\nxyz = 1\n"),
            format!("{inner}/port/items/properties"),
        ),
        (
            format!("{host}{application}[[application.connection]]\nxyz = 1\n"),
            format!("{inner}/connection/items/properties"),
        ),
        (
            format!("{host}[[accept]]\nxyz = 1\n"),
            "/properties/accept/items/properties".to_owned(),
        ),
    ];
    for (text, path) in objects {
        let file = folder.path().join("fleet.toml");
        fs::write(&file, text).unwrap();
        let told = Call::trustpack(["fleet", "check"]).arg(&file).run().stdout;
        let line = told
            .lines()
            .find(|line| line.contains("xyz") && line.contains("allowed"));
        let line = line.unwrap_or_else(|| panic!("{told}"));
        let (_, allowed) = line.rsplit_once("allowed here are ").unwrap();
        let mut allowed: Vec<&str> = allowed.split([',', ';']).map(str::trim).collect();
        allowed.retain(|key| !key.is_empty() && !key.contains(' '));
        allowed.sort_unstable();
        let properties = of(&path);
        let mut keys: Vec<&str> = properties.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, allowed, "{path}");
    }
}
