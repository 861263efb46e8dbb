//! Every finding: a fleet where it fires, and the one beside it where it must not.
//!
//! Each case changes one piece of the good fleet for the firing and for the silent side.

mod common;

use std::collections::BTreeSet;

use common::{GOOD, lines, resolve};
use trustpack_settings::finding::Code;
use trustpack_settings::findings::REGISTER;

/// A change of the good fleet: pieces of text, each with its replacement. An empty piece stands for the end.
type Change = &'static [(&'static str, &'static str)];

struct Case {
    code: &'static str,
    fires: Change,
    silent: Change,
    /// Where it fires, and what its message says.
    place: &'static str,
    says: &'static str,
}

const SECURED: &str = "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"";
const TO: &str = "to = \"Server\"";
const TRANSPORT: &str = "tls=1;tls-mutual=1";
const A_SOURCE: &str = "host = \"a.example.com\"\ncertificate-source = \"host\"";
const A_OWN: &str = "certificate = \"/etc/sec/a.pem\"\ncertificate-key = \"/etc/sec/a.key\"\n";
const A_KEY: &str = "certificate-key = \"/etc/sec/a.key\"\n";
const B_CA: &str = "trusted-ca = \"/etc/sec/ca.pem\"\n\n[[application]]";
const CHECK: &str = "tls-target-name-check = \"host\"";
const OTHER_ACCEPT: &str = "\n[[accept]]\ncode = \"TP5001\"\nreason = \"r\"\n";

fn changed(change: Change) -> String {
    let mut text = GOOD.to_owned();
    for (old, new) in change {
        if old.is_empty() {
            text.push_str(new);
        } else {
            assert!(text.contains(old), "{old:?} is not in the text");
            text = text.replacen(old, new, 1);
        }
    }
    text
}

#[track_caller]
fn check(case: &Case) {
    let found = lines(resolve(&changed(case.fires)).findings());
    let start = format!("{} {}", case.code, case.place);
    let hit = found
        .iter()
        .any(|line| line.starts_with(&start) && line.contains(case.says));
    assert!(
        hit,
        "{}: must fire at {} with {:?}: {found:#?}",
        case.code, case.place, case.says
    );
    let found = lines(resolve(&changed(case.silent)).findings());
    let hit = found.iter().any(|line| line.starts_with(case.code));
    assert!(!hit, "{}: must not fire: {found:#?}", case.code);
}

