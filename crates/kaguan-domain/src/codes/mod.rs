//! Code tables of `data/`, compiled in, with their provenance.
