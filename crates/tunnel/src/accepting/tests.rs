//! What is done and said when a caller cannot be accepted.

use std::sync::Mutex;

use super::*;

/// Where lines go.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("it is whole").write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What becomes of a caller for whom the system says these one after the other before it lets them in.
struct Scene {
    lines: Vec<String>,
    took: Duration,
    counted: u64,
}

impl Scene {
    fn of(errors: &[Errno]) -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_target(false)
            .without_time()
            .finish();
        let figures = Arc::<Figures>::default();
        let mut accepting = Accepting {
            place: "a place".to_owned(),
            figures: Arc::clone(&figures),
            shortage: Shortage::default(),
            gone: Gone::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let begun = Instant::now();
        tracing::subscriber::with_default(subscriber, || {
            let mut errors = errors.iter();
            let accept = || {
                std::future::ready(match errors.next() {
                    Some(error) => Err(io::Error::from(*error)),
                    None => Ok("the caller"),
                })
            };
            let caller = runtime.block_on(accepting.next(accept));
            assert_eq!(caller, "the caller");
            drop(accepting);
        });
        let octets = written.0.lock().expect("it is whole").clone();
        let text = String::from_utf8(octets).expect("a text");
        Self {
            lines: text.lines().map(str::to_owned).collect(),
            took: begun.elapsed(),
            counted: figures.accept_errors.get(),
        }
    }
}

/// Nobody is accepted for a while: told when it begins and when it is over.
#[track_caller]
fn lacks(error: Errno, words: &str, remedy: &str) {
    let scene = Scene::of(&[error; 3]);
    let [begins, ends] = &*scene.lines else {
        panic!("{:?}", scene.lines);
    };
    let begin = format!("connections cannot be accepted for now error=\"{words}");
    assert!(
        begins.contains("WARN") && begins.contains(&begin),
        "{begins}"
    );
    assert!(
        begins.contains("place=\"a place\"") && begins.contains(remedy),
        "{begins}"
    );
    assert!(
        ends.contains("INFO connections are accepted again"),
        "{ends}"
    );
    assert!(ends.contains("failures=3"), "{ends}");
    assert_eq!(scene.counted, 3);
    let (first, _) = ACCEPT_PAUSE;
    assert!(scene.took >= first * 7, "{:?}", scene.took);
}

#[test]
fn each_thing_that_the_system_lacks_is_told_with_its_remedy() {
    lacks(
        Errno::MFILE,
        "Too many open files (os error",
        "LimitNOFILE=",
    );
    lacks(Errno::NFILE, "Too many open files in system", "fs.file-max");
    lacks(
        Errno::NOBUFS,
        "No buffer space available",
        "memory of this machine",
    );
    lacks(
        Errno::NOMEM,
        "Cannot allocate memory",
        "memory of this machine",
    );
    lacks(Errno::INVAL, "Invalid argument", "restart the process");
    lacks(
        Errno::OPNOTSUPP,
        "Operation not supported",
        "restart the process",
    );
}

#[test]
fn a_caller_who_is_gone_holds_up_nobody() {
    for error in OF_CALLER {
        // As many as would be waited for a minute.
        let scene = Scene::of(&[*error; 200]);
        assert!(
            scene.took < Duration::from_secs(5),
            "{error:?}: {:?}",
            scene.took
        );
        assert_eq!(scene.counted, 0, "{error:?}");
        let [first, rest] = &*scene.lines else {
            panic!("{error:?}: {:?}", scene.lines);
        };
        let message = "INFO callers were gone before they were accepted error=";
        assert!(
            first.contains(message) && first.contains("times=1"),
            "{first}"
        );
        assert!(
            rest.contains(message) && rest.contains("times=199"),
            "{rest}"
        );
    }
}

#[test]
fn what_could_not_be_set_at_a_caller_is_of_that_caller() {
    let gone = io::Error::new(io::ErrorKind::ConnectionAborted, "set");
    assert_eq!(Fault::of(&gone), Fault::OfCaller);
}

#[test]
fn a_lack_that_comes_after_another_is_told_too() {
    let scene = Scene::of(&[Errno::MFILE, Errno::NOMEM, Errno::MFILE, Errno::CONNABORTED]);
    let told = |words: &str| {
        scene
            .lines
            .iter()
            .filter(|line| line.contains(words))
            .count()
    };
    let tellings = [
        "Too many open files",
        "Cannot allocate memory",
        "Software caused",
    ];
    assert_eq!(tellings.map(told), [1, 1, 1], "{:?}", scene.lines);
    assert_eq!(told("failures=3"), 1, "{:?}", scene.lines);
}

#[test]
fn a_lack_that_comes_and_goes_does_not_fill_the_log() {
    let mut shortage = Shortage::default();
    let begun = Instant::now();
    let mut told = 0;
    let mut ends = Vec::new();
    for second in 0..180 {
        told += u64::from(shortage.note(Lack::FilesOfProcess, begun + Duration::from_secs(second)));
        ends.extend(shortage.is_over());
    }
    assert_eq!(told, 3);
    assert_eq!(ends, [1, 60, 60]);
    let longest = ACCEPT_PAUSE.1;
    let pauses = (0..20).map(|_| {
        shortage.note(Lack::FilesOfProcess, begun);
        shortage.pause()
    });
    assert_eq!(pauses.last(), Some(longest));
}
