//! Files of any format: the reader that decides by contents.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_text, checked};
use trustpack_keystore::contents;
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::store::Store;

fuzz_target!(|file: &[u8]| {
    checked(contents::read(file, &Passwords::none()));
    let password = Passwords::from(Password::new("secret"));
    let Some(contents) = checked(contents::read(file, &password)) else {
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
    checked(Store::from_contents(contents));
});
