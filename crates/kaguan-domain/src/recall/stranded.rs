//! 逾期且滞留 (Articles 32 and 33): what becomes of an uncollected card. Its data go back to the city, its plastic to the bank's
//! store; who was not reached in six months has it cancelled, once the account is known to be empty.

use crate::calendar::add_months_clamped;
use crate::clause;
use crate::collection::overdue_from;
use crate::ctx::{Actor, Ctx};
use crate::facts::batch::BatchFile;
use crate::facts::cancellation::CancelReason;
use crate::facts::card::{BalanceSource, BalanceStated, Card};
use crate::facts::cleaned::cleaned_waits_for;
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, OrgKind, Organisation};
use crate::facts::intent::{Intent, IntentKind};
use crate::ids::{CardId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::recall::is_to_be_given_back;
use crate::refusal::{Reason, Refusal};
use crate::replacement::ended::ends_by_cancelling;
use crate::restriction::{confiscated_waits_for, to_confiscate};
use crate::rule::{Around, Asked, Rule, at_bank_of, in_city_of_card};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 经办机构接收: the city takes in the data of an uncollected card.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ReceiveData {
    pub card: CardId,
    /// 市卡管机构.
    pub org: OrgId,
}

/// 交回服务银行保管: a bank's outlet takes the plastic of an uncollected card into its store.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StorePlastic {
    pub card: CardId,
    /// The bank's outlet.
    pub org: OrgId,
    /// 签收人.
    pub signer: String,
}

/// 账户余额确认: the bank says whether the account of a card is empty; how much is in it is nobody's business here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StateBalance {
    pub card: CardId,
    /// 无余额.
    pub empty: bool,
}

/// 逾期且滞留卡注销.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CancelStranded {
    pub card: CardId,
}

/// The first day after the second offer of a card: six months after it was taken back, or for a card of earlier days, of which
/// that is not known, after it was offered again. `None` when it was not taken back uncollected: what is given back (发还) has no last day.
pub fn second_offer_ends(card: &Card) -> Option<Date> {
    clause!(R33.4);
    let recalled = match &card.custody {
        Custody::Recalled { since, reason: RecallReason::Uncollected, .. } => Some(*since),
        Custody::Recalled { .. } => return None,
        _ => None,
    };
    if recalled.is_none() && card.is_given_back() {
        return None;
    }
    card.recalled_at.or(card.offered_again).or(recalled).map(|at| overdue_from(at.date()))
}

/// The first day on which a card that was taken back uncollected is not to be offered any more: its six months are over, or its second offer
/// failed. `None` of any other, and of one that is cancelled.
pub fn stranded_on(card: &Card) -> Option<Date> {
    clause!(R32.3);
    let Custody::Recalled { since, reason: RecallReason::Uncollected, .. } = &card.custody else {
        return None;
    };
    if card.is_cancelled() {
        return None;
    }
    if card.offered_again.is_some() { Some(since.date()) } else { second_offer_ends(card) }
}

/// 逾期且滞留: taken back uncollected, and not to be offered any more.
pub fn is_stranded(card: &Card, today: Date) -> bool {
    clause!(R32.3);
    stranded_on(card).is_some_and(|from| today >= from)
}

/// 待交回服务银行保管: a card that was taken back uncollected and lies anywhere but at an outlet of its own bank.
pub fn is_to_be_stored(card: &Card, institutions: &Institutions) -> bool {
    clause!(R32.4);
    let Custody::Recalled { org, .. } = &card.custody else { return false };
    let keeper = institutions.org(*org).and_then(|o| o.bank.as_ref());
    belongs_to_its_bank(card) && keeper != Some(&card.bank)
}

/// A card that was taken back uncollected, which its bank keeps, wherever it lies now; a false one is confiscated where it lies.
pub fn belongs_to_its_bank(card: &Card) -> bool {
    clause!(R32.4);
    let uncollected = matches!(card.custody, Custody::Recalled { reason: RecallReason::Uncollected, .. });
    uncollected && !card.is_cancelled() && to_confiscate(card).is_none()
}

/// 逾期未领卡数据待接收: its outlet sent its data, and the city has not received them.
pub fn waits_for_data(card: &Card) -> bool {
    clause!(R32.4);
    card.data_back.is_some_and(|d| d.received.is_none())
}

/// 待确认账户余额: a stranded card that its city may not cancel before its bank has said that nothing is in the account.
pub fn waits_for_balance(card: &Card, today: Date) -> bool {
    clause!(R33.4);
    is_stranded(card, today) && !card.is_known_empty()
}

