// What the bot of the mock server answers: a few fixed words for each kind of message that the page can draw.
// It understands nothing; the first pattern that fits decides.

const PEOPLE = ['Ada Park', 'Ben Osei', 'Cleo Marsh', 'Dan Ruiz', 'Eve Lund', 'Finn Holt', 'Gia Rossi', 'Hal Brandt', 'Ida Novak', 'Jon Vega'];
const FIRMS = ['Northwind', 'Tailspin', 'Fabrikam', 'Litware', 'Contoso'];
const STATES = ['Open', 'Working', 'Qualified'];

const CONFIRM = [{ title: 'Yes', value: 'yes' }, { title: 'Change something', value: 'change' }, { title: 'Cancel', value: 'cancel' }];
const FIELDS = [
  { label: 'Name', value: 'Jane Doe' },
  { label: 'Company', value: 'Acme' },
  { label: 'E-mail', value: 'jane@acme.com' },
  { label: 'Phone', value: '+1 415-555-0100' },
];

export const GREETING = 'Hello. I can create, find and change leads. What shall I do?';
const NOTHING = { kind: 'nothing' };

// The bot's replies to one turn and what it awaits then; `now` is of the conversation: its `awaiting`, `shown` rows, and `link()`.
export function answer(said, now) {
  for (const [pattern, reply] of SCRIPT) {
    const match = pattern.exec(said);
    if (match) return reply(now, match);
  }
  return [[{ kind: 'text', text: 'I didn’t get that. You can say “help”.' }], NOTHING];
}

const SCRIPT = [
  [/^echo ([\s\S]*)$/, (_, [, text]) => [[{ kind: 'text', text }], NOTHING]],
  [/^yes$/i, (now) => [[{ kind: 'text', text: now.awaiting.what === 'delete' ? 'Jane Doe is deleted.' : 'Done: **Jane Doe** (Acme) is a lead now. [Open in Salesforce](https://example.my.salesforce.com/00Q1)' }], NOTHING]],
  [/^change( something)?$/i, () => [[{ kind: 'text', text: 'What shall I change?' }], NOTHING]],
  [/^cancel$/i, () => [[{ kind: 'text', text: 'Nothing was saved.' }], NOTHING]],
  [/^skip$/i, () => [[{ kind: 'text', text: 'Left out.' }], NOTHING]],
  [/^(first|the one at acme|id-1)$/i, () => [[{ kind: 'text', text: 'Jane Doe of Acme it is.' }], NOTHING]],
  [/^more$/i, (now) => list(now)],
  [/sign out/i, (now) => { now.signedIn = false; return [[{ kind: 'text', text: 'You are signed out.' }], NOTHING]; }],
  [/new[_ ]link|salesforce/i, (now) => signIn(now)],
  [/phone/i, () => [[{ kind: 'choices', text: 'What’s Jane’s phone number?', choices: [{ title: 'Skip', value: 'skip' }] }], { kind: 'slot', template: 'create_lead', slot: 'phone' }]],
  [/which/i, () => {
    const choices = [{ title: 'Jane Doe, Acme', value: 'id-1' }, { title: 'Jane Roe, Contoso', value: 'id-2' }];
    return [[{ kind: 'choices', text: 'Which Jane do you mean?\n1. Jane Doe, Acme\n2. Jane Roe, Contoso', choices }], { kind: 'choice', options: choices }];
  }],
  [/delete/i, () => [[{
    kind: 'card', title: 'Jane Doe (Acme)', text: 'Delete this lead? It can’t be brought back from here.\nName: Jane Doe\nCompany: Acme\nE-mail: jane@acme.com\nDelete Jane Doe / Keep it', fields: FIELDS.slice(0, 3),
    choices: [{ title: 'Delete Jane Doe', value: 'yes' }, { title: 'Keep it', value: 'cancel' }],
  }], { kind: 'confirm', what: 'delete', template: 'delete_lead' }]],
  [/update/i, () => [[{
    kind: 'card', text: 'Save these changes?', title: 'Jane Doe (Acme)',
    fields: [{ label: 'Status', value: 'Open → Working' }, { label: 'Phone', value: '~~+1 415-555-0100~~ → +1 415-555-0199' }, { label: 'Rating', value: ' → Hot' }], choices: CONFIRM,
  }], { kind: 'confirm', what: 'update', template: 'update_lead' }]],
  [/just met|create/i, () => [[{
    kind: 'card', title: 'Create this lead?', text: 'Create this lead?\n- Name: Jane Doe\n- Company: Acme\n- E-mail: jane@acme.com\n- Phone: +1 415-555-0100', fields: FIELDS, choices: CONFIRM,
  }], { kind: 'confirm', what: 'create', template: 'create_lead' }]],
  [/list|leads/i, (now) => { now.shown = 0; return list(now); }],
  [/look up/i, () => [[{ kind: 'text', text: 'One moment.' }], { kind: 'call' }]],
];

function list(now) {
  const from = now.shown;
  const rows = Array.from({ length: 5 }, (_, at) => {
    const n = from + at;
    return [PEOPLE[n % PEOPLE.length], FIRMS[n % FIRMS.length], n % 4 === 3 ? '' : STATES[n % STATES.length], `${14 - (n % 9)} Mar`];
  });
  now.shown += 5;
  const lines = rows.map((row, at) => `${from + at + 1}. ${row.filter(Boolean).join(' · ')}`);
  return [[{
    kind: 'table', text: `${from ? 'Here are the next five.' : 'You have 25 leads; here are the newest five.'}\n${lines.join('\n')}`,
    columns: ['Name', 'Company', 'Status', 'Created'], rows, total: 25, choices: [{ title: 'More', value: 'more' }],
  }], NOTHING];
}

function signIn(now) {
  const { url, expires } = now.link();
  return [[{ kind: 'sign_in', text: `To save the lead I need your Salesforce account. The link lasts 10 minutes: ${url}`, url, expires_at: expires, integration: 'salesforce' }],
    { kind: 'authorization', integration: 'salesforce', url, expires_at: expires }];
}
