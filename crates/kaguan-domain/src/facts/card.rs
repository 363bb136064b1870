//! The card: its facets, its holds, and what it can do now (Articles 2 and 5).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::account::{AccountNumber, BankAccount};
use crate::facts::activation::{ActivationManner, HomeVisit};
use crate::facts::clock::Clock;
use crate::facts::custody::{Custody, RecallReason};
use crate::facts::intent::{Intent, IntentKind, IntentState};
use crate::facts::mirror::{Facet, Loss, Mirror};
use crate::facts::notice::{Notice, NoticeKind};
use crate::facts::pin::Pin;
use crate::facts::post::Signature;
use crate::facts::restriction::Restriction;
use crate::ids::{
    ApplicationId, BankCode, BatchId, BlankId, CardId, CardNumber, CaseId, ChipIdentifier, CityCode,
    ECardNumber, OrgId, ResetInformation,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// 社保功能: not enabled → enabled → cancelled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Social {
    /// 未启用
    NotEnabled,
    /// 启用
    Enabled { at: Instant },
    /// 注销
    Cancelled { at: Instant },
}

/// 银行账户: pre-opened → active → closed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// 预开户
    PreOpened,
    /// 激活
    Active {
        at: Instant,
        /// How the holder was verified.
        manner: ActivationManner,
    },
    /// 注销
    Closed { at: Instant },
}

/// Something that keeps a card from working. A set: releasing one never releases another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// 一人一卡清理: the holder keeps another card.
    OneCardCleanUp,
    /// 临时挂失
    TemporaryLoss,
    /// 正式挂失
    FormalLoss,
    /// 变更服务银行锁定
    BankChange,
    /// 限制, one for each case.
    Restriction { case: CaseId },
    /// One register says that the holder is dead: seen by everybody, stops nothing.
    SuspectedDeath,
    /// Two registers say so.
    DeathConfirmed,
}

impl Hold {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::OneCardCleanUp => "one_card_clean_up",
            Self::TemporaryLoss => "temporary_loss",
            Self::FormalLoss => "formal_loss",
            Self::BankChange => "bank_change",
            Self::Restriction { .. } => "restriction",
            Self::SuspectedDeath => "suspected_death",
            Self::DeathConfirmed => "death_confirmed",
        }
    }

    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneCardCleanUp => "一人一卡清理",
            Self::TemporaryLoss => "临时挂失",
            Self::FormalLoss => "正式挂失",
            Self::BankChange => "变更服务银行锁定",
            Self::Restriction { .. } => "限制",
            Self::SuspectedDeath => "疑似死亡待核实",
            Self::DeathConfirmed => "死亡已核实",
        }
    }

    /// Whether the card stops working under it.
    pub fn stops(self) -> bool {
        self != Self::SuspectedDeath
    }
}

/// What 全国社保卡服务平台 is told about the e-card of a physical card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ECard {
    /// 正常
    Normal,
    /// 仅身份凭证: the card is lost.
    IdentityOnly,
    /// 暂停
    Suspended,
    /// 注销
    Cancelled,
}

impl ECard {
    /// The stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::IdentityOnly => "identity_only",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a card brought along that was pre-made (R36.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PreMade {
    /// The pre-made card that it was.
    pub blank: BlankId,
    /// 个人账户.
    pub personal_account: AccountNumber,
}

