//! What a check finds, and where.

use serde::Serialize;
use std::collections::BTreeMap;

/// What kind of thing is wrong: the stable name stands in JSON, and [`Area`] in the exit status.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A line of the journal is missing, stands outside of every block, or cannot be read.
    Line,
    /// Blocks are not chained: one is missing, or is another.
    Chain,
    /// The lines of a block are not those that it was made over.
    Root,
    /// A block is not signed by the system.
    Signature,
    /// The journal does not end where it is known to have ended.
    End,
    /// A row that was changed, moved, put back or added without the key.
    Tag,
    /// A row, or a column of it, is not what the journal says.
    Differs,
    /// A row that the journal speaks of is not there.
    Missing,
    /// A row that the journal does not speak of is there.
    Added,
    /// What is sealed does not open.
    Sealed,
    /// A row does not hold what its columns must hold.
    Unreadable,
    /// The books, tallies or counts do not add up.
    Counts,
    /// A document that was destroyed is there.
    Destroyed,
}

/// What of the system a finding is about, the gravest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Area {
    /// Rows are not what the journal says: they can be made again from it.
    Rows,
    /// The journal itself was changed.
    Journal,
    /// The journal is shorter than it was, or another.
    End,
}

impl FindingKind {
    /// What it is about.
    pub fn area(self) -> Area {
        match self {
            Self::End => Area::End,
            Self::Line | Self::Chain | Self::Root | Self::Signature => Area::Journal,
            Self::Tag
            | Self::Differs
            | Self::Missing
            | Self::Added
            | Self::Sealed
            | Self::Unreadable
            | Self::Counts
            | Self::Destroyed => Area::Rows,
        }
    }
}

/// Something that is not as it should be, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// Where: `entry 12`, `block 3`, `table card, column holds, row holder_id 7, card_id 12`.
    pub place: String,
    /// What, in Chinese.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckReport {
    /// The last line that was not looked at, when only what came after was; none of a whole check.
    pub since: Option<i64>,
    /// The last line: from there on the next check can look.
    pub line: i64,
    /// Lines verified.
    pub entries: i64,
    /// Blocks verified.
    pub blocks: i64,
    /// Files replayed and compared.
    pub holders: usize,
    /// Batches replayed and compared.
    pub batches: usize,
    /// Rows looked at, of all tables but the journal's.
    pub rows: i64,
    /// Sum of all balances of the books; zero.
    pub balance: i64,
    /// How much of each kind is wrong; empty when all is well.
    pub found: BTreeMap<FindingKind, u64>,
    /// The first of what is wrong, at most [`CheckReport::KEPT`]; whoever wants all takes them as they come.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// So many findings are kept: of a database that was emptied each row is one.
    pub const KEPT: usize = 1_000;

    /// Counts one in.
    pub fn note(&mut self, finding: Finding) {
        *self.found.entry(finding.kind).or_default() += 1;
        if self.findings.len() < Self::KEPT {
            self.findings.push(finding);
        }
    }

    /// The gravest of what was found.
    pub fn gravest(&self) -> Option<Area> {
        self.found.keys().map(|kind| kind.area()).max()
    }
}

/// Findings on their way.
pub(super) type Findings = Vec<Finding>;

pub(super) fn find(
    into: &mut Findings,
    kind: FindingKind,
    place: impl Into<String>,
    what: impl Into<String>,
) {
    into.push(Finding { kind, place: place.into(), what: what.into() });
}

/// One about a row.
pub(super) fn find_in(
    into: &mut Findings,
    kind: FindingKind,
    (table, column, row): (&str, &str, &str),
    what: impl Into<String>,
) {
    find(into, kind, format!("table {table}, column {column}, row {row}"), what);
}
