//! `fleet check --ask-points`: CRL distribution points that are there, are slow, say nothing, give something else, or are
//! gone.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::lists::crl;
use trustpack_e2e::plain::Service;

use crate::fleet_files::{Site, codes};

/// A web server that shows one file at every path.
struct Web {
    service: Service,
    shown: Arc<Mutex<Vec<u8>>>,
    takes: Arc<Mutex<Duration>>,
}

/// Longer than a point may take (TP4042).
const SLOW: Duration = Duration::from_millis(1_100);

/// Longer than anybody waits for a point.
const SILENT: Duration = Duration::from_secs(30);

impl Web {
    fn start() -> Self {
        let shown = Arc::<Mutex<Vec<u8>>>::default();
        let file = Arc::clone(&shown);
        let takes = Arc::<Mutex<Duration>>::default();
        let before = Arc::clone(&takes);
        let service = Service::start(move |mut stream| {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            // The head ends with an empty line.
            let head = lines.map_while(Result::ok);
            let asked = head.take_while(|line| !line.is_empty()).count();
            let takes = *before.lock().unwrap();
            // Whoever goes ends the wait. That is what a slow server is: nothing comes before its time.
            drop(stream.set_read_timeout(Some(takes.max(Duration::from_millis(1)))));
            if !takes.is_zero() && matches!(stream.peek(&mut [0]), Ok(0)) {
                return;
            }
            let body = file.lock().unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            if asked > 0 {
                drop(stream.write_all(&[head.as_bytes(), &body].concat()));
            }
        });
        Self {
            service,
            shown,
            takes,
        }
    }

    fn takes(&self, time: Duration) {
        *self.takes.lock().unwrap() = time;
    }

    fn shows(&self, file: &[u8]) {
        *self.shown.lock().unwrap() = file.to_vec();
    }
}

#[test]
fn points_that_give_a_list_and_points_that_do_not() {
    let web = Web::start();
    let url = format!("http://{}/ca.crl", web.service.address());
    let ca = TestCa::with(&["--crl-distribution-point", &url]);
    let site = Site::of_ca(ca);
    let check = |options: &[&str]| {
        let words = [&["check", "--files", "hosts", "--json"], options].concat();
        let outcome = site.fleet(&words).succeeds();
        let report = serde_json::from_str(&outcome.stdout).unwrap();
        (codes(&report).concat(), outcome)
    };
    let asks = ["--ask-points"];
    let list = site.ca.dir().join("list.pem");
    crl(&site.ca, &["create", "--out"]).arg(&list).succeeds();
    web.shows(&fs::read(&list).unwrap());
    let (found, outcome) = check(&asks);
    assert!(!found.contains("TP4041"), "{outcome}");
    web.shows(b"<html>moved</html>");
    let (found, outcome) = check(&asks);
    // Both hosts name it.
    assert_eq!(found.matches("TP4041").count(), 2, "{outcome}");
    let (found, outcome) = check(&[]);
    assert!(!found.contains("TP4041"), "{outcome}");
    drop(web);
    let (found, outcome) = check(&asks);
    assert_eq!(found.matches("TP4041").count(), 2, "{outcome}");
    outcome.prints("nobody answers");
}

#[test]
fn a_point_that_is_slow_and_one_that_says_nothing() {
    let web = Web::start();
    let url = format!("http://{}/ca.crl", web.service.address());
    let ca = TestCa::with(&["--crl-distribution-point", &url]);
    let site = Site::of_ca(ca);
    let list = site.ca.dir().join("list.pem");
    crl(&site.ca, &["create", "--out"]).arg(&list).succeeds();
    web.shows(&fs::read(&list).unwrap());
    let check = || {
        let words = ["check", "--files", "hosts", "--ask-points"];
        // What is slow is doubtful, and keeps nothing down.
        site.fleet(&words).succeeds()
    };
    web.takes(SLOW);
    let outcome = check().prints("TP4042").prints(&url);
    let outcome = outcome.prints("seconds; at most 1 is in order");
    assert!(!outcome.stdout.contains("TP4041"), "{outcome}");
    web.takes(SILENT);
    let outcome = check().prints("TP4041");
    let outcome = outcome.prints("gives no list: it takes longer than 20 seconds");
    assert!(!outcome.stdout.contains("TP4042"), "{outcome}");
    web.takes(Duration::ZERO);
    let outcome = check();
    assert!(!outcome.stdout.contains("TP404"), "{outcome}");
}

#[test]
fn what_is_not_http_is_not_asked() {
    let ca = TestCa::with(&["--crl-distribution-point", "ldap://dir.example.com/cn=CA"]);
    let site = Site::of_ca(ca);
    let words = ["check", "--files", "hosts", "--ask-points"];
    let outcome = site.fleet(&words).succeeds();
    outcome.says("ldap://dir.example.com/cn=CA is not asked; only http: is");
    let without_files = site.fleet(&["check", "--ask-points"]);
    without_files.exits_with(2);
}