/// One physical card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Card {
    pub id: CardId,
    /// The application that it was made for.
    pub application: ApplicationId,
    /// The batch that it was made in.
    pub batch: BatchId,
    /// 社保卡卡号 (R5.6).
    pub card_no: CardNumber,
    /// Issuing city.
    pub city: CityCode,
    /// Service bank.
    pub bank: BankCode,
    /// The account behind it.
    #[serde(rename = "account_no")]
    pub bank_account: BankAccount,
    /// 卡识别码.
    pub chip: ChipIdentifier,
    /// 卡复位信息.
    pub reset: ResetInformation,
    /// 发卡日期.
    pub issued_on: Date,
    /// 有效期至.
    pub valid_until: Date,
    /// The social function.
    pub social: Social,
    /// The account's state.
    pub account: Account,
    /// Who has it.
    pub custody: Custody,
    /// What keeps it from working.
    pub holds: BTreeSet<Hold>,
    /// The PIN's facet.
    #[serde(default)]
    pub pin: Pin,
    /// Since when the PIN is locked; `None` while it is not, and of one that was locked before this was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_locked_at: Option<Instant>,
    /// What the bank was asked to mirror, in order.
    #[serde(default)]
    pub intents: Vec<Intent>,
    /// Cases against it, oldest first.
    #[serde(default)]
    pub restrictions: Vec<Restriction>,
    /// When it was offered a second time.
    #[serde(default)]
    pub offered_again: Option<Instant>,
    /// What it had been taken back for when it was last offered again; `None` of what was offered in earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_after: Option<RecallReason>,
    /// The card that took its place.
    #[serde(default)]
    pub replaced_by: Option<CardId>,
    /// Notices given about it.
    #[serde(default)]
    pub notices: Vec<Notice>,
    /// When to look again whether it is overdue.
    #[serde(default)]
    pub look_again: Option<Date>,
    /// What it was before it was somebody's, when it was made at the counter.
    #[serde(default)]
    pub pre_made: Option<PreMade>,
    /// A home visit that the second clerk has still to confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<HomeVisit>,
    /// When it last came back into the stock of an outlet: returned by the post, found again, taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_back: Option<Instant>,
    /// When it was taken back because nobody had collected it: the six months of the second offer begin here (R33.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled_at: Option<Instant>,
    /// 数据回退 of an uncollected card (R32.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_back: Option<DataBack>,
    /// What its bank said last about the balance of its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<BalanceStated>,
    /// 未领卡遗失补制: the application that makes it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_again: Option<ApplicationId>,
    /// 持卡人签收记录; `None` before, and of what was handed over in earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The e-card that was signed for it; `None` until 全国社保卡服务平台 has said its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_e_card: Option<SignedECard>,
}

/// 电子社保卡签发结果: what 全国社保卡服务平台 answered to 电子社保卡签发 (R2.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignedECard {
    /// 电子社保卡卡号.
    pub number: ECardNumber,
    /// When it was told here.
    pub at: Instant,
}

/// The data of an uncollected card on their way back to the city (R32.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataBack {
    /// The outlet that sent them back.
    pub from: OrgId,
    /// 市卡管机构.
    pub to: OrgId,
    pub sent: Instant,
    /// 经办机构接收; `None` until the city has taken them in.
    pub received: Option<Instant>,
}

/// Who said what is in an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceSource {
    /// 银行网点经办人
    BankClerk,
    /// 银行系统
    BankSystem,
}

impl BalanceSource {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::BankClerk => "银行网点经办人",
            Self::BankSystem => "银行系统",
        }
    }
}

/// 账户余额确认: what the bank said of an account, never how much is in it (R33.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BalanceStated {
    /// 无余额.
    pub empty: bool,
    pub at: Instant,
    pub source: BalanceSource,
}

impl Card {
    /// A card as it begins: nothing enabled, the account pre-opened.
    pub fn new(new: NewCard) -> Self {
        Self {
            id: new.id,
            application: new.application,
            batch: new.batch,
            card_no: new.card_no,
            city: new.city,
            bank: new.bank,
            bank_account: new.bank_account,
            chip: new.chip,
            reset: new.reset,
            issued_on: new.issued_on,
            valid_until: valid_until(new.issued_on),
            social: Social::NotEnabled,
            account: Account::PreOpened,
            custody: new.custody,
            holds: BTreeSet::new(),
            pin: Pin::default(),
            pin_locked_at: None,
            intents: Vec::new(),
            restrictions: Vec::new(),
            offered_again: None,
            offered_after: None,
            replaced_by: None,
            notices: Vec::new(),
            look_again: None,
            pre_made: None,
            came_back: None,
            recalled_at: None,
            data_back: None,
            balance: None,
            made_again: None,
            signature: None,
            visit: None,
            signed_e_card: None,
        }
    }

    /// Whether its account is known to be empty: its bank said so and has not said otherwise since, or has closed it.
    pub fn is_known_empty(&self) -> bool {
        clause!(R33.4);
        self.account_is_closed() || self.balance.is_some_and(|b| b.empty)
    }

    /// 发还: whether it was last offered again because it is its holder's as before: what it had been taken back for is over, or was none.
    /// Such an offer has no end. Any other is the second offer of a card that nobody collected. In earlier days what it had been taken
    /// back for was not kept; nobody has enabled a card that nobody collected.
    pub fn is_given_back(&self) -> bool {
        clause!(R33.4);
        match self.offered_after {
            Some(reason) => reason != RecallReason::Uncollected,
            None => self.offered_again.is_some() && matches!(self.social, Social::Enabled { .. }),
        }
    }

    /// Whether the card works as a social security card now: enabled and nothing holds it. Derived here and
    /// nowhere else. At most one card a person is in force (R3.2).
    pub fn in_force(&self) -> bool {
        clause!(R3.2);
        matches!(self.social, Social::Enabled { .. }) && !self.is_held()
    }

