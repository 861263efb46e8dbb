//! Files of any format: the reader that decides by contents.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_text, checked};
use trustpack_keystore::contents::{self, Format};
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::store::Store;

fuzz_target!(|file: &[u8]| {
    let mut read = contents::look(file, &Passwords::none());
    // Whatever else was read, or is damaged, is so with a password too.
    let has_use_for_password = match &read {
        Ok(contents) => {
            contents.has_locked_key() || matches!(contents.format, Format::Jks | Format::Jceks)
        }
        Err(error) => error.is_password(),
    };
    if has_use_for_password {
        checked(read);
        read = contents::look(file, &Passwords::from(Password::new("secret")));
    }
    let Some(contents) = checked(read) else {
        return;
    };
    for key in &contents.keys {
        if let Err(error) = &key.key {
            trustpack_fuzz::check_error(error);
        }
    }
    for note in &contents.notes {
        check_text(&note.to_string());
    }
    if contents.malformed.is_empty() {
        checked(Store::from_contents(contents));
        return;
    }
    let all = contents.certificates.len() + contents.malformed.len();
    assert_eq!(contents.danger_all().len(), all);
    assert!(contents::read(file, &Passwords::none()).is_err());
});