const FILE: &[Case] = &[
    Case {
        code: "TP1001",
        fires: &[("", "[[host\n")],
        silent: &[("", "# [[host\n")],
        place: "fleet 37:7",
        says: "unclosed array table; expected `]]`",
    },
    Case {
        code: "TP1002",
        fires: &[("number = 4060", "number = 4060\nnumbr = 1")],
        silent: &[("number = 4060", "number = 4060 # numbr")],
        place: "Server:default 34:1",
        says: "unknown key \"numbr\"",
    },
    Case {
        code: "TP1003",
        fires: &[("number = 4060", "number = 65536")],
        silent: &[("number = 4060", "number = 65535")],
        place: "Server:default 33:10",
        says: "number: \"65536\" is no port number",
    },
    Case {
        code: "TP1004",
        fires: &[("number = 4060\n", "")],
        silent: &[("number = 4060\n", "number = \"4060\"\n")],
        place: "Server:default 32:1",
        says: "the port has no \"number\"",
    },
    Case {
        code: "TP1005",
        fires: &[("number = 4060", "number = 4060\nnumber = 4061")],
        silent: &[(
            "number = 4060",
            "number = 4060\n[[application.port]]\nid = \"x\"\nnumber = 4060",
        )],
        place: "fleet 34:1",
        says: "\"number\" is written twice",
    },
    Case {
        code: "TP1006",
        fires: &[("", "[[application.port]]\nnumber = 1\n")],
        silent: &[("", "[[application.port]]\nid = \"other\"\nnumber = 1\n")],
        place: "Server:default",
        says: "is defined twice",
    },
    Case {
        code: "TP1007",
        fires: &[(
            "number = 4060",
            "number = [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]",
        )],
        silent: &[("number = 4060", "number = [[[[[[[[[[1]]]]]]]]]]")],
        place: "fleet 33:26",
        says: "nested deeper than 16 levels",
    },
    Case {
        code: "TP1010",
        fires: &[(CHECK, "TLS-Target-Name-Check = \"host\"")],
        silent: &[],
        place: "host a.example.com 10:1",
        says: "wrong case",
    },
    Case {
        code: "TP1011",
        fires: &[(TRANSPORT, "tls=1;tls-mutal=1")],
        silent: &[(TRANSPORT, "tls=1;backup-port=1;port=1;address=x")],
        place: "Server:default 35:20",
        says: "\"tls-mutual\" is not set by it",
    },
    Case {
        code: "TP1012",
        fires: &[(TRANSPORT, "tls=1;trace-level=9")],
        silent: &[(TRANSPORT, "tls=1;backup-port=9")],
        place: "Server:default",
        says: "\"trace-level\" is unknown",
    },
    Case {
        code: "TP1013",
        fires: &[(TRANSPORT, "tls=1;tls-mutual=yes")],
        silent: &[],
        place: "Server:default 35:31",
        says: "tls-mutual: \"yes\" is not allowed; allowed are 0, 1",
    },
    Case {
        code: "TP1014",
        fires: &[(CHECK, "tls-target-name-check = \"Host\"")],
        silent: &[],
        place: "host a.example.com 10:25",
        says: "\"Host\" is taken as \"host\"",
    },
    Case {
        code: "TP1015",
        fires: &[(TRANSPORT, "tls=1; tls-mutual=1")],
        silent: &[(TRANSPORT, "tls=1;cipher-list=A B;tls-mutual=1;")],
        place: "Server:default 35:20",
        says: "a blank stands beside the `;` or `=` of \"tls-mutual\"",
    },
    Case {
        code: "TP1016",
        fires: &[(TRANSPORT, "tls=1;tls-mutual=1;tls=0")],
        silent: &[],
        place: "Server:default 35:33",
        says: "\"tls\" is written twice; the first one counts",
    },
    Case {
        code: "TP1017",
        fires: &[("\"/etc/sec/a.pem\"", "\"/etc/sec/a.pem,sub.pem\"")],
        silent: &[("\"/etc/sec/a.pem\"", "\"/etc/sec/a.pem, C:\\\\sub.pem\"")],
        place: "host a.example.com 7:15",
        says: "certificate: the path \"sub.pem\" is relative",
    },
    Case {
        code: "TP1018",
        fires: &[(CHECK, "crl = \"/etc/sec/ca.crl\"")],
        silent: &[(
            CHECK,
            "crl = \"\"\nprovider = \"PEM\"\nfips140-enabled = false",
        )],
        place: "host a.example.com 10:7",
        says: "crl is not supported by this version",
    },
    Case {
        code: "TP1019",
        fires: &[(TRANSPORT, "tls=1;tls-mutual")],
        silent: &[(TRANSPORT, "tls=1;crl=")],
        place: "Server:default",
        says: "\"tls-mutual\" has no `=`",
    },
    Case {
        code: "TP1020",
        fires: &[(CHECK, "crl = \"/a.crl\"\ntls-crl = \"/b.crl\"")],
        silent: &[(CHECK, "crl = \"/a.crl\"\ntls-crl = \"/a.crl\"")],
        place: "host a.example.com 11:1",
        says: "\"tls-crl\" and \"crl\" are one option",
    },
    Case {
        code: "TP1021",
        fires: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Server\"\nuntil = 2026-09-30\n"),
        ],
        silent: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Server\"\nuntil = \"2026-10-01\"\n"),
        ],
        place: "Server:default",
        says: "the acceptance of TP5001 ended on 2026-09-30",
    },
    Case {
        code: "TP1022",
        fires: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Sever\"\nuntil = 2030-01-01\n"),
        ],
        silent: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"host a.example.com\"\nuntil = 2030-01-01\n"),
        ],
        place: "fleet",
        says: "names Sever:default, which the fleet does not have",
    },
];

