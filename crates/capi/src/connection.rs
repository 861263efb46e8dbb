//! Connections: over a socket of the program, or over buffers that it fills and empties.
//!
//! Used by one thread at a time: a second one is refused, not served. Invariant: a connection in which a panic happened
//! is of no use any more.

#![expect(unsafe_code, reason = "names of the C interface are exported")]

use std::sync::{Arc, Mutex, TryLockError};
use std::time::Duration;

use crate::boundary::{Descriptor, Handle, Input, Kind, Object, Out, Output, Owned, User};
use crate::context::Context;
use crate::entry::{CallError, call, value};
use crate::facts::Facts;
use crate::log::Notice;
use crate::numbers::Answer;
use crate::stream::Stream;
use crate::wire::Wire;

/// A connection of a program.
#[derive(Debug)]
pub(crate) struct Connection(Mutex<(Stream, Facts)>);

impl Kind for Connection {
    const MARK: u32 = 0x7470_636e;
    const NAME: &'static str = "connection";
}

/// A connection over a socket.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_of_socket(
    context: Object<'_, Context>,
    socket: Descriptor,
    connection: Out<'_, *mut Handle<Connection>>,
) -> i32 {
    call(|| {
        let mut place = connection.demanded("connection")?;
        let context = context.get()?;
        socket.borrow().map_err(|_| CallError::Unreadable {
            what: "socket",
            why: "it is negative".to_owned(),
        })?;
        let stream = context
            .connection(Wire::of_socket(socket))
            .map_err(Arc::new)?;
        stream.alarm().set_socket(socket);
        place.put(Connection::give(stream));
        Ok(Answer::Ok)
    })
}

/// A connection whose bytes the program moves.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_of_buffers(
    context: Object<'_, Context>,
    connection: Out<'_, *mut Handle<Connection>>,
) -> i32 {
    call(|| {
        let mut place = connection.demanded("connection")?;
        let context = context.get()?;
        let stream = context.connection(Wire::of_buffers()).map_err(Arc::new)?;
        place.put(Connection::give(stream));
        Ok(Answer::Ok)
    })
}

/// Limits the handshake.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_set_handshake_limit(
    connection: Object<'_, Connection>,
    milliseconds: u32,
) -> i32 {
    call(|| {
        let limit = Duration::from_millis(u64::from(milliseconds));
        let limit = (!limit.is_zero()).then_some(limit);
        if look(connection, |stream| stream.set_limit(limit))? {
            Ok(Answer::Ok)
        } else {
            Err(CallError::State("the handshake has begun already"))
        }
    })
}

/// Goes on with the handshake.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_handshake(connection: Object<'_, Connection>) -> i32 {
    call(|| attempt(connection, Stream::handshake))
}

/// Reads what the peer says.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_read(
    connection: Object<'_, Connection>,
    into: Output<'_>,
    length: usize,
    done: Out<'_, usize>,
) -> i32 {
    call(|| {
        let mut done = done.demanded("done")?;
        done.put(0);
        // No more than is read at once: the rest need not be looked at.
        let into = into.bytes(length.min(crate::stream::PIECE_BYTES), "buffer")?;
        attempt(connection, |stream| {
            let (count, answer) = stream.read(into)?;
            done.put(count);
            Ok(answer)
        })
    })
}

/// Writes to the peer.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_write(
    connection: Object<'_, Connection>,
    from: Input<'_, u8>,
    length: usize,
    done: Out<'_, usize>,
) -> i32 {
    call(|| {
        let mut done = done.demanded("done")?;
        done.put(0);
        let from = from.elements(length, "buffer")?;
        attempt_open(connection, |stream| {
            let (count, answer) = stream.write(from)?;
            done.put(count);
            Ok(answer)
        })
    })
}

/// Sends what waits to be sent.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_flush(connection: Object<'_, Connection>) -> i32 {
    call(|| attempt(connection, Stream::flush))
}

/// Says that nothing more will be said.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_shutdown(connection: Object<'_, Connection>) -> i32 {
    call(|| attempt(connection, Stream::shut_down))
}

