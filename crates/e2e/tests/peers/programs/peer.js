// TLS peers with Node's module tls.
//
// Each line of standard input is one connection, its words between tabs; see driven.rs, which says what they are. A
// server says where it listens first; then, and as a client, one line says what came of it: "carried" with the hashes of
// what was received and sent, or "refused" with the error. Nothing is sent before all of the client's octets have come.

'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const readline = require('node:readline');
const tls = require('node:tls');

const PATIENCE_MILLISECONDS = 60_000;

const digest = (octets) => crypto.createHash('sha256').update(octets).digest('hex');
const say = (...words) => process.stdout.write(words.join('\t') + '\n');
const said = (error) => [error.code, error.message].join(' ').split(/\s+/).join(' ');

function options(version, certificate, key, trusted, crl) {
  const old = version === '1.0' || version === '1.1';
  const name = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' }[version];
  const read = (path) => (path === '-' ? undefined : fs.readFileSync(path));
  return {
    minVersion: name,
    maxVersion: name,
    ciphers: old ? 'DEFAULT@SECLEVEL=0' : undefined,
    cert: read(certificate),
    key: read(key),
    ca: read(trusted),
    // Of one file it would read the first list only.
    crl: fs.readFileSync(crl, 'ascii').match(/-----BEGIN [^]*?-----END X509 CRL-----/g),
  };
}

// Calls `then` once: with all octets when `count` have come, or with an error.
function receive(stream, count, then) {
  const received = [];
  let length = 0;
  let over = false;
  const done = (...result) => {
    if (!over) then(...result);
    over = true;
  };
  stream.setTimeout(PATIENCE_MILLISECONDS, () => stream.destroy(new Error('nothing moved')));
  stream.on('data', (chunk) => {
    received.push(chunk);
    length += chunk.length;
    if (length >= count) done(null, Buffer.concat(received));
  });
  stream.on('error', (error) => done(error));
  stream.on('close', () => done(new Error('the other end closed')));
}

function client([address, name, version, certificate, key, trusted, crl, up, down], done) {
  const sent = fs.readFileSync(up);
  const [host, port] = address.split(':');
  const secure = options(version, certificate, key, trusted, crl);
  const stream = tls.connect({ ...secure, host, port, servername: name, rejectUnauthorized: true });
  receive(stream, fs.statSync(down).size, (error, received) => {
    stream.end();
    done(error, received, sent);
  });
  stream.on('secureConnect', () => stream.write(sent));
}

function server([mutual, version, certificate, key, trusted, crl, up, down], done) {
  const sent = fs.readFileSync(down);
  const secure = options(version, certificate, key, trusted, crl);
  const demand = { requestCert: mutual === '1', rejectUnauthorized: mutual === '1' };
  const listener = tls.createServer({ ...secure, ...demand });
  const end = (...result) => {
    listener.close();
    done(...result);
  };
  listener.on('secureConnection', (stream) => {
    receive(stream, fs.statSync(up).size, (error, received) => {
      if (error) return end(error);
      stream.end(sent);
      stream.once('close', () => end(null, received, sent));
    });
  });
  // The error of a client that was refused says only that the connection is gone; why stands at the socket.
  listener.on('tlsClientError', (error, { authorizationError }) =>
    end(authorizationError ? new Error(authorizationError) : error));
  listener.listen(0, '127.0.0.1', () => say('listening', `127.0.0.1:${listener.address().port}`));
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [role, ...words] = line.split('\t');
    await new Promise((next) => {
      let over = false;
      const done = (error, received, sent) => {
        if (over) return;
        over = true;
        if (error) say('refused', said(error));
        else say('carried', digest(received), digest(sent));
        next();
      };
      ({ client, server })[role](words, done);
    });
  }
}

main();
