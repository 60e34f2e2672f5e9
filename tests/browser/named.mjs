// What a screen reader meets on a page: that everything that can be used, every table and every region has a name, and that
// headings follow each other. Returns what is wrong, a line each.

export function faults(page) {
  return page.evaluate(() => {
    const wrong = [];
    const shown = (it) => it.getClientRects().length > 0;
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].filter(shown).map((it) => Number(it.tagName[1]));
    if (levels.filter((level) => level === 1).length !== 1) wrong.push(`headings of the first level: ${levels}`);
    levels.reduce((before, level) => (level > before + 1 && wrong.push(`headings: ${levels}`), level), 0);
    const labels = (it) => [...(it.labels ?? [])].map((label) => label.textContent).join(' ');
    const own = (it) => (['BUTTON', 'A', 'SUMMARY'].includes(it.tagName) ? it.textContent : '');
    for (const it of document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], summary')) {
      const name = it.getAttribute('aria-label') ?? (labels(it) || own(it));
      if (shown(it) && !name.trim()) wrong.push(`no name: ${it.outerHTML.slice(0, 100)}`);
    }
    for (const it of document.querySelectorAll('table, [role=region], nav')) {
      const named = it.hasAttribute('aria-label') || it.hasAttribute('aria-labelledby') || it.querySelector('caption');
      if (!named) wrong.push(`no name: ${it.outerHTML.slice(0, 60)}`);
    }
    for (const it of document.querySelectorAll('th')) {
      if (!it.scope || !(it.textContent.trim() || it.getAttribute('aria-label'))) wrong.push(`a table's head: ${it.outerHTML}`);
    }
    for (const it of document.querySelectorAll('fieldset')) if (!it.querySelector('legend')) wrong.push('a group without a legend');
    for (const it of document.querySelectorAll('img')) if (!it.alt) wrong.push('a picture without a text');
    for (const it of document.querySelectorAll('.wrong')) if (it.getAttribute('role') !== 'alert') wrong.push(`not told: ${it.textContent}`);
    if (!document.querySelector('main') || !document.documentElement.lang) wrong.push('no main part, or no language');
    return wrong;
  });
}
