//! Batches, their boxes and people; what can be screened; the books.

use super::cities;
use crate::engine::{Param, StoreError};
use crate::load::{LoadRequest, Subject};
use crate::rows::batches::BoxBody;
use crate::rows::people::CardKey;
use crate::sql;
use crate::store::Store;
use crate::table::{Ask, Questions};
use jiff::civil::Date;
use kaguan_domain::batch::waits_for_a_batch;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::batch::{Batch, BatchEvent, BatchFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::difference::Difference;
use kaguan_domain::facts::names::{BatchStateKind, StageKind};
use kaguan_domain::ids::{ApplicationId, BatchId, BoxId, CardId, HolderId, OrgId, UnitId};
use std::collections::BTreeMap;

/// Which batches; what is not said is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct BatchesAsked<'a> {
    /// Of a city, by its code.
    pub city: Option<&'a str>,
    /// In a state.
    pub state: Option<BatchStateKind>,
    /// Of a bank, by its code.
    pub bank: Option<&'a str>,
    /// That a vendor has, by its code.
    pub vendor: Option<&'a str>,
    /// Older than one.
    pub before: Option<BatchId>,
}

/// How a box stands to an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoxWay {
    /// It is to be signed for there.
    Coming,
    /// It is kept there.
    Kept,
    /// It was set out from there, and is not signed for yet.
    SetOut,
}

/// Which boxes of an organisation; what is not chosen is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct BoxesChosen {
    /// That are for an outlet.
    pub outlet: Option<OrgId>,
    pub way: Option<BoxWay>,
}

/// A batch in a list.
#[derive(Clone, Debug)]
pub struct ListedBatch {
    pub id: BatchId,
    /// The batch.
    pub batch: Batch,
}

/// A box in a list.
#[derive(Clone, Debug)]
pub struct ListedBox {
    /// Its batch.
    pub batch: BatchId,
    /// The box.
    pub file: BoxFile,
}

/// What waits of the boxes of an office.
#[derive(Clone, Debug)]
pub struct BoxesWaiting {
    /// Those that it has to sign for.
    pub coming: Vec<ListedBox>,
    /// Those that it keeps for others, and has to send on; among them what was closed when it was empty.
    pub to_send_on: Vec<ListedBox>,
    /// Those of its area with a difference that a count found and nobody has settled.
    pub unsettled: Vec<ListedBox>,
}

/// An application in a list.
#[derive(Clone, Copy, Debug)]
pub struct HolderApplication {
    pub holder: HolderId,
    pub application: ApplicationId,
}

/// How many people of a batch collect their cards at one outlet, were taken in at one, and by which unit application.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchShare {
    /// 领卡网点.
    pub collect_at: OrgId,
    /// The unit application; `None` for who applied alone.
    pub unit: Option<UnitId>,
    /// 受理网点.
    pub outlet: OrgId,
    pub people: i64,
}

/// How many applications of a city and a bank can be screened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadyToScreen {
    /// City, by its code.
    pub city: String,
    /// Bank, by its code.
    pub bank: String,
    /// 加急.
    pub urgent: bool,
    pub applications: i64,
}

/// An application that is paid for and waits for a card.
#[derive(Clone, Copy, Debug)]
pub struct ReadyRow {
    pub whose: HolderApplication,
    pub received_on: Date,
    /// Its unit application.
    pub unit: Option<UnitId>,
    /// 即制卡标注: a counter makes its card, and no batch takes it.
    pub marked: bool,
}

/// One movement of a box, for the register.
#[derive(Clone, Debug)]
pub struct MovementRow {
    /// The line of the journal.
    pub line: i64,
    pub at: Instant,
    /// What happened.
    pub event: BatchEvent,
}

