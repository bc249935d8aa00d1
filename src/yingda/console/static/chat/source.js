// The panel with a citation's document, its quote marked and scrolled to.

import { html, useEffect, useRef, useState } from "/static/vendor/preact-htm.js";
import { citationOf } from "./api.js";
import { unitIndex } from "./text.js";

/** Shown on either side of the quote at first; a whole book would take the browser a while. */
const AROUND_UNITS = 20_000;

/** `cited` is `{turnId, citation}`; Escape and the button close it. */
export function SourcePanel({ cited, words, onClose }) {
  const { turnId, citation } = cited;
  const [passage, setPassage] = useState(null);
  const [isGone, setIsGone] = useState(false);
  const closer = useRef();
  useEffect(() => {
    const loading = new AbortController();
    setPassage(null);
    setIsGone(false);
    closer.current.focus({ preventScroll: true });
    citationOf(turnId, citation.n, loading.signal).then(setPassage, () => {
      if (!loading.signal.aborted) setIsGone(true);
    });
    return () => loading.abort();
  }, [turnId, citation.n]);
  useEffect(() => {
    const close = (event) => event.key === "Escape" && onClose();
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [onClose]);
  return html`
    <aside class="source" role="dialog" aria-labelledby="source-name">
      <header>
        <div>
          <h2 id="source-name"><span class="number">${citation.n}</span> ${citation.source}</h2>
          <p class="place">${placeOf(citation, words)}</p>
        </div>
        <button ref=${closer} type="button" class="plain" onClick=${onClose} aria-label=${words.close}>✕</button>
      </header>
      <div class="document" tabindex="0">
        ${passage && html`<${Passage} passage=${passage} words=${words} />`}
        ${isGone && html`<p class="hint">${words.sourceGone}</p><mark>${citation.quote}</mark>`}
        ${!passage && !isGone && html`<p class="hint">${words.loading}</p>`}
      </div>
    </aside>`;
}

/** Headings, page and version of a citation, in one line. */
export function placeOf({ heading, page, version }, words) {
  const parts = [heading.join(" › "), page && words.page(page), version > 1 && words.version(version)];
  return parts.filter(Boolean).join(" · ");
}

function Passage({ passage, words }) {
  const [isWhole, setIsWhole] = useState(false);
  const quote = useRef();
  useEffect(() => quote.current.scrollIntoView({ block: "center" }), [passage, isWhole]);
  const { text } = passage;
  const start = unitIndex(text, passage.start);
  const end = start + unitIndex(text.slice(start), passage.end - passage.start);
  const from = isWhole ? 0 : wholeLine(text, start - AROUND_UNITS);
  const to = isWhole ? text.length : wholeLine(text, end + AROUND_UNITS);
  const isCut = from > 0 || to < text.length;
  return html`
    ${isCut && html`<button type="button" class="plain" onClick=${() => setIsWhole(true)}>${words.wholeDocument}</button>`}
    <div class="text">${text.slice(from, start)}<mark ref=${quote}>${text.slice(start, end)}</mark>${text.slice(end, to)}</div>`;
}

/** The start of the line at or after an index, so that no character is cut in two. */
function wholeLine(text, index) {
  if (index <= 0) return 0;
  const line = text.indexOf("\n", index);
  return line < 0 ? text.length : line;
}
