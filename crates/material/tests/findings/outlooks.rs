//! What becomes of a port whose certificate has something wrong (2.8, `fleet show`): whether it fails, and who gets in.

use trustpack_keystore::pem;
use trustpack_material::outlook::{self, Course, Others};
use trustpack_settings::endpoint::State;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::resolve;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{KeyUse, Purpose};

use crate::as_it_stands::{Ground, SERVER, dialled_by, served_by};
use crate::support::{Authority, Host, between, new_key, time};
use crate::two_ends::{Fleet, NOW, year};

/// What becomes of the port, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It serves.
    Serves,
    /// Nobody gets in: it fails.
    Fails,
    /// Only those get in that do not look at its certificate.
    Unchecked,
    /// Only those that come in plain text.
    Plain,
    /// Whether clients get in that look at it is not known.
    Unknown,
}

fn told(fleet: &Fleet) -> Told {
    let path = "fleet.toml";
    let source = Source {
        path,
        text: &fleet.text,
    };
    let resolution = resolve(&fleet_file::read(&[source]), time(NOW));
    let survey = fleet.surveyed();
    let server = resolution.endpoint(&"Server".parse().unwrap()).unwrap();
    let outlook = outlook::of(server, &resolution, Some(&survey), time(NOW));
    let told = match outlook.course {
        Course::Unwanted { others, .. } => match others {
            Others::Nobody => Told::Fails,
            Others::Unchecking => Told::Unchecked,
            Others::Plain => Told::Plain,
        },
        Course::Serves => Told::Serves,
        Course::Unknown(_) => Told::Unknown,
        Course::Refused | Course::Down(_) | Course::Connects(_) => panic!("{outlook:?}"),
    };
    let fails = told == Told::Fails;
    assert_eq!(outlook.state == State::Failing, fails, "{outlook:?}");
    told
}

/// The client has its certificates in a store that is no file.
fn of_windows(fleet: Fleet) -> Fleet {
    dialled_by(fleet, "schannel").change(
        "platform = \"unix\"\n[host.security]\ncertificate = \"/own.pem\"\ncertificate-key = \"/key.pem\"\ntrusted-ca = \"/ca.pem\"\n",
        "platform = \"windows\"\n[host.security]\ncertificate = \"00112233445566778899aabbccddeeff00112233\"\n",
    )
}

/// The client looks at no certificate.
fn unchecking(fleet: Fleet) -> Fleet {
    fleet.change(
        "\"host\"\n[[application.connection]]",
        "\"host\"\nclient-auth = \"0\"\n[[application.connection]]",
    )
}

/// Another client beside the one that is there.
fn and(mut fleet: Fleet, other: &str) -> Fleet {
    fleet.text.push_str(other);
    fleet
}

/// One whose settings are refused; what its program makes of them is not known.
const REFUSED: &str = r#"
[[application]]
name = "Wrong"
host = "a.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"
transport = "sec-protocol=TLSv99"
"#;

/// One whose certificates are in a store that is no file.
const UNSEEN: &str = r#"
[[host]]
name = "c.example.com"
platform = "windows"
[host.security]
certificate = "00112233445566778899aabbccddeeff00112233"
[[application]]
name = "Unseen"
host = "c.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"
"#;

/// What is wrong with the certificate of the port.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// Nothing.
    Nothing,
    /// TP4012.
    Expired,
    /// TP4018, its extended key usage.
    Purpose,
    /// TP4017.
    Authority,
    /// TP4008.
    Gap,
    /// TP4018, its key usage.
    KeyUsage,
    /// TP4021; whether OpenSSL starts with it is not known either, so the port is Java's.
    Weak,
}

