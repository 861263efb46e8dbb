//! Imports of exported objects (item 2.8 of the rules): what an export says is what the fleet resolves to, whichever
//! shape it has, and what is not taken is told.

#![cfg(test)]

mod common;

use common::{endpoint, lines, now, read};
use trustpack_settings::endpoint::State;
use trustpack_settings::import::{Export, Imported, InvalidExport, OwnFileOf, Report, import};
use trustpack_settings::resolve;

const TABLE: &str = include_str!("../../../fuzz/seeds/import/table");
const OBJECTS: &str = include_str!("../../../fuzz/seeds/import/objects");

fn imported(text: &str) -> Imported {
    try_import(text.as_bytes()).unwrap()
}

fn try_import(octets: &[u8]) -> Result<Imported, InvalidExport> {
    import(
        &[Export {
            path: "export",
            octets,
        }],
        &[],
    )
}

/// Each thing passed over: where, what, why, how often.
fn told(report: &Report) -> Vec<String> {
    let rows = report.passed_over.iter();
    rows.map(|p| format!("{}: {}: {} ({})", p.spot, p.what, p.why, p.times))
        .collect()
}

#[test]
fn item_2_8_import_the_fleet_is_what_the_export_says() {
    let Imported { fleet, report } = imported(TABLE);
    let counts = [
        report.hosts,
        report.applications,
        report.ports,
        report.connections,
        report.options,
    ];
    assert_eq!(counts, [2, 2, 1, 1, 5]);
    assert_eq!(
        told(&report),
        [
            "export:12:1: the section \"log\" of the application \"StatServer\": only [security] has TLS options (2)"
        ]
    );
    let read = read(&fleet);
    assert!(
        lines(read.findings()).is_empty(),
        "{:#?}",
        lines(read.findings())
    );
    let resolution = resolve::resolve(&read, now());
    let server = endpoint(&resolution, "StatServer");
    assert_eq!(server.state(), State::Mutual);
    assert_eq!(server.network().unwrap().to_string(), "10.0.0.11:2060");
    let shown = |place: &str, option: &str| {
        let endpoint = endpoint(&resolution, place);
        let shown = endpoint.settings().shown();
        let found = shown.into_iter().find(|s| s.option.name() == option);
        found.unwrap().value
    };
    assert_eq!(
        shown("StatServer", "certificate"),
        "/etc/sec/stat1_cert.pem"
    );
    assert_eq!(shown("StatServer", "trusted-ca"), "/etc/sec/ca_cert.pem");
    assert_eq!(shown("StatServer", "sec-protocol"), "TLSv12");
    assert_eq!(shown("Desk/StatServer", "provider"), "MSCAPI");
    assert_eq!(shown("Desk/StatServer", "store-location"), "user");
}

#[test]
fn item_2_8_import_a_table_and_objects_say_the_same() {
    let (table, objects) = (imported(TABLE), imported(OBJECTS));
    assert_eq!(*table.fleet, *objects.fleet);
    let semicolons = "object;name;option;value\nhost;a.example;ip;::1\n";
    assert!(imported(semicolons).fleet.contains("addresses = [\"::1\"]"));
    let again = imported(&format!("\u{feff}{}", TABLE.replace('\n', "\r\n")));
    assert_eq!(*again.fleet, *table.fleet);
}

#[test]
fn item_2_8_import_values_stand_character_for_character() {
    let value = "a\"b\\c\u{1}\u{7f}\u{85}é\t; x='''\r";
    let json = serde_json::json!({
        "applications": [{
            "name": "A",
            "host": "a.example",
            "security": { "odd name.é": value, "keystore-password": "hun\"ter\\2" },
            "ports": [{ "number": "1", "transport": format!("x={value}") }],
        }],
    });
    let fleet = read(&imported(&json.to_string()).fleet);
    assert!(lines(fleet.findings()).is_empty());
    let application = &fleet.applications[0];
    let said: Vec<_> = application
        .security
        .iter()
        .map(|e| (e.name.as_str(), e.value.expose()))
        .collect();
    // An object of JSON has no order of its own; here it is that of the names.
    assert_eq!(
        said,
        [("keystore-password", "hun\"ter\\2"), ("odd name.é", value)]
    );
    // A blank at the end of the string makes the entry one that does not count, and keeps it.
    assert_eq!(application.ports[0].transport.len(), 2);
}

#[track_caller]
fn passed_over(text: &str, want: &[&str]) {
    let imported = imported(text);
    let told = told(&imported.report);
    assert_eq!(told.len(), want.len(), "{told:#?}");
    for (told, want) in told.iter().zip(want) {
        assert!(told.starts_with(want), "{told} for {want}");
    }
    let found = lines(read(&imported.fleet).findings());
    let of_file = found.iter().filter(|line| !line.starts_with("TP1027"));
    assert_eq!(
        of_file.filter(|line| !line.starts_with("TP1004")).count(),
        0,
        "{found:#?}"
    );
}

