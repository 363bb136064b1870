//! 未领卡遗失补制: a card that got lost before its holder had it is made again at nobody's cost (Articles 12 and 39).

use crate::application::form::{FORM_NO_RULE, is_form_no};
use crate::application::taking::collected_where;
use crate::clause;
use crate::ctx::Ctx;
use crate::facts::application::{Application, Origin, Stage};
use crate::facts::card::{Card, Hold};
use crate::facts::claim::Claim;
use crate::facts::clock::{Clock, ClockKind};
use crate::facts::custody::Custody;
use crate::facts::fee::{Fee, FreeGround};
use crate::facts::form::{ApplicationForm, Field};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Organisation;
use crate::facts::intent::IntentKind;
use crate::ids::{ApplicationId, CardId, OrgId};
use crate::link;
use crate::permission::{Place, Verb};
use crate::refusal::{Reason, Refusal};
use crate::replacement::collects_for;
use crate::rule::{Around, Asked, Rule};
use serde::{Deserialize, Serialize};

/// 未领卡遗失补制: whoever records the loss, or the holder's outlet, has the card made again. Nothing is asked of the holder.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MakeAgain {
    pub id: ApplicationId,
    /// The missing card.
    pub card: CardId,
    /// 申领表编码 of the new application.
    pub form_no: String,
    /// The office that asks for it.
    pub outlet: OrgId,
    /// Where the new card is collected.
    pub collect_at: OrgId,
}

impl MakeAgain {
    /// 申领表编码 in its one way of writing, under which the application is kept and found.
    pub fn number(&self) -> String {
        Field::FormNo.folded(&self.form_no)
    }
}

/// A card that is recorded as missing and was never its holder's.
fn missing(file: &HolderFile, id: CardId) -> Result<&Card, Refusal> {
    let card = file.card(id).ok_or(Reason::NotFound)?;
    if !matches!(card.custody, Custody::Missing { .. }) || card.made_again.is_some() {
        return Err(Reason::NotMissing.into());
    }
    if card.is_cancelled() || card.replaced_by.is_some() {
        return Err(Reason::CardCancelled.into());
    }
    let stops = |h: &Hold| matches!(h, Hold::Restriction { .. } | Hold::DeathConfirmed);
    if card.holds.iter().any(stops) {
        return Err(Refusal::held_by(card, stops));
    }
    Ok(card)
}

/// The application of the lost card once more: what it was for, and which card it takes the place of, stay the same.
fn once_more(of: &Application, command: &MakeAgain, ctx: &Ctx, around: Around<'_>) -> Application {
    clause!(R22.1);
    clause!(R27.3);
    Application {
        id: command.id,
        form_no: command.number(),
        origin: Origin::Counter,
        outlet: command.outlet,
        collect_at: command.collect_at,
        employer: None,
        received_on: ctx.today(),
        urgent: true,
        fee: Fee::Free { ground: FreeGround::LostBeforeHandOver },
        stage: Stage::Accepted { at: ctx.now },
        clock: Some(Clock::start(ClockKind::Replacement, ctx.today(), &around.institutions.calendar)),
        instant_at: None,
        taken_out: None,
        urgent_ground: None,
        post_agreed: None,
        before: None,
        ..of.clone()
    }
}

impl Rule for MakeAgain {
    fn verb(&self) -> Verb {
        Verb::MakeAgain
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn claims(&self) -> Vec<Claim> {
        vec![Claim::form_number(&self.number())]
    }

    /// Decides 未领卡遗失补制: the missing card is cancelled for good and its account is to be closed.
    fn decide(&self, Asked { file, ctx, around }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R12.1);
        clause!(R22.1);
        let card = missing(file, self.card)?;
        if file.open_application().is_some() {
            return Err(Reason::ApplicationOpen.into());
        }
        // Whose loss the holder reported before may have its replacement made already.
        if file.replacement_of(card.id).is_some() {
            clause!(R3.2);
            return Err(Refusal::about(Reason::ApplicationOpen, "该卡的补卡已制成，待持卡人领取"));
        }
        let form_no = self.number();
        if form_no.is_empty() {
            return Err(
                Refusal::about(Reason::MaterialDefective, "须填写补制的申领表编码").by(clause!(R12.1))
            );
        }
        if !is_form_no(&form_no) {
            let what = format!("补制申领表编码不合规：{FORM_NO_RULE}");
            let refused = Refusal::about(Reason::MaterialDefective, what).by(clause!(R10.1));
            return Err(refused.way("请按规则编号后重新提交"));
        }
        if file.applications.iter().any(|a| a.form_no == form_no) {
            return Err(Refusal::about(Reason::NumberTaken, "申领表编码"));
        }
        around.institutions.org(self.outlet).ok_or_else(|| Refusal::about(Reason::NotFound, "经办机构"))?;
        let there = around.institutions.org(self.collect_at);
        let lost = file.application(card.application).ok_or(Reason::NotFound)?;
        let collected =
            |o: &Organisation| collects_for(&lost.purpose, o, &card.city, &card.bank, around.institutions);
        if !there.is_some_and(collected) {
            clause!(R27.5);
            if lost.purpose.is_bank_change() {
                clause!(R31.3);
                let (clause, which) = collected_where(&lost.purpose, &card.city, &card.bank);
                return Err(Refusal::about(Reason::NotFound, format!("领卡网点：{which}")).by(clause));
            }
            let which = "领卡网点须是发卡地市在办的人社网点，或该卡服务银行的网点";
            return Err(Refusal::about(Reason::NotFound, which));
        }
        let known = &file.person.as_ref().ok_or(Reason::NotFound)?.details;
        let details = ApplicationForm { form_no, ..known.clone() };
        let mut events = vec![
            HolderEvent::MadeAgain { card: card.id, application: self.id },
            HolderEvent::Applied {
                application: Box::new(once_more(lost, self, ctx, around)),
                details: Box::new(details),
                photo: None,
            },
        ];
        // The clock of the lost card's application goes on as that of the new one.
        events.extend(file.clock_ends(lost.id, ctx.today()));
        if link::wants_closing(card) {
            events.push(link::intend(card, IntentKind::Close, ctx));
        }
        Ok(events)
    }
}
