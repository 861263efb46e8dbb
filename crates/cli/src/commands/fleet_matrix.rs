//! `trustpack fleet matrix`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_material::outlook;
use trustpack_settings::endpoint::{Endpoint, State};
use trustpack_settings::map;
use trustpack_settings::matrix::{Link, Matrix, Member};
use trustpack_settings::place::ApplicationName;
use unicode_width::UnicodeWidthStr as _;

use super::fleet_arguments::{FleetArgument, ReadFleet};
use super::fleet_files::FilesArgs;
use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::output_file::{self, Secrecy};
use crate::session::{self, Session};
use crate::terminal_text::harmless;

/// Widest grid, in columns of the terminal; a wider one is no grid for eyes, and becomes a list.
const MAX_GRID: usize = 100;

/// Show which applications connect to which, and how each pair is secured
///
/// A grid of applications: a row for each, a column for each that is connected to. Where that is too wide, a list
/// by host and application. --svg draws a map of hosts, applications and connections. Connections that will
/// fail are shown as failing, with --files by the certificates of both ends too.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Letters: M mutual, S simple, E encrypted only, A auto-detect, O open, P set up by the product, R refused,
F failing (an end does not start, or the two do not fit; with --files by their certificates too)

Examples:
  trustpack fleet matrix fleet.toml
  trustpack fleet matrix --svg fleet.svg fleet.toml
  trustpack fleet matrix --files hosts fleet.toml
  trustpack fleet matrix --application StatServer --list fleet.toml"
)]
pub(crate) struct FleetMatrix {
    #[command(flatten)]
    fleet: FleetArgument,

    #[command(flatten)]
    files: FilesArgs,

    /// Only the connections of this application, from it and to it; may be given several times
    #[arg(long, value_name = "NAME")]
    application: Vec<ApplicationName>,

    /// A list by host and application, also where a grid would fit
    #[arg(long, conflicts_with_all = ["json", "svg"])]
    list: bool,

    /// Draw a map into this file; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    svg: Option<PathBuf>,

    /// Replace the file of --svg if it is there
    #[arg(long, requires = "svg")]
    replace: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    applications: Vec<ApplicationJson>,
    pairs: Vec<PairJson>,
    states: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
struct ApplicationJson {
    application: String,
    host: Option<String>,
    component: Option<String>,
    backup: Option<String>,
    in_fleet: bool,
}

#[derive(Debug, Serialize)]
struct PairJson {
    from: String,
    to: String,
    connections: Vec<ConnectionJson>,
}

#[derive(Debug, Serialize)]
struct ConnectionJson {
    place: String,
    port: String,
    state: String,
}

impl FleetMatrix {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut read = self.fleet.read(session.now)?;
        let survey = self.files.survey(&mut read, session.now)?;
        let (survey, now) = (survey.as_ref(), session.now);
        let state = |one: &Endpoint| outlook::of(one, &read.resolution, survey, now).state;
        let matrix = self.selected(&read)?.with_states(state);
        if let Some(path) = &self.svg {
            let title = format!("Fleet {}", self.fleet.path().display());
            self.draw(path, &map::svg(&matrix, &title), session)?;
        } else if self.json {
            session.out.json(&Report::new(&matrix))?;
        } else {
            let grid = (!self.list).then(|| Grid::new(&matrix));
            match grid.filter(|grid| grid.width() <= MAX_GRID) {
                Some(grid) => {
                    grid.write(&mut session.out)?;
                    if !matrix.links.is_empty() {
                        writeln!(session.out, "rows connect to columns")?;
                    }
                }
                None => write_list(&matrix, &mut session.out)?,
            }
            write_counts(&matrix, &mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    fn selected<'r>(&self, read: &'r ReadFleet) -> Result<Matrix<'r>, Failure> {
        let matrix = Matrix::new(&read.fleet, &read.resolution);
        if self.application.is_empty() {
            return Ok(matrix);
        }
        for name in &self.application {
            if matrix.members.iter().all(|member| member.name != name) {
                let text = format!("the fleet has no application {name}");
                let hint = "`trustpack fleet show` lists them";
                return Err(Failure::request(message(text)).hint(hint));
            }
        }
        Ok(matrix.around(&self.application))
    }

    fn draw(&self, path: &Path, svg: &str, session: &mut Session) -> Result<(), Failure> {
        if path == Path::new("-") {
            session.out.data(svg.as_bytes())?;
            return Ok(());
        }
        let existing = output_file::existing(self.replace);
        output_file::check(path, existing)
            .map_err(|failure| failure.hint("--replace replaces it"))?;
        output_file::write(path, svg.as_bytes(), Secrecy::Public, existing)?;
        session::say(&format!("drawn: {}", path.display()));
        Ok(())
    }
}

impl Report {
    fn new(matrix: &Matrix<'_>) -> Self {
        let name = |index: usize| matrix.members.get(index).map(|m| m.name.to_string());
        let applications = matrix.members.iter().map(|member| {
            let component = member.written.and_then(|one| one.component.as_ref());
            ApplicationJson {
                application: member.name.to_string(),
                host: member.host.map(ToString::to_string),
                component: component.map(|component| component.value.clone()),
                backup: member.backup.and_then(name),
                in_fleet: member.written.is_some(),
            }
        });
        let pairs = pairs(matrix).map(|links| {
            let ends = links
                .first()
                .map_or((0, 0), |link| (link.client, link.server));
            PairJson {
                from: name(ends.0).unwrap_or_default(),
                to: name(ends.1).unwrap_or_default(),
                connections: links.iter().map(ConnectionJson::from).collect(),
            }
        });
        let states = matrix.counts().into_iter();
        Self {
            applications: applications.collect(),
            pairs: pairs.collect(),
            states: states
                .map(|(state, count)| (state.to_string(), count))
                .collect(),
        }
    }
}

impl From<&Link<'_>> for ConnectionJson {
    fn from(link: &Link<'_>) -> Self {
        Self {
            place: link.endpoint.place().to_string(),
            port: link.port.to_string(),
            state: link.state.to_string(),
        }
    }
}

