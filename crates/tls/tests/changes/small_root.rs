//! Clients of a CA with an RSA key of 1024 bits, while that is accepted and after. OpenSSL makes such a CA; ours do not.

use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_judge::reason::Step;
use trustpack_keystore::pem;
use trustpack_settings::endpoint::Role;
use trustpack_x509::certificate::Certificate;

use crate::support::{Authority, Host, Issued, Site, time};
use crate::world::{Clock, Stream, client, connect, server, shake, speak};

const NOW: &str = "2030-01-01";
const LAST_DAY: &str = "2030-05-31";
const AFTER: &str = "2030-06-01";

/// A CA with a small key, and a client of it whose own key is as good as any.
fn small_ca() -> (Certificate, Issued) {
    let folder = folder::temporary();
    let at = |name: &str| folder.path().join(name);
    let openssl = |arguments: &[&str], files: &[(&str, &str)]| {
        let mut call = Call::foreign("openssl", arguments.iter().copied());
        for (option, name) in files {
            call = call.arg(option).arg(at(name));
        }
        call.succeeds();
    };
    let ca = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n";
    fs::write(at("ca.ext"), ca).unwrap();
    let own = "subjectAltName = DNS:small.example.com\nkeyUsage = digitalSignature\nextendedKeyUsage = clientAuth\n";
    fs::write(at("own.ext"), own).unwrap();
    let request = ["req", "-new", "-nodes", "-subj"];
    let days = ["x509", "-req", "-days", "20000"];
    let rsa = [&request[..], &["/CN=Small", "-newkey", "rsa:1024"]].concat();
    openssl(&rsa, &[("-keyout", "ca.key"), ("-out", "ca.csr")]);
    openssl(
        &days,
        &[
            ("-in", "ca.csr"),
            ("-signkey", "ca.key"),
            ("-extfile", "ca.ext"),
            ("-out", "ca.pem"),
        ],
    );
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let ec = [&request[..], &["/CN=small.example.com"], &curve].concat();
    openssl(&ec, &[("-keyout", "own.key"), ("-out", "own.csr")]);
    let below = [&days[..], &["-CAcreateserial"]].concat();
    openssl(
        &below,
        &[
            ("-in", "own.csr"),
            ("-CA", "ca.pem"),
            ("-CAkey", "ca.key"),
            ("-extfile", "own.ext"),
            ("-out", "own.pem"),
        ],
    );
    let certificate = |name| {
        let file = fs::read(at(name)).unwrap();
        pem::read_certificates(&file).unwrap().remove(0)
    };
    let key = fs::read(at("own.key")).unwrap();
    let issued = Issued {
        certificate: certificate("own.pem"),
        key: pem::read_private_key(&key, None).unwrap(),
    };
    (certificate("ca.pem"), issued)
}

/// Why a server with these settings does not start: the codes of the errors.
fn not_started(site: &Site) -> Vec<String> {
    let error = site.load(Role::Server).expect_err("to stay down");
    error.errors().map(|one| one.code().to_string()).collect()
}

#[tokio::test]
async fn clients_of_a_small_ca_get_in_until_the_day_of_the_option() {
    let root = Authority::root("Root");
    let [host, strong] =
        ["a.example.com", "b.example.com"].map(|name| root.issue(&Host::named(name)));
    let (small, weak) = small_ca();
    let trusting = |issued: &Issued, now: &str| Site {
        now: time(now),
        ..Site::new()
            .issued(issued)
            .trusts(&[&root.certificate, &small])
    };
    for version in ["TLSv12", "TLSv13"] {
        let site = |now: &str| trusting(&host, now).set("tls-mutual", "1");
        let accepting = |now: &str| site(now).set("danger-accept-weak", LAST_DAY);
        let clock = Clock::at(NOW);
        // Nothing else keeps it down.
        assert_eq!(not_started(&site(NOW)), ["TP4021"]);
        assert_eq!(not_started(&accepting(AFTER)), ["TP4021"]);
        let server = server(&accepting(NOW), &clock);
        let caller = |issued: &Issued| {
            let site = trusting(issued, NOW).set("danger-accept-weak", "2085-12-31");
            let site = site.peer("a.example.com").set("sec-protocol", version);
            client(&site, &clock)
        };
        let (weak, strong) = (caller(&weak), caller(&strong));
        let (mut near, mut far): (Stream, Stream) = connect(&server, &weak).await;
        connect(&server, &strong).await;
        clock.set(AFTER);
        // Time alone cuts nobody, and lets nobody in: a session of before no more than a client that has none.
        speak(&mut near, &mut far).await;
        let (refused, _) = shake(&server, &weak).await;
        let failure = refused.expect_err("to be refused");
        assert_eq!(failure.step(), Some(Step::Path), "{version}: {failure}");
        let words = "the trusted certificate \"CN=Small\"";
        assert!(failure.to_string().contains(words), "{failure}");
        assert!(
            failure.to_string().contains("an RSA key of 1024 bits"),
            "{failure}"
        );
        connect(&server, &strong).await;
    }
}
