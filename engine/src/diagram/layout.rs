//! Places the states of a diagram one below the other, in the order in which a dialog comes to them, ends last. A way to
//! the next state goes straight down; every other leaves at the right and takes the lane of the state it leads to.

use super::{Diagram, State, StateKind, Transition};

/// Space between two states, for the words on the way down.
const BETWEEN: f64 = 38.0;
/// Space that one way takes at the right of a state.
const STUB: f64 = 19.0;
/// Upper edge of a state to the line on which ways come in.
pub(super) const ENTRY: f64 = 9.0;
/// Width that a letter takes, about.
const LETTER: f64 = 7.6;
/// Width of the words at the right of a state, and what one lane takes.
const WORDS: f64 = 250.0;
const LANE: f64 = 14.0;
/// Space around the whole.
const MARGIN: f64 = 20.0;

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout<'a> {
    /// The states from the top.
    pub(super) rows: Vec<Row<'a>>,
    /// Left edge and width of every state.
    pub(super) left: f64,
    pub(super) wide: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// One state in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row<'a> {
    pub(super) state: &'a State,
    pub(super) top: f64,
    pub(super) height: f64,
    /// The way straight down, where there is one.
    pub(super) down: Option<&'a Transition>,
    /// Ways at the right, each with its height and the row it leads to.
    pub(super) out: Vec<(&'a Transition, f64, usize)>,
    /// Where the lane runs that leads here; none where nothing comes by it.
    pub(super) lane: Option<f64>,
}

pub(super) fn placed(diagram: &Diagram) -> Layout<'_> {
    let mut states: Vec<&State> = diagram.states.iter().collect();
    // What may be needed anywhere stands below the rest.
    states.sort_by_key(|state| match state.kind {
        StateKind::End => 2,
        _ if state.id == "sign_in" => 1,
        _ => 0,
    });
    let row_of = |id: &str| states.iter().position(|state| state.id == id);
    let longest = states.iter().map(|state| state.text.chars().count()).max();
    let wide = longest.unwrap_or_default() as f64 * LETTER + 28.0;
    let mut top = MARGIN;
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (n, state) in states.iter().enumerate() {
        let from = diagram.transitions.iter().filter(|t| t.from == state.id);
        let (mut down, mut out) = (None, Vec::new());
        for transition in from {
            match row_of(&transition.to) {
                Some(to) if to == n + 1 && down.is_none() => down = Some(transition),
                Some(to) => {
                    let y = top + ENTRY + STUB * (out.len() + 1) as f64;
                    out.push((transition, y, to));
                }
                None => {}
            }
        }
        let height = 34.0_f64.max(ENTRY * 2.0 + STUB * out.len() as f64);
        rows.push(Row {
            state,
            top,
            height,
            down,
            out,
            lane: None,
        });
        top += height + BETWEEN;
    }
    let mut lanes = 0.0;
    for n in 0..rows.len() {
        if rows
            .iter()
            .any(|row| row.out.iter().any(|(_, _, to)| *to == n))
        {
            rows[n].lane = Some(MARGIN + wide + WORDS + lanes * LANE);
            lanes += 1.0;
        }
    }
    Layout {
        rows,
        left: MARGIN,
        wide,
        width: MARGIN * 2.0 + wide + WORDS + lanes * LANE,
        height: top - BETWEEN + MARGIN,
    }
}
