// A person with a browser of their own in front of the demo's chat: writes, and is sent a link.

/** Opens the chat at `demo` in a fresh profile; the profile is the caller's to close. */
export async function person(browser, demo) {
  const user = await browser.newContext({ locale: 'en-US' });
  user.setDefaultTimeout(15_000);
  const chat = await user.newPage();
  await chat.goto(demo);
  await chat.locator('.message.bot').first().waitFor();
  return { user, chat };
}

export async function say(chat, text) {
  await chat.getByLabel('Write a message').fill(text);
  await chat.keyboard.press('Enter');
}

/** The address of the sign-in link that the bot has sent. */
export async function linkIn(chat) {
  const link = chat.getByRole('link', { name: 'Connect Salesforce' });
  await link.waitFor();
  return link.getAttribute('href');
}
