// Draws the records of a table message, with a number in front of each row since people answer with it ("2").
// The buttons under it ("More") belong to the message and are drawn there.

import { el, unseen } from './element.js';
import { rowNumbers } from './remainder.js';
import { words } from './words.js';

const MOST_COLUMNS = 4;

// The roles are written out because on a narrow screen the rows stop being rows for the style sheet, and browsers then forget what they are.
export function table(message) {
  const columns = (message.columns ?? []).slice(0, MOST_COLUMNS);
  const numbers = rowNumbers(message);
  const head = el('thead', { role: 'rowgroup' },
    el('tr', { role: 'row' },
      el('th', { role: 'columnheader', scope: 'col', class: 'number' }, unseen(words.rowNumber)),
      ...columns.map((column) => el('th', { role: 'columnheader', scope: 'col' }, String(column)))));
  const body = el('tbody', { role: 'rowgroup' },
    ...(message.rows ?? []).map((row, at) => el('tr', { role: 'row' },
      el('td', { role: 'cell', class: 'number' }, String(numbers[at])),
      ...columns.map((column, index) => {
        const value = String(row[index] ?? '');
        return el('td', { role: 'cell', dir: 'auto', class: index === 0 ? 'name' : value === '' ? 'none' : null }, value);
      }))));
  return el('table', { role: 'table', class: 'records' }, head, body);
}

// "5 of 25", or nothing where all are shown.
export function shownOf(message) {
  const numbers = rowNumbers(message);
  const last = numbers.at(-1) ?? 0;
  return Number.isInteger(message.total) && message.total > last ? words.ofTotal(last, message.total) : '';
}
