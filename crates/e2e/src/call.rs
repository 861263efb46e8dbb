//! One run of a program: its arguments, folder and input, and what came of it.
//!
//! Ours and foreign programs alike. Invariant: a run sees nothing of the tester's settings: no
//! variable of ours, no terminal, no translated messages.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{
    Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio,
};

use crate::program;

/// Variables that would change what the programs do.
const SETTINGS: [&str; 8] = [
    "TRUSTPACK_CA",
    "TRUSTPACK_CA_PASSWORD",
    "TRUSTPACK_FLEET",
    "TRUSTPACK_LOG",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "OPENSSL_CONF",
    "JAVA_TOOL_OPTIONS",
];

/// A run that is being put together.
#[derive(Debug)]
pub struct Call {
    command: Command,
    whose: Whose,
    input: Vec<u8>,
}

/// Whose program it is: ours must never panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Foreign,
    Python,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The command line, for messages.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A program that runs beside the story, and is killed with it.
#[derive(Debug)]
pub struct Running {
    child: Option<Child>,
    command: String,
    whose: Whose,
}

impl Call {
    /// The program under test.
    #[track_caller]
    pub fn trustpack<Argument: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self::new(program::trustpack(), Whose::Ours).args(arguments)
    }

    /// The program under test by another name of it: a link.
    pub fn link<Argument: AsRef<OsStr>>(
        link: &Path,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self::new(link, Whose::Ours).args(arguments)
    }

    /// A program that is not ours.
    pub fn foreign<Argument: AsRef<OsStr>>(
        program: &str,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self::new(Path::new(program), Whose::Foreign).args(arguments)
    }

    /// A Python program that judges what we make, as `./test` installs it.
    pub fn python<Argument: AsRef<OsStr>>(
        program: &str,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self::new(&program::python(program), Whose::Python).args(arguments)
    }

    fn new(program: &Path, whose: Whose) -> Self {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C").env("TZ", "UTC");
        for variable in SETTINGS {
            command.env_remove(variable);
        }
        Self {
            command,
            whose,
            input: Vec::new(),
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<Argument: AsRef<OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        self.command.args(arguments);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Gives it a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives it this on standard input; without it, nothing. For small inputs: it is written whole
    /// before any output is read.
    #[must_use]
    pub fn stdin(mut self, input: &[u8]) -> Self {
        self.input = input.to_vec();
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(mut self) -> Outcome {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.start().end()
    }

    /// Starts it beside the story. Its output goes where the story's goes; see
    /// [`Call::discard_output`], and [`Call::command`] for pipes.
    #[track_caller]
    pub fn start(self) -> Running {
        let stdin = if self.input.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        };
        let input = self.input.clone();
        let mut running = self.spawn(stdin);
        if let Some(mut stdin) = running.input() {
            // A program that refuses what it is asked may not read its input.
            drop(stdin.write_all(&input));
        }
        running
    }

    /// Starts it with pipes on all sides, which the caller moves.
    #[track_caller]
    pub(crate) fn start_with_pipes(mut self) -> Running {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.spawn(Stdio::piped())
    }

    #[track_caller]
    fn spawn(mut self, stdin: Stdio) -> Running {
        let command = format!("{:?}", self.command);
        self.command.stdin(stdin);
        match self.command.spawn() {
            Ok(child) => Running {
                child: Some(child),
                command,
                whose: self.whose,
            },
            Err(error) => panic!("{}", self.cannot_start(&error)),
        }
    }

    /// Lets its output go nowhere.
    #[must_use]
    pub fn discard_output(mut self) -> Self {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self
    }

    /// What is put together so far, for what this harness does not offer.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs it; it must end with 0.
    #[track_caller]
    pub fn succeeds(self) -> Outcome {
        self.exits_with(0)
    }

    /// Runs it; it must end with `code`.
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Outcome {
        let outcome = self.run();
        assert_eq!(
            outcome.status.code(),
            Some(code),
            "not the exit code that was expected: {outcome}"
        );
        outcome
    }

    /// Runs it; it must end with 1 and say `words` on standard error.
    #[track_caller]
    pub fn refused(self, words: &str) -> Outcome {
        self.exits_with(1).says(words)
    }

    fn cannot_start(&self, error: &std::io::Error) -> String {
        let program = self.command.get_program().to_string_lossy();
        match self.whose {
            Whose::Foreign if error.kind() == std::io::ErrorKind::NotFound => format!(
                "this test needs the program {program}: install the Debian package {}",
                program::debian_package(&program)
            ),
            Whose::Python if error.kind() == std::io::ErrorKind::NotFound => {
                format!("this test needs the Python program {program}: ./test installs it")
            }
            Whose::Foreign | Whose::Python | Whose::Ours => {
                format!("cannot start {program}: {error}")
            }
        }
    }
}

impl Outcome {
    /// Fails unless standard error has `words`.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.stderr.contains(words),
            "{words:?} is missing on standard error: {self}"
        );
        self
    }

    /// Fails unless standard output has `words`.
    #[track_caller]
    pub fn prints(self, words: &str) -> Self {
        assert!(
            self.stdout.contains(words),
            "{words:?} is missing on standard output: {self}"
        );
        self
    }

    fn new(command: String, whose: Whose, output: Output) -> Self {
        let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
        let outcome = Self {
            command,
            status: output.status,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        let panicked =
            matches!(outcome.status.code(), Some(70 | 101)) || outcome.stderr.contains("panicked");
        assert!(
            whose != Whose::Ours || !panicked,
            "a bug of ours: {outcome}"
        );
        outcome
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\nended with {}\n--- standard output\n{}\n--- standard error\n{}",
            self.command, self.status, self.stdout, self.stderr
        )
    }
}

impl Running {
    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        let output = self.child.take().map(Child::wait_with_output);
        match output {
            Some(Ok(output)) => Outcome::new(std::mem::take(&mut self.command), self.whose, output),
            Some(Err(error)) => panic!("cannot wait for {}: {error}", self.command),
            None => unreachable!("only `end` takes the child, and it takes the whole"),
        }
    }

    /// Waits for its end; `written` is what others read of its outputs.
    #[track_caller]
    pub(crate) fn end_having_written(self, written: String) -> Outcome {
        let whose = self.whose;
        let outcome = self.end();
        let output = Output {
            status: outcome.status,
            stdout: Vec::new(),
            stderr: written.into_bytes(),
        };
        Outcome::new(outcome.command, whose, output)
    }

    /// Number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Its input, where it is a pipe, to be written by others.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.child.as_mut().and_then(|child| child.stdin.take())
    }

    /// Its outputs, where they are pipes, to be read by others.
    pub(crate) fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        match &mut self.child {
            Some(child) => (child.stdout.take(), child.stderr.take()),
            None => (None, None),
        }
    }

    /// Kills it with SIGKILL, and waits for its end.
    #[track_caller]
    pub fn kill(mut self) -> Outcome {
        if let Some(child) = &mut self.child {
            // One that has ended by itself is as good.
            drop(child.kill());
        }
        self.end()
    }

    /// Kills it, if it has not ended.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