fn with(wrong: Wrong, ground: &Ground) -> Fleet {
    let engine = if matches!(wrong, Wrong::Weak) {
        "jsse"
    } else {
        "openssl"
    };
    let files = |certificates: &[&Certificate]| served_by(ground.with(certificates), engine);
    let (own, sub) = (&ground.own.certificate, &ground.sub.certificate);
    let mut host = year(SERVER);
    match wrong {
        Wrong::Nothing => return files(&[own, sub]),
        Wrong::Gap => return files(&[own]),
        Wrong::Authority => {
            let (certificate, key) = ground.root.as_host();
            let mut fleet = files(&[certificate]);
            let key = pem::private_key_to_pem(key);
            fleet.file(SERVER, "/key.pem", key.as_str());
            return fleet;
        }
        Wrong::Expired => host.validity = between("2019-01-01", "2020-01-01"),
        Wrong::Purpose => host.purposes = vec![Purpose::ClientAuth],
        Wrong::KeyUsage => host.uses = vec![KeyUse::KeyAgreement],
        Wrong::Weak => host.digest = Digest::Sha1,
    }
    let mut fleet = files(&[]);
    fleet.identity(SERVER, &ground.root.issue(&host), &[]);
    fleet
}

/// The port of this fleet with each kind of client.
fn with_clients(fleet: impl Fn() -> Fleet) -> [Fleet; CLIENTS] {
    let alone = "[[application.connection]]\nto = \"Server\"\ntunnel = \"127.0.0.1:14060\"\n";
    let openssl = || dialled_by(fleet(), "openssl");
    let says = |parameters: &str| {
        let to = "to = \"Server\"\n";
        openssl().change(to, &format!("{to}transport = \"{parameters}\"\n"))
    };
    let mut without_key = openssl();
    let other = pem::private_key_to_pem(&new_key());
    without_key.file("a.example.com", "/key.pem", other.as_str());
    [
        fleet().change(alone, ""),
        openssl(),
        of_windows(fleet()),
        unchecking(of_windows(fleet())),
        says("sec-protocol=TLSv99"),
        and(openssl(), UNSEEN),
        and(openssl(), REFUSED),
        and(unchecking(openssl()), REFUSED),
        without_key,
        says("tls=0"),
    ]
}

const CLIENTS: usize = 10;

/// Each finding at the certificate of a port, and each kind of client: what the finding says decides, and only where it says
/// nothing for certain, what is known of the clients.
#[test]
fn what_becomes_of_a_port_is_decided_by_its_finding_and_by_who_comes() {
    use Told::{Fails as F, Serves, Unchecked as C, Unknown as U};
    let ground = Ground::new();
    let cases: [(Wrong, [Told; CLIENTS]); 7] = [
        (Wrong::Nothing, [Serves; CLIENTS]),
        (Wrong::Expired, [F, F, F, C, F, F, F, C, F, F]),
        (Wrong::Purpose, [F, F, F, C, F, F, F, C, F, F]),
        (Wrong::Authority, [F, F, F, C, F, F, F, C, F, F]),
        // Who has the intermediate takes it.
        (Wrong::Gap, [F, F, U, C, U, U, U, U, F, F]),
        // Some programs take it.
        (Wrong::KeyUsage, [U; CLIENTS]),
        (Wrong::Weak, [U; CLIENTS]),
    ];
    for (wrong, want) in cases {
        let found = with_clients(|| with(wrong, &ground));
        assert_eq!(found.map(|fleet| told(&fleet)), want, "{wrong:?}");
    }
}

#[test]
fn a_port_whose_certificate_nobody_takes_serves_those_in_plain_text_and_our_own_look_at_its_key_usage()
 {
    let root = Authority::root("Root");
    let host = |host: Host<'_>| {
        let mut fleet = served_by(Fleet::good(&root), "openssl");
        fleet.identity(SERVER, &root.issue(&host), &[]);
        fleet
    };
    let over = host(Host {
        validity: between("2019-01-01", "2020-01-01"),
        ..year(SERVER)
    });
    assert_eq!(told(&over), Told::Fails);
    let auto = over
        .change("mode = \"secured\"", "mode = \"auto-detect\"")
        .change("tls=1;tls-mutual=1", "tls-mutual=1");
    assert_eq!(told(&auto), Told::Plain);
    let usage = || {
        host(Host {
            uses: vec![KeyUse::KeyAgreement],
            ..year(SERVER)
        })
    };
    assert_eq!(told(&usage()), Told::Fails);
    assert_eq!(told(&and(usage(), UNSEEN)), Told::Unknown);
}
