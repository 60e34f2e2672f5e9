// Where the sandbox org is, what it knows its client by, and a sign-in through its pages, as a person without JavaScript would do it.
// TURNWISE_SANDBOX_URL names the org; it was started with --control.

export const ORG = process.env.TURNWISE_SANDBOX_URL ?? 'http://127.0.0.1:8081';
export const CALLBACK = 'http://localhost:9/auth/callback';
export const CLIENT = { id: 'turnwise-demo', secret: 'turnwise-demo-secret' };

/** Posts to one of the org's control addresses. */
export async function control(address, body) {
  const answer = await fetch(`${ORG}/sandbox/${address}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
}

/** Follows an authorize address, fills in the forms it meets, and gives the callback address it ends at. */
export async function signIn(authorize, { decision = 'allow' } = {}) {
  const cookies = new Map();
  let next = authorize;
  let form;
  for (let page = 0; page < 8; page += 1) {
    const answer = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form && { method: 'POST', body: form }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      cookies.set(name, value);
    }
    const to = answer.headers.get('location');
    if (to) {
      const address = new URL(to, next);
      if (address.href.startsWith(CALLBACK)) return address;
      [next, form] = [address.href, undefined];
      continue;
    }
    const html = await answer.text();
    const action = html.match(/<form[^>]*action="([^"]*)"/)?.[1];
    if (!action) throw new Error(`no form in ${answer.status} ${html}`);
    form = new URLSearchParams();
    for (const [input, name] of html.matchAll(/<input[^>]*name="([^"]*)"[^>]*>/g)) {
      form.set(name, input.match(/value="([^"]*)"/)?.[1] ?? '');
    }
    if (form.has('password')) {
      form.set('username', 'rep@example.com');
      form.set('password', 'demo');
    } else {
      form.set('decision', decision);
    }
    next = new URL(action, next).href;
  }
  throw new Error('the sign-in does not end');
}
