/** A message of the server's log. */
export interface Entry {
  type: string;
  seq: number;
  prev: number;
  stream: string;
  timestamp: string;
  [field: string]: unknown;
}

interface ServerSentEvent {
  id: string | undefined;
  data: string;
}

/** All streams. */
const STREAMS = ['metrics', 'processes', 'events', 'data', 'alerts', 'logs'];

/**
 * All messages of a server's log after a position, oldest first. Read over Server-Sent Events, independent
 * of the page's WebSocket.
 */
export async function journal(server: string, after: number): Promise<Entry[]> {
  const { epoch, head } = await greeting(server);
  const entries: Entry[] = [];
  if (head <= after) return entries;
  for await (const { id, data } of listen(server, `${epoch}:${after}`)) {
    if (id === undefined || !data.includes('"seq":')) continue;
    const entry = JSON.parse(data) as Entry;
    entries.push(entry);
    if (entry.seq >= head) break;
  }
  return entries;
}

/** The newest position of a server's log. */
export async function head(server: string): Promise<number> {
  return (await greeting(server)).head;
}

/** The server's first message. */
async function greeting(server: string): Promise<{ epoch: string; head: number }> {
  for await (const { data } of listen(server)) {
    const message = JSON.parse(data) as { type: string; epoch: string; head: number };
    if (message.type === 'connection') return message;
  }
  throw new Error('the server ended the stream');
}

async function* listen(server: string, after?: string): AsyncGenerator<ServerSentEvent> {
  const url = new URL('/api/events', server);
  url.searchParams.set('streams', STREAMS.join(','));
  if (after !== undefined) url.searchParams.set('last_event_id', after);
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  if (response.body === null) throw new Error('the response has no body');
  try {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of response.body) {
      const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = field(event, 'data');
        if (data !== undefined) yield { id: field(event, 'id'), data };
      }
    }
  } finally {
    abort.abort();
  }
}

function field(event: string, name: string): string | undefined {
  const line = event.split('\n').find((line) => line.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
