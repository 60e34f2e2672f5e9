//! What a run of turns still has to do: what happened and is not told yet, and what is asked for and not done yet. It may
//! be put down and gone on with later; what of it must outlive the process stands in the store as well.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use turnwise_connectors::auth::Who;
use turnwise_engine::effect::Effect;
use turnwise_engine::event::EventKind;

use super::{First, Runtime, Trouble};
use crate::store::conversations::Row;

/// How long it takes until a store that was away is tried again: at first, and at most.
const SOON: Duration = Duration::from_millis(500);
const SELDOM: Duration = Duration::from_secs(30);

/// What is still to be done.
#[derive(Debug, Clone, Default)]
pub(super) struct Rest {
    pub(super) events: VecDeque<Happened>,
    pub(super) out: VecDeque<Out>,
    /// The user's turn that it belongs to.
    pub(super) turn: Option<u64>,
    /// The sender's id of the message that began it.
    pub(super) sender_id: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) kind: EventKind,
    /// The effect that came back with it.
    pub(super) came_back: Option<String>,
    /// What the user is seen to have said.
    pub(super) shown: Option<String>,
    /// Whether the world has moved on already, so that it must not get lost.
    pub(super) stands: bool,
}

/// An effect that was asked for.
#[derive(Debug, Clone)]
pub(super) struct Out {
    pub(super) id: String,
    pub(super) effect: Effect,
}

impl Rest {
    /// The user said something.
    pub(super) fn of_user(kind: EventKind, shown: String, sender_id: Option<String>) -> Rest {
        Rest {
            sender_id,
            events: VecDeque::from([Happened {
                kind,
                came_back: None,
                shown: Some(shown),
                stands: false,
            }]),
            ..Rest::default()
        }
    }

    /// Something happened that nobody misses where it can't be told.
    pub(super) fn of_world(kind: EventKind) -> Rest {
        Rest {
            events: VecDeque::from([Happened {
                kind,
                came_back: None,
                shown: None,
                stands: false,
            }]),
            ..Rest::default()
        }
    }

    /// Something happened that stands, so that it must be told.
    pub(super) fn of_what_stands(kind: EventKind) -> Rest {
        let mut rest = Rest::of_world(kind);
        for happened in &mut rest.events {
            happened.stands = true;
        }
        rest
    }

    /// An effect of an earlier run.
    pub(super) fn of_effect(id: String, effect: Effect) -> Rest {
        Rest {
            out: VecDeque::from([Out { id, effect }]),
            ..Rest::default()
        }
    }

    /// What an effect came back with. The last of it takes the effect off the journal, so that none of it gets lost.
    pub(super) fn came(&mut self, out: &Out, kinds: Vec<EventKind>) {
        let count = kinds.len();
        let happened = kinds.into_iter().enumerate().map(|(n, kind)| Happened {
            kind,
            came_back: (n + 1 == count).then(|| out.id.clone()),
            shown: None,
            stands: true,
        });
        self.events.extend(happened);
    }
}

impl Runtime {
    /// Begins to perform an effect.
    pub(super) fn performing(
        self: &Arc<Self>,
        who: &Who,
        row: &Row,
        out: &Out,
    ) -> JoinHandle<Vec<EventKind>> {
        let (runtime, who, row, out) = (self.clone(), who.clone(), row.clone(), out.clone());
        tokio::spawn(async move { runtime.perform(&who, &row, &out.id, &out.effect).await })
    }

    /// Goes on when an effect has come back that takes its time.
    pub(super) fn goes_on_when_back(
        self: &Arc<Self>,
        id: &str,
        work: JoinHandle<Vec<EventKind>>,
        out: Out,
        mut rest: Rest,
    ) {
        let (runtime, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let Ok(came) = work.await else { return };
            if came.is_empty() {
                let _ = runtime.store.effect_done(&id, &out.id).await;
            }
            rest.came(&out, came);
            if let Err(Trouble::Away(_)) = runtime.turns(&id, First::Rest(rest.clone()), None).await
            {
                runtime.goes_on_later(&id, rest);
            }
        });
    }

    /// Goes on when the store is back.
    pub(super) fn goes_on_later(self: &Arc<Self>, id: &str, rest: Rest) {
        let (runtime, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let mut pause = SOON;
            loop {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(SELDOM);
                // What fails further on is put down again there; here it is only the beginning that can.
                let went = runtime.turns(&id, First::Rest(rest.clone()), None).await;
                if !matches!(went, Err(Trouble::Away(_))) {
                    return;
                }
            }
        });
    }
}
