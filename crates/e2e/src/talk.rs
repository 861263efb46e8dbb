//! Foreign programs that are spoken with through pipes: those that copy a connection to their output, and our
//! small ones on foreign libraries, which take commands.
//!
//! Invariant: the input of a program stays open until everything has come back, since some end with their input.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::thread::JoinHandle;

use crate::call::{Call, Running};

/// What a program gave.
#[derive(Clone, Debug)]
pub struct Talked {
    /// Its output, at most as much as was expected.
    pub output: Vec<u8>,
    /// What it said on standard error.
    pub said: String,
}

/// Gives a program `input`, waits until `expected` octets came out or its output ended, and then closes its input
/// and waits for its end.
#[track_caller]
pub fn talk(call: Call, input: &'static [u8], expected: usize) -> Talked {
    let mut running = call.start_with_pipes();
    let (stdin, (stdout, stderr)) = (running.input(), running.outputs());
    let saying = reading(stderr);
    let writing = std::thread::spawn(move || {
        let mut stdin = stdin;
        if let Some(stdin) = &mut stdin {
            // One that is refused does not read its input.
            drop(stdin.write_all(input));
        }
        stdin
    });
    let mut output = vec![0; expected];
    let mut filled = 0;
    let mut stdout = stdout;
    while let (Some(stdout), Some(rest)) = (&mut stdout, output.get_mut(filled..)) {
        match stdout.read(rest) {
            Ok(0) | Err(_) => break,
            Ok(count) => filled += count,
        }
    }
    output.truncate(filled);
    drop(writing.join());
    let rest = reading(stdout);
    let said = saying.join().unwrap_or_default();
    drop(rest.join());
    drop(running);
    Talked { output, said }
}

/// A program that is given one line after the other, and answers each with lines of its own.
#[derive(Debug)]
pub struct Commanded {
    stdin: Option<ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
    saying: Option<JoinHandle<String>>,
    running: Running,
}

impl Commanded {
    /// Starts it.
    #[track_caller]
    #[must_use]
    pub fn start(call: Call) -> Self {
        let mut running = call.start_with_pipes();
        let (stdout, stderr) = running.outputs();
        Self {
            stdin: running.input(),
            stdout: stdout.map(BufReader::new),
            saying: Some(reading(stderr)),
            running,
        }
    }

    /// Gives it a command: words that have no blanks and no control characters but blanks.
    #[track_caller]
    pub fn command(&mut self, words: &[&str]) {
        let line = words.join("\t") + "\n";
        let written = self.stdin.as_mut().map(|stdin| {
            stdin.write_all(line.as_bytes())?;
            stdin.flush()
        });
        match written {
            Some(Ok(())) => {}
            Some(Err(error)) => self.gone(&error.to_string()),
            None => self.gone("it has no input"),
        }
    }

    /// Its next line, at the tabs of it.
    #[track_caller]
    pub fn answer(&mut self) -> Vec<String> {
        let mut line = String::new();
        let read = self
            .stdout
            .as_mut()
            .map(|stdout| stdout.read_line(&mut line));
        match read {
            Some(Ok(count)) if count > 0 => {
                line.trim_end().split('\t').map(str::to_owned).collect()
            }
            Some(Ok(_)) | None => self.gone("it has ended"),
            Some(Err(error)) => self.gone(&error.to_string()),
        }
    }

    #[track_caller]
    fn gone(&mut self, why: &str) -> ! {
        // Its end ends what it says.
        self.stdin = None;
        self.running.stop();
        let said = self.saying.take().map(JoinHandle::join);
        panic!("{why}: {}", said.and_then(Result::ok).unwrap_or_default())
    }
}

/// Reads an output to its end beside the story.
fn reading(output: Option<impl std::io::Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut output) = output {
            drop(output.read_to_end(&mut said));
        }
        String::from_utf8_lossy(&said).into_owned()
    })
}
