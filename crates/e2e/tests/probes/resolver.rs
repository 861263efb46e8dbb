//! Names that nobody resolves: the time is bounded, and the reason is named. So it is with an address that an error hides.

use std::fs;
use std::time::{Duration, Instant};

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::Pki;

use crate::asked::Asked;

/// In the place of the system's resolver: one that hangs, as when no name server answers, or one whose name servers say
/// that they failed (SERVFAIL), which the C library tells so.
const RESOLVER: &str = r#"
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    (void)node; (void)service; (void)hints; (void)found;
    while (strcmp(getenv("RESOLVER"), "hangs") == 0) pause();
    return EAI_AGAIN;
}
"#;

/// What is told of each.
const CASES: [(&str, &str); 2] = [
    ("hangs", "no name server answered within 1s"),
    ("fails", "Temporary failure in name resolution"),
];

/// A look-up that is waited for again and again, or for good, takes longer.
const BOUND: Duration = Duration::from_secs(20);

/// A folder with that resolver.
fn folder() -> Pki {
    let pki = Pki::new();
    fs::write(pki.path("resolver.c"), RESOLVER).unwrap();
    Call::foreign(
        "cc",
        ["-shared", "-fPIC", "-o", "resolver.so", "resolver.c"],
    )
    .within(pki.dir())
    .succeeds();
    pki
}

fn with(call: Call, pki: &Pki, resolver: &str) -> Call {
    let library = pki.path("resolver.so").display().to_string();
    let call = call.env("LD_PRELOAD", &library).env("RESOLVER", resolver);
    call.args(["--timeout", "1"])
}

#[test]
fn one_service() {
    let pki = folder();
    for (resolver, why) in CASES {
        let begun = Instant::now();
        let call = Call::trustpack(["probe", "stat1.example.com:2060"]);
        let outcome = with(call, &pki, resolver).exits_with(3);
        assert!(begun.elapsed() < BOUND, "{outcome}");
        outcome
            .says("no address of stat1.example.com can be found: ")
            .says(why)
            .says("name servers of this machine");
    }
}

#[test]
fn a_fleet() {
    let pki = folder();
    let mut fleet = "[[host]]\nname = \"stat1.example.com\"\nplatform = \"unix\"\n\
        [[application]]\nname = \"Stat\"\nhost = \"stat1.example.com\"\n\
        [[application.port]]\nnumber = 2060\nmode = \"secured\"\nengine = \"openssl\"\n"
        .to_owned();
    // Many clients of the same name are not waited for one after the other.
    for number in 0..30 {
        fleet.push_str(&format!(
            "[[application]]\nname = \"Client{number}\"\nhost = \"stat1.example.com\"\n\
             [[application.connection]]\nto = \"Stat\"\n"
        ));
    }
    fs::write(pki.path("fleet.toml"), fleet).unwrap();
    for (resolver, why) in CASES {
        let begun = Instant::now();
        let call = Call::trustpack(["probe", "--json", "--fleet"]).arg(pki.path("fleet.toml"));
        let asked = Asked::of(with(call, &pki, resolver).exits_with(1));
        assert!(begun.elapsed() < BOUND, "{asked}");
        let found = asked.text("/endpoints/1/found");
        assert!(found.contains(why), "{asked}");
    }
}

/// Nobody was asked, and that is no success.
#[test]
fn an_address_that_an_error_leaves_unknown() {
    let folder = trustpack_e2e::folder::temporary();
    let fleet = folder.path().join("fleet.toml");
    let probe = |host: &str, more: &[&str]| {
        let text = format!(
            "[[host]]\nname = \"{host}\"\naddresses = [\"127.0.0.1\"]\n\
             [[application]]\nname = \"Server\"\nhost = \"{host}\"\n\
             [[application.port]]\nnumber = 1\nmode = \"secured\"\nengine = \"openssl\"\n"
        );
        fs::write(&fleet, text).unwrap();
        let call = Call::trustpack(["probe", "--fleet"]).arg(&fleet);
        Asked::of(call.args(more).arg("--json").run())
    };
    let told = probe("127.0.0.1", &[]);
    assert_eq!(told.outcome.status.code(), Some(1), "{told}");
    assert_eq!(told.text("/endpoints/0/state"), "different", "{told}");
    assert_eq!(
        told.text("/endpoints/0/differences/0/found"),
        "its address is not known",
        "{told}"
    );
    let remedy = told.text("/endpoints/0/explanation/remedy");
    assert!(
        remedy.starts_with("correct the error in the fleet file"),
        "{told}"
    );
    let inventory = probe("127.0.0.1", &["--inventory"]);
    assert_eq!(inventory.outcome.status.code(), Some(1), "{inventory}");
    let why = inventory.text("/not_seen/0/why");
    assert!(why.contains("its address is not known"), "{inventory}");
    // Beside it: an error that leaves the address known is told itself.
    let told = probe("host.example.com", &[]);
    let what = told.text("/endpoints/0/explanation/what");
    assert!(what.contains("TP2020"), "{told}");
}
