// What becomes of the texts that a bot sends: its small Markdown, and what is left of a text beside a table, a card or a link.
// The pages around them are tried in chat.mjs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { remainder, rowNumbers } from '../../src/pages/remainder.js';
import { launch } from './browser.mjs';
import { startMock } from './mock.mjs';

let browser;
let mock;
let page;
before(async () => {
  browser = await launch();
  mock = await startMock();
  page = await browser.newPage();
  await page.goto(`${mock.address}/`);
});
after(async () => {
  await browser.close();
  await mock.stop();
});

const LINK = (address, title) => `<a href="${address}" target="_blank" rel="noopener noreferrer">${title}</a>`;
const MARKDOWN = [
  ['plain words', 'Hello', '<p>Hello</p>'],
  ['two lines', 'one\ntwo', '<p>one<br>two</p>'],
  ['two paragraphs', 'one\n\n\ntwo', '<p>one</p><p>two</p>'],
  ['bold and emphasis', '**a** *b* __c__ _d_ ~~e~~', '<p><strong>a</strong> <em>b</em> <strong>c</strong> <em>d</em> <s>e</s></p>'],
  ['bold in emphasis', '*a **b** c*', '<p><em>a <strong>b</strong> c</em></p>'],
  ['marks that are none', '2 * 3 * 4, snake_case_name, a*, **', '<p>2 * 3 * 4, snake_case_name, a*, **</p>'],
  ['an escaped mark', '\\*not\\* \\[this\\](x)', '<p>*not* [this](x)</p>'],
  ['code', 'say `help <b>`', '<p>say <code>help &lt;b&gt;</code></p>'],
  ['a code block', '```\na **b**\n```\nafter', '<pre><code>a **b**</code></pre><p>after</p>'],
  ['a code block without an end', '```\na', '<pre><code>a</code></pre>'],
  ['a list', 'so:\n- a\n- **b**\n\nend', '<p>so:</p><ul><li>a</li><li><strong>b</strong></li></ul><p>end</p>'],
  ['a numbered list that begins later', '6. a\n7. b', '<ol start="6"><li>a</li><li>b</li></ol>'],
  ['a link', '[Open](https://x.example/a_(b)?c=1&d)', `<p>${LINK('https://x.example/a_(b)?c=1&amp;d', 'Open')}</p>`],
  ['an address', 'see https://x.example/a_b. Or (http://y.example)', `<p>see ${LINK('https://x.example/a_b', 'https://x.example/a_b')}. Or (${LINK('http://y.example/', 'http://y.example')})</p>`],
  ['a script as a link', '[a](javascript:alert) [b](data:text/html,x) [c](/relative) [d](vbscript:x)', '<p><span>a</span> <span>b</span> <span>c</span> <span>d</span></p>'],
  ['markup', '<b onclick="x">a</b> &amp; <img src=x>', '<p>&lt;b onclick="x"&gt;a&lt;/b&gt; &amp;amp; &lt;img src=x&gt;</p>'],
  ['a link title with markup', '[<img src=x>](https://x.example)', `<p>${LINK('https://x.example/', '&lt;img src=x&gt;')}</p>`],
  ['no link in a link', '[a [b](https://b.example) c](https://a.example)', `<p>[a ${LINK('https://b.example/', 'b')} c](${LINK('https://a.example/', 'https://a.example')})</p>`],
];
for (const [name, text, expected] of MARKDOWN) {
  test(`draws ${name}`, async () => {
    const drawn = await page.evaluate(async (said) => {
      const { markdown } = await import('/assets/markdown.js');
      const holder = document.createElement('div');
      holder.append(markdown(said));
      return holder.innerHTML;
    }, text);
    assert.equal(drawn, expected);
  });
}

test('draws hostile texts of full length in no time to speak of', async () => {
  const worst = await page.evaluate(async () => {
    const { markdown } = await import('/assets/markdown.js');
    const pieces = ['[', '*', '**a', '_a ', '`', '~~', '[a](', 'h', 'https://', '\na', '- a\n', '\\', '*a **b ', '](x)', '<!--'];
    return pieces.map((piece) => {
      const begun = performance.now();
      markdown(piece.repeat(Math.ceil(32_000 / piece.length)));
      return [piece, performance.now() - begun];
    }).sort((one, other) => other[1] - one[1])[0];
  });
  assert.ok(worst[1] < 2000, `${worst[0]} took ${worst[1]} ms`);
});

const CHOICES = [{ title: 'Yes', value: 'yes' }, { title: 'Change something', value: 'change' }, { title: 'Cancel', value: 'cancel' }];
const ROWS = { kind: 'table', columns: ['Name', 'Company'], rows: [['Ada Park', 'Northwind'], ['Ben Osei', 'Tailspin']] };
const LEFT = [
  ['a numbered list of the choices', { kind: 'choices', text: 'Which?\n1. Yes\n2. **Cancel**', choices: CHOICES }, 'Which?'],
  ['all choices in one line', { kind: 'choices', text: 'Create it?\n(Yes / Change something / Cancel)', choices: CHOICES }, 'Create it?'],
  ['a sentence that names a choice', { kind: 'choices', text: 'Yes or no? Cancel is fine too.', choices: CHOICES }, 'Yes or no? Cancel is fine too.'],
  ['the fields of a card', { kind: 'card', title: 'Jane', text: 'Create it?\n\n**Jane**\n- Phone: 123\nMail: a@b.example\n\nAnything else?', fields: [{ label: 'Phone', value: '123' }, { label: 'Mail', value: 'a@b.example' }] }, 'Create it?\n\nAnything else?'],
  ['a change', { kind: 'card', text: 'Save?\nStatus: ~~Open~~ → Working', fields: [{ label: 'Status', value: 'Open → Working' }] }, 'Save?'],
  ['numbered rows', { ...ROWS, text: 'Two leads:\n1. Ada Park · Northwind\n2. Ben Osei · Tailspin\nSay a number.' }, 'Two leads:\nSay a number.'],
  ['a table in Markdown', { ...ROWS, text: 'Two:\n| Name | Company |\n|---|---|\n| 1 | Ada Park |' }, 'Two:'],
  ['a sentence about a row', { ...ROWS, text: 'Ada Park is the newest.' }, 'Ada Park is the newest.'],
  ['a bare link', { kind: 'sign_in', url: 'https://x.example/s/1', text: 'I need your account. Open this within 10 minutes:\nhttps://x.example/s/1' }, 'I need your account. Open this within 10 minutes.'],
  ['a titled link', { kind: 'sign_in', url: 'https://x.example/s/1', text: 'I need your account: [Connect](https://x.example/s/1)' }, 'I need your account.'],
  ['a link in a sentence', { kind: 'sign_in', url: 'https://x.example/s/1', text: 'Please sign in (https://x.example/s/1), then go on.' }, 'Please sign in, then go on.'],
];
for (const [name, message, expected] of LEFT) {
  test(`says beside what is drawn only the rest: ${name}`, () => assert.equal(remainder(message), expected));
}

test('takes the numbers of rows from the text, so that a second page goes on counting', () => {
  assert.deepEqual(rowNumbers({ ...ROWS, text: 'More:\n6. Ada Park · Northwind\n7. Ben Osei' }), [6, 7]);
  assert.deepEqual(rowNumbers({ ...ROWS, text: 'More' }), [1, 2]);
  assert.deepEqual(rowNumbers({ ...ROWS, text: 'More', first: 11 }), [11, 12]);
});
