//! By what somebody may be found that others may share: likeness (name and birth date), and a document's number without its
//! country. Kept beside the directory of unique numbers, under the same blind index; an entry stays when a name changes, so
//! that a former name still leads to its person.

use crate::characters;
use crate::clause;
use crate::facts::document::DocumentKind;
use crate::facts::identity::Identifier;
use crate::facts::name::HolderName;
use jiff::civil::Date;
use std::fmt;

/// What a trace is of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TraceKind {
    /// 姓名 and 出生日期
    Likeness,
    /// 证件号码 without its country
    DocumentNumber,
}

impl TraceKind {
    /// The stable name: the blind index is bound to it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Likeness => "trace/likeness",
            Self::DocumentNumber => "trace/document",
        }
    }
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Trace {
    pub kind: TraceKind,
    /// Only its blind index is stored.
    pub value: String,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trace({:?})", self.kind)
    }
}

impl Trace {
    /// Of whoever has this name and was born on this day; the sex is compared when both are known.
    pub fn likeness(name: &HolderName, birth_date: Date) -> Self {
        Self { kind: TraceKind::Likeness, value: format!("{birth_date} {}", folded(name.display())) }
    }

    /// Of a document's number, whatever its kind; `None` for eighteen digits, which are unique by themselves.
    pub fn document(which: &Identifier) -> Option<Self> {
        match which.kind {
            DocumentKind::IdentityCard
            | DocumentKind::HouseholdRegister
            | DocumentKind::HmtResidencePermit => None,
            DocumentKind::MainlandTravelPermitHkMo
            | DocumentKind::MainlandTravelPermitTw
            | DocumentKind::ForeignPermanentResident
            | DocumentKind::Passport
            | DocumentKind::ChinesePassport => Some(Self::document_number(which.stem())),
        }
    }

    /// Of a number that somebody types without saying what it is.
    pub fn document_number(number: &str) -> Self {
        Self { kind: TraceKind::DocumentNumber, value: number.to_owned() }
    }
}

/// A name as likeness sees it: separators and capitals do not count, nor does the order of Latin words, and a rare character
/// is the same whether it is written as itself or as its reading in brackets (Article 34).
fn folded(name: &str) -> String {
    clause!(R34.1);
    if !name.contains('[') && !name.chars().any(characters::is_han) {
        let mut words: Vec<String> = name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_uppercase)
            .collect();
        words.sort_unstable();
        return words.join(" ");
    }
    let mut out = String::new();
    let mut inside = false;
    for c in name.chars() {
        match c {
            '[' => inside = true,
            ']' => {
                inside = false;
                out.push('□');
            }
            _ if inside => {}
            c if characters::is_rare(c) => out.push('□'),
            c if c.is_alphanumeric() => out.extend(c.to_uppercase()),
            _ => {}
        }
    }
    out
}
