// Code points, as the server counts them, against the UTF-16 units of JavaScript strings.

/** How many code points a text has. */
export function codePointLength(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The UTF-16 index at which the given number of code points has passed; the text's end at most. */
export function unitIndex(text, codePoints) {
  let index = 0;
  for (let passed = 0; passed < codePoints && index < text.length; passed += 1) {
    index += text.codePointAt(index) > 0xffff ? 2 : 1;
  }
  return index;
}

/** Like `text.slice(0, end)`, but never through the middle of a code point. */
export function firstUnits(text, end) {
  const isSplit = end > 0 && end < text.length && (text.charCodeAt(end) & 0xfc00) === 0xdc00;
  return text.slice(0, isSplit ? end + 1 : end);
}
