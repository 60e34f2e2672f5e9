// Sets a bot's accent, made darker or lighter until text on it and words in it can be read in the theme of the moment.
// All other colours stay those of tokens.css.

const READABLE = 4.5;
const HEX = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;

// Does nothing where the colour is no `#rrggbb`. `root` is the element that carries the tokens.
export function setAccent(root, colour) {
  if (!HEX.test(String(colour ?? '').trim())) return;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
    root.style.setProperty('--accent', readable(colour, token('--on-accent'), token('--ground'), token('--raised')));
  };
  dark.addEventListener('change', apply);
  apply();
}

// The nearest colour to the chosen one that holds against each of the others, going away from them.
export function readable(colour, ...against) {
  const others = against.map(channels);
  const target = luminance(others[0]) > 0.4 ? 0 : 255;
  let chosen = channels(colour);
  for (let step = 0; step < 60 && !others.every((other) => contrast(chosen, other) >= READABLE); step += 1) {
    chosen = chosen.map((value) => value + (target - value) * 0.06);
  }
  return `#${chosen.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

function channels(hex) {
  const [, digits] = HEX.exec(hex.trim()) ?? [null, '000000'];
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16));
}

// Relative luminance and contrast as WCAG 2 defines them.
function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
