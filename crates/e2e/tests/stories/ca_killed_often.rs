//! A thousand kills at random moments, over all commands that change a CA directory, on one folder that goes
//! on being used.
//!
//! Takes minutes: `./test --long` runs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use trustpack_e2e::base_ca::{BaseCa, assert_recovered_but_for};
use trustpack_e2e::ca::{QUICK_KEY, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::kill::was_killed;
use trustpack_e2e::lists;
use trustpack_e2e::random::SeededRandom;

const KILLS: usize = 1000;
/// Certificates of a batch.
const BATCH: usize = 9;
/// The folder is made anew after so many rounds: a CA has no more than a hundred keys in its life.
const ROUNDS_OF_A_FOLDER: usize = 100;

/// What is killed. Serials stand for themselves.
fn commands(serial: &str) -> Vec<Vec<String>> {
    let key = QUICK_KEY.join(" ");
    let texts = [
        format!("cert issue a.example.com --ca ca {key}"),
        format!("cert issue --from hosts.csv --ca ca {key}"),
        format!("cert revoke {serial} --ca ca"),
        format!("cert revoke {serial} --crl --ca ca"),
        "crl create --ca ca".to_owned(),
        format!("ca rekey --ca ca {key}"),
        "ca check --repair --ca ca".to_owned(),
    ];
    let words = |text: &String| text.split(' ').map(str::to_owned).collect();
    texts.iter().map(words).collect()
}

fn new_folder() -> BaseCa {
    let base = BaseCa::with_hosts(&["a.example.com", "b.example.com"]);
    let hosts: String = (0..BATCH).map(|n| format!("h{n}.example.com\n")).collect();
    fs::write(base.path().join("hosts.csv"), format!("host\n{hosts}")).unwrap();
    base
}

/// A serial of a host that is not revoked; else one that is, which is refused and does no harm.
fn some_serial(dir: &Path, random: &mut SeededRandom) -> String {
    let ledger = fs::read_to_string(dir.join("ca_conf/ca.db")).unwrap();
    let valid: Vec<&str> = ledger
        .lines()
        .filter(|line| line.starts_with("V\t") && line.contains(".example.com"))
        .filter_map(|line| line.split('\t').nth(3))
        .collect();
    let count = u64::try_from(valid.len()).unwrap();
    let chosen = usize::try_from(random.below(count)).unwrap();
    valid
        .get(chosen)
        .map_or_else(|| "01".to_owned(), |serial| (*serial).to_owned())
}

/// The highest number of a list in the folder.
fn highest_list(dir: &Path) -> u64 {
    let conf = dir.join("ca_conf");
    let mut folders = vec![conf.clone()];
    let retired = fs::read_dir(conf.join("retired"))
        .into_iter()
        .flatten()
        .flatten();
    folders.extend(retired.map(|entry| entry.path()));
    folders.retain(|folder| folder.join("crl.pem").exists());
    let number = |folder: &std::path::PathBuf| {
        lists::number(&folder.join("crl.pem"), &folder.join("ca_cert.pem"))
    };
    folders.iter().map(number).max().unwrap_or_default()
}

#[test]
#[ignore = "takes minutes; ./test --long runs it"]
fn a_thousand_kills_at_random_moments() {
    let mut random = SeededRandom::from_environment_or(20_261_121);
    let mut base = new_folder();
    let mut typical: Vec<u64> = Vec::new();
    let (mut killed, mut round) = (0, 0);
    while killed < KILLS {
        round += 1;
        assert!(round < 20 * KILLS, "killed only {killed} times");
        if round % ROUNDS_OF_A_FOLDER == 0 {
            base = new_folder();
        }
        let dir = base.dir();
        let commands = commands(&some_serial(&dir, &mut random));
        if typical.is_empty() {
            typical = commands
                .iter()
                .map(|command| duration(&base, command))
                .collect();
            base = new_folder();
            continue;
        }
        let which = usize::try_from(random.below(u64::try_from(commands.len()).unwrap())).unwrap();
        let delay = Duration::from_micros(random.below(typical[which]));
        let before = (ledger_serials(&dir), highest_list(&dir));
        let running = Call::trustpack(&commands[which])
            .within(base.path())
            .discard_output()
            .start();
        // The moment is what this story is about; whatever it is, what follows must hold.
        std::thread::sleep(delay);
        killed += usize::from(was_killed(&running.kill()));
        let what = format!("round {round}: {:?} after {delay:?}", commands[which]);
        assert_still_sound(&dir, &before, &what);
    }
}

#[track_caller]
fn assert_still_sound(dir: &Path, before: &(Vec<String>, u64), what: &str) {
    // A certificate that is revoked without making a list leaves the list behind the ledger.
    let checked = assert_recovered_but_for(dir, &["TP6027"]);
    let after = ledger_serials(dir);
    assert!(after.starts_with(&before.0), "{what}: {checked} {after:?}");
    let distinct: BTreeSet<&String> = after.iter().collect();
    assert_eq!(
        distinct.len(),
        after.len(),
        "{what}: a serial twice: {after:?}"
    );
    assert!(highest_list(dir) >= before.1, "{what}: a list went back");
}

/// How long a command takes, in microseconds. What it says does not matter.
fn duration(base: &BaseCa, command: &[String]) -> u64 {
    let folder = base.copy();
    let start = Instant::now();
    Call::trustpack(command).within(folder.path()).run();
    u64::try_from(start.elapsed().as_micros()).unwrap()
}
