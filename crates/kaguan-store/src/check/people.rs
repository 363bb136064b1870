//! People, part after part: their lines are replayed, and each of their rows is compared with what came of it.

use super::cursor::Cursor;
use super::finding::{FindingKind, Findings, find, find_in};
use super::lines::{Line, OF_PERSON, Stream, UNREADABLE, Work, int};
use super::rows::{ADDED, MISSING, NOT_OURS, Wanted, key, wanted};
use super::told::{By, Emit};
use crate::engine::{Row, Shape, StoreError};
use crate::load::STOCK;
use crate::rows::dead::DeadWaitingRow;
use crate::rows::examinations::ExaminationRow;
use crate::rows::loose::LooseRow;
use crate::rows::papers::{ArchiveRow, MaterialRow, PhotoRow, destroyed};
use crate::rows::people::{ApplicationRow, CardRow, HolderRow, JoinRow, TraceRow};
use crate::rows::statistics::{HappenedInMonth, HappenedKey, HappenedRow, tally};
use crate::rows::under_way::{self, Place, Places, RecallRow, UnderWayCount, UnderWayKey};
use crate::store::Store;
use crate::table::json;
use crate::tagging::Scan;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::identity::HeldDocument;
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::{ApplicationId, CardId, HolderId};
use kaguan_domain::report::happened_in;
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashSet};

/// What came of some files besides the files.
pub(super) struct Out<'a> {
    pub(super) found: Findings,
    pub(super) told: Emit<'a>,
    pub(super) books: Vec<(i64, String, i64)>,
    pub(super) happened: BTreeMap<HappenedKey, i64>,
    under_way: BTreeMap<UnderWayKey, i64>,
    recalls: Vec<RecallRow>,
    /// Boxes, by their batch and number.
    pub(super) places: Vec<((i64, i64), Place)>,
    /// Lines that do something to a pre-made card, with the card's order.
    pub(super) blanks: Vec<(i64, Vec<u8>)>,
}

impl<'a> Out<'a> {
    pub(super) fn new(by: &'a By) -> Self {
        let (found, told, books) = (Vec::new(), by.emit(), Vec::new());
        let (happened, under_way) = (BTreeMap::new(), BTreeMap::new());
        let (recalls, places, blanks) = (Vec::new(), Vec::new(), Vec::new());
        Self { found, told, books, happened, under_way, recalls, places, blanks }
    }

    /// What was counted goes to its tables; of what lies in boxes it is known who keeps them.
    pub(super) fn count(&mut self, places: &Places) {
        let counted: Vec<HappenedRow> =
            std::mem::take(&mut self.happened).into_iter().map(HappenedRow::of).collect();
        for month in HappenedInMonth::of(&counted) {
            self.told.count(&wanted(month));
        }
        for day in counted {
            self.told.count(&wanted(day));
        }
        for row in UnderWayCount::of(std::mem::take(&mut self.under_way)) {
            if let Some(in_box) = places.in_box(&row) {
                self.told.count(&wanted(in_box));
            }
            self.told.count(&wanted(row));
        }
        for row in std::mem::take(&mut self.recalls) {
            self.told.count(&wanted(places.recalled(row)));
        }
    }
}

/// By what somebody may be found, made again only when what it is made of has changed.
#[derive(Default)]
struct Found {
    of: Option<(kaguan_domain::facts::form::ApplicationForm, Vec<HeldDocument>)>,
    now: Vec<Trace>,
}

impl Found {
    /// After a line: what is new.
    fn look(&mut self, file: &HolderFile) -> Vec<Trace> {
        let Some(person) = &file.person else { return Vec::new() };
        if self.of.as_ref().is_some_and(|(d, all)| *d == person.details && *all == person.documents) {
            return Vec::new();
        }
        self.of = Some((person.details.clone(), person.documents.clone()));
        let before = std::mem::replace(&mut self.now, file.traces());
        self.now.iter().filter(|t| !before.contains(t)).cloned().collect()
    }
}

