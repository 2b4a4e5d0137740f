// Talks in a room of a Watchroom server: prints what is said, and says each line that it reads.
//
//     node room.mjs [http://127.0.0.1:8765] [r1]
//
// Needs only Node.js 22; Node.js 20 needs a flag: `node --experimental-websocket room.mjs`. With the environment variable WATCHROOM_TOKEN, an API token with the scopes `read` and `annotate`,
// it speaks as the bot of that name; while login is off, as WATCHROOM_NAME.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const [server = 'http://127.0.0.1:8765', room = 'r1'] = process.argv.slice(2);
const { WATCHROOM_TOKEN: token, WATCHROOM_NAME: name = 'node' } = process.env;
const as = token ? '' : `?name=${encodeURIComponent(name)}`;
const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
let epoch; // of the positions
let after; // the last message that was received

/** Prints messages, and resumes after the last one when the connection is lost. */
function listen() {
  const protocols = token ? ['watchroom.v1', `watchroom.token.${token}`] : [];
  const socket = new WebSocket(`${server.replace('http', 'ws')}/ws`, protocols);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'connection') {
      const position = after === undefined ? {} : { epoch, after };
      epoch ??= message.epoch;
      socket.send(JSON.stringify({ type: 'subscribe', streams: ['rooms'], ...position }));
    }
    if (message.type === 'subscribed') {
      console.error('listening');
      // In another epoch, positions begin anew.
      if (message.epoch !== epoch) after = undefined;
      epoch = message.epoch;
      after ??= message.head;
    }
    after = message.seq ?? after;
    if (message.type === 'room' && message.room === room && message.text) {
      const edited = message.action === 'edited' ? ' (edited)' : '';
      console.log(`${message.author.name}${edited}: ${message.text}`);
    }
  };
  // 4001 and 4003 are final: no valid token, or one that may not read.
  socket.onclose = ({ code }) => (code === 4001 || code === 4003 ? process.exit(1) : setTimeout(listen, 1000));
}

/** Sends a text until the server has stored it. With the same id it is said once, however often it is sent. */
async function say(text) {
  const body = JSON.stringify({ text, id: randomUUID() });
  for (;;) {
    const response = await fetch(`${server}/api/v1/rooms/${room}/messages${as}`, { method: 'POST', headers, body }).catch(() => undefined);
    if (response?.ok) return;
    if (response && response.status !== 429 && response.status < 500) return console.error(`not said: ${(await response.json()).error}`);
    // A proxy may send a date.
    await sleep(1000 * (Number(response?.headers.get('Retry-After')) || 1));
  }
}

listen();
for await (const line of createInterface({ input: process.stdin })) if (line.trim()) await say(line.trim());
process.exit();
