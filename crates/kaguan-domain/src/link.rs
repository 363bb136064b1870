//! The bank link (Articles 23 to 33): what a bank must mirror is an intent with a sequence number a card, a deadline
//! and a state. It takes effect here at once; what the bank makes of it is recorded, and a doubt is resolved.

use crate::clause;
use crate::ctx::{Actor, Ctx};
use crate::facts::card::{Account, Card};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::intent::{Intent, IntentKind, IntentState};
use crate::facts::mirror::{BankState, Facet, Loss, Mirror};
use crate::ids::CardId;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of, in_city_of_card};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// The next intent of a card. When the card's own bank asks it has done its half already: confirmed at once.
pub fn intend(card: &Card, kind: IntentKind, ctx: &Ctx) -> HolderEvent {
    next(card, kind, ctx, 0)
}

/// The same when `more` intents of this card come before it in the same decision.
pub(crate) fn next(card: &Card, kind: IntentKind, ctx: &Ctx, more: u32) -> HolderEvent {
    clause!(R23.1);
    let own = matches!(&ctx.actor, Actor::Bank(bank) if *bank == card.bank);
    let seq = card.intents.last().map_or(0, |i| i.seq) + 1 + more;
    let state = if own { IntentState::Confirmed { at: ctx.now } } else { IntentState::Wanted };
    let due = Intent::due_when_asked(ctx.now);
    HolderEvent::IntentMade { card: card.id, intent: Intent { seq, kind, wanted_at: ctx.now, due, state } }
}

/// Whether an account still has to be closed and nobody has asked for it. What was asked for and dropped is asked for again, should the card
/// end after all.
pub(crate) fn wants_closing(card: &Card) -> bool {
    let asked = |i: &Intent| i.kind == IntentKind::Close && !matches!(i.state, IntentState::Dropped { .. });
    !matches!(card.account, Account::Closed { .. }) && !card.intents.iter().any(asked)
}

/// The closing that a bank refused, or that staff left to it, of a card that is its holder's again: nobody wants it any more (R33.2).
pub(crate) fn closing_dropped(card: &Card, why: &str, ctx: &Ctx) -> Vec<HolderEvent> {
    clause!(R33.2);
    if card.account_is_closed() {
        return Vec::new();
    }
    let open = |i: &&Intent| match i.state {
        IntentState::Refused { .. } | IntentState::Settled { .. } => i.kind == IntentKind::Close,
        // What nobody knows of is waited for.
        IntentState::Wanted
        | IntentState::InDoubt { .. }
        | IntentState::Confirmed { .. }
        | IntentState::Dropped { .. } => false,
    };
    let dropped = |i: &Intent| {
        let state = IntentState::Dropped { at: ctx.now, reason: why.to_owned() };
        HolderEvent::IntentAnswered { card: card.id, seq: i.seq, state, due: None }
    };
    card.intents.iter().filter(open).map(dropped).collect()
}

/// What the bank says about an intent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankAnswer {
    /// Done.
    Done,
    /// Not done, and why.
    Refused(String),
    /// No answer in time, or a broken one.
    Unknown,
}

/// The bank's answer.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AnswerIntent {
    pub card: CardId,
    pub seq: u32,
    /// The answer.
    pub answer: BankAnswer,
}

/// 对账修复: the bank's state of a card differs from ours.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Repair {
    pub card: CardId,
    /// The bank's state; `None` when the bank does not know the card.
    pub theirs: Option<BankState>,
}

/// Staff settle a refusal or a doubt.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ResolveIntent {
    pub card: CardId,
    pub seq: u32,
    /// `None` to ask the bank again; otherwise how it was settled with the bank.
    pub settled: Option<String>,
    /// Where 账户结算并注销 is settled: whether the bank has closed the account, nothing left on it (R33.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
}

impl Rule for AnswerIntent {
    fn verb(&self) -> Verb {
        Verb::AnswerIntent
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides the bank's answer. An answer that repeats what is known changes nothing; a late one still ends a doubt, and closes an
    /// account of which staff had said that the bank has still to close it, or that was not to be closed any more: only the bank knows.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let intent = card.intents.iter().find(|i| i.seq == self.seq).ok_or(Reason::NotFound)?;
        let dropped = matches!(intent.state, IntentState::Dropped { .. }) && card.closing_is_over(intent);
        let late = self.answer == BankAnswer::Done && (dropped || card.is_left_to_close(intent));
        if intent.is_over() && !late {
            return Err(Reason::IntentOver.into());
        }
        let state = match &self.answer {
            BankAnswer::Done => IntentState::Confirmed { at: ctx.now },
            BankAnswer::Refused(reason) if spelling::says_nothing(reason) => {
                let about = "银行须说明不予办理的原因";
                return Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(R23.1)));
            }
            BankAnswer::Refused(reason) => IntentState::Refused { at: ctx.now, reason: reason.clone() },
            BankAnswer::Unknown if matches!(intent.state, IntentState::InDoubt { .. }) => {
                return Err(Reason::NothingToDo.into());
            }
            BankAnswer::Unknown => IntentState::InDoubt { since: ctx.now },
        };
        let answered = HolderEvent::IntentAnswered { card: card.id, seq: intent.seq, state, due: None };
        let mut events = vec![answered];
        if intent.kind == IntentKind::Close && self.answer == BankAnswer::Done {
            events.push(HolderEvent::AccountClosed { card: card.id });
        }
        Ok(events)
    }
}

