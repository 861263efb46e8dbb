//! Cases of the findings of the file and its spelling.

use super::{CHECK, Case, OTHER_ACCEPT, TRANSPORT};

pub(crate) const CASES: &[Case] = &[
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
        code: "TP1008",
        fires: &[(
            "\"/etc/sec/a.key\"",
            "\"\"\"-----BEGIN PRIVATE KEY-----\nMIGH\n\"\"\"",
        )],
        silent: &[("", "# -----BEGIN PRIVATE KEY-----\n")],
        place: "fleet 8:22",
        says: "a PEM block begins here",
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
        fires: &[(
            TRANSPORT,
            "tls=1;provider=PKCS11;certificate=pkcs11:object=a",
        )],
        silent: &[
            (TRANSPORT, "tls-mutual=1;upgrade=1"),
            ("mode = \"secured\"\n", ""),
        ],
        place: "Server:default",
        says: "provider = PKCS11 is not supported by this version",
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
    Case {
        code: "TP1023",
        fires: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Server\"\nuntil = \"tomorrow\"\n"),
        ],
        silent: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Server\"\nuntil = 2030-01-01\n"),
        ],
        place: "fleet 42:9",
        says: "acceptance: until: ",
    },
    Case {
        code: "TP1024",
        fires: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Server\"\nuntil = 2030-01-01\n"),
            ("TP5001", "TP9999"),
        ],
        silent: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Server\"\nuntil = 2030-01-01\n"),
            ("TP5001", "TP4999"),
        ],
        place: "fleet",
        says: "TP9999 is accepted, but no finding has this code",
    },
    Case {
        code: "TP1025",
        fires: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Client/Server\"\nuntil = 2030-01-01\n"),
        ],
        silent: &[
            ("", OTHER_ACCEPT),
            ("", "place = \"Client/Server\"\nuntil = 2030-01-01\n"),
            (CHECK, ""),
        ],
        place: "fleet",
        says: "TP5001 is accepted at Client/Server:default, but is not found there",
    },
    Case {
        code: "TP1013",
        fires: &[
            (
                "mode = \"secured\"",
                "transport = \"tls=1;provider=PKCS13\"",
            ),
            ("transport = \"tls=1;tls-mutual=1\"\n", ""),
        ],
        silent: &[
            (
                "mode = \"secured\"",
                "transport = \"tls=1;provider=PKCS12\"",
            ),
            ("transport = \"tls=1;tls-mutual=1\"\n", ""),
        ],
        place: "Server:default",
        says: "provider: \"PKCS13\" is not allowed",
    },
    Case {
        code: "TP1017",
        fires: &[(
            "certificate = \"/etc/sec/a.pem\"",
            "certificate = \"a.jks#host\"\nprovider = \"JKS\"",
        )],
        silent: &[(
            "certificate = \"/etc/sec/a.pem\"",
            "certificate = \"D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"\nprovider = \"MSCAPI\"",
        )],
        place: "host a.example.com 7:15",
        says: "certificate: the path \"a.jks\" is relative",
    },
    Case {
        code: "TP1026",
        fires: &[(
            "certificate = \"/etc/sec/a.pem\"",
            "certificate = \"\u{200E}d0b028aad0b028aad0b028aad0b028aad0b028aa\"\nprovider = \"MSCAPI\"",
        )],
        silent: &[(
            "certificate = \"/etc/sec/a.pem\"",
            "certificate = \"d0:b0:28:aa d0 b0 28 aa d0b028aad0b028aad0b028aa\"\nprovider = \"MSCAPI\"",
        )],
        place: "host a.example.com 7:15",
        says: "without them it is D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA",
    },
];
