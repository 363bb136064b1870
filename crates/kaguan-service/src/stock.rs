//! Pre-made cards 预制卡 for those who order, keep and count them (Article 36). They are nobody's, so that no list has a line of its own;
//! who may see which is the matrix's, by the area.

use crate::exchange::{refused, refused_by};
use crate::lists::{Narrow, Part};
use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::stock_moves::LostBlank;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::distribution::{Listed, compare};
use kaguan_domain::facts::blank::{BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrder, BlankOrderFile, Step};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::difference::Settled;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::names::{BlankStateKind, StepKind};
use kaguan_domain::ids::{BankCode, BlankId, BlankOrderId, CityCode, OrgId, VendorCode};
use kaguan_domain::instant::{
    BlankCommand, BlankOrderCommand, BoxStands, Find, Spoil, decide_blank, decide_order, sees_box,
};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::spelling;
use kaguan_store::OrdersAsked;
use std::collections::{BTreeMap, BTreeSet};

/// Orders of one part of a list.
const IN_A_PART: i64 = 200;
/// Digits of the codes of city and bank, behind the letter with which an order's number begins.
const CODES: usize = 9;
/// Cards that are read at once.
const PAGE: i64 = 2_000;

/// What a card is called that was not there when it was counted: a lost one and a damaged one are not the same (Article 39).
const MISSING: &str = "已缺失";
/// The same once it turned up.
const FOUND: &str = "缺失后找到";
/// Orders of a city that are looked through for a card that was written off.
const LOOKED_THROUGH: i64 = 2_000;

/// A card that the bank or the vendor could not do, or that was spoiled.
pub struct FailedBlank {
    /// 社保卡卡号.
    pub card_no: String,
    /// 银行卡号, printed on it; nothing of one that was never made.
    pub bank_card_no: String,
    /// 装箱位置; nothing of one that was never made.
    pub position: String,
    /// 分配账户失败, 生产失败, 已作废, 已缺失 or 缺失后找到.
    pub state: &'static str,
    /// Why; after 责任方 of one that is missing.
    pub reason: String,
    /// `YYYY-MM-DD`.
    pub on: String,
}

/// Which orders of pre-made cards; what is not chosen is any.
#[derive(Clone, Default, Debug)]
pub struct OrdersChosen {
    pub within: Narrow,
    /// 制卡商
    pub vendor: Option<VendorCode>,
    pub step: Option<StepKind>,
    /// Those with a box that lies at the officer's organisation or comes there, or those with one elsewhere.
    pub own: Option<bool>,
}

impl OrdersChosen {
    /// Those at a step.
    pub fn at(step: Option<StepKind>) -> Self {
        Self { step, ..Self::default() }
    }
}

/// What waits in the stock of pre-made cards of one organisation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StockWork {
    /// Boxes that were not counted today (R36.1: every day), or whose books changed otherwise than by use since they were.
    pub to_count: usize,
    /// Boxes here whose last count differs from the books: until they are counted right.
    pub differing: usize,
    /// The same of the other institutions of the city, for whoever orders.
    pub differing_elsewhere: usize,
    /// Boxes here with a difference that a receipt found and nobody has settled.
    pub unsettled: usize,
    /// Boxes elsewhere with such a difference for which this organisation answers.
    pub answered_for: usize,
    /// Such boxes of the other institutions of the city for which others answer, for whoever orders.
    pub unsettled_elsewhere: usize,
    /// Boxes here, or on their way here, of an order whose return the province found wrong; for whoever orders those of the whole city.
    pub found_wrong: usize,
    /// Boxes here, or on their way here, of an order that the province ended, until they are destroyed; for whoever orders those of the whole city.
    pub ended: usize,
    /// Boxes on their way here.
    pub coming: usize,
    /// 预制卡预警线 of the city; `None` when it has stated none.
    pub limit: Option<u32>,
    /// Who is short of whose cards: this organisation, and for whoever orders every one of the city. How many are left is not told, for
    /// whoever counts sees no books.
    pub low: Vec<(OrgId, BankCode)>,
}

