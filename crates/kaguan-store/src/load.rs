//! Loading what a batch of commands touches, in one round trip and as of one moment; a round trip more when people are
//! found by number.

use crate::engine::{StoreError, StoredDataError};
use crate::rows::batches::{BatchBody, BoxBody, BoxCount, CardCount};
use crate::rows::blanks::{BlankBoxCount, BlankStateCount};
use crate::rows::people::{ApplicationBody, CardBody, HolderBody, StageCount, UnitBody, UnitCount};
use crate::sql;
use crate::store::Store;
use crate::table::{Questions, Sealed};
use kaguan_domain::facts::batch::{BatchFile, Dead, Tally, Unseen};
use kaguan_domain::facts::blank_order::{BlankTally, Stock};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::names::{BlankStateKind, StageKind};
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::facts::unit::{UnitFile, UnitState};
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, OfficerId, UnitId};
use kaguan_domain::rule::{Found, Seek};
use std::collections::{HashMap, HashSet};

/// Who has the numbers of pre-made cards in stock: nobody yet.
pub const STOCK: HolderId = HolderId(0);

/// Who has a number that nobody has any more: a chip that a return said of a card by mistake. Whoever states it next gets it.
pub const FREE: HolderId = HolderId(-1);

/// A unit application as the one who has the number of its form.
pub fn unit_as_owner(id: UnitId) -> HolderId {
    HolderId(id.0)
}

/// What a journal line is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    /// A holder's file.
    Holder(HolderId),
    /// A batch.
    Batch(BatchId),
    /// A unit application.
    Unit(UnitId),
    /// An order of pre-made cards.
    BlankOrder(BlankOrderId),
    /// One pre-made card.
    Blank(BlankId),
    /// The institution room.
    Institution,
    /// The messages that wait for a partner.
    Messages,
    /// An account, by whoever signed in with it or tried to.
    Officer(OfficerId),
    /// Whoever tried to sign in under names that nobody has.
    Strangers,
    /// Somebody who is not on file: a refused first application, say.
    Nobody,
}

impl Subject {
    /// As the journal writes it.
    pub fn text(self) -> String {
        match self {
            Self::Holder(id) => format!("holder:{id}"),
            Self::Batch(id) => format!("batch:{id}"),
            Self::Unit(id) => format!("unit:{id}"),
            Self::BlankOrder(id) => format!("blank_order:{id}"),
            Self::Blank(id) => format!("blank:{id}"),
            Self::Institution => "institution".into(),
            Self::Messages => "messages".into(),
            Self::Officer(id) => format!("officer:{id}"),
            Self::Strangers => "strangers".into(),
            Self::Nobody => "nobody".into(),
        }
    }

    /// Reads it back.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':').unwrap_or((text, "0"));
        if kind == "blank" {
            return id.parse().ok().map(Self::Blank);
        }
        let id = id.parse().ok()?;
        match kind {
            "holder" => Some(Self::Holder(HolderId(id))),
            "batch" => Some(Self::Batch(BatchId(id))),
            "unit" => Some(Self::Unit(UnitId(id))),
            "blank_order" => Some(Self::BlankOrder(BlankOrderId(id))),
            "institution" => Some(Self::Institution),
            "messages" => Some(Self::Messages),
            "officer" => Some(Self::Officer(OfficerId(id))),
            "strangers" => Some(Self::Strangers),
            "nobody" => Some(Self::Nobody),
            _ => None,
        }
    }
}

/// What is wanted.
#[derive(Clone, Default)]
pub struct LoadRequest {
    /// Files by identity.
    pub holders: Vec<HolderId>,
    /// Numbers to be looked up; the files of those who have a number or document of a person are loaded too.
    pub claims: Vec<Claim>,
    /// What people may be found by that others may share; the files of all who have one are loaded too.
    pub traces: Vec<Trace>,
    /// Batches by identity, besides those the files refer to.
    pub batches: Vec<BatchId>,
    /// Unit applications.
    pub units: Vec<UnitId>,
    /// Count the rows of this batch.
    pub tally: Option<BatchId>,
    /// Pre-made cards, with their orders.
    pub blanks: Vec<BlankId>,
    /// Orders of pre-made cards.
    pub blank_orders: Vec<BlankOrderId>,
    /// Count the cards of this order.
    pub tally_order: Option<BlankOrderId>,
    /// Digests of caller and request key.
    pub keys: Vec<[u8; 32]>,
}

