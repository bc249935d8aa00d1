// Follows streams with @microsoft/fetch-event-source as it comes, its waiting times and its `onopen` included.
//
// stdin: [{url, headers, body, most}]; all run side by side. A run that sends more than `most` requests is given
// up. stdout: per run the messages, the requests as the `last-event-id` of each, the bytes that came and how it
// ended: "closed", or the error that it was given up for.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

globalThis.window = globalThis;
globalThis.document = { addEventListener() {}, removeEventListener() {}, hidden: false };
const { fetchEventSource } = createRequire(import.meta.url)('@microsoft/fetch-event-source');

async function follow({ url, headers, body, most = 1 }) {
  const run = { messages: [], requests: [], bytes: '', ending: 'closed' };
  try {
    await fetchEventSource(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      openWhenHidden: true,
      fetch: (target, init) => {
        if (run.requests.length === most) throw new Error(`more than ${most} requests`);
        run.requests.push(init.headers['last-event-id'] ?? null);
        return fetch(target, init).then((response) => copied(response, run));
      },
      onmessage: ({ id, event, data }) => run.messages.push({ id, event, data }),
      onerror: (error) => {
        if (run.requests.length >= most) throw error;
      },
    });
  } catch (error) {
    run.ending = String(error);
  }
  return run;
}

function copied(response, run) {
  const decoder = new TextDecoder();
  const noted = new TransformStream({
    transform(piece, controller) {
      run.bytes += decoder.decode(piece, { stream: true });
      controller.enqueue(piece);
    },
  });
  return new Response(response.body.pipeThrough(noted), response);
}

process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(readFileSync(0, 'utf8')).map(follow))));