/// The links of one client to one server, pair by pair.
fn pairs<'a>(matrix: &'a Matrix<'a>) -> impl Iterator<Item = &'a [Link<'a>]> {
    matrix
        .links
        .chunk_by(|one, other| (one.client, one.server) == (other.client, other.server))
}

/// A grid: a row for each application, a column for each that is connected to.
struct Grid<'a> {
    matrix: &'a Matrix<'a>,
    servers: Vec<usize>,
    cells: BTreeMap<(usize, usize), String>,
    number: usize,
    name: usize,
    cell: usize,
}

impl<'a> Grid<'a> {
    fn new(matrix: &'a Matrix<'a>) -> Self {
        let servers: BTreeSet<usize> = matrix.links.iter().map(|link| link.server).collect();
        let cells: BTreeMap<(usize, usize), String> = pairs(matrix)
            .filter_map(|links| {
                let first = links.first()?;
                let has = |state: &State| links.iter().any(|link| link.state == *state);
                let letters = State::ALL.into_iter().filter(has).map(State::letter);
                Some(((first.client, first.server), letters.collect()))
            })
            .collect();
        let number = matrix.members.len().to_string().len();
        let names = matrix.members.iter().map(|member| label(member).width());
        let widest = cells.values().map(String::len).max().unwrap_or_default();
        Self {
            number,
            name: names.max().unwrap_or_default(),
            cell: widest.max(number) + 1,
            servers: servers.into_iter().collect(),
            cells,
            matrix,
        }
    }

    fn width(&self) -> usize {
        self.number + 1 + self.name + 1 + self.cell * self.servers.len()
    }

    fn write(&self, out: &mut Output) -> Printed {
        let (number, cell) = (self.number, self.cell);
        let mut heading = " ".repeat(number + self.name + 2);
        for server in &self.servers {
            heading.push_str(&format!("{:>cell$}", server + 1));
        }
        writeln!(out, "{heading}")?;
        for (row, member) in self.matrix.members.iter().enumerate() {
            let label = label(member);
            let blanks = " ".repeat(self.name - label.width());
            write!(out, "{:>number$} {label}{blanks} ", row + 1)?;
            for server in &self.servers {
                let letters = self.cells.get(&(row, *server));
                let letters = letters.map_or(".", String::as_str);
                write!(out, "{letters:>cell$}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

fn label(member: &Member<'_>) -> String {
    // The columns are as wide as what is shown.
    let name = harmless(member.name.as_str());
    match member.written {
        Some(_) => name,
        None => format!("{name} (not in the fleet)"),
    }
}

/// Each pair in a line, under the client and its host.
fn write_list(matrix: &Matrix<'_>, out: &mut Output) -> Printed {
    let mut by_host: BTreeMap<Option<String>, Vec<&[Link<'_>]>> = BTreeMap::new();
    for links in pairs(matrix) {
        let client = links
            .first()
            .and_then(|link| matrix.members.get(link.client));
        let host = client
            .and_then(|member| member.host)
            .map(ToString::to_string);
        by_host.entry(host).or_default().push(links);
    }
    let name = |index: usize| matrix.members.get(index).map(label).unwrap_or_default();
    let servers = matrix.links.iter().map(|link| name(link.server).width());
    let width = servers.max().unwrap_or_default();
    let states = matrix.links.iter().map(|link| link.state.to_string().len());
    let state_width = states.max().unwrap_or_default();
    // The applications without a host come last.
    let none = by_host.remove(&None).map(|pairs| (None, pairs));
    for (host, pairs) in by_host.into_iter().chain(none) {
        writeln!(out, "{}", host.as_deref().unwrap_or("(no such host)"))?;
        let mut client = None;
        for links in pairs {
            let Some(first) = links.first() else { continue };
            if client != Some(first.client) {
                writeln!(out, "  {}", name(first.client))?;
                client = Some(first.client);
            }
            let server = name(first.server);
            let blanks = " ".repeat(width - server.width());
            let mut states: BTreeMap<State, Vec<String>> = BTreeMap::new();
            for link in links {
                let ports = states.entry(link.state).or_default();
                ports.push(link.port.to_string());
            }
            for (state, ports) in states {
                let state = state.to_string();
                writeln!(
                    out,
                    "    {server}{blanks}  {state:state_width$}  {}",
                    ports.join(", ")
                )?;
            }
        }
    }
    Ok(())
}

fn write_counts(matrix: &Matrix<'_>, out: &mut Output) -> Printed {
    let counts = matrix.counts();
    if counts.is_empty() {
        return writeln!(out, "no connections");
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{} {state}: {count}", state.letter()))
        .collect();
    writeln!(out, "{}", counts.join("   "))
}
