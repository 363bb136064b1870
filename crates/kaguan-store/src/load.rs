//! Loading what a batch of commands touches, in one round trip, or in two when people are found by number.

use crate::engine::{Query, Row, StoreError};
use crate::rows;
use crate::sql;
use crate::store::Store;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::batch::{Batch, BatchFile, Tally};
use kaguan_domain::facts::blank_order::{BlankTally, Stock};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::person::Person;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{BatchId, BlankId, BlankOrderId, HolderId, UnitId};
use std::collections::{HashMap, HashSet};

/// Which kind of number a claim is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ClaimKind {
    /// 社会保障号码
    SocialSecurityNumber,
    /// 申领表编码
    FormNumber,
    /// 社保卡卡号
    CardNumber,
    /// 银行卡号
    BankCardNumber,
    /// 卡识别码
    Chip,
}

impl ClaimKind {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::SocialSecurityNumber => "number",
            Self::FormNumber => "form",
            Self::CardNumber => "card",
            Self::BankCardNumber => "bank_card",
            Self::Chip => "chip",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::SocialSecurityNumber => "社会保障号码",
            Self::FormNumber => "申领表编码",
            Self::CardNumber => "社保卡卡号",
            Self::BankCardNumber => "银行卡号",
            Self::Chip => "卡识别码",
        }
    }
}

/// A globally unique number that somebody has or wants.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// What kind.
    pub kind: ClaimKind,
    /// The number itself; only its blind index is stored.
    pub value: String,
}

/// Who has the numbers of pre-made cards in stock: nobody yet.
pub const STOCK: HolderId = HolderId(0);

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
    /// Numbers to be looked up; the files of those who have one of kind number are loaded too.
    pub claims: Vec<Claim>,
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
    /// Batches with their boxes.
    pub batches: HashMap<BatchId, BatchFile>,
    /// Unit applications.
    pub units: HashMap<UnitId, UnitFile>,
    /// Pre-made cards and their orders.
    pub stock: Stock,
    /// Known request keys: digest of the body, and the journal line of the answer.
    pub keys: HashMap<[u8; 32], ([u8; 32], i64)>,
}

