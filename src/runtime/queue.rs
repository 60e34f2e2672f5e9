//! Turns of one conversation run one at a time, in the order in which they came. A queue that nobody stands in is
//! forgotten, however its last one left it: a parked conversation holds no memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Queue = Arc<tokio::sync::Mutex<()>>;

/// The queues of the conversations that are in a turn.
#[derive(Default)]
pub(super) struct Queues(Mutex<HashMap<String, Queue>>);

impl Queues {
    /// Waits until it is one's turn; it lasts as long as the place is held.
    pub(super) async fn enter(&self, id: &str) -> Place<'_> {
        let queue = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(id.to_owned())
            .or_default()
            .clone();
        // The place stands before the wait, so that one who gives up waiting leaves as tidily as one who is done.
        let mut place = Place {
            queues: self,
            id: id.to_owned(),
            queue: Some(queue.clone()),
            held: None,
        };
        place.held = Some(queue.lock_owned().await);
        place
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// A place in a conversation's queue.
pub(super) struct Place<'a> {
    queues: &'a Queues,
    id: String,
    queue: Option<Queue>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.held = None;
        self.queue = None;
        let mut queues = self.queues.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queues
            .get(&self.id)
            .is_some_and(|queue| Arc::strong_count(queue) == 1)
        {
            queues.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_queue_is_forgotten_when_its_last_one_leaves_or_gives_up() {
        let queues = Queues::default();
        let first = queues.enter("c").await;
        {
            tokio::select! {
                biased;
                _ = queues.enter("c") => panic!("two are in the turn at once"),
                () = std::future::ready(()) => {}
            }
        }
        assert_eq!(queues.len(), 1, "the first one is still in its turn");
        drop(first);
        assert_eq!(queues.len(), 0);
    }
}
