//! 新即时制卡 (R36.2, R36.3): a pre-made card becomes somebody's. It is tied to the application before anything is printed,
//! so that a printed card is never nobody's: then it is written back and is the card, or it has failed and is spoiled.

use crate::clause;
use crate::ctx::Instant;
use crate::facts::application::{Application, Stage};
use crate::facts::batch::BatchFile;
use crate::facts::blank::MadeBlank;
use crate::facts::card::{Card, NewCard, PreMade};
use crate::facts::claim::Claim;
use crate::facts::custody::Custody;
use crate::facts::failure::RowFailure;
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::Organisation;
use crate::facts::intent::IntentKind;
use crate::facts::making::{self, Next};
use crate::ids::{ApplicationId, BankCode, BatchId, BlankId, CardId, ChipIdentifier, CityCode, OrgId};
use crate::instant::blank::in_stock_at;
use crate::link::intend;
use crate::permission::{Place, Verb};
use crate::production::already_made;
use crate::refusal::{Reason, Refusal};
use crate::rule::{Around, Asked, Rule};
use crate::spelling;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// 即制卡标注: an outlet says that it makes the card of an application at its counter, so that no batch takes it; or takes that back.
/// A card can be made there without it (Appendix 9).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Mark {
    pub application: ApplicationId,
    pub outlet: OrgId,
    /// Whether it is marked from now on.
    pub marked: bool,
}

/// 新即时制卡: a pre-made card is taken for an application, before it is printed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Begin {
    pub application: ApplicationId,
    pub blank: BlankId,
    pub outlet: OrgId,
}

/// The card is printed and written; later than it should, as 制卡补登, when writing back failed at first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WriteBack {
    pub application: ApplicationId,
    /// The card that was taken for it.
    pub blank: BlankId,
    /// Fresh identity of the card.
    pub card: CardId,
    /// 卡识别码, as the reader read it from the card.
    pub chip: ChipIdentifier,
}

/// 制卡失败: the card could not be printed or written, and is spoiled.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fail {
    pub application: ApplicationId,
    /// The card that was taken for it.
    pub blank: BlankId,
    /// Why, in Chinese.
    pub reason: String,
}

/// Whether an outlet can make the card of an application at its counter: it is of the city that issues the card, and gives cards of its
/// bank. What it has in stock is seen when the card is taken.
pub fn can_make(outlet: &Organisation, city: &CityCode, bank: &BankCode) -> Result<(), Refusal> {
    clause!(R36.2);
    if outlet.city().as_ref() != Some(city) {
        return Err(Refusal::about(Reason::OutOfScope, "即时制卡须在发卡地市的网点办理"));
    }
    if outlet.bank.as_ref().is_some_and(|own| own != bank) {
        return Err(Refusal::about(Reason::OtherBanksOutlet, bank.name()));
    }
    Ok(())
}

/// The new card of a change of the bank is made where it is handed over: at an outlet of the new bank (R31.3).
fn by_its_bank(application: &Application, outlet: &Organisation) -> Result<(), Refusal> {
    clause!(R31.3);
    if !application.purpose.is_bank_change() || outlet.bank.as_ref() == Some(&application.bank) {
        return Ok(());
    }
    let bank = application.bank.name();
    let about = format!("变更服务银行的新卡由新服务银行（{bank}）卡经办网点制卡、交付");
    let way = format!("请到{bank}卡经办网点即时制卡；不即时制卡的，待批量制成后到领卡网点领取");
    Err(Refusal::about(Reason::OutOfScope, about).by(clause!(R31.3)).way(way))
}

/// Whether a card can be made for an application now: it is accepted, its fee is settled, and whoever it is for has not died.
/// Where it is when it does not wait is told with what to do; `batches` are those that the file refers to.
pub fn waits_for_card(
    file: &HolderFile,
    application: &Application,
    batches: &HashMap<BatchId, BatchFile>,
) -> Result<(), Refusal> {
    clause!(R36.2);
    crate::alive::not_dead(file)?;
    not_made_yet(application, batches)?;
    if application.stage == Stage::Received {
        let about = Refusal::about(Reason::WrongStage, "该申请待核验，尚未受理");
        return Err(about.by(clause!(R8.3)).way("请待核验完成、受理后再即时制卡"));
    }
    if !application.fee.is_settled() {
        return Err(Refusal::from(Reason::FeeUnpaid).way("请先到柜台缴纳工本费，缴费后再即时制卡"));
    }
    Ok(())
}

