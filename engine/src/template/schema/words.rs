//! What each key means, in a sentence for whoever writes a file in an editor. The reference says the same; a test holds the
//! two together.

/// Keys and their meanings.
type Words = [(&'static str, &'static str)];

/// Keys of a template file.
pub(super) const TEMPLATE: &Words = &[
    ("template", "Its id; needed."),
    ("title", "What people see; needed."),
    ("summary", "One sentence, for lists and *help*."),
    ("version", "For the library: `1.0.0`."),
    (
        "purpose",
        "Completes \"To … I need your account\"; by default the title in small letters.",
    ),
    (
        "integration",
        "The integration of bot.yaml that its fields, records and calls are about.",
    ),
    ("object", "The kind of record, likewise: `Lead`."),
    ("nouns", "Words for that kind of record."),
    (
        "include",
        "Shared files whose slots it has; its own keys win, key by key.",
    ),
    ("extends", "The template it changes."),
    ("adjust", "Keys of single steps, by their ids."),
    ("before", "Steps to put before a step."),
    ("after", "Steps to put after a step."),
    ("remove", "Ids of steps to leave out."),
    (
        "locale",
        "Makes an extending file a translation: texts only.",
    ),
    ("examples", "What people say to start it."),
    ("slots", "What it has to know."),
    ("steps", "What happens."),
    (
        "auth",
        "Whose grant its calls use: `integration` as bot.yaml says, `user` the user's own and no other, `shared`.",
    ),
    (
        "digressions",
        "May another template interrupt: `allow`, `ask`, `refuse`.",
    ),
    ("on_error", "Branches for failures of all its calls."),
    ("wording", "Standard responses while it runs."),
    (
        "based_on",
        "Written by `turnwise templates add`: what this is a copy of.",
    ),
];

/// Keys of a shared file.
pub(super) const SHARED: &Words = &[
    ("shared", "The id that `include` names."),
    ("slots", "As in a template."),
    (
        "based_on",
        "Written by `turnwise templates add`: what this is a copy of.",
    ),
];

/// Keys of a slot.
pub(super) const SLOT: &Words = &[
    (
        "type",
        "How it is read, checked and shown; by default `text`.",
    ),
    (
        "label",
        "Its name in cards and questions; by default the id in words.",
    ),
    ("called", "Other names that users have for it."),
    ("field", "The field it fills in the integration's object."),
    ("ask", "The question."),
    (
        "reask",
        "After an answer that can't be read; `heard` is what was typed.",
    ),
    (
        "samples",
        "What such values look like; a text in an example should have five or more.",
    ),
    ("why", "The answer to \"why do you need that?\"."),
    ("optional", "May be skipped, and emptied later."),
    ("default", "Taken in place of asking."),
    (
        "validate",
        "Rules: `if:` holds when `value` is bad, `say:` refuses it, `ask:` lets the user keep it.",
    ),
    ("retries", "Bad answers before giving up; by default 3."),
    ("gives_up", "What then: `skip`, `cancel`, `handoff`."),
    ("sensitive", "Masked everywhere, never printed."),
    ("list", "Several values."),
    ("digressions", "As for the template, while this is asked."),
    ("min_length", "The fewest characters."),
    (
        "max_length",
        "The most characters; by default what the field holds, else 255.",
    ),
    (
        "country",
        "The country of numbers without one; by default the bot's.",
    ),
    ("min", "The smallest value; for dates `today` too."),
    ("max", "The largest value."),
    ("whole", "Whole numbers only."),
    (
        "currency",
        "The currency where none is said; by default the bot's.",
    ),
    (
        "prefer",
        "`future` or `past`: which \"March\" or \"Friday\" is meant.",
    ),
    (
        "choices",
        "A list, a map of values to labels, or `org`: the picklist of the slot's field in the user's org.",
    ),
    (
        "synonyms",
        "What people say for a value: a map of values to texts.",
    ),
    ("pattern", "A regular expression for the whole text."),
    ("example", "Such a text, shown when it is asked again."),
    ("object", "The kind of record; by default the template's."),
    (
        "fields",
        "What to read of it; by default what the connector finds useful.",
    ),
    ("where", "Fields and values that narrow the search."),
    ("if_none", "None found: `ask` again, or `keep` the words."),
    (
        "of",
        "The fields that it may name; by default all that slots of the template fill.",
    ),
    ("names", "Shared files whose slots name the fields."),
];

