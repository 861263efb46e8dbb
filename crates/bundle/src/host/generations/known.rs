//! What is known of the generations when a command begins: which one counts, and which one was before.
//!
//! Invariant: where the links do not say it, nothing is begun and nothing is taken away. A folder that came back from a
//! copy without links may hold the only key of this host.

use std::fs;
use std::io;
use std::path::Path;

use super::{CURRENT, InstallBundleError, PREVIOUS, Site, failed};

/// Above that a folder is none of ours; one a second would take thirty years.
const MAX_NUMBER: u64 = 999_999_999;

/// What the links said before anything was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The generation that counts; none only where nothing was ever installed.
    current: Option<u64>,
    /// The one before; none where there is none, and where it was taken away.
    previous: Option<u64>,
}

impl Known {
    /// Whether it can be told of a generation that counts no more that nobody needs it: it was never finished, or
    /// another one has taken its place.
    pub(super) fn is_of_no_use(self, number: u64) -> bool {
        let unfinished = self.current.is_none_or(|current| number > current);
        // With a link to the one before, all the others were left by a command that was killed.
        unfinished || self.previous.is_some() || Some(number) == self.current
    }
}

/// What a link in the folder of the generations is.
enum Link {
    Absent,
    To(u64),
    Odd,
}

fn link(path: &Path) -> Link {
    match fs::read_link(path) {
        Ok(to) => to.to_str().and_then(number).map_or(Link::Odd, Link::To),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Link::Absent,
        Err(_) => Link::Odd,
    }
}

/// The number that is the name of a generation, as this program writes it.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok().filter(|number| *number <= MAX_NUMBER)?;
    (number.to_string() == name).then_some(number)
}

impl Site {
    /// Looks at the links, and that what they lead to can be taken along.
    ///
    /// # Errors
    ///
    /// [`InstallBundleError::Unknown`], [`InstallBundleError::NoFile`] and what the system refuses.
    pub(super) fn look(&self) -> Result<Known, InstallBundleError> {
        let numbers = self.numbers()?;
        let unknown = |name: &str| InstallBundleError::Unknown {
            link: self.generations.join(name),
            there: listed(&numbers),
        };
        let current = match link(&self.generations.join(CURRENT)) {
            Link::To(current) if numbers.contains(&current) => Some(current),
            // Killed before there was anything: the first one gets its link before its first file.
            Link::Absent if self.are_empty(&numbers)? => None,
            Link::Absent | Link::To(_) | Link::Odd => return Err(unknown(CURRENT)),
        };
        let previous = match link(&self.generations.join(PREVIOUS)) {
            Link::To(previous) => Some(previous).filter(|number| numbers.contains(number)),
            Link::Absent => None,
            Link::Odd => return Err(unknown(PREVIOUS)),
        };
        if let Some(current) = current {
            self.names_of(current)?;
        }
        Ok(Known { current, previous })
    }

    /// The generation that a link leads to.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match link(&self.generations.join(name)) {
            Link::To(number) => self.at(number).is_dir().then_some(number),
            Link::Absent | Link::Odd => None,
        }
    }

    /// The generations that are there, also unfinished ones, in order.
    pub(super) fn numbers(&self) -> Result<Vec<u64>, InstallBundleError> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.generations).map_err(failed(&self.generations))? {
            let entry = entry.map_err(failed(&self.generations))?;
            if let Some(number) = entry.file_name().to_str().and_then(number)
                && entry.file_type().map_err(failed(&entry.path()))?.is_dir()
            {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The names of the files of a generation, in order.
    ///
    /// # Errors
    ///
    /// [`InstallBundleError::NoFile`] for what cannot get a second name, and what the system refuses.
    pub(super) fn names_of(&self, number: u64) -> Result<Vec<String>, InstallBundleError> {
        let folder = self.at(number);
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
            let entry = entry.map_err(failed(&folder))?;
            let path = entry.path();
            let is_file = entry.file_type().map_err(failed(&path))?.is_file();
            match entry.file_name().into_string() {
                Ok(name) if is_file => names.push(name),
                Ok(_) | Err(_) => return Err(InstallBundleError::NoFile { path }),
            }
        }
        names.sort();
        Ok(names)
    }

    fn are_empty(&self, numbers: &[u64]) -> Result<bool, InstallBundleError> {
        for number in numbers {
            let folder = self.at(*number);
            let mut entries = fs::read_dir(&folder).map_err(failed(&folder))?;
            if entries.next().is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The numbers in words, for a message.
fn listed(numbers: &[u64]) -> String {
    let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_as_this_program_writes_them_are_numbers() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("999999999"), Some(MAX_NUMBER));
        for other in ["", "01", "+1", "-1", "./1", "1000000000", "current"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn only_what_is_known_to_be_of_no_use_goes() {
        let known = |current, previous| Known { current, previous };
        assert!(known(None, None).is_of_no_use(1), "the first was killed");
        assert!(known(Some(5), None).is_of_no_use(6), "unfinished");
        assert!(known(Some(5), None).is_of_no_use(5), "replaced by a list");
        assert!(!known(Some(5), None).is_of_no_use(4), "the link was lost");
        assert!(known(Some(5), Some(4)).is_of_no_use(3));
    }
}
