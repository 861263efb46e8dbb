//! `trustpack components show`.

use serde::Serialize;
use trustpack_settings::catalogue::{Catalogue, Component, Link, Side, catalogue};

use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::session::Session;
use crate::table::Table;

/// Show what the catalogue has on a kind of component: on which links it supports TLS
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack components show 'CPD Server'")]
pub(crate) struct ComponentsShow {
    /// Its name, or another name of it
    #[arg(value_name = "NAME")]
    name: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct ShownJson {
    name: String,
    family: String,
    aliases: Vec<String>,
    notes: Vec<String>,
    links: Vec<LinkJson>,
}

#[derive(Debug, Serialize)]
struct LinkJson {
    side: &'static str,
    peers: Vec<String>,
    port: &'static str,
    since: Option<String>,
    peer_since: Option<String>,
    notes: Vec<String>,
}

impl ComponentsShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let catalogue = catalogue();
        let Some(component) = catalogue.component(&self.name) else {
            let text = format!("the catalogue has no component {:?}", self.name);
            let hint = match catalogue.nearest(&self.name) {
                Some(near) => format!("did you mean {near:?}?"),
                None => "`trustpack components list` lists them".to_owned(),
            };
            return Err(Failure::request(message(text)).hint(hint));
        };
        let shown = shown(catalogue, component);
        if self.json {
            session.out.json(&shown)?;
        } else {
            shown.write(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

fn shown(catalogue: &Catalogue, component: &Component) -> ShownJson {
    let links = catalogue.links_of(component);
    ShownJson {
        name: component.name.clone(),
        family: component.family.clone(),
        aliases: component.aliases.clone(),
        notes: texts(catalogue, &component.notes),
        links: links
            .map(|(side, link)| one_link(catalogue, side, link))
            .collect(),
    }
}

fn one_link(catalogue: &Catalogue, side: Side, link: &Link) -> LinkJson {
    let (from, to) = (&link.from_version, &link.to_version);
    let (side, peers, since, peer_since) = match side {
        Side::Client => ("client", &link.to, from, to),
        Side::Server => ("server", &link.from, to, from),
        Side::EitherOfFrom => ("client or server", &link.to, from, to),
        Side::EitherOfTo => ("client or server", &link.from, to, from),
    };
    LinkJson {
        side,
        peers: peers.iter().map(ToString::to_string).collect(),
        port: link.port.word(),
        since: since.clone(),
        peer_since: peer_since.clone(),
        notes: texts(catalogue, &link.notes),
    }
}

fn texts(catalogue: &Catalogue, ids: &[String]) -> Vec<String> {
    let texts = ids.iter().filter_map(|id| catalogue.note(id));
    texts.map(str::to_owned).collect()
}

impl ShownJson {
    fn write(&self, out: &mut Output) -> Printed {
        writeln!(out, "{}", self.name)?;
        writeln!(out, "  family: {}", self.family)?;
        if !self.aliases.is_empty() {
            writeln!(out, "  also called: {}", self.aliases.join(", "))?;
        }
        for note in &self.notes {
            writeln!(out, "  note: {note}")?;
        }
        if self.links.is_empty() {
            return writeln!(out, "  no link with TLS is listed");
        }
        writeln!(out)?;
        let mut table = Table::new(&["TLS as", "with", "port", "since"]);
        // Two that differ in their notes alone look the same.
        let mut rows: Vec<Vec<String>> = Vec::new();
        for link in &self.links {
            let since = match (&link.since, &link.peer_since) {
                (None, None) => String::new(),
                (Some(own), None) => own.clone(),
                (None, Some(other)) => format!("{other} of the other end"),
                (Some(own), Some(other)) => format!("{own}, {other} of the other end"),
            };
            let row = vec![
                link.side.to_owned(),
                link.peers.join(", "),
                link.port.to_owned(),
                since,
            ];
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        for row in rows {
            table.row(row);
        }
        table.write(out)?;
        let mut notes: Vec<&String> = self.links.iter().flat_map(|link| &link.notes).collect();
        notes.sort_unstable();
        notes.dedup();
        for note in notes {
            writeln!(out, "note: {note}")?;
        }
        Ok(())
    }
}