impl Store {
    /// One person, from the first line to the last.
    pub(super) fn replay_person(&self, lines: &[Line<'_>], out: &mut Out<'_>) -> HolderFile {
        let id = HolderId(lines.first().map_or(0, |line| line.id));
        let (mut file, mut found) = (HolderFile::new(id), Found::default());
        let trace = |t: &Trace| wanted(TraceRow { digest: self.trace_digest(t), holder_id: id });
        for line in lines {
            let Some(events) = line.events::<HolderEvent>(self) else {
                find(&mut out.found, FindingKind::Sealed, format!("entry {}", line.seq), UNREADABLE);
                continue;
            };
            let at = Instant(line.at);
            file.version += i64::from(!events.is_empty());
            let mut blanks = Vec::new();
            for (event, n) in events.iter().zip(0..) {
                out.books.extend(event.entries().into_iter().map(|c| (line.seq, c.account, c.cards)));
                for claim in file.gives_back(event) {
                    out.told.moved(self, (line.seq, n), &claim, (id, STOCK));
                }
                file.apply(event, at);
                self.tell_numbers(id, event, (line.seq, n), out);
                tally(&mut out.happened, at, happened_in(event, &file).as_slice());
                blanks.extend(event.blank().map(|(id, _)| id));
            }
            blanks.dedup();
            for blank in blanks {
                let n = i64::from(blank.n);
                out.blanks.push((blank.order.0, line.again(blank.order.0, n, OF_PERSON)));
            }
            for new in found.look(&file) {
                // A former name leads to its person, too; of earlier schemas it was not entered.
                out.told.may(&trace(&new));
            }
        }
        found.now.iter().for_each(|t| out.told.must(&trace(t)));
        for row in JoinRow::changed(&file, None) {
            out.told.must(&wanted(row));
        }
        for row in ExaminationRow::of(&file) {
            out.told.must(&wanted(row));
        }
        for row in LooseRow::of(&file) {
            out.told.must(&wanted(row));
        }
        for row in DeadWaitingRow::of(&file) {
            out.told.must(&wanted(row));
        }
        for row in ArchiveRow::of(&file) {
            out.told.must(&wanted(row));
        }
        let archive = file.person.iter().flat_map(|p| &p.archive);
        for electronic in archive.filter(|m| m.digest.is_some()) {
            out.told.must_have::<MaterialRow>(electronic.id);
        }
        for id in destroyed(&file, None) {
            out.told.gone::<MaterialRow>(id);
        }
        under_way::tally(&mut out.under_way, &file, 1);
        out.recalls.extend(RecallRow::of(&file));
        file.applications.sort_by_key(|a| a.id);
        file.cards.sort_by_key(|c| c.id);
        file
    }

    /// What an event enters into the directory of numbers, and the photo that it names.
    fn tell_numbers(&self, id: HolderId, event: &HolderEvent, at: (i64, i64), out: &mut Out<'_>) {
        for claim in event.claims() {
            out.told.said(self, at, &claim, id);
        }
        if let Some(moved) = event.elsewhere(id) {
            for claim in &moved.claims {
                out.told.moved(self, at, claim, (moved.from, moved.to));
            }
        }
        if let HolderEvent::Applied { photo: Some(photo), .. } = event {
            out.told.must_have::<PhotoRow>(photo.0.clone());
        }
    }

    /// The people of some lines.
    pub(super) fn replay_people<'a>(
        &self,
        lines: &[Line<'_>],
        by: &'a By,
        places: &Places,
    ) -> (Vec<HolderFile>, Vec<Out<'a>>) {
        let people: Vec<&[Line<'_>]> = lines.chunk_by(|a, b| a.id == b.id).collect();
        let replay = |some: &[&[Line<'_>]]| {
            let mut out = Out::new(by);
            let files: Vec<_> = some.iter().map(|lines| self.replay_person(lines, &mut out)).collect();
            out.count(places);
            (files, out)
        };
        let done: Vec<_> = people.par_chunks(64).map(replay).collect();
        let (files, outs): (Vec<Vec<HolderFile>>, Vec<Out<'a>>) = done.into_iter().unzip();
        (files.into_iter().flatten().collect(), outs)
    }
}

/// Whether what is stored is not what came of the journal. What an older program wrote may say less, and means the same.
pub(super) fn differs<T: Serialize + DeserializeOwned + PartialEq>(stored: &[u8], expected: &T) -> bool {
    stored != json(expected) && serde_json::from_slice::<T>(stored).map_or(true, |stored| stored != *expected)
}

/// What came of looking at a row.
pub(super) struct Looked {
    pub(super) found: Findings,
    /// The file that it is of, when it is not what the journal says.
    pub(super) differs: Option<i64>,
    /// Its key.
    pub(super) seen: Option<(i64, i64)>,
}

/// What there is of somebody in a table: the body as it is expected, and the whole row when it has to be named.
enum Expected<'f> {
    Person(&'f HolderFile),
    Application(&'f HolderFile, &'f kaguan_domain::facts::application::Application),
    Card(&'f HolderFile, &'f kaguan_domain::facts::card::Card),
}

impl<'f> Expected<'f> {
    fn of(shape: &Shape, files: &'f [HolderFile], id: i64, second: Option<i64>) -> Option<Self> {
        let at = files.binary_search_by_key(&id, |f| f.id.0).ok()?;
        let file = &files[at];
        match shape.table {
            "holder" => file.person.as_ref().map(|_| Self::Person(file)),
            "application" => Some(Self::Application(file, file.application(ApplicationId(second?))?)),
            _ => Some(Self::Card(file, file.card(CardId(second?))?)),
        }
    }

    fn differs(&self, version: Option<i64>, body: &[u8]) -> bool {
        match self {
            Self::Person(f) => {
                version != Some(f.version) || f.person.as_ref().is_none_or(|p| differs(body, p))
            }
            Self::Application(_, a) => differs(body, *a),
            Self::Card(_, c) => differs(body, *c),
        }
    }

    fn row(&self, store: &Store) -> Option<Wanted> {
        Some(match self {
            Self::Person(f) => wanted(HolderRow::of(store.sealer(), f, f.person.as_ref()?)),
            Self::Application(f, a) => wanted(ApplicationRow::of(store.sealer(), f.id, a)),
            Self::Card(f, c) => wanted(CardRow::of(store.keys(), f.id, c)),
        })
    }
}

impl Store {
    /// Compares one row of a person.
    pub(super) fn look_at_person(&self, shape: &'static Shape, row: &Row, files: &[HolderFile]) -> Looked {
        let (columns, fits) = self.vouched(shape, &row.values);
        let mut found = Findings::new();
        let (id, second) = (int(columns, 0), int(columns, 1));
        let seen = id.map(|id| (id, if shape.keys == 2 { second.unwrap_or_default() } else { 0 }));
        let expected = id.and_then(|id| Expected::of(shape, files, id, second));
        let Some(expected) = expected else {
            let kind = if fits { FindingKind::Added } else { FindingKind::Tag };
            let (column, what) = if fits { ("rows", ADDED) } else { ("tag", NOT_OURS) };
            find_in(&mut found, kind, (shape.table, column, &key(shape, columns)), what);
            return Looked { found, differs: id.filter(|_| fits), seen };
        };
        let opened = self.open_row(shape, columns, &mut found);
        let differs = opened.as_ref().map_or(true, |body| expected.differs(second, body));
        if differs || !fits {
            // What does not open is named with the rest of its row.
            found.clear();
            self.name_columns(&mut found, shape, columns, expected.row(self).as_ref(), fits);
        }
        Looked { found, differs: id.filter(|_| differs), seen }
    }

    /// The rows that the files of a part must have in a table.
    pub(super) fn keys_of(shape: &Shape, file: &HolderFile) -> Vec<(i64, i64)> {
        match shape.table {
            "holder" => file.person.iter().map(|_| (file.id.0, 0)).collect(),
            "application" => file.applications.iter().map(|a| (file.id.0, a.id.0)).collect(),
            _ => file.cards.iter().map(|c| (file.id.0, c.id.0)).collect(),
        }
    }
}

/// Names the rows of a table that some files must have and that nobody has seen; and the files.
pub(super) fn missing(
    shape: &'static Shape,
    wanted: impl Iterator<Item = (i64, i64)>,
    seen: &HashSet<(i64, i64)>,
) -> (Findings, Vec<i64>) {
    let (mut found, mut whose) = (Findings::new(), Vec::new());
    for (id, second) in wanted.filter(|key| !seen.contains(key)) {
        let key = shape.key(&[id.to_string(), second.to_string()][..shape.keys]);
        find_in(&mut found, FindingKind::Missing, (shape.table, "rows", &key), MISSING);
        whose.push(id);
    }
    (found, whose)
}

/// The tables of people.
pub(super) const OF_PEOPLE: [&str; 3] = ["holder", "application", "card"];

/// The scan of a table.
pub(super) fn scan(table: &str) -> &'static Scan {
    let scans = crate::tagging::scans();
    scans.iter().find(|s| s.shape.table == table).unwrap_or(&scans[0])
}

impl Work<'_> {
    /// Everybody.
    pub(super) async fn compare_people(&mut self) -> Result<(), StoreError> {
        let (store, view) = (self.store, self.view);
        let mut tables = OF_PEOPLE.map(|table| Cursor::of(view, scan(table)));
        let by = std::sync::Arc::clone(&self.told.by);
        // No person's line moves a box.
        let places = std::mem::take(&mut self.places);
        let replay = |bytes: Vec<u8>| store.replay_people(&Line::all(&bytes), &by, &places);
        let compare = |work: &mut Self, (files, outs): (Vec<HolderFile>, Vec<Out<'_>>), rows| {
            work.compare_some_people(files, outs, rows)
        };
        self.part_by_part(|work| &mut work.people, &mut tables, replay, compare).await?;
        self.places = places;
        Ok(())
    }

    fn compare_some_people(
        &mut self,
        files: Vec<HolderFile>,
        outs: Vec<Out<'_>>,
        rows: Vec<Vec<Row>>,
    ) -> Result<(), StoreError> {
        let store = self.store;
        for out in outs {
            self.take_out(out)?;
        }
        self.report.holders += files.len();
        let mut differ = Vec::new();
        for (rows, table) in rows.into_iter().zip(OF_PEOPLE) {
            let shape = scan(table).shape;
            let seen = self.look_at_each(rows, |row| store.look_at_person(shape, row, &files), &mut differ);
            let wanted = files.iter().flat_map(|f| Store::keys_of(shape, f));
            let (found, whose) = missing(shape, wanted, &seen);
            self.all(found);
            differ.extend(whose);
        }
        self.name_files(differ, &files);
        Ok(())
    }

    /// Looks at rows of a table: which keys are there, and whose files differ.
    pub(super) fn look_at_each(
        &mut self,
        rows: Vec<Row>,
        look: impl Fn(&Row) -> Looked + Send + Sync,
        differ: &mut Vec<i64>,
    ) -> HashSet<(i64, i64)> {
        let mut seen = HashSet::with_capacity(rows.len());
        self.report.rows += rows.len() as i64;
        let looked: Vec<Looked> = rows.into_par_iter().with_min_len(32).map(|row| look(&row)).collect();
        for one in looked {
            self.take_look(one, &mut seen, differ);
        }
        seen
    }

    /// What one row was.
    pub(super) fn take_look(&mut self, one: Looked, seen: &mut HashSet<(i64, i64)>, differ: &mut Vec<i64>) {
        self.all(one.found);
        seen.extend(one.seen);
        differ.extend(one.differs);
    }

    /// Says of whole files that they differ.
    pub(super) fn name_files(&mut self, mut differ: Vec<i64>, files: &[HolderFile]) {
        differ.sort_unstable();
        differ.dedup();
        for id in differ {
            let known = files.binary_search_by_key(&id, |f| f.id.0).is_ok();
            let (kind, what) = match known {
                true => (FindingKind::Differs, "档案与日志重放的结果不同"),
                false => (FindingKind::Added, "日志中没有这份档案"),
            };
            self.find(kind, format!("holder {id}"), what);
        }
    }

    /// What came of some files besides the files.
    pub(super) fn take_out(&mut self, out: Out<'_>) -> Result<(), StoreError> {
        let Out { found, told, books, places, blanks, happened: _, under_way: _, recalls: _ } = out;
        places.into_iter().for_each(|(of, place)| self.places.put(of, place));
        self.told.take(&told.out)?;
        self.all(found);
        self.book(books);
        for (order, record) in blanks {
            self.put_line(Stream::Orders, order, &record)?;
        }
        Ok(())
    }
}
