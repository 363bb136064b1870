//! Which row, and which column of it, is not what the journal says: every row of every table is looked at by itself, and those of
//! which the journal says all are compared with it, so that one that was taken out or put back is missed.

use super::{CheckReport, Replay};
use crate::engine::{Param, Shape, StoreError, Value};
use crate::load::STOCK;
use crate::rows::batches::{BatchRow, BoxRow};
use crate::rows::blanks::{BlankRow, OrderRow};
use crate::rows::bound_to;
use crate::rows::journal::InstitutionRow;
use crate::rows::people::{ApplicationRow, CardRow, ClaimRow, HolderRow, JoinRow, TraceRow, UnitRow};
use crate::rows::statistics::BatchClockRow;
use crate::sql;
use crate::store::Store;
use crate::table::{Columns, json};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::blank::BlankEvent;
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use std::collections::{HashMap, HashSet};

/// A row that was changed, moved, put back or added without the key, when nothing more is known of it.
const NOT_OURS: &str = "该行与其校验码不符：被改动、移动、换回旧行，或不是本系统写入";

/// What people are found by, as the journal says it.
#[derive(Default)]
pub(super) struct Directory {
    /// Whose a number is.
    claims: HashMap<[u8; 32], (ClaimKind, HolderId)>,
    /// Who else stated one that the rule tells apart: the row is whoever's that came first.
    others: HashSet<([u8; 32], HolderId)>,
    /// By what people may be found, former names too.
    traces: HashSet<([u8; 32], HolderId)>,
    /// Photos that somebody applied with.
    photos: HashSet<String>,
}

impl Directory {
    /// What an event of a holder's file enters.
    pub(super) fn note(&mut self, store: &Store, id: HolderId, event: &HolderEvent) {
        for claim in event.claims() {
            let digest = store.claim_digest(&claim);
            let (_, owner) = self.claims.entry(digest).or_insert((claim.kind, id));
            if *owner == STOCK {
                *owner = id;
            } else if *owner != id {
                self.others.insert((digest, id));
            }
        }
        if let Some(moved) = event.elsewhere(id) {
            for claim in &moved.claims {
                if let Some((_, owner)) = self.claims.get_mut(&store.claim_digest(claim))
                    && *owner == moved.from
                {
                    *owner = moved.to;
                }
            }
        }
        if let HolderEvent::Applied { photo: Some(photo), .. } = event {
            self.photos.insert(photo.0.clone());
        }
    }

    /// What an event of a pre-made card enters: it is nobody's yet.
    pub(super) fn note_blank(&mut self, store: &Store, event: &BlankEvent) {
        for claim in event.claims() {
            let Claim { kind, .. } = claim;
            self.claims.entry(store.claim_digest(&claim)).or_insert((kind, STOCK));
        }
    }

    /// By what somebody may be found after a line that was not so before.
    pub(super) fn note_traces(&mut self, store: &Store, before: &[Trace], file: &HolderFile) {
        for trace in file.traces().iter().filter(|t| !before.contains(t)) {
            self.traces.insert((store.trace_digest(trace), file.id));
        }
    }
}

/// A whole row as the journal says it is.
struct Wanted {
    shape: &'static Shape,
    columns: Vec<Value>,
}

