//! What a turn, a start and a parked conversation cost (`cargo bench`; read in docs/performance.md). Turns over HTTP are
//! measured from outside, with a load generator.

// Set-up that fails ends the measuring: there is nobody to tell but the one who runs it.
#![allow(clippy::unwrap_used)]

mod bot;
mod dialog;
mod flood;
mod parked;
mod start;
mod turn;
mod understanding;

fn main() {
    parked::tell();
    flood::tell();
    divan::main();
}
