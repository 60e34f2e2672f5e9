// Every sentence that the chat page itself says, so that a translation is one file.
// What the bot says comes from the server and is never here.

export const words = {
  you: 'You said:',
  bot: (name) => `${name} said:`,
  conversation: 'Conversation',
  write: 'Write a message',
  send: 'Send',
  choices: 'Choices',
  examples: 'Things you can say',
  newConversation: 'New conversation',
  close: 'Close the chat',
  sending: 'sending…',
  notSent: 'Not sent',
  tryAgain: 'Try again',
  typing: (name) => `${name} is typing`,
  lost: 'Connection lost. Trying to reconnect…',
  unreachable: 'The chat can’t be reached right now. It keeps trying.',
  ended: 'This conversation has ended.',
  startNew: 'Start a new one',
  newMessages: (count) => `${count} new`,
  toLatest: (count) => (count === 1 ? 'Go to 1 new message' : `Go to ${count} new messages`),
  was: 'was',
  now: 'now',
  empty: 'empty',
  rowNumber: 'Number',
  ofTotal: (shown, total) => `${shown} of ${total}`,
  openRecord: 'Open the record',
  newTab: '(opens in a new tab)',
  connect: (integration) => `Connect ${integration}`,
  opens: (host) => `opens ${host}`,
  minutesLeft: (minutes) => (minutes === 1 ? '1 minute left' : `${minutes} minutes left`),
  expired: 'This link has expired',
  newLink: 'New link',
  newerLink: 'A newer link was sent',
  linkClosed: 'This link is no longer needed',
  connected: 'Connected',
  connectedAs: (account) => `Connected as ${account}`,
  notConnected: 'Not connected',
  account: (integration, account) => `${integration}: ${account}`,
  accountConnected: 'connected',
  accounts: (count) => `${count} accounts`,
  switchAccount: 'Switch account',
  signOut: 'Sign out',
};

// What the menu sends, in the words of a user; the bot understands them in every state.
export const said = {
  switchAccount: 'switch account',
  signOut: 'sign out',
  signOutOf: (integration) => `sign out of ${integration}`,
};

// The title of an integration that has none but its id: `salesforce` reads `Salesforce`.
export function titleOf(integration) {
  return String(integration)
    .split(/[_\s-]+/)
    .filter(Boolean)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join(' ');
}