/// Takes bytes that came from the peer.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_feed(
    connection: Object<'_, Connection>,
    bytes: Input<'_, u8>,
    length: usize,
    taken: Out<'_, usize>,
) -> i32 {
    call(|| {
        let mut taken = taken.demanded("taken")?;
        taken.put(0);
        let bytes = bytes.elements(length, "bytes")?;
        let count = look(connection, |stream| stream.wire().feed(bytes))?;
        taken.put(count.ok_or(OVER_A_SOCKET)?);
        Ok(Answer::Ok)
    })
}

/// Hears that no more bytes will come from the peer.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_feed_end(connection: Object<'_, Connection>) -> i32 {
    call(|| {
        if look(connection, |stream| stream.wire().end())? {
            Ok(Answer::Ok)
        } else {
            Err(OVER_A_SOCKET)
        }
    })
}

/// Gives bytes for the peer.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_take(
    connection: Object<'_, Connection>,
    into: Output<'_>,
    length: usize,
    given: Out<'_, usize>,
) -> i32 {
    call(|| {
        let mut given = given.demanded("given")?;
        given.put(0);
        let into = into.bytes(length.min(crate::wire::BUFFER_BYTES), "buffer")?;
        let count = look(connection, |stream| stream.take_out(into))?;
        given.put(count.ok_or(OVER_A_SOCKET)?);
        Ok(Answer::Ok)
    })
}

/// Whether bytes wait to be sent.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_wants_write(connection: Object<'_, Connection>) -> i32 {
    value(0, || {
        look(connection, |stream| i32::from(stream.wants_write()))
    })
}

/// Sets who is called when the connection is to be cut.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_on_cut(
    connection: Object<'_, Connection>,
    function: Option<unsafe extern "C" fn(user: User)>,
    user: User,
) -> i32 {
    call(|| {
        look(connection, |stream| {
            let notice = function.map(|function| Notice { function, user });
            stream.set_notice(notice);
        })?;
        Ok(Answer::Ok)
    })
}

/// Frees a connection.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_free(connection: Owned<Connection>) {
    value((), || connection.take().map(drop));
}

const OVER_A_SOCKET: CallError =
    CallError::State("this connection is over a socket, and moves its bytes itself");

/// Two processes that go on with one connection encrypt different bytes under the same key and number, which tells both.
///
/// Source: RFC 8446 section 5.3.
const OF_ANOTHER_PROCESS: CallError =
    CallError::State("this connection was made before fork(), and goes on in the other process");

impl Connection {
    fn give(stream: Stream) -> *mut Handle<Self> {
        Handle::give(Self(Mutex::new((stream, Facts::default()))))
    }
}

/// Asks a connection for something.
pub(crate) fn look<T>(
    connection: Object<'_, Connection>,
    ask: impl FnOnce(&mut Stream) -> T,
) -> Result<T, CallError> {
    look_at(connection, |stream, _facts| ask(stream))
}

/// Asks a connection for something, with the texts that it has handed out.
pub(crate) fn look_at<T>(
    connection: Object<'_, Connection>,
    ask: impl FnOnce(&mut Stream, &mut Facts) -> T,
) -> Result<T, CallError> {
    let mut both = connection
        .get()?
        .0
        .try_lock()
        .map_err(|error| match error {
            TryLockError::WouldBlock => CallError::Busy,
            TryLockError::Poisoned(_) => {
                CallError::Internal("a call for this connection has failed before".to_owned())
            }
        })?;
    let (stream, facts) = &mut *both;
    if !stream.alarm().is_of_this_process() {
        return Err(OF_ANOTHER_PROCESS);
    }
    Ok(ask(stream, facts))
}

type Attempted = Result<Answer, Arc<trustpack_tls::handshake::Failure>>;

/// Has a connection do something.
fn attempt(
    connection: Object<'_, Connection>,
    body: impl FnOnce(&mut Stream) -> Attempted,
) -> Result<Answer, CallError> {
    Ok(look(connection, body)??)
}

/// The same, unless our direction has ended.
fn attempt_open(
    connection: Object<'_, Connection>,
    body: impl FnOnce(&mut Stream) -> Attempted,
) -> Result<Answer, CallError> {
    look(connection, |stream| {
        if stream.is_shut_down() {
            return Err(CallError::State(
                "nothing can be written after the shutdown",
            ));
        }
        Ok(body(stream)?)
    })?
}
