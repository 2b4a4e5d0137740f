/** A message as the server's log has it. */
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

/**
 * All that a server's log holds of some streams, oldest first: what a page that missed nothing has
 * seen. It is asked for over Server-Sent Events, so that a fault of the WebSocket cannot hide itself.
 */
export async function journal(server: string, streams: string[]): Promise<Entry[]> {
  const { epoch, head } = await position(server, streams);
  if (head === 0) return [];
  const entries: Entry[] = [];
  for await (const { id, data } of listen(server, streams, `${epoch}:0`)) {
    if (id === undefined || !data.includes('"seq":')) continue;
    const entry = JSON.parse(data) as Entry;
    entries.push(entry);
    if (entry.seq >= head) break;
  }
  return entries;
}

/** The newest position of these streams; other streams may be ahead of it. */
async function position(server: string, streams: string[]): Promise<{ epoch: string; head: number }> {
  const newest = new Map<string, number>();
  for await (const { id, data } of listen(server, streams)) {
    const message = JSON.parse(data) as Partial<Entry>;
    if (message.stream !== undefined && message.seq !== undefined) {
      newest.set(message.stream, message.seq);
    }
    // Each stream begins with its newest message, if it has any, behind `subscribed`.
    if (id !== undefined && newest.size === streams.length) {
      const [epoch] = id.split(':') as [string];
      return { epoch, head: Math.max(...newest.values()) };
    }
  }
  throw new Error('the server ended the stream');
}

async function* listen(
  server: string,
  streams: string[],
  after?: string,
): AsyncGenerator<ServerSentEvent> {
  const url = new URL('/api/events', server);
  url.searchParams.set('streams', streams.join(','));
  if (after !== undefined) url.searchParams.set('last_event_id', after);
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  if (response.body === null) throw new Error('the answer has no body');
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
