// Requests to the server: the key, and what a refusal means.

const KEY = "yingda.key";

export const storedKey = () => sessionStorage.getItem(KEY) ?? "";

/** Keeps a key for this tab; an empty one forgets it. */
export function keepKey(key) {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

/** Whether a key can travel in a header at all. */
export const isSendable = (key) => /^[\x21-\x7e]+$/.test(key);

/** A refusal. `detail` is the server's own sentence, `fields` what it says about single fields. */
export class Problem extends Error {
  constructor({ status = 0, code = "", detail = "", fields = [], retryAfterS = null }) {
    super(detail || code || String(status));
    Object.assign(this, { status, code, detail, fields, retryAfterS });
  }
}

/** `fetch` with the key; raises Problem for anything but 2xx, and what fetch raises for a broken network. */
export async function request(path, { method = "GET", body, headers = {}, signal } = {}) {
  const key = storedKey();
  const response = await fetch(path, {
    method,
    signal,
    cache: "no-store",
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(key ? { "X-API-Key": key } : {}),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.ok) return response;
  throw await problemOf(response);
}

export async function stopTurn(turnId) {
  const response = await request(`/api/v1/chat/turns/${turnId}/stop`, { method: "POST" });
  return response.json();
}

export async function citationOf(turnId, n, signal) {
  const response = await request(`/api/v1/chat/turns/${turnId}/citations/${n}`, { signal });
  return response.json();
}

export async function health() {
  const response = await request("/api/v1/health");
  return response.json();
}

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const isList = Array.isArray(body.detail);
  const header = Number(response.headers.get("Retry-After"));
  return new Problem({
    status: response.status,
    detail: isList ? "" : String(body.detail ?? ""),
    fields: isList ? body.detail.map(fieldMessage) : [],
    retryAfterS: body.retry_after ?? (header > 0 ? header : null),
  });
}

function fieldMessage({ loc = [], msg = "" }) {
  return { field: loc.slice(1).join("."), message: String(msg).replace(/^Value error, /, "") };
}
