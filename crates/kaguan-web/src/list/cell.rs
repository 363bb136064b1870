//! What stands in one column of one line of a list.

use super::Kind;
use crate::amount::number;

/// What one line says in one column.
#[derive(Default, Clone)]
pub struct Cell {
    pub text: String,
    /// What stands below it in small letters.
    pub beside: String,
    /// Where it leads.
    pub to: Option<String>,
    /// `ok`, `warn`, `bad` or `info` for a mark; empty for plain text.
    pub tone: &'static str,
    /// How deep it stands in a tree: 0 at the top.
    pub depth: usize,
    /// By what it is ordered and summed, of an amount.
    pub(super) amount: Option<f64>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<f64> for Cell {
    /// A number that is none stands for nothing.
    fn from(n: f64) -> Self {
        match n.is_nan() {
            true => Self::default(),
            false => Self { text: n.to_string(), amount: Some(n), ..Self::default() },
        }
    }
}

impl From<i64> for Cell {
    fn from(n: i64) -> Self {
        Self { text: n.to_string(), amount: n.to_string().parse().ok(), ..Self::default() }
    }
}

impl From<usize> for Cell {
    fn from(n: usize) -> Self {
        i64::try_from(n).unwrap_or(i64::MAX).into()
    }
}

impl Cell {
    /// The same as a link.
    pub fn leads(mut self, to: impl Into<String>) -> Self {
        self.to = Some(to.into());
        self
    }

    /// The same with something small below.
    pub fn beside(mut self, text: impl Into<String>) -> Self {
        self.beside = text.into();
        self
    }

    /// The same as a mark.
    pub fn tagged(mut self, tone: &'static str) -> Self {
        self.tone = tone;
        self
    }

    /// The same in a tree.
    pub fn below(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// As it is read in such a column: an amount by its thousands.
    pub(super) fn read_in(self, kind: Kind) -> Self {
        match self.amount.filter(|n| kind.is_amount() && n.fract() == 0.0) {
            Some(n) => Self { text: number(n), ..self },
            None => self,
        }
    }

    /// With what stands below it, in one line.
    pub(super) fn plain(&self) -> String {
        match self.beside.is_empty() {
            true => self.text.clone(),
            false => format!("{}（{}）", self.text, self.beside),
        }
    }
}
