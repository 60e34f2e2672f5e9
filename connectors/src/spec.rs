//! The short way in which the connectors here declare an input of an operation.
//! Which inputs there are is left to each connector's own `spec`.

use turnwise_engine::connector::{InputKind, InputSpec};

pub(crate) const fn input(name: &'static str, required: bool, kind: InputKind) -> InputSpec {
    InputSpec {
        name,
        required,
        kind,
    }
}
