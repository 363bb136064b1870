//! Boxes of finished cards for those who count them and those who look where they are (Article 12).

use crate::decisions::HowMany;
use crate::exchange::{refused, refused_by};
use crate::lists::{Part, after_holder};
use crate::outcome::Failure;
use crate::register::newest;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::collection::ready_said;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::distribution::{CompareBox, Listed, PassedOn, compare, goes_on, waits_to_be_taken_over};
use kaguan_domain::facts::batch::{Batch, BatchFile};
use kaguan_domain::facts::boxes::{BoxFile, Concern};
use kaguan_domain::facts::card::{Card, Hold};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::institution::{Institutions, OrgKind, Organisation};
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::{BankCode, BatchId, BoxId, CardId, CardNumber, CityCode, HolderId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::spelling;
use kaguan_store::{BatchesAsked, BoxesChosen, ListedBatch, ListedBox, LoadRequest, LooseIn, STOCK};

/// Batches to choose from.
const ON_A_PAGE: i64 = 200;
/// Boxes with a difference in a part of their list.
const DIFFERING_IN_A_PART: usize = 16;
/// Single cards in a part of their list.
const SINGLE_CARDS: usize = 100;
/// People that are read at once.
const PAGE: i64 = 500;

/// A card of the box that the list lacks.
pub struct LackingCard {
    pub holder: HolderId,
    pub card: CardId,
    /// 社保卡卡号.
    pub card_no: String,
    /// Masked.
    pub name: String,
}

/// What a list of cards in hand says of a box.
pub struct ComparedBox {
    /// Different cards on the list.
    pub counted: usize,
    pub missing: Vec<LackingCard>,
    pub unknown: Vec<String>,
    pub twice: Vec<String>,
}

/// What waits of the boxes of finished cards of one office, how many of each. It names nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BoxWork {
    /// On their way here, and whether there are more.
    pub coming: HowMany,
    /// Signed for here, and to be sent on.
    pub to_send_on: HowMany,
    /// Here, with a difference that a receipt found and nobody has settled.
    pub unsettled: usize,
    /// Elsewhere with such a difference, for which this office answers.
    pub answered_for: usize,
    /// The same for which others answer, for the centre of their area.
    pub unsettled_elsewhere: usize,
}

/// Which of the boxes with a difference; what is not chosen is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct DifferingChosen {
    /// The office that keeps them.
    pub keeper: Option<OrgId>,
    pub concern: Option<Concern>,
}

/// A box with a difference that a receipt found and nobody has settled.
pub struct DifferingBox {
    pub row: ListedBox,
    /// 批次号.
    pub of: String,
    pub concern: Concern,
    /// Whether its reader may see where the boxes of its batch are.
    pub opens: bool,
}

/// A finished card that somebody has in hand: what a command about it needs, and where it goes from here. It names nobody.
pub struct CardInHand {
    pub holder: HolderId,
    pub card: CardId,
    /// Where its holder collects it; `None` of one that is never handed out any more.
    pub collected_at: Option<OrgId>,
    /// The centre of its city, where the card was not taken back at once by whoever has it (the province); `None` elsewhere.
    pub centre: Option<OrgId>,
    /// Why it is not handed out now, though its holder may have it some day; `None` when nothing stands against it.
    pub held: Option<Refusal>,
    /// Whether its holder's death is confirmed: whoever may takes it back.
    pub of_the_dead: bool,
    /// What its holder hears when it comes to whoever asks; `None` where it is not handed out for the first time.
    pub told: Option<&'static str>,
    /// Whether whoever asks is an outlet that does not give it out: it has to go on.
    pub goes_on: bool,
}

/// 待转接的单张卡: a card that lies outside any box with an office that does not hand it out. It names nobody.
pub struct SingleCard {
    pub holder: HolderId,
    pub card: CardId,
    /// 社保卡卡号.
    pub card_no: String,
    pub bank: BankCode,
    /// Who keeps it.
    pub keeper: OrgId,
    /// Who takes it over: where its holder collects it, or the city's centre of one that is cancelled.
    pub goes_to: OrgId,
    /// Whether it is cancelled: whoever takes it over takes it back.
    pub cancelled: bool,
    /// What lies on it, as 死亡已核实; empty when it can be handed out there.
    pub held: String,
    /// Whether its holder's death is confirmed: whoever may takes it back.
    pub of_the_dead: bool,
    /// Whether its six months are over and the time to take it back runs (逾期未领).
    pub overdue: bool,
}

