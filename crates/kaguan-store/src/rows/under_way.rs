//! What is under way, counted as it changes: how many applications wait at a step, how many cards are with whom, how many of them have
//! to be taken back by a day. Every commit adds what it changed, so that a board of the whole province reads sums and goes through
//! nobody's rows. A box moves with all that lies in it: what lies in boxes is counted by box, and once more by who keeps the box, which
//! is what a board reads.

use super::changed;
use super::loose::outlet_of;
use crate::engine::Write;
use crate::sql;
use crate::table::row;
use jiff::civil::Date;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::names::{BatchStateKind, CustodyKind, SocialKind, StageKind};
use kaguan_domain::ids::{CardId, HolderId, OrgId};
use kaguan_domain::recall::is_to_be_withdrawn;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

row! {
    /// How many are alike. `what` is one of [`OPEN`], [`CARD`], [`BOX`], [`RECALL`] and [`RECALL_BOX`]; `state` and `detail` are the stage and
    /// one of [`WAITS`], or custody and social state, of recalls with 1 before it for a card on its way and 0 for another; `batch_id` and
    /// `box_id` are 0 without one, `due` is empty when no clock runs.
    UnderWayCount in "under_way" [
        what: String, city: String, state: String, detail: String, batch_id: i64, box_id: i64, due: String
    ] { n: i64 }; unvouched "counted on in the database: check counts it again from the journal"

    /// How many cards lie in boxes that one party keeps, by its account in the books; `to_org` is what the box is bound for
    /// (`BoxFile::bound_for`), 0 while whoever keeps it has to send it on.
    InBoxCount in "in_box" [what: String, city: String, detail: String, keeper: String, to_org: i64, due: String] { n: i64 }
        ; unvouched "counted on in the database: check counts it again from the journal"

    /// A card that has to be taken back (R32.2), and the office whose turn it is (`BoxFile::whose_turn` of what lies in a box), 0 for
    /// nobody's; `batch_id` and `box_id` are 0 outside boxes. `due` is empty of one at its end that is to be taken out of its box: it has no
    /// last day.
    RecallRow in "recall" [
        holder_id: HolderId, card_id: CardId, city: String, due: String, batch_id: i64, box_id: i64, acts: i64
    ] {}; unvouched "whose turn it is follows from its box in the database: check finds it again from the journal"

    /// One of them.
    RecalledCard in "recall" [holder_id: HolderId, card_id: CardId] { due: Date }
        ; unvouched "names a card: what is shown of it is said from its file"

    /// One that is to be taken out of its box.
    TakenOut in "recall" [holder_id: HolderId, card_id: CardId] {}
        ; unvouched "names a card: what is shown of it is said from its file"

    /// How many cards have to be taken back by a day, by who has them: in a box, by its keeper's account in the books and what it is bound
    /// for. `waits` is whether they are counted among the cards on their way.
    RecallsAlike in "under_way" [city: String, due: Date, custody: CustodyKind, social: SocialKind, waits: bool] {
        keeper: Option<String>,
        to_org: Option<OrgId>,
        n: i64,
    }; unvouched "summed in the database: check counts it again from the journal"

    /// How many applications without a card are at a step; `due` is the last day of their clock while it runs.
    OpenStep in "under_way" [city: String, stage: StageKind] {
        settled: bool,
        at_counter: bool,
        state: Option<BatchStateKind>,
        due: Option<Date>,
        n: i64,
    }; unvouched "summed in the database: check counts it again from the journal"

    /// How many cards that are on their way are with somebody, in no box; `due` is the last day of the application's clock while it runs.
    CardStep in "under_way" [city: String, custody: CustodyKind] { social: SocialKind, due: Option<Date>, n: i64 }
        ; unvouched "summed in the database: check counts it again from the journal"

    /// The same in boxes, by who keeps them and what they are bound for.
    BoxStep in "in_box" [city: String, social: SocialKind] {
        keeper: String,
        to_org: Option<OrgId>,
        due: Option<Date>,
        n: i64,
    }; unvouched "summed in the database: check counts it again from the journal"

    /// How many clocks of a city have their last day on one.
    DueSum in "under_way" [city: String, due: Date] { n: i64 }
        ; unvouched "summed in the database: check counts it again from the journal"
}

