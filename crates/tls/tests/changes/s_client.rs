//! Sessions that `openssl s_client` saved before a change of trust, and offers after it.
//!
//! A client that keeps to itself what it was given, and offers it whatever has happened: tickets of both versions of
//! TLS, and the id of a session that the server keeps.

use std::fs;

use trustpack_e2e::call::{Call, Outcome};
use trustpack_tls::established::Resumed;

use crate::served::{Served, World};
use crate::support::Host;
use crate::world::{Clock, change_server};

/// What a client keeps of a session, as options of `s_client`.
const KEPT: [&[&str]; 3] = [&["-tls1_3"], &["-tls1_2"], &["-tls1_2", "-no_ticket"]];

impl World {
    fn s_client(&self, served: &Served, kept: &[&str]) -> Call {
        // It waits for the end of the server: tickets of TLS 1.3 come after the handshake.
        Call::foreign("openssl", ["s_client", "-ign_eof", "-connect"])
            .arg(served.address.to_string())
            .args(["-verify_return_error", "-CAfile"])
            .arg(self.file("root.pem"))
            .arg("-cert")
            .arg(self.file("own.pem"))
            .arg("-key")
            .arg(self.file("own.key"))
            .args(kept)
    }

    /// Whether the session that was saved last is resumed; the new one is saved in its place.
    #[track_caller]
    fn offers(&self, served: &Served, kept: &[&str]) -> Resumed {
        let outcome = self.offer(served, kept);
        let resumed = served.came().unwrap();
        let words = match resumed {
            Resumed::Yes => "Reused, TLSv1.",
            Resumed::No => "New, TLSv1.",
        };
        outcome.prints(words).prints("hello");
        resumed
    }

    fn offer(&self, served: &Served, kept: &[&str]) -> Outcome {
        served.take_next();
        let session = self.file("session");
        let call = self.s_client(served, kept).arg("-sess_out").arg(&session);
        match session.exists() {
            true => call.arg("-sess_in").arg(&session).run(),
            false => call.run(),
        }
    }
}

#[test]
fn what_was_saved_before_a_change_leads_to_a_full_handshake() {
    let world = World::new();
    for kept in KEPT {
        let mut site = world.site();
        let served = Served::start(&site, &Clock::at("2030-01-01"));
        drop(fs::remove_file(world.file("session")));
        assert_eq!(world.offers(&served, kept), Resumed::No, "{kept:?}");
        for (what, change) in world.changes() {
            let before = world.offers(&served, kept);
            assert_eq!(before, Resumed::Yes, "{kept:?}, before {what}");
            site = change(site);
            change_server(&served.context, &site);
            let after = world.offers(&served, kept);
            assert_eq!(after, Resumed::No, "{kept:?}, after {what}");
        }
    }
}

#[test]
fn another_certificate_of_the_server_leaves_what_was_saved() {
    let world = World::new();
    for kept in KEPT {
        let served = Served::start(&world.site(), &Clock::at("2030-01-01"));
        drop(fs::remove_file(world.file("session")));
        assert_eq!(world.offers(&served, kept), Resumed::No, "{kept:?}");
        let renewed = world.root.issue(&Host::named("a.example.com"));
        change_server(&served.context, &world.site().issued(&renewed));
        assert_eq!(world.offers(&served, kept), Resumed::Yes, "{kept:?}");
    }
}

#[test]
fn a_revoked_client_is_refused_with_what_it_saved() {
    let world = World::new();
    for kept in KEPT {
        let served = Served::start(&world.site(), &Clock::at("2030-01-01"));
        drop(fs::remove_file(world.file("session")));
        world.offers(&served, kept);
        assert_eq!(world.offers(&served, kept), Resumed::Yes, "{kept:?}");
        let list = world.list(1, &[&world.caller]);
        change_server(&served.context, &world.site().lists(&list));
        let outcome = world.offer(&served, kept);
        let words = served.came().unwrap_err().to_string();
        assert!(words.contains("was revoked"), "{kept:?}: {words}");
        outcome.says("alert certificate revoked");
    }
}