/// Where a box with a difference stands in their list: by how it concerns the office, then by its batch.
fn place_of(concern: Concern, b: &ListedBox) -> (u8, i64, i64) {
    let rank = match concern {
        Concern::Here => 0,
        Concern::Answers => 1,
        Concern::Elsewhere => 2,
    };
    (rank, b.batch.0, b.file.id.0)
}

/// The same as an address says it.
fn read_place(after: &str) -> Option<(u8, i64, i64)> {
    let mut parts = after.split('.');
    let (rank, batch, id) = (parts.next()?, parts.next()?, parts.next()?);
    Some((rank.parse().ok()?, batch.parse().ok()?, id.parse().ok()?))
}

/// Every number that can be read from a card, and what is told of it.
struct InBox {
    numbers: Vec<String>,
    told: LackingCard,
}

impl Service {
    /// The cards that lie in a box.
    async fn lying_in(&self, r#box: BoxId) -> Result<Vec<InBox>, Failure> {
        let (mut out, mut after) = (Vec::new(), HolderId(i64::MIN));
        loop {
            let page = self.store().box_people(r#box, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(out) };
            after = last.0;
            let holders = page.iter().map(|p| p.0).collect();
            let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            for (holder, card) in page {
                let Some((file, card)) = loaded.holders.get(&holder).and_then(|f| Some((f, f.card(card)?)))
                else {
                    continue;
                };
                if !matches!(card.custody, Custody::InBox { r#box: at } if at == r#box) {
                    continue;
                }
                let details = file.person.as_ref().map(|p| &p.details);
                let card_no = card.card_no.as_str().to_owned();
                let mut numbers = vec![card_no.clone(), card.bank_account.bank_card_no.as_str().to_owned()];
                numbers.extend(details.map(|d| d.ssn.as_str().to_owned()));
                let name = details.map(|d| d.name.masked()).unwrap_or_default();
                out.push(InBox { numbers, told: LackingCard { holder, card: card.id, card_no, name } });
            }
        }
    }

    /// The card of a number that is printed on it (社保卡卡号 or 银行卡号), for the command that follows: whoever has it in hand needs no file for
    /// that.
    pub async fn card_in_hand(&self, actor: &Actor, typed: &str) -> Result<CardInHand, Failure> {
        clause!(R12.1);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let number = spelling::looked_for(typed);
        if number.is_empty() {
            let unsaid = Refusal::about(Reason::MaterialDefective, "须填写社保卡卡号或银行卡号");
            return Err(unsaid.by(clause!(R12.1)).way("请按卡面填写后重新提交").into());
        }
        let nobodys = || {
            let unknown = Refusal::about(Reason::NotFound, "该号码的社保卡");
            Failure::from(unknown.by(clause!(R12.1)).way("请核对卡面号码后重试"))
        };
        let owner = match CardNumber::parse(&number) {
            Ok(number) => {
                let claim = Claim::card_number(&number);
                let want = LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() };
                // The number of a pre-made card in stock is nobody's.
                self.store().load(&want).await?.claims.get(&claim).copied().filter(|id| *id != STOCK)
            }
            Err(_) => self.card_of_bank_number(&number).await?.map(|(holder, _, _)| holder),
        };
        let (file, _) = self.file(owner.ok_or_else(nobodys)?).await?.ok_or_else(nobodys)?;
        let is = |c: &&Card| c.card_no.as_str() == number || c.bank_account.bank_card_no.as_str() == number;
        let card = file.cards.iter().find(is).ok_or_else(nobodys)?;
        let outlet = file.application(card.application).map(|a| a.collect_at);
        let collected_at = outlet.filter(|_| !card.is_cancelled());
        let held = card.is_held().then(|| Refusal::held_back(card));
        let of_the_dead = card.holds.contains(&Hold::DeathConfirmed);
        let told = ready_said(&file, card, &home);
        let institutions = self.institutions();
        let goes_on = goes_on(&file, card, &home);
        let centre = institutions.city_centre(&card.city).filter(|_| home.city().is_none()).map(|o| o.id);
        let (holder, card) = (file.id, card.id);
        Ok(CardInHand { holder, card, collected_at, centre, held, of_the_dead, told, goes_on })
    }

    /// What waits of the boxes of the officer's organisation, on its first page: asked once.
    pub async fn box_work(&self, actor: &Actor) -> Result<BoxWork, Failure> {
        clause!(R12.1);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let city = home.city();
        let city = city.as_ref().map(CityCode::as_str);
        let waiting = self.store().boxes_waiting(home.id, city, ON_A_PAGE).await?;
        let full = |rows: &[ListedBox]| i64::try_from(rows.len()).is_ok_and(|n| n >= ON_A_PAGE);
        // What was closed when it was empty goes nowhere.
        let goes_on = waiting.to_send_on.iter().filter(|b| b.file.arrived.is_none()).count();
        let mut work = BoxWork {
            coming: (waiting.coming.len(), full(&waiting.coming)),
            to_send_on: (goes_on, full(&waiting.to_send_on)),
            ..BoxWork::default()
        };
        for b in &waiting.unsettled {
            match b.file.difference_concerns(home.id) {
                Some(Concern::Here) => work.unsettled += 1,
                Some(Concern::Answers) => work.answered_for += 1,
                Some(Concern::Elsewhere) => work.unsettled_elsewhere += usize::from(is_centre(&home)),
                None => {}
            }
        }
        Ok(work)
    }

    /// 清点差异: the boxes with one that nobody has settled, which the officer's organisation has, answers for, or as a centre oversees; in this
    /// order, each with how it concerns the organisation.
    pub async fn differing_boxes(&self, actor: &Actor) -> Result<Vec<(Concern, ListedBox)>, Failure> {
        clause!(R12.1);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let city = home.city();
        let found = self.store().boxes_unsettled(city.as_ref().map(CityCode::as_str)).await?;
        let concern = |b: ListedBox| {
            let concern = b.file.difference_concerns(home.id)?;
            (concern != Concern::Elsewhere || is_centre(&home)).then_some((concern, b))
        };
        let mut found: Vec<_> = found.into_iter().filter_map(concern).collect();
        found.sort_by_key(|(concern, b)| place_of(*concern, b));
        Ok(found)
    }

    /// A part of them, as far as they were chosen, after a box of an earlier part.
    pub async fn differing_part(
        &self,
        actor: &Actor,
        mut all: Vec<(Concern, ListedBox)>,
        chosen: DifferingChosen,
        after: &str,
    ) -> Result<Part<DifferingBox>, Failure> {
        clause!(R12.1);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        // Also when what the earlier part ended with is settled meanwhile.
        if let Some(last) = read_place(after) {
            all.retain(|(concern, b)| place_of(*concern, b) > last);
        }
        let is_chosen = |(concern, b): &(Concern, ListedBox)| {
            chosen.concern.is_none_or(|only| only == *concern)
                && chosen.keeper.is_none_or(|only| b.file.keeper == Party::Org(only))
        };
        all.retain(is_chosen);
        let more = all.len() > DIFFERING_IN_A_PART;
        all.truncate(DIFFERING_IN_A_PART);
        let mut of: Vec<BatchId> = all.iter().map(|(_, b)| b.batch).collect();
        of.sort_unstable();
        of.dedup();
        let batches = self.store().batches_with(of, &[]).await?;
        let institutions = self.institutions();
        let mut rows = Vec::with_capacity(all.len());
        for (concern, row) in all {
            let gone = || Failure::broken("a box belongs to no batch");
            let file = batches.get(&row.batch).ok_or_else(gone)?;
            let batch = file.batch.as_ref().ok_or_else(gone)?;
            let opens = sees_tree(&home, batch, &file.boxes, &institutions);
            rows.push(DifferingBox { of: batch.number.clone(), row, concern, opens });
        }
        let key = |b: &DifferingBox| {
            let (concern, batch, id) = place_of(b.concern, &b.row);
            format!("{concern}.{batch}.{id}")
        };
        let more = rows.last().filter(|_| more).map(key);
        Ok(Part { rows, more })
    }

    /// 待转接的单张卡: those that the own office signs for, of an outlet what its holders collect, of a city's centre what is cancelled, whichever
    /// office has them; and of a centre those that it keeps. After one card of an earlier part.
    pub async fn single_cards(&self, actor: &Actor, after: &str) -> Result<Part<SingleCard>, Failure> {
        clause!(R12.1);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let institutions = self.institutions();
        let mut rows = Vec::new();
        let mut after = (after_holder(after), CardId(i64::MAX));
        loop {
            let mut page = Vec::new();
            if let Some(own) = PassedOn::by(&home) {
                page.append(&mut self.store().cards_passed_on(&own, after, PAGE).await?);
            }
            if !home.kind.is_outlet() {
                let here = LooseIn { outlet: Some(home.id), ..LooseIn::default() };
                let kept = self.store().cards_loose(CustodyKind::AtOutlet, here, after, PAGE).await?;
                page.extend(kept);
            }
            page.sort_unstable();
            page.dedup();
            page.truncate(usize::try_from(PAGE).unwrap_or_default());
            let holders = page.iter().map(|p| p.0).collect();
            let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            for (holder, card) in &page {
                let Some((file, card)) = loaded.holders.get(holder).and_then(|f| Some((f, f.card(*card)?)))
                else {
                    continue;
                };
                let Some((keeper, goes_to)) = waits_to_be_taken_over(file, card, &institutions) else {
                    continue;
                };
                if keeper != home.id && goes_to != home.id {
                    continue;
                }
                rows.push(SingleCard {
                    holder: file.id,
                    card: card.id,
                    card_no: card.card_no.as_str().to_owned(),
                    bank: card.bank.clone(),
                    keeper,
                    goes_to,
                    cancelled: card.is_cancelled(),
                    held: if card.is_held() { card.holds_said() } else { String::new() },
                    of_the_dead: card.holds.contains(&Hold::DeathConfirmed),
                    overdue: card.recall_clock().is_some_and(|(why, _)| why == NoticeKind::Uncollected),
                });
            }
            match page.last().filter(|_| i64::try_from(page.len()).is_ok_and(|n| n >= PAGE)) {
                Some(last) if rows.len() < SINGLE_CARDS => after = *last,
                // Whoever has several cards is in one part with all of them.
                Some(last) => {
                    let last = last.0;
                    rows.retain(|row: &SingleCard| row.holder != last);
                    let more = rows.last().map_or(last, |row| row.holder);
                    return Ok(Part { rows, more: Some(more.to_string()) });
                }
                None => return Ok(Part { rows, more: None }),
            }
        }
    }

    /// 逐张核对 of a box that the officer's organisation has in hand; the line comes first.
    pub async fn compare_box(
        &self,
        ctx: Ctx,
        batch: BatchId,
        r#box: BoxId,
        list: &str,
    ) -> Result<Seen<ComparedBox>, Failure> {
        clause!(R12.1);
        let home = self.org_of(&ctx.actor, Verb::CompareBox, |home| Place::At(home.id))?;
        let contents = self.lying_in(r#box).await?;
        let numbers: Vec<Vec<String>> = contents.iter().map(|c| c.numbers.clone()).collect();
        let Listed { counted, missing, unknown, twice } = compare(&numbers, list);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let command = BatchCommand::Compare(CompareBox {
            r#box,
            org: home.id,
            listed: count(counted),
            missing: count(missing.len()),
            unknown: count(unknown.len()),
        });
        let line = self.execute(ctx, Command::Batch { id: batch, command }).await?;
        let lacks = contents.into_iter().enumerate().filter(|(i, _)| missing.contains(i));
        let missing = lacks.map(|(_, c)| c.told).collect();
        Ok(Seen::journaled(&line, ComparedBox { counted, missing, unknown, twice }))
    }

    /// 箱树: the batches whose boxes the officer may see, newest first: of a county those for the offices in it.
    pub async fn trees_for(&self, actor: &Actor) -> Result<Vec<ListedBatch>, Failure> {
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        if is_centre(&home) {
            let city = home.city();
            let asked = BatchesAsked { city: city.as_ref().map(CityCode::as_str), ..BatchesAsked::default() };
            return Ok(self.store().batches(asked, ON_A_PAGE).await?);
        }
        let institutions = self.institutions();
        let mut own = Vec::new();
        for office in institutions.orgs().filter(|o| gives_out(&home, o)) {
            own.extend(self.store().batches_of_outlet(office.id, ON_A_PAGE).await?);
        }
        let any = BoxesChosen::default();
        let here = self.store().boxes_at(home.id, any, BoxId(i64::MIN), ON_A_PAGE).await?;
        own.extend(here.iter().map(|b| b.batch));
        let own = self.store().batches_with(newest(own, ON_A_PAGE), &[]).await?;
        let listed =
            own.into_iter().rev().filter_map(|(id, file)| Some(ListedBatch { id, batch: file.batch? }));
        Ok(listed.collect())
    }

    /// The boxes that the officer's organisation keeps or waits for and that have this number (装箱位置), each with the number of its batch.
    pub async fn boxes_numbered(
        &self,
        actor: &Actor,
        number: &str,
    ) -> Result<Vec<(ListedBox, String)>, Failure> {
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let found = self.store().boxes_numbered(home.id, number, ON_A_PAGE).await?;
        let batches = self.store().batches_with(found.iter().map(|b| b.batch).collect(), &[]).await?;
        let numbered = |b: ListedBox| {
            let number = batches.get(&b.batch)?.batch.as_ref()?.number.clone();
            Some((b, number))
        };
        Ok(found.into_iter().filter_map(numbered).collect())
    }

    /// The batch that has this number; it names nobody.
    pub async fn batch_numbered(&self, number: &str) -> Result<Option<BatchId>, Failure> {
        Ok(self.store().batch_numbered(number).await?)
    }

    /// A batch with the boxes of it that the officer may see: all of its city's for the centre, of an outlet those that it keeps, that come
    /// to it or are for it, of a county those for the offices in it as well.
    pub async fn tree_for(&self, actor: &Actor, id: BatchId) -> Result<BatchFile, Failure> {
        clause!(R12.2);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let mut file = self.batch(id).await?.ok_or_else(|| refused_by(clause!(R12.1), Reason::NotFound))?;
        let batch = file.batch.as_ref().ok_or_else(|| refused_by(clause!(R12.1), Reason::NotFound))?;
        let institutions = self.institutions();
        if !sees_tree(&home, batch, &file.boxes, &institutions) {
            return Err(refused(Reason::OutOfScope));
        }
        file.boxes.retain(|b| sees_box(&home, b, &institutions));
        Ok(file)
    }

    /// Whether the officer would be shown 成品卡去向 of a batch, and its 发放登记册 with a card on it.
    pub(crate) fn opens_of(&self, actor: &Actor, file: &BatchFile) -> [bool; 2] {
        clause!(R12.2);
        let Some(batch) = &file.batch else { return [false; 2] };
        let institutions = self.institutions();
        let home = |verb| self.org_of(actor, verb, |home| Place::At(home.id));
        let tree = home(Verb::LookAtBoxes);
        let register = home(Verb::PrintRegister);
        let gives = |home: &Organisation, b: &BoxFile| {
            is_centre(home) || institutions.org(b.outlet).is_some_and(|o| gives_out(home, o))
        };
        [
            tree.is_ok_and(|home| sees_tree(&home, batch, &file.boxes, &institutions)),
            register.is_ok_and(|home| in_area(&home, batch) && file.boxes.iter().any(|b| gives(&home, b))),
        ]
    }
}

/// Whether a batch is of an organisation's city; of any for the province.
fn in_area(home: &Organisation, batch: &Batch) -> bool {
    home.city().is_none_or(|city| city == batch.city)
}

/// Whether an organisation may see where the boxes of a batch are: a centre of each of its area, another office when one of them is its own.
fn sees_tree(home: &Organisation, batch: &Batch, boxes: &[BoxFile], institutions: &Institutions) -> bool {
    in_area(home, batch) && (is_centre(home) || boxes.iter().any(|b| sees_box(home, b, institutions)))
}

/// Whether it may see one of them: it keeps it, waits for it, or gives its cards out.
fn sees_box(home: &Organisation, b: &BoxFile, institutions: &Institutions) -> bool {
    is_centre(home)
        || institutions.org(b.outlet).is_some_and(|o| gives_out(home, o))
        || b.keeper == Party::Org(home.id)
        || b.on_the_way.as_ref().is_some_and(|way| way.to == home.id)
}

/// Whether an office gives cards out by another, or is it: a county does by the offices in it.
pub(crate) fn gives_out(home: &Organisation, office: &Organisation) -> bool {
    office.id == home.id || (home.kind == OrgKind::CountyCentre && office.division == home.division)
}

/// The province, or a city.
fn is_centre(home: &Organisation) -> bool {
    matches!(home.kind, OrgKind::ProvinceCentre | OrgKind::CityCentre)
}
