// What a turn looks like: question, answer, sources, badges, steps.

import { html, useEffect, useRef, useState } from "/static/vendor/preact-htm.js";
import { renderAnswer } from "./answer.js";
import { placeOf } from "./source.js";
import { RETRIES } from "./stream.js";
import { codePointLength, firstUnits } from "./text.js";
import { isOpen } from "./turn.js";
import { codeText, problemText } from "./words.js";

const LONG_QUESTION = 80;
/** The share of what has come but is not shown yet that one frame of the screen adds. */
const SHOWN_PER_FRAME = 1 / 10;

/** One turn; `isLast` has the buttons that go on from here. */
export function TurnView({ turn, words, isLast, onCite, onRetry, onGrow }) {
  const [isShown, setIsShown] = useState(!isOpen(turn));
  const isLong = codePointLength(turn.question) > LONG_QUESTION || turn.question.includes("\n");
  const isSettled = isShown && !isOpen(turn);
  useEffect(onGrow, [isSettled, turn.waiting]);
  return html`
    <article class="turn" data-state=${isSettled ? turn.state : "running"} aria-busy=${!isSettled}>
      ${turn.restarted && html`<p class="notice">${words.restarted}</p>`}
      <h2 class=${isLong ? "question long" : "question"}><span class="unseen">${words.you}: </span>${turn.question}</h2>
      <${Answer} turn=${turn} words=${words} onCite=${onCite} onGrow=${onGrow} onShown=${setIsShown} />
      ${turn.waiting > 0 && html`<p class="notice quiet" role="status">${words.reconnecting(turn.waiting, RETRIES)}</p>`}
      ${isSettled && html`<${Outcome} ...${{ turn, words, isLast, onCite, onRetry }} />`}
    </article>`;
}

/** The answer's text, appearing at reading pace; citations stand once the text is whole. */
function Answer({ turn, words, onCite, onGrow, onShown }) {
  const place = useRef();
  const shown = useRef(isOpen(turn) ? 0 : turn.text.length);
  const citations = isOpen(turn) ? [] : turn.citations;
  useEffect(() => {
    let frame = 0;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    const step = () => {
      const missing = turn.text.length - shown.current;
      shown.current += isCalm ? missing : Math.ceil(missing * SHOWN_PER_FRAME);
      const isWhole = shown.current >= turn.text.length;
      const text = isWhole ? turn.text : firstUnits(turn.text, shown.current);
      place.current.replaceChildren(renderAnswer(text, isWhole ? citations : [], words.openSource));
      onGrow();
      if (isWhole) onShown(true);
      else frame = requestAnimationFrame(step);
    };
    if (shown.current > turn.text.length) shown.current = 0;
    step();
    return () => cancelAnimationFrame(frame);
  }, [turn.text, turn.state, words]);
  const open = (event) => {
    const mark = event.target.closest("[data-citation]");
    if (!mark) return;
    event.preventDefault();
    onCite(turn, Number(mark.dataset.citation));
  };
  const isEmpty = isOpen(turn) && !turn.text;
  return html`
    ${isEmpty && html`<p class="thinking">${words.thinking}</p>`}
    <div ref=${place} class=${isOpen(turn) ? "answer growing" : "answer"} onClick=${open}></div>`;
}

function Outcome({ turn, words, isLast, onCite, onRetry }) {
  const asksForKey = isLast && turn.problem?.status === 401;
  return html`
    ${turn.problem && !asksForKey && html`<${ProblemView} problem=${turn.problem} words=${words} onRetry=${isLast && onRetry} />`}
    <${Badges} turn=${turn} words=${words} />
    ${turn.citations.length > 0 && html`<${Sources} turn=${turn} words=${words} onCite=${onCite} />`}
    ${turn.trace.length > 0 && html`<${Ledger} turn=${turn} words=${words} />`}`;
}

function Badges({ turn, words }) {
  const badges = [
    turn.state === "stopped" && html`<li>${words.stopped}</li>`,
    turn.fromCache && html`<li title=${words.cachedHint}>${words.cached}</li>`,
    ...turn.degraded.map((reason) => html`<li class="warning" title=${reason}>${codeText(words.degraded, reason) ?? reason}</li>`),
  ].filter(Boolean);
  return badges.length > 0 && html`<ul class="badges">${badges}</ul>`;
}

function Sources({ turn, words, onCite }) {
  return html`
    <ol class="sources" aria-label=${words.sources}>
      ${turn.citations.map((citation) => html`
        <li key=${citation.n}>
          <button type="button" onClick=${() => onCite(turn, citation.n)}>
            <span class="number">${citation.n}</span>
            <span class="name">${citation.source}</span>
            <span class="place">${placeOf(citation, words)}</span>
            <q class="excerpt">${citation.quote}</q>
          </button>
        </li>`)}
    </ol>`;
}

/** The steps with their times; bars are relative to the longest one, as steps may lie within each other. */
function Ledger({ turn, words }) {
  const longest = Math.max(...turn.trace.map(({ ms }) => ms), Number.MIN_VALUE);
  return html`
    <details class="ledger">
      <summary>${words.steps(turn.trace.length, duration(turn.tookMs ?? 0))}</summary>
      <table>
        <thead class="unseen"><tr><th>${words.step}</th><th>${words.time}</th><th></th><th>${words.note}</th></tr></thead>
        <tbody>
          ${turn.trace.map(({ step, ms, note }) => html`
            <tr>
              <th scope="row">${step}</th>
              <td class="time">${ms > 0 ? duration(ms) : ""}</td>
              <td class="bar">${ms > 0 && html`<span style=${{ width: `${Math.max(2, (100 * ms) / longest)}%` }}></span>`}</td>
              <td class="note">${note}</td>
            </tr>`)}
        </tbody>
      </table>
    </details>`;
}

function ProblemView({ problem, words, onRetry }) {
  const [now, setNow] = useState(Date.now());
  const waitS = Math.ceil((problem.retryAt - now) / 1000);
  useEffect(() => {
    if (waitS <= 0) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), 500);
    return () => clearTimeout(timer);
  }, [now]);
  const again = problem.code === "connection_lost" ? words.resume : words.retry;
  return html`
    <div class="problem" role="alert">
      <p>${problemText(words, problem)}</p>
      ${problem.fields.length > 0 && html`
        <ul>${problem.fields.map(({ field, message }) => html`<li>${words.fieldNames[field] ?? field}: ${message}</li>`)}</ul>`}
      ${onRetry && html`
        <button type="button" disabled=${waitS > 0} onClick=${onRetry}>${waitS > 0 ? words.retryIn(waitS) : again}</button>`}
    </div>`;
}

function duration(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
