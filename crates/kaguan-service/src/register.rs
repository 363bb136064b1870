//! 发放登记册 (Article 12): of each card of a batch who signed for it, when, in which manner and on what. It names people, so each
//! printing is a line of the batch.

use crate::exchange::refused_by;
use crate::outcome::Failure;
use crate::reports::Table;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::collection::waits_to_be_posted;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::{BatchCommand, card_position};
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::{Institutions, OrgKind, Organisation};
use kaguan_domain::facts::post::Manner;
use kaguan_domain::ids::{BatchId, BoxId, CardId, CityCode, HolderId, MaterialId, UnitId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::records::{SIGNATURE_TITLES, kept_until};
use kaguan_domain::refusal::Reason;
use kaguan_store::{BatchesAsked, ListedBatch, LoadRequest, Store, StoreError, Subject};
use std::collections::BTreeMap;

/// The most batches to choose from.
pub const NEWEST_ON_A_LIST: i64 = 200;
/// People that are read at once.
const PAGE: i64 = 500;
/// The most cards that were ever made for one person.
const CARDS_OF_ONE: i64 = 100;

/// One card of the register.
pub struct Signed {
    pub holder: HolderId,
    pub card: CardId,
    /// In the order of [`SIGNATURE_TITLES`]; the name is masked.
    pub cells: [String; 10],
    /// Whether the employer has it still, and is to say who signed.
    pub with_employer: bool,
    /// Whether its holder signs himself, not his guardian (under 16, R8.2), on the day that was asked about.
    pub signs_himself: bool,
}

/// The register of a batch, as far as an organisation gives its cards out.
pub struct Register {
    /// 批次号.
    pub number: String,
    pub cards: Vec<Signed>,
    /// Boxes that went to employers' operators, with what is kept of their papers.
    pub boxes: Vec<BoxFile>,
}

impl Register {
    /// As a table for a file.
    pub fn table(self) -> Table {
        let rows = self.cards.into_iter().map(|c| (c.cells.to_vec(), Vec::new())).collect();
        Table { title: "发放登记册", heads: SIGNATURE_TITLES.to_vec(), rows }
    }
}

/// Whether an organisation has a card on its register: its own outlet's, its county's, its city's; everybody's without one.
fn concerns(
    home: Option<&Organisation>,
    file: &HolderFile,
    card: &Card,
    institutions: &Institutions,
) -> bool {
    let Some(home) = home else { return true };
    let outlet = file.application(card.application).and_then(|a| institutions.org(a.collect_at));
    outlet.is_some_and(|o| match home.kind {
        OrgKind::HrOutlet | OrgKind::BankOutlet => o.id == home.id,
        OrgKind::CountyCentre => o.division == home.division,
        OrgKind::CityCentre => o.city() == home.city(),
        OrgKind::ProvinceCentre => true,
    })
}

fn row(
    file: &HolderFile,
    card: &Card,
    batch: (&str, &BatchFile),
    institutions: &Institutions,
    (packed, today): (Option<&str>, Option<Date>),
) -> Signed {
    clause!(R12.2);
    let (number, batch) = batch;
    let in_box = if let Custody::InBox { r#box } = card.custody { batch.box_file(r#box) } else { None };
    let name = file.person.as_ref().map(|p| p.details.name.masked()).unwrap_or_default();
    let place = card_position(card, Some(batch), institutions).map_or("数据不一致", |p| p.name());
    // Nobody knows which of its cards are the ones that a box lacks.
    let place = match in_box.map_or(0, BoxFile::short) {
        0 => place.to_owned(),
        short => format!("{place}（箱内短少{short}张，尚未查明是哪一张）"),
    };
    // Where a card is on its way is not whether it can be used.
    let held = if card.is_cancelled() { String::new() } else { card.holds_said() };
    let place = if held.is_empty() { place } else { format!("{place}，{held}") };
    let s = card.signature.as_ref();
    let who = s.map(|s| match &s.deputy {
        Some((name, relation)) => format!("{name}（{}）", relation.name()),
        None => "本人".to_owned(),
    });
    // What is to be posted, or in the post, is known before anybody signs.
    let posted = matches!(card.custody, Custody::InPost { .. }) || waits_to_be_posted(file, card);
    let manner = s.map(|s| s.manner).or(posted.then_some(Manner::Post));
    let proof = s.and_then(|s| s.proof.as_ref()).map(|p| format!("投递签收凭证{}", p.number));
    let cells = [
        number.to_owned(),
        packed.unwrap_or_default().to_owned(),
        card.card_no.as_str().to_owned(),
        name,
        place,
        s.map(|s| s.on.to_string()).unwrap_or_default(),
        manner.map(|m| m.name().to_owned()).unwrap_or_default(),
        who.unwrap_or_default(),
        proof.unwrap_or_default(),
        s.map(|s| kept_until(s.on).to_string()).unwrap_or_default(),
    ];
    let with_employer = in_box.is_some_and(|b| matches!(b.keeper, Party::Employer(_)));
    let child = today.is_some_and(|on| file.person.as_ref().is_some_and(|p| p.details.needs_guardian(on)));
    Signed { holder: file.id, card: card.id, cells, with_employer, signs_himself: !child }
}

/// The box that a card was packed into: where it lies, or, once it left it, as its vendor said when it was made.
async fn packed_in(store: &Store, holder: HolderId, card: &Card) -> Result<Option<BoxId>, StoreError> {
    clause!(R12.2);
    if let Custody::InBox { r#box } = card.custody {
        return Ok(Some(r#box));
    }
    let made = Verb::TakeProductionReturn.code();
    for line in store.entries_doing(Subject::Holder(holder), made, CARDS_OF_ONE).await? {
        for event in store.holder_events(&line)? {
            if let HolderEvent::CardMade { card: made, .. } = event
                && made.id == card.id
                && let Custody::InBox { r#box } = made.custody
            {
                return Ok(Some(r#box));
            }
        }
    }
    Ok(None)
}

/// The register of a batch for an organisation, or all of it; `None` when there is no such batch. Reads only. `today` is asked for where somebody is
/// to sign.
pub async fn register(
    store: &Store,
    institutions: &Institutions,
    id: BatchId,
    home: Option<&Organisation>,
    today: Option<Date>,
) -> Result<Option<Register>, StoreError> {
    clause!(R12.2);
    let loaded = store.load(&LoadRequest { batches: vec![id], ..LoadRequest::default() }).await?;
    let Some(batch) = loaded.batches.get(&id) else { return Ok(None) };
    let number = batch.batch.as_ref().map(|b| b.number.clone()).unwrap_or_default();
    let boxes: BTreeMap<BoxId, String> = batch.boxes.iter().map(|b| (b.id, b.number.clone())).collect();
    let mut cards = Vec::new();
    let mut after = HolderId(i64::MIN);
    loop {
        let page = store.cards_of_batch(id, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.0;
        let holders = page.iter().map(|p| p.0).collect();
        let loaded = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        for (holder, card) in page {
            let Some(file) = loaded.holders.get(&holder) else { continue };
            let Some(card) = file.card(card).filter(|c| concerns(home, file, c, institutions)) else {
                continue;
            };
            let packed = packed_in(store, holder, card).await?;
            let packed = packed.and_then(|b| boxes.get(&b)).map(String::as_str);
            cards.push(row(file, card, (&number, batch), institutions, (packed, today)));
        }
    }
    cards.sort_by(|a, b| a.cells.cmp(&b.cells));
    let here = |b: &&BoxFile| home.is_none_or(|h| h.id == b.outlet || !h.kind.is_outlet());
    let boxes = batch.boxes.iter().filter(|b| !b.papers.is_empty()).filter(here).cloned().collect();
    Ok(Some(Register { number, cards, boxes }))
}

/// The newest of some batches, each once.
pub(crate) fn newest(mut all: Vec<BatchId>, most: i64) -> Vec<BatchId> {
    all.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    all.dedup();
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    all
}

impl Service {
    /// 发放登记册: the newest batches of which an organisation gives cards out, newest first, [`NEWEST_ON_A_LIST`] at most; an older one is
    /// asked for by its number.
    pub async fn registers_for(&self, actor: &Actor) -> Result<Vec<ListedBatch>, Failure> {
        let home = self.org_of(actor, Verb::PrintRegister, |home| Place::At(home.id))?;
        // A county gives cards out by the offices in it.
        let whole = matches!(home.kind, OrgKind::CityCentre | OrgKind::ProvinceCentre);
        let institutions = self.institutions();
        let offices = institutions.orgs().filter(|o| {
            !whole && (o.id == home.id || (home.kind == OrgKind::CountyCentre && o.division == home.division))
        });
        if whole {
            let city = home.city();
            let asked = BatchesAsked { city: city.as_ref().map(CityCode::as_str), ..BatchesAsked::default() };
            return Ok(self.store().batches(asked, NEWEST_ON_A_LIST).await?);
        }
        let mut own = Vec::new();
        for office in offices {
            own.extend(self.store().batches_of_outlet(office.id, NEWEST_ON_A_LIST).await?);
        }
        let own = self.store().batches_with(newest(own, NEWEST_ON_A_LIST), &[]).await?;
        let listed =
            own.into_iter().rev().filter_map(|(id, file)| Some(ListedBatch { id, batch: file.batch? }));
        Ok(listed.collect())
    }

    /// 打印发放登记册 of a batch, of the cards that the officer's organisation gives out; the line of it comes first.
    pub async fn register_for(&self, ctx: Ctx, id: BatchId) -> Result<Seen<Register>, Failure> {
        let home = self.org_of(&ctx.actor, Verb::PrintRegister, |home| Place::At(home.id))?;
        let found =
            register(self.store(), &self.institutions(), id, Some(&home), Some(self.now().date())).await?;
        let found = found.ok_or_else(|| refused_by(clause!(R12.2), Reason::NotFound))?;
        let rows = i64::try_from(found.cards.len()).unwrap_or(i64::MAX);
        let command = BatchCommand::PrintRegister { org: home.id, rows };
        let line = self.execute(ctx, Command::Batch { id, command }).await?;
        Ok(Seen::journaled(&line, found))
    }

    /// The unit application that the people in a box applied with, by the number of its form; any of theirs when none has it. It
    /// names nobody.
    pub async fn unit_of_box(&self, r#box: BoxId, form_no: &str) -> Result<Option<UnitId>, Failure> {
        let mut known: Option<UnitId> = None;
        let mut after = HolderId(i64::MIN);
        loop {
            let page = self.store().box_people(r#box, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(known) };
            after = last.0;
            let holders = page.iter().map(|p| p.0).collect();
            let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            let mut units: Vec<UnitId> =
                page.iter().filter_map(|(holder, card)| loaded.holders.get(holder)?.unit_of(*card)).collect();
            units.sort_unstable();
            units.dedup();
            let found =
                self.store().load(&LoadRequest { units: units.clone(), ..LoadRequest::default() }).await?;
            let named = |id: &UnitId| {
                found
                    .units
                    .get(id)
                    .and_then(|u| u.application.as_ref())
                    .is_some_and(|a| a.form_no == form_no.trim())
            };
            if let Some(unit) = units.iter().copied().find(named) {
                return Ok(Some(unit));
            }
            known = known.or(units.first().copied());
        }
    }

    /// 查看批量领卡材料: a paper that an employer's operator left, with the reason; the line comes first.
    pub async fn read_box_paper(
        &self,
        ctx: Ctx,
        batch: BatchId,
        (r#box, material): (BoxId, MaterialId),
        reason: &str,
    ) -> Result<Seen<Vec<u8>>, Failure> {
        clause!(R40.1);
        let command = BatchCommand::OpenPaper { r#box, material, reason: reason.into() };
        let line = self.execute(ctx, Command::Batch { id: batch, command }).await?;
        let found = self.store().material(material).await?;
        Ok(Seen::journaled(&line, found.ok_or_else(|| refused_by(clause!(R40.1), Reason::NotFound))?))
    }
}