/// An application that a batch or a counter makes the card of, or that has ended, is none for a pre-made card.
fn not_made_yet(application: &Application, batches: &HashMap<BatchId, BatchFile>) -> Result<(), Refusal> {
    clause!(R36.2);
    match already_made(application, batches, "再即时制卡") {
        Some((why, way)) => Err(Refusal::about(Reason::WrongStage, why).by(clause!(R36.2)).way(way)),
        None => Ok(()),
    }
}

impl Rule for Mark {
    fn verb(&self) -> Verb {
        Verb::MarkInstant
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        // A mark is taken back where it was made.
        let marked = file.application(self.application).and_then(|a| a.instant_at).filter(|_| !self.marked);
        Place::At(marked.unwrap_or(self.outlet))
    }

    /// Decides the mark: of an application that no batch has taken, by an outlet of its city that gives cards of its bank.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.2);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        not_made_yet(application, around.batches)?;
        let outlet = around.institutions.org(self.outlet).ok_or(Reason::NotFound)?;
        if self.marked {
            crate::alive::not_dead(file)?;
            can_make(outlet, &application.city, &application.bank)?;
            by_its_bank(application, outlet)?;
        }
        let wanted = self.marked.then_some(self.outlet);
        if application.instant_at == wanted {
            return Err(Reason::NothingToDo.into());
        }
        Ok(vec![HolderEvent::InstantMarked { application: application.id, outlet: wanted }])
    }
}

impl Rule for Begin {
    fn verb(&self) -> Verb {
        Verb::Personalise
    }

    fn place(&self, _: &HolderFile, _: Around<'_>) -> Place {
        Place::At(self.outlet)
    }

    fn blank(&self) -> Option<BlankId> {
        Some(self.blank)
    }

    /// Decides the beginning: a paid application of the same city and bank, and a card in stock at this outlet.
    fn decide(&self, Asked { file, around, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.2);
        let application = file.application(self.application).ok_or(Reason::NotFound)?;
        waits_for_card(file, application, around.batches)?;
        around.institutions.org(self.outlet).map_or(Ok(()), |outlet| by_its_bank(application, outlet))?;
        let about = || Refusal::about(Reason::NotFound, "预制卡");
        let blank = around.stock.blanks.get(&self.blank).ok_or_else(about)?;
        let order =
            around.stock.orders.get(&self.blank.order).and_then(|o| o.order.as_ref()).ok_or_else(about)?;
        let made = in_stock_at(blank, order, self.outlet)?;
        if order.city != application.city || order.bank != application.bank {
            return Err(Reason::WrongBlank.into());
        }
        if let Some(ended) = &order.ended {
            return Err(super::ending::is_over(ended).way("请另取其他批次的预制卡"));
        }
        if order.was_found_wrong() {
            return Err(Refusal::about(Reason::WrongStage, "省卡管机构检查该批预制卡的回盘未通过")
                .by(clause!(R36.1))
                .way("请另取其他批次的预制卡；该批待省卡管机构复查通过后使用"));
        }
        let card_no = order.card_no(self.blank.n).ok_or_else(about)?;
        Ok(vec![HolderEvent::InstantBegun {
            application: application.id,
            blank: self.blank,
            outlet: self.outlet,
            card_no,
            made: Box::new(made.clone()),
        }])
    }
}

/// The counter that prints a card for an application.
pub(super) fn printed_at(file: &HolderFile, application: ApplicationId) -> Place {
    let stage = file.application(application).map(|a| &a.stage);
    if let Some(Stage::Personalising { outlet, .. }) = stage { Place::At(*outlet) } else { Place::Anywhere }
}