impl Store {
    /// Batches, newest first, at most so many.
    pub async fn batches(&self, asked: BatchesAsked<'_>, limit: i64) -> Result<Vec<ListedBatch>, StoreError> {
        let BatchesAsked { city, state, bank, vendor, before } = asked;
        let state = state.map(BatchStateKind::code);
        let before = before.map_or(i64::MAX, |b| b.0);
        // Each has an index that gives the newest first.
        let list = match (city, vendor, bank, state) {
            (Some(_), None, _, Some(_)) => &sql::BATCH_LIST_CITY_STATE,
            (Some(_), None, Some(_), None) => &sql::BATCH_LIST_CITY_BANK,
            (Some(_), ..) => &sql::BATCH_LIST_CITY,
            (None, Some(_), ..) => &sql::BATCH_LIST_VENDOR,
            (None, None, Some(_), Some(_)) => &sql::BATCH_LIST_BANK_STATE,
            (None, None, Some(_), None) => &sql::BATCH_LIST_BANK,
            (None, None, None, Some(_)) => &sql::BATCH_LIST_STATE,
            (None, None, None, None) => &sql::BATCH_LIST,
        };
        let params = vec![city.into(), state.into(), bank.into(), vendor.into(), before.into(), limit.into()];
        let found = self.ask(list, params).await?;
        found.iter().map(|row| Ok(ListedBatch { id: row.batch_id, batch: row.batch()? })).collect()
    }

    /// The batch of a number.
    pub async fn batch_numbered(&self, number: &str) -> Result<Option<BatchId>, StoreError> {
        Ok(self.ask(&sql::BATCH_NUMBERED, vec![number.into()]).await?.pop().map(|row| row.batch_id))
    }

    /// Boxes kept by an organisation, or on the way to it, as far as they were chosen, after one.
    pub async fn boxes_at(
        &self,
        org: OrgId,
        chosen: BoxesChosen,
        after: BoxId,
        limit: i64,
    ) -> Result<Vec<ListedBox>, StoreError> {
        let BoxesChosen { outlet, way } = chosen;
        // Whoever keeps no box has no name, and no organisation has no number.
        let (keeper, to) = match way {
            None => (format!("org:{org}"), org.0),
            Some(BoxWay::Kept | BoxWay::SetOut) => (format!("org:{org}"), i64::MIN),
            Some(BoxWay::Coming) => (String::new(), org.0),
        };
        let set_out = way.map(|way| i64::from(way != BoxWay::Kept));
        let params = vec![
            keeper.into(),
            to.into(),
            after.0.into(),
            limit.into(),
            outlet.map(|o| o.0).into(),
            set_out.into(),
        ];
        let found = self.ask(&sql::BOX_AT, params).await?;
        found.iter().map(|row| Ok(ListedBox { batch: row.batch_id, file: row.file()? })).collect()
    }

    /// What waits of the boxes of an office, in a city or in all of them, in one round trip; of what comes and of what it sends on at most so
    /// many.
    pub async fn boxes_waiting(
        &self,
        org: OrgId,
        city: Option<&str>,
        most: i64,
    ) -> Result<BoxesWaiting, StoreError> {
        let account = format!("org:{org}");
        let mut asked = Questions::default();
        let none = || None::<i64>.into();
        let coming = vec![String::new().into(), org.0.into(), i64::MIN.into(), most.into(), none(), none()];
        let coming = asked.ask(&sql::BOX_AT, coming);
        let kept = vec![account.into(), org.0.into(), most.into()];
        let to_send_on = asked.ask(&sql::boxes::BOX_TO_SEND_ON, kept);
        let unsettled = asked.ask(&sql::boxes::BOX_UNSETTLED, cities(city).into());
        let mut answers = asked.answered(self).await?;
        let listed = |rows: Vec<BoxBody>| -> Result<Vec<ListedBox>, StoreError> {
            rows.iter().map(|row| Ok(ListedBox { batch: row.batch_id, file: row.file()? })).collect()
        };
        Ok(BoxesWaiting {
            coming: listed(answers.take(coming)?)?,
            to_send_on: listed(answers.take(to_send_on)?)?,
            unsettled: listed(answers.take(unsettled)?)?,
        })
    }

    /// The boxes of a city, or of any, with a difference that a count found and nobody has settled.
    pub async fn boxes_unsettled(&self, city: Option<&str>) -> Result<Vec<ListedBox>, StoreError> {
        let found = self.ask(&sql::boxes::BOX_UNSETTLED, cities(city).into()).await?;
        found.iter().map(|row| Ok(ListedBox { batch: row.batch_id, file: row.file()? })).collect()
    }

    /// Boxes that an outlet gave to an employer's operator while a difference that a count had found is not settled.
    pub async fn boxes_in_doubt(&self, outlet: OrgId) -> Result<Vec<ListedBox>, StoreError> {
        let found = self
            .ask(
                &sql::BOX_COUNTED_WRONG,
                vec![outlet.0.into(), "employer:%".into(), "%\"differences\":%".into()],
            )
            .await?;
        let all = found.iter().map(|row| Ok(ListedBox { batch: row.batch_id, file: row.file()? }));
        let mut all = all.collect::<Result<Vec<_>, StoreError>>()?;
        all.retain(|b| b.file.differences.iter().any(Difference::is_open));
        Ok(all)
    }

