//! What rules are made of, piece by piece: names, numbers, days, tables, and how each is stored and shown.

mod characters;
mod codes;
mod days;
mod document;
mod masked;
mod name;
mod numbers;
mod said;
mod spelling;
mod stored;
