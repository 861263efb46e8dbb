//! Stories of errors: which endpoints they stop, and which not.

#![cfg(test)]

mod common;

use common::{GOOD, endpoint, good_with, lines, resolve};
use trustpack_settings::endpoint::{Refused, State};
use trustpack_settings::value::{ClientCertificate, Shown};

#[test]
fn an_error_at_a_level_stops_the_endpoints_that_look_there_and_no_others() {
    // A bad value at the host of the server.
    let text = good_with(
        "[host.security]\ncertificate = \"/etc/sec/b.pem\"",
        "[host.security]\nsec-protocol = \"TLS1.2\"\ncertificate = \"/etc/sec/b.pem\"",
    );
    let resolution = resolve(&text);
    assert!(endpoint(&resolution, "Client/Server").startable().is_ok());
    let Err(Refused::Errors { errors, .. }) = endpoint(&resolution, "Server").startable() else {
        panic!("the server must be refused");
    };
    assert_eq!(errors[0].place.to_string(), "host b.example.com");
    // The same, but the port sets the option itself: the bad value is not looked at.
    let text = text.replace("tls-mutual=1", "tls-mutual=1;sec-protocol=TLSv12");
    let resolution = resolve(&text);
    assert!(endpoint(&resolution, "Server").startable().is_ok());
    assert_eq!(
        lines(resolution.findings().filter(|f| f.bars())).len(),
        1,
        "it stays an error"
    );
}

#[test]
fn an_option_in_the_wrong_case_counts_as_not_set_and_stops_who_would_take_it() {
    let text = good_with(
        "trusted-ca = \"/etc/sec/ca.pem\"\n\n",
        "trusted-ca = \"/etc/sec/ca.pem\"\nTLS-Mutual = \"1\"\n\n",
    )
    .replace("tls=1;tls-mutual=1", "tls=1");
    let resolution = resolve(&text);
    let server = endpoint(&resolution, "Server");
    assert_eq!(
        server.settings().tls_mutual.value,
        ClientCertificate::NotAsked
    );
    assert_eq!(server.state(), State::Refused);
    // tls-mutual is a matter of ports: the client is not concerned.
    assert!(endpoint(&resolution, "Client/Server").startable().is_ok());
}

#[test]
fn a_syntax_error_stops_every_endpoint() {
    let resolution = resolve(&format!("{GOOD}\n[[host\n"));
    for endpoint in resolution.endpoints() {
        assert_eq!(endpoint.state(), State::Refused, "{}", endpoint.place());
    }
    assert_eq!(resolution.endpoints().len(), 2);
}

#[test]
fn an_unknown_key_stops_the_object_it_is_in() {
    let resolution = resolve(&good_with("number = 4060", "number = 4060\nnumbr = 1"));
    assert_eq!(endpoint(&resolution, "Server").state(), State::Refused);
    assert!(endpoint(&resolution, "Client/Server").startable().is_ok());
    let resolution = resolve(&good_with(
        "addresses = [\"10.0.0.11\"]",
        "address = \"10.0.0.11\"",
    ));
    assert_eq!(
        endpoint(&resolution, "Client/Server").state(),
        State::Refused
    );
    assert!(endpoint(&resolution, "Server").startable().is_ok());
}

#[test]
fn an_error_in_a_block_that_does_not_count_stops_nobody() {
    let section = "certificate-source = \"host\"\n[application.security]\ncertificate = \"bad.pem\"\n\
                   [[application.connection]]";
    let text = good_with(
        "certificate-source = \"host\"\n[[application.connection]]",
        section,
    );
    assert!(
        endpoint(&resolve(&text), "Client/Server")
            .startable()
            .is_ok()
    );
    let text = text.replace(
        "certificate-source = \"host\"\n[application.security]",
        "[application.security]",
    );
    assert_eq!(
        endpoint(&resolve(&text), "Client/Server").state(),
        State::Refused
    );
}

