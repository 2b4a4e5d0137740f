#!/usr/bin/env node
// Prints every message of a Watchroom server, over WebSocket, and loses none.
//
//     node watch.mjs [ws://127.0.0.1:8765/ws] [stream …]
//
// Needs nothing but Node.js 22 or a browser; Node.js 20 has its WebSocket behind a flag:
// `node --experimental-websocket watch.mjs`. docs/protocol.md says why it does what it does.

const [url = 'ws://127.0.0.1:8765/ws', ...named] = process.argv.slice(2);
const streams = named.length ? named : ['metrics', 'events', 'data'];
const last = {}; // the last `seq` of each stream
let epoch, position, failures = 0; // everything up to the position was seen

function connect() {
  const started = Date.now();
  let heard = started, beat;
  const socket = new WebSocket(url);
  const retry = (why, code) => {
    socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
    clearInterval(beat);
    console.error(`the connection is lost: ${why}`);
    if (code === 4001 || code === 4003) return; // coming back is pointless
    failures = Date.now() - started > 10_000 ? 1 : failures + 1;
    setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** (failures - 1)));
  };
  const send = (request) => socket.send(JSON.stringify(request));
  const greet = ({ epoch: current, heartbeat_ms }) => {
    const wanted = streams.map((stream) => [stream, { last: 10 }]);
    send({ type: 'subscribe', streams: Object.fromEntries(wanted), epoch, after: position });
    if (epoch !== undefined && epoch !== current) position = 0; // gaps will say what is lost
    epoch = current;
    beat = setInterval(() => {
      if (Date.now() - heard > 2 * heartbeat_ms) retry('two heartbeats without a sign of life');
      else send({ type: 'ping', id: Date.now() });
    }, heartbeat_ms);
  };
  socket.onerror = () => retry('it cannot be made');
  socket.onclose = ({ code, reason }) => retry(`closed with ${code} ${reason}`, code);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    const { type, stream, seq, prev } = message;
    heard = Date.now();
    if (type === 'connection') greet(message);
    if (type === 'gap') delete last[stream]; // whatever comes next begins the chain anew
    if (seq !== undefined) {
      if (seq <= (last[stream] ?? 0)) return; // a duplicate
      if (prev !== (last[stream] ?? prev)) {
        position = last[stream];
        delete last[stream];
        return retry(`something is missing in ${stream} before ${seq}`);
      }
      last[stream] = seq;
      position = Math.max(position ?? 0, seq);
    }
    console.log(JSON.stringify(message));
  };
}
connect();
