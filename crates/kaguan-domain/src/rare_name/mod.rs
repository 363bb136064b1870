//! Rare characters 生僻字 (Article 34).