/// Applications without a card.
pub(crate) const OPEN: &str = "open";
/// Cards on their way, in no box.
pub(crate) const CARD: &str = "card";
/// Cards on their way, in a box.
pub(crate) const BOX: &str = "box";
/// Cards that have to be taken back, in no box.
pub(crate) const RECALL: &str = "recall";
/// The same in a box.
pub(crate) const RECALL_BOX: &str = "recall_box";

/// How the account of an organisation begins in the books (`Party::account`).
pub(crate) const OF_ORG: &str = "org:";
/// And that of an employer.
pub(crate) const OF_EMPLOYER: &str = "employer:";

/// Of an application whether its fee is settled, and whether a counter makes its card (即制卡标注).
const WAITS: [[&str; 2]; 2] = [["00", "01"], ["10", "11"]];

/// What is counted together: the columns of [`UnderWayCount`] but the last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct UnderWayKey {
    what: &'static str,
    city: String,
    state: &'static str,
    detail: Cow<'static, str>,
    batch_id: i64,
    box_id: i64,
    due: Option<Date>,
}

/// Until when a card has to be taken back, while that runs.
fn taken_back_by(c: &Card) -> Option<Date> {
    c.recall_clock().and_then(|(_, clock)| clock.runs_until())
}

/// The batch and the box that it lies in; 0 and 0 where no box moves it: then it does not matter with whom it was made.
fn box_of(c: &Card) -> (i64, i64) {
    c.custody.lies_in().map_or((0, 0), |r#box| (c.batch.0, r#box.0))
}

impl UnderWayKey {
    fn of_application(a: &Application) -> Option<Self> {
        match a.stage.kind() {
            StageKind::Made | StageKind::Withdrawn | StageKind::Declined => None,
            stage => Some(Self {
                what: OPEN,
                city: a.city.as_str().to_owned(),
                state: stage.code(),
                detail: WAITS[usize::from(a.fee.is_settled())][usize::from(a.instant_at.is_some())].into(),
                batch_id: a.stage.batch().map_or(0, |id| id.0),
                box_id: 0,
                due: a.clock.as_ref().and_then(Clock::runs_until),
            }),
        }
    }

    fn of_card(file: &HolderFile, c: &Card) -> Option<Self> {
        let running = |a: &Application| match a.stage.kind() {
            StageKind::Made => a.clock.as_ref().and_then(Clock::runs_until),
            StageKind::Received
            | StageKind::Accepted
            | StageKind::InBatch
            | StageKind::OpeningFailed
            | StageKind::AccountOpened
            | StageKind::Personalising
            | StageKind::ProductionFailed
            | StageKind::Withdrawn
            | StageKind::Declined => None,
        };
        let (batch_id, box_id) = box_of(c);
        c.is_on_its_way().then(|| Self {
            what: if box_id == 0 { CARD } else { BOX },
            city: c.city.as_str().to_owned(),
            state: c.custody.kind().code(),
            detail: c.social.kind().code().into(),
            batch_id,
            box_id,
            due: file.application(c.application).and_then(running),
        })
    }

    fn of_recall(c: &Card) -> Option<Self> {
        let due = taken_back_by(c)?;
        let (batch_id, box_id) = box_of(c);
        Some(Self {
            what: if box_id == 0 { RECALL } else { RECALL_BOX },
            city: c.city.as_str().to_owned(),
            state: c.custody.kind().code(),
            detail: format!("{}{}", u8::from(c.is_on_its_way()), c.social.kind().code()).into(),
            batch_id,
            box_id,
            due: Some(due),
        })
    }
}

/// Adds what of a file is under way, `sign` times.
pub(crate) fn tally(into: &mut BTreeMap<UnderWayKey, i64>, file: &HolderFile, sign: i64) {
    let applications = file.applications.iter().filter_map(UnderWayKey::of_application);
    let cards = file.cards.iter().filter_map(|c| UnderWayKey::of_card(file, c));
    let recalls = file.cards.iter().filter_map(UnderWayKey::of_recall);
    for key in applications.chain(cards).chain(recalls) {
        *into.entry(key).or_default() += sign;
    }
}

impl UnderWayCount {
    /// The rows of what was counted; what comes to nothing is left out.
    pub(crate) fn of(counted: BTreeMap<UnderWayKey, i64>) -> Vec<Self> {
        let row = |(key, n): (UnderWayKey, i64)| Self {
            what: key.what.to_owned(),
            city: key.city,
            state: key.state.to_owned(),
            detail: key.detail.into_owned(),
            batch_id: key.batch_id,
            box_id: key.box_id,
            due: key.due.map(|day| day.to_string()).unwrap_or_default(),
            n,
        };
        counted.into_iter().filter(|(_, n)| *n != 0).map(row).collect()
    }

    /// The batch of the box in which these lie.
    pub(crate) fn batch_of_box(&self) -> Option<i64> {
        (self.box_id != 0).then_some(self.batch_id)
    }

    /// What the changed files of a commit add and take away.
    pub(crate) fn changed(files: &[(&HolderFile, Option<&HolderFile>)]) -> Vec<Self> {
        let mut counted = BTreeMap::new();
        for (file, before) in files {
            tally(&mut counted, file, 1);
            if let Some(before) = before {
                tally(&mut counted, before, -1);
            }
        }
        Self::of(counted)
    }
}

impl RecallRow {
    /// Those of a file; whose turn it is with what lies in a box is left to [`sql::RECALL_ACTS`], once the boxes stand where they stand.
    pub(crate) fn of(file: &HolderFile) -> Vec<Self> {
        let row = |c: &Card| {
            let (batch_id, box_id) = box_of(c);
            let due = match taken_back_by(c) {
                Some(day) => day.to_string(),
                None if box_id != 0 && is_to_be_withdrawn(c) => String::new(),
                None => return None,
            };
            Some(Self {
                holder_id: file.id,
                card_id: c.id,
                city: c.city.as_str().to_owned(),
                due,
                batch_id,
                box_id,
                acts: if box_id == 0 { outlet_of(file, c).0 } else { 0 },
            })
        };
        file.cards.iter().filter_map(row).collect()
    }

    /// What there is since a file was loaded, and the statement that takes away what is not there any more, or is there otherwise.
    pub(crate) fn changed(file: &HolderFile, before: Option<&HolderFile>) -> (Vec<Self>, Option<Write>) {
        changed((file, before), Self::of, Self::eq, (&sql::RECALL_GONE, |row| row.card_id.0))
    }

    /// The batch of the box in which it lies.
    pub(crate) fn batch_of_box(&self) -> Option<i64> {
        (self.box_id != 0).then_some(self.batch_id)
    }
}

/// Who keeps a box, what it is bound for, and whose turn it is with what lies in it; 0 for nothing and nobody.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) keeper: String,
    pub(crate) to_org: i64,
    pub(crate) acts: i64,
}