impl Rule for ResolveIntent {
    fn verb(&self) -> Verb {
        Verb::ResolveIntent
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides how staff settle what the bank refused or left in doubt. That an account is closed is stated, and read out of no words:
    /// one that the bank has still to close stays open until the bank says so. Whoever is asked again has a day to answer as at first.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let intent = card.intents.iter().find(|i| i.seq == self.seq).ok_or(Reason::NotFound)?;
        if intent.is_over() {
            return Err(Reason::IntentOver.into());
        }
        let over = card.closing_is_over(intent);
        if over && (self.settled.is_none() || self.closed == Some(true)) {
            clause!(R33.2);
            let about = "该卡仍由持卡人使用，原来的销户不再办理";
            let way =
                "银行没有销户的，请选“尚未销户”办结；银行已经销户的，由服务银行答复该联动，持卡人另行换卡";
            return Err(Refusal::about(Reason::WrongStage, about).by(clause!(R33.2)).way(way));
        }
        let state = match &self.settled {
            None if intent.state == IntentState::Wanted => {
                return Err(Refusal::from(Reason::NothingToDo).by(clause!(R23.1)));
            }
            None => IntentState::Wanted,
            Some(note) => {
                let silent = spelling::says_nothing(note);
                let unstated = intent.kind == IntentKind::Close && self.closed.is_none();
                let about = [
                    silent.then_some("须写明与银行核对处理的结果"),
                    unstated.then_some("须说明银行是否已销户"),
                ];
                let about: Vec<_> = about.into_iter().flatten().collect();
                if !about.is_empty() {
                    let refused = Refusal::about(Reason::MaterialDefective, about.join("；"));
                    return Err(refused.by(if silent { clause!(R23.1) } else { clause!(R33.4) }));
                }
                match over {
                    true => IntentState::Dropped { at: ctx.now, reason: note.clone() },
                    false => IntentState::Settled { at: ctx.now, note: note.clone() },
                }
            }
        };
        let closed = intent.kind == IntentKind::Close && self.settled.is_some() && self.closed == Some(true);
        let due = self.settled.is_none().then(|| Intent::due_when_asked(ctx.now));
        let mut events = vec![HolderEvent::IntentAnswered { card: card.id, seq: intent.seq, state, due }];
        if closed {
            events.push(HolderEvent::AccountClosed { card: card.id });
        }
        Ok(events)
    }
}

impl Rule for Repair {
    fn verb(&self) -> Verb {
        Verb::Reconcile
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        in_city_of_card(file, self.card)
    }

    /// Decides a repair: what holds here is asked of the bank again, by a new intent each. A loss that only the bank knows of, or
    /// that is formal only there, is never undone by a program: its counter may have taken it, and its word be on the way. The
    /// account itself is the bank's to say. Both are staff's to look into. While an intent is under way the difference is its own.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R23.1);
        let card = file.card(self.card).ok_or(Reason::NotFound)?;
        let ours = card.mirror();
        let theirs = self.theirs.ok_or_else(|| Refusal::about(Reason::AccountDiffers, "银行没有该账户"))?;
        if theirs == BankState::Known(ours) || card.intents.iter().any(|i| i.state == IntentState::Wanted) {
            return Err(Reason::NothingToDo.into());
        }
        let theirs = match theirs {
            BankState::Known(theirs) => theirs,
            BankState::Unreadable(_) => {
                return Err(Refusal::about(Reason::AccountDiffers, "银行的账户状态无法识别"));
            }
        };
        let (mut kinds, mut stricter) = (Vec::new(), false);
        // What was released here and refused or never answered there is asked for again: the bank knows of the release.
        let release_open = card.intents.iter().rev().find(|i| about_loss(i.kind)).is_some_and(|i| {
            i.kind == IntentKind::ReleaseLoss && !matches!(i.state, IntentState::Confirmed { .. })
        });
        match (ours.loss, theirs.loss) {
            (ours, theirs) if ours == theirs => {}
            (Some(Loss::Formal), _) => kinds.push(IntentKind::LoseFormally),
            (Some(Loss::Temporary), None) => kinds.push(IntentKind::LoseTemporarily),
            (None, _) if release_open => kinds.push(IntentKind::ReleaseLoss),
            (Some(Loss::Temporary), Some(_)) | (None, _) => stricter = true,
        }
        if ours.locked != theirs.locked {
            kinds.push(if ours.locked { IntentKind::Lock } else { IntentKind::Unlock });
        }
        if ours.restricted != theirs.restricted {
            kinds.push(if ours.restricted { IntentKind::Restrict } else { IntentKind::Unrestrict });
        }
        let mut events = Vec::new();
        match (ours.account, theirs.account) {
            (Facet::Closed, Facet::PreOpened | Facet::Active) => kinds.push(IntentKind::Close),
            // The bank has closed what was to be closed, and its word was lost.
            (Facet::PreOpened | Facet::Active, Facet::Closed) if card.is_cancelled() => {
                events.push(HolderEvent::AccountClosed { card: card.id });
            }
            (Facet::Closed, Facet::Closed) | (Facet::PreOpened | Facet::Active, _) => {}
        }
        events.extend((0u32..).zip(kinds).map(|(n, kind)| next(card, kind, ctx, n)));
        match (events.is_empty(), stricter) {
            (true, true) => {
                Err(Refusal::about(Reason::AccountDiffers, "银行已挂失，本系统未挂失或仅临时挂失"))
            }
            (true, false) => Err(Reason::AccountDiffers.into()),
            _ => Ok(events),
        }
    }
}

