//! The acts that a message may mean. One message may hold several, in order.

use serde::{Deserialize, Serialize};

use crate::Value;

/// One act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Starts a template while nothing runs.
    Start {
        /// Its id.
        template: String,
    },
    /// Starts a template while another runs.
    Digress {
        /// Its id.
        template: String,
    },
    /// Gives a slot's value. Belongs to the last start or digress before it, else to the running dialog.
    Inform(Given),
    /// Changes a filled slot; without a value it is asked again.
    Correct(Given),
    /// Chooses among the options shown: the option's number from 0.
    Choose {
        /// Which.
        option: usize,
    },
    /// Yes.
    Affirm,
    /// No.
    Deny,
    /// Leave it out. With a slot: that one ("no phone"); `all`: the rest of the optional ones.
    Skip {
        /// The slot, if one is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<String>,
        /// All that is left.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all: bool,
    },
    /// Does not know.
    DontKnow,
    /// Stop this. `sure` where the words are a command, not only sound like it.
    Cancel {
        /// Whether the words are a command.
        #[serde(default = "yes")]
        sure: bool,
    },
    /// Forget all dialogs.
    Restart,
    /// Explain.
    Help,
    /// Why is that asked?
    Why,
    /// The slot before.
    GoBack,
    /// Say it again.
    Repeat,
    /// The next page.
    More,
    /// Take back the last write.
    Undo,
    /// Connect.
    SignIn,
    /// Disconnect.
    SignOut,
    /// Connect as somebody else.
    SwitchAccount,
    /// As whom am I connected?
    WhoAmI,
    /// Forget me.
    ForgetMe,
    /// "Change something", without saying what.
    Change,
    /// An answer that the awaited slot can't take, with the reason.
    Invalid {
        /// The slot.
        slot: String,
        /// Why, as a key for the trace and the reask.
        #[serde(default)]
        reason: String,
    },
    /// "Hello".
    Hello,
    /// Two templates are nearly as likely: which one is asked. With each, what the text would give to it.
    Ambiguous {
        /// The likelier first.
        between: Vec<(String, Vec<Given>)>,
    },
    /// "Thanks", "great": needs no answer but a friendly one.
    Noted,
    /// Nothing that could be understood.
    None,
}

/// A value given for a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The slot.
    pub slot: String,
    /// Normalised; `Null` or `""` clears; absent in a correction without a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The exact surface text.
    #[serde(default)]
    pub text: String,
    /// True for one more value of a `list` slot, rather than in place of the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adds: bool,
}

fn yes() -> bool {
    true
}
