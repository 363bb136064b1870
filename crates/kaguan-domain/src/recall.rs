//! 回收 (Article 32): why a card is taken back, by whom and when; offered a second time, or destroyed.

mod stranded;

pub use stranded::{
    CancelStranded, ReceiveData, StateBalance, StorePlastic, belongs_to_its_bank, cancelled_as, destroyed_at,
    is_stranded, is_to_be_closed, is_to_be_destroyed, is_to_be_offered, is_to_be_stored, is_to_be_withdrawn,
    may_be_cancelled, offered_soon_by, recalled_waits_for, second_offer_ends, stranded_on, taken_out_said,
    waits_for_balance, waits_for_data, waits_to_be_offered, withdrawn_here_said,
};

use crate::clause;
use crate::collection::kept::{box_of, elsewhere, leaves_its_box, lies_with, overdue_from};
use crate::ctx::Instant;
use crate::distribution::goes_on;
use crate::facts::boxes::BoxFile;
use crate::facts::card::{Account, Card, Hold, Social};
use crate::facts::cleaned::{cleaned_waits_for, left_of_cleaned};
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::notice::{Notice, NoticeKind};
use crate::ids::{CardId, OrgId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of, keeper_said};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// 回收.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TakeBack {
    pub card: CardId,
    pub reason: RecallReason,
    /// Where it is kept from now on.
    pub at: OrgId,
}

/// 二次发放.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OfferAgain {
    pub card: CardId,
}

/// 销毁.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Destroy {
    pub card: CardId,
}

/// Since when the cards of a box wait to be collected; `None` before it has come to its outlet.
fn box_waits_since(b: &BoxFile) -> Option<Instant> {
    if matches!(b.keeper, Party::Employer(_)) { Some(b.last_signed) } else { b.arrived }
}

/// Whether cards that still lie in a box are overdue on a day.
pub fn box_is_overdue(b: &BoxFile, today: Date) -> bool {
    box_waits_since(b).is_some_and(|since| today >= overdue_from(since.date()))
}

