//! Why an endpoint of a fleet is not as expected, or its connection does not work: what is known of both its ends.

use trustpack_material::prediction::End;
use trustpack_material::survey::Survey;
use trustpack_probe::expected::seen;
use trustpack_probe::explain::Explanation;
use trustpack_probe::explain::compared::{Compared, of_compared};
use trustpack_probe::explain::ends::Ends;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_x509::time::Timestamp;

use super::super::fleet_arguments::ReadFleet;
use super::fleet::Row;

/// The explanation of a row; nothing where nothing is wrong.
pub(super) fn of(
    row: &Row,
    read: &ReadFleet,
    survey: &Survey,
    now: Timestamp,
) -> Option<Explanation> {
    let endpoint = read.resolution.endpoint(&row.place)?;
    let compared = Compared {
        expected: &row.expected,
        found: &row.found,
        asked_as: row.asked_as,
        differences: &row.differences,
    };
    of_compared(compared, &ends(endpoint, read, survey), now)
}

fn ends<'a>(endpoint: &'a Endpoint, read: &'a ReadFleet, survey: &'a Survey) -> Ends<'a> {
    let end = |endpoint: &'a Endpoint| End {
        endpoint,
        files: seen(survey, endpoint.place()),
    };
    match endpoint.role() {
        Role::Server => Ends {
            client: None,
            server: Some(end(endpoint)),
        },
        Role::Client => {
            let port = endpoint.port();
            let port = port.and_then(|port| read.resolution.endpoint(port));
            Ends {
                client: Some(end(endpoint)),
                server: port.map(end),
            }
        }
    }
}
