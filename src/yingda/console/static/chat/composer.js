// Where questions are typed, and the form that asks for a key.

import { html, useEffect, useRef, useState } from "/static/vendor/preact-htm.js";
import { isSendable } from "./api.js";
import { codePointLength } from "./text.js";

const LIMIT = 2000;
const COUNTED_FROM = 1800;

/** Enter sends, Shift+Enter breaks the line; while an input method composes, Enter is its own. */
export function Composer({ words, isRunning, onAsk, onStop }) {
  const [text, setText] = useState("");
  const field = useRef();
  const length = codePointLength(text);
  const canSend = !isRunning && text.trim() !== "" && length <= LIMIT;
  useEffect(() => {
    // At first, and when the stop button has gone from under the focus.
    if (document.activeElement === document.body) field.current.focus({ preventScroll: true });
  }, [isRunning]);
  useEffect(() => fit(field.current), [text]);
  const send = () => {
    if (!canSend) return;
    setText("");
    onAsk(text.trim());
  };
  const pressed = (event) => {
    // 229 is how browsers without `isComposing` on the last key say that it belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const submitted = (event) => {
    event.preventDefault();
    send();
  };
  return html`
    <form class="composer" onSubmit=${submitted}>
      <textarea
        ref=${field} rows="1" value=${text} placeholder=${words.placeholder} aria-label=${words.placeholder}
        aria-describedby="count" aria-invalid=${length > LIMIT}
        onInput=${(event) => setText(event.target.value)} onKeyDown=${pressed}
      ></textarea>
      <div class="side">
        <span id="count" class=${length > LIMIT ? "count over" : "count"}>
          ${length > LIMIT ? words.tooLong(length - LIMIT) : length >= COUNTED_FROM && words.count(length, LIMIT)}
        </span>
        ${isRunning
          ? html`<button key="stop" type="button" class="stop" onClick=${onStop}>${words.stop}</button>`
          : html`<button key="send" type="submit" class="send" disabled=${!canSend}>${words.send}</button>`}
      </div>
    </form>`;
}

/** Asks for the key; `isRefused` says that the last one was not accepted. */
export function KeyForm({ words, isRefused, onKey }) {
  const [key, setKey] = useState("");
  const field = useRef();
  const submitted = (event) => {
    event.preventDefault();
    if (isSendable(key.trim())) onKey(key.trim());
  };
  useEffect(() => field.current.focus(), []);
  return html`
    <form class="key" onSubmit=${submitted}>
      <h2>${words.keyTitle}</h2>
      <label for="key">${words.keyLabel}</label>
      <div class="row">
        <input
          id="key" ref=${field} type="password" autocomplete="off" value=${key} aria-describedby="key-hint"
          aria-invalid=${isRefused} onInput=${(event) => setKey(event.target.value)}
        />
        <button type="submit" class="send" disabled=${!isSendable(key.trim())}>${words.keySubmit}</button>
      </div>
      <p id="key-hint" class=${isRefused ? "hint refused" : "hint"} role=${isRefused ? "alert" : "note"}>
        ${isRefused ? words.keyRefused : words.keyHint}
      </p>
    </form>`;
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