/// 待追回或回收: a card that came to its end, was cleaned, or is to be confiscated, before its holder had it and lies with an office, which takes it back, in a
/// box, out of which whoever's turn it is takes it ([`taken_out_said`]), or in the post, from which whoever posted it has it brought back; and one
/// that was taken back and is a false one after all. No clock sees to it; what the carrier brings back already is not meant.
pub fn is_to_be_withdrawn(card: &Card) -> bool {
    clause!(R32.1);
    clause!(R33.4);
    clause!(R38.1);
    let is_false = to_confiscate(card).is_some();
    match card.custody {
        Custody::AtOutlet { .. } | Custody::InBox { .. } => !card.stands() || is_false,
        Custody::InPost { .. } => (!card.stands() || is_false) && card.custody.is_returning().is_none(),
        Custody::Recalled { .. } => is_false,
        Custody::Missing { .. } | Custody::Destroyed { .. } | Custody::WithHolder { .. } => false,
    }
}

/// What a card is that is withdrawn, what is done with it, and what then; `None` of any other.
fn withdrawn_as(card: &Card) -> Option<(&'static str, &'static str, &'static str)> {
    clause!(R32.1);
    clause!(R38.1);
    if !is_to_be_withdrawn(card) {
        return None;
    }
    Some(match to_confiscate(card) {
        Some(_) => ("限制案件载明该卡是骗领、伪造或变造的", "收缴", "收缴后以收缴为原因注销"),
        None if card.is_cancelled() => ("该卡已注销", "回收", "销户后登记销毁"),
        None => ("该卡已经一人一卡清理", "回收", "账户结转后注销"),
    })
}

/// What an office does about a card that it is to withdraw and has outside any box, or has taken back; `None` of any other.
pub fn withdrawn_here_said(card: &Card) -> Option<String> {
    clause!(R32.1);
    let there = match card.custody {
        Custody::AtOutlet { .. } | Custody::Recalled { .. } => true,
        Custody::InBox { .. }
        | Custody::InPost { .. }
        | Custody::Missing { .. }
        | Custody::Destroyed { .. }
        | Custody::WithHolder { .. } => false,
    };
    let (is, act, then) = withdrawn_as(card).filter(|_| there)?;
    Some(format!("{is}，请办理{act}，{then}"))
}

/// Who takes a cancelled, a cleaned or a false card out of the box that it lies in, and when: whoever keeps the box, once it is signed for; a county and the
/// province take nothing back, and send it on with its box. `None` of any other card, and while its maker has it.
pub fn taken_out_said(card: &Card, batch: Option<&BatchFile>, institutions: &Institutions) -> Option<String> {
    clause!(R12.1);
    clause!(R32.1);
    let (is, act, then) = withdrawn_as(card)?;
    let b = batch?.box_file(card.custody.lies_in()?)?;
    let whose = institutions.org(b.whose_turn()?)?;
    let number = &b.number;
    let (who, takes_back) = match whose.kind {
        OrgKind::CityCentre | OrgKind::HrOutlet | OrgKind::BankOutlet => (whose.name.as_str(), true),
        OrgKind::ProvinceCentre | OrgKind::CountyCentre => {
            (institutions.org(b.outlet).map_or("网点", |o| o.name.as_str()), false)
        }
    };
    let there = match (b.on_the_way.is_some() || !takes_back, &b.keeper) {
        (true, _) => format!("由{who}签收该箱（装箱位置{number}）后取出"),
        (false, Party::Employer(_)) => format!("由{who}从代领单位收回"),
        (
            false,
            Party::Org(_)
            | Party::Vendor(_)
            | Party::Holder
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Destroyed
            | Party::Missing
            | Party::Production(_),
        ) => format!("由{who}从箱内（装箱位置{number}）取出"),
    };
    Some(format!("{is}：{there}，在“回收”办理{act}，{then}"))
}

/// 待登记销毁: a card that was taken back and is at its end, for its account is closed; it is destroyed where [`destroyed_at`] says.
pub fn is_to_be_destroyed(card: &Card) -> bool {
    clause!(R33.4);
    matches!(card.custody, Custody::Recalled { .. }) && card.is_cancelled() && card.account_is_closed()
}