/// What was found.
#[derive(Default)]
pub struct Loaded {
    /// Files.
    pub holders: HashMap<HolderId, HolderFile>,
    /// Whose each number is.
    pub claims: HashMap<Claim, HolderId>,
    /// Whoever may be found by each trace.
    pub traces: HashMap<Trace, Vec<HolderId>>,
    /// Batches with their boxes.
    pub batches: HashMap<BatchId, BatchFile>,
    /// Unit applications.
    pub units: HashMap<UnitId, UnitFile>,
    /// Pre-made cards and their orders.
    pub stock: Stock,
    /// People as they are stored, sealed: one that a command does not change is not sealed again.
    pub sealed: HashMap<HolderId, Sealed>,
    /// Known request keys: digest of the body, and the journal line of the answer.
    pub keys: HashMap<[u8; 32], ([u8; 32], i64)>,
}

/// Whoever has a number that somebody looks up: nobody, one, or several whose documents have the same number.
pub struct Located {
    /// The files, in the order of their identities.
    pub files: Vec<HolderId>,
    /// They, and what is around them.
    pub loaded: Loaded,
}

impl Located {
    /// The one file; `None` when nobody has it.
    ///
    /// # Errors
    /// When it is the number of several people's documents.
    pub fn one(mut self) -> Result<Option<(HolderFile, Loaded)>, SeveralPeople> {
        match self.files.as_slice() {
            [] => Ok(None),
            [id] => Ok(self.loaded.holders.remove(id).map(|file| (file, self.loaded))),
            _ => Err(SeveralPeople),
        }
    }
}

/// A document's number that several people have: the social security number tells them apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("该证件号码对应多人的档案，请改用社会保障号码查询")]
pub struct SeveralPeople;

impl Store {
    /// Whoever has a number.
    pub async fn locate(&self, what: &LookedUp) -> Result<Located, StoreError> {
        let want = LoadRequest {
            claims: what.claims.clone(),
            traces: what.traces.clone(),
            ..LoadRequest::default()
        };
        let loaded = self.load(&want).await?;
        Ok(Located { files: loaded.who(what), loaded })
    }
}

impl Loaded {
    /// Whoever has a number that was asked for, in the order of the files' identities.
    pub fn who(&self, what: &LookedUp) -> Vec<HolderId> {
        // The number itself comes before a document of the same digits.
        if let Some(id) = what.claims.iter().find_map(|c| self.claims.get(c)) {
            return vec![self.answers_for(*id)];
        }
        let mut all: Vec<_> = what
            .traces
            .iter()
            .filter_map(|t| self.traces.get(t))
            .flatten()
            .map(|id| self.answers_for(*id))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The file that answers for one: itself, or the one that it was joined into.
    pub fn answers_for(&self, id: HolderId) -> HolderId {
        let into = |id: &HolderId| self.holders.get(id).and_then(HolderFile::joined_into);
        // The files that a file was joined into are finitely many; a circle would be a broken store.
        std::iter::successors(Some(id), into).take(self.holders.len() + 1).last().unwrap_or(id)
    }

    /// One of several files, with what is around it: as if nobody else had been loaded. `None` when it is not there, or when it and
    /// another file were joined and belong together.
    pub fn alone(&self, id: HolderId) -> Option<(HolderFile, Loaded)> {
        let file = self.holders.get(&id)?;
        if file.person.as_ref().is_some_and(|p| p.joined_into.is_some() || !p.joins.is_empty()) {
            return None;
        }
        let of_cards = file.cards.iter().map(|c| c.batch);
        let of_applications = file.applications.iter().filter_map(|a| a.stage.batch());
        let batch = |id: BatchId| Some((id, self.batches.get(&id)?.clone()));
        let batches = of_cards.chain(of_applications).filter_map(batch).collect();
        Some((file.clone(), Loaded { batches, ..Loaded::default() }))
    }

    /// Whoever is found by what an applicant is looked for by.
    pub fn found(&self, seek: &Seek) -> Found<'_> {
        let has = |c: &Claim| self.claims.get(c).filter(|id| **id != STOCK);
        let owner = |c: &Claim| Some((c.clone(), self.answers_for(*has(c)?)));
        let owners: Vec<_> = seek.claims.iter().filter_map(owner).collect();
        let alike: Vec<_> = seek
            .traces
            .iter()
            .filter_map(|t| self.traces.get(t))
            .flatten()
            .map(|id| self.answers_for(*id))
            .collect();
        let ids: HashSet<HolderId> = owners.iter().map(|(_, id)| *id).chain(alike.iter().copied()).collect();
        let files = ids.iter().filter_map(|id| self.holders.get(id)).collect();
        Found { owners, alike, files }
    }
}

