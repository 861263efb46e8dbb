//! Cases of the findings of levels and credentials.

use super::{A_OWN, A_SOURCE, B_CA, CHECK, Case, SECURED, TO, TRANSPORT};

pub(crate) const CASES: &[Case] = &[
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
        says: "sec-protocol counts, but is set at the level of the endpoint, the credentials at that of the host: a program that does TLS itself may pass it over",
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
        says: "certificate-source is \"application\", so certificate, certificate-key, trusted-ca of the host are not used",
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
        place: "application Client 7:1",
        says: "so certificate, certificate-key, trusted-ca, tls-target-name-check of the host are not used",
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
        says: "the credentials block of the application hides that of the host",
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
        says: "\"/opt/lca.cfg\", which was not read: nobody said",
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
        code: "TP2014",
        fires: &[(TRANSPORT, "tls=1;allowed-names=dns:a.example.com")],
        silent: &[(
            TRANSPORT,
            "tls=1;tls-mutual=1;allowed-names=dns:a.example.com",
        )],
        place: "Server:default 35:20",
        says: "no client is asked for a certificate, so allowed-names keeps nobody out",
    },
    Case {
        code: "TP2014",
        fires: &[(TRANSPORT, "tls=1;crl=/etc/sec/crl.pem")],
        // A list of the host is there for its clients.
        silent: &[
            (TRANSPORT, "tls=1"),
            (
                B_CA,
                "trusted-ca = \"/etc/sec/ca.pem\"\ncrl = \"/etc/sec/crl.pem\"\n\n[[application]]",
            ),
        ],
        place: "Server:default 35:20",
        says: "no client is asked for a certificate, so crl keeps nobody out",
    },
    Case {
        code: "TP2015",
        fires: &[(TRANSPORT, "tls=1;tls-mutal=1")],
        // What is set is not missed.
        silent: &[(TRANSPORT, "tls=1;tls-mutual=1;tls-mutal=1;trace-level=2")],
        place: "Server:default 35:20",
        says: "\"tls-mutal\" was perhaps to be that; without it the endpoint is not started",
    },
    Case {
        code: "TP2015",
        fires: &[(SECURED, "transport = \"tsl=1\"")],
        silent: &[
            (SECURED, "transport = \"tsl=1\""),
            ("tunnel = \"127.0.0.1:12060\"\n", ""),
        ],
        place: "Server:default 34:14",
        says: "\"tls\" is not set",
    },
    Case {
        code: "TP2020",
        fires: &[("certificate-key = \"/etc/sec/b.key\"\n", "")],
        silent: &[
            ("certificate-key = \"/etc/sec/b.key\"\n", ""),
            (SECURED, "mode = \"unsecured\""),
        ],
        place: "Server:default",
        says: "not set: certificate-key; the rest of the credentials stands at the level of the host",
    },
    Case {
        code: "TP2020",
        fires: &[(B_CA, "[[application]]")],
        silent: &[(B_CA, "[[application]]"), (TRANSPORT, "tls=1")],
        place: "Server:default",
        says: "not set: trusted-ca",
    },
    Case {
        code: "TP2020",
        fires: &[("trusted-ca = \"/etc/sec/ca.pem\"\ntls-target", "tls-target")],
        silent: &[(
            "trusted-ca = \"/etc/sec/ca.pem\"\ntls-target",
            "client-auth = 0\ntls-target",
        )],
        place: "Client/Server:default",
        says: "not set: trusted-ca",
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
        fires: &[(A_OWN, MSCAPI), ("trusted-ca = \"/etc/sec/ca.pem\"\n", "")],
        silent: &[
            (A_OWN, MSCAPI),
            ("trusted-ca = \"/etc/sec/ca.pem\"\n", ""),
            ("tunnel = \"127.0.0.1:14060\"", "engine = \"schannel\""),
        ],
        place: "host a.example.com",
        says: "provider = MSCAPI is not supported by this version",
    },
    Case {
        code: "TP2006",
        fires: &[
            (CHECK, "crl = \"/etc/sec/ca.crl\""),
            ("tunnel = \"127.0.0.1:14060\"", "engine = \"schannel\""),
        ],
        silent: &[
            (CHECK, "crl = \"/etc/sec/ca.crl\""),
            ("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\""),
        ],
        place: "host a.example.com 10:1",
        says: "crl has no effect with the engine schannel",
    },
    Case {
        code: "TP2006",
        fires: &[
            (CHECK, "sec-protocol-max = \"TLSv12\""),
            ("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\""),
        ],
        silent: &[(CHECK, "sec-protocol-max = \"TLSv12\"")],
        place: "host a.example.com 10:1",
        says: "sec-protocol-max has no effect with the engine openssl",
    },
    Case {
        code: "TP2006",
        fires: &[(A_OWN, MSCAPI_WITH_KEY)],
        silent: &[(A_OWN, MSCAPI), ("trusted-ca = \"/etc/sec/ca.pem\"\n", "")],
        place: "host a.example.com",
        says: "certificate-key has no effect with the provider MSCAPI",
    },
    Case {
        code: "TP2006",
        fires: &[(CHECK, "store-location = \"user\"")],
        silent: &[
            (A_OWN, MSCAPI),
            ("trusted-ca = \"/etc/sec/ca.pem\"\n", ""),
            (CHECK, "store-location = \"user\""),
        ],
        place: "host a.example.com",
        says: "store-location has no effect with the provider PEM",
    },
    Case {
        code: "TP2012",
        fires: &[(CHECK, "fips140-enabled = true")],
        silent: &[
            (CHECK, "fips140-enabled = true"),
            ("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\""),
        ],
        place: "host a.example.com 10:19",
        says: "this build has no FIPS engine",
    },
    Case {
        code: "TP2020",
        fires: &[
            (A_OWN, "provider = \"JKS\"\n"),
            ("trusted-ca = \"/etc/sec/ca.pem\"\n", ""),
        ],
        silent: &[(A_OWN, MSCAPI), ("trusted-ca = \"/etc/sec/ca.pem\"\n", "")],
        place: "Client/Server:default",
        says: "not set: trusted-ca",
    },
];

const MSCAPI: &str =
    "provider = \"MSCAPI\"\ncertificate = \"D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"\n";
const MSCAPI_WITH_KEY: &str = "provider = \"MSCAPI\"\ncertificate = \"D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"\ncertificate-key = \"/a.key\"\n";
