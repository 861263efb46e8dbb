//! Damaged fleet files, component files and exports, and hostile ones: every one is read or refused by name, with
//! findings that a terminal can show, and takes memory in proportion to its size.

#![cfg(test)]

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message};
use trustpack_settings::component_file::{ComponentFile, Content};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::import::{Export, import};
use trustpack_settings::place::Place;
use trustpack_settings::resolve;
use trustpack_settings::secret::Secret;
use trustpack_settings::transport::document::TransportParameters;
use trustpack_x509::time::Timestamp;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 600,
        octets: 1024 * 1024,
    },
    rounds: 1_500,
    seed: 0x5eed_0006,
};

fn fleet(text: &str) -> Result<(), Refusal> {
    let path = "fleet.toml";
    let fleet = fleet_file::read(&[Source { path, text }]);
    let resolution = resolve::resolve(&fleet, Timestamp::from_unix(1_790_000_000));
    for finding in fleet.findings().chain(resolution.findings()) {
        check_message(&finding.message);
        check_message(&finding.remedy);
    }
    let mut endpoints = 0;
    for endpoint in resolution.endpoints() {
        endpoints += 1;
        endpoint
            .findings()
            .for_each(|finding| check_message(&finding.message));
    }
    if endpoints == 0 {
        return Err("it has no endpoint".into());
    }
    Ok(())
}

#[test]
fn damaged_fleet_files() {
    let seeds = seeds::of_target("fleet_file");
    let texts: Vec<_> = seeds
        .iter()
        .filter_map(|(_, text)| std::str::from_utf8(text).ok())
        .collect();
    TRIAL.of_texts(&texts, fleet).is_at_least(1, 500);
}

#[test]
fn damaged_transport_strings() {
    let seeds = [
        "tls=1;tls-mutual=1;sec-protocol=TLSv13",
        "cipher-list=A:B;tls-crl=/a/b;certificate=/c",
        ";;==;\";\"",
    ];
    let before = "[[application]]\nname = \"a\"\nhost = \"a.example\"\n[[application.port]]\nnumber = 1\ntransport = '''";
    TRIAL
        .of_texts(&seeds, |transport| {
            fleet(&format!("{before}{transport}'''\n"))
        })
        .is_at_least(3, 2_000);
}

#[test]
fn sizes_and_depths_that_cannot_be() {
    let host = "[[host]]\nname = ";
    for (what, text) in [
        ("nested arrays", format!("{host}{}", "[".repeat(200_000))),
        ("nested tables", format!("{host}{}", "{a=".repeat(200_000))),
        ("a long header", format!("[{}]", "a.".repeat(200_000))),
        ("many headers", "[[host]]\n".repeat(20_000)),
        (
            "many keys",
            format!("[[host]]\n{}", "x = 1\n".repeat(50_000)),
        ),
        ("a long name", format!("{host}\"{}\"", "é".repeat(400_000))),
        (
            "a long key",
            format!("[[host]]\n\"{}\" = 1", "\\u0001".repeat(100_000)),
        ),
        (
            "a string without end",
            format!("{host}\"\"\"{}", "a\n".repeat(400_000)),
        ),
        ("NUL", "\0".repeat(900_000)),
        ("more than is read", "#".repeat(100 << 20)),
    ] {
        TRIAL.one(what, text.as_bytes(), |_| fleet(&text));
    }
}

/// Item 2.3.1: what is read and what is written back of a damaged string.
#[test]
fn damaged_transport_parameters_come_back_as_they_are() {
    let seeds = seeds::of_target("transport");
    let texts: Vec<_> = seeds
        .iter()
        .filter_map(|(_, text)| std::str::from_utf8(text).ok())
        .collect();
    TRIAL
        .of_texts(&texts, |text| {
            let mut parameters = TransportParameters::new(text);
            assert_eq!(parameters.as_str(), text);
            let before = parameters.value("tls").map(ToOwned::to_owned);
            parameters.set("tls", "0")?;
            assert_eq!(parameters.value("tls"), Some("0"));
            match before {
                Some(before) => parameters.set("tls", &before)?,
                None => parameters.remove("tls"),
            }
            // A `;` may have come between the end and what was added.
            assert_eq!(
                parameters.as_str().trim_end_matches(';'),
                text.trim_end_matches(';')
            );
            Ok(())
        })
        .is_at_least(2, 2_000);
}

/// Item 2.3.2. The first octet of a seed says its form.
#[test]
fn damaged_component_files() {
    TRIAL
        .of_octets(&seeds::of_target("component_file"), |input| {
            let (form, octets) = input.split_first().unwrap_or((&0, &[]));
            let path = match form % 3 {
                0 => "lca.cfg",
                1 => "setenv.sh",
                _ => "setenv.bat",
            };
            component_file(path, octets)
        })
        .is_at_least(3, 4_000);
}

