//! A reader with a keypad in software: `pcscd` loads it by a line of its configuration, as it loads a maker's driver, and sees the simulated
//! card of `kaguan-desk-driver` in it. What is typed on the keypad goes into a command here, by PC/SC part 10, so that whoever sends the
//! command never has it.
//!
//! ```text
//! FRIENDLYNAME "Kaguan Keypad"
//! DEVICENAME   DIR
//! LIBPATH      libkaguan_reader_soft.so
//! ```
//!
//! `DIR` is the directory of a simulated machine: the card is that under its reader, its file `keypad` what is pressed. A file `no-modify` in
//! it makes a reader that verifies PINs and changes none, as there are; a file `no-keypad` one without. It refuses what a strict reader would.

#[cfg(unix)]
mod c;
#[cfg(unix)]
mod keypad;
#[cfg(unix)]
pub mod service;