    /// The newest boxes of a number (装箱位置) that an organisation keeps or waits for, so many of each.
    pub async fn boxes_numbered(
        &self,
        org: OrgId,
        number: &str,
        limit: i64,
    ) -> Result<Vec<ListedBox>, StoreError> {
        let kept = vec![format!("org:{org}").into(), number.into(), limit.into()];
        let mut found = self.ask(&sql::BOX_KEPT_NUMBERED, kept).await?;
        found.extend(
            self.ask(&sql::BOX_COMING_NUMBERED, vec![org.0.into(), number.into(), limit.into()]).await?,
        );
        found.iter().map(|row| Ok(ListedBox { batch: row.batch_id, file: row.file()? })).collect()
    }

    /// The outlets for which an organisation has boxes, or waits for some.
    pub async fn box_outlets(&self, org: OrgId) -> Result<Vec<OrgId>, StoreError> {
        let found = self.ask(&sql::BOX_OUTLETS, vec![format!("org:{org}").into(), org.0.into()]).await?;
        Ok(found.into_iter().map(|row| row.outlet).collect())
    }

    /// People of a batch whose application is at a stage, after one.
    pub async fn batch_people(
        &self,
        batch: BatchId,
        stage: StageKind,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<HolderApplication>, StoreError> {
        let params = vec![batch.0.into(), stage.code().into(), after.0.into(), limit.into()];
        let found = self.ask(&sql::BATCH_PEOPLE, params).await?;
        let one = |row: crate::rows::people::ApplicationKey| HolderApplication {
            holder: row.holder_id,
            application: row.application_id,
        };
        Ok(found.into_iter().map(one).collect())
    }

    /// How many people of a batch, whatever state each is in, by where their cards are collected, where they were taken in, and by which
    /// unit application.
    pub async fn batch_shares(&self, batch: BatchId) -> Result<Vec<BatchShare>, StoreError> {
        let mut all: BTreeMap<(OrgId, Option<UnitId>, OrgId), i64> = BTreeMap::new();
        for question in [&sql::BATCH_SHARES, &sql::BATCH_SHARES_MADE] {
            for row in self.ask(question, vec![batch.0.into()]).await? {
                *all.entry((row.collect_at, row.unit_id, row.outlet)).or_default() += row.n;
            }
        }
        let one = |((collect_at, unit, outlet), people)| BatchShare { collect_at, unit, outlet, people };
        Ok(all.into_iter().map(one).collect())
    }

    /// Cards that are asked for, by their files.
    async fn cards(
        &self,
        which: &'static Ask<CardKey>,
        params: Vec<Param>,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let found = self.ask(which, params).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.card_id)).collect())
    }

    /// People with a card in a box, after one.
    pub async fn box_people(
        &self,
        r#box: BoxId,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let params = vec![r#box.0.into(), after.0.into(), limit.into()];
        self.cards(&sql::BOX_PEOPLE, params).await
    }

    /// People with a card of a batch, after one.
    pub async fn cards_of_batch(
        &self,
        batch: BatchId,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let params = vec![batch.0.into(), after.0.into(), limit.into()];
        self.cards(&sql::BATCH_CARD_PEOPLE, params).await
    }

    /// Batches that an outlet has boxes of, newest first.
    pub async fn batches_of_outlet(&self, outlet: OrgId, limit: i64) -> Result<Vec<BatchId>, StoreError> {
        let found = self.ask(&sql::BATCH_OF_OUTLET, vec![outlet.0.into(), limit.into()]).await?;
        Ok(found.into_iter().map(|row| row.batch_id).collect())
    }

    /// Cards in the boxes of an outlet that nobody has enabled, after one person.
    pub async fn cards_in_boxes(
        &self,
        outlet: OrgId,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let params = vec![outlet.0.into(), after.0.into(), limit.into()];
        self.cards(&sql::CARDS_IN_BOXES, params).await
    }

    /// The boxes of an outlet with a card in them that nobody has enabled.
    pub async fn boxes_not_enabled(&self, city: &str, outlet: OrgId) -> Result<Vec<ListedBox>, StoreError> {
        let found = self.ask(&sql::BOXES_NOT_ENABLED, vec![city.into(), outlet.0.into()]).await?;
        found.iter().map(|row| Ok(ListedBox { batch: row.batch_id, file: row.file()? })).collect()
    }

    /// Batches by identity; their rows are not counted, but for the cards that lie in some of their boxes.
    pub async fn batches_with(
        &self,
        batches: Vec<BatchId>,
        boxes: &[BoxId],
    ) -> Result<BTreeMap<BatchId, BatchFile>, StoreError> {
        let inside: Vec<i64> = boxes.iter().map(|b| b.0).collect();
        let mut counted = Vec::new();
        if !inside.is_empty() {
            counted = self.ask(&sql::BOXES_INSIDE, vec![inside.into()]).await?;
        }
        let loaded = self.load(&LoadRequest { batches, ..LoadRequest::default() }).await?;
        let mut out: BTreeMap<BatchId, BatchFile> = loaded.batches.into_iter().collect();
        for file in out.values_mut() {
            let of = |id| file.boxes.iter().any(|b| b.id == id);
            let here: Vec<_> = counted.iter().filter(|row| of(row.box_id)).map(|r| (r.box_id, r.n)).collect();
            file.tally.inside.extend(here);
        }
        Ok(out)
    }

    /// Applications that can be screened, after one, with the day of receipt and the unit that sent it.
    pub async fn ready(
        &self,
        city: &str,
        bank: &str,
        urgent: bool,
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<ReadyRow>, StoreError> {
        let params = vec![city.into(), bank.into(), urgent.into(), after.0.into(), limit.into()];
        let found = self.ask(&sql::APPLICATION_READY, params).await?;
        let one = |row: crate::rows::people::ReadyApplication| -> Result<ReadyRow, StoreError> {
            let whose = HolderApplication { holder: row.holder_id, application: row.application_id };
            let marked = row.marked(self.sealer())?;
            Ok(ReadyRow { whose, received_on: row.received_on, unit: row.unit_id, marked })
        };
        found.into_iter().map(one).collect()
    }

    /// How many applications can be screened, in a city or in all: whoever has died is not among them.
    pub async fn ready_counts(&self, city: Option<&str>) -> Result<Vec<ReadyToScreen>, StoreError> {
        let found = self.ask(&sql::READY_COUNTS, cities(city).into()).await?;
        let mut dead = self.dead_waiting(city).await?;
        dead.retain(|(_, a)| waits_for_a_batch(a));
        let one = |row: crate::rows::people::ReadyCount| {
            let same = |a: &Application| {
                (a.city.as_str(), a.bank.as_str(), a.urgent)
                    == (row.city.as_str(), row.bank.as_str(), row.urgent)
            };
            let left_out = dead.iter().filter(|(_, a)| same(a)).count();
            let applications = row.n - i64::try_from(left_out).unwrap_or(i64::MAX);
            ReadyToScreen { city: row.city, bank: row.bank, urgent: row.urgent, applications }
        };
        Ok(found.into_iter().map(one).filter(|ready| ready.applications > 0).collect())
    }

    /// Applications of people whose death is confirmed that wait for a card still, in a city or in all (R33.1): few.
    pub async fn dead_waiting(&self, city: Option<&str>) -> Result<Vec<(HolderId, Application)>, StoreError> {
        let found = self.ask(&sql::DEAD_WAITING, cities(city).into()).await?;
        found.iter().map(|row| Ok((row.holder_id, row.application(self.sealer())?))).collect()
    }

    /// Balances of the books by account; they sum to zero.
    pub async fn custody_balances(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let found = self.ask(&sql::CUSTODY_BALANCES, Vec::new()).await?;
        Ok(found.into_iter().map(|row| (row.account, row.cards)).collect())
    }

    /// The movements of a batch and its boxes, oldest first (R12.2).
    pub async fn movements(&self, batch: BatchId) -> Result<Vec<MovementRow>, StoreError> {
        let mut out = Vec::new();
        let mut entries = self.entries_of(Subject::Batch(batch), 10_000).await?;
        entries.reverse();
        for e in entries.iter().filter(|e| e.is_done()) {
            for event in self.batch_events(e)? {
                out.push(MovementRow { line: e.seq, at: Instant(e.at), event });
            }
        }
        Ok(out)
    }
}