#[test]
fn item_2_8_import_addresses_are_added_each_once() {
    let rows = [
        "10.0.0.1 10.0.0.2",
        "10.0.0.2",
        "10.0.0.3;10.0.0.1",
        "2001:DB8::1",
        "2001:db8::1",
    ];
    let rows = rows.map(|row| format!("host,a.example.com,,,,address,{row}\n"));
    let text = format!(
        "object,name,port,to,section,option,value\n{}",
        rows.concat()
    );
    let Imported { fleet, report } = imported(&text);
    assert_eq!(told(&report), [""; 0]);
    let all = "addresses = [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\", \"2001:db8::1\"]\n";
    assert!(fleet.contains(all), "{}", *fleet);
}

#[test]
fn item_2_8_import_what_is_passed_over_in_a_table_is_told() {
    let head = "object,name,port,to,section,option,value,dbid\n";
    passed_over(
        &format!("{head}host,a_b c,,,,ip,1,\ncfg,x,,,,,,\nhost,a.example,,,,ip\n\n,,,,,,,\n"),
        &[
            "export:1:1: the column \"dbid\"",
            "export:2:1: the host \"a_b c\": ",
            "export:3:1: a row: \"cfg\" is no object",
            "export:4:1: a row: it has 6 cells",
        ],
    );
    passed_over(
        &format!(
            "{head}host,a.example,,,,ip,nowhere,\nhost,a.example,,,,os,BeOS,\nhost,a.example,,,,colour,red,\nhost,a.example,,,Security,crl,/a,\nhost,a.example,,,security,crl,/a,\nhost,a.example,,,security,crl,/b,\nhost,a.example,,,security,,,\nhost,a.example,,,security,trusted-ca,-----BEGIN X,\n"
        ),
        &[
            "export:1:1: the column",
            "export:2:1: \"ip\" of the host \"a.example\": invalid IP address",
            "export:3:1: \"os\" of the host \"a.example\": \"BeOS\" names no system",
            "export:4:1: \"colour\" of the host \"a.example\": the fleet file has no such key",
            "export:5:1: the section \"Security\" of the host \"a.example\": names of sections are case-sensitive",
            "export:7:1: the option \"crl\" of the host \"a.example\": it is said already",
            "export:9:1: the option \"trusted-ca\" of the host \"a.example\": a certificate or a key",
        ],
    );
    passed_over(
        &format!(
            "{head}port,A,x/y,,,number,1,\nport,A,,,,number,0,\nport,A,,,,mode,loud,\nport,A,,,,ha-sync,maybe,\nconnection,A,,,,transport,tls=1,\nport,A,,,security,crl,/a,\nport,,,,,number,1,\n"
        ),
        &[
            "export:1:1: the column",
            "export:2:1: the port \"x/y\" of \"A\"",
            "export:3:1: \"number\" of the default port of \"A\": \"0\" is no port number",
            "export:4:1: \"mode\"",
            "export:5:1: \"ha-sync\"",
            "export:6:1: the connection of \"A\" to \"\"",
            "export:7:1: the option \"crl\" of the default port of \"A\": a port and a connection",
            "export:8:1: the default port of \"\"",
        ],
    );
}

/// The fleet file has none of it: where one began a block, nobody would read the file.
#[test]
fn item_2_8_import_names_with_a_pem_block_are_passed_over() {
    let head = "object,name,port,to,section,option,value\n";
    passed_over(
        &format!(
            "{head}port,A,x-----BEGINy,,,number,1\nconnection,A,default,-----BEGIN X,,protocol,x\napplication,A-----BEGIN,,,,,\nhost,a.example,,,security,-----BEGIN X,1\n"
        ),
        &[
            "export:2:1: the port \"x-----BEGINy\" of \"A\": a certificate or a key",
            "export:3:1: the connection of \"A\" to \"-----BEGIN X\", port \"default\": a certificate",
            "export:4:1: the application \"A-----BEGIN\": a certificate or a key",
            "export:5:1: the option \"-----BEGIN X\" of the host \"a.example\": a certificate or a key",
        ],
    );
}

#[test]
fn item_2_8_import_what_is_passed_over_in_objects_is_told() {
    passed_over(
        "{\"hosts\": [1, {\"ip\": \"::1\"}, {\"name\": \"a.example\", \"ip\": {\"x\": 1}, \"options\": 1, \"security\": [], \"annex\": {\"security\": {\"crl\": {}, \"tls\": null}}}],\n \"persons\": [], \"applications\": [{\"name\": \"A\", \"ports\": 1, \"connections\": [{\"port\": \"x\"}, []]}]}",
        &[
            "export:1:12: an entry of a list: it is no object (1)",
            "export:1:15: a host: it has no name",
            "export:1:58: \"ip\" of the host",
            "export:1:79: \"options\" of the host \"a.example\": it is no object of sections",
            "export:1:94: the section \"security\" of the host",
            "export:1:128: the option \"crl\" of the host",
            "export:1:139: the option \"tls\" of the host",
            "export:2:13: the list \"persons\"",
            "export:2:57: \"ports\" of the application \"A\": it is no list",
            "export:2:76: a connection of \"A\": it has no target",
            "export:2:91: \"connections\" of the application \"A\": it is no object",
        ],
    );
    let deep = format!(
        "{{\"hosts\": [{{\"name\": \"a.example\", \"ip\": {}{}}}]}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    passed_over(&deep, &["export:1:40: \"ip\" of the host"]);
    // The options of the application win over its annex.
    let both = "{\"applications\": [{\"name\": \"A\", \"annex\": {\"security\": {\"crl\": \"/b\"}}, \"options\": {\"security\": {\"crl\": \"/a\"}}}]}";
    assert!(imported(both).fleet.contains("crl = \"/a\""));
}