const LEVELS: &[Case] = &[
    Case {
        code: "TP2001",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\n[application.security]\ncertificate = \"/x\"\ncertificate-key = \"/x\"",
        )],
        silent: &[(
            A_SOURCE,
            "host = \"a.example.com\"\n[application.security]\ncertificate = \"/x\"\ncertificate-key = \"/x\"\ntrusted-ca = \"/x\"",
        )],
        place: "application Client 9:1",
        says: "the credentials come from the level of the application, so trusted-ca at the level of the host does not count",
    },
    Case {
        code: "TP2002",
        fires: &[(TO, "to = \"Server\"\ntransport = \"sec-protocol=TLSv12\"")],
        silent: &[(
            CHECK,
            "tls-target-name-check = \"host\"\nsec-protocol = \"TLSv12\"",
        )],
        place: "Client/Server:default",
        says: "sec-protocol is set at the level of the endpoint, the credentials at that of the host",
    },
    Case {
        code: "TP2003",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\ncertificate-source = \"host\"\n[application.security]\nprovider = \"PEM\"",
        )],
        silent: &[(
            A_SOURCE,
            "host = \"a.example.com\"\ncertificate-source = \"host\"\n[application.security]\nsend-root = 1",
        )],
        place: "application Client",
        says: "certificate-source is \"host\", so provider of the application is not used",
    },
    Case {
        code: "TP2003",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\ncertificate-source = \"application\"",
        )],
        silent: &[(
            A_SOURCE,
            "host = \"a.example.com\"\ncertificate-source = \"application\"\n[application.security]\ntrusted-ca = \"/x\"",
        )],
        place: "application Client",
        says: "certificate-source is \"application\", so certificate, certificate-key, trusted-ca of the host is not used",
    },
    Case {
        code: "TP2004",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\nown-file = \"/opt/lca.cfg\"",
        )],
        silent: &[
            (
                A_SOURCE,
                "host = \"a.example.com\"\nown-file = \"/opt/lca.cfg\"",
            ),
            (A_OWN, ""),
            (
                "trusted-ca = \"/etc/sec/ca.pem\"\ntls-target-name-check = \"host\"\n",
                "",
            ),
        ],
        place: "application Client",
        says: "so certificate, certificate-key, trusted-ca, tls-target-name-check of the host is not used",
    },
    Case {
        code: "TP2005",
        fires: &[(
            TO,
            "to = \"Server\"\ntransport = \"tls-target-name-check=no\"",
        )],
        silent: &[(
            TO,
            "to = \"Server\"\ntransport = \"tls-target-name-check=host\"",
        )],
        place: "Client/Server:default",
        says: "tls-target-name-check of the endpoint hides that of the host",
    },
    Case {
        code: "TP2005",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\n[application.security]\ncertificate = \"/x\"\ncertificate-key = \"/x\"\ntrusted-ca = \"/x\"",
        )],
        silent: &[],
        place: "application Client",
        says: "the credentials of the application hides that of the host",
    },
    Case {
        code: "TP2006",
        fires: &[(TO, "to = \"Server\"\ntransport = \"tls-mutual=1\"")],
        silent: &[(CHECK, "tls-target-name-check = \"host\"\ntls-mutual = 1")],
        place: "Client/Server:default",
        says: "tls-mutual has no effect at a connection",
    },
    Case {
        code: "TP2006",
        fires: &[(CHECK, "tls-target-name-check = \"host\"\ntls = 1")],
        silent: &[(TO, "to = \"Server\"\ntransport = \"tls=1\"")],
        place: "host a.example.com",
        says: "tls has no effect at a host",
    },
    Case {
        code: "TP2007",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\nown-file = \"/opt/lca.cfg\"",
        )],
        silent: &[],
        place: "application Client",
        says: "\"/opt/lca.cfg\", which this version does not read",
    },
    Case {
        code: "TP2008",
        fires: &[(A_SOURCE, "host = \"a.example.com\"")],
        silent: &[(
            A_SOURCE,
            "host = \"a.example.com\"\n[application.security]\ntrusted-ca = \"/x\"",
        )],
        place: "application Client 7:1",
        says: "certificate-source does not say so",
    },
    Case {
        code: "TP2009",
        fires: &[(TRANSPORT, "tls=0")],
        silent: &[(TRANSPORT, "tls=1")],
        place: "Server:default 35:14",
        says: "the mode is \"secured\", but the transport parameters say tls=0",
    },
    Case {
        code: "TP2009",
        fires: &[("mode = \"secured\"", "mode = \"unsecured\"")],
        silent: &[
            ("mode = \"secured\"", "mode = \"unsecured\""),
            (TRANSPORT, "tls=0"),
        ],
        place: "Server:default 35:14",
        says: "the mode is \"unsecured\", but the transport parameters say tls=1",
    },
    Case {
        code: "TP2010",
        fires: &[(TRANSPORT, "tls=1;upgrade=1")],
        silent: &[(TRANSPORT, "tls=1;upgrade=0")],
        place: "Server:default",
        says: "tls=1 and upgrade=1 are set together",
    },
    Case {
        code: "TP2011",
        fires: &[(
            "tunnel = \"127.0.0.1:12060\"",
            "tunnel = \"127.0.0.1:12060\"\nengine = \"openssl\"",
        )],
        silent: &[("tunnel = \"127.0.0.1:12060\"", "engine = \"openssl\"")],
        place: "Server:default",
        says: "engine is \"openssl\"",
    },
    Case {
        code: "TP2020",
        fires: &[("certificate-key = \"/etc/sec/b.key\"\n", "")],
        silent: &[
            ("certificate-key = \"/etc/sec/b.key\"\n", ""),
            (SECURED, "mode = \"unsecured\""),
        ],
        place: "Server:default",
        says: "certificate-key is not set; the rest of the credentials stands at the level of the host",
    },
    Case {
        code: "TP2020",
        fires: &[(B_CA, "[[application]]")],
        silent: &[(B_CA, "[[application]]"), (TRANSPORT, "tls=1")],
        place: "Server:default",
        says: "trusted-ca is not set",
    },
    Case {
        code: "TP2020",
        fires: &[("trusted-ca = \"/etc/sec/ca.pem\"\ntls-target", "tls-target")],
        silent: &[(
            "trusted-ca = \"/etc/sec/ca.pem\"\ntls-target",
            "client-auth = 0\ntls-target",
        )],
        place: "Client/Server:default",
        says: "trusted-ca is not set",
    },
    Case {
        code: "TP2021",
        fires: &[(B_CA, "[[application]]"), (TRANSPORT, "tls=1")],
        silent: &[(TRANSPORT, "tls=1")],
        place: "Server:default",
        says: "trusted-ca is not set, which the systems taken over demand",
    },
    Case {
        code: "TP2022",
        fires: &[(
            A_SOURCE,
            "host = \"a.example.com\"\nruntime = \"java\"\ncertificate-source = \"host\"",
        )],
        silent: &[
            (
                A_SOURCE,
                "host = \"a.example.com\"\nruntime = \"java\"\ncertificate-source = \"host\"",
            ),
            (
                A_OWN,
                "provider = \"PEM\"\ncertificate = \"/a\"\ncertificate-key = \"/a\"\n",
            ),
        ],
        place: "Client/Server:default",
        says: "runs on Java and has no provider",
    },
    Case {
        code: "TP1018",
        fires: &[("platform = \"unix\"", "platform = \"windows\"")],
        silent: &[
            ("platform = \"unix\"", "platform = \"windows\""),
            (
                A_OWN,
                "provider = \"PEM\"\ncertificate = \"C:\\\\a\"\ncertificate-key = \"C:\\\\a\"\n",
            ),
        ],
        place: "Client/Server:default",
        says: "no provider is set, so MSCAPI is used",
    },
    Case {
        code: "TP1018",
        fires: &[
            ("mode = \"secured\"", "mode = \"auto-detect\""),
            (TRANSPORT, "tls-mutual=1"),
        ],
        silent: &[],
        place: "Server:default 34:8",
        says: "the mode auto-detect is not supported",
    },
];

