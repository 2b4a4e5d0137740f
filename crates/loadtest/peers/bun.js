// A baseline: Bun's own server (uWebSockets) and its publish, as its documentation shows.
//
//     bun bun.js [--port 0] [--rate 10] [--bytes 300] [--deflate]
//
// It sends the same messages as the baselines in `src/baseline`.

import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    rate: { type: "string", default: "10" },
    bytes: { type: "string", default: "300" },
    deflate: { type: "boolean", default: false },
  },
});

const greeting = JSON.stringify({
  type: "connection",
  message: "Connected to a baseline server",
  client_id: "c-0",
  client_count: 1,
  epoch: "baseline",
  head: 0,
  protocol: 1,
  server_version: "0",
  heartbeat_ms: 15000,
});

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(values.port),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("not a WebSocket", { status: 400 });
  },
  websocket: {
    perMessageDeflate: values.deflate && { compress: "shared", decompress: "shared" },
    open(viewer) {
      viewer.send(greeting, false);
      viewer.subscribe("data");
    },
    message() {},
  },
});
console.log(`listening on http://127.0.0.1:${server.port}`);

let seq = 0;
function message(source) {
  const position = { type: "data", seq, prev: seq - 1, stream: "data" };
  const timestamp = new Date().toISOString();
  return JSON.stringify({ ...position, timestamp, label: "Requests", value: 42, unit: "1/s", source });
}

const digits = () => Math.floor(Math.random() * 16).toString(16);
const length = Math.max(0, Number(values.bytes) - message("").length);
const padding = Array.from({ length }, digits).join("");

// Driven by the clock, so that a late tick does not lower the rate; and never early, or two messages
// would share a packet every few ticks, which is cheaper than in the other servers.
const period = 1000 / Number(values.rate);
let due = performance.now() + period;
function tick() {
  while (due <= performance.now()) {
    seq += 1;
    server.publish("data", message(padding), values.deflate);
    due += period;
  }
  setTimeout(tick, Math.ceil(due - performance.now()));
}
setTimeout(tick, period);
