// What the code of an export may call, and how its `main` is run. Evaluated before that code, in the same
// context: whatever is used here is taken out of its reach first.
((maxLogChars) => {
  "use strict";
  const { JSON: { stringify, parse }, Error, InternalError } = globalThis, now = Date.now, uri = encodeURIComponent;
  const timers = [], log = [];
  let logged = 0, outcome;

  const shown = (one) => {
    if (typeof one === "string") return one;
    try { return stringify(one) ?? String(one); } catch { return String(one); }
  };
  const print = (...all) => {
    if (logged >= maxLogChars) return;
    const line = all.map(shown).join(" ").slice(0, maxLogChars - logged);
    log.push(line);
    logged += line.length + 1;
  };

  const utf8 = (text) =>
    unescape(uri(text.toWellFormed())).split("").map((char) => char.charCodeAt(0));
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const base64 = (bytes) => {
    let text = "";
    for (let i = 0; i < bytes.length; i += 3) {
      const [a, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
      text += DIGITS[a >> 2] + DIGITS[((a & 3) << 4) | ((b ?? 0) >> 4)];
      text += b === undefined ? "=" : DIGITS[((b & 15) << 2) | ((c ?? 0) >> 6)];
      text += c === undefined ? "=" : DIGITS[c & 63];
    }
    return text;
  };

  // SHA-2 over big integers, for words of 32 and of 64 bits; its constants are roots of primes (FIPS 180-4).
  const primes = (count) => {
    const found = [];
    for (let n = 2; found.length < count; n++) if (found.every((p) => n % p)) found.push(n);
    return found.map(BigInt);
  };
  const root = (power, n) => {
    let low = 0n, high = 1n << 300n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** power <= n) low = middle; else high = middle;
    }
    return low;
  };
  const sha2 = (bits, rounds, turns) => {
    const width = BigInt(bits), mask = (1n << width) - 1n, block = bits * 2, size = bits / 8;
    const fraction = (power) => (p) => root(power, p << (width * power)) & mask;
    const constants = primes(rounds).map(fraction(3n)), begin = primes(8).map(fraction(2n));
    const turn = (x, n) => ((x >> BigInt(n)) | (x << (width - BigInt(n)))) & mask;
    const mixed = (x, [a, b, c]) => turn(x, a) ^ turn(x, b) ^ turn(x, c);
    const spread = (x, [a, b, c]) => turn(x, a) ^ turn(x, b) ^ (x >> BigInt(c));
    const digest = (bytes) => {
      const padded = [...bytes, 0x80];
      while (padded.length % block !== block - size * 2) padded.push(0);
      for (let i = size * 2 - 1; i >= 0; i--) padded.push(Number((BigInt(bytes.length * 8) >> BigInt(i * 8)) & 255n));
      let state = begin;
      for (let at = 0; at < padded.length; at += block) {
        const w = [];
        for (let i = 0; i < 16; i++)
          w.push(padded.slice(at + i * size, at + (i + 1) * size).reduce((x, b) => (x << 8n) | BigInt(b), 0n));
        for (let i = 16; i < rounds; i++)
          w.push((spread(w[i - 2], turns[3]) + w[i - 7] + spread(w[i - 15], turns[2]) + w[i - 16]) & mask);
        let [a, b, c, d, e, f, g, h] = state;
        for (let i = 0; i < rounds; i++) {
          const one = h + mixed(e, turns[1]) + ((e & f) ^ (~e & mask & g)) + constants[i] + w[i];
          const two = mixed(a, turns[0]) + ((a & b) ^ (a & c) ^ (b & c));
          [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & mask, c, b, a, (one + two) & mask];
        }
        state = [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) & mask);
      }
      return state.flatMap((x) => Array.from({ length: size }, (_, i) => Number((x >> BigInt((size - 1 - i) * 8)) & 255n)));
    };
    return { digest, block };
  };
  const HASHES = {
    sha256: () => sha2(32, 64, [[2, 13, 22], [6, 11, 25], [7, 18, 3], [17, 19, 10]]),
    sha512: () => sha2(64, 80, [[28, 34, 39], [14, 18, 41], [1, 8, 7], [19, 61, 6]]),
  };
  const hmac = ({ digest, block }, secret, bytes) => {
    const key = secret.length > block ? digest(secret) : secret;
    const pad = (mark) => Array.from({ length: block }, (_, i) => (key[i] ?? 0) ^ mark);
    return digest([...pad(0x5c), ...digest([...pad(0x36), ...bytes])]);
  };

  const method = { value: print, enumerable: true };
  globalThis.console = Object.create(null, {
    log: method, info: method, warn: method, error: method, debug: method,
  });
  globalThis.delay = (ms) =>
    new Promise((go) => { timers.push([now() + Math.max(0, Number(ms) || 0), go]); });
  globalThis.countToken = (text) => {
    const wide = (String(text).match(/[\u2e80-\uffff]/g) ?? []).length;
    return wide + Math.ceil((String(text).length - wide) / 4);
  };
  globalThis.strToBase64 = (text, prefix = "") => String(prefix) + base64(utf8(String(text)));
  globalThis.createHmac = (algorithm, secret) => {
    const name = String(algorithm).toLowerCase().replace("-", "");
    if (!Object.hasOwn(HASHES, name)) throw new Error(`createHmac knows sha256 and sha512, not ${algorithm}`);
    const timestamp = String(now());
    const mark = hmac(HASHES[name](), utf8(String(secret)), utf8(`${timestamp}\n${secret}`));
    return { timestamp, sign: uri(base64(mark)) };
  };

  const told = (error) => {
    if (!(error instanceof Error)) return shown(error);
    return error instanceof InternalError ? error.message : `${error.name}: ${error.message}`;
  };
  const commands = {
    start: (variables) => {
      try {
        Promise.resolve(main(parse(variables), {})).then(
          (value) => { outcome = { value }; },
          (error) => { outcome = { error: told(error) }; },
        );
      } catch (error) { outcome = { error: told(error) }; }
    },
    finished: () => outcome !== undefined,
    waitingMs: () => (timers.length ? Math.max(0, Math.min(...timers.map(([at]) => at)) - now()) : -1),
    wake: () => {
      for (let i = timers.length; i-- > 0;) if (timers[i][0] <= now()) timers.splice(i, 1)[0][1]();
    },
    result: () => {
      try { return stringify(outcome); } catch (error) { return stringify({ error: told(error) }); }
    },
    log: () => log.join("\n"),
  };
  return (command, argument) => commands[command](argument);
})