/// A card that was written off in stock.
struct WrittenOff {
    id: BlankId,
    /// Every number that can be read from it, as numbers are compared; empty where it has none.
    numbers: [String; 3],
    lost: LostBlank,
}

impl WrittenOff {
    /// Whether a number, as numbers are compared, is of it.
    fn has(&self, number: &str) -> bool {
        !number.is_empty() && self.numbers.iter().any(|n| n == number)
    }

    /// Whether nobody has found it yet.
    fn is_missing(&self) -> bool {
        self.lost.missing() && self.lost.found.is_none()
    }

    fn said(&self) -> &'static str {
        match (self.lost.missing(), &self.lost.found) {
            (true, Some(_)) => "该卡登记缺失后已登记找到",
            (true, None) => "该卡已登记缺失",
            (false, _) => "该卡已作废",
        }
    }
}

/// What a list of scanned cards says of a box: the numbers of those that it lacks are the books' own.
pub struct Scanned {
    /// Different cards on the list.
    pub counted: usize,
    /// 银行卡号 of the cards of the box that the list lacks: it is printed on a pre-made card.
    pub missing: Vec<String>,
    /// What it has and the box has not: the number as it was written, and what became of the card, where it was written off.
    pub unknown: Vec<(String, String)>,
    pub twice: Vec<String>,
}

/// Every number that can be read from a pre-made card: 银行卡号 is printed on it, 卡号 and 卡识别码 are in its chip.
fn readable(order: &BlankOrder, card: &BlankFile) -> Vec<String> {
    let (BlankState::Made { made, .. } | BlankState::InUse { made, .. }) = &card.state else {
        return Vec::new();
    };
    let mut numbers = vec![made.account.bank.bank_card_no.as_str().to_owned()];
    numbers.extend(order.card_no(card.id.n).map(|n| n.as_str().to_owned()));
    numbers.push(made.chip.as_str().to_owned());
    numbers
}

impl Service {
    /// The organisation of an officer who may see pre-made cards.
    fn stock_keeper(&self, actor: &Actor) -> Result<Organisation, Failure> {
        self.org_of(actor, Verb::LookAtBlanks, |home| Place::At(home.id))
    }

    /// Orders of pre-made cards, newest first: of the officer's city; of everywhere for the province; of an outlet those with a box
    /// that concerns it. As far as they were chosen; before where an earlier part ended.
    pub async fn blank_orders_for(
        &self,
        actor: &Actor,
        chosen: &OrdersChosen,
        before: &str,
    ) -> Result<Part<BlankOrderFile>, Failure> {
        clause!(R36.1);
        let home = self.stock_keeper(actor)?;
        let city = chosen.within.city_of(&home);
        let asked = OrdersAsked {
            city: city.as_ref().map(CityCode::as_str),
            bank: chosen.within.bank_of(&home),
            vendor: chosen.vendor.as_ref().map(VendorCode::as_str),
            step: chosen.step,
            before: before.parse().ok().map(BlankOrderId),
        };
        let found = self.store().blank_orders(asked, IN_A_PART).await?;
        let mut part = Part::of(found, IN_A_PART, |f| f.id.to_string());
        // What lies elsewhere is not an outlet's, unless it answers for what is missing there.
        let outlet = home.kind.is_outlet();
        let holds = |b: &BlankBox| match outlet {
            true => sees_box(&home, b),
            false => chosen.own.is_none_or(|own| b.concerns(home.id) == own),
        };
        if outlet || chosen.own.is_some() {
            part.rows.retain(|f| f.order.as_ref().is_some_and(|o| o.boxes.iter().any(holds)));
            // Nothing of a part may be what was asked for, and something of the next.
            if let Some(more) = part.more.clone().filter(|_| part.rows.is_empty()) {
                return Box::pin(self.blank_orders_for(actor, chosen, &more)).await;
            }
        }
        Ok(part)
    }

