//! The certificate of a port to which clients of other engines than ours lead: judged by the rules of those, as far as they are known.

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{HOST, Key, Validity, Wish};

use crate::asked::Asked;
use crate::imitated::{found, of_openssl, serve};
use crate::scene::{SECOND_CLIENT, explained};

/// A port is judged as its clients judge it: what all of them may take differs from nothing.
#[test]
fn a_port_whose_clients_are_of_another_engine() {
    let old = HOST.replace("digitalSignature", "keyAgreement");
    let wildcard = HOST.replace("DNS:host", "DNS:*");
    let check = |extensions: &str, validity, more: &str, state: &str, doubtful: bool| {
        let mut scene = of_openssl();
        scene.settings.more = more.to_owned();
        let wish = Wish::host("other", "root");
        scene.pki.issue(Wish {
            extensions,
            validity,
            ..wish
        });
        let _running = serve(&mut scene, "other", &[]);
        let without_files = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
        let without_files = without_files.args(["Server:default", "--json"]).run();
        let with_files = scene.probe(&["Server:default", "--json"]);
        for asked in [without_files, with_files].map(Asked::of) {
            found(&asked, state, "TLS 1.3, simple, \"CN=other\"");
            let found = asked.text("/endpoints/0/found");
            let words = "; whether clients that do their own TLS take it is not known: ";
            assert_eq!(found.contains(words), doubtful, "{asked}");
        }
        let client = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
        let client = Asked::of(client.args(["Desk/Server:default", "--json"]).run());
        let is_over = validity == Validity::Over;
        let state = if is_over { "different" } else { "as-expected" };
        assert_eq!(client.text("/endpoints/0/state"), state, "{client}");
    };
    for (extensions, is_good) in [(HOST, true), (&*old, false), (&*wildcard, false)] {
        check(extensions, Validity::Now, "", "as-expected", !is_good);
        check(extensions, Validity::Over, "", "different", !is_good);
        // One of ours refuses what it has against it.
        let state = if is_good { "as-expected" } else { "different" };
        check(extensions, Validity::Now, SECOND_CLIENT, state, false);
    }
}

/// Ours can be told to take what is weak for a while, and no other engine.
#[test]
fn no_option_is_named_that_the_engine_of_a_client_does_not_have() {
    let mut scene = of_openssl();
    scene.settings.more = SECOND_CLIENT.to_owned();
    let key = Key::SmallRsa;
    let wish = Wish::host("small", "root");
    scene.pki.issue(Wish { key, ..wish });
    let _running = serve(&mut scene, "small", &["-cipher", "DEFAULT@SECLEVEL=0"]);
    for (client, takes) in [("Desk", false), ("Wall", true)] {
        let asked = Asked::of(scene.probe(&[&format!("{client}/Server:default"), "--json"]));
        explained(&asked, "the server", &["a key of today, also above it"]);
        let remedy = asked.text("/endpoints/0/explanation/remedy");
        let option = "danger-accept-weak = DATE on the client";
        assert_eq!(remedy.contains(option), takes, "{asked}");
    }
}
