// The chat for a page of another site: `<script src="https://BOT/widget.js" data-open="/my/chat" defer></script>` puts a launcher there.
// `data-open` is an address of that site; a POST of `{"new": bool}` answers `{"id", "token"}` of a conversation, which the site's server opened with its key.
// It runs in a shadow root, so that neither page styles the other; the chat itself is chat.js.

(() => {
  const script = document.currentScript;
  const server = new URL(script.src).origin;
  const asset = (name) => `${server}/assets/${name}`;
  const host = document.createElement('turnwise-chat');
  const shadow = host.attachShadow({ mode: 'open' });
  const launcher = make('button', { type: 'button', class: 'launcher', 'aria-label': script.dataset.label ?? 'Open the chat', 'aria-expanded': 'false' });
  const panel = make('section', { class: 'panel', role: 'dialog', 'aria-label': script.dataset.label ?? 'Chat', hidden: '' });
  const root = make('div', { class: 'chat' });
  let chat = null;

  launcher.append(bubble());
  panel.append(root);
  // The launcher waits for its style sheets, else it would flash unstyled.
  host.style.visibility = 'hidden';
  Promise.all(['tokens.css', 'chat.css', 'message.css', 'widget.css'].map(sheet)).then(() => host.style.removeProperty('visibility'), () => host.remove());
  shadow.append(launcher, panel);
  document.body.append(host);

  launcher.addEventListener('click', show);
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) hide();
  });

  async function show() {
    panel.hidden = false;
    launcher.hidden = true;
    launcher.setAttribute('aria-expanded', 'true');
    chat ??= import(asset('chat.js')).then(({ start }) => start(root, { base: server, opener: open, scroller: panel, close: hide }));
    (await chat).focus();
  }

  function hide() {
    panel.hidden = true;
    launcher.hidden = false;
    launcher.setAttribute('aria-expanded', 'false');
    launcher.focus();
  }

  async function open(anew) {
    const answer = await fetch(script.dataset.open, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ new: anew }),
    });
    if (!answer.ok) throw new Error(`${script.dataset.open} answered ${answer.status}`);
    return answer.json();
  }

  function sheet(name) {
    return new Promise((loaded, failed) => {
      const link = make('link', { rel: 'stylesheet', href: asset(name) });
      link.addEventListener('load', loaded);
      link.addEventListener('error', failed);
      shadow.append(link);
    });
  }

  function make(tag, attributes) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  function bubble() {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    const line = document.createElementNS(space, 'path');
    line.setAttribute('d', 'M4 5.5A1.5 1.5 0 0 1 5.5 4h13A1.5 1.5 0 0 1 20 5.5v9a1.5 1.5 0 0 1-1.5 1.5H10l-4.5 4v-4A1.5 1.5 0 0 1 4 14.5z');
    svg.append(line);
    return svg;
  }
})();
