//! Component files of each form: read, written back, and one value changed. The first octet says which form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::check_text;
use trustpack_settings::component_file::{ComponentFile, Content};
use trustpack_settings::place::Place;
use trustpack_settings::secret::Secret;

fuzz_target!(|input: &[u8]| {
    let Some((form, octets)) = input.split_first() else {
        return;
    };
    for value in ["/new", "", "a b\"'$;"] {
        read(form % 3, value, octets);
    }
});

fn read(form: u8, value: &str, octets: &[u8]) {
    let path = match form {
        0 => "lca.cfg",
        1 => "setenv.sh",
        _ => "setenv.bat",
    };
    let mut file = match ComponentFile::read(path, octets) {
        Ok(file) => file,
        Err(error) => return check_text(&error.to_string()),
    };
    assert_eq!(file.octets(), octets);
    for finding in file.findings(&Place::Fleet) {
        check_text(&finding.message);
        let at = finding.location().expect("a place in the file");
        assert!(file.text().get(at.start..at.end).is_some(), "{at:?}");
    }
    for entry in file.entries() {
        let at = entry.value_spot.location().expect("a place in the file");
        assert!(file.text().get(at.start..at.end).is_some(), "{at:?}");
    }
    let first = file.assignments().first();
    let Some((section, name)) = first.map(|a| (a.section.clone(), a.name.clone())) else {
        return;
    };
    match file.set(section.as_deref(), &name, value) {
        Ok(()) => {
            let again = ComponentFile::read(path, &file.octets()).expect("it was written by us");
            let found = again.assignment(section.as_deref(), &name);
            let content = found.map(|a| a.content.clone());
            assert_eq!(content, Some(Content::Plain(Secret::new(value))));
        }
        Err(error) => {
            check_text(&error.to_string());
            assert_eq!(file.octets(), octets);
        }
    }
}
