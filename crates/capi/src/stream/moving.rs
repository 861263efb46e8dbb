//! Bytes of a connection, from the wire to the program and back.
//!
//! Invariant: what was taken of the program is on its way, or kept; what came of the peer is given once.

use std::io::{self, ErrorKind, Read, Write};

use trustpack_tls::handshake::{Begun, Failure};

use super::{PIECE_BYTES, State, Stream};
use crate::numbers::Answer;

impl Stream {
    /// Sends what the engine has for the peer.
    pub(super) fn send(&mut self) -> Result<Answer, Failure> {
        if let State::Tls(tls) = &mut self.state {
            while tls.wants_write() {
                if let Err(error) = tls.write_tls(&mut self.wire) {
                    return self.waits(error, Answer::WantWrite);
                }
            }
        }
        Ok(Answer::Ok)
    }

    /// Reads bytes of the peer for the engine.
    pub(super) fn receive(&mut self) -> Result<Answer, Failure> {
        let State::Tls(tls) = &mut self.state else {
            return Ok(Answer::Ok);
        };
        match tls.read_tls(&mut self.wire) {
            Ok(0) => {
                // What has come may say more than that the peer has gone.
                tls.process()?;
                Err(self.gone())
            }
            Ok(_) => Ok(Answer::Ok),
            Err(error) => self.waits(error, Answer::WantRead),
        }
    }

    pub(super) fn read_on(&mut self, into: &mut [u8]) -> Result<(usize, Answer), Failure> {
        let length = into.len().min(PIECE_BYTES);
        let into = into.get_mut(..length).unwrap_or_default();
        loop {
            let said = match &mut self.state {
                State::Opening(_) => return Ok((0, Answer::WantRead)),
                State::Plain(first) if !first.is_empty() => {
                    let count = first.as_slice().read(into).map_err(Failure::Io)?;
                    first.drain(..count);
                    return Ok((count, Answer::Ok));
                }
                State::Plain(_) => match self.wire.read(into) {
                    Ok(0) if length > 0 => return Ok((0, Answer::Closed)),
                    said => said,
                },
                State::Tls(tls) => {
                    tls.process()?;
                    match tls.reader().read(into) {
                        Ok(0) if length > 0 => return Ok((0, Answer::Closed)),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            // An answer of the engine may wait, to a change of keys say; reading does not wait for it.
                            // What the peer has said is read first, also if it can be sent nothing any more.
                            let sent = self.send();
                            let received = self.receive();
                            if let Ok(Answer::Ok) = received {
                                continue;
                            }
                            sent?;
                            return Ok((0, received?));
                        }
                        said => said,
                    }
                }
            };
            return match said {
                Ok(count) => Ok((count, Answer::Ok)),
                Err(error) => Ok((0, self.waits(error, Answer::WantRead)?)),
            };
        }
    }

    pub(super) fn write_on(&mut self, bytes: &[u8]) -> Result<(usize, Answer), Failure> {
        let mut taken = 0;
        loop {
            let rest = bytes.get(taken..).unwrap_or_default();
            let written = match &mut self.state {
                State::Opening(_) => return Ok((0, Answer::WantRead)),
                State::Plain(_) => self.wire.write(rest),
                State::Tls(tls) => {
                    tls.process()?;
                    let sent = self.send()?;
                    if sent != Answer::Ok {
                        return Ok((taken, if taken > 0 { Answer::Ok } else { sent }));
                    }
                    match &mut self.state {
                        State::Tls(tls) => tls.writer().write(rest),
                        State::Opening(_) | State::Plain(_) => Ok(0),
                    }
                }
            };
            match written {
                Ok(count) => taken = taken.saturating_add(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock && taken > 0 => {
                    return Ok((taken, Answer::Ok));
                }
                Err(error) => return Ok((0, self.waits(error, Answer::WantWrite)?)),
            }
            let is_sent = self.send()? == Answer::Ok;
            if taken == bytes.len() || !is_sent {
                return Ok((taken, Answer::Ok));
            }
        }
    }

    /// What an error of the wire means: it waits, or the connection has failed.
    pub(super) fn waits(&self, error: io::Error, what: Answer) -> Result<Answer, Failure> {
        if error.kind() == ErrorKind::WouldBlock {
            return Ok(what);
        }
        Err(match self.wire.limit() {
            Some(limit) if error.kind() == ErrorKind::TimedOut => Failure::TimedOut {
                limit,
                begun: self.begun(),
            },
            Some(_) | None => Failure::Io(error),
        })
    }

    /// The peer has ended the connection without saying so.
    pub(super) fn gone(&self) -> Failure {
        if self.is_handshaking() {
            Failure::PeerClosed {
                begun: self.begun(),
            }
        } else {
            Failure::CutShort
        }
    }

    fn begun(&self) -> Begun {
        if self.wire.first().is_some() {
            Begun::Speaking
        } else {
            Begun::Silent
        }
    }
}