impl Store {
    /// Loads. What was found by number is read a moment later than the numbers; everything else is as of one moment.
    pub async fn load(&self, want: &LoadRequest) -> Result<Loaded, StoreError> {
        let mut out = Loaded::default();
        let mut ids: HashSet<i64> = want.holders.iter().map(|h| h.0).collect();
        if !want.claims.is_empty() || !want.traces.is_empty() {
            let by_digest: HashMap<[u8; 32], &Claim> =
                want.claims.iter().map(|c| (self.claim_digest(c), c)).collect();
            let by_trace: HashMap<[u8; 32], &Trace> =
                want.traces.iter().map(|t| (self.trace_digest(t), t)).collect();
            let digests = |all: Vec<&[u8; 32]>| -> Vec<Vec<u8>> { all.iter().map(|d| d.to_vec()).collect() };
            let mut asked = Questions::default();
            let claims = (!by_digest.is_empty())
                .then(|| asked.ask(&sql::CLAIM_GET, vec![digests(by_digest.keys().collect()).into()]));
            let traces = (!by_trace.is_empty())
                .then(|| asked.ask(&sql::TRACE_GET, vec![digests(by_trace.keys().collect()).into()]));
            let mut answers = asked.answered(self).await?;
            let traces = traces.map(|t| answers.take(t)).transpose()?.unwrap_or_default();
            for found in traces {
                if let Some(trace) = by_trace.get(&found.digest) {
                    ids.insert(found.holder_id.0);
                    out.traces.entry((*trace).clone()).or_default().push(found.holder_id);
                }
            }
            for found in claims.map(|c| answers.take(c)).transpose()?.unwrap_or_default() {
                if let Some(claim) = by_digest.get(&found.digest).filter(|_| found.holder_id != FREE) {
                    if claim.kind.is_of_a_person() {
                        // One that was given back is nobody's.
                        if found.holder_id == STOCK {
                            continue;
                        }
                        ids.insert(found.holder_id.0);
                    }
                    out.claims.insert((*claim).clone(), found.holder_id);
                }
            }
        }
        let ids: Vec<i64> = ids.into_iter().collect();
        let asks_people = !ids.is_empty();
        let batch_ids: Vec<i64> = want.batches.iter().map(|b| b.0).collect();
        let mut asked = Questions::default();
        let people = (!ids.is_empty()).then(|| {
            let holders = || vec![ids.clone().into()];
            (
                asked.ask(&sql::HOLDER_GET, holders()),
                asked.ask(&sql::APPLICATION_GET, holders()),
                asked.ask(&sql::CARD_GET, holders()),
                asked.ask(&sql::BATCH_OF_HOLDERS, holders()),
                asked.ask(&sql::BOX_OF_HOLDERS, holders()),
            )
        });
        let batches = (!batch_ids.is_empty()).then(|| {
            let boxes = vec![batch_ids.clone().into()];
            (asked.ask(&sql::BATCH_GET, vec![batch_ids.into()]), asked.ask(&sql::BOX_GET, boxes))
        });
        let units = (!want.units.is_empty()).then(|| {
            let units: Vec<i64> = want.units.iter().map(|u| u.0).collect();
            asked.ask(&sql::UNIT_GET, vec![units.into()])
        });
        let keys = (!want.keys.is_empty()).then(|| {
            let keys: Vec<Vec<u8>> = want.keys.iter().map(|k| k.to_vec()).collect();
            asked.ask(&sql::KEY_GET, vec![keys.into()])
        });
        let tally = want.tally.map(|id| {
            let batch = || vec![id.0.into()];
            (
                id,
                asked.ask(&sql::BATCH_TALLY, batch()),
                asked.ask(&sql::BATCH_CARDS, batch()),
                asked.ask(&sql::BATCH_INSIDE, batch()),
                (asked.ask(&sql::BATCH_UNITS, batch()), asked.ask(&sql::BATCH_UNIT_FILES, batch())),
                asked.ask(&sql::BATCH_DEAD, batch()),
            )
        });
        let mut orders: Vec<i64> = want.blank_orders.iter().map(|o| o.0).collect();
        orders.extend(want.blanks.iter().map(|b| b.order.0));
        orders.sort_unstable();
        orders.dedup();
        let blanks = (!want.blanks.is_empty()).then(|| {
            let numbers: Vec<i64> = want.blanks.iter().map(|b| i64::from(b.n)).collect();
            asked.ask(&sql::BLANK_GET, vec![orders.clone().into(), numbers.into()])
        });
        let orders = (!orders.is_empty()).then(|| asked.ask(&sql::BLANK_ORDER_GET, vec![orders.into()]));
        let tally_order = want.tally_order.map(|id| {
            let order = || vec![id.0.into()];
            let (states, inside) =
                (asked.ask(&sql::BLANK_TALLY, order()), asked.ask(&sql::BLANK_INSIDE, order()));
            (id, states, inside, asked.ask(&sql::BLANK_WRITTEN_OFF, order()))
        });
        if asked.is_empty() {
            return Ok(out);
        }
        let mut answers = asked.answered(self).await?;
        if let Some((holders, applications, cards, of_theirs, boxes)) = people {
            let (holders, applications) = (answers.take(holders)?, answers.take(applications)?);
            self.put_together(&mut out, holders, &applications, &answers.take(cards)?)?;
            // Whoever has a number has a file: one that is not there is an error, never "not found".
            for (claim, owner) in &out.claims {
                if claim.kind.is_of_a_person() && *owner != STOCK && !out.holders.contains_key(owner) {
                    return Err(StoredDataError {
                        table: "claim",
                        column: "holder_id",
                        row: format!("{} of holder_id {owner}", claim.kind.code()),
                        why: "whoever has this number has no file".into(),
                    }
                    .into());
                }
            }
            read_batches(&mut out, &answers.take(of_theirs)?, &answers.take(boxes)?)?;
            self.follow_joins(&mut out).await?;
        }
        if let Some((batches, boxes)) = batches {
            read_batches(&mut out, &answers.take(batches)?, &answers.take(boxes)?)?;
        }
        if asks_people {
            self.count_short(&mut out).await?;
        }
        if let Some(units) = units {
            for row in answers.take(units)? {
                out.units.insert(row.unit_id, row.file(self.sealer())?);
            }
        }
        if let Some(keys) = keys {
            for row in answers.take(keys)? {
                out.keys.insert(row.key_digest, (row.body_digest, row.entry));
            }
        }
        if let Some(orders) = orders {
            for row in answers.take(orders)? {
                out.stock.orders.insert(row.order_id, row.file()?);
            }
        }
        if let Some(blanks) = blanks {
            // The question may bring others of the same orders.
            let wanted: HashSet<BlankId> = want.blanks.iter().copied().collect();
            for row in answers.take(blanks)? {
                let id = BlankId { order: row.order_id, n: row.n };
                if wanted.contains(&id) {
                    out.stock.blanks.insert(id, row.file(self.sealer())?);
                }
            }
        }
        if let Some((id, states, inside, off)) = tally_order {
            let boxes = (answers.take(inside)?, answers.take(off)?);
            let tally = blank_tally(&answers.take(states)?, boxes);
            if let Some(file) = out.stock.orders.get_mut(&id) {
                file.tally = tally;
            }
        }
        if let Some((id, stages, cards, inside, (units, unit_files), dead)) = tally {
            let mut tally =
                batch_tally(&answers.take(stages)?, &answers.take(cards)?, &answers.take(inside)?);
            tally.unseen = self.unseen(&answers.take(units)?, &answers.take(unit_files)?)?;
            for row in answers.take(dead)? {
                let a = row.application(self.sealer())?;
                let (holder, application) = (row.holder_id, row.application_id);
                tally.dead.push(Dead { holder, application, form_no: a.form_no });
            }
            if let Some(file) = out.batches.get_mut(&id) {
                file.tally = tally;
            }
        }
        Ok(out)
    }

