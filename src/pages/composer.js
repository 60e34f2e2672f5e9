// The field in which the user writes: it grows, keeps a draft over a reload, and brings back what was said before.
// What becomes of a text is left to the page.

import { el, icon } from './element.js';
import { words } from './words.js';

const DRAFT = 'turnwise.draft';
const LONGEST = 32_000;
const UP = 'M10 16V4m-5 5 5-5 5 5';

// `send(text)` takes a text; `earlier()` gives the user's texts, oldest first.
export function createComposer({ storage, send, earlier }) {
  const field = el('textarea', {
    rows: 1, maxlength: LONGEST, dir: 'auto', autocomplete: 'off', enterkeyhint: 'send',
    'aria-label': words.write, placeholder: words.write,
    oninput: () => { recalled = null; changed(); },
    onkeydown: pressed,
  });
  const button = el('button', { type: 'submit', class: 'send', 'aria-label': words.send }, icon(UP));
  const form = el('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); submit(); } }, field, button);
  // How many texts back ↑ has gone; null while the user's own words stand in the field.
  let recalled = null;

  function submit() {
    const text = field.value.trim();
    if (text === '') return;
    set('');
    send(text);
  }

  function pressed(event) {
    // An Enter that ends the composition of a character (Japanese, Chinese …) doesn't send.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && (field.value === '' || recalled !== null)) {
      recall((recalled ?? 0) + 1, event);
    } else if (event.key === 'ArrowDown' && recalled !== null) {
      recall(recalled - 1, event);
    }
  }

  function recall(back, event) {
    const texts = earlier();
    if (back > texts.length) return;
    event.preventDefault();
    set(back > 0 ? texts.at(-back) : '');
    recalled = back > 0 ? back : null;
  }

  function set(text) {
    field.value = text;
    recalled = null;
    changed();
    field.setSelectionRange(text.length, text.length);
  }

  function changed() {
    storage.write(DRAFT, field.value === '' ? null : field.value);
    button.classList.toggle('ready', field.value.trim() !== '');
    grow();
  }

  // As high as its text; the style sheet stops it at six lines.
  function grow() {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }

  addEventListener('resize', grow);

  return {
    form,
    set,
    restore: () => set(storage.read(DRAFT) ?? ''),
    focus: () => field.focus({ preventScroll: true }),
    get empty() { return field.value === ''; },
    get focused() { return field.getRootNode().activeElement === field; },
    get field() { return field; },
  };
}
