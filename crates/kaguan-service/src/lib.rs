//! The executor (load, decide, save, commit), queries, ports and long work.