    /// Counts what lies in the boxes in which cards are missed: no more of them leave than a count found there.
    async fn count_short(&self, out: &mut Loaded) -> Result<(), StoreError> {
        let short = out.batches.values().flat_map(|file| &file.boxes).filter(|b| b.short() > 0);
        let short: Vec<i64> = short.map(|b| b.id.0).collect();
        if short.is_empty() {
            return Ok(());
        }
        for BoxCount { box_id, n } in self.ask(&sql::BOXES_INSIDE, vec![short.into()]).await? {
            for file in out.batches.values_mut().filter(|file| file.box_file(box_id).is_some()) {
                file.tally.inside.insert(box_id, n);
            }
        }
        Ok(())
    }

    /// The files that loaded ones were joined into: they answer for them.
    async fn follow_joins(&self, out: &mut Loaded) -> Result<(), StoreError> {
        let into = out.holders.values().filter_map(HolderFile::joined_into);
        let holders: Vec<HolderId> = into.filter(|id| !out.holders.contains_key(id)).collect();
        if holders.is_empty() {
            return Ok(());
        }
        let found = Box::pin(self.load(&LoadRequest { holders, ..LoadRequest::default() })).await?;
        out.holders.extend(found.holders);
        out.sealed.extend(found.sealed);
        out.batches.extend(found.batches);
        Ok(())
    }