/// 待销户: a card that is cancelled and whose bank has still to close the account, while no question to the bank is open: one that was taken back,
/// which is not destroyed before, and one in its holder's hand of which staff have said that its account is open still. One that lies with
/// an office or the post is taken back first ([`is_to_be_withdrawn`]).
pub fn is_to_be_closed(card: &Card) -> bool {
    clause!(R33.4);
    let is_open = |i: &Intent| i.kind == IntentKind::Close && !i.is_over();
    let left = card.is_cancelled() && !card.account_is_closed() && !card.intents.iter().any(is_open);
    left && match card.custody {
        Custody::Recalled { .. } => true,
        Custody::WithHolder { .. } => card.intents.iter().any(|i| card.is_left_to_close(i)),
        Custody::InBox { .. }
        | Custody::AtOutlet { .. }
        | Custody::InPost { .. }
        | Custody::Missing { .. }
        | Custody::Destroyed { .. } => false,
    }
}

/// Who registers 销毁 of what an office keeps: an outlet of a bank itself; of any other office its city's centre, for an HR outlet has no such
/// act. `None` of an office of no city, or of a city that has no centre.
pub fn destroyed_at<'a>(
    keeper: &'a Organisation,
    institutions: &'a Institutions,
) -> Option<&'a Organisation> {
    clause!(R33.4);
    match keeper.bank {
        Some(_) => Some(keeper),
        None => keeper.city().and_then(|city| institutions.city_centre(&city)),
    }
}

/// What is still to be done about a card that was taken back, each by whom and where; none of a card that lies with anybody else.
pub fn recalled_waits_for(card: &Card, institutions: &Institutions, today: Date) -> Vec<String> {
    clause!(R32.4);
    clause!(R33.4);
    let Custody::Recalled { org, reason, .. } = &card.custody else { return Vec::new() };
    let name = |id: OrgId| institutions.org(id).map_or("保管机构", |o| o.name.as_str());
    let centre = institutions.city_centre(&card.city).map_or("市卡管机构", |o| o.name.as_str());
    let (keeper, bank) = (name(*org), card.bank.name());
    if card.is_cancelled() {
        let by = institutions.org(*org).and_then(|o| destroyed_at(o, institutions));
        let by = by.map_or("市卡管机构", |o| o.name.as_str());
        return match card.account_is_closed() {
            true => vec![format!("该卡已注销、销户，由{keeper}保管，由{by}登记销毁")],
            false => vec![format!("该卡已注销，由{keeper}保管，待{bank}销户，销户后由{by}登记销毁")],
        };
    }
    let data = card.data_back.filter(|d| d.received.is_none());
    let data = data.map(|back| format!("逾期未领卡数据由{}在“逾期且滞留”接收", name(back.to)));
    if let Some(said) = confiscated_waits_for(card, institutions) {
        return [said].into_iter().chain(data).collect();
    }
    if is_to_be_given_back(card) {
        return vec![format!("由{keeper}办理二次发放，发还持卡人")];
    }
    if let Some(said) = cleaned_waits_for(card, institutions) {
        return [said].into_iter().chain(data).collect();
    }
    if *reason != RecallReason::Uncollected {
        return vec![format!("由{keeper}保管；死亡登记或限制恢复后由{keeper}办理二次发放，不恢复的办理注销")];
    }
    let mut waits: Vec<String> = data.into_iter().collect();
    if is_to_be_stored(card, institutions) {
        waits.push(format!("卡片由{keeper}直接交回{bank}，由{bank}网点在“未领卡办理”签收入库"));
    }
    if !is_stranded(card, today) {
        let last = stranded_on(card).and_then(|end| end.yesterday().ok());
        let offers = match card.is_held() {
            true => format!("有限制或死亡登记，恢复后才能由{keeper}办理二次发放"),
            false => format!("由{keeper}办理二次发放"),
        };
        waits.extend(last.map(|last| format!("{last}前（含当日）{offers}")));
        return waits;
    }
    if waits_for_balance(card, today) {
        let said = match card.balance {
            Some(_) => format!("{bank}已确认账户有余额，余额结转后由{bank}网点再次办理账户余额确认"),
            None => format!("由{bank}网点在“未领卡办理”办理账户余额确认"),
        };
        waits.push(format!("{said}；确认无余额后由{centre}在“逾期且滞留”注销"));
    } else {
        waits.push(format!("账户无余额，由{centre}在“逾期且滞留”注销"));
    }
    waits
}

/// As what a stranded card is cancelled: its second offer failed, or in its six months nobody made one.
pub fn cancelled_as(card: &Card) -> CancelReason {
    clause!(R33.4);
    if card.offered_again.is_some() { CancelReason::SecondOfferFailed } else { CancelReason::Stranded }
}