/// Since when a card waits to be collected; `None` when it does not wait.
pub fn waits_since(card: &Card, around: Around<'_>) -> Option<Instant> {
    let Custody::InBox { r#box } = card.custody else { return waits_outside_since(card) };
    box_waits_since(around.batches.get(&card.batch)?.box_file(r#box)?)
}

/// The same of a card outside boxes.
fn waits_outside_since(card: &Card) -> Option<Instant> {
    match &card.custody {
        Custody::InPost { since, .. } => Some(*since),
        Custody::AtOutlet { .. } => Some(card.came_back.unwrap_or(Instant::at_start_of(card.issued_on))),
        Custody::InBox { .. }
        | Custody::WithHolder { .. }
        | Custody::Missing { .. }
        | Custody::Recalled { .. }
        | Custody::Destroyed { .. } => None,
    }
}

/// The first day on which a card that nobody has enabled stands among the overdue ones (逾期未领卡): its six months, or those of its second
/// offer (R33.4), are over; `None` when it does not wait.
pub fn listed_overdue_on(card: &Card, around: Around<'_>) -> Option<Date> {
    listed_on(card, waits_since(card, around))
}

/// The same of a card that lies in no box; `None` of one that does.
pub fn listed_overdue_outside_on(card: &Card) -> Option<Date> {
    listed_on(card, waits_outside_since(card))
}

fn listed_on(card: &Card, waits_since: Option<Instant>) -> Option<Date> {
    clause!(R32.2);
    // What is given back waits for its holder without a last day.
    let since = waits_since.filter(|_| card.social == Social::NotEnabled && !card.is_given_back())?;
    match card.offered_again {
        Some(_) => second_offer_ends(card),
        None => Some(overdue_from(since.date())),
    }
}

/// 待发还: a card that lies with whoever took it back, and is its holder's again: what it was taken back for is over, or was none. Its keeper
/// offers it again (二次发放).
pub fn is_to_be_given_back(card: &Card) -> bool {
    clause!(R33.4);
    let Custody::Recalled { reason, .. } = card.custody else { return false };
    reason != RecallReason::Uncollected && card.stands() && !card.is_held()
}

/// A card that was offered again as its holder's, and waits, or is in the post or missing, until its holder has it. However long that takes:
/// it is not overdue.
pub fn waits_given_back(card: &Card) -> bool {
    clause!(R33.4);
    let outside = match card.custody {
        Custody::AtOutlet { .. } | Custody::InPost { .. } | Custody::Missing { .. } => true,
        Custody::InBox { .. }
        | Custody::Recalled { .. }
        | Custody::Destroyed { .. }
        | Custody::WithHolder { .. } => false,
    };
    outside && card.stands() && card.is_given_back()
}

/// What a card is to its holder beside what is held against it, in a few words that every list and paper uses: nobody uses a card that an
/// office has, whatever it was before; nor one whose PIN is locked where the PIN is asked for (R20.1).
pub fn use_said(card: &Card) -> &'static str {
    clause!(R20.1);
    clause!(R33.4);
    let locked = card.is_pin_locked();
    match (&card.social, &card.account) {
        (Social::Cancelled { .. }, _) => "已注销",
        (Social::NotEnabled | Social::Enabled { .. }, _) if is_to_be_given_back(card) => "已回收，待发还",
        (Social::NotEnabled, _) if locked => "未启用，社保密码已锁定",
        (Social::NotEnabled, _) => "未启用",
        (Social::Enabled { .. }, _) if waits_given_back(card) => "待发还",
        (Social::Enabled { .. }, Account::Active { .. }) if locked => "社保密码已锁定，须解锁或重置",
        (Social::Enabled { .. }, Account::PreOpened) if locked => {
            "社保密码已锁定，须解锁或重置；银行账户待激活"
        }
        (Social::Enabled { .. }, Account::Closed { .. }) if locked => {
            "社保密码已锁定；银行账户已销户，须换卡"
        }
        (Social::Enabled { .. }, Account::Active { .. }) => "正常使用",
        (Social::Enabled { .. }, Account::PreOpened) => "社保功能可用，银行账户待激活",
        (Social::Enabled { .. }, Account::Closed { .. }) => "社保功能可用，银行账户已销户，须换卡",
    }
}

/// The same where what is held against a card may be told: that comes first.
pub fn state_said(card: &Card) -> String {
    match card.holds_said() {
        held if !held.is_empty() && !card.is_cancelled() => held,
        _ => use_said(card).to_owned(),
    }
}

/// What the holder of a card that is offered again is told: where it is handed over, and until when if it has a last day. `None` while a centre
/// has it, which hands nothing over, or an outlet that does not give it out: then it is told once an outlet has taken it over (单卡转接); and of an offer that is over.
pub(crate) fn told_where(
    file: &HolderFile,
    card: &Card,
    at: &Organisation,
    now: Instant,
) -> Option<HolderEvent> {
    clause!(R33.4);
    if !at.kind.is_outlet() || goes_on(file, card, at) {
        return None;
    }
    let until = second_offer_ends(card).and_then(|end| end.yesterday().ok());
    if until.is_some_and(|last| last < now.date()) {
        return None;
    }
    let (outlet, guardian) = (Some(at.name.clone()), file.guardian_comes(now.date()));
    let notice = Notice { outlet, guardian, until, ..Notice::new(NoticeKind::OfferedAgain, now) };
    Some(HolderEvent::Notified { card: card.id, notice, silent: card.is_not_written_to() })
}

/// What whoever offered a card again (二次发放) is told: what its holder hears, until when it waits, and where it is handed over. `at` has it.
pub fn offer_said(file: &HolderFile, at: &Organisation, card: &Card) -> String {
    clause!(R33.4);
    let what = match second_offer_ends(card).and_then(|end| end.yesterday().ok()) {
        Some(last) => format!("已转二次发放，{last}期满"),
        None => "已转二次发放，待发还持卡人，没有期限".to_owned(),
    };
    let what = match card.closed_said() {
        Some(left) => format!("{what}；{left}"),
        None => what,
    };
    if !at.kind.is_outlet() || goes_on(file, card, at) {
        return format!(
            "{what}；由领卡网点在“未领卡办理”单卡转接，转接后系统通知持卡人，在“个人领卡启用”交付"
        );
    }
    let told = match (card.says_dead(), card.is_given_back()) {
        (true, _) => "该人有死亡登记，系统不发送短信，请另行通知",
        (false, true) => "系统向登记的手机发送领取网点，没有登记手机的请另行通知持卡人",
        (false, false) => "系统向登记的手机发送领取网点和期限，没有登记手机的请另行通知持卡人",
    };
    format!("{what}；{told}；领取时在“个人领卡启用”办理")
}

/// What whoever took a card back is told: who keeps it, and of one that nobody collected where its data and its plastic go.
pub fn recall_said(card: &Card, institutions: &Institutions) -> String {
    clause!(R32.4);
    if let Some(said) = withdrawn_here_said(card) {
        return format!("社保卡已回收，由本机构保管；{said}");
    }
    if !matches!(card.custody, Custody::Recalled { reason: RecallReason::Uncollected, .. }) {
        return format!("社保卡已回收，由本机构保管{}", left_of_cleaned(card, institutions));
    }
    let bank = card.bank.name();
    match is_to_be_stored(card, institutions) {
        true => format!("社保卡已回收：数据待市卡管机构接收，卡片请直接交回{bank}保管"),
        false => format!("社保卡已回收：数据待市卡管机构接收，卡片由{bank}保管"),
    }
}

/// As what a card is taken back, by what has become of it: in exchange for another, as cancelled or cleaned, or because nobody collected it
/// (R32.1).
pub fn counts_as(card: &Card) -> RecallReason {
    clause!(R32.1);
    match (card.replaced_by, card.stands()) {
        (Some(_), _) => RecallReason::Exchanged,
        (None, false) => RecallReason::Cancelled,
        (None, true) => RecallReason::Uncollected,
    }
}

/// 回收原因 is recorded as it is, and counted: a card left for another is no cancelled one, nor the other way round (R32.2).
fn true_reason(card: &Card, reason: RecallReason) -> Result<(), Refusal> {
    clause!(R32.2);
    let stated = matches!(reason, RecallReason::Exchanged | RecallReason::Cancelled);
    if !stated || counts_as(card) == reason {
        return Ok(());
    }
    let about = match (card.replaced_by, card.stands()) {
        (Some(_), _) => "该卡已换发新卡，回收原因是换发的旧卡",
        // A card that was cleaned is given back too (Appendix 10).
        (None, false) => "该卡没有换发新卡，已注销或清理，回收原因是注销的卡",
        (None, true) => "该卡尚未换卡或注销",
    };
    Err(Refusal::about(Reason::WrongStage, about).by(clause!(R32.1)))
}

/// Who gives a card back to whoever takes it: its holder to any office; any other card is taken back by whoever keeps it and by nobody
/// else, an employer's by the outlet that gave it out. What is with the vendor, under way or in the post is nobody's to take yet.
pub(crate) fn from_whom(card: &Card, at: OrgId, around: Around<'_>) -> Result<Party, Refusal> {
    clause!(R12.1);
    let from = lies_with(card, around).filter(|from| match from {
        Party::Holder => true,
        Party::Org(org) => *org == at,
        Party::Employer(_) => box_of(card, around).is_some_and(|b| b.outlet == at),
        Party::Vendor(_)
        | Party::Production(_)
        | Party::Post(_)
        | Party::Recalled(_)
        | Party::Missing
        | Party::Destroyed => false,
    });
    let from = from.ok_or_else(|| elsewhere(card, around))?;
    leaves_its_box(card, around)?;
    Ok(from)
}

/// That a card was not taken back. Only of one that may be taken back now is that the next step: a card in ordinary use, or one that its
/// holder may still collect, needs nothing (R33.4).
fn not_recalled(file: &HolderFile, card: &Card, today: Date, around: Around<'_>) -> Refusal {
    clause!(R33.4);
    let about = match &card.custody {
        Custody::WithHolder { .. } => "卡在持卡人手中",
        Custody::InBox { .. } | Custody::AtOutlet { .. } | Custody::InPost { .. } => "卡尚未交付持卡人",
        Custody::Missing { .. } | Custody::Destroyed { .. } | Custody::Recalled { .. } => {
            return elsewhere(card, around);
        }
    };
    let refusal = Refusal::about(Reason::NotRecalled, about);
    let overdue = listed_overdue_on(card, around).is_some_and(|day| today >= day);
    if overdue || file.death_confirmed() || !card.stands() || card.replaced_by.is_some() {
        return refusal;
    }
    refusal.way(match &card.custody {
        Custody::WithHolder { .. } => "只有已回收的卡才二次发放或销毁；该卡由持卡人持有，无需办理",
        Custody::InBox { .. }
        | Custody::AtOutlet { .. }
        | Custody::InPost { .. }
        | Custody::Missing { .. }
        | Custody::Destroyed { .. }
        | Custody::Recalled { .. } => "只有已回收的卡才二次发放或销毁；该卡没有逾期未领，待持卡人领取",
    })
}

/// That the six months of a card are not over. Nobody is asked to come for one that is held, or whose holder is dead: that comes first.
fn not_overdue(card: &Card) -> Refusal {
    clause!(R32.2);
    let refusal = Refusal::from(Reason::NotOverdue);
    if !card.is_not_written_to() {
        return refusal;
    }
    let refusal = Refusal { about: Some(card.holds_said()), ..refusal };
    if card.holds.contains(&Hold::DeathConfirmed) {
        let way = "持卡人死亡已核实，请按死亡回收，不作逾期未领回收；登记有误的，凭生存状态证明材料在“死亡登记”办理恢复";
        return refusal.way(way);
    }
    match Refusal::held_back(card).way {
        Some(way) if card.is_held() => refusal.way(format!("该卡现在不能领取；{way}")),
        _ => refusal.way("请先在“死亡登记”核实；登记有误的，凭生存状态证明材料办理恢复"),
    }
}

/// Whether the second offer of a card is over and nobody took it (R33.4): whoever has it takes it back, to be cancelled.
pub fn second_offer_failed(card: &Card, today: Date) -> bool {
    clause!(R33.4);
    card.offered_again.is_some() && listed_overdue_outside_on(card).is_some_and(|day| today >= day)
}

/// The first day on which the holder of an uncollected card is reminded of it; `None` when it does not wait, or is offered again.
pub fn overdue_on(card: &Card, around: Around<'_>) -> Option<Date> {
    listed_overdue_on(card, around).filter(|_| card.offered_again.is_none())
}

/// Where a card that was taken back is kept. What was never taken back is nobody's to offer again or to destroy, not its keeper's either:
/// whoever asks is told that.
fn at_keeper_of_recalled(file: &HolderFile, card: CardId, around: Around<'_>) -> Place {
    clause!(R33.4);
    match file.card(card).map(|c| &c.custody) {
        Some(Custody::Recalled { .. }) => at_keeper_of(file, card, around),
        Some(
            Custody::InBox { .. }
            | Custody::AtOutlet { .. }
            | Custody::InPost { .. }
            | Custody::Missing { .. }
            | Custody::Destroyed { .. }
            | Custody::WithHolder { .. },
        )
        | None => Place::Anywhere,
    }
}

impl Rule for TakeBack {
    fn verb(&self) -> Verb {
        Verb::TakeBack
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.at)
    }

    /// Decides 回收.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R32.1);
        clause!(R32.3);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        around.institutions.org(self.at).ok_or_else(|| Refusal::about(Reason::NotFound, "回收保管机构"))?;
        let from = from_whom(card, self.at, around)?;
        true_reason(card, self.reason)?;
        let mut data_to = None;
        match self.reason {
            RecallReason::Uncollected if waits_given_back(card) => {
                clause!(R33.4);
                let about = "该卡已发还、待持卡人领取，没有期限，不作逾期未领回收";
                let way = "请通知持卡人持有效身份证件到保管网点领取；注销、死亡的，按该原因回收";
                return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R33.4)).way(way));
            }
            RecallReason::Uncollected => {
                // A second offer that nobody took by the end of its six months ends too (R33.4).
                let due = listed_overdue_on(card, around).ok_or(Reason::NotWaiting)?;
                if ctx.today() < due {
                    return Err(not_overdue(card));
                }
                clause!(R32.4);
                data_to = around.institutions.city_centre(&card.city).map(|o| o.id);
            }
            RecallReason::HolderDead if !file.death_confirmed() => {
                return Err(Reason::DeathNotConfirmed.into());
            }
            RecallReason::Exchanged | RecallReason::Cancelled if file.left_for_another_bank(card) => {
                clause!(R31.1);
                if around.institutions.org(self.at).and_then(|o| o.bank.as_ref()) != Some(&card.bank) {
                    return Err(Refusal::about(Reason::WrongBank, "变更服务银行的旧卡由原服务银行回收"));
                }
                if !card.account_is_closed() {
                    return Err(Reason::NotSettled.into());
                }
            }
            RecallReason::Confiscated => {
                return Err(Refusal::about(Reason::WrongStage, "收缴须依限制案件办理"));
            }
            RecallReason::FoundAgain => {
                return Err(Refusal::about(Reason::WrongStage, "须以登记寻回办理"));
            }
            RecallReason::HolderDead | RecallReason::Exchanged | RecallReason::Cancelled => {}
        }
        let (at, reason) = (self.at, self.reason);
        Ok(vec![HolderEvent::TakenBack { card: card.id, from, at, reason, data_to }])
    }
}

