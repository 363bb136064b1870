//! One store on SQLite and PostgreSQL: the only SQL, field encryption, the journal's hashing.
