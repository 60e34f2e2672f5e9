//! The verbs of steps and the keys that each takes. What they mean is read in [`super`]; the schema is made from them too.

/// The verbs of steps; `say` last, since beside another it is that step's text.
pub(in crate::template) const VERBS: &[&str] = &[
    "collect",
    "confirm",
    "call",
    "show",
    "choose",
    "if",
    "set",
    "ask_again",
    "run",
    "retry",
    "sign_in",
    "handoff",
    "end",
    "say",
];

/// The keys beside the verb, for each verb but `call`, whose inputs are its operation's.
pub(in crate::template) const KEYS: [(&str, &[&str]); 13] = [
    ("collect", &["collect", "id"]),
    ("confirm", &["confirm", "no", "show", "id"]),
    (
        "show",
        &[
            "show", "say", "fields", "none", "pick", "narrow", "buttons", "id",
        ],
    ),
    ("choose", &["choose", "options", "id"]),
    ("if", &["if", "then", "else", "id"]),
    ("set", &["set", "id"]),
    ("ask_again", &["ask_again", "say", "id"]),
    ("run", &["run", "with", "share", "as", "optional", "id"]),
    ("retry", &["retry", "id"]),
    ("sign_in", &["sign_in", "id"]),
    ("handoff", &["handoff", "say", "id"]),
    ("end", &["end", "say", "id"]),
    ("say", &["say", "buttons", "id"]),
];
/// Keys that every call may have.
pub(in crate::template) const CALL_KEYS: [&str; 7] =
    ["call", "as", "on_error", "optional", "auth", "undo", "id"];
