//! What is known of the generations when a command begins: which one counts, and which one was before.
//!
//! Invariant: where the links do not say it, nothing is begun and nothing is taken away. A folder that came back from a
//! copy without links may hold the only key of this host.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
        Ok(Known {
            current: current(&self.generations, &numbers)?,
            previous: previous(&self.generations, &numbers)?,
        })
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
        numbers(&self.generations)
    }

    /// The names of the files of a generation, in order.
    ///
    /// # Errors
    ///
    /// [`InstallBundleError::NoFile`] for what cannot get a second name, and what the system refuses.
    pub(super) fn names_of(&self, number: u64) -> Result<Vec<String>, InstallBundleError> {
        names_in(&self.at(number))
    }
}

/// What would have the next bundle refused: a path, and what is wrong with it. Nothing where nothing was installed.
pub(crate) fn obstacles(generations: &Path) -> Vec<(PathBuf, String)> {
    let Ok(numbers) = numbers(generations) else {
        return Vec::new();
    };
    let links = [
        current(generations, &numbers),
        previous(generations, &numbers),
    ];
    links
        .into_iter()
        .filter_map(|found| obstacle(found.err()?))
        .collect()
}

fn obstacle(error: InstallBundleError) -> Option<(PathBuf, String)> {
    if let InstallBundleError::Unknown { link, there } = error {
        let message = format!("it is no link to one of the numbered folders beside it ({there})");
        Some((link, message))
    } else if let InstallBundleError::NoFile { path } = error {
        Some((path, "it is no file that was put there".to_owned()))
    } else {
        None
    }
}

/// The generation that counts.
fn current(generations: &Path, numbers: &[u64]) -> Result<Option<u64>, InstallBundleError> {
    match link(&generations.join(CURRENT)) {
        Link::To(current) if numbers.contains(&current) => {
            names_in(&generations.join(current.to_string()))?;
            Ok(Some(current))
        }
        // Killed before there was anything: the first one gets its link before its first file.
        Link::Absent if are_empty(generations, numbers)? => Ok(None),
        Link::Absent | Link::To(_) | Link::Odd => Err(unknown(generations, CURRENT, numbers)),
    }
}

/// The one before.
fn previous(generations: &Path, numbers: &[u64]) -> Result<Option<u64>, InstallBundleError> {
    match link(&generations.join(PREVIOUS)) {
        Link::To(previous) => Ok(Some(previous).filter(|number| numbers.contains(number))),
        Link::Absent => Ok(None),
        Link::Odd => Err(unknown(generations, PREVIOUS, numbers)),
    }
}

fn unknown(generations: &Path, name: &str, numbers: &[u64]) -> InstallBundleError {
    InstallBundleError::Unknown {
        link: generations.join(name),
        there: listed(numbers),
    }
}

fn numbers(generations: &Path) -> Result<Vec<u64>, InstallBundleError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(generations).map_err(failed(generations))? {
        let entry = entry.map_err(failed(generations))?;
        if let Some(number) = entry.file_name().to_str().and_then(number)
            && entry.file_type().map_err(failed(&entry.path()))?.is_dir()
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn names_in(folder: &Path) -> Result<Vec<String>, InstallBundleError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
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

fn are_empty(generations: &Path, numbers: &[u64]) -> Result<bool, InstallBundleError> {
    for number in numbers {
        let folder = generations.join(number.to_string());
        let mut entries = fs::read_dir(&folder).map_err(failed(&folder))?;
        if entries.next().is_some() {
            return Ok(false);
        }
    }
    Ok(true)
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
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_names_as_this_program_writes_them_are_numbers() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("999999999"), Some(MAX_NUMBER));
        for other in ["", "01", "+1", "-1", "./1", "1000000000", "current"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    /// What is made in a folder of two generations, and what is in the way then.
    #[track_caller]
    fn check(make: impl Fn(&Path) -> io::Result<()>, want: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for number in ["1", "2"] {
            fs::create_dir(at(number)).unwrap();
            fs::write(at(number).join("ca_cert.pem"), "").unwrap();
        }
        symlink("2", at(CURRENT)).unwrap();
        symlink("1", at(PREVIOUS)).unwrap();
        make(folder.path()).unwrap();
        let found = obstacles(folder.path());
        let of = |(name, message): &(&str, &str)| (at(name), (*message).to_owned());
        let want: Vec<_> = want.iter().map(of).collect();
        assert_eq!(found, want);
    }

    fn again(folder: &Path, name: &str, to: &str) -> io::Result<()> {
        fs::remove_file(folder.join(name))?;
        symlink(to, folder.join(name))
    }

    fn folder_for(folder: &Path, name: &str) -> io::Result<()> {
        fs::remove_file(folder.join(name))?;
        fs::create_dir(folder.join(name))
    }

    #[test]
    fn what_has_the_next_bundle_refused_is_found() {
        const LOST: &str = "it is no link to one of the numbered folders beside it (1, 2)";
        let no_current: &[(&str, &str)] = &[(CURRENT, LOST)];
        check(|_| Ok(()), &[]);
        check(|folder| fs::remove_file(folder.join(PREVIOUS)), &[]);
        check(|folder| again(folder, PREVIOUS, "77"), &[]);
        check(|folder| fs::remove_file(folder.join(CURRENT)), no_current);
        check(|folder| again(folder, CURRENT, "77"), no_current);
        check(|folder| again(folder, CURRENT, "./2"), no_current);
        // A copy that followed the links, of one and of both.
        check(|folder| folder_for(folder, CURRENT), no_current);
        check(|folder| folder_for(folder, PREVIOUS), &[(PREVIOUS, LOST)]);
        let both =
            |folder: &Path| folder_for(folder, CURRENT).and_then(|()| folder_for(folder, PREVIOUS));
        check(both, &[(CURRENT, LOST), (PREVIOUS, LOST)]);
        check(
            |folder| fs::create_dir(folder.join("2/sub")),
            &[("2/sub", "it is no file that was put there")],
        );
        check(|folder| fs::create_dir(folder.join("1/sub")), &[]);
        // Killed before there was anything, and where nothing was ever installed.
        let killed = |folder: &Path| {
            fs::remove_file(folder.join(CURRENT))?;
            fs::remove_file(folder.join("1/ca_cert.pem"))?;
            fs::remove_file(folder.join("2/ca_cert.pem"))
        };
        check(killed, &[]);
        check(|folder| fs::remove_dir_all(folder), &[]);
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
