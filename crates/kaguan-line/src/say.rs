//! Printing. Whoever reads the output may stop reading (`| head`): what is left is then printed to nobody, and the work goes on.
//! The standard macros would end the program in the midst of it.

/// Writes to standard output.
///
/// # Panics
/// When it cannot be written and somebody still reads it: a full disk.
pub fn to_stdout(text: std::fmt::Arguments<'_>) {
    written(std::io::Write::write_fmt(&mut std::io::stdout().lock(), text), "stdout");
}

/// Writes to standard error.
///
/// # Panics
/// As above.
pub fn to_stderr(text: std::fmt::Arguments<'_>) {
    written(std::io::Write::write_fmt(&mut std::io::stderr().lock(), text), "stderr");
}

/// Sees what became of it; a pipe that nobody reads any more is no error.
pub fn written(outcome: std::io::Result<()>, to: &str) {
    match outcome {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => {}
        Err(e) => panic!("failed to print to {to}: {e}"),
    }
}

/// As the standard one, see above.
#[macro_export]
macro_rules! print {
    ($($text:tt)*) => { $crate::say::to_stdout(format_args!($($text)*)) };
}

/// As the standard one, see above.
#[macro_export]
macro_rules! println {
    () => { $crate::say::to_stdout(format_args!("\n")) };
    ($($text:tt)*) => { $crate::say::to_stdout(format_args!("{}\n", format_args!($($text)*))) };
}

/// As the standard one, see above.
#[macro_export]
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::say::to_stderr(format_args!("{}\n", format_args!($($text)*))) };
}
