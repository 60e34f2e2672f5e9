// What is left to show of a message's text once its table, card, buttons or link are shown as such.
// A text alone is enough by contract, so it may list again what the page draws; it leaves unlisted what only the text says.

export function remainder(message) {
  let text = String(message.text ?? '');
  if (message.url && message.kind === 'sign_in') text = withoutLink(text, message.url);
  const lines = text.split('\n').filter((line) => !repeats(line, message));
  return lines.join('\n').replace(/\n{3,}/g, '\n\n').trim();
}

// The number that the text gives each row ("6. Jane Doe …" on a second page), else 1, 2, 3 …
export function rowNumbers(message) {
  const rows = message.rows ?? [];
  const lines = String(message.text ?? '').split('\n');
  let next = Number.isInteger(message.first) ? message.first : 1;
  let from = 0;
  return rows.map((row) => {
    const name = normal(row[0]);
    for (let at = from; at < lines.length && name !== ''; at += 1) {
      const match = /^\s*\|?\s*(\d{1,6})[.)|\s]\s*(.*)$/.exec(lines[at]);
      if (match && normal(match[2]).replace(/^\| ?/, '').startsWith(name)) {
        next = Number(match[1]);
        from = at + 1;
        break;
      }
    }
    next += 1;
    return next - 1;
  });
}

const MARKER = /^\s*(?:[-*•]|\d{1,6}[.)])\s+/;

function normal(text) {
  return String(text ?? '').replace(/[*_~`\\]/g, '').replace(/\s+/g, ' ').trim().toLowerCase();
}

function repeats(line, message) {
  const listed = MARKER.test(line);
  const bare = normal(line.replace(MARKER, ''));
  if (bare === '') return false;
  if (message.title && bare === normal(message.title)) return true;
  if (message.fields?.some((field) => isField(bare, field))) return true;
  if (message.kind === 'table' && (line.trim().startsWith('|') || message.rows?.some((row) => isRow(bare, row, listed)))) return true;
  return isChoice(bare, message.choices ?? [], listed);
}

function isField(bare, { label, value, was }) {
  const name = normal(label);
  return name !== '' && bare.startsWith(name) && bare.includes(normal(value)) && (!was || bare.includes(normal(was)));
}

function isRow(bare, row, listed) {
  const [name, ...rest] = row.map(normal);
  if (!name || !bare.startsWith(name)) return false;
  const filled = rest.filter((cell) => cell !== '');
  return listed || (filled.length > 0 && filled.every((cell) => bare.includes(cell)));
}

// "2. Jane Roe" of a list, or one line with all of them: "Yes / Change something / Cancel".
function isChoice(bare, choices, listed) {
  const titles = choices.map((choice) => normal(choice.title)).filter((title) => title !== '');
  if (listed && titles.some((title) => bare.startsWith(title))) return true;
  if (titles.length < 2 || !titles.every((title) => bare.includes(title))) return false;
  const rest = [...titles].sort((one, other) => other.length - one.length).reduce((left, title) => left.replace(title, ''), bare);
  return /^(?:[\s/,|·.()[\]:?]|\bor\b|\d)*$/.test(rest);
}

function withoutLink(text, url) {
  const titled = text.split(`](${url})`).map((part, at, parts) => (at < parts.length - 1 ? part.replace(/\[[^[\]]*$/, '') : part)).join('');
  return titled
    .split(url).join('')
    .split('\n')
    .map((line) => line.replace(/\s*(?:\(\s*\)|<\s*>)/g, '').replace(/\s+([.,;)])/g, '$1').replace(/[\s:(<>]+$/, (end) => (end.includes(':') ? '.' : '')))
    .filter((line) => !/^[\s.:()<>-]+$/.test(line) || line.trim() === '')
    .join('\n');
}