/// Who keeps each box, and what it is bound for. Few keep many: each party is kept once, and a box is 24 bytes.
#[derive(Default)]
pub(crate) struct Places {
    /// In the order of their batches and numbers, in which they mostly come.
    boxes: Vec<((i64, i64), u32)>,
    parties: Vec<Place>,
    known: HashMap<Place, u32>,
}

impl Places {
    /// A box stands somewhere: its batch, itself, its row.
    pub(crate) fn put(&mut self, (batch, of): (i64, i64), party: Place) {
        let place = *self.known.entry(party.clone()).or_insert_with(|| {
            self.parties.push(party);
            self.parties.len() as u32 - 1
        });
        let key = (batch, of);
        if self.boxes.last().is_none_or(|(last, _)| *last < key) {
            return self.boxes.push((key, place));
        }
        match self.boxes.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(at) => self.boxes[at].1 = place,
            Err(at) => self.boxes.insert(at, (key, place)),
        }
    }

    /// What was counted in a box, with those who keep it; nothing for what lies in no box that is known.
    pub(crate) fn in_box(&self, row: &UnderWayCount) -> Option<InBoxCount> {
        let Place { keeper, to_org, .. } = self.of((row.batch_of_box()?, row.box_id))?.clone();
        let (what, city, detail) = (row.what.clone(), row.city.clone(), row.detail.clone());
        Some(InBoxCount { what, city, detail, keeper, to_org, due: row.due.clone(), n: row.n })
    }

    /// A card that has to be taken back, with the office whose turn it is.
    pub(crate) fn recalled(&self, row: RecallRow) -> RecallRow {
        let key = row.batch_of_box().map(|batch| (batch, row.box_id));
        let acts = key.map_or(row.acts, |key| self.of(key).map_or(0, |place| place.acts));
        RecallRow { acts, ..row }
    }

    fn of(&self, key: (i64, i64)) -> Option<&Place> {
        let at = self.boxes.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.parties.get(self.boxes.get(at)?.1 as usize)
    }
}
