//! The interface has one form: header, functions, numbers and exported symbols say the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use trustpack_e2e::call::Call;

const HEADER: &str = include_str!("../include/trustpack.h");
const SYMBOLS: &str = include_str!("../symbols.txt");

/// The sources of this crate, by file.
fn sources() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The header without comments, as declarations.
fn declarations() -> Vec<String> {
    let mut code = String::new();
    let mut rest = HEADER;
    while let Some((before, after)) = rest.split_once("/*") {
        code.push_str(before);
        rest = after.split_once("*/").expect("an end of the comment").1;
    }
    code.push_str(rest);
    let lines = code.lines().filter(|line| !line.starts_with('#'));
    let code: String = lines.map(|line| format!("{line}\n")).collect();
    code.split(';').map(joined).collect()
}

/// Functions of the header: name, and types of arguments and of the value, names of arguments left out.
fn of_header() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for declaration in declarations() {
        let declaration = declaration
            .rsplit_once('}')
            .map_or(&*declaration, |(_, rest)| rest)
            .trim();
        let Some((head, arguments)) = declaration.split_once('(') else {
            continue;
        };
        if declaration.starts_with("typedef") {
            continue;
        }
        let at = head.rfind("trustpack_").expect("a name of ours");
        let (value, name) = head.split_at(at);
        let arguments = arguments.trim_end_matches(')').split(',').map(|argument| {
            let argument = argument.trim();
            let name = argument.rfind(['*', ' ']).map_or(0, |at| at + 1);
            let kind = if argument == "void" {
                argument
            } else {
                &argument[..name]
            };
            kind.replace(' ', "")
        });
        let arguments = arguments.collect::<Vec<_>>().join(",");
        found.insert(
            name.to_owned(),
            format!("({arguments})->{}", value.replace(' ', "")),
        );
    }
    found
}

/// What a type of the boundary is in C.
fn in_c(kind: &str) -> &str {
    match kind {
        "()" => "void",
        "i32" => "int32_t",
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "usize" => "size_t",
        "*const c_char" | "Text<'_>" => "constchar*",
        "User" => "void*",
        "Descriptor" => "int",
        "Object<'_, Context>" | "Owned<Context>" => "trustpack_context*",
        "Object<'_, Connection>" | "Owned<Connection>" => "trustpack_connection*",
        "Out<'_, *mut Handle<Context>>" => "trustpack_context**",
        "Out<'_, *mut Handle<Connection>>" => "trustpack_connection**",
        "Out<'_, *const u8>" => "constuint8_t**",
        "Out<'_, usize>" => "size_t*",
        "Out<'_, i32>" => "int32_t*",
        "Input<'_, Pair<'_>>" => "consttrustpack_option*",
        "Input<'_, u8>" => "constvoid*",
        "Output<'_>" => "void*",
        "Option<Function>" => "trustpack_log_function",
        "Option<unsafe extern \"C\" fn(user: User)>" => "trustpack_cut_function",
        other => panic!("{other} is not known here"),
    }
}

/// Functions of the code, in the form of [`of_header`].
fn of_code() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for source in sources().values() {
        let functions = source
            .split("#[unsafe(no_mangle)]\nextern \"C\" fn ")
            .skip(1);
        for function in functions {
            let signature = joined(function.split_once(" {\n").expect("a body").0);
            let (name, rest) = signature.split_once('(').expect("arguments");
            let (arguments, value) = match rest.rsplit_once(") -> ") {
                Some((arguments, value)) => (arguments, value),
                None => (rest.trim_end_matches(')'), "()"),
            };
            let mut kinds = Vec::new();
            let mut left = arguments.trim().trim_end_matches(',');
            while let Some((_, kind)) = left.split_once(": ") {
                // A comma may stand inside of a type, but never before the name of an argument.
                let end = kind.match_indices(", ").map(|(at, _)| at).find(|at| {
                    kind[at + 2..].split_once(": ").is_some_and(|(name, _)| {
                        name.chars()
                            .all(|c| c.is_ascii_lowercase() || c == '_' || c == ' ')
                    })
                });
                let (kind, rest) = kind.split_at(end.unwrap_or(kind.len()));
                kinds.push(in_c(kind));
                left = rest.trim_start_matches(", ");
                left = left.strip_prefix("mut ").unwrap_or(left);
            }
            if kinds.is_empty() {
                kinds.push("void");
            }
            let value = match in_c(value) {
                "int32_t" if !is_number_function(name) => "trustpack_result",
                other => other,
            };
            found.insert(name.to_owned(), format!("({})->{value}", kinds.join(",")));
        }
    }
    found
}

