//! The clock that dialogs see. It is the machine's unless it was made to stand (`--now`), where whoever tests a
//! conversation moves it by hand; lifetimes of links, codes and tokens never run on it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// The machine's clock, or one that stands.
#[derive(Debug)]
pub struct Clock(Mutex<Option<Timestamp>>);

impl Clock {
    /// One that stands at a time; the machine's where none is given.
    pub fn new(stands: Option<Timestamp>) -> Clock {
        Clock(Mutex::new(stands))
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        let stands = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stands.unwrap_or_else(Timestamp::now)
    }

    /// Makes it stand at a time.
    pub fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}