impl Store {
    /// Loads.
    pub async fn load(&self, want: &LoadRequest) -> Result<Loaded, StoreError> {
        let mut out = Loaded::default();
        let mut ids: HashSet<i64> = want.holders.iter().map(|h| h.0).collect();
        if !want.claims.is_empty() {
            let by_digest: HashMap<[u8; 32], &Claim> =
                want.claims.iter().map(|c| (self.claim_digest(c), c)).collect();
            let digests: Vec<Vec<u8>> = by_digest.keys().map(|d| d.to_vec()).collect();
            for row in self.engine().ask(&sql::CLAIM_GET, vec![digests.into()]).await? {
                let owner = HolderId(row.int(1)?);
                if let Some(claim) = by_digest.get(&row.digest(0)?) {
                    if claim.kind == ClaimKind::SocialSecurityNumber {
                        ids.insert(owner.0);
                    }
                    out.claims.insert((*claim).clone(), owner);
                }
            }
        }
        let ids: Vec<i64> = ids.into_iter().collect();
        let batch_ids: Vec<i64> = want.batches.iter().map(|b| b.0).collect();
        let mut queries = Vec::new();
        let mut ask = |sql, params| {
            queries.push(Query::new(sql, params));
            queries.len() - 1
        };
        let people = (!ids.is_empty()).then(|| {
            [
                &sql::HOLDER_GET,
                &sql::APPLICATION_GET,
                &sql::CARD_GET,
                &sql::BATCH_OF_HOLDERS,
                &sql::BOX_OF_HOLDERS,
            ]
            .map(|s| ask(s, vec![ids.clone().into()]))
        });
        let batches = (!batch_ids.is_empty())
            .then(|| [&sql::BATCH_GET, &sql::BOX_GET].map(|s| ask(s, vec![batch_ids.clone().into()])));
        let units = (!want.units.is_empty())
            .then(|| ask(&sql::UNIT_GET, vec![want.units.iter().map(|u| u.0).collect::<Vec<_>>().into()]));
        let keys = (!want.keys.is_empty()).then(|| {
            ask(&sql::KEY_GET, vec![want.keys.iter().map(|k| k.to_vec()).collect::<Vec<_>>().into()])
        });
        let tally = want.tally.map(|b| {
            [&sql::BATCH_TALLY, &sql::BATCH_CARDS, &sql::BATCH_INSIDE].map(|s| ask(s, vec![b.0.into()]))
        });
        let mut orders: Vec<i64> = want.blank_orders.iter().map(|o| o.0).collect();
        orders.extend(want.blanks.iter().map(|b| b.order.0));
        orders.sort_unstable();
        orders.dedup();
        let blanks = (!want.blanks.is_empty()).then(|| {
            let places = want.blanks.iter().map(|b| i64::from(b.n)).collect::<Vec<_>>();
            ask(&sql::BLANK_GET, vec![orders.clone().into(), places.into()])
        });
        let orders = (!orders.is_empty()).then(|| ask(&sql::BLANK_ORDER_GET, vec![orders.into()]));
        let tally_order = want
            .tally_order
            .map(|o| [&sql::BLANK_TALLY, &sql::BLANK_INSIDE].map(|s| ask(s, vec![o.0.into()])));
        if queries.is_empty() {
            return Ok(out);
        }
        let answers = self.engine().read(queries).await?;
        if let Some([holders, applications, cards, of, boxes]) = people {
            self.read_people(&mut out, &answers[holders], &answers[applications], &answers[cards])?;
            read_batches(&mut out, &answers[of], &answers[boxes])?;
        }
        if let Some([b, boxes]) = batches {
            read_batches(&mut out, &answers[b], &answers[boxes])?;
        }
        if let Some(at) = units {
            for row in &answers[at] {
                let unit = rows::read_unit(self.sealer(), row)?;
                out.units.insert(unit.id, unit);
            }
        }
        if let Some(at) = keys {
            for row in &answers[at] {
                out.keys.insert(row.digest(0)?, (row.digest(1)?, row.int(2)?));
            }
        }
        if let Some(at) = orders {
            for row in &answers[at] {
                let file = rows::read_blank_order(row)?;
                out.stock.orders.insert(file.id, file);
            }
        }
        if let Some(at) = blanks {
            // The question may bring others of the same orders.
            let wanted: HashSet<BlankId> = want.blanks.iter().copied().collect();
            for row in &answers[at] {
                let file = rows::read_blank(self.sealer(), row)?;
                if wanted.contains(&file.id) {
                    out.stock.blanks.insert(file.id, file);
                }
            }
        }
        if let (Some([states, inside]), Some(id)) = (tally_order, want.tally_order)
            && let Some(file) = out.stock.orders.get_mut(&id)
        {
            file.tally = read_blank_tally(&answers[states], &answers[inside])?;
        }
        if let (Some([stages, cards, inside]), Some(id)) = (tally, want.tally) {
            let mut t = Tally::default();
            for row in &answers[stages] {
                let n = row.int(1)?;
                match row.text(0)? {
                    "in_batch" => t.in_batch = n,
                    "account_opened" => t.opened = n,
                    "opening_failed" => t.opening_failed = n,
                    "production_failed" => t.production_failed = n,
                    _ => {}
                }
            }
            t.made = answers[cards].first().map_or(Ok(0), |r| r.int(0))?;
            for row in &answers[inside] {
                if let Some(r#box) = row.opt_int(0)? {
                    t.inside.insert(kaguan_domain::ids::BoxId(r#box), row.int(1)?);
                }
            }
            if let Some(file) = out.batches.get_mut(&id) {
                file.tally = t;
            }
        }
        Ok(out)
    }

    fn read_people(
        &self,
        out: &mut Loaded,
        holders: &[Row],
        applications: &[Row],
        cards: &[Row],
    ) -> Result<(), StoreError> {
        for row in holders {
            let id = row.int(0)?;
            let person: Person = rows::open(self.sealer(), "holder", id, row.bytes(2)?)?;
            let mut file = HolderFile::new(HolderId(id));
            file.version = row.int(1)?;
            file.person = Some(person);
            out.holders.insert(file.id, file);
        }
        for row in applications {
            let a: Application = rows::open(self.sealer(), "application", row.int(1)?, row.bytes(2)?)?;
            if let Some(file) = out.holders.get_mut(&HolderId(row.int(0)?)) {
                file.applications.push(a);
            }
        }
        for row in cards {
            let c: Card = rows::open(self.sealer(), "card", row.int(1)?, row.bytes(2)?)?;
            if let Some(file) = out.holders.get_mut(&HolderId(row.int(0)?)) {
                file.cards.push(c);
            }
        }
        Ok(())
    }
}

fn read_blank_tally(states: &[Row], inside: &[Row]) -> Result<BlankTally, StoreError> {
    let mut t = BlankTally::default();
    for row in states {
        let n = row.int(1)?;
        match row.text(0)? {
            "allocated" => t.allocated = n,
            "allocation_failed" => t.allocation_failed = n,
            "making_failed" => t.making_failed = n,
            _ => t.made += n,
        }
    }
    for row in inside {
        t.inside.insert(row.text(0)?.to_owned(), row.int(1)?);
    }
    Ok(t)
}

fn read_batches(out: &mut Loaded, batches: &[Row], boxes: &[Row]) -> Result<(), StoreError> {
    let mut fresh: HashMap<BatchId, BatchFile> = HashMap::new();
    for row in batches {
        let id = row.int(0)?;
        let batch: Batch = rows::parse("batch", id, row.text(2)?.as_bytes())?;
        let mut file = BatchFile::new(BatchId(id));
        file.version = row.int(1)?;
        file.batch = Some(batch);
        fresh.insert(file.id, file);
    }
    for row in boxes {
        let b: BoxFile = rows::parse("box", row.int(1)?, row.text(2)?.as_bytes())?;
        if let Some(file) = fresh.get_mut(&BatchId(row.int(0)?)) {
            file.boxes.push(b);
        }
    }
    out.batches.extend(fresh);
    Ok(())
}