    /// Of the units of a batch those whose papers nobody has registered yet.
    fn unseen(&self, rows: &[UnitCount], files: &[UnitBody]) -> Result<Vec<Unseen>, StoreError> {
        let mut out = Vec::new();
        for row in files {
            let file = row.file(self.sealer())?;
            let people = rows.iter().find(|r| r.unit_id == file.id).map_or(0, |r| r.n);
            if let (UnitState::Outstanding, Some(known)) = (file.state(), &file.outstanding) {
                out.push(Unseen { unit: file.id, file: known.file.clone(), people });
            }
        }
        Ok(out)
    }

    /// Files from their rows.
    fn put_together(
        &self,
        out: &mut Loaded,
        holders: Vec<HolderBody>,
        applications: &[ApplicationBody],
        cards: &[CardBody],
    ) -> Result<(), StoreError> {
        for row in holders {
            out.holders.insert(row.holder_id, row.file(self.sealer())?);
            out.sealed.insert(row.holder_id, row.person);
        }
        for row in applications {
            let application = row.application(self.sealer())?;
            if let Some(file) = out.holders.get_mut(&row.holder_id) {
                file.applications.push(application);
            }
        }
        for row in cards {
            let card = row.card(self.sealer())?;
            if let Some(file) = out.holders.get_mut(&row.holder_id) {
                file.cards.push(card);
            }
        }
        Ok(())
    }
}

fn batch_tally(stages: &[StageCount], cards: &[CardCount], inside: &[BoxCount]) -> Tally {
    let mut t = Tally::default();
    for StageCount { stage, n } in stages {
        match stage {
            StageKind::InBatch => t.in_batch = *n,
            StageKind::AccountOpened => t.opened = *n,
            StageKind::OpeningFailed => t.opening_failed = *n,
            StageKind::ProductionFailed => t.production_failed = *n,
            // They are in no batch any more, or not yet.
            StageKind::Received
            | StageKind::Accepted
            | StageKind::Personalising
            | StageKind::Made
            | StageKind::Withdrawn
            | StageKind::Declined => {}
        }
    }
    t.made = cards.iter().map(|c| c.n).sum();
    t.inside.extend(inside.iter().map(|b| (b.box_id, b.n)));
    t
}

fn blank_tally(
    states: &[BlankStateCount],
    (inside, written_off): (Vec<BlankBoxCount>, Vec<BlankBoxCount>),
) -> BlankTally {
    let mut t = BlankTally::default();
    for BlankStateCount { state, n } in states {
        match state {
            BlankStateKind::Allocated => t.allocated = *n,
            BlankStateKind::AllocationFailed => t.allocation_failed = *n,
            BlankStateKind::MakingFailed => t.making_failed = *n,
            BlankStateKind::InUse => (t.in_use, t.made) = (*n, t.made + *n),
            BlankStateKind::Used => (t.used, t.made) = (*n, t.made + *n),
            BlankStateKind::Made | BlankStateKind::Spoiled => t.made += *n,
            // Nobody has answered for it: it has no row.
            BlankStateKind::Generated => {}
        }
    }
    t.inside.extend(inside.into_iter().map(|b| (b.r#box, b.n)));
    t.written_off.extend(written_off.into_iter().map(|b| (b.r#box, b.n)));
    t
}

fn read_batches(out: &mut Loaded, batches: &[BatchBody], boxes: &[BoxBody]) -> Result<(), StoreError> {
    let mut fresh: HashMap<BatchId, BatchFile> = HashMap::new();
    for row in batches {
        let mut file = BatchFile::new(row.batch_id);
        file.version = row.version;
        file.batch = Some(row.batch()?);
        fresh.insert(file.id, file);
    }
    for row in boxes {
        let file = row.file()?;
        if let Some(batch) = fresh.get_mut(&row.batch_id) {
            batch.boxes.push(file);
        }
    }
    out.batches.extend(fresh);
    Ok(())
}