    /// How many orders of pre-made cards of the officer's own city the province ended after a day.
    pub async fn orders_ended_after(&self, actor: &Actor, day: Date) -> Result<usize, Failure> {
        clause!(R36.1);
        let Some(city) = self.stock_keeper(actor)?.city() else { return Ok(0) };
        let ended = self.store().blank_orders_ended(city.as_str()).await?;
        let after = |f: &&BlankOrderFile| {
            f.order.as_ref().and_then(|o| o.ended.as_ref()).is_some_and(|ended| ended.on > day)
        };
        Ok(ended.iter().filter(after).count())
    }

    /// One order with its cards counted, in the officer's area.
    pub async fn blank_order_for(&self, actor: &Actor, id: BlankOrderId) -> Result<BlankOrderFile, Failure> {
        let home = self.stock_keeper(actor)?;
        let file = self.store().counted_order(id).await?;
        let file =
            file.filter(|f| f.order.is_some()).ok_or_else(|| refused_by(clause!(R36.1), Reason::NotFound))?;
        let order = file.order.as_ref().ok_or_else(|| refused_by(clause!(R36.1), Reason::NotFound))?;
        let of_area = home.city().is_none_or(|city| city == order.city)
            && (!home.kind.is_outlet() || order.boxes.iter().any(|b| sees_box(&home, b)));
        if of_area { Ok(file) } else { Err(refused(Reason::OutOfScope)) }
    }