    /// Whether anything keeps it from working.
    pub fn is_held(&self) -> bool {
        self.holds.iter().any(|h| h.stops())
    }

    /// Whether its PIN is locked: no business that asks for the PIN is done with it until it is unlocked or reset (R17.1). Nothing is held
    /// against it, and it stays the person's card in force.
    pub fn is_pin_locked(&self) -> bool {
        clause!(R20.1);
        self.pin == Pin::Locked && !self.is_cancelled()
    }

    /// What the PIN's facet says, since when it is locked included where that is known (R20.1).
    pub fn pin_said(&self) -> String {
        clause!(R20.1);
        match self.pin_locked_at {
            Some(at) => format!("已锁定，自{}起，须办理解锁或重置", at.date()),
            None => self.pin.said().to_owned(),
        }
    }

    /// Whether a register says that the holder is dead, be it confirmed or not: nobody writes to the dead.
    pub fn says_dead(&self) -> bool {
        self.holds.iter().any(|h| matches!(h, Hold::SuspectedDeath | Hold::DeathConfirmed))
    }

    /// Whether nobody is asked to come for it: a register says that its holder is dead, or something is held against it, so that no counter
    /// hands it over (R32.3, R37.1).
    pub fn is_not_written_to(&self) -> bool {
        clause!(R37.1);
        self.says_dead() || self.is_held()
    }

    /// What lies on it in words, as 正式挂失、限制; what is confirmed is suspected no more. Empty when nothing does.
    pub fn holds_said(&self) -> String {
        let confirmed = self.holds.contains(&Hold::DeathConfirmed);
        let told = self.holds.iter().filter(|h| !(confirmed && **h == Hold::SuspectedDeath));
        told.map(|h| h.name()).collect::<Vec<_>>().join("、")
    }

    /// The loss that lies on it: temporary or formal, never both.
    pub fn loss(&self) -> Option<Hold> {
        self.holds.iter().copied().find(|h| matches!(h, Hold::TemporaryLoss | Hold::FormalLoss))
    }

    /// What its bank must agree with.
    pub fn mirror(&self) -> Mirror {
        clause!(R23.1);
        let account = match self.account {
            Account::PreOpened => Facet::PreOpened,
            Account::Active { .. } => Facet::Active,
            Account::Closed { .. } => Facet::Closed,
        };
        let mut mirror = Mirror { account, ..Mirror::NEW };
        for hold in &self.holds {
            match hold {
                Hold::TemporaryLoss => mirror.loss = mirror.loss.max(Some(Loss::Temporary)),
                Hold::FormalLoss => mirror.loss = Some(Loss::Formal),
                Hold::BankChange => mirror.locked = true,
                Hold::Restriction { .. } => mirror.restricted = true,
                Hold::OneCardCleanUp | Hold::SuspectedDeath | Hold::DeathConfirmed => {}
            }
        }
        mirror
    }

    /// What the holder's e-card can do (R2.1, R24.1): the physical card's state, but a lost card leaves the e-card as
    /// an identity document on the holder's authorisation.
    pub fn e_card(&self) -> ECard {
        clause!(R2.1);
        clause!(R24.1);
        let lost = self.loss().is_some();
        let other =
            self.holds.iter().any(|h| h.stops() && !matches!(h, Hold::TemporaryLoss | Hold::FormalLoss));
        match self.social {
            Social::Cancelled { .. } => ECard::Cancelled,
            _ if self.holds.contains(&Hold::OneCardCleanUp) => ECard::Cancelled,
            _ if other => ECard::Suspended,
            _ if lost => ECard::IdentityOnly,
            _ => ECard::Normal,
        }
    }

