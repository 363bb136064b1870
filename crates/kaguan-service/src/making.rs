//! 新即时制卡 at a desk (Appendix 9): what a desk is given for a step comes after the line of the journal that says that it is asked.

use crate::exchange::refused_by;
use crate::outcome::Failure;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::making::Next;
use kaguan_domain::ids::{ChipIdentifier, HolderId};
use kaguan_domain::instant::{
    AnswerStep, AskStep, ChipItem, UnderReader, card_of, chip_items, face_texts, making_of,
};
use kaguan_domain::records::printed_photo;
use kaguan_domain::refusal::Reason;
use kaguan_files::photo::bare;
use kaguan_store::{LoadRequest, STOCK};

/// What a desk needs for a step of one card.
pub struct AskedStep {
    /// When the making of this card began, however often a step is asked for.
    pub began: Instant,
    /// 卡识别码.
    pub chip: String,
    /// 社保卡卡号.
    pub card_no: String,
    /// 社会保障号码.
    pub number: String,
    /// What is written into the chip.
    pub items: Vec<ChipItem>,
    /// `sData1` to `sData6`.
    pub texts: Vec<String>,
    /// JPEG; none under seven.
    pub photo: Option<Vec<u8>>,
}

impl Service {
    /// A desk is asked for a step: journaled, and then what it needs.
    pub async fn ask_step(
        &self,
        ctx: Ctx,
        holder: HolderId,
        ask: AskStep,
    ) -> Result<Seen<AskedStep>, Failure> {
        clause!(R36.2);
        let application = ask.application;
        let line = self.execute(ctx, Command::of(holder, HolderCommand::AskStep(ask))).await?;
        let (file, _) =
            self.file(holder).await?.ok_or_else(|| refused_by(clause!(R36.2), Reason::NotFound))?;
        let application =
            file.application(application).ok_or_else(|| refused_by(clause!(R36.2), Reason::NotFound))?;
        let today = self.now().date();
        let person = file.person.as_ref().ok_or_else(|| refused_by(clause!(R36.2), Reason::NotFound))?;
        let (Stage::Personalising { card_no, made, at, .. }, Some((name, issued)), Some(items)) =
            (&application.stage, card_of(&file, application, today), chip_items(&file, application, today))
        else {
            return Err(refused_by(clause!(R36.2), Reason::WrongStage));
        };
        let number = person.details.ssn.as_str().to_owned();
        let photo = match printed_photo(&file, application) {
            Some(name) => {
                let missing = || Failure::broken("a photo is not in the store");
                Some(bare(self.store().photo(&name.0).await?.ok_or_else(missing)?))
            }
            None => None,
        };
        let asked = AskedStep {
            began: *at,
            chip: made.chip.as_str().to_owned(),
            card_no: card_no.as_str().to_owned(),
            texts: face_texts(&name, &number, card_no.as_str(), issued),
            number,
            items,
            photo,
        };
        Ok(Seen::journaled(&line, asked))
    }

    /// What the card under the reader of a desk is to the outlet of an officer.
    pub async fn under_reader(&self, actor: &Actor, chip: &str) -> Result<UnderReader, Failure> {
        clause!(R36.3);
        let blank = match self.blank_in_hand(actor, chip).await {
            // One of an order that was ended is nobody's to put back into a box of cards.
            Ok(id) if self.blank_order(id.order).await?.ended.is_some() => None,
            Ok(id) => self.blank(id).await?,
            Err(Failure::Refused(r)) if [Reason::NotFound, Reason::BlankSpent].contains(&r.reason) => None,
            Err(why) => return Err(why),
        };
        // A number that is none is nobody's.
        let Ok(known) = ChipIdentifier::parse(chip) else { return Ok(UnderReader::Strange) };
        let claim = Claim::chip(&known);
        let loaded =
            self.store().load(&LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() }).await?;
        let holder = match loaded.claims.get(&claim) {
            Some(owner) if *owner != STOCK => self.file(*owner).await?,
            Some(_) | None => None,
        };
        Ok(UnderReader::of(known.as_str(), holder.as_ref().map(|(file, _)| file), blank.as_ref()))
    }

    /// The desk's answer is journaled; what comes next, or nothing when the card is spoiled.
    pub async fn answer_step(
        &self,
        ctx: Ctx,
        holder: HolderId,
        answer: AnswerStep,
    ) -> Result<Option<Next>, Failure> {
        clause!(R36.3);
        let application = answer.application;
        self.execute(ctx, Command::of(holder, HolderCommand::AnswerStep(answer))).await?;
        let found = self.file(holder).await?;
        Ok(found.and_then(|(file, _)| making_of(file.application(application)?)))
    }
}
