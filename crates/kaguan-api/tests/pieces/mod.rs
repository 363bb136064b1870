//! What is signed, sealed, held, written as text and said to a desk, piece by piece.

mod desk;
mod envelope;
mod held;
mod sign;
mod text;