const BOTH_ENDS: &[Case] = &[
    Case {
        code: "TP3001",
        fires: &[(TO, "to = \"Server\"\ntransport = \"tls=0\"")],
        silent: &[
            (TO, "to = \"Server\"\ntransport = \"tls=0\""),
            (SECURED, ""),
        ],
        place: "Client/Server:default 26:14",
        says: "the connection says tls=0, but Server:default speaks TLS",
    },
    Case {
        code: "TP3002",
        fires: &[
            (TO, "to = \"Server\"\ntransport = \"tls=1\""),
            (SECURED, ""),
        ],
        silent: &[(TO, "to = \"Server\"\ntransport = \"tls=1\"")],
        place: "Client/Server:default",
        says: "Server:default speaks no TLS",
    },
    Case {
        code: "TP3003",
        fires: &[(TO, "to = \"Sever\"")],
        silent: &[(TO, "to = \"Server\"")],
        place: "Client/Sever:default 25:6",
        says: "there is no application \"Sever\"",
    },
    Case {
        code: "TP3003",
        fires: &[(
            "name = \"Server\"",
            "name = \"Server\"\nbackup = \"Server\"",
        )],
        silent: &[(
            "name = \"Server\"",
            "name = \"Server\"\nbackup = \"Client\"",
        )],
        place: "application Server",
        says: "backup: there is no application \"Server\"",
    },
    Case {
        code: "TP3004",
        fires: &[(TO, "to = \"Server\"\nport = \"ESP\"")],
        silent: &[(TO, "to = \"Server\"\nport = \"default\"")],
        place: "Client/Server:ESP",
        says: "\"Server\" has no port \"ESP\"; it has only default",
    },
    Case {
        code: "TP3005",
        fires: &[("host = \"b.example.com\"", "host = \"c.example.com\"")],
        silent: &[("host = \"b.example.com\"", "host = \"B.Example.com\"")],
        place: "application Server",
        says: "there is no host \"c.example.com\"",
    },
    Case {
        code: "TP3006",
        fires: &[
            (TRANSPORT, "tls=1;sec-protocol=TLSv13"),
            (CHECK, "sec-protocol-max = \"TLSv12\""),
        ],
        silent: &[
            (TRANSPORT, "tls=1;sec-protocol=TLSv13"),
            (CHECK, "sec-protocol-max = \"TLSv13\""),
        ],
        place: "Client/Server:default",
        says: "the connection allows TLS 1.2 alone, Server:default allows TLS 1.3 alone",
    },
    Case {
        code: "TP3006",
        fires: &[(
            TRANSPORT,
            "tls=1;sec-protocol=TLSv13;sec-protocol-max=TLSv12",
        )],
        silent: &[(
            TRANSPORT,
            "tls=1;sec-protocol=TLSv12;sec-protocol-max=TLSv12",
        )],
        place: "Server:default",
        says: "none is left",
    },
    Case {
        code: "TP3007",
        fires: &[(TRANSPORT, "tls=yes")],
        silent: &[(TRANSPORT, "tls=1;send-root=yes")],
        place: "Client/Server:default",
        says: "whether Server:default speaks TLS cannot be told",
    },
    Case {
        code: "TP3010",
        fires: &[(A_KEY, "")],
        silent: &[(A_KEY, ""), (TRANSPORT, "tls=1")],
        place: "Client/Server:default",
        says: "Server:default demands a client certificate, but certificate-key is not set",
    },
    Case {
        code: "TP3011",
        fires: &[(CHECK, "client-auth = 0"), (TRANSPORT, "tls=1")],
        silent: &[(CHECK, "client-auth = 1")],
        place: "host a.example.com 10:1",
        says: "client-auth is 0",
    },
    Case {
        code: "TP3012",
        fires: &[(CHECK, "client-auth = 0")],
        silent: &[(CHECK, "client-auth = 0"), (TRANSPORT, "tls=1")],
        place: "Client/Server:default",
        says: "Server:default checks this client",
    },
    Case {
        code: "TP5001",
        fires: &[(CHECK, "")],
        silent: &[(CHECK, ""), (SECURED, "")],
        place: "Client/Server:default",
        says: "tls-target-name-check is off",
    },
    Case {
        code: "TP5002",
        fires: &[(TRANSPORT, "tls=1;sec-protocol=SSLv23")],
        silent: &[(TRANSPORT, "tls=1;sec-protocol=")],
        place: "Server:default",
        says: "an old name for any version",
    },
    Case {
        code: "TP5003",
        fires: &[(TRANSPORT, "tls=1;sec-protocol=TLSv11")],
        silent: &[(TRANSPORT, "tls=1;sec-protocol=TLSv12")],
        place: "Server:default",
        says: "sec-protocol is TLSv11",
    },
];

#[test]
fn findings_of_the_file_fire_where_they_should() {
    FILE.iter().for_each(check);
}

#[test]
fn findings_of_the_levels_fire_where_they_should() {
    LEVELS.iter().for_each(check);
}

#[test]
fn findings_of_both_ends_fire_where_they_should() {
    BOTH_ENDS.iter().for_each(check);
}

/// TP3013 has its case in the tests of endpoints by hand: in a fleet every host has a name.
#[test]
fn every_finding_has_a_case() {
    let cases: BTreeSet<Code> = [FILE, LEVELS, BOTH_ENDS]
        .into_iter()
        .flatten()
        .map(|case| case.code.parse().unwrap())
        .chain([Code::new(3013)])
        .collect();
    let register: BTreeSet<Code> = REGISTER.iter().map(|kind| kind.code).collect();
    assert_eq!(cases, register);
}
