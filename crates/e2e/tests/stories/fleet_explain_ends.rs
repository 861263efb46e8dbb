//! What will happen at the two ends of a connection, what each shows and checks, and what is written wrongly at the other
//! one, as `fleet explain` tells it.

use serde_json::Value;

use super::fleet_explain_why::{CLIENT, M, PORT, S, SERVER, TO, call, changed, check};

#[test]
fn what_will_happen_is_said_first_and_at_both_ends() {
    let blank = (PORT, "transport = \"tls=1; tls-mutual=1\"\n");
    let error = "a blank stands beside the `;` or `=` of \"tls-mutual\", so that the entry does not count \
                 (TP1015 at MessageServer:default)";
    let how = "does not count, since a blank stands beside its ; or =: see TP1015";
    let refused = format!(
        "what happens: trustpack refuses the server: {error}; what the program, which does its own TLS, makes of such settings is not known"
    );
    let own = format!("\"tls-mutual=1\" at the port (fleet.toml:20:20) {how}");
    let mutual =
        "it is simple TLS: tls-mutual is written for the port, but so that it does not count";
    let says = [
        "MessageServer:default: server, refused",
        &*refused,
        &*own,
        mutual,
    ];
    check(&[blank], M, &says, &[]);
    let refused = format!(
        "what happens: not known: trustpack refuses the server: {error}; what the program, which does its own TLS, makes of such settings is not known; explain MessageServer:default for the line and the remedy"
    );
    let other = format!(
        "at the other end, \"tls-mutual=1\" at the port MessageServer:default (fleet.toml:20:20) {how}"
    );
    let says = [
        "StatServer/MessageServer:default: client, refused",
        &*refused,
        &*other,
    ];
    check(&[blank], S, &says, &["client, simple", "client, mutual"]);
    let says = [
        "client, mutual",
        "what happens: as far as the settings of both ends tell, it connects",
    ];
    check(&[], S, &says, &["refused"]);
    let clear = (TO, "to = \"MessageServer\"\ntransport = \"tls=0\"\n");
    let says = [
        "client, refused",
        "nothing may flow: ",
        "(TP3001 at StatServer/MessageServer:default)",
    ];
    check(&[clear], S, &says, &["see the errors below"]);
    let suites = (
        PORT,
        "engine = \"trustpack\"\ntransport = \"tls=1;tls-mutual=1;cipher-list=TLS_AES_128_GCM_SHA256\"\n",
    );
    let why = "the server does not start: its cipher-list leaves no suite for TLS 1.2";
    check(&[suites], M, &["server, failing", why], &["server, mutual"]);
    let says = ["client, failing", "what happens: nothing connects: ", why];
    check(&[suites], S, &says, &["client, mutual"]);
}

#[test]
fn who_shows_and_checks_what_is_told_at_both_ends() {
    let says = [
        "certificate it shows: /etc/sec/msg1.pem, with its private key in /etc/sec/msg1.key",
        "checks of its peer: that a CA in /etc/sec/ca.pem issued the client's certificate, for whatever name; \
         not whether it was revoked",
        "TLS is done by: the program itself, not trustpack: judged as OpenSSL (engine openssl, since it is a native \
         program on UNIX)",
    ];
    check(&[], M, &says, &[]);
    let says = [
        "certificate of its server: /etc/sec/msg1.pem, with its private key in /etc/sec/msg1.key; explain \
         MessageServer:default for why",
        "takes versions: TLS 1.2 to TLS 1.3",
        "certificate it shows: /etc/sec/stat1.pem, with its private key in /etc/sec/stat1.key",
        "that a CA in /etc/sec/ca.pem issued its certificate, for whatever name; and that it is not revoked by \
         /etc/sec/crl.pem",
    ];
    check(&[], S, &says, &[]);
    let simple = (PORT, "transport = \"tls=1\"\ntunnel = \"127.0.0.1:9\"\n");
    let says = [
        "checks of its peer: nothing: it asks no client for a certificate",
        "every client gets in that speaks TLS, whoever it is",
        "TLS is done by: trustpack, in a tunnel beside the program",
        "trusted-ca=/etc/sec/ca.pem of the host, fleet.toml:6:1: tls-mutual is not 1, so no client is judged by it",
    ];
    check(&[simple], M, &says, &[]);
    let says = [
        "certificate it shows: none, since the server asks for none; it has /etc/sec/stat1.pem",
        "certificate-key=/etc/sec/stat1.key of the host, fleet.toml:11:1: the server asks for no certificate",
    ];
    check(&[simple], S, &says, &[]);
}

#[test]
fn a_port_says_which_connections_miss_it() {
    let misspelt = (TO, "to = \"MesageServer\"\n");
    let says = "StatServer/MesageServer:default does not get here: no application is called \"MesageServer\" \
                (fleet.toml:26:6), and MessageServer was perhaps meant";
    check(&[misspelt], M, &[says], &[]);
    let says = [
        "client, refused",
        "to: there is no application \"MesageServer\" (TP3003",
    ];
    check(&[misspelt], "StatServer/MesageServer", &says, &[]);
    let port = (TO, "to = \"MessageServer\"\nport = \"ESP\"\n");
    let says = "StatServer/MessageServer:ESP does not get here: MessageServer has no port \"ESP\" (fleet.toml:27:8)";
    check(&[port], M, &[says], &[]);
    let other = (
        "number = 7120\n",
        "id = \"other\"\nnumber = 7121\n[[application.port]]\nnumber = 7120\n",
    );
    check(
        &[misspelt, other],
        "MessageServer:other",
        &[],
        &["does not get here"],
    );
}