    /// Cancelled is final.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.social, Social::Cancelled { .. })
    }

    /// Whether the bank has closed its account.
    pub fn account_is_closed(&self) -> bool {
        matches!(self.account, Account::Closed { .. })
    }

    /// What is left to do about a card that stands and whose account its bank has closed, as a Chinese phrase: one that was cleaned, and is
    /// its holder's again since the joining was undone. Nobody opens the account again, so that another card is made. `None` of any other, and of
    /// whoever has died, for whom none is made (R33.1).
    pub fn closed_said(&self) -> Option<&'static str> {
        clause!(R27.2);
        let dead = self.holds.contains(&Hold::DeathConfirmed);
        let left = self.stands() && self.account_is_closed() && self.replaced_by.is_none() && !dead;
        left.then_some(match self.custody {
            Custody::WithHolder { .. } => "银行账户已销户，不能恢复，须办理换卡（换卡原因选“其他”）",
            Custody::InBox { .. }
            | Custody::AtOutlet { .. }
            | Custody::InPost { .. }
            | Custody::Missing { .. }
            | Custody::Recalled { .. }
            | Custody::Destroyed { .. } => {
                "银行账户已销户，不能恢复，持卡人领取后须办理换卡（换卡原因选“其他”）"
            }
        })
    }

    /// Whether this is the closing of its account, which staff have settled and the bank has still to do.
    pub fn is_left_to_close(&self, intent: &Intent) -> bool {
        clause!(R33.4);
        let settled = matches!(intent.state, IntentState::Settled { .. });
        intent.kind == IntentKind::Close && settled && !self.account_is_closed()
    }

    /// Whether this is the closing of its account, which nobody wants any more: the card is its holder's again, and its account open.
    pub fn closing_is_over(&self, intent: &Intent) -> bool {
        clause!(R33.4);
        intent.kind == IntentKind::Close && self.stands() && !self.account_is_closed()
    }

    /// Whether somebody has still to do something until it works in its holder's hand: it stands, no other took its place, it was not
    /// taken back, and its holder has not activated it yet.
    pub fn is_on_its_way(&self) -> bool {
        let (enabled, active) =
            (matches!(self.social, Social::Enabled { .. }), matches!(self.account, Account::Active { .. }));
        let way = match self.custody {
            Custody::WithHolder { .. } => !(enabled && active),
            Custody::Recalled { .. } | Custody::Destroyed { .. } => false,
            Custody::InBox { .. }
            | Custody::AtOutlet { .. }
            | Custody::InPost { .. }
            | Custody::Missing { .. } => true,
        };
        way && self.stands() && self.replaced_by.is_none()
    }

    /// The ten working days within which its outlet takes the card back, and what began them (R32.2). They are over once the card was
    /// collected, taken back or cancelled, and when its holder is alive after all.
    pub fn recall_clock(&self) -> Option<(NoticeKind, &Clock)> {
        clause!(R32.2);
        let undelivered =
            matches!(self.custody, Custody::InBox { .. } | Custody::AtOutlet { .. } | Custody::InPost { .. });
        let still = |kind: NoticeKind| match kind {
            NoticeKind::Uncollected => undelivered && self.social == Social::NotEnabled,
            NoticeKind::HolderDead => {
                self.holds.contains(&Hold::DeathConfirmed)
                    && (undelivered || matches!(self.custody, Custody::WithHolder { .. }))
            }
            NoticeKind::Expiring
            | NoticeKind::SeventhBirthday
            | NoticeKind::Ready
            | NoticeKind::SecondOffer
            | NoticeKind::OfferedAgain => false,
        };
        let running = |n: &&Notice| self.stands() && still(n.kind);
        let clocks = self.notices.iter().filter(running).filter_map(|n| Some((n.kind, n.period()?)));
        clocks.filter(|(_, c)| c.runs_until().is_some()).min_by_key(|(_, c)| c.runs_until())
    }

    /// The periods of taking it back that a report counts (R32.2): each that ended with the card taken back, and the one that runs. One that
    /// was over because nothing had to be taken back any more was neither kept nor broken.
    pub fn recall_clocks(&self) -> impl Iterator<Item = &Clock> {
        clause!(R32.2);
        let ended = self.notices.iter().filter_map(|n| n.clock.as_ref()).filter(|c| c.stopped_on.is_some());
        ended.chain(self.recall_clock().map(|(_, clock)| clock))
    }

    /// Whether the card still counts as the person's card: neither cancelled nor cleaned.
    pub fn stands(&self) -> bool {
        !matches!(self.social, Social::Cancelled { .. }) && !self.holds.contains(&Hold::OneCardCleanUp)
    }
}

/// What is known of a card when it is made.
pub struct NewCard {
    pub id: CardId,
    /// The application that it is made for.
    pub application: ApplicationId,
    /// Issuing city.
    pub city: CityCode,
    /// Service bank.
    pub bank: BankCode,
    /// The batch that it was made in.
    pub batch: BatchId,
    /// 社保卡卡号.
    pub card_no: CardNumber,
    pub bank_account: BankAccount,
    /// 卡识别码.
    pub chip: ChipIdentifier,
    /// 卡复位信息.
    pub reset: ResetInformation,
    /// 发卡日期.
    pub issued_on: Date,
    /// Who has it.
    pub custody: Custody,
}

/// Ten years after the day of issue, the 29th of February becoming the 28th (a default by decision: 有效期 is
/// issuer-defined in 人社信息函〔2012〕37号, ten years in practice).
pub fn valid_until(issued_on: Date) -> Date {
    issued_on.checked_add(jiff::Span::new().years(10)).unwrap_or(Date::MAX)
}
