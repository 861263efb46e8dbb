//! Distribution points: where certificates have none that is near, and what those answer that somebody asks.

use std::time::Duration;

use trustpack_material::survey::points::Answer;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::resolve;

use crate::support::{Authority, Host, time};
use crate::two_ends::{Fleet, NOW, codes, year};

#[test]
fn item_2_6_windows_and_distribution_points() {
    let root = Authority::root("Root");
    let mut fleet =
        Fleet::good(&root).change("tunnel = \"127.0.0.1:14060\"", "engine = \"schannel\"");
    assert_eq!(codes(&fleet.surveyed()), ["TP4106"]);
    let point = |url: &str| Host {
        points: vec![url.to_owned()],
        ..year("b.example.com")
    };
    fleet.identity(
        "b.example.com",
        &root.issue(&point("http://a.example.com/ca.crl")),
        &[],
    );
    assert_eq!(codes(&fleet.surveyed()), [""; 0]);
    fleet.identity(
        "b.example.com",
        &root.issue(&point("http://crl.example.org/ca.crl")),
        &[],
    );
    assert_eq!(codes(&fleet.surveyed()), ["TP4028"]);
    // Nobody asks: the peer has its lists from files.
    let fleet = fleet.change("engine = \"schannel\"", "tunnel = \"127.0.0.1:14060\"");
    assert_eq!(codes(&fleet.surveyed()), ["TP4038"]);
}

#[test]
fn item_2_6_what_distribution_points_answer() {
    const URL: &str = "http://a.example.com/ca.crl";
    let root = Authority::root("Root");
    let mut fleet = Fleet::good(&root);
    let own = Host {
        points: vec![URL.to_owned()],
        ..year("b.example.com")
    };
    fleet.identity("b.example.com", &root.issue(&own), &[]);
    let source = Source {
        path: "fleet.toml",
        text: &fleet.text,
    };
    let resolution = resolve(&fleet_file::read(&[source]), time(NOW));
    let check = |answer: &Answer, want: &[&str]| {
        let mut survey = fleet.surveyed();
        let points = survey.distribution_points(&resolution);
        survey.add_answer(&resolution, URL, &points[URL], answer);
        assert_eq!(codes(&survey), want);
    };
    let list = |seconds| Answer::List {
        took: Duration::from_secs(seconds),
    };
    check(&list(0), &[]);
    check(&list(9), &["TP4042"]);
    check(&Answer::Nothing("nobody answers".to_owned()), &["TP4041"]);
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_2_6_windows_and_distribution_points,
    item_2_6_what_distribution_points_answer,
];
