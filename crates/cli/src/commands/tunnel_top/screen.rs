//! A terminal on which a picture is drawn in place.
//!
//! Invariant: the terminal is as it was when the screen goes, however that comes.

use std::io::{self, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::io::AsyncReadExt as _;

/// Another screen, without a cursor, and back to the first.
///
/// Source: `console_codes(4)` and xterm's private modes 1049 and 25.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
const HOME: &str = "\x1b[H";
const CLEAR_TO_END_OF_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";

pub(super) struct Screen {
    /// How the keyboard was; none if standard input is no terminal.
    keyboard: Option<Termios>,
}

impl Screen {
    pub(super) fn open() -> Self {
        let stdin = io::stdin();
        let keyboard = tcgetattr(&stdin).ok();
        if let Some(keyboard) = &keyboard {
            let mut by_key = keyboard.clone();
            // Keys come one by one and are not shown; Ctrl-C stays a signal.
            by_key
                .local_modes
                .remove(LocalModes::ICANON | LocalModes::ECHO);
            // Where it cannot be set, Ctrl-C still ends.
            tcsetattr(&stdin, OptionalActions::Now, &by_key).ok();
        }
        drop(write(ENTER));
        Self { keyboard }
    }

    /// Draws over what was drawn before, as much as fits.
    pub(super) fn draw(&mut self, picture: &str) -> io::Result<()> {
        // A terminal that does not know its size says that it has none.
        let size = tcgetwinsize(io::stdout()).ok();
        let size = size.filter(|size| size.ws_row > 1 && size.ws_col > 0);
        let (rows, columns) = size.map_or((24, 80), |size| (size.ws_row, size.ws_col));
        let rows = usize::from(rows).saturating_sub(1);
        let mut drawn = String::from(HOME);
        for line in picture.lines().take(rows) {
            drawn.extend(line.chars().take(usize::from(columns)));
            drawn.push_str(CLEAR_TO_END_OF_LINE);
            drawn.push('\n');
        }
        drawn.push_str(CLEAR_BELOW);
        write(&drawn)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        drop(write(LEAVE));
        if let Some(keyboard) = &self.keyboard {
            tcsetattr(io::stdin(), OptionalActions::Now, keyboard).ok();
        }
    }
}

/// Waits until somebody presses q; for ever if nobody sits there.
pub(super) async fn quit(somebody: bool) {
    if somebody {
        let mut stdin = tokio::io::stdin();
        while let Ok(key) = stdin.read_u8().await {
            if matches!(key, b'q' | b'Q') {
                return;
            }
        }
    }
    std::future::pending::<()>().await;
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
