// The page's reader of JSON, in WebAssembly, on every message of the protocol: it must read what was written.
// `cargo xtask test --only json` builds what this loads, and runs it with Node.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';

const { reread } = createRequire(import.meta.url)(process.env.WATCHROOM_JSON_CHECK);

/** Only Server-Sent Events have single values, for others than the page; and boards are read by their own part, with serde. */
const NOT_READ = ['metric', 'board'];

const golden = new URL('../../protocol/tests/golden/server/', import.meta.url);

let count = 0;
for (const name of readdirSync(golden)) {
  const text = readFileSync(new URL(name, golden), 'utf8');
  const message = JSON.parse(text);
  if (NOT_READ.includes(message.type)) continue;
  count += 1;
  test(`${name} is read as it was written`, () => {
    assert.deepEqual(JSON.parse(reread(text)), message);
  });
}

test('the golden files are found', () => assert.ok(count > 10, `${count}`));

test('a field that is absent, null or unknown is as if it were not there', () => {
  const bare = { type: 'metrics', host: 'local', timestamp: '2026-01-15T10:30:01.123Z', interval_ms: 1000 };
  const written = JSON.parse(reread(JSON.stringify({ ...bare, cpu: null, cores: null, unheard_of: [{}] })));
  assert.deepEqual(written, JSON.parse(reread(JSON.stringify(bare))));
});

test('what is no message is refused', () => {
  for (const text of ['', 'null', '[]', '{}', '{"type":"metrics"}', '{"type":"event","level":7}', '{"type":"pong","id":1e999}']) {
    assert.throws(() => reread(text), text);
  }
});
