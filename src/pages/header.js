// The top of the page: the bot's name, which accounts are connected with a menu for each, and the way to a new conversation.
// The menu only says to the bot what the user could type.

import { el, icon } from './element.js';
import { accountOf } from './log.js';
import { said, titleOf, words } from './words.js';

const PLUS = 'M10 4v12M4 10h12';
const CROSS = 'M5 5l10 10M15 5 5 15';

// `act` is `{ say(text), renew(), close() }`; the last only where the chat can be closed.
export function createHeader({ bot, conversation, act }) {
  const name = el('h1', {}, bot.name);
  const label = el('summary', {});
  const menu = el('div', { class: 'menu' });
  const accounts = el('details', { class: 'accounts', hidden: true }, label, menu);
  const renew = el('button', { type: 'button', class: 'button quiet', 'aria-label': words.newConversation, title: words.newConversation, onclick: act.renew },
    icon(PLUS), el('span', { class: 'wide' }, words.newConversation));
  const leave = act.close
    ? el('button', { type: 'button', class: 'button quiet', 'aria-label': words.close, title: words.close, onclick: act.close }, icon(CROSS))
    : null;
  const node = el('header', { class: 'top' }, el('div', { class: 'row' }, name, accounts, renew, leave));
  let drawn = '';

  function close() {
    accounts.open = false;
  }

  function item(title, text) {
    return el('button', { type: 'button', onclick: () => { close(); act.say(text); } }, title);
  }

  function render() {
    const connected = Object.keys(conversation.signedIn).filter((id) => conversation.signedIn[id]);
    const shown = connected.map((id) => {
      const granted = conversation.messages.findLast((one) => one.integration === id && one.outcome === 'granted');
      const title = bot.integrations?.[id]?.title ?? titleOf(id);
      const account = (granted && accountOf(granted)) || '';
      return { title, account, line: words.account(title, account || words.accountConnected) };
    });
    const key = JSON.stringify(shown);
    if (key === drawn) return;
    drawn = key;
    accounts.hidden = shown.length === 0;
    label.replaceChildren(...(shown.length === 1 ? shortened(shown[0]) : [el('span', {}, words.accounts(shown.length))]));
    menu.replaceChildren(...shown.flatMap(({ title, line }) => [
      el('p', { class: 'meta' }, line),
      item(words.switchAccount, said.switchAccount),
      item(words.signOut, shown.length > 1 ? said.signOutOf(title) : said.signOut),
    ]));
  }

  // Where there is little room, the account alone says which integration it is.
  function shortened({ account, line }) {
    return account ? [el('span', { class: 'wide' }, line), el('span', { class: 'narrow' }, account)] : [el('span', {}, line)];
  }

  accounts.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !accounts.open) return;
    event.preventDefault();
    close();
    label.focus();
  });
  document.addEventListener('click', (event) => {
    if (accounts.open && !event.composedPath().includes(accounts)) close();
  });

  return { node, render };
}