fn component_file(path: &str, octets: &[u8]) -> Result<(), Refusal> {
    let mut file = ComponentFile::read(path, octets)?;
    assert_eq!(file.octets(), octets);
    for finding in file.findings(&Place::Fleet) {
        check_message(&finding.message);
        let at = finding.location().expect("a place in the file");
        assert!(file.text().get(at.start..at.end).is_some(), "{at:?}");
    }
    for entry in file.entries() {
        let at = entry.name_spot.location().expect("a place in the file");
        assert!(file.text().get(at.start..at.end).is_some(), "{at:?}");
    }
    let Some((section, name)) = file
        .assignments()
        .first()
        .map(|a| (a.section.clone(), a.name.clone()))
    else {
        return Ok(());
    };
    // Refused, or read back as it was written; nothing else has changed.
    if file.set(section.as_deref(), &name, "/new").is_ok() {
        let again = ComponentFile::read(path, &file.octets())?;
        let content = again
            .assignment(section.as_deref(), &name)
            .map(|a| a.content.clone());
        assert_eq!(content, Some(Content::Plain(Secret::new("/new"))));
    }
    Ok(())
}

/// Item 2.8.
#[test]
fn damaged_exports() {
    let seeds = seeds::of_target("import");
    let texts: Vec<_> = seeds
        .iter()
        .filter_map(|(_, text)| std::str::from_utf8(text).ok())
        .collect();
    TRIAL
        .of_texts(&texts, |text| {
            let octets = text.as_bytes();
            let imported = import(
                &[Export {
                    path: "export",
                    octets,
                }],
                &[],
            )?;
            for passed in &imported.report.passed_over {
                check_message(&passed.what);
                check_message(&passed.why);
            }
            let read = fleet_file::read(&[Source {
                path: "fleet.toml",
                text: &imported.fleet,
            }]);
            for finding in read.findings() {
                let code = finding.code().to_string();
                // What the export lacks, and nothing that was written wrongly.
                let lacks = ["TP1004", "TP1027"].contains(&code.as_str());
                assert!(lacks, "{code} {}", finding.message);
            }
            Ok(())
        })
        .is_at_least(2, 1_200);
}

/// What an export says of one object again and again is put together while it is read, and is not kept until its end.
#[test]
fn exports_that_repeat_themselves_take_little_more_than_their_size() {
    let trial = Trial {
        memory: Memory {
            per_octet: 4,
            octets: 1024 * 1024,
        },
        ..TRIAL
    };
    let head = "object,name,port,to,section,option,value\n";
    let objects = vec!["{\"name\":\"a.example.com\"}"; 100_000].join(",");
    for (what, text) in [
        (
            "rows",
            format!("{head}{}", "host,a.example.com,,,,,\n".repeat(100_000)),
        ),
        ("objects", format!("{{\"hosts\":[{objects}]}}")),
    ] {
        let taken = trial.one(what, text.as_bytes(), |octets| {
            import(
                &[Export {
                    path: "export",
                    octets,
                }],
                &[],
            )?;
            Ok(())
        });
        assert!(taken, "{what}");
    }
}

#[test]
fn exports_and_component_files_of_impossible_sizes() {
    let head = "object,name,port,to,section,option,value\n";
    let exports = [
        ("nested", format!("{{\"hosts\": {}", "[".repeat(200_000))),
        (
            "many hosts",
            format!("{head}{}", "host,a.example,,,,,\n".repeat(20_000)),
        ),
        (
            "many rows that are none",
            format!("{head}{}", "x\n".repeat(100_000)),
        ),
        (
            "a long cell",
            format!("{head}host,{},,,,,\n", "é".repeat(200_000)),
        ),
        (
            "no end of a cell",
            format!("{head}\"{}", "a\n".repeat(200_000)),
        ),
    ];
    for (what, text) in exports {
        TRIAL.one(what, text.as_bytes(), |octets| {
            import(
                &[Export {
                    path: "export",
                    octets,
                }],
                &[],
            )?;
            Ok(())
        });
    }
    for (what, text) in [
        ("quotation marks", "\"'".repeat(100_000)),
        ("words", "A=1 ".repeat(100_000)),
        ("lines", "[a]\nb=1\n".repeat(9_000)),
        ("sections", "[".repeat(300_000)),
        ("carriage returns", "\r".repeat(300_000)),
    ] {
        for path in ["lca.cfg", "setenv.sh", "setenv.bat"] {
            TRIAL.one(what, text.as_bytes(), |octets| component_file(path, octets));
        }
    }
}