/// Functions that give a number which is no result.
fn is_number_function(name: &str) -> bool {
    let last = name.rsplit("_connection_").next().unwrap_or(name);
    last.starts_with("is_")
        || name == "trustpack_context_is_plain"
        || [
            "reason",
            "step",
            "alert_sent",
            "alert_received",
            "wants_write",
        ]
        .contains(&last)
        || name == "trustpack_context_role"
}

#[test]
fn header_and_code_have_the_same_functions() {
    assert_eq!(of_header(), of_code());
}

#[test]
fn header_and_code_have_the_same_numbers() {
    let names = [
        ("Answer", ""),
        ("ErrorCode", "ERROR_"),
        ("Level", "LOG_"),
        ("Side", ""),
        ("Changed", "CHANGE_"),
        ("Fact", "FACT_"),
        ("Reason", "REASON_"),
        ("StepNumber", "STEP_"),
    ];
    let code = &sources()["numbers.rs"];
    let mut of_code = BTreeSet::new();
    for block in code.split("numbers! {").skip(1) {
        let mut lines = block
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("///"));
        let name = lines
            .find_map(|line| line.strip_suffix(" {"))
            .expect("a name");
        let prefix = names
            .iter()
            .find(|(known, _)| *known == name)
            .expect("a known name")
            .1;
        for line in lines.take_while(|line| *line != "}") {
            let (variant, number) = line
                .trim_end_matches(',')
                .split_once(" = ")
                .expect("a number");
            let mut upper = String::new();
            for (index, letter) in variant.chars().enumerate() {
                if index > 0 && letter.is_uppercase() {
                    upper.push('_');
                }
                upper.push(letter.to_ascii_uppercase());
            }
            of_code.insert(format!("TRUSTPACK_{prefix}{upper} = {number}"));
        }
    }
    let of_header: BTreeSet<String> = declarations()
        .iter()
        .filter_map(|declaration| declaration.split_once("enum {"))
        .flat_map(|(_, body)| body.trim_end_matches([' ', '}']).split(','))
        .map(joined)
        .collect();
    assert_eq!(of_header, of_code);
    let abi = "pub(crate) const ABI: u32 = ";
    let abi = sources()["version.rs"]
        .split_once(abi)
        .expect("the ABI")
        .1
        .to_owned();
    let abi = abi.split(';').next().expect("its number").to_owned();
    assert!(HEADER.contains(&format!("#define TRUSTPACK_ABI_VERSION {abi}\n")));
    let build = include_str!("../build.rs");
    assert!(
        build.contains(&format!("libtrustpack.so.{abi}\"")),
        "the name for the loader"
    );
}

#[test]
fn the_shared_library_exports_our_functions_and_nothing_else() {
    let listed: Vec<&str> = SYMBOLS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let of_header = of_header();
    assert_eq!(
        listed,
        of_header.keys().map(String::as_str).collect::<Vec<_>>()
    );
    let shown = Call::foreign("nm", ["-D", "--defined-only"])
        .arg(support::folder().join("libtrustpack.so"))
        .succeeds()
        .stdout;
    let exported: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.split(' ').next_back())
        .collect();
    assert_eq!(exported, listed);
}

#[test]
fn the_loader_knows_the_library_by_its_abi_and_keeps_it() {
    let shown = Call::foreign("readelf", ["-d"])
        .arg(support::folder().join("libtrustpack.so"))
        .succeeds()
        .stdout;
    assert!(shown.contains("soname: [libtrustpack.so.1]"), "{shown}");
    // Its threads would go on in memory that is gone.
    assert!(shown.contains("NODELETE"), "{shown}");
}

#[test]
fn no_runtime_for_async_is_inside() {
    let tree = Call::foreign(
        env!("CARGO"),
        ["tree", "--offline", "--locked", "--edges", "normal"],
    )
    .args(["--package", "trustpack-capi", "--prefix", "none"])
    .within(&support::of_crate(""))
    .succeeds()
    .stdout;
    assert!(tree.contains("rustls v"), "{tree}");
    assert!(!tree.contains("tokio"), "{tree}");
}

#[test]
fn the_header_is_c_and_c_plus_plus() {
    for (program, standard, file) in [
        ("gcc", "-std=c99", "include.c"),
        ("g++", "-std=c++11", "include.cpp"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(file);
        let text = "#include \"trustpack.h\"\nint main(void) { return trustpack_abi_version() == TRUSTPACK_ABI_VERSION; }\n";
        fs::write(&file, text).unwrap();
        Call::foreign(
            program,
            [
                standard,
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-fsyntax-only",
            ],
        )
        .arg("-I")
        .arg(support::of_crate("include"))
        .arg(&file)
        .succeeds();
    }
}