/// 待二次发放, on whichever day: taken back uncollected, not offered again yet, and no counter would refuse it. Its keeper offers it before it is
/// stranded ([`waits_to_be_offered`]).
pub fn is_to_be_offered(card: &Card) -> bool {
    clause!(R33.4);
    let uncollected = matches!(card.custody, Custody::Recalled { reason: RecallReason::Uncollected, .. });
    uncollected && card.offered_again.is_none() && card.stands() && !card.is_held()
}

/// 待二次发放 on a day: within the six months of its recall (R33.4).
pub fn waits_to_be_offered(card: &Card, today: Date) -> bool {
    clause!(R33.4);
    is_to_be_offered(card) && !is_stranded(card, today)
}

/// Of cards whose offer has a month left at most, the latest first day among the stranded ones: of these whoever keeps them, and their city,
/// are reminded.
pub fn offered_soon_by(today: Date) -> Date {
    clause!(R33.4);
    add_months_clamped(today, 1)
}

/// What must hold before a stranded card is cancelled: nobody assumes that its account is empty.
pub fn may_be_cancelled(card: &Card, ctx: &Ctx) -> Result<(), Refusal> {
    clause!(R33.4);
    if !is_stranded(card, ctx.today()) {
        return Err(Reason::NotStranded.into());
    }
    if !card.is_known_empty() {
        let reason = Reason::AccountNotKnownEmpty;
        return Err(match card.balance {
            Some(_) => Refusal::about(reason, "服务银行已确认账户有余额")
                .way("请待余额结转、服务银行再次确认账户无余额后注销"),
            None => reason.into(),
        });
    }
    Ok(())
}

impl Rule for ReceiveData {
    fn verb(&self) -> Verb {
        Verb::ReceiveData
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides 经办机构接收 of data, which the plastic does not follow.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let back = card.data_back.ok_or(Reason::NotRecalled)?;
        if back.to != self.org {
            return Err(Reason::NotAddressedHere.into());
        }
        if back.received.is_some() {
            return Err(Reason::NothingToDo.into());
        }
        Ok(vec![HolderEvent::DataReceived { card: card.id, from: back.from, at: self.org }])
    }
}

impl Rule for StorePlastic {
    fn verb(&self) -> Verb {
        Verb::StorePlastic
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.org)
    }

    /// Decides 交回服务银行保管: at an outlet of the card's own bank.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::Recalled { org, .. } = &card.custody else { return Err(Reason::NotRecalled.into()) };
        let store = around.institutions.org(self.org).ok_or(Reason::NotFound)?;
        if store.bank.as_ref() != Some(&card.bank) {
            return Err(Reason::WrongBank.into());
        }
        if *org == self.org {
            return Err(Refusal::about(Reason::NothingToDo, "该卡已在本行保管"));
        }
        if spelling::says_nothing(&self.signer) {
            return Err(Refusal::about(Reason::MaterialDefective, "须填写签收人").by(clause!(R32.4)));
        }
        let (at, signer) = (self.org, self.signer.clone());
        Ok(vec![HolderEvent::PlasticStored { card: card.id, from: *org, at, signer }])
    }
}

impl Rule for StateBalance {
    fn verb(&self) -> Verb {
        Verb::StateBalance
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides 账户余额确认: recorded with who said it and when.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.account_is_closed() {
            return Err(Refusal::about(Reason::NothingToDo, "该账户已销户"));
        }
        // It is asked about before a card is cancelled; after it the bank closes the account.
        if card.is_cancelled() {
            return Err(Refusal::about(Reason::NothingToDo, "该卡已注销，待服务银行销户"));
        }
        let source = match ctx.actor {
            Actor::Bank(_) => BalanceSource::BankSystem,
            Actor::Officer(_) | Actor::System | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) => {
                BalanceSource::BankClerk
            }
        };
        let stated = BalanceStated { empty: self.empty, at: ctx.now, source };
        Ok(vec![HolderEvent::BalanceStated { card: card.id, stated }])
    }
}

impl Rule for CancelStranded {
    fn verb(&self) -> Verb {
        Verb::CancelStranded
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides 逾期且滞留卡注销.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.3);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        if card.is_cancelled() {
            return Err(Reason::CardCancelled.into());
        }
        may_be_cancelled(card, ctx)?;
        let reason = cancelled_as(card);
        let cancelled = HolderEvent::CardCancelled { card: card.id, reason, statement: None };
        let close = link::wants_closing(card).then(|| link::intend(card, IntentKind::Close, ctx));
        // Nothing comes of a change of the bank whose new card nobody collected (R31.1).
        let mut events = ends_by_cancelling(file, card.id, ctx);
        events.extend([cancelled].into_iter().chain(close));
        Ok(events)
    }
}
