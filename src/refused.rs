//! Why something could not be done, in a sentence that says what to do next. Commands end with it, and so does whatever they
//! share with the server: reading a bot, taking a template from the library.

/// What a command could not do, as told to whoever called it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What is wrong, and what to do next.
    pub message: String,
    /// Whether what was asked about is wrong, a bot with errors say, and not the call: exit code 1.
    pub wrong: bool,
}

impl Refused {
    /// A refusal with this sentence.
    pub fn new(message: impl Into<String>) -> Refused {
        Refused {
            message: message.into(),
            wrong: false,
        }
    }

    /// A refusal because of what the call is about.
    pub fn wrong(message: impl Into<String>) -> Refused {
        Refused {
            wrong: true,
            ..Refused::new(message)
        }
    }
}
