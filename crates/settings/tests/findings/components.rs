//! Cases of the findings of the catalogue.

use super::{Case, SECURED};

const CLIENT: &str = "name = \"Client\"";
const SERVER: &str = "name = \"Server\"";
const CHAT: (&str, &str) = (CLIENT, "name = \"Client\"\ncomponent = \"Chat Server\"");
const SMS: (&str, &str) = (SERVER, "name = \"Server\"\ncomponent = \"SMS Server\"");
const STAT: (&str, &str) = (SERVER, "name = \"Server\"\ncomponent = \"Stat Server\"");
const INTERACTION: (&str, &str) = (
    CLIENT,
    "name = \"Client\"\ncomponent = \"Interaction Server\"",
);
const CHATS: (&str, &str) = (SERVER, "name = \"Server\"\ncomponent = \"Chat Server\"");
const ESP: (&str, &str) = ("number = 4060", "id = \"ESP\"\nnumber = 4060");
const TO_ESP: (&str, &str) = ("to = \"Server\"", "to = \"Server\"\nport = \"ESP\"");
const CLUSTER: &str = "[[application]]\nname = \"Cluster\"\ncomponent = \"Co-browse Server\"\nhost = \"b.example.com\"\n[application.security]\nsend-root = 1\n";
const NODE: &str = "[[application]]\nname = \"Node\"\ncomponent = \"Co-browse Server\"\nhost = \"b.example.com\"\n[[application.port]]\nnumber = 8443\n";

pub(crate) const CASES: &[Case] = &[
    Case {
        code: "TP1028",
        fires: &[(SERVER, "name = \"Server\"\ncomponent = \"Stat Sever\"")],
        silent: &[(SERVER, "name = \"Server\"\ncomponent = \"Our recorder\"")],
        place: "application Server",
        says: "it has \"Stat Server\"",
    },
    Case {
        code: "TP2013",
        fires: &[("", CLUSTER), ("", NODE)],
        silent: &[("", CLUSTER)],
        place: "application Cluster",
        says: "read at its nodes, such as Node",
    },
    Case {
        code: "TP3020",
        fires: &[CHAT, SMS],
        silent: &[CHAT, STAT],
        place: "Client/Server:default",
        says: "no TLS between Chat Server as a client and SMS Server as a server",
    },
    Case {
        code: "TP3021",
        fires: &[INTERACTION, CHATS],
        silent: &[INTERACTION, CHATS, ESP, TO_ESP],
        place: "Client/Server:default",
        says: "the port \"default\" is not what the catalogue lists for this link: the port ESP",
    },
    Case {
        code: "TP3022",
        fires: &[INTERACTION, CHATS, ESP, TO_ESP],
        silent: &[INTERACTION, CHATS],
        place: "Client/Server:ESP",
        says: "Interaction Server to Chat Server: On top of the common procedure",
    },
    Case {
        code: "TP5006",
        fires: &[STAT, (SECURED, "")],
        silent: &[STAT],
        place: "Server:default",
        says: "the port is in clear; a Stat Server can secure it",
    },
    Case {
        code: "TP5007",
        fires: &[(SECURED, "")],
        silent: &[(SECURED, ""), STAT],
        place: "Server:default",
        says: "the port is in plain text, and so is every connection to it",
    },
    Case {
        code: "TP5007",
        fires: &[(SECURED, "mode = \"unsecured\"")],
        silent: &[(SECURED, "configured-by = \"product\"")],
        place: "Server:default",
        says: "plain text",
    },
];
