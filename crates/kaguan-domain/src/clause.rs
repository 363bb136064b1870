//! Marks that tie a line of code or a test to the clause of the regulation that it enforces.

use std::fmt;

/// One clause of the regulation, by its ID in `docs/regulation/clauses.txt`: `R<article>.<n>`, or
/// `X<appendix>.<n>` for an appendix. Made only by [`crate::clause!`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clause(#[doc(hidden)] pub &'static str);

impl Clause {
    /// The ID, such as `R26.1` or `X6.2`.
    pub fn id(self) -> &'static str {
        self.0
    }

    /// How a Chinese sentence cites it: `《经办规程》第26条` or `《经办规程》附件6`.
    pub fn cite(self) -> String {
        cite(self.0)
    }
}

/// The same of an ID that was stored; nothing for what is none.
pub fn cite(id: &str) -> String {
    let number = |rest: &str| rest.split('.').next().unwrap_or(rest).to_owned();
    match (id.strip_prefix('X'), id.strip_prefix('R')) {
        (Some(appendix), _) => format!("《经办规程》附件{}", number(appendix)),
        (None, Some(article)) => format!("《经办规程》第{}条", number(article)),
        (None, None) => String::new(),
    }
}

impl fmt::Debug for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl serde::Serialize for Clause {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0)
    }
}

/// `clause!(R26.1)` is the [`Clause`] of that ID. As a statement it marks the line that enforces the clause; in
/// a test it marks the test that shows it. `cargo xtask tidy` fails on a mark without its pair.
#[macro_export]
macro_rules! clause {
    ($article:ident . $n:literal) => {
        $crate::clause::Clause(concat!(stringify!($article), ".", stringify!($n)))
    };
}
