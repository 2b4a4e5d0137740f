#!/usr/bin/env node
// Prints every message of a Watchroom server over WebSocket, and resumes without loss.
//
//     node watch.mjs [ws://127.0.0.1:8765/ws] [stream …]
//
// Needs only Node.js 22 or a browser; Node.js 20 needs a flag: `node --experimental-websocket watch.mjs`.
// docs/protocol.md explains each step. With the environment variable WATCHROOM_TOKEN it sends that, an API token or
// what token.py prints: as a subprotocol, or as WATCHROOM_TOKEN_AS says, which is `header` or `ticket`.

import { credential } from './credential.mjs';

const [url = 'ws://127.0.0.1:8765/ws', ...named] = process.argv.slice(2);
const streams = named.length ? named : ['metrics', 'events', 'data'];
const last = {}; // the last `seq` of each stream
let epoch, position, failures = 0; // all messages up to the position were received

async function connect() {
  const started = Date.now();
  let received = started, heartbeat, socket;
  const retry = (why, code) => {
    if (socket) socket.onmessage = socket.onclose = socket.onerror = null;
    socket?.close();
    clearInterval(heartbeat);
    console.error(`the connection is lost: ${why}`);
    if (code === 4001 || code === 4003) return; // reconnecting cannot succeed
    failures = Date.now() - started > 10_000 ? 1 : failures + 1;
    setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** (failures - 1)));
  };
  const send = (request) => socket.send(JSON.stringify(request));
  const subscribe = ({ epoch: current, heartbeat_ms }) => {
    const options = streams.map((stream) => [stream, { last: 10 }]);
    send({ type: 'subscribe', streams: Object.fromEntries(options), epoch, after: position });
    if (epoch !== undefined && epoch !== current) position = 0; // gaps report the losses
    epoch = current;
    heartbeat = setInterval(() => {
      if (Date.now() - received > 2 * heartbeat_ms) retry('nothing received for two heartbeats');
      else send({ type: 'ping', id: Date.now() });
    }, heartbeat_ms);
  };
  try {
    socket = new WebSocket(url, await credential(url));
  } catch (error) {
    return retry(error.message);
  }
  socket.onerror = () => retry('cannot connect');
  socket.onclose = ({ code, reason }) => retry(`closed with ${code} ${reason}`, code);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    const { type, stream, seq, prev } = message;
    received = Date.now();
    if (type === 'connection') subscribe(message);
    if (type === 'gap') delete last[stream]; // the next message starts a new chain
    if (seq !== undefined) {
      if (seq <= (last[stream] ?? 0)) return; // a duplicate
      if (prev !== (last[stream] ?? prev)) {
        position = last[stream];
        delete last[stream];
        return retry(`a message is missing in ${stream} before ${seq}`);
      }
      last[stream] = seq;
      position = Math.max(position ?? 0, seq);
    }
    console.log(JSON.stringify(message));
  };
}
connect();