/// The application that a pre-made card was taken for.
pub(super) fn under_way(
    file: &HolderFile,
    application: ApplicationId,
    blank: BlankId,
) -> Result<(&Application, OrgId, &crate::ids::CardNumber, &MadeBlank), Refusal> {
    let application = file.application(application).ok_or(Reason::NotFound)?;
    let Stage::Personalising { blank: taken, outlet, card_no, made, .. } = &application.stage else {
        return Err(Reason::WrongStage.into());
    };
    if *taken != blank {
        return Err(Reason::WrongBlank.into());
    }
    Ok((application, *outlet, card_no, made))
}

impl Rule for WriteBack {
    fn verb(&self) -> Verb {
        Verb::WriteBack
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        printed_at(file, self.application)
    }

    fn claims(&self) -> Vec<Claim> {
        // Its holder has the chip since the card was taken.
        vec![Claim::chip(&self.chip)]
    }

    fn blank(&self) -> Option<BlankId> {
        Some(self.blank)
    }

    /// Decides the end: the chip that was read must be the card's, or somebody would get another person's card. The bank is told
    /// whose the account is now (预制卡开户). The card stands at its outlet, and the period of its application ends today (R7.1, R27.3).
    fn decide(&self, Asked { file, ctx, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.2);
        clause!(R36.3);
        let (application, outlet, card_no, made) = under_way(file, self.application, self.blank)?;
        let steps = application.steps();
        match making::next(steps) {
            None | Some(Next::LookAtFace | Next::Confirm) => {}
            Some(Next::Ask(step)) => {
                let about = format!("尚待{}，完成后方可登记制卡完成", step.name());
                return Err(Refusal::about(Reason::WrongStage, about));
            }
        }
        if self.chip != made.chip {
            return Err(Refusal::about(Reason::WrongBlank, "读出的卡识别码与所取预制卡不符"));
        }
        let mut card = Card::new(NewCard {
            id: self.card,
            application: application.id,
            city: application.city.clone(),
            bank: application.bank.clone(),
            batch: self.blank.order.stands_for_batch(),
            card_no: card_no.clone(),
            bank_account: made.account.bank.clone(),
            chip: made.chip.clone(),
            reset: made.reset.clone(),
            // What chip and face say already, when a desk has written and printed them.
            issued_on: making::begun_at(steps).map_or(ctx.today(), Instant::date),
            custody: Custody::AtOutlet { org: outlet },
        });
        card.pre_made =
            Some(PreMade { blank: self.blank, personal_account: made.account.personal_account.clone() });
        clause!(R37.1);
        let card = file.as_held(card);
        let open = intend(&card, IntentKind::OpenPreMade, ctx);
        let restricted =
            (!card.restrictions.is_empty()).then(|| crate::link::next(&card, IntentKind::Restrict, ctx, 1));
        let made = HolderEvent::CardMade { application: application.id, card: Box::new(card) };
        clause!(R7.1);
        clause!(R27.3);
        let ended = file.clock_ends(application.id, ctx.today());
        Ok([made, open].into_iter().chain(restricted).chain(ended).collect())
    }
}

impl Rule for Fail {
    fn verb(&self) -> Verb {
        Verb::FailInstant
    }

    fn place(&self, file: &HolderFile, _: Around<'_>) -> Place {
        printed_at(file, self.application)
    }

    fn blank(&self) -> Option<BlankId> {
        Some(self.blank)
    }

    /// Decides a failure: the card is spoiled, and the application goes to 失败数据处理.
    fn decide(&self, Asked { file, .. }: Asked<'_>) -> Result<Vec<HolderEvent>, Refusal> {
        clause!(R36.3);
        let (application, outlet, ..) = under_way(file, self.application, self.blank)?;
        if spelling::says_nothing(&self.reason) {
            return Err(Refusal::about(Reason::MaterialDefective, "须写明制卡失败原因"));
        }
        let failure = RowFailure::Counter { reason: self.reason.clone() };
        Ok(vec![HolderEvent::InstantFailed {
            application: application.id,
            blank: self.blank,
            outlet,
            failure,
        }])
    }
}
