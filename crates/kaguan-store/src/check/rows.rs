//! Which column of a row is not what the journal says, and what it should be.

use super::finding::{FindingKind, Findings, find_in};
use super::lines::value;
use crate::engine::{Shape, Value};
use crate::rows::bound_to;
use crate::store::Store;
use crate::table::Columns;

/// A row that was changed, moved, put back or added without the key, when nothing more is known of it.
pub(super) const NOT_OURS: &str = "该行与其校验码不符：被改动、移动、换回旧行，或不是本系统写入";
/// A row that the journal says nothing of.
pub(super) const ADDED: &str = "日志中没有这一行：被放回";
/// A row that the journal speaks of.
pub(super) const MISSING: &str = "日志中有这一行，表中没有：被取走";
const NOT_OPENED: &str = "密文不能打开：被改动，或换成了别处的";

/// A whole row as the journal says it is; or only its key.
pub(super) struct Wanted {
    pub(super) shape: &'static Shape,
    pub(super) columns: Vec<Value>,
}

pub(super) fn wanted<T: Columns>(row: T) -> Wanted {
    Wanted { shape: T::SHAPE, columns: row.params().into_iter().map(value).collect() }
}

/// The key of a row, as it is said.
pub(super) fn key(shape: &Shape, columns: &[Value]) -> String {
    let shown: Vec<String> = columns.iter().take(shape.keys).map(Value::shown).collect();
    shape.key(&shown)
}

/// What the sealed column of a row is bound to.
fn bound(shape: &Shape, key: &[Value]) -> String {
    let row = match (shape.table, key) {
        ("blank", [order, n]) => format!("{}-{}", order.shown(), n.shown()),
        ("upload_file", [upload, kind]) => format!("{}/{}", upload.shown(), kind.shown()),
        (_, key) => key.last().map(Value::shown).unwrap_or_default(),
    };
    bound_to(shape.table, row)
}

/// The sealed column of a row.
fn sealed(shape: &Shape) -> Option<usize> {
    shape.types.bytes().position(|t| t == b's')
}

impl Store {
    /// What is sealed in a row.
    ///
    /// # Errors
    /// It does not open; the finding is made already.
    pub(super) fn open_row(
        &self,
        shape: &'static Shape,
        columns: &[Value],
        found: &mut Findings,
    ) -> Result<Vec<u8>, ()> {
        let Some(at) = sealed(shape) else { return Ok(Vec::new()) };
        let key_of = &columns[..shape.keys];
        let opened = match &columns[at] {
            Value::Bytes(bytes) => self.sealer().open(bound(shape, key_of), bytes).ok(),
            _ => None,
        };
        opened.ok_or_else(|| {
            let row = key(shape, columns);
            find_in(found, FindingKind::Sealed, (shape.table, shape.columns[at], &row), NOT_OPENED);
        })
    }

    /// Whether a row's tag is its own; the columns are those before it.
    pub(super) fn vouched<'v>(&self, shape: &'static Shape, values: &'v [Value]) -> (&'v [Value], bool) {
        if shape.unvouched.is_some() {
            return (values, true);
        }
        match values.split_last() {
            Some((tag, columns)) => (columns, self.keys().tags.fits(tag, shape.table, shape.types, columns)),
            None => (values, false),
        }
    }

    /// Names each column of a row that is not as the journal says it; of one whose tag does not fit, the tag when there is none.
    pub(super) fn name_columns(
        &self,
        found: &mut Findings,
        shape: &'static Shape,
        stored: &[Value],
        wanted: Option<&Wanted>,
        fits: bool,
    ) {
        let row = key(shape, stored);
        let mut named = false;
        let columns = wanted.map(|w| w.columns.as_slice()).unwrap_or_default();
        for (at, should) in columns.iter().enumerate().skip(shape.keys) {
            let (is, column) = (&stored[at], shape.columns[at]);
            let (kind, what) = match Some(at) == sealed(shape) {
                true => match self.differs(shape, &stored[..shape.keys], is, should) {
                    Some(what) => what,
                    None => continue,
                },
                false if is == should => continue,
                // What an older program wrote may say less: of a whole file only that it differs is said.
                false if column == "body" => (FindingKind::Differs, "内容与日志重放的结果不同".into()),
                false => {
                    let what = format!("现为{}，按日志应为{}", is.shown(), should.shown());
                    (FindingKind::Differs, what)
                }
            };
            find_in(found, kind, (shape.table, column, &row), what);
            named = true;
        }
        if !named && !fits {
            let what = match wanted {
                Some(w) if w.columns.len() == shape.columns.len() => {
                    "各列与日志相符，而校验码不是该行的：校验码被改动"
                }
                _ => NOT_OURS,
            };
            find_in(found, FindingKind::Tag, (shape.table, "tag", &row), what);
        }
    }

    /// How a sealed column differs from another.
    fn differs(
        &self,
        shape: &Shape,
        key: &[Value],
        stored: &Value,
        should: &Value,
    ) -> Option<(FindingKind, String)> {
        let bound_to = bound(shape, key);
        let open = |value: &Value| match value {
            Value::Bytes(bytes) => self.sealer().open(&bound_to, bytes).ok(),
            _ => None,
        };
        match (open(stored), open(should)) {
            (None, _) => Some((FindingKind::Sealed, NOT_OPENED.into())),
            (Some(a), Some(b)) if a != b => Some((FindingKind::Differs, "内容与日志重放的结果不同".into())),
            _ => None,
        }
    }
}