/// Verbs of steps.
pub(super) const VERBS: &Words = &[
    (
        "collect",
        "Asks for each slot that is empty, in this order.",
    ),
    (
        "confirm",
        "Yes or no to the write below; `no` by default ends the dialog, `show` names slots of the card.",
    ),
    ("call", "Performs an operation; `as` names its result."),
    ("say", "Says a text; buttons send theirs as if typed."),
    (
        "show",
        "A record or a list; `pick` is what \"2\" starts, `narrow` what \"only the hot ones\" starts.",
    ),
    (
        "choose",
        "Waits for one of several; an option that is one `if` is offered only when it holds.",
    ),
    ("if", "Branches."),
    ("set", "Fills slots; `null` skips one."),
    (
        "ask_again",
        "Empties slots and goes back to where they are collected.",
    ),
    (
        "run",
        "Another dialog; as the last step it takes this one's place.",
    ),
    (
        "retry",
        "The failed call again, with other inputs on top; only in `on_error`, three times at the most.",
    ),
    (
        "sign_in",
        "Asks for the sign-in here rather than at the first call that needs it.",
    ),
    ("handoff", "Gives the conversation to a person."),
    ("end", "Ends: `done`, `cancelled` or `failed`."),
];

/// Keys beside a verb.
pub(super) const STEP: &Words = &[
    (
        "id",
        "The step's name for diagrams, coverage and extending files.",
    ),
    ("as", "The name of the result."),
    (
        "auth",
        "Whose grant this call uses, where not the template's.",
    ),
    ("buttons", "Texts that are sent as if typed."),
    ("else", "Steps where the condition does not hold."),
    ("fields", "Fields to show."),
    ("narrow", "The template that \"only the hot ones\" starts."),
    ("no", "Steps after a no; by default the dialog ends."),
    ("none", "What is said where there is nothing to show."),
    ("on_error", "Branches for failures of this call."),
    (
        "optional",
        "Goes on without a result where a read failed, or a dialog was cancelled.",
    ),
    ("options", "Labels, each with its steps."),
    ("pick", "The template that a row starts."),
    ("say", "What is said first."),
    (
        "share",
        "Hands over every filled slot that the other dialog has too.",
    ),
    (
        "show",
        "Slots on the card, in place of all that are written.",
    ),
    ("then", "Steps where the condition holds."),
    ("undo", "`false`: this write can't be undone on request."),
    ("with", "Slots of the other dialog and their values."),
];

/// Keys of bot.yaml.
pub(super) const BOT: &Words = &[
    ("name", "Needed."),
    ("greeting", "What is said first."),
    (
        "locale",
        "`en-US` by default; sets phone country, currency and the order of dates.",
    ),
    ("country", "Another country for phone numbers."),
    ("currency", "Another currency."),
    ("timezone", "Of users who bring none; `UTC` by default."),
    (
        "templates",
        "Library templates taken as they are: `salesforce/*`.",
    ),
    ("integrations", "The systems it talks to."),
    (
        "profiles",
        "How it authorises at them, where that is not the operator's own app.",
    ),
    (
        "handoff",
        "People who can take over, each with a `webhook`.",
    ),
    (
        "idle",
        "`ask_after`, `forget_after`: silences, as `30m`, `1h`, `2d`.",
    ),
    (
        "understanding",
        "`reject`, `ask_within`: how sure it has to be.",
    ),
    ("wording", "Standard responses in the bot's own words."),
    ("on_error", "Branches for failures of all templates."),
];

/// Keys of an integration in bot.yaml.
pub(super) const INTEGRATION: &Words = &[
    ("connector", "What talks to it; its own id by default."),
    (
        "authorize",
        "`users`: each signs in by a link. `operator`: once, for everybody.",
    ),
    ("profile", "`system`, or one of `profiles`."),
    (
        "orgs",
        "Only these, any by default: ids, or each id with the name that people know the org by.",
    ),
    ("shared_writes", "`false`: the shared grant only reads."),
    ("url", "Where a service of connector `http` is."),
    ("enabled", "`false`: off from the start."),
];
