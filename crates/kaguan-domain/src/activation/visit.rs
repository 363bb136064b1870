//! 上门激活 (Article 16 一(三)): two clerks of the card's bank, who each confirm under their own sign-in that the holder is alive, is
//! the holder, and wants it. The account is active once the second has confirmed.

use super::{activated, all_found, can_be_activated, in_hand, own_bank};
use crate::application::acts::ActsFor;
use crate::clause;
use crate::counter::{Came, Missing, file_images, guardian_of_a_child, identified, proof_of_relation, unfit};
use crate::ctx::Actor;
use crate::facts::activation::{ActivationManner, Found, HomeVisit};
use crate::facts::application::{AgentGround, AgentRelation};
use crate::facts::card::Card;
use crate::facts::counter::{Deputy, KeptCopy, Shown};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::ids::{CardId, OfficerId};
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule, at_bank_of};
use crate::spelling;
use serde::{Deserialize, Serialize};

/// 上门核验登记, by the first clerk. Nothing works yet.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RecordVisit {
    pub card: CardId,
    pub found: Found,
    /// Whether the document was verified in the original.
    pub verified: bool,
    /// The holder's document.
    pub shown: Option<Shown>,
    /// Who acts for the holder: of a child the guardian, who is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
    /// 上门事由: why the holder does not come to the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<AgentGround>,
}

/// 上门核验确认, by the second clerk on the same day: the account is activated.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConfirmVisit {
    pub card: CardId,
    pub found: Found,
    /// Whether the document was verified in the original, by this clerk too.
    pub verified: bool,
    /// The holder's document.
    pub shown: Option<Shown>,
    /// Who acts for the holder, as this clerk saw him: the same as the first did; as he saw him too, the copies need not be kept twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<Box<Deputy>>,
}

/// A person of ours, who signed in.
fn clerk(asked: Asked<'_>) -> Result<OfficerId, Refusal> {
    match asked.ctx.actor {
        Actor::Officer(id) => Ok(id),
        Actor::Bank(_) | Actor::Vendor(_) | Actor::Partner(_) | Actor::Kiosk(_) | Actor::System => {
            Err(Reason::TwoClerksNeeded.into())
        }
    }
}

/// What either clerk must state, the second one as the first did; the card that it is about. A bank goes to the elderly, disabled and sick; to a minor or an incapable
/// person when the guardian is there.
fn stated<'a>(
    id: CardId,
    found: Found,
    came: Came<'_>,
    (ground, first): (Option<AgentGround>, Option<&HomeVisit>),
    asked: Asked<'a>,
) -> Result<&'a Card, Refusal> {
    clause!(R16.4);
    let card = asked.file.card(id).ok_or(Reason::NotFound)?;
    own_bank(card, asked)?;
    can_be_activated(asked.file, card)?;
    let mut missing = Missing::default();
    all_found(&mut missing, found);
    match ground {
        Some(ground) => {
            let unfit = unfit(ActsFor::Activation, ground, asked);
            // It is the ground of the visit that does not fit, whoever acts beside it.
            unfit
                .into_iter()
                .for_each(|wrong| missing.say(format!("上门事由与年龄不符，请更正：{}", wrong.what)));
        }
        None => missing.say("未选择上门事由"),
    }
    attended(&mut missing, ground, came, asked);
    let differs = first.map_or(Vec::new(), |v| contradictions(v.by.deputy.as_deref(), came.deputy));
    if missing.is_empty() && !differs.is_empty() {
        let refusal = Refusal::about(Reason::TwoClerksNeeded, differs.join("；")).by(clause!(R16.4));
        return Err(refusal.way(ASK_EACH_OTHER));
    }
    differs.into_iter().for_each(|what| missing.say(what));
    missing.end_by(Reason::DocumentsNotVerified, clause!(R16.4))?;
    Ok(card)
}

/// Whom two clerks of a bank visit for a ground, and who must be there and acts: the same whether they sign in here or the bank's computer
/// vouches for them.
pub(super) fn attended(missing: &mut Missing, ground: Option<AgentGround>, came: Came<'_>, asked: Asked<'_>) {
    clause!(R16.4);
    let guardian = came.deputy.is_some_and(|d| d.relation == AgentRelation::Guardian);
    match ground {
        Some(AgentGround::Minor | AgentGround::Incapable) if !guardian => {
            missing.wrong_deputy(
                "未成年人、无民事行为能力或限制民事行为能力人上门激活的，须由监护人到场办理",
                "请由监护人到场，登记其身份并留存证明材料；上门事由有误的，更正事由",
            );
        }
        Some(AgentGround::LongAbsent) => missing.say("上门激活限于年龄偏大、残疾、病患等特殊人群"),
        Some(
            AgentGround::Minor
            | AgentGround::Incapable
            | AgentGround::Elderly
            | AgentGround::Disabled
            | AgentGround::Sick,
        )
        | None => {}
    }
    guardian_of_a_child(missing, came.deputy, asked);
    proof_of_relation(missing, came.deputy);
    identified(missing, came, asked);
}

