//! 邮政企业 (Article 14): what a carrier's computer is told of the cards that it was handed, and what it says of them. The card is the
//! post's until it is signed for against the code, or is back at its outlet.

use crate::clause;
use crate::ctx::{Actor, Ctx, Instant};
use crate::facts::card::Card;
use crate::facts::custody::Custody;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::post_news::{PostNews, PostStep};
use crate::ids::{CardId, PartnerKind};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_keeper_of};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// What clocks may differ by: five minutes.
const SKEW: i64 = 300_000_000;
/// The most that is kept of what a carrier says of one letter.
const MOST: usize = 100;

/// 提取邮寄面单: where a letter goes, for whoever carries it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TakeLabel {
    pub card: CardId,
    /// 邮件号, which stands on the letter in the carrier's hand.
    pub tracking: String,
}

/// 邮件轨迹: what the carrier says of a letter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TrackPost {
    pub card: CardId,
    /// 邮件号.
    pub tracking: String,
    pub news: PostNews,
}

/// Which carrier takes a card: the one that is named, or the only one that there is; nobody where none is registered.
pub(crate) fn chosen(named: Option<&str>, around: Around<'_>) -> Result<Option<String>, Refusal> {
    clause!(R14.1);
    let carriers = || around.institutions.partners().filter(|p| p.id.kind == PartnerKind::Post);
    let mut all = carriers().map(|p| p.id.code.as_str());
    let defective = |what| Refusal::about(Reason::MaterialDefective, what).by(clause!(R14.1));
    match (named, all.next(), all.next()) {
        (None, None, _) => Ok(None),
        (None, Some(only), None) => Ok(Some(only.to_owned())),
        (None, Some(_), Some(_)) => Err(defective("须选择寄递的邮政企业")),
        (Some(code), ..) if carriers().any(|p| p.id.code == code) => Ok(Some(code.to_owned())),
        (Some(_), ..) => Err(defective("所选邮政企业没有登记")),
    }
}

/// A carrier signs its own letters over, and only with its proof; a clerk does as before.
pub(crate) fn may_sign(card: &Card, proved: bool, ctx: &Ctx) -> Result<(), Refusal> {
    clause!(R14.1);
    let Actor::Partner(_) = ctx.actor else { return Ok(()) };
    its_own(card, ctx)?;
    match proved {
        true => Ok(()),
        false => Err(Refusal::about(Reason::MaterialDefective, "邮政企业须报送签收凭证").by(clause!(R14.1))),
    }
}

fn its_own(card: &Card, ctx: &Ctx) -> Result<(), Refusal> {
    let Custody::InPost { carrier, .. } = &card.custody else {
        return Err(Refusal::about(Reason::WrongStage, "该卡不在邮递途中"));
    };
    match &ctx.actor {
        Actor::Partner(id) if Some(&id.code) != carrier.as_ref() => Err(Reason::NotYourData.into()),
        Actor::Partner(_)
        | Actor::System
        | Actor::Officer(_)
        | Actor::Bank(_)
        | Actor::Vendor(_)
        | Actor::Kiosk(_) => Ok(()),
    }
}

/// A letter in the hands of whoever asks: its own, under the number that stands on it.
fn in_hand<'a>(
    file: &'a HolderFile,
    card: CardId,
    tracking: &str,
    ctx: &Ctx,
) -> Result<(&'a Card, Instant, &'a [PostNews]), Refusal> {
    let unknown = || Refusal::about(Reason::NotFound, "邮件号与所报的邮件不符");
    let card = file.card(card).ok_or_else(unknown)?;
    its_own(card, ctx)?;
    match &card.custody {
        Custody::InPost { tracking: known, since, news, .. } if known.trim() == tracking.trim() => {
            Ok((card, *since, news))
        }
        _ => Err(unknown()),
    }
}

impl Rule for TakeLabel {
    fn verb(&self) -> Verb {
        Verb::TakeLabel
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        at_keeper_of(file, self.card, around)
    }

    /// Decides it: only while the carrier has the letter, and the look is recorded (R39.1).
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R10.5);
        clause!(R39.1);
        let (card, ..) = in_hand(file, self.card, &self.tracking, ctx)?;
        let to = file.application(card.application).and_then(|a| a.delivery.as_ref());
        to.ok_or_else(|| Refusal::from(Reason::PostNotAskedFor))?;
        Ok(vec![HolderEvent::LookedAt { reason: "提取邮寄面单投递".into(), material: None }])
    }
}

impl Rule for TrackPost {
    fn verb(&self) -> Verb {
        Verb::TrackPost
    }

    fn place(&self, file: &HolderFile, around: Around<'_>) -> Place {
        at_keeper_of(file, self.card, around)
    }

    /// Decides it. That a letter comes back changes nobody's custody: it is its outlet's once the outlet has it in hand
    /// (邮件退回登记), and until then its clerks see that it is coming.
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R14.1);
        let (card, since, known) = in_hand(file, self.card, &self.tracking, ctx)?;
        let PostNews { step, at, reason } = &self.news;
        let mut wrong = Vec::new();
        if step.asks_for_a_reason() && reason.as_deref().is_none_or(spelling::says_nothing) {
            wrong.push(format!("{}须写明原因", step.name()));
        }
        if at.0 > ctx.now.0 + SKEW || at.date() < since.date() {
            wrong.push("时间须在寄出之日与现在之间".into());
        }
        if !wrong.is_empty() {
            return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")).by(clause!(R14.1)));
        }
        if known.contains(&self.news) {
            return Err(Reason::NothingToDo.into());
        }
        if known.len() >= MOST && *step != PostStep::Returning {
            return Err(Refusal::about(Reason::NothingToDo, "该邮件的轨迹已满100条"));
        }
        Ok(vec![HolderEvent::PostTracked { card: card.id, news: self.news.clone() }])
    }
}