fn about_loss(kind: IntentKind) -> bool {
    matches!(kind, IntentKind::LoseTemporarily | IntentKind::LoseFormally | IntentKind::ReleaseLoss)
}

/// Who settles a difference that no program does: the bank, whose books the account is in, and the centre of the card's city beside it
/// where it is not plain which side is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settles {
    /// 服务银行
    Bank,
    /// 服务银行，会同发卡地市卡管机构
    BankAndCity,
}

impl Settles {
    /// In Chinese, as a list has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bank => "服务银行",
            Self::BankAndCity => "服务银行，会同发卡地市卡管机构",
        }
    }
}

/// A difference between a card and its account, as whoever settles it has to know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToSettle {
    /// What differs, in Chinese.
    pub what: String,
    pub by: Settles,
    /// What is done now, in Chinese.
    pub now: String,
}

/// What of a difference is staff's, by the same rule that leaves it to them ([`Repair`]): of a card that its bank has otherwise, or does
/// not have, and of an account that only the bank has.
pub fn to_settle(ours: Option<Mirror>, theirs: Option<BankState>) -> ToSettle {
    clause!(R23.1);
    let told = |what: &str, by, now: &str| ToSettle { what: what.to_owned(), by, now: now.to_owned() };
    let theirs = match theirs {
        None => {
            let now = "请服务银行查明账户是否存在：存在的，更正报送的对账数据；不存在的，与发卡地市卡管机构商定换卡";
            return told("银行没有该卡的账户", Settles::BankAndCity, now);
        }
        Some(BankState::Unreadable(_)) => {
            let now = "请服务银行更正报送的对账状态码";
            return told("银行报送的账户状态无法识别", Settles::Bank, now);
        }
        Some(BankState::Known(theirs)) => theirs,
    };
    let Some(ours) = ours else {
        let now =
            "请服务银行按对账位置查明该账户：确无社保卡的，结清后销户；属于某张社保卡的，核对报送的银行卡号";
        return told("银行有该账户，本系统没有对应的社保卡", Settles::Bank, now);
    };
    let (mut what, mut now, mut by) = (Vec::new(), Vec::new(), Settles::Bank);
    match (ours.loss, theirs.loss) {
        (None, Some(_)) => {
            what.push("银行已挂失，本系统没有挂失");
            now.push("请服务银行向持卡人核实：确已挂失的，在“挂失解挂注销”登记挂失；没有挂失或已解挂的，由银行解除账户挂失");
        }
        (Some(Loss::Temporary), Some(Loss::Formal)) => {
            what.push("银行为正式挂失，本系统为临时挂失");
            now.push(
                "请服务银行向持卡人核实：确已正式挂失的，在“挂失解挂注销-正式挂失”登记；没有的，由银行更正",
            );
        }
        (Some(_), _) | (None, None) => {}
    }
    match (ours.account, theirs.account) {
        (Facet::PreOpened, Facet::Active) => {
            what.push("银行账户已激活，本系统没有登记激活");
            now.push(
                "请服务银行核对激活凭证：已核实身份激活的，在“银行账户激活”登记；没有办理过的，由银行更正",
            );
        }
        (Facet::Active, Facet::PreOpened) => {
            what.push("本系统已登记激活，银行账户没有激活");
            now.push("请服务银行核对激活凭证，按已登记的激活更正账户");
        }
        (Facet::PreOpened | Facet::Active, Facet::Closed) => {
            by = Settles::BankAndCity;
            what.push("银行账户已销户，本系统该卡没有注销");
            now.push("请服务银行核对销户依据：持卡人已申请注销的，按“注销”补办；销户有误的，由银行恢复账户；不能恢复的，与发卡地市卡管机构商定换卡");
        }
        (Facet::Closed, _) | (Facet::PreOpened, Facet::PreOpened) | (Facet::Active, Facet::Active) => {}
    }
    if what.is_empty() {
        // What a program asks of the bank again by itself, and could not at that time.
        let now = "请发卡地市卡管机构查看该卡未办结的银行联动，与服务银行核对；下一次对账由系统再行修复";
        return told("挂失、锁定或限制的状态不同，系统没有修复", Settles::BankAndCity, now);
    }
    ToSettle { what: what.join("；"), by, now: now.join("；") }
}