/// What a file says that nobody has read is not known; it is not told as empty.
#[test]
fn an_own_file_that_was_not_read_is_told_as_that() {
    let own = &*format!("{SERVER}own-file = \"/opt/msg.cfg\"\n");
    let says = [
        "what happens: not known, and trustpack refuses it until then: what its own file /opt/msg.cfg says",
        "its credentials are not known: the port has none",
        "certificate it shows: not known, since its own file could not be read",
        "checks of its peer: not known, since its own file could not be read",
        "what its own file /opt/msg.cfg says is not known, since it could not be read: say with --files DIR where \
         the files of its host are (own-file, fleet.toml:18:12)",
        "certificate=/etc/sec/msg1.pem of the host, fleet.toml:4:1: the application has an own file, which counts instead",
        "takes versions: not known, since its own file could not be read",
    ];
    check(
        &[(SERVER, own)],
        M,
        &says,
        &["own file has none", "nor the own file", "TP2020"],
    );
    let says = "what happens: not known, as its server MessageServer:default is not: what its own file /opt/msg.cfg says";
    check(&[(SERVER, own)], S, &["client, refused", says], &[]);
    // Where the port does not say whether it is mutual, the own file may.
    let unsaid = (PORT, "transport = \"tls=1\"\n");
    let says = "certificate of the client: not known, since its own file could not be read";
    check(&[(SERVER, own), unsaid], M, &[says], &["not asked for"]);
    let says =
        "certificate of the client: not known, since the own file of its server could not be read";
    check(&[(SERVER, own), unsaid], S, &[says], &["not asked for"]);
    let said = "certificate of the client: demanded by the server";
    check(&[(SERVER, own)], M, &[said], &[]);
    let folder = changed(&[(SERVER, own), unsaid]);
    let json = call(&folder, "explain", &["--json", M]).succeeds().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let settings = json["settings"].as_array().unwrap();
    let mutual = settings.iter().find(|one| one["option"] == "tls-mutual");
    let from = &mutual.unwrap()["from"];
    assert_eq!(
        from,
        "default, unless the own file, which could not be read, sets it"
    );
}

/// What an end that is refused would show, it does not show.
#[test]
fn an_end_that_is_refused_shows_no_certificate() {
    let key = ("certificate-key = \"/etc/sec/msg1.key\"\n", "");
    let says = "certificate it shows: not known while its settings have errors; they say: /etc/sec/msg1.pem, \
                whose private key is set nowhere";
    check(&[key], M, &[says], &[]);
    let ours = (PORT, &*format!("{PORT}tunnel = \"127.0.0.1:17120\"\n"));
    let says =
        "certificate it shows: none while it is refused; its settings say: /etc/sec/msg1.pem";
    check(&[key, ours], M, &[says], &[]);
}

/// A Java program without a provider has no TLS, whatever its port says.
#[test]
fn of_a_program_without_a_provider_nothing_is_told_of_tls() {
    let java = &*format!("{SERVER}runtime = \"java\"\n");
    let says = "it should be secured, and has no TLS since no provider is set: its transport parameters say tls=1";
    let never = [
        "it is secured",
        "takes versions",
        "certificate of the client:",
    ];
    check(&[(SERVER, java)], M, &[says], &never);
}

/// A value that is there and is wrong is neither told as none nor as an empty one.
#[test]
fn a_value_that_is_wrong_is_told_as_that() {
    let bad = "[application.security]\ncertificate = \"rel/c\"\ncertificate-key = \"/k\"\n";
    let own = SERVER.replace("\"host\"\n", "\"application\"\n") + bad;
    let never = ["it has none", "an empty value"];
    let says = "certificate it shows: not known, since its certificate is not readable, see TP1017";
    check(&[(SERVER, &*own)], M, &[says], &never);
    let port = (
        PORT,
        "transport = \"tls=1;certificate=/e/c;certificate-key=/e/k\"\n",
    );
    let says =
        "hides a value that is not readable, see TP1017, of the application, fleet.toml:19:1";
    check(&[(SERVER, &*own), port], M, &[says], &never);
}

/// Where escapes in a string hide the columns all of its entries stand at one spot.
#[test]
fn entries_of_a_string_with_escapes_are_told_apart() {
    let escaped = (PORT, "transport = \"tls=1;tls-mutual\\u003d1\"\n");
    let says = "it is mutual TLS: the port says tls-mutual=1 (fleet.toml:20:13)";
    check(&[escaped], M, &[says], &["as tls", "says tls=1 ("]);
}

/// What is refused is refused in each listing.
#[test]
fn a_connection_to_a_port_that_is_refused_is_so_wherever_it_is_listed() {
    let blank = (PORT, "transport = \"tls=1; tls-mutual=1\"\n");
    let folder = changed(&[blank]);
    let show = call(&folder, "show", &["--json", "fleet.toml"]).succeeds();
    let report: Value = serde_json::from_str(&show.stdout).unwrap();
    let state = "/hosts/1/applications/0/endpoints/0/state";
    assert_eq!(
        report.pointer(state),
        Some(&Value::from("refused")),
        "{report:#}"
    );
    let object = call(&folder, "explain", &["application StatServer"]).succeeds();
    object.prints("StatServer/MessageServer:default: refused");
}

#[test]
fn a_warning_about_levels_says_whether_it_does_harm_here() {
    let above = (
        CLIENT,
        "host = \"stat1.example.com\"\ncertificate-source = \"host\"\n[application.security]\ntls-target-name-check = \"host\"\n",
    );
    let harmless = "TP2002 does no harm here: trustpack, which does the TLS";
    check(
        &[above],
        S,
        &["a program that does TLS itself may pass it over"],
        &[harmless],
    );
    let ours = (TO, "to = \"MessageServer\"\ntunnel = \"127.0.0.1:9\"\n");
    check(&[above, ours], S, &[harmless], &[]);
}