impl Rule for OfferAgain {
    fn verb(&self) -> Verb {
        Verb::OfferAgain
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        at_keeper_of_recalled(file, self.card, around)
    }

    fn whose_turn(&self, file: &HolderFile, around: Around<'_>) -> Option<String> {
        keeper_said(file, self.card, around)
    }

    /// Decides 二次发放 (R33.4). A card that nobody collected is offered once, within six months. Any other that was taken back is its
    /// holder's again when what it was taken back for is over, however long that took: a death that was none, a case that was lifted. The
    /// holder is told where it is, and until when, if it has a last day.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::Recalled { org, reason, .. } = &card.custody else {
            return Err(not_recalled(file, card, ctx.today(), around));
        };
        if !card.stands() {
            let about = "该卡已注销或经一人一卡清理，回收后不再发放";
            return Err(Refusal::about(Reason::WrongStage, about).way(match card.is_cancelled() {
                true => "账户销户后登记销毁",
                false => "账户结转后办理注销，销户后登记销毁",
            }));
        }
        let uncollected = *reason == RecallReason::Uncollected;
        if uncollected && (card.offered_again.is_some() || is_stranded(card, ctx.today())) {
            return Err(Reason::SecondOfferOver.into());
        }
        // Nobody could hand it over.
        if card.is_held() {
            clause!(R37.1);
            return Err(Refusal::held_back(card));
        }
        let data_from = card.data_back.and_then(|d| d.received.map(|_| d.to));
        let (at, after) = (around.institutions.org(*org), Some(*reason));
        let offered = HolderEvent::OfferedAgain { card: card.id, at: *org, after, data_from };
        Ok([offered].into_iter().chain(at.and_then(|at| told_where(file, card, at, ctx.now))).collect())
    }
}

impl Rule for Destroy {
    fn verb(&self) -> Verb {
        Verb::Destroy
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        at_keeper_of_recalled(file, self.card, around)
    }

    fn whose_turn(&self, file: &HolderFile, around: Around<'_>) -> Option<String> {
        keeper_said(file, self.card, around)
    }

    /// Decides 销毁: of a cancelled card whose account is closed.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R33.4);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let Custody::Recalled { org, .. } = &card.custody else {
            return Err(not_recalled(file, card, ctx.today(), around));
        };
        if !is_to_be_destroyed(card) {
            let refused = Refusal::about(Reason::WrongStage, "卡片须已注销、银行账户须已销户");
            return Err(match cleaned_waits_for(card, around.institutions) {
                Some(way) => refused.by(clause!(R33.4)).way(way),
                None => refused,
            });
        }
        Ok(vec![HolderEvent::Destroyed { card: card.id, at: *org }])
    }
}
