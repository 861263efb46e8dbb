//! What `fleet check` finds between two ends, staged: the probe says why the connection does not come about, and the
//! connection works when the settings are mended.
//!
//! Long because each finding has its stage here.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{HOST, Wish};

use crate::asked::Asked;
use crate::scene::{Scene, option};
use crate::staged::{Found, Proven, code};
use crate::{failures, pairs};

/// What there is to show of a finding that concerns two ends.
enum Shown {
    /// It is staged in this story: fails, if it keeps a connection down, is found, and gone when it is mended.
    In(&'static str),
    /// Not with two ends on this machine, for this reason.
    Not(&'static str),
}

/// The story, under the code of the finding that it shows, which is its type.
fn story<const CODE: u16, S: Fn() -> Proven<CODE>>(_story: S) -> (u16, Shown) {
    (CODE, Shown::In(type_name::<S>()))
}

fn not(code: u16, why: &'static str) -> (u16, Shown) {
    (code, Shown::Not(why))
}

/// Every finding about two ends, and about what stands between them.
fn all() -> BTreeMap<u16, Shown> {
    BTreeMap::from([
        story(options_at_a_cluster),
        story(a_connection_in_clear_to_a_secured_port),
        story(a_client_that_wants_tls_of_an_open_port),
        story(a_target_that_the_fleet_does_not_have),
        story(a_port_that_the_target_does_not_have),
        not(
            3005,
            "an application without a host has no endpoint that could be asked",
        ),
        story(versions_of_both_ends),
        story(a_port_that_contradicts_itself),
        story(a_client_without_a_certificate),
        story(a_client_that_takes_every_server),
        story(a_client_that_takes_every_server_and_is_checked_itself),
        not(3013, "an application without a host has no name; see 3005"),
        not(
            3014,
            "about two listeners of one host, not about two ends; stories of tunnels have it",
        ),
        not(
            3015,
            "about one tunnel and itself; stories of tunnels have it",
        ),
        not(
            3016,
            "about the plain side of one end; stories of tunnels have it",
        ),
        not(3017, "needs the certificate store of Windows"),
        story(pairs::a_backup_that_demands_more_of_its_clients),
        story(suites_of_both_ends),
        story(kinds_that_the_catalogue_does_not_list),
        story(a_port_that_the_catalogue_does_not_list),
        story(a_note_of_the_catalogue),
        story(failures::path_the_client_does_not_trust_the_server),
        story(failures::name),
        story(failures::revocation),
        story(failures::revocation_by_a_list_of_another_ca),
        story(pairs::a_backup_that_trusts_others),
        story(a_client_of_windows_and_no_distribution_point),
        story(two_authorities),
        not(
            4108,
            "about files that were not looked at; fleets::a_folder_without_the_files_of_a_host",
        ),
        not(
            4041,
            "about a third one, who has the list; stories of fleet check --ask-points",
        ),
        not(4042, "likewise"),
    ])
}

#[test]
fn each_finding_about_two_ends_is_staged_or_it_is_said_why_not() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/findings.md"
    );
    let page = fs::read_to_string(page).unwrap();
    let known = all();
    let there = page.lines().filter_map(|line| line.strip_prefix("## TP"));
    let numbers = there.filter_map(|number| number.parse::<u16>().ok());
    for number in numbers.filter(|number| matches!(number / 100, 30 | 41)) {
        assert!(
            known.contains_key(&number),
            "{} is neither staged nor left out",
            code(number)
        );
    }
    for (number, shown) in known {
        let code = code(number);
        assert!(page.contains(&format!("## {code}\n")), "{code}");
        let story = match shown {
            Shown::In(story) => story,
            Shown::Not(why) => {
                assert!(!why.is_empty(), "{code}");
                continue;
            }
        };
        // That it shows this code is its type; that it is run is what stands above it.
        let mut path = story.rsplit("::");
        let (name, file) = (path.next().unwrap(), path.next().unwrap());
        let file = format!("{}/tests/probes/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(file).unwrap();
        let run = format!("#[test]\npub(crate) fn {name}() -> Proven<{number}> {{");
        let here = format!("#[test]\nfn {name}() -> Proven<{number}> {{");
        assert!(
            text.contains(&run) || text.contains(&here),
            "{code}: {story}"
        );
    }
}

/// A change to a scene.
type Change = fn(&mut Scene);

/// The connection is kept down by a finding: the sentence names this end and has these words as its remedy, and `mend`, which
/// is what they say, makes it work.
#[track_caller]
fn kept_down<const CODE: u16>(
    change: Change,
    at: &str,
    remedy: &[&str],
    mend: Change,
) -> Proven<CODE> {
    let mut scene = Scene::new();
    scene.start();
    scene.works();
    change(&mut scene);
    scene.write();
    scene.fails(&format!("{}: ", code(CODE)), at, remedy);
    let found = Found::<CODE>::here(&scene);
    mend(&mut scene);
    scene.start();
    scene.works();
    found.gone(&scene)
}

/// Adds a line of settings, or replaces it.
fn set(lines: &mut Vec<String>, line: &str) {
    Scene::set(lines, line.to_owned());
}

/// Takes the lines of an option out.
fn take_out(lines: &mut Vec<String>, option: &str) {
    lines.retain(|line| !line.starts_with(option));
}

const CLIENT: &str = "the client";

#[test]
fn a_connection_in_clear_to_a_secured_port() -> Proven<3001> {
    kept_down(
        |scene| scene.settings.connection = "tls=0".to_owned(),
        CLIENT,
        &["remove tls=0 from the connection"],
        |scene| scene.settings.connection = String::new(),
    )
}

#[test]
fn a_target_that_the_fleet_does_not_have() -> Proven<3003> {
    let wrong = |scene: &mut Scene| scene.settings.to = "Nobody".to_owned();
    let right = |scene: &mut Scene| scene.settings.to = "Server".to_owned();
    let remedy = ["name an application of the fleet", "; see "];
    let _of_other: Proven<3003> = kept_down(
        |scene| {
            scene.settings.of_connection = "engine = \"openssl\"".to_owned();
            scene.settings.to = "Nobody".to_owned();
        },
        CLIENT,
        &remedy,
        right,
    );
    kept_down(wrong, CLIENT, &remedy, right)
}

#[test]
fn a_port_that_the_target_does_not_have() -> Proven<3004> {
    let wrong = |scene: &mut Scene| scene.settings.to_port = "other".to_owned();
    let right = |scene: &mut Scene| scene.settings.to_port = "default".to_owned();
    let remedy = ["name a port of the target", "; see "];
    let _of_other: Proven<3004> = kept_down(
        |scene| {
            scene.settings.of_connection = "engine = \"openssl\"".to_owned();
            scene.settings.to_port = "other".to_owned();
        },
        CLIENT,
        &remedy,
        right,
    );
    kept_down(wrong, CLIENT, &remedy, right)
}

#[test]
fn a_client_without_a_certificate() -> Proven<3010> {
    kept_down(
        |scene| take_out(&mut scene.settings.client, "certificate"),
        CLIENT,
        &["set certificate and certificate-key"],
        |scene| Scene::own(&scene.pki, &mut scene.settings.client, "desk"),
    )
}

#[test]
fn versions_of_both_ends() -> Proven<3006> {
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
    let _first: Proven<3006> = kept_down(newer, "the server", &remedy, |scene| {
        take_out(&mut scene.settings.server, "sec-protocol-max");
    });
    let _second: Proven<3006> = kept_down(newer, "the server", &remedy, |scene| {
        set(&mut scene.settings.client, "sec-protocol = \"TLSv12\"");
    });
    // One end alone.
    let none_left = |scene: &mut Scene| {
        set(&mut scene.settings.client, "sec-protocol = \"TLSv13\"");
        set(&mut scene.settings.client, "sec-protocol-max = \"TLSv12\"");
    };
    let remedy = ["change sec-protocol or sec-protocol-max"];
    kept_down(none_left, CLIENT, &remedy, |scene| {
        take_out(&mut scene.settings.client, "sec-protocol-max");
    })
}

#[test]
fn suites_of_both_ends() -> Proven<3019> {
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
    let _first: Proven<3019> = kept_down(suites, "either end", &remedy, |scene| {
        let both = "cipher-list = \"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384\"";
        set(&mut scene.settings.client, both);
    });
    kept_down(suites, "either end", &remedy, |scene| {
        take_out(&mut scene.settings.server, "cipher-list");
    })
}

/// The port's own error is what is to be mended, whoever does TLS for the client.
#[test]
fn a_port_that_contradicts_itself() -> Proven<3007> {
    let mut scene = Scene::new();
    let good = scene.settings.clone();
    scene.start();
    scene.settings.port = "tls=1;tls-mutual=1;upgrade=1".to_owned();
    for change in [|_: &mut Scene| {}, of_openssl] {
        change(&mut scene);
        scene.write();
        scene.fails("TP2010: ", "the server", &["; see ", "fleet.toml:"]);
    }
    let found = Found::here(&scene);
    scene.settings.of_connection.clone_from(&good.of_connection);
    what_the_log_says_of_a_port(&mut scene);
    scene.settings = good;
    scene.start();
    scene.works();
    found.gone(&scene)
}

/// The tunnel of the client writes what it has of the port (TP2010), and what it has itself, as a start or a change comes to it.
#[track_caller]
fn what_the_log_says_of_a_port(scene: &mut Scene) {
    let of_port = "TP3007: whether Server:default speaks TLS cannot be told, because of the error TP2010 at Server:default \
                   (remedy: mend TP2010 at Server:default)";
    let of_both = format!("{of_port}; fleet.toml:1:2: TP1013: no value (remedy: give one)");
    let next = "; when that is mended, the client has an error: TP1013: ";
    for (connection, findings, at, too) in [
        ("", of_port, "the server", "; see "),
        ("sec-protocol=WRONG", &*of_both, "both ends", next),
    ] {
        scene.settings.connection = connection.to_owned();
        scene.write();
        for message in ["not started", "it stays as it was"] {
            let line = format!(
                "WARN {message} place=\"Desk/Server:default\" reason=\"why\" findings=\"{findings}\""
            );
            let call = || Call::trustpack(["explain-failure", "--json"]);
            let told = Asked::of(call().arg(&line).run());
            assert_eq!(told.text("/explained/0/at"), at, "{told}");
            let remedy = told.text("/explained/0/remedy");
            assert!(remedy.starts_with("mend what is named"), "{told}");
            let told = Asked::of(call().arg("--fleet").arg(scene.fleet()).arg(&line).run());
            assert_eq!(told.text("/explained/0/at"), "the server", "{told}");
            let what = told.text("/explained/0/what");
            let begins = format!("{message}: why: the server has an error: TP2010: ");
            assert!(what.starts_with(&begins), "{told}");
            let remedy = told.text("/explained/0/remedy");
            assert!(remedy.contains("; see ") && remedy.contains(too), "{told}");
        }
    }
}

/// Lets OpenSSL do TLS for the client.
fn of_openssl(scene: &mut Scene) {
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
}

/// The settings of the client are told, and then what runs there, which has another name.
#[test]
fn a_client_of_another_engine_at_a_server_of_another_name() -> Proven<3001> {
    kept_down(
        |scene| {
            of_openssl(scene);
            scene.settings.connection = "tls=0".to_owned();
            scene.pki.issue(Wish {
                extensions: "subjectAltName=DNS:other.example.com",
                ..Wish::host("other", "root")
            });
            Scene::own(&scene.pki, &mut scene.settings.server, "other");
            scene.start();
        },
        CLIENT,
        &[
            "remove tls=0 from the connection",
            "; when that is mended, the certificate ",
            "; on the server: ",
        ],
        |scene| {
            scene.settings.connection = String::new();
            Scene::own(&scene.pki, &mut scene.settings.server, "host");
        },
    )
}

/// Nobody can try it as that client: its settings say that it fails.
#[test]
fn clients_of_another_engine() {
    let _clear: Proven<3001> = kept_down(
        |scene| {
            of_openssl(scene);
            scene.settings.connection = "tls=0".to_owned();
        },
        CLIENT,
        &["remove tls=0 from the connection"],
        |scene| scene.settings.connection = String::new(),
    );
    let _certificate: Proven<3010> = kept_down(
        |scene| {
            of_openssl(scene);
            take_out(&mut scene.settings.client, "certificate");
        },
        CLIENT,
        &["set certificate and certificate-key"],
        |scene| Scene::own(&scene.pki, &mut scene.settings.client, "desk"),
    );
    let _version: Proven<3006> = kept_down(
        |scene| {
            of_openssl(scene);
            set(&mut scene.settings.client, "sec-protocol = \"TLSv12\"");
            set(&mut scene.settings.server, "sec-protocol = \"TLSv13\"");
        },
        CLIENT,
        &["take sec-protocol = TLSv12 ("],
        |scene| take_out(&mut scene.settings.client, "sec-protocol"),
    );
    let _suite: Proven<3019> = kept_down(
        |scene| {
            of_openssl(scene);
            set(&mut scene.settings.client, "sec-protocol = \"TLSv12\"");
            let list = "cipher-list = \"TLS_AES_128_GCM_SHA256\"";
            set(&mut scene.settings.client, list);
        },
        CLIENT,
        &["take cipher-list = TLS_AES_128_GCM_SHA256 ("],
        |scene| take_out(&mut scene.settings.client, "cipher-list"),
    );
    // What it makes of that is not known.
    let _credentials: Proven<2020> = kept_down(
        |scene| {
            of_openssl(scene);
            let [own, key] = [scene.pki.certificate("desk"), scene.pki.key("desk")];
            let own = format!(
                "certificate={};certificate-key={}",
                own.display(),
                key.display()
            );
            scene.settings.connection = own;
        },
        CLIENT,
        &["set trusted-ca at the level of the endpoint"],
        |scene| {
            let root = scene.pki.certificate("root").display().to_string();
            let trusting = format!(";trusted-ca={root}");
            scene.settings.connection.push_str(&trusting);
        },
    );
}

#[test]
fn a_client_that_wants_tls_of_an_open_port() -> Proven<3002> {
    let open = |scene: &mut Scene| {
        scene.settings.mode = "unsecured".to_owned();
        scene.settings.port = String::new();
        scene.settings.connection = "tls=1".to_owned();
    };
    let remedy = ["secure the port with tls=1, or remove tls=1 from the connection"];
    kept_down(open, CLIENT, &remedy, |scene| {
        scene.settings.mode = "secured".to_owned();
        scene.settings.port = "tls=1".to_owned();
    })
}

/// `fleet check` warns of what changes, which keeps nothing down; mended it does not, and the connection works.
#[track_caller]
fn warned<const CODE: u16>(change: impl Fn(&mut Scene), place: &str) -> Proven<CODE> {
    let mut scene = Scene::new();
    let good = scene.settings.clone();
    change(&mut scene);
    scene.start();
    let found = Found::<CODE>::at(&scene, place);
    scene.works();
    scene.settings = good;
    scene.start();
    scene.works();
    found.gone(&scene)
}

const CONNECTION: &str = "Desk/Server:default";

/// A client that checks nothing.
fn takes_all(scene: &mut Scene) {
    let line = "client-auth = \"0\"".to_owned();
    Scene::set(&mut scene.settings.client, line);
    take_out(&mut scene.settings.client, "tls-target-name-check");
}

#[test]
fn a_client_that_takes_every_server_and_is_checked_itself() -> Proven<3012> {
    warned(takes_all, CONNECTION)
}

#[test]
fn a_client_that_takes_every_server() -> Proven<3011> {
    let simple = |scene: &mut Scene| {
        takes_all(scene);
        scene.settings.port = "tls=1".to_owned();
    };
    warned(simple, "host desk.example.com")
}

#[test]
fn two_authorities() -> Proven<4107> {
    // The certificates of both come from different roots, and each end trusts both.
    let mut scene = Scene::new();
    let one_root = scene.settings.clone();
    scene.pki.issue(Wish::host("newer", "other-root"));
    Scene::own(&scene.pki, &mut scene.settings.client, "newer");
    let both = scene.pki.bundle("both.pem", &["root", "other-root"]);
    for end in [&mut scene.settings.client, &mut scene.settings.server] {
        Scene::set(end, option("trusted-ca", &both));
    }
    scene.start();
    let found = Found::here(&scene);
    scene.works();
    scene.settings = one_root;
    scene.start();
    scene.works();
    found.gone(&scene)
}

/// Kinds of the catalogue for server and client.
fn of(server: &str, client: &str) -> Option<[String; 2]> {
    Some([server.to_owned(), client.to_owned()])
}

#[test]
fn kinds_that_the_catalogue_does_not_list() -> Proven<3020> {
    let unlisted = |scene: &mut Scene| {
        scene.settings.components = of("SMS Server", "Chat Server");
    };
    warned(unlisted, CONNECTION)
}

/// Kinds whose link the catalogue lists, and has a note on, at the port ESP.
fn at_esp(scene: &mut Scene) {
    scene.settings.components = of("Chat Server", "Interaction Server");
}

#[test]
fn a_port_that_the_catalogue_does_not_list() -> Proven<3021> {
    warned(at_esp, CONNECTION)
}

#[test]
fn a_note_of_the_catalogue() -> Proven<3022> {
    let mut scene = Scene::new();
    let other_kinds = scene.settings.clone();
    at_esp(&mut scene);
    // The port that the note is about.
    scene.settings.of_port = "id = \"ESP\"".to_owned();
    scene.settings.to_port = "ESP".to_owned();
    scene.start();
    let found = Found::here(&scene);
    let findings = scene.findings();
    let is_listed = findings.iter().all(|(code, _)| code != "TP3021");
    assert!(is_listed, "{findings:?}");
    scene.works_at("Desk/Server:ESP");
    scene.settings = other_kinds;
    scene.start();
    scene.works();
    found.gone(&scene)
}

#[test]
fn options_at_a_cluster() -> Proven<2013> {
    // The options of a cluster are those of its node.
    let cluster = |scene: &mut Scene| {
        scene.settings.components = of("Co-browse Server", "Chat Server");
        let check = "tls-target-name-check = \"no\"";
        scene.settings.more = format!(
            "[[application]]\nname = \"Cluster\"\nhost = \"host.example.com\"\ncomponent = \"Co-browse Server\"\n\
             [application.security]\n{check}\n"
        );
    };
    warned(cluster, "application Cluster")
}

#[test]
fn a_client_of_windows_and_no_distribution_point() -> Proven<4106> {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"schannel\"".to_owned();
    scene.start();
    let found = Found::here(&scene);
    scene.works();
    // As the remedy says: a certificate that names one.
    let named = format!("{HOST}\ncrlDistributionPoints=URI:http://host.example.com/ca.crl");
    scene.pki.issue(Wish {
        extensions: &named,
        ..Wish::host("named", "root")
    });
    Scene::own(&scene.pki, &mut scene.settings.server, "named");
    scene.start();
    scene.works();
    found.gone(&scene)
}
