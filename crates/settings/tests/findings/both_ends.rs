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
        says: "backup: the application is its own backup",
    },
    Case {
        code: "TP3004",
        fires: &[(TO, "to = \"Server\"\nport = \"ESP\"")],
        silent: &[(TO, "to = \"Server\"\nport = \"default\"")],
        place: "Client/Server:ESP 26:8",
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
        place: "Client/Server:default 10:1",
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
        place: "Server:default 35:40",
        says: "none is left",
    },
    Case {
        code: "TP3007",
        fires: &[(TRANSPORT, "tls=yes")],
        silent: &[(TRANSPORT, "tls=1;send-root=yes")],
        place: "Client/Server:default",
        says: "whether Server:default speaks TLS cannot be told, because of the error TP1013 at Server:default",
    },
    // Of several errors it names the one that is about it.
    Case {
        code: "TP3007",
        fires: &[(TRANSPORT, "sec-protocol=WRONG;tls=1;upgrade=1")],
        silent: &[(TRANSPORT, "sec-protocol=WRONG;tls=1")],
        place: "Client/Server:default",
        says: "cannot be told, because of the error TP2010 at Server:default",
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
        // Two tunnels of one host that feed each other.
        code: "TP3014",
        fires: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"127.0.0.1:14060\"\n[[application.port]]\nnumber = 14061\ntunnel = \"127.0.0.1:14060\"",
        )],
        silent: &[(
            "tunnel = \"127.0.0.1:14060\"",
            "tunnel = \"127.0.0.1:14060\"\n[[application.port]]\nnumber = 14061\ntunnel = \"127.0.0.1:14062\"",
        )],
        place: "Client/Server:default",
        says: "127.0.0.1:14060 is also where the program of Client:default is to listen on this host",
    },
    Case {
        // A tunnel in front of a port that another tunnel serves, and one in front of a port of a program.
        code: "TP3014",
        fires: &[(
            "",
            "[[application.port]]\nid = \"x\"\nnumber = 4061\ntunnel = \"10.0.0.12:4060\"\n",
        )],
        silent: &[
            (
                "",
                "[[application.port]]\nid = \"x\"\nnumber = 4061\ntunnel = \"10.0.0.12:4060\"\n",
            ),
            ("tunnel = \"127.0.0.1:12060\"\n", ""),
        ],
        place: "Server:x",
        says: "10.0.0.12:4060, where its program is to listen, is also where Server:default listens",
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
    Case {
        code: "TP3006",
        fires: &[
            (TRANSPORT, "tls=1;sec-protocol=TLSv13"),
            (CHECK, "sec-protocol = \"TLSv12\""),
            PROGRAM,
        ],
        silent: &[
            (TRANSPORT, "tls=1;sec-protocol=TLSv13"),
            (CHECK, "sec-protocol = \"TLSv12\""),
        ],
        place: "Client/Server:default 10:1",
        says: "the connection allows TLS 1.2 alone, Server:default allows TLS 1.3 alone",
    },
    Case {
        code: "TP3017",
        fires: &[
            (B_OWN, B_STORE),
            ("trusted-ca = \"/etc/sec/ca.pem\"\n\n[[app", "\n[[app"),
        ],
        silent: &[
            (B_OWN, B_STORE),
            (
                "trusted-ca = \"/etc/sec/ca.pem\"\n\n[[app",
                "allowed-names = \"ou:Voice\"\n\n[[app",
            ),
        ],
        place: "Server:default",
        says: "every authority in the Windows store",
    },
    Case {
        code: "TP3018",
        fires: &[BACKUP, ("", PAIR), ("", "transport = \"tls=1\"")],
        silent: &[
            BACKUP,
            ("", PAIR),
            ("", "transport = \"tls=1;tls-mutual=1\""),
        ],
        place: "Second:default",
        says: "tls-mutual is 0 here, and 1 at Server:default, whose backup this is",
    },
    Case {
        code: "TP3019",
        fires: &[
            (
                TRANSPORT,
                "tls=1;sec-protocol-max=TLSv12;cipher-list=ECDHE-RSA-AES128-GCM-SHA256",
            ),
            (
                CHECK,
                "cipher-list = \"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\"",
            ),
        ],
        silent: &[
            (
                TRANSPORT,
                "tls=1;sec-protocol-max=TLSv12;cipher-list=ECDHE-RSA-AES256-GCM-SHA384",
            ),
            (
                CHECK,
                "cipher-list = \"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\"",
            ),
        ],
        place: "Client/Server:default 10:1",
        says: "of cipher suites the connection allows TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, Server:default allows ECDHE-RSA-AES128-GCM-SHA256: there is none in common",
    },
    // An end without a list has what its engine has, and what ours has is known.
    Case {
        code: "TP3019",
        fires: &[PROGRAM, (TRANSPORT, "tls=1"), (CHECK, OLD)],
        silent: &[PROGRAM, (TRANSPORT, "tls=1"), (CHECK, OLD_AND_NEW)],
        place: "Client/Server:default 11:1",
        says: "the connection allows ECDHE-RSA-AES128-SHA, Server:default allows those that its engine has: there is none in common",
    },
    Case {
        code: "TP3019",
        fires: &[
            (TRANSPORT, "tls=1;sec-protocol-max=TLSv12"),
            (CHECK, "cipher-list = \"TLS_AES_256_GCM_SHA384\""),
        ],
        silent: &[
            (TRANSPORT, "tls=1"),
            (CHECK, "cipher-list = \"TLS_AES_256_GCM_SHA384\""),
        ],
        place: "Client/Server:default 10:1",
        says: "of cipher suites the connection allows TLS_AES_256_GCM_SHA384, Server:default allows those that its engine has: there is none in common",
    },
    Case {
        code: "TP3019",
        fires: &[
            (
                TRANSPORT,
                "tls=1;sec-protocol=TLSv13;cipher-list=TLS_AES_128_GCM_SHA256",
            ),
            (CHECK, "cipher-list = \"TLS_AES_256_GCM_SHA384\""),
        ],
        // Suites of TLS 1.3 stay if none of them is named.
        silent: &[
            (
                TRANSPORT,
                "tls=1;sec-protocol=TLSv13;cipher-list=ECDHE-RSA-AES128-GCM-SHA256",
            ),
            (CHECK, "cipher-list = \"TLS_AES_256_GCM_SHA384\""),
        ],
        place: "Client/Server:default",
        says: "there is none in common",
    },
    Case {
        code: "TP5004",
        fires: &[],
        silent: &[
            (
                CHECK,
                "tls-target-name-check = \"host\"\ncrl = \"/etc/sec/ca.crl\"",
            ),
            (
                "\"/etc/sec/b.key\"",
                "\"/etc/sec/b.key\"\ncrl = \"/etc/sec/ca.crl\"",
            ),
        ],
        place: "Client/Server:default",
        says: "crl is not set",
    },
    Case {
        code: "TP5005",
        fires: &[(CHECK, "danger-accept-weak = 2027-03-31")],
        silent: &[(CHECK, "danger-accept-weak = \"\"")],
        place: "host a.example.com 10:22",
        says: "weak certificates are accepted until 2027-03-31",
    },
];

const OLD: &str = "sec-protocol = \"TLSv12\"\ncipher-list = \"ECDHE-RSA-AES128-SHA\"";
const OLD_AND_NEW: &str = "cipher-list = \"ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256\"";
/// The program itself does TLS at the connection.
const PROGRAM: (&str, &str) = ("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\"");
const B_OWN: &str = "certificate = \"/etc/sec/b.pem\"\ncertificate-key = \"/etc/sec/b.key\"\n";
const B_STORE: &str =
    "provider = \"MSCAPI\"\ncertificate = \"D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"\n";
/// A backup of the server, on its host; its transport parameters are still to come.
const BACKUP: (&str, &str) = (
    "name = \"Server\"",
    "name = \"Server\"\nbackup = \"Second\"",
);
const PAIR: &str = "[[application]]\nname = \"Second\"\nhost = \"b.example.com\"\n[[application.port]]\nnumber = 4070\n";