#[test]
fn a_name_in_the_wrong_case_is_passed_and_the_walk_goes_on() {
    let section = "certificate-source = \"host\"\n[application.security]\nSend-Root = 1\n\
                   [[application.connection]]";
    let text = good_with(
        "certificate-source = \"host\"\n[[application.connection]]",
        section,
    );
    let with_host = |value: &str| {
        let value = format!("tls-target-name-check = \"host\"\nsend-root = \"{value}\"");
        text.replace("tls-target-name-check = \"host\"", &value)
    };
    let resolution = resolve(&with_host("0"));
    let client = endpoint(&resolution, "Client/Server");
    assert_eq!(client.settings().send_root.value.shown(), "0");
    assert_eq!(client.findings().filter(|f| f.bars()).count(), 1);
    // Both errors are on its way.
    let resolution = resolve(&with_host("no"));
    let client = endpoint(&resolution, "Client/Server");
    assert_eq!(client.findings().filter(|f| f.bars()).count(), 2);
}

#[test]
fn clients_of_an_application_without_a_host_are_refused_with_that_reason() {
    let resolution = resolve(&good_with(
        "host = \"b.example.com\"",
        "host = \"c.example.com\"",
    ));
    let client = endpoint(&resolution, "Client/Server");
    assert_eq!((client.network(), client.state()), (None, State::Refused));
    assert!(client.findings().any(|f| f.code().to_string() == "TP3005"));
}

#[test]
fn an_error_above_the_block_stops_nobody() {
    let own = "certificate=/x.pem;certificate-key=/x.key;trusted-ca=/x.ca";
    let text = good_with(
        "to = \"Server\"",
        &format!("to = \"Server\"\ntransport = \"{own}\""),
    )
    .replacen(
        "[host.security]",
        "[host.security]\nprovider = \"PKCS11\"",
        1,
    );
    let resolution = resolve(&text);
    let client = endpoint(&resolution, "Client/Server");
    assert!(
        client.startable().is_ok(),
        "{:#?}",
        lines(client.findings())
    );
}

/// A slip of the pen in a port must not make its client send in clear.
#[test]
fn no_client_sends_in_clear_because_of_an_error_of_its_port() {
    for slip in [
        "mode = \"securd\"",
        "Mode = \"secured\"",
        "transport = 1",
        "transport = \"Tls=1\"",
        "transport = \"tls=1 ;tls-mutual=1\"",
        "mode = \"secured\"\ntransport = \"tls=0\"",
    ] {
        let text = format!(
            "[[host]]\nname = \"a.example.com\"\n\
             [[application]]\nname = \"S\"\nhost = \"a.example.com\"\n\
             [[application.port]]\nnumber = 2060\n{slip}\n\
             [[application]]\nname = \"C\"\nhost = \"a.example.com\"\n\
             [[application.connection]]\nto = \"S\"\ntunnel = \"127.0.0.1:12060\"\n"
        );
        let resolution = resolve(&text);
        for place in ["S", "C/S"] {
            let endpoint = endpoint(&resolution, place);
            assert!(endpoint.startable().is_err(), "{place} with {slip}");
        }
        let found = lines(endpoint(&resolution, "C/S").findings());
        assert!(
            found.iter().any(|line| line.contains("TP3007")),
            "{slip}: {found:?}"
        );
    }
}

/// Nobody can name such a host, so its errors concern nobody; an application without a readable name stops the fleet.
#[test]
fn a_host_without_a_readable_name_stops_nobody() {
    let unused = "\n[[host]]\nname = \"a b\"\nplatform = \"beos\"\n";
    let resolution = resolve(&format!("{GOOD}{unused}"));
    let errors = resolution.findings().filter(|f| f.bars()).count();
    assert_eq!(errors, 2, "{:?}", lines(resolution.findings()));
    assert!(endpoint(&resolution, "Server").startable().is_ok());
    assert!(endpoint(&resolution, "Client/Server").startable().is_ok());
}
