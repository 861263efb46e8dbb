//! Reads the catalogue from its text.
//!
//! Invariant: what a text has beyond the forms of its head is left out; a test holds the text to leave out nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalogue, Component, Direction, Link, LinkPort, Selector};
use crate::fleet_file::tree::{self, Node, Table};

impl Catalogue {
    /// Reads `text`. What cannot be read is left out.
    pub(super) fn read(text: &str) -> Self {
        let (mut root, _) = tree::read(text);
        let notes = tables(&mut root, "note")
            .into_iter()
            .filter_map(|mut note| Some((word(&mut note, "id")?, word(&mut note, "text")?)));
        let components: Vec<Component> = tables(&mut root, "component")
            .into_iter()
            .filter_map(component)
            .enumerate()
            .map(|(index, component)| Component { index, ..component })
            .collect();
        let links = tables(&mut root, "link").into_iter().filter_map(link);
        let mut by_name = BTreeMap::new();
        for (index, component) in components.iter().enumerate() {
            for name in std::iter::once(&component.name).chain(&component.aliases) {
                by_name.insert(name.clone(), index);
            }
        }
        let mut catalogue = Self {
            links: links.collect(),
            notes: notes.collect(),
            components,
            by_name,
            between: Vec::new(),
            servers: BTreeSet::new(),
        };
        catalogue.between = catalogue.all_pairs();
        catalogue.servers = catalogue.all_servers();
        catalogue
    }
}

fn component(mut table: Table<'_>) -> Option<Component> {
    Some(Component {
        index: 0,
        name: word(&mut table, "name")?,
        family: word(&mut table, "family")?,
        aliases: words(&mut table, "aliases"),
        notes: words(&mut table, "notes"),
    })
}

fn link(mut table: Table<'_>) -> Option<Link> {
    let selectors = |words: Vec<String>| words.iter().map(|word| selector(word)).collect();
    Some(Link {
        from: selectors(words(&mut table, "from")),
        to: selectors(words(&mut table, "to")),
        port: LinkPort::from_word(&word(&mut table, "port")?)?,
        direction: match word(&mut table, "direction")?.as_str() {
            "client" => Direction::Client,
            "both" => Direction::Both,
            _ => return None,
        },
        from_version: word(&mut table, "from-version"),
        to_version: word(&mut table, "to-version"),
        notes: words(&mut table, "notes"),
    })
}

fn selector(word: &str) -> Selector {
    match word.split_once(':') {
        Some(("family", name)) => Selector::Family(name.to_owned()),
        Some(("like", name)) => Selector::Like(name.to_owned()),
        Some(("external", kind)) => Selector::External(kind.to_owned()),
        Some(_) | None => match word {
            "any" => Selector::Any,
            "self" => Selector::Itself,
            name => Selector::Component(name.to_owned()),
        },
    }
}

/// The tables of `[[name]]`.
fn tables<'s>(root: &mut Table<'s>, name: &str) -> Vec<Table<'s>> {
    let Some(Node::Array(nodes, _)) = take(root, name) else {
        return Vec::new();
    };
    let table = |node| match node {
        Node::Table(table) => Some(table),
        Node::Array(..) | Node::Scalar(_) => None,
    };
    nodes.into_iter().filter_map(table).collect()
}

fn word(table: &mut Table<'_>, key: &str) -> Option<String> {
    match take(table, key)? {
        Node::Scalar(scalar) => Some(scalar.text.into_owned()),
        Node::Table(_) | Node::Array(..) => None,
    }
}

fn words(table: &mut Table<'_>, key: &str) -> Vec<String> {
    let Some(Node::Array(nodes, _)) = take(table, key) else {
        return Vec::new();
    };
    let text = |node| match node {
        Node::Scalar(scalar) => Some(scalar.text.into_owned()),
        Node::Table(_) | Node::Array(..) => None,
    };
    nodes.into_iter().filter_map(text).collect()
}

fn take<'s>(table: &mut Table<'s>, key: &str) -> Option<Node<'s>> {
    let index = table.items.iter().position(|item| item.key == key)?;
    Some(table.items.swap_remove(index).node)
}
