// Makes DOM nodes: text goes in as text nodes, never as markup, so nothing that was said can become a tag.
// What the nodes mean is left to the callers.

// `el('button', { class: 'x', onclick: f, 'aria-label': 'y' }, 'text', node, …)`; an attribute of null or false is left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

// Text for screen readers only.
export function unseen(text) {
  return el('span', { class: 'unseen' }, text);
}

// A line drawing of 20 by 20, in the colour of the text around it.
export function icon(path) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

// A link that leaves the chat open: a new tab, which learns nothing of where it was opened.
export function outward(href, attributes = {}, ...children) {
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer', ...attributes }, ...children);
}

// The address in its normal form if a browser may be sent there (http or https, nothing else), else null.
export function webAddress(text, base) {
  try {
    const address = new URL(text, base);
    return address.protocol === 'https:' || address.protocol === 'http:' ? address.href : null;
  } catch {
    return null;
  }
}
