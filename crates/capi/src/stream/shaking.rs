//! The handshake of a connection, and the first bytes of a client before it.
//!
//! Invariant: its time runs from the first step on, and is lifted with the last.

use std::io::Read as _;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use trustpack_tls::handshake::Failure;

use super::{PIECE_BYTES, Started, State, Stream};
use crate::numbers::Answer;
use crate::opening::Spoken;
use crate::wire::Deadline;

impl Stream {
    /// The handshake, as far as it goes.
    pub(super) fn shake(&mut self) -> Result<Answer, Failure> {
        match self.started {
            Started::Done => return Ok(Answer::Ok),
            Started::Yes => {}
            Started::No => {
                self.started = Started::Yes;
                self.wire.set_deadline(self.limit.map(|limit| Deadline {
                    at: Instant::now() + limit,
                    limit,
                }));
            }
        }
        loop {
            let progress = match &mut self.state {
                State::Opening(_) => self.open()?,
                State::Plain(_) => return Ok(self.done()),
                State::Tls(tls) => {
                    tls.process()?;
                    let is_over = !tls.is_handshaking();
                    let sent = self.send()?;
                    if sent != Answer::Ok {
                        return Ok(sent);
                    }
                    if is_over {
                        return Ok(self.done());
                    }
                    self.receive()?
                }
            };
            if progress != Answer::Ok {
                return Ok(progress);
            }
        }
    }

    fn done(&mut self) -> Answer {
        self.started = Started::Done;
        self.wire.set_deadline(None);
        if let State::Tls(tls) = &self.state {
            tls.wake_when_cut(&Waker::from(Arc::clone(&self.alarm)));
        }
        Answer::Ok
    }

    /// Reads the first bytes of a client.
    fn open(&mut self) -> Result<Answer, Failure> {
        let State::Opening(opening) = &mut self.state else {
            return Ok(Answer::Ok);
        };
        let mut piece = [0; PIECE_BYTES];
        let room = opening.room().min(PIECE_BYTES);
        let into = piece.get_mut(..room).unwrap_or_default();
        let count = match self.wire.read(into) {
            Ok(0) => return Err(self.gone()),
            Ok(count) => count,
            Err(error) => return self.waits(error, Answer::WantRead),
        };
        match opening.push(piece.get(..count).unwrap_or_default())? {
            Spoken::NotYet => {}
            Spoken::Plain(first) => {
                self.plain.enter(&self.alarm)?;
                self.state = State::Plain(first);
            }
            Spoken::Tls {
                mut tls,
                bytes,
                server_name,
            } => {
                self.server_name = server_name;
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    tls.read_tls(&mut rest).map_err(Failure::Io)?;
                    // A failure must find the connection, which has the alert.
                    if let Err(failure) = tls.process() {
                        self.state = State::Tls(tls);
                        return Err(failure);
                    }
                }
                self.state = State::Tls(tls);
            }
        }
        Ok(Answer::Ok)
    }
}
