//! What a holder, or an outlet, was told (Articles 5, 30, 32 and 33).

use crate::clause;
use crate::ctx::Instant;
use crate::facts::clock::Clock;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a holder, or an outlet, is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// 逾期未领: the outlet has ten working days to take the card back (R32.2).
    Uncollected,
    /// 有效期将满 (R30.1).
    Expiring,
    /// 年满七周岁: exchange for a card with a photo (R5.4).
    SeventhBirthday,
    /// 死亡持卡人的卡: taken back within ten working days (R32.2).
    HolderDead,
    /// 领卡通知: the card lies at its outlet (Articles 8 and 31).
    Ready,
    /// 二次发放将到期: a card taken back uncollected is offered again within six months (R33.4).
    SecondOffer,
    /// 二次发放通知: it is offered again, and where (R33.4).
    OfferedAgain,
}

impl NoticeKind {
    /// The Chinese term.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uncollected => "逾期未领卡通知",
            Self::Expiring => "有效期将满提醒",
            Self::SeventhBirthday => "年满七周岁换卡提醒",
            Self::HolderDead => "死亡持卡人卡片回收通知",
            Self::Ready => "领卡通知",
            Self::SecondOffer => "二次发放到期提醒",
            Self::OfferedAgain => "二次发放通知",
        }
    }

    /// What the short message says; no personal data.
    pub fn text(self) -> &'static str {
        match self {
            Self::Uncollected => {
                "您的社会保障卡已逾期未领取，将于10个工作日内回收，请尽快携带有效身份证件到领卡网点领取。"
            }
            Self::Expiring => "您的社会保障卡将于三个月内有效期满，请及时办理换卡。",
            Self::HolderDead => "请持卡人亲属将社会保障卡交回卡经办网点，并办理结算与注销。",
            // Sent until November 2026; since then it reminds the office that keeps the card, and its holder is not written to.
            Self::SecondOffer => {
                "您逾期未领的社会保障卡已回收保管，请于一个月内到卡经办网点领取，逾期将办理注销。"
            }
            Self::OfferedAgain => {
                "您逾期未领的社会保障卡现二次发放，请携带有效身份证件到卡经办网点领取，逾期将办理注销。"
            }
            Self::Ready => "您的社会保障卡已制作完成，请携带有效身份证件领取。",
            Self::SeventhBirthday => "持卡人已年满七周岁，请监护人按时为其申请换领印有相片的社会保障卡。",
        }
    }
}

/// What a holder is told, as it is told to the guardian who comes for a child: whose card it is, and what is brought (Articles 8 and 14).
pub(crate) fn to_the_guardian(said: &str) -> String {
    clause!(R14.2);
    said.replace("携带有效身份证件", "由监护人携带本人和持卡人的有效身份证件、监护人证明文件")
        .replace("请及时办理换卡", "请监护人及时为其办理换卡")
        .replace("现发还给您", "现发还")
        .replace("请凭", "请监护人凭")
        .replace('您', "持卡人")
}

/// The same of the new card of a change of the bank, for which the receipt is shown (Article 31).
pub(crate) fn with_the_receipt(said: &str) -> String {
    clause!(R31.3);
    said.replace("携带有效身份证件", "携带有效身份证件和业务受理回执")
        .replace("请凭取件码", "请凭业务受理回执和取件码")
}

/// A notice given.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    pub kind: NoticeKind,
    pub at: Instant,
    /// The period that began with it.
    pub clock: Option<Clock>,
    /// The outlet that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<String>,
    /// Whether that outlet posts the card: its holder need not come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub posts: bool,
    /// Whether its holder is under sixteen, for whom the guardian comes (Articles 8 and 14).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guardian: bool,
    /// The last day of what it offers, or of the card that expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Since when what it was given for is over, so that it is given again when that comes again: a death that was none, or is another
    /// person's, and the long waiting of a card that came back into stock. Its period, if it still ran, was neither kept nor broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Instant>,
}

impl Notice {
    /// One of a kind, that begins no period and names no outlet.
    pub fn new(kind: NoticeKind, at: Instant) -> Self {
        Self { kind, at, clock: None, outlet: None, posts: false, guardian: false, until: None, over: None }
    }

    /// The period that began with it, while what it was given for is not over.
    pub fn period(&self) -> Option<&Clock> {
        self.clock.as_ref().filter(|_| self.over.is_none())
    }

    /// The same, to be changed.
    pub(crate) fn period_mut(&mut self) -> Option<&mut Clock> {
        self.clock.as_mut().filter(|_| self.over.is_none())
    }

    /// What the short message says; no personal data. A new card of another bank is the first half of a change only, and is collected with the
    /// receipt of that (R31.3).
    pub fn text(&self, bank_change: bool) -> String {
        let said = self.to_the_holder(bank_change);
        let said = if bank_change { with_the_receipt(&said) } else { said };
        if self.guardian { to_the_guardian(&said) } else { said }
    }

    fn to_the_holder(&self, bank_change: bool) -> String {
        let as_ever = || self.kind.text().to_owned();
        let at = self.outlet.as_deref();
        match self.kind {
            NoticeKind::Ready => at.map_or_else(as_ever, |outlet| self.ready(outlet, bank_change)),
            NoticeKind::Expiring => {
                clause!(R30.1);
                let until = |day| format!("您的社会保障卡有效期至{day}，请及时办理换卡。");
                self.until.map_or_else(as_ever, until)
            }
            NoticeKind::OfferedAgain => {
                clause!(R33.4);
                let Some(outlet) = at else { return as_ever() };
                match self.until {
                    Some(day) => format!(
                        "您逾期未领的社会保障卡由{outlet}保管，现二次发放，请于{day}前（含当日）携带有效身份证件前往领取，逾期将办理注销。"
                    ),
                    // It was taken back for a death that was none, or under a case that is over.
                    None => format!("您的社会保障卡由{outlet}保管，现发还给您，请携带有效身份证件前往领取。"),
                }
            }
            NoticeKind::Uncollected
            | NoticeKind::SeventhBirthday
            | NoticeKind::HolderDead
            | NoticeKind::SecondOffer => as_ever(),
        }
    }

    fn ready(&self, outlet: &str, bank_change: bool) -> String {
        clause!(R31.3);
        let then = match self.posts {
            true => {
                clause!(R10.5);
                "将由该网点按登记的地址邮寄上门；寄出时另行发送邮件号和取件码，请凭取件码签收。"
            }
            false => "请携带有效身份证件前往领取。",
        };
        let next = if bank_change {
            "领取并激活后，请携带新、旧社会保障卡、有效身份证件和业务受理回执到原服务银行办理资金结转和旧卡注销。"
        } else {
            ""
        };
        format!("您的社会保障卡已制作完成并送达{outlet}，{then}{next}")
    }
}