#[track_caller]
fn refused(octets: &[u8], want: &str) {
    let error = try_import(octets).unwrap_err().to_string();
    assert!(error.contains(want), "{error}");
}

#[test]
fn what_is_no_export_is_refused_with_its_place() {
    refused(b"", "export:1:1: the file is empty");
    refused(b"name,value\n", "export:1:1: there is no column object");
    refused(
        b"object,name,name,option,value\n",
        "the column name is there twice",
    );
    refused(b"object,name\n\xe4", "export:2:1: the text is not UTF-8");
    refused(b"\xff\xfe{\0", "UTF-16");
    refused(b"{\n \"hosts\": [}", "export:2:12: expected value");
    refused(b"[]", "expected an object");
    refused(
        b"{\"hosts\": {}}",
        "export:1:11: it must be a list of objects",
    );
    refused(b"{\"hosts\": []} x", "export:1:15: trailing characters");
}

#[test]
fn item_2_8_import_no_row_is_lost_behind_a_quotation_mark() {
    let table = |rows: &str| format!("object,name,option,value\nhost,a.example,,\n{rows}");
    let unclosed = table("application,X,component,\"Stat Server\napplication,Y,host,a.example\n");
    let never = "export:3:25: the quotation mark that begins this cell is never closed; close it";
    refused(unclosed.as_bytes(), never);
    refused(
        table("host,\"aaaa,,\r\napplication,Y,host,a.example\r\n").as_bytes(),
        "export:3:6: the quotation mark that begins this cell is never closed",
    );
    // The mark that begins a cell further below seems to close it.
    refused(
        format!("{unclosed}application,Z,component,\"Config\"\n").as_bytes(),
        "export:3:25: the quotation mark that begins this cell is closed by the one at export:5:25",
    );
    // Nothing is lost by these.
    for cell in ["\"a\"b", "a\"b", "\"a\"\"b\"", "\"a,\"", "\"\"", "\"a\nb\""] {
        let rows = format!("application,X,component,{cell}\napplication,Y,host,a.example\n");
        assert_eq!(imported(&table(&rows)).report.applications, 2, "{cell}");
    }
}

#[test]
fn item_2_3_3_own_files_are_added_to_an_export() {
    let own = |application: &str, host: Option<&str>| OwnFileOf {
        application: application.parse().unwrap(),
        host: host.map(|host| host.parse().unwrap()),
        path: "/opt/lca/lca.cfg".parse().unwrap(),
    };
    let files = [
        own("StatServer", None),
        own("LCA", Some("stat1.example.com")),
        own("Nobody", None),
    ];
    let export = Export {
        path: "export",
        octets: TABLE.as_bytes(),
    };
    let Imported { fleet, report } = import(&[export], &files).unwrap();
    assert!(
        told(&report)
            .iter()
            .any(|line| line.starts_with("--own-file: the application \"Nobody\""))
    );
    let fleet = read(&fleet);
    let own_files = fleet.applications.iter().filter(|a| a.own_file.is_some());
    let names: Vec<&str> = own_files.map(|a| a.name.value.as_str()).collect();
    assert_eq!(names, ["StatServer", "LCA"]);
}

#[test]
fn item_2_8_import_a_name_that_is_said_again_is_told() {
    let text = "{\"hosts\": [{\"name\": \"a.example\", \"name\": \"b.example\"}],\n\
        \"applications\": [{\"name\": \"A\", \"host\": \"a.example\",\n\
        \"ports\": [{\"id\": \"x\", \"number\": 1, \"id\": \"y\"}],\n\
        \"connections\": [{\"to\": \"A\", \"port\": \"x\", \"server\": \"B\", \"port\": \"y\"}]}]}";
    let Imported { fleet, report } = imported(text);
    assert!(!fleet.contains("b.example"), "{}", *fleet);
    let first = "the first one counts";
    assert_eq!(
        told(&report),
        [
            format!("export:1:42: another \"name\" of the host \"a.example\": {first} (1)"),
            format!("export:3:42: another \"id\" of the port \"x\" of \"A\": {first} (1)"),
            format!(
                "export:4:52: another \"server\" of the connection of \"A\" to \"A\", port \"x\": {first} (1)"
            ),
            format!(
                "export:4:65: another \"port\" of the connection of \"A\" to \"A\", port \"x\": {first} (1)"
            ),
        ]
    );
}
