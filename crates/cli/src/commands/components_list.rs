//! `trustpack components list`.

use serde::Serialize;
use trustpack_settings::catalogue::{Component, catalogue};

use crate::failure::{Answer, Failure, message};
use crate::session::Session;
use crate::table::Table;

/// List the kinds of components that the catalogue knows
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack components list --family 'Outbound Contact'")]
pub(crate) struct ComponentsList {
    /// Only those of this family
    #[arg(long, value_name = "NAME")]
    family: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct ListJson<'a> {
    components: Vec<ComponentJson<'a>>,
}

#[derive(Debug, Serialize)]
struct ComponentJson<'a> {
    name: &'a str,
    family: &'a str,
    aliases: &'a [String],
}

impl ComponentsList {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let all = catalogue().components();
        let wanted: Vec<&Component> = match &self.family {
            Some(family) => all.iter().filter(|c| c.family == *family).collect(),
            None => all.iter().collect(),
        };
        if let (Some(family), true) = (&self.family, wanted.is_empty()) {
            let mut families: Vec<&str> = all.iter().map(|c| c.family.as_str()).collect();
            families.sort_unstable();
            families.dedup();
            let text = format!("the catalogue has no family {family:?}");
            let hint = format!("it has: {}", families.join(", "));
            return Err(Failure::request(message(text)).hint(hint));
        }
        if self.json {
            let components = wanted.into_iter().map(ComponentJson::from).collect();
            let list = ListJson { components };
            session.out.json(&list)?;
        } else {
            let mut table = Table::new(&["component", "family", "also called"]);
            for component in wanted {
                table.row(vec![
                    component.name.clone(),
                    component.family.clone(),
                    component.aliases.join(", "),
                ]);
            }
            table.write(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

impl<'a> From<&'a Component> for ComponentJson<'a> {
    fn from(component: &'a Component) -> Self {
        Self {
            name: &component.name,
            family: &component.family,
            aliases: &component.aliases,
        }
    }
}