/// What the two clerks state of whoever acted, where it is not the same: they stood before one person, or before the holder alone, or nothing
/// was cross-checked. Chinese phrases that name nobody; none when both say the same.
fn contradictions(first: Option<&Deputy>, second: Option<&Deputy>) -> Vec<&'static str> {
    clause!(R16.4);
    let (first, second) = match (first, second) {
        (None, None) => return Vec::new(),
        (Some(_), None) => {
            return vec!["第一名经办人登记的是代办人（监护人）在场办理，本次登记的是持卡人本人办理"];
        }
        (None, Some(_)) => {
            return vec!["第一名经办人登记的是持卡人本人办理，本次登记的是代办人（监护人）在场办理"];
        }
        (Some(first), Some(second)) => (first, second),
    };
    let number = |d: &Deputy| spelling::number(&d.document_number);
    let other =
        (number(first) != number(second)).then_some("代办人（监护人）的证件号码与第一名经办人登记的不一致");
    let relation =
        (first.relation != second.relation).then_some("代办人与持卡人的关系与第一名经办人登记的不一致");
    other.into_iter().chain(relation).collect()
}

/// What to do when they do not say the same.
const ASK_EACH_OTHER: &str = "请两名经办人当场核对在场人及其证件：本次登记有误的更正后确认，第一名经办人登记有误的由其重新登记上门核验";

/// Whom the second clerk saw, with what the first kept of the same person's papers where the second keeps none.
fn with_papers_of(visit: &HomeVisit, deputy: &Deputy) -> Deputy {
    let number = |d: &Deputy| spelling::number(&d.document_number);
    let same = visit.by.deputy.as_deref().filter(|first| number(first) == number(deputy));
    let filed = same.into_iter().flat_map(|first| &first.copies);
    let filed = filed.filter(|c| deputy.copies.iter().all(|own| own.kind != c.kind));
    let filed = filed.map(|c| KeptCopy { id: c.id, kind: c.kind, digest: None });
    Deputy { copies: deputy.copies.iter().cloned().chain(filed).collect(), ..deputy.clone() }
}

impl Rule for RecordVisit {
    fn verb(&self) -> Verb {
        Verb::RecordVisit
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides the first clerk's part.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.4);
        let first = clerk(asked)?;
        let deputy = self.deputy.as_deref();
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy, acts: ActsFor::Activation };
        let card = stated(self.card, self.found, came, (self.ground, None), asked)?;
        in_hand(card, &came.kept(), asked)?;
        let (at, found, by, ground) = (asked.ctx.now, self.found, came.kept(), self.ground);
        let visit = HomeVisit { first, at, found, by, ground };
        let mut events = file_images(deputy.into_iter().flat_map(|d| &d.copies), card, asked);
        events.push(HolderEvent::VisitRecorded { card: card.id, visit: Box::new(visit) });
        Ok(events)
    }
}

impl Rule for ConfirmVisit {
    fn verb(&self) -> Verb {
        Verb::ConfirmVisit
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        at_bank_of(file, self.card)
    }

    /// Decides the second clerk's part, and with it 激活.
    fn decide(&self, asked: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R16.4);
        let second = clerk(asked)?;
        let card = asked.file.card(self.card).ok_or(Reason::NotFound)?;
        // Both stood before the holder: what was found on another day is recorded again.
        let visit =
            card.visit.as_ref().filter(|v| v.at.date() == asked.ctx.today()).ok_or_else(|| {
                Refusal::about(Reason::TwoClerksNeeded, "当日没有第一名经办人的上门核验登记")
            })?;
        if visit.first == second {
            return Err(Refusal::about(Reason::TwoClerksNeeded, "登记人不能确认自己的登记"));
        }
        let deputy = self.deputy.as_deref().map(|d| with_papers_of(visit, d));
        let (verified, holder) = (self.verified, self.shown.as_ref());
        let came = Came { verified, holder, deputy: deputy.as_ref(), acts: ActsFor::Activation };
        stated(self.card, self.found, came, (visit.ground, Some(visit)), asked)?;
        let mut events = in_hand(card, &came.kept(), asked)?;
        events.extend(file_images(deputy.iter().flat_map(|d| &d.copies), card, asked));
        let manner = ActivationManner::HomeVisit { second, first: Some(visit.first) };
        events.extend(activated(asked.file, card, manner, came.kept(), asked.ctx));
        Ok(events)
    }
}
