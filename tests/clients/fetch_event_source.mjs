// Drives @microsoft/fetch-event-source over a recorded stream that is cut at given byte offsets.
//
// stdin: {url, headers, body, recorded (base64), cuts: [offset]}. The first response of each run is the recording
// up to its cut, then a network error; every later request really goes to `url`. stdout: per cut, what the client's
// `onmessage` was given, and the `last-event-id` of each later request. Waiting times are cut short.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

globalThis.window = { setTimeout: (act) => setTimeout(act, 1), clearTimeout };
globalThis.document = { addEventListener() {}, removeEventListener() {}, hidden: false };
const { fetchEventSource } = createRequire(import.meta.url)('@microsoft/fetch-event-source');

const AT_ONCE = 16;
const job = JSON.parse(readFileSync(0, 'utf8'));
const recorded = Buffer.from(job.recorded, 'base64');

function cutResponse(length) {
  const body = new ReadableStream({
    start(controller) {
      if (length) controller.enqueue(new Uint8Array(recorded.subarray(0, length)));
    },
    pull(controller) {
      controller.error(new TypeError('connection reset'));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

async function run(cut) {
  const messages = [];
  const resumedFrom = [];
  let isFirst = true;
  await fetchEventSource(job.url, {
    method: 'POST',
    headers: job.headers,
    body: job.body,
    openWhenHidden: true,
    fetch: (url, init) => {
      if (isFirst) {
        isFirst = false;
        return Promise.resolve(cutResponse(cut));
      }
      resumedFrom.push(init.headers['last-event-id'] ?? null);
      return fetch(url, init);
    },
    onmessage: ({ id, event, data }) => messages.push({ id, event, data }),
    onerror: () => {
      if (resumedFrom.length > 3) throw new Error('asks again and again');
    },
  });
  return { cut, messages, resumedFrom };
}

const todo = [...job.cuts];
const done = [];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (todo.length) done.push(await run(todo.shift()));
  }),
);
process.stdout.write(JSON.stringify(done.sort((a, b) => a.cut - b.cut)));
