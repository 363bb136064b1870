//! World: a store in memory, a fixed day, seeded ids, simulated partners.