fn wanted<T: Columns>(row: T) -> Wanted {
    let value = |param| match param {
        Param::Int(n) => n.map_or(Value::Null, Value::Int),
        Param::Text(text) => text.map_or(Value::Null, Value::Text),
        Param::Bytes(bytes) => bytes.map_or(Value::Null, Value::Bytes),
        Param::Ints(_) | Param::BytesList(_) => Value::Null,
    };
    Wanted { shape: T::SHAPE, columns: row.params().into_iter().map(value).collect() }
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

/// Tables whose sealed column is opened when their rows are compared with the journal; that of others is opened for itself.
const OPENED: &[&str] = &["holder", "application", "card", "unit_application", "blank", "institution_event"];

/// Some columns as they are said: the key of a row.
fn shown(columns: &[Value]) -> Vec<String> {
    columns.iter().map(Value::shown).collect()
}

impl Wanted {
    fn key(&self) -> String {
        self.shape.key(&shown(&self.columns[..self.shape.keys]))
    }
}

/// The rows of a table of which the journal says all.
struct Told {
    rows: HashMap<String, Wanted>,
    /// Rows that may be there besides.
    besides: HashSet<String>,
    /// Whether any may.
    open: bool,
}

impl Told {
    fn of(rows: impl IntoIterator<Item = Wanted>) -> Self {
        let rows = rows.into_iter().map(|row| (row.key(), row)).collect();
        Self { rows, besides: HashSet::new(), open: false }
    }
}

impl CheckReport {
    fn find_in(&mut self, table: &str, column: &str, row: &str, what: &str) {
        self.find(format!("table {table}, column {column}, row {row}"), what);
    }
}

impl Store {
    /// Every row of every table by itself; and whether rows were taken out or put back.
    pub(super) async fn look_at_rows(
        &self,
        replay: &Replay,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let mut told = self.told(replay);
        let counts = self
            .each_row(|shape, columns, fits| {
                let key = shape.key(&shown(&columns[..shape.keys]));
                if report.is_full() {
                    return;
                }
                if fits {
                    self.open_sealed(shape, columns, report);
                }
                let Some(table) = told.get_mut(shape.table) else {
                    if !fits {
                        let wanted = self.wanted(replay, shape, columns);
                        self.name_columns(report, shape, columns, wanted.as_ref(), false);
                    }
                    return;
                };
                let besides = |table: &Told, row: &str| table.open || table.besides.contains(row);
                match table.rows.remove(&key) {
                    // A number that several may state is whoever's that came first.
                    Some(_) if fits && table.besides.contains(&shown(columns).join(" ")) => {}
                    Some(wanted) => self.name_columns(report, shape, columns, Some(&wanted), fits),
                    None if fits && besides(table, &key) => {}
                    None if fits => report.find_in(shape.table, "rows", &key, "日志中没有这一行：被放回"),
                    None => report.find_in(shape.table, "tag", &key, NOT_OURS),
                }
            })
            .await?;
        if report.is_full() {
            return Ok(());
        }
        let mut taken: Vec<_> = told.into_iter().collect();
        taken.sort_by_key(|(table, _)| *table);
        for (table, Told { rows, .. }) in taken {
            let mut keys: Vec<_> = rows.into_keys().collect();
            keys.sort();
            for key in keys {
                report.find_in(table, "rows", &key, "日志中有这一行，表中没有：被取走");
            }
        }
        self.compare_counts(&counts, report).await
    }

    /// The writer's row counts what the journal does not say.
    async fn compare_counts(
        &self,
        counts: &[(&'static str, i64)],
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let writer = match self.ask(&sql::WRITER_GET, Vec::new()).await {
            Ok(found) => found.into_iter().next(),
            // Said already.
            Err(StoreError::Data(_)) => return Ok(()),
            Err(e) => return Err(e),
        };
        let Some(writer) = writer else { return Ok(()) };
        for (table, should) in [("request_key", writer.request_keys), ("outbox", writer.messages)] {
            let there = counts.iter().find(|(name, _)| *name == table).map_or(0, |(_, n)| *n);
            if there != should {
                let what = format!("应有{should}行，现有{there}行：有行被取走或放回");
                report.find_in(table, "rows", &format!("all {there}"), &what);
            }
        }
        Ok(())
    }

    /// The tables of which the journal says every row.
    fn told(&self, replay: &Replay) -> HashMap<&'static str, Told> {
        let files = || replay.holders.values();
        let claim = |(digest, (kind, holder_id)): (&[u8; 32], &(ClaimKind, HolderId))| {
            wanted(ClaimRow { digest: *digest, kind: *kind, holder_id: *holder_id })
        };
        let other = |(digest, holder_id): &([u8; 32], HolderId)| {
            let (kind, _) = replay.directory.claims.get(digest)?;
            let row = wanted(ClaimRow { digest: *digest, kind: *kind, holder_id: *holder_id });
            kind.is_told_apart_by_rule().then(|| shown(&row.columns).join(" "))
        };
        let claims = Told {
            besides: replay.directory.others.iter().filter_map(other).collect(),
            ..Told::of(replay.directory.claims.iter().map(claim))
        };
        let trace = |(digest, holder_id)| wanted(TraceRow { digest, holder_id });
        // A former name leads to its person, too; of earlier schemas it was not entered.
        let now = files().flat_map(|f| f.traces().into_iter().map(|t| (self.trace_digest(&t), f.id)));
        let traces = Told {
            besides: replay.directory.traces.iter().map(|t| trace(*t).key()).collect(),
            ..Told::of(now.map(trace))
        };
        let named = |shape: &'static Shape, key: Value| Wanted { shape, columns: vec![key] };
        // What was uploaded and never filed may be there besides.
        let open = |rows: Vec<Wanted>| Told { open: true, ..Told::of(rows) };
        HashMap::from([
            ("claim", claims),
            ("trace", traces),
            ("file_join", Told::of(files().flat_map(|f| JoinRow::changed(f, None)).map(wanted))),
            (
                "batch_clock",
                Told::of(replay.batches.values().flat_map(|b| BatchClockRow::changed(b, None)).map(wanted)),
            ),
            (
                "photo",
                open(
                    replay
                        .directory
                        .photos
                        .iter()
                        .map(|name| named(crate::rows::whole("photo"), Value::Text(name.clone())))
                        .collect(),
                ),
            ),
        ])
    }

    /// The row of a key, as the journal says it; `None` when it says nothing of it.
    fn wanted(&self, replay: &Replay, shape: &Shape, columns: &[Value]) -> Option<Wanted> {
        let int = |at: usize| match columns.get(at) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        };
        let (key, second) = (int(0)?, int(1));
        let file = || replay.holders.get(&HolderId(key));
        let batch = || replay.batches.get(&BatchId(key));
        match shape.table {
            "holder" => {
                let file = file()?;
                Some(wanted(HolderRow::of(self.sealer(), file, file.person.as_ref()?)))
            }
            "application" => {
                let (file, second) = (file()?, second?);
                let application = file.applications.iter().find(|a| a.id.0 == second)?;
                Some(wanted(ApplicationRow::of(self.sealer(), file.id, application)))
            }
            "card" => {
                let (file, second) = (file()?, second?);
                let card = file.cards.iter().find(|c| c.id.0 == second)?;
                Some(wanted(CardRow::of(self.keys(), file.id, card)))
            }
            "batch" => {
                let file = batch()?;
                Some(wanted(BatchRow::of(file, file.batch.as_ref()?)))
            }
            "box" => {
                let (file, second) = (batch()?, second?);
                Some(wanted(BoxRow::of(file.id, file.boxes.iter().find(|b| b.id.0 == second)?)))
            }
            "unit_application" => Some(wanted(UnitRow::of(self.sealer(), replay.units.get(&UnitId(key))?))),
            "blank_order" => {
                let file = replay.stock.orders.get(&BlankOrderId(key))?;
                Some(wanted(OrderRow::of(file, file.order.as_ref()?)))
            }
            "blank" => {
                let id = BlankId { order: BlankOrderId(key), n: u32::try_from(second?).ok()? };
                Some(wanted(BlankRow::of(self.sealer(), replay.stock.blanks.get(&id)?)))
            }
            "institution_event" => {
                let event = replay.institution.get(usize::try_from(key - 1).ok()?)?;
                Some(wanted(InstitutionRow::of(self.sealer(), key, &json(event))))
            }
            _ => None,
        }
    }

    /// Names each column of a row that is not as the journal says it; of one whose tag does not fit, the tag when there is none.
    fn name_columns(
        &self,
        report: &mut CheckReport,
        shape: &'static Shape,
        stored: &[Value],
        wanted: Option<&Wanted>,
        fits: bool,
    ) {
        let key = shape.key(&shown(&stored[..shape.keys]));
        let mut named = false;
        let columns = wanted.map(|w| w.columns.as_slice()).unwrap_or_default();
        for (at, should) in columns.iter().enumerate().skip(shape.keys) {
            let (is, column) = (&stored[at], shape.columns[at]);
            let sealed = shape.types.as_bytes()[at] == b's';
            let what = match sealed {
                true => match self.differs(shape, &stored[..shape.keys], is, should) {
                    Some(what) => what.to_owned(),
                    None => continue,
                },
                false if is == should => continue,
                // What an older program wrote may say less: of a whole file only that it differs is said.
                false if column == "body" => "内容与日志重放的结果不同".into(),
                false => format!("现为{}，按日志应为{}", is.shown(), should.shown()),
            };
            report.find_in(shape.table, column, &key, &what);
            named = true;
        }
        if !named && !fits {
            let what = match wanted {
                Some(w) if w.columns.len() == shape.columns.len() => {
                    "各列与日志相符，而校验码不是该行的：校验码被改动"
                }
                _ => NOT_OURS,
            };
            report.find_in(shape.table, "tag", &key, what);
        }
    }

    /// Opens what is sealed in a row whose tag fits: the tag is over the end of it, which the seal makes over the rest.
    fn open_sealed(&self, shape: &'static Shape, columns: &[Value], report: &mut CheckReport) {
        let Some(at) = shape.types.bytes().position(|t| t == b's') else { return };
        let Value::Bytes(sealed) = &columns[at] else { return };
        let key = &columns[..shape.keys];
        if !OPENED.contains(&shape.table) && self.sealer().open(&bound(shape, key), sealed).is_err() {
            let row = shape.key(&shown(key));
            report.find_in(shape.table, shape.columns[at], &row, "密文不能打开：被改动，或换成了别处的");
        }
    }

    /// How a sealed column differs from another.
    fn differs(&self, shape: &Shape, key: &[Value], stored: &Value, should: &Value) -> Option<&'static str> {
        let bound_to = bound(shape, key);
        let open = |value: &Value| match value {
            Value::Bytes(bytes) => self.sealer().open(&bound_to, bytes).ok(),
            _ => None,
        };
        match (open(stored), open(should)) {
            (None, _) => Some("密文不能打开：被改动，或换成了别处的"),
            (Some(a), Some(b)) if a != b => Some("内容与日志重放的结果不同"),
            _ => None,
        }
    }

    /// Names the rows of a person's file that are whole and yet not as the journal says: put back, or taken out.
    pub(super) async fn name_rows_of_holder(
        &self,
        file: &HolderFile,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let id = || vec![vec![file.id.0].into()];
        let person = file.person.iter().map(|p| wanted(HolderRow::of(self.sealer(), file, p)));
        let stored = self.ask(&sql::HOLDER_ROWS, id()).await;
        self.name_rows(stored, person.collect(), report)?;
        let applications = file.applications.iter();
        let applications = applications.map(|a| wanted(ApplicationRow::of(self.sealer(), file.id, a)));
        let stored = self.ask(&sql::APPLICATION_ROWS, id()).await;
        self.name_rows(stored, applications.collect(), report)?;
        let cards = file.cards.iter().map(|c| wanted(CardRow::of(self.keys(), file.id, c)));
        let stored = self.ask(&sql::CARD_ROWS, id()).await;
        self.name_rows(stored, cards.collect(), report)
    }

    /// The same of a batch and its boxes.
    pub(super) async fn name_rows_of_batch(
        &self,
        file: &BatchFile,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let id = || vec![vec![file.id.0].into()];
        let batch = file.batch.iter().map(|b| wanted(BatchRow::of(file, b)));
        let stored = self.ask(&sql::BATCH_ROWS, id()).await;
        self.name_rows(stored, batch.collect(), report)?;
        let boxes = file.boxes.iter().map(|b| wanted(BoxRow::of(file.id, b)));
        let stored = self.ask(&sql::BOX_ROWS, id()).await;
        self.name_rows(stored, boxes.collect(), report)
    }

    fn name_rows<T: Columns>(
        &self,
        stored: Result<Vec<T>, StoreError>,
        should: Vec<Wanted>,
        report: &mut CheckReport,
    ) -> Result<(), StoreError> {
        let stored = match stored {
            Ok(rows) => rows,
            // A tag that does not fit is named already.
            Err(StoreError::Data(_)) => return Ok(()),
            Err(e) => return Err(e),
        };
        let mut rows = Told::of(should).rows;
        for row in stored {
            let row = wanted(row);
            match rows.remove(&row.key()) {
                Some(should) => self.name_columns(report, row.shape, &row.columns, Some(&should), true),
                None => report.find_in(row.shape.table, "rows", &row.key(), "日志中没有这一行：被放回"),
            }
        }
        let mut missing: Vec<_> = rows.into_iter().collect();
        missing.sort_by(|a, b| a.0.cmp(&b.0));
        for (key, row) in missing {
            report.find_in(row.shape.table, "rows", &key, "日志中有这一行，表中没有：被取走");
        }
        Ok(())
    }
}
