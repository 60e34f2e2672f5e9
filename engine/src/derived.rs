//! What follows from other parts of a template and is asked for in every turn: made when it is first asked for, and kept
//! beside them. It is no part of the template's own value: a clone begins anew, and two are never told apart by it.

use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// A value that follows from its neighbours, which do not change once it was asked for.
pub(crate) struct Derived<T>(OnceLock<T>);

impl<T> Derived<T> {
    /// The value.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(make)
    }
}

/// A value that follows from its neighbours and from something else, which seldom changes: the last one made is kept.
pub(crate) struct Latest<T>(RwLock<Option<Arc<T>>>);

impl<T> Latest<T> {
    /// The last one made where it still fits, else a new one.
    pub(crate) fn get(&self, fits: impl FnOnce(&T) -> bool, make: impl FnOnce() -> T) -> Arc<T> {
        let last = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| fits(last)) {
            return last.clone();
        }
        drop(last);
        let made = Arc::new(make());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        made
    }
}

impl<T> Default for Derived<T> {
    fn default() -> Self {
        Derived(OnceLock::new())
    }
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        Derived::default()
    }
}

impl<T> PartialEq for Derived<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> fmt::Debug for Derived<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Latest(RwLock::new(None))
    }
}

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Latest::default()
    }
}

impl<T> PartialEq for Latest<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> fmt::Debug for Latest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}
