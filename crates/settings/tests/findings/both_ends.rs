//! Cases of the findings of both ends and of policy.

use super::{A_KEY, CHECK, Case, SECURED, TO, TRANSPORT};

pub(crate) const CASES: &[Case] = &[
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
        code: "TP3014",
        fires: &[("", "[[application.port]]\nid = \"x\"\nnumber = 4060\n")],
        silent: &[("", "[[application.port]]\nid = \"x\"\nnumber = 4061\n")],
        place: "Server:x",
        says: "10.0.0.12:4060 is also where Server:default listens on this host",
    },
    Case {
        code: "TP3014",
        fires: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"unix:/run/a\"\n[[application.connection]]\nto = \"Server\"\nport = \"x\"\ntunnel = \"unix:/run/a\"",
        )],
        silent: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"unix:/run/a\"\n[[application.connection]]\nto = \"Server\"\nport = \"x\"\ntunnel = \"unix:/run/b\"",
        )],
        place: "Client/Server:default",
        says: "unix:/run/a is also where Client/Server:x listens",
    },
    Case {
        code: "TP3014",
        fires: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"0.0.0.0:14060\"\n[[application.port]]\nnumber = 14060\ntunnel = \"127.0.0.1:9\"",
        )],
        silent: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"127.0.0.1:14060\"\n[[application.port]]\nnumber = 14060\ntunnel = \"127.0.0.1:9\"",
        )],
        place: "Client/Server:default",
        says: "0.0.0.0:14060 is also where Client:default listens",
    },
    Case {
        code: "TP3014",
        fires: &[
            ("addresses = [\"10.0.0.12\", \"::1\"]\n", ""),
            ("", "[[application.port]]\nid = \"x\"\nnumber = 4060\n"),
        ],
        silent: &[
            ("addresses = [\"10.0.0.12\", \"::1\"]\n", ""),
            (
                "tunnel = \"127.0.0.1:14060\"",
                "[[application.port]]\nnumber = 4060",
            ),
        ],
        place: "Server:default",
        says: "port 4060 is also where Server:x listens",
    },
    Case {
        code: "TP3014",
        fires: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"127.0.0.1:1\"\n[[application.connection]]\nto = \"Server\"\nport = \"x\"\ntunnel = \"127.0.0.1:1\"",
        )],
        silent: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"127.0.0.1:0\"\n[[application.connection]]\nto = \"Server\"\nport = \"x\"\ntunnel = \"127.0.0.1:0\"",
        )],
        place: "Client/Server:x",
        says: "127.0.0.1:1 is also where Client/Server:default listens",
    },
    Case {
        code: "TP3015",
        fires: &[("127.0.0.1:12060", "[::1]:4060")],
        silent: &[("127.0.0.1:12060", "127.0.0.1:4060")],
        place: "Server:default 36:10",
        says: "the plain side [::1]:4060 is the address of the secured side as well",
    },
    Case {
        code: "TP3016",
        fires: &[("127.0.0.1:12060", "10.1.2.3:24172")],
        silent: &[("127.0.0.1:12060", "127.1.2.3:24172")],
        place: "Server:default 36:10",
        says: "the plain side 10.1.2.3:24172 is no loopback address",
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
