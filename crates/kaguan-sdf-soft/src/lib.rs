//! An encryption machine (加密机) in software: the functions of GM/T 0018 that kaguan calls, behind their C interface, for tests and for
//! trying things out. A real one is certified hardware whose library is loaded the same way.
//!
//! Its keys stand in the file that `KAGUAN_SDF_KEYS` names, which only its owner may read; without one no device opens. A line each:
//!
//! ```text
//! kek 1 0123456789abcdeffedcba9876543210
//! sign 1 <64 hexadecimal digits of an SM2 private key> [password]
//! ```

mod c;
mod machine;
