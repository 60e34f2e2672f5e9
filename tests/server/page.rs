//! What tests read out of pages as a person would: the hidden field of the org's forms, and a code to type back into the chat.

/// The hidden field that the org's forms carry from page to page.
pub(crate) fn hidden(page: &str) -> String {
    behind(page, "name=\"request\" value=\"", '"')
}

/// The code on the page at the end of a sign-in.
pub(crate) fn code(page: &str) -> String {
    behind(page, "<p class=\"code\">", '<').trim().to_owned()
}

fn behind(page: &str, sign: &str, end: char) -> String {
    let after = page.split(sign).nth(1);
    let value = after.unwrap_or_else(|| panic!("no {sign} in: {page}"));
    value.split(end).next().unwrap().to_owned()
}
