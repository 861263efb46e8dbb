//! What `fleet check` finds between two ends, staged: the probe says why the connection does not come about, and the
//! connection works when the settings are mended.

use std::collections::BTreeMap;
use std::fs;

use trustpack_e2e::pki::{HOST, Wish};

use crate::scene::{Scene, option};

/// How a finding that concerns two ends is shown to be one.
enum Shown {
    /// The connection is kept down, the probe says so, and it works when it is mended: in this story.
    KeptDown(&'static str),
    /// Nothing fails; `fleet check` finds it, and no longer when it is mended: in this story.
    Warned(&'static str),
    /// Not with two ends on this machine, for this reason.
    Not(&'static str),
}

/// Every finding about two ends, and about what stands between them.
const ALL: [(&str, Shown); 31] = [
    ("TP2013", Shown::Warned("what_the_catalogue_says")),
    ("TP3001", Shown::KeptDown("both_ends")),
    (
        "TP3002",
        Shown::KeptDown("a_client_that_wants_tls_of_an_open_port"),
    ),
    ("TP3003", Shown::KeptDown("both_ends")),
    ("TP3004", Shown::KeptDown("both_ends")),
    (
        "TP3005",
        Shown::Not("an application without a host has no endpoint that could be asked"),
    ),
    (
        "TP3006",
        Shown::KeptDown("versions_and_suites_of_both_ends"),
    ),
    (
        "TP3007",
        Shown::Not("the port's own error comes first: it is what keeps both down"),
    ),
    ("TP3010", Shown::KeptDown("both_ends")),
    ("TP3011", Shown::Warned("what_is_warned_of_at_both_ends")),
    ("TP3012", Shown::Warned("what_is_warned_of_at_both_ends")),
    (
        "TP3013",
        Shown::Not("an application without a host has no name; see TP3005"),
    ),
    (
        "TP3014",
        Shown::Not(
            "about two listeners of one host, not about two ends; stories of tunnels have it",
        ),
    ),
    (
        "TP3015",
        Shown::Not("about one tunnel and itself; stories of tunnels have it"),
    ),
    (
        "TP3016",
        Shown::Not("about the plain side of one end; stories of tunnels have it"),
    ),
    (
        "TP3017",
        Shown::Not("needs the certificate store of Windows"),
    ),
    (
        "TP3018",
        Shown::Warned("pairs::a_backup_that_demands_more_of_its_clients"),
    ),
    (
        "TP3019",
        Shown::KeptDown("versions_and_suites_of_both_ends"),
    ),
    ("TP3020", Shown::Warned("what_the_catalogue_says")),
    ("TP3021", Shown::Warned("what_the_catalogue_says")),
    ("TP3022", Shown::Warned("what_the_catalogue_says")),
    (
        "TP4101",
        Shown::KeptDown("failures::path_the_client_does_not_trust_the_server"),
    ),
    ("TP4102", Shown::KeptDown("failures::name")),
    ("TP4103", Shown::KeptDown("failures::revocation")),
    ("TP4104", Shown::KeptDown("failures::revocation")),
    (
        "TP4105",
        Shown::Warned("pairs::a_backup_that_trusts_others"),
    ),
    (
        "TP4106",
        Shown::Warned("a_client_of_windows_and_no_distribution_point"),
    ),
    ("TP4107", Shown::Warned("what_is_warned_of_at_both_ends")),
    (
        "TP4108",
        Shown::Not(
            "about files that were not looked at; fleets::a_folder_without_the_files_of_a_host",
        ),
    ),
    (
        "TP4041",
        Shown::Not("about a third one, who has the list; stories of fleet check --ask-points"),
    ),
    ("TP4042", Shown::Not("likewise")),
];

#[test]
fn each_finding_about_two_ends_is_staged_or_it_is_said_why_not() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/findings.md"
    );
    let page = fs::read_to_string(page).unwrap();
    let there = page.lines().filter_map(|line| line.strip_prefix("## "));
    let of_two_ends = there.filter(|code| code.starts_with("TP30") || code.starts_with("TP41"));
    let known: BTreeMap<&str, &Shown> = ALL.iter().map(|(code, shown)| (*code, shown)).collect();
    for code in of_two_ends {
        assert!(
            known.contains_key(code),
            "{code} is neither staged nor left out"
        );
    }
    // The stories that are named are there, and name the code, unless they show it by the words that people see.
    let stories = ["findings", "failures", "pairs"].map(|name| {
        let path = format!("{}/tests/probes/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        (name, fs::read_to_string(path).unwrap())
    });
    for (code, shown) in known {
        assert!(page.contains(&format!("## {code}\n")), "{code}");
        let story = match shown {
            Shown::KeptDown(story) | Shown::Warned(story) => story,
            Shown::Not(why) => {
                assert!(!why.is_empty(), "{code}");
                continue;
            }
        };
        let (file, name) = story.split_once("::").unwrap_or(("findings", story));
        let (_, text) = stories.iter().find(|(name, _)| *name == file).unwrap();
        assert!(text.contains(&format!("fn {name}()")), "{code}: {story}");
    }
}

/// A change to a scene.
type Change = fn(&mut Scene);

/// The connection is kept down by a finding: the sentence names this end and has these words as its remedy, and `mend`, which
/// is what they say, makes it work.
#[track_caller]
fn kept_down(change: Change, code: &str, at: &str, remedy: &[&str], mend: Change) {
    let mut scene = Scene::new();
    scene.start();
    scene.works();
    change(&mut scene);
    scene.write();
    scene.fails(&format!("{code}: "), at, remedy);
    mend(&mut scene);
    scene.start();
    scene.works();
}

/// Adds a line of settings, or replaces it.
fn set(lines: &mut Vec<String>, line: &str) {
    Scene::set(lines, line.to_owned());
}

/// Takes the lines of an option out.
fn take_out(lines: &mut Vec<String>, option: &str) {
    lines.retain(|line| !line.starts_with(option));
}

#[test]
fn both_ends() {
    let client = "the client";
    kept_down(
        |scene| scene.settings.connection = "tls=0".to_owned(),
        "TP3001",
        client,
        &["remove tls=0 from the connection"],
        |scene| scene.settings.connection = String::new(),
    );
    kept_down(
        |scene| scene.settings.to = "Nobody".to_owned(),
        "TP3003",
        client,
        &["name an application of the fleet"],
        |scene| scene.settings.to = "Server".to_owned(),
    );
    kept_down(
        |scene| scene.settings.to_port = "other".to_owned(),
        "TP3004",
        client,
        &["name a port of the target"],
        |scene| scene.settings.to_port = "default".to_owned(),
    );
    kept_down(
        |scene| take_out(&mut scene.settings.client, "certificate"),
        "TP3010",
        client,
        &["set certificate and certificate-key"],
        |scene| Scene::own(&scene.pki, &mut scene.settings.client, "desk"),
    );
}

#[test]
fn versions_and_suites_of_both_ends() {
    let newer = |scene: &mut Scene| {
        set(&mut scene.settings.client, "sec-protocol = \"TLSv13\"");
        set(&mut scene.settings.server, "sec-protocol-max = \"TLSv12\"");
    };
    let remedy = [
        "take sec-protocol-max = TLSv12 (",
        "fleet.toml:",
        "out, or let it allow more; or lower sec-protocol = TLSv13 (",
        "on the client",
    ];
    kept_down(newer, "TP3006", "the server", &remedy, |scene| {
        take_out(&mut scene.settings.server, "sec-protocol-max");
    });
    kept_down(newer, "TP3006", "the server", &remedy, |scene| {
        set(&mut scene.settings.client, "sec-protocol = \"TLSv12\"");
    });
    // One end alone.
    let none_left = |scene: &mut Scene| {
        set(&mut scene.settings.client, "sec-protocol = \"TLSv13\"");
        set(&mut scene.settings.client, "sec-protocol-max = \"TLSv12\"");
    };
    let remedy = ["change sec-protocol or sec-protocol-max"];
    kept_down(none_left, "TP3006", "the client", &remedy, |scene| {
        take_out(&mut scene.settings.client, "sec-protocol-max");
    });
    let suites = |scene: &mut Scene| {
        set(&mut scene.settings.client, "sec-protocol-max = \"TLSv12\"");
        let one = "cipher-list = \"ECDHE-ECDSA-AES128-GCM-SHA256\"";
        set(&mut scene.settings.client, one);
        let other = "cipher-list = \"ECDHE-ECDSA-AES256-GCM-SHA384\"";
        set(&mut scene.settings.server, other);
    };
    let remedy = [
        "let cipher-list = ECDHE-ECDSA-AES128-GCM-SHA256 (",
        "of the client and cipher-list = ECDHE-ECDSA-AES256-GCM-SHA384 (",
        "of the server have suites in common, or take one of them out",
    ];
    kept_down(suites, "TP3019", "either end", &remedy, |scene| {
        let both = "cipher-list = \"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384\"";
        set(&mut scene.settings.client, both);
    });
    kept_down(suites, "TP3019", "either end", &remedy, |scene| {
        take_out(&mut scene.settings.server, "cipher-list");
    });
}

#[test]
fn a_client_that_wants_tls_of_an_open_port() {
    let open = |scene: &mut Scene| {
        scene.settings.mode = "unsecured".to_owned();
        scene.settings.port = String::new();
        scene.settings.connection = "tls=1".to_owned();
    };
    let remedy = ["secure the port with tls=1, or remove tls=1 from the connection"];
    kept_down(open, "TP3002", "the client", &remedy, |scene| {
        scene.settings.mode = "secured".to_owned();
        scene.settings.port = "tls=1".to_owned();
    });
}

/// `fleet check` warns of what changes, which keeps nothing down; `mended` it does not, and the connection works.
#[track_caller]
fn warned(change: impl Fn(&mut Scene), code: &str, place: &str) {
    let mut scene = Scene::new();
    let good = scene.settings.clone();
    change(&mut scene);
    scene.start();
    let found = |scene: &Scene| {
        let all = scene.findings();
        all.iter().any(|(one, at)| one == code && at == place)
    };
    assert!(found(&scene), "{code}: {:?}", scene.findings());
    scene.works();
    scene.settings = good;
    scene.start();
    assert!(!found(&scene), "{code}: {:?}", scene.findings());
    scene.works();
}

#[test]
fn what_is_warned_of_at_both_ends() {
    let place = "Desk/Server:default";
    let takes_all = |scene: &mut Scene| {
        let line = "client-auth = \"0\"".to_owned();
        Scene::set(&mut scene.settings.client, line);
        let name = "tls-target-name-check".to_owned();
        scene.settings.client.retain(|old| !old.starts_with(&name));
    };
    warned(takes_all, "TP3012", place);
    let simple = |scene: &mut Scene| {
        takes_all(scene);
        scene.settings.port = "tls=1".to_owned();
    };
    warned(simple, "TP3011", "host desk.example.com");
    // The certificates of both come from different roots, and each end trusts both.
    let two_roots = |scene: &mut Scene| {
        scene.pki.issue(Wish::host("desk", "other-root"));
        let both = scene.pki.bundle("both.pem", &["root", "other-root"]);
        for end in [&mut scene.settings.client, &mut scene.settings.server] {
            Scene::set(end, option("trusted-ca", &both));
        }
    };
    let mut scene = Scene::new();
    two_roots(&mut scene);
    scene.start();
    let findings = scene.findings();
    assert!(
        findings.iter().any(|(code, _)| code == "TP4107"),
        "{findings:?}"
    );
    scene.works();
}

#[test]
fn what_the_catalogue_says() {
    let place = "Desk/Server:default";
    let of = |server: &str, client: &str| Some([server.to_owned(), client.to_owned()]);
    let unlisted = |scene: &mut Scene| {
        scene.settings.components = of("SMS Server", "Chat Server");
    };
    warned(unlisted, "TP3020", place);
    let other_port = |scene: &mut Scene| {
        scene.settings.components = of("Chat Server", "Interaction Server");
    };
    warned(other_port, "TP3021", place);
    // The port that the note is about; it remains where the note was read, and the connection works.
    let mut scene = Scene::new();
    scene.settings.of_port = "id = \"ESP\"".to_owned();
    scene.settings.to_port = "ESP".to_owned();
    other_port(&mut scene);
    scene.start();
    let findings = scene.findings();
    let has = |wanted: &str| findings.iter().any(|(code, _)| code == wanted);
    assert!(has("TP3022") && !has("TP3021"), "{findings:?}");
    scene.works_at("Desk/Server:ESP");
    // The options of a cluster are those of its node.
    let cluster = |scene: &mut Scene| {
        scene.settings.components = of("Co-browse Server", "Chat Server");
        let check = "tls-target-name-check = \"no\"";
        scene.settings.more = format!(
            "[[application]]\nname = \"Cluster\"\nhost = \"host.example.com\"\ncomponent = \"Co-browse Server\"\n\
             [application.security]\n{check}\n"
        );
    };
    warned(cluster, "TP2013", "application Cluster");
}

#[test]
fn a_client_of_windows_and_no_distribution_point() {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"schannel\"".to_owned();
    scene.start();
    let found = |scene: &Scene| scene.findings().iter().any(|(code, _)| code == "TP4106");
    assert!(found(&scene), "{:?}", scene.findings());
    scene.works();
    // As the remedy says: a certificate that names one.
    let named = format!("{HOST}\ncrlDistributionPoints=URI:http://host.example.com/ca.crl");
    scene.pki.issue(Wish {
        extensions: &named,
        ..Wish::host("named", "root")
    });
    let lines = &mut scene.settings.server;
    Scene::set(
        lines,
        option("certificate", &scene.pki.certificate("named")),
    );
    Scene::set(lines, option("certificate-key", &scene.pki.key("named")));
    scene.start();
    assert!(!found(&scene), "{:?}", scene.findings());
    scene.works();
}
