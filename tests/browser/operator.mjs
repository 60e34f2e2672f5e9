// An operator in the console, in a browser without JavaScript: logs in, chooses a cell, fills a profile's form in, authorizes.
// What is to be seen afterwards is left to the tests.

export const integration = (demo) => `${demo}/console/integrations/salesforce`;

/** Logs in; the page stands at the overview. */
export async function operator(browser, demo, password) {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto(`${demo}/console`);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return page;
}

/** Who signs in ("Each user", "An operator"), and through whose app ("System", "Custom"). */
export async function choose(page, demo, who, app) {
  await page.goto(integration(demo));
  await page.getByLabel(who).check();
  await page.getByLabel(app).check();
  await page.getByRole('button', { name: 'Save the choice' }).click();
}

/** Makes a profile for the integration from its form: `fields` by their labels. Ends at the page of the integration. */
export async function makeProfile(page, demo, mechanism, fields) {
  await page.goto(`${demo}/console/profiles/new?for=salesforce`);
  await page.getByRole('link', { name: mechanism }).click();
  for (const [label, value] of Object.entries(fields)) {
    await page.getByLabel(label, { exact: true }).first().fill(value);
  }
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Salesforce' }).waitFor();
}

/** Presses Authorize, signs in as the rep, and comes back to the console. */
export async function authorize(page, demo) {
  await page.goto(integration(demo));
  await page.getByRole('button', { name: /^Authorize/ }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(page, 'Allow');
  await page.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  await page.getByRole('link', { name: 'Back to the console' }).click();
  await page.getByText('rep@example.com').first().waitFor();
}

/** The org's own pages; who is signed in there already is only asked to allow. */
export async function atTheOrg(at, decision) {
  const name = at.locator('input[name="username"]');
  const button = at.getByRole('button', { name: new RegExp(decision, 'i') });
  await name.or(button).first().waitFor();
  if (await name.count()) {
    await name.fill('rep@example.com');
    await at.locator('input[name="password"]').fill('demo');
    await at.locator('input[name="password"]').press('Enter');
  }
  await button.click();
}