    /// An order of pre-made cards by its number, when it is of the officer's area: the number ends with the order's identity.
    pub async fn order_numbered(&self, actor: &Actor, number: &str) -> Result<Option<BlankOrderId>, Failure> {
        clause!(R36.1);
        let digits = number.trim_start_matches(|c: char| !c.is_ascii_digit());
        // Behind the codes of the city and the bank.
        let id = digits.get(CODES..).and_then(|id| id.parse().ok()).map(BlankOrderId);
        let Some(id) = id else { return Ok(None) };
        match self.blank_order_for(actor, id).await {
            Ok(file) => Ok(file.order.filter(|order| order.number == number).map(|_| id)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// The orders with boxes that lie in the officer's area, the cards of each box counted, each with those of its boxes alone that are shown: of
    /// a centre every box of its city, of an outlet its own and those for which it answers; none that is used up. As far as they were chosen,
    /// each box standing in all ways of `stands`.
    pub async fn stock_for(
        &self,
        actor: &Actor,
        chosen: OrdersChosen,
        stands: &[BoxStands],
        before: &str,
    ) -> Result<Part<BlankOrderFile>, Failure> {
        clause!(R36.1);
        let home = self.stock_keeper(actor)?;
        let today = self.now().date();
        let chosen = OrdersChosen { step: Some(StepKind::Made), ..chosen };
        let is_shown = |file: &BlankOrderFile, b: &BlankBox| {
            // One that is on its way is signed for, whatever is in it still.
            let there = file.inside(&b.number) > 0
                || b.has_open_difference()
                || (b.on_the_way.is_some() && b.destroyed.is_none());
            there
                && sees_box(&home, b)
                && chosen.own.is_none_or(|own| b.concerns(home.id) == own)
                && stands.iter().all(|stands| stands.is_of(home.id, file, b, today))
        };
        let mut from = before.to_owned();
        loop {
            let mut made = self.blank_orders_for(actor, &chosen, &from).await?;
            self.store().count_boxes(&mut made.rows).await?;
            for file in &mut made.rows {
                let boxes = file.order.iter().flat_map(|o| &o.boxes);
                let shown: Vec<bool> = boxes.map(|b| is_shown(file, b)).collect();
                let mut shown = shown.into_iter();
                if let Some(order) = &mut file.order {
                    order.boxes.retain(|_| shown.next().unwrap_or_default());
                }
            }
            made.rows.retain(|f| f.order.as_ref().is_some_and(|o| !o.boxes.is_empty()));
            // Nothing of a part may be what was asked for, and something of the next.
            match made.more.clone().filter(|_| made.rows.is_empty()) {
                Some(more) => from = more,
                None => return Ok(made),
            }
        }
    }

    /// The banks of whose pre-made cards some lie at the officer's own organisation and may be given to people: 即时制卡 is offered with them. How
    /// many is not told.
    pub async fn banks_in_stock(&self, actor: &Actor) -> Result<Vec<BankCode>, Failure> {
        clause!(R11.2);
        let home = self.stock_keeper(actor)?;
        let mut files = self.every_order_made(actor).await?;
        let is_here = |b: &BlankBox| b.keeper == Party::Org(home.id) && b.on_the_way.is_none();
        files.retain(|f| f.order.as_ref().is_some_and(|o| o.is_usable() && o.boxes.iter().any(is_here)));
        self.store().count_boxes(&mut files).await?;
        let has = |f: &&BlankOrderFile| {
            f.order.iter().flat_map(|o| &o.boxes).any(|b| is_here(b) && f.inside(&b.number) > 0)
        };
        let found = files.iter().filter(has).filter_map(|f| f.order.as_ref()).map(|o| o.bank.clone());
        Ok(found.collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// Every order whose cards are made, of the officer's area.
    pub(crate) async fn every_order_made(&self, actor: &Actor) -> Result<Vec<BlankOrderFile>, Failure> {
        let made = OrdersChosen::at(Some(StepKind::Made));
        let mut files = self.blank_orders_for(actor, &made, "").await?;
        while let Some(more) = &files.more {
            let next = self.blank_orders_for(actor, &made, more).await?;
            files.rows.extend(next.rows);
            files.more = next.more;
        }
        Ok(files.rows)
    }

    /// What waits in the stock of the officer's own organisation. It says how many boxes, never how many cards: who counts is not told.
    pub async fn stock_work(&self, actor: &Actor) -> Result<StockWork, Failure> {
        clause!(R36.1);
        let home = self.stock_keeper(actor)?;
        let today = self.now().date();
        let policy = home.city().map(|city| self.institutions().policy_of(&city, today)).unwrap_or_default();
        let orders = self.may(actor, Verb::OrderBlanks, &crate::lists::own_city(&home)).is_ok();
        let mut work = StockWork { limit: policy.low_stock, ..StockWork::default() };
        let mut left_of: BTreeMap<(OrgId, BankCode), i64> = BTreeMap::new();
        let mut files = self.every_order_made(actor).await?;
        // Only what is asked for is counted: the boxes that are here, and for whoever orders those of the whole city.
        let is_mine = |b: &BlankBox| b.concerns(home.id) || b.is_answered_for_by(&Party::Org(home.id));
        let here = |f: &BlankOrderFile| f.order.as_ref().is_some_and(|o| o.boxes.iter().any(is_mine));
        files.retain(|f| orders || here(f));
        self.store().count_boxes(&mut files).await?;
        for file in files {
            let Some(order) = &file.order else { continue };
            for b in &order.boxes {
                let stands = |so: BoxStands| so.is_of(home.id, &file, b, today);
                let here = orders || b.concerns(home.id);
                work.coming += usize::from(stands(BoxStands::Coming));
                work.found_wrong += usize::from(here && stands(BoxStands::FoundWrong));
                work.ended += usize::from(here && stands(BoxStands::Ended));
                work.unsettled += usize::from(stands(BoxStands::Unsettled));
                work.answered_for += usize::from(stands(BoxStands::AnsweredFor));
                work.unsettled_elsewhere += usize::from(orders && stands(BoxStands::UnsettledElsewhere));
                let Party::Org(keeper) = b.keeper else { continue };
                if b.on_the_way.is_some() {
                    continue;
                }
                let (own, differs) = (keeper == home.id, stands(BoxStands::Miscounted));
                work.to_count += usize::from(own && stands(BoxStands::ToCount));
                work.differing += usize::from(own && differs);
                work.differing_elsewhere += usize::from(!own && differs && orders);
                let left = file.inside(&b.number);
                if keeper == home.id || orders {
                    // What was ended is nobody's to use: it is no stock that is left.
                    let left = if order.ended.is_some() { 0 } else { left };
                    *left_of.entry((keeper, order.bank.clone())).or_default() += left;
                }
            }
        }
        work.low = left_of.into_iter().filter(|(_, left)| policy.is_low(*left)).map(|(of, _)| of).collect();
        Ok(work)
    }

    /// 回盘检查 and 作废: the cards of an order that failed or were spoiled, with the reasons.
    pub async fn failed_blanks_for(
        &self,
        actor: &Actor,
        id: BlankOrderId,
    ) -> Result<Vec<FailedBlank>, Failure> {
        clause!(R36.3);
        let file = self.blank_order_for(actor, id).await?;
        let institutions = self.institutions();
        let mut out = Vec::new();
        for state in [BlankStateKind::AllocationFailed, BlankStateKind::MakingFailed, BlankStateKind::Spoiled]
        {
            let page = self.store().blanks_after(id, Some(state), 0, PAGE).await?;
            for card in page {
                let (BlankState::AllocationFailed { failure, at }
                | BlankState::MakingFailed { failure, at }
                | BlankState::Spoiled { failure, at, .. }) = &card.state
                else {
                    continue;
                };
                let spoiled = state == BlankStateKind::Spoiled;
                let lost = if spoiled { self.who_lost(&card).await? } else { LostBlank::default() };
                let number = file.order.as_ref().and_then(|o| o.card_no(card.id.n));
                out.push(FailedBlank {
                    card_no: number.map_or_else(String::new, |n| n.as_str().to_owned()),
                    state: match (lost.missing(), &lost.found) {
                        (true, Some(_)) => FOUND,
                        (true, None) => MISSING,
                        (false, _) => card.state.name(),
                    },
                    reason: lost.account(&failure.reason(), &institutions),
                    on: at.date().to_string(),
                    bank_card_no: lost.bank_card_no,
                    position: lost.r#box,
                });
            }
        }
        Ok(out)
    }

    /// Every card that lies in a box.
    async fn cards_in(&self, id: BlankOrderId, r#box: &str) -> Result<Vec<BlankFile>, Failure> {
        let (mut out, mut after) = (Vec::new(), 0);
        loop {
            let page = self.store().blanks_in_box(id, r#box, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(out) };
            after = last.id.n;
            out.extend(page);
        }
    }

    /// 盘点 card by card: what a scanner read, one number a line, beside what lies in the box; the count is recorded first.
    pub async fn count_stock_by_list(
        &self,
        ctx: Ctx,
        id: BlankOrderId,
        r#box: &str,
        list: &str,
    ) -> Result<Scanned, Failure> {
        clause!(R36.1);
        let home = self.stock_keeper(&ctx.actor)?;
        let file = self.blank_order_for(&ctx.actor, id).await?;
        let order = file.order.ok_or_else(|| refused_by(clause!(R36.1), Reason::NotFound))?;
        let cards = self.cards_in(id, r#box).await?;
        let contents: Vec<Vec<String>> = cards.iter().map(|c| readable(&order, c)).collect();
        let Listed { counted, missing, unknown, twice } = compare(&contents, list);
        if counted == 0 {
            let empty = Refusal::about(Reason::MaterialDefective, "清单中没有号码");
            return Err(empty.by(clause!(R36.1)).into());
        }
        // What does not belong into the box is no card of it, however many there are, and the count does not agree with it.
        let cards = i64::try_from(counted - unknown.len()).unwrap_or(i64::MAX);
        let foreign = i64::try_from(unknown.len()).unwrap_or(i64::MAX);
        let command = BlankOrderCommand::Count { r#box: r#box.into(), org: home.id, counted: cards, foreign };
        match self.execute(ctx, Command::BlankOrder { id, command }).await {
            Ok(_) => {}
            // The same count of today stands already; what the list says of the cards is told all the same.
            Err(Failure::Refused(r)) if r.reason == Reason::NothingToDo => {}
            Err(e) => return Err(e),
        }
        let number = |i: usize| contents.get(i).and_then(|n| n.first()).cloned().unwrap_or_default();
        let off = if unknown.is_empty() { Vec::new() } else { self.written_off(&home).await? };
        let became = |n: &String| {
            let card = off.iter().find(|card| card.has(&spelling::number(n)));
            card.map_or_else(String::new, |card| card.said().to_owned())
        };
        let unknown = unknown.into_iter().map(|n| (became(&n), n)).map(|(said, n)| (n, said)).collect();
        Ok(Scanned { counted, missing: missing.into_iter().map(number).collect(), unknown, twice })
    }

    /// The pre-made card that somebody has in hand, by any number that can be read from it: of those that lie at the officer's
    /// organisation or are on their way there.
    pub async fn blank_in_hand(&self, actor: &Actor, typed: &str) -> Result<BlankId, Failure> {
        clause!(R36.2);
        Ok(self.found_in_stock(actor, typed).await?.1.id)
    }

    /// 登记缺失 of a pre-made card that its box was signed for without (`spoil.counted_at`): the shortage is settled with its name, and whoever
    /// answered for the shortage answers for the card. What is refused has changed nothing.
    pub async fn name_missing_blank(
        &self,
        (settling, recording): (Ctx, Ctx),
        typed: &str,
        spoil: Spoil,
    ) -> Result<Receipt, Failure> {
        clause!(R12.1);
        clause!(R36.3);
        let (mut order, card) = self.found_in_stock(&recording.actor, typed).await?;
        let (BlankState::Made { made, .. }, Some(at)) = (&card.state, spoil.counted_at) else {
            return Err(refused_by(clause!(R12.1), Reason::WrongStage));
        };
        let (id, account) = (order.id, format!("核对短少的卡：{}", spoil.reason));
        let (r#box, settled) = (made.r#box.clone(), Settled::Named { at });
        let settle = BlankOrderCommand::SettleDifference { r#box, settled, account };
        let institutions = self.institutions();
        for event in decide_order(&order, &settle, &settling, &institutions)? {
            order.apply(&event, settling.now);
        }
        let spoil = BlankCommand::Spoil(spoil);
        decide_blank(&card, &order, &spoil, &recording, &institutions)?;
        self.execute(settling, Command::BlankOrder { id, command: settle }).await?;
        self.execute(recording, Command::Blank { id: card.id, command: spoil }).await
    }

    async fn found_in_stock(
        &self,
        actor: &Actor,
        typed: &str,
    ) -> Result<(BlankOrderFile, BlankFile), Failure> {
        let home = self.stock_keeper(actor)?;
        let number = spelling::number(typed);
        if number.is_empty() {
            let unsaid = Refusal::about(Reason::MaterialDefective, "须录入预制卡卡面银行卡号或卡识别码");
            return Err(unsaid.by(clause!(R36.1)).way("请按卡面录入后重新提交").into());
        }
        let made = OrdersChosen::at(Some(StepKind::Made));
        let (mut more, mut lost) = (Some(String::new()), None);
        while let Some(before) = more {
            let part = self.blank_orders_for(actor, &made, &before).await?;
            more = part.more;
            for file in part.rows {
                let Some(order) = &file.order else { continue };
                if !matches!(order.step, Step::Made { .. }) {
                    continue;
                }
                let mut card = None;
                for b in order.boxes.iter().filter(|b| b.concerns(home.id)) {
                    let found = self.cards_in(file.id, &b.number).await?;
                    let named =
                        |c: &BlankFile| readable(order, c).iter().any(|n| spelling::number(n) == number);
                    card = found.into_iter().find(named);
                    if card.is_some() {
                        break;
                    }
                }
                if let Some(card) = card {
                    return Ok((file, card));
                }
                if lost.is_none() {
                    lost = self.lost_in_stock(home.id, &file, &number).await?;
                }
            }
        }
        let unknown = || {
            let unknown = Refusal::about(Reason::NotFound, "在本机构保管的预制卡");
            unknown
                .by(clause!(R36.1))
                .way("请核对卡面号码后重试；登记缺失的卡找到的，在“出入库与盘点”登记找到")
        };
        Err(lost.unwrap_or_else(unknown).into())
    }

    /// Why a card of the boxes of an organisation is in stock no more: it was written off there, as missing or as damaged. `None` when the
    /// number, as it stands on the card, is of none of them.
    async fn lost_in_stock(
        &self,
        home: OrgId,
        file: &BlankOrderFile,
        number: &str,
    ) -> Result<Option<Refusal>, Failure> {
        clause!(R36.3);
        let Some(order) = &file.order else { return Ok(None) };
        for card in self.store().blanks_after(file.id, Some(BlankStateKind::Spoiled), 0, PAGE).await? {
            let BlankState::Spoiled { r#box, .. } = &card.state else { continue };
            if order.box_of(r#box).is_none_or(|b| !b.concerns(home)) {
                continue;
            }
            let off = self.as_written_off(order, card).await?;
            if off.has(number) {
                let way = match off.is_missing() {
                    true => "请核对卡面号码；该卡已找到的，在“出入库与盘点”登记找到，不得再用",
                    false => "请核对卡面号码；该卡不得再用，另取一张在库的预制卡",
                };
                return Ok(Some(Refusal::about(Reason::BlankSpent, off.said()).way(way)));
            }
        }
        Ok(None)
    }

    async fn as_written_off(&self, order: &BlankOrder, card: BlankFile) -> Result<WrittenOff, Failure> {
        let lost = self.who_lost(&card).await?;
        let of_chip = order.card_no(card.id.n);
        let numbers =
            [lost.bank_card_no.as_str(), lost.chip.as_str(), of_chip.as_ref().map_or("", |n| n.as_str())];
        let numbers = numbers.map(spelling::number);
        Ok(WrittenOff { id: card.id, numbers, lost })
    }

    /// The cards of an officer's city that were written off in stock, as missing or as damaged.
    async fn written_off(&self, home: &Organisation) -> Result<Vec<WrittenOff>, Failure> {
        clause!(R36.3);
        let Some(city) = home.city() else { return Ok(Vec::new()) };
        let asked =
            OrdersAsked { city: Some(city.as_str()), step: Some(StepKind::Made), ..OrdersAsked::default() };
        let mut out = Vec::new();
        for file in self.store().blank_orders(asked, LOOKED_THROUGH).await? {
            let Some(order) = &file.order else { continue };
            for card in self.store().blanks_after(file.id, Some(BlankStateKind::Spoiled), 0, PAGE).await? {
                let BlankState::Spoiled { r#box, .. } = &card.state else { continue };
                // One that failed at a counter never lay in stock again.
                if !r#box.is_empty() {
                    out.push(self.as_written_off(order, card).await?);
                }
            }
        }
        Ok(out)
    }

    /// 登记找到: the missing card that an officer of the city has in hand, by any number that can be read from it; his organisation keeps it.
    pub async fn record_blank_found(&self, ctx: Ctx, typed: &str, account: &str) -> Result<Receipt, Failure> {
        clause!(R36.3);
        let home = self.stock_keeper(&ctx.actor)?;
        let number = spelling::number(typed);
        let off = if number.is_empty() { Vec::new() } else { self.written_off(&home).await? };
        let Some(card) = off.into_iter().find(|card| card.has(&number)) else {
            let unknown = Refusal::about(Reason::NotFound, "本市登记缺失的预制卡");
            return Err(unknown.by(clause!(R36.3)).way("请核对卡面号码后重试").into());
        };
        let missing_from = card.lost.keeper.filter(|_| card.lost.answers.is_some());
        let find = Find { org: home.id, account: account.to_owned(), missing_from };
        self.execute(ctx, Command::Blank { id: card.id, command: BlankCommand::Find(find) }).await
    }
}
