//! Reading is a right (Article 39): what may be shown of somebody comes as a [`Seen`], and only the doors of this crate make one.
//! A door gives the command whose line the journal keeps, and loads what is shown after it; decision 0008 says which reads
//! have no line of their own, and these show by the right alone.

use crate::exchange::refused;
use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::{Command, Whose};
use kaguan_domain::account_opening::Extracted;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Agent, RegisterCheck};
use kaguan_domain::facts::form::ApplicationForm;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BatchId, CardId, ChipIdentifier, HolderId, NumberError};
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_domain::production::TakeCardKeys;
use kaguan_domain::records::{Look, PrintReceipt, Show};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::journal::Entry;
use kaguan_store::{CardStateRow, LoadRequest, Loaded, Subject};
use std::ops::Deref;

/// Something about a person that its viewer may see: the journal has the line of it, or decision 0008 asks for none.
#[derive(Debug)]
pub struct Seen<T>(T);

impl<T> Seen<T> {
    /// After the command whose line this receipt names.
    pub(crate) fn journaled(_line: &Receipt, what: T) -> Self {
        Self(what)
    }

    /// By the right alone. `cargo xtask tidy` has the list of who does so, with reasons.
    pub(crate) fn by_right(_right: &Right, what: T) -> Self {
        Self(what)
    }

    /// What goes out to whoever may see it.
    pub fn into_shown(self) -> T {
        self.0
    }
}

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A right that was asked for and is there: only [`Service::may`] makes one.
#[derive(Debug)]
pub struct Right(());

/// A file as a look shows it, with the batches around it.
pub struct Looked {
    /// The file.
    pub file: HolderFile,
    /// The batches and pre-made cards that it refers to.
    pub around: Loaded,
}

/// Somebody whom a partner named by number and name, and both fit one file. What the file says is told only by
/// [`Service::show`]; a command may be made for it.
pub struct Identified(HolderFile);

impl Identified {
    /// Whose file.
    pub fn id(&self) -> HolderId {
        self.0.id
    }

    /// The card that the person uses: the standing one that was handed over, the latest of them.
    pub fn card_in_use(&self) -> Result<CardId, Failure> {
        let card = self.0.standing_cards().last().map(|c| c.id);
        card.ok_or_else(|| Refusal::about(Reason::NotFound, "该人没有社会保障卡").into())
    }

    /// The latest application with a form of this number.
    pub fn application(&self, form_no: &str) -> Result<ApplicationId, Failure> {
        let found = self.0.applications.iter().rev().find(|a| a.form_no == form_no.trim());
        found.map(|a| a.id).ok_or_else(|| Refusal::about(Reason::NotFound, "该申请").into())
    }

    /// The guardian on file, who acts for the person.
    pub fn guardian(&self) -> Result<Option<Agent>, Failure> {
        Ok(Agent::guardian_of(&self.applicant()?.draft()))
    }

    /// What the registers are asked about.
    fn applicant(&self) -> Result<&ApplicationForm, Failure> {
        self.0.person.as_ref().map(|p| &p.details).ok_or_else(|| refused(Reason::NotFound))
    }
}

impl Service {
    /// Asks the domain whether somebody may do this at a place, in the present state.
    pub fn may(&self, actor: &Actor, verb: Verb, place: &Place) -> Result<Right, Refusal> {
        authorise(&self.institutions(), actor, verb, place)?;
        Ok(Right(()))
    }

    async fn looked(&self, line: &Receipt, id: HolderId) -> Result<Seen<Looked>, Failure> {
        let found = self.file(id).await?;
        let (file, around) = found.ok_or_else(|| refused(Reason::NotFound))?;
        Ok(Seen::journaled(line, Looked { file, around }))
    }

    /// 查看: a file, with the reason.
    pub async fn look(&self, ctx: Ctx, id: HolderId, reason: &str) -> Result<Seen<Looked>, Failure> {
        clause!(R39.1);
        let look = HolderCommand::Look(Look { reason: reason.into(), material: None });
        let line = self.execute(ctx, Command::of(id, look)).await?;
        self.looked(&line, id).await
    }

    /// 查看 of whoever has this number; a search that finds nobody has its line too.
    pub async fn look_for(
        &self,
        ctx: Ctx,
        number: &SocialSecurityNumber,
        reason: &str,
    ) -> Result<Seen<Looked>, Failure> {
        clause!(R39.1);
        let whose = Whose::Number { number: number.clone(), fresh: HolderId(self.fresh()) };
        let command = HolderCommand::Look(Look { reason: reason.into(), material: None });
        let line = self.execute(ctx, Command::Holder { whose, command }).await?;
        match line.subject {
            Subject::Holder(id) => self.looked(&line, id).await,
            _ => Err(refused(Reason::NotFound)),
        }
    }

    /// 打印业务受理回执.
    pub async fn receipt(
        &self,
        ctx: Ctx,
        id: HolderId,
        print: PrintReceipt,
    ) -> Result<Seen<Looked>, Failure> {
        let line = self.execute(ctx, Command::of(id, HolderCommand::PrintReceipt(print))).await?;
        self.looked(&line, id).await
    }

    /// What a channel shows the holder who uses it.
    pub async fn show(&self, ctx: Ctx, who: &Identified, what: Show) -> Result<Seen<Looked>, Failure> {
        let line = self.execute(ctx, Command::of(who.id(), HolderCommand::Show(what))).await?;
        self.looked(&line, who.id()).await
    }

    /// The latest lines of the journal about somebody whose file is being shown.
    pub async fn history(&self, of: &Seen<Looked>, lines: i64) -> Result<Vec<Entry>, Failure> {
        Ok(self.store().entries_of(Subject::Holder(of.file.id), lines).await?)
    }

    /// Whoever has this number and name: a channel says both, and which of the two does not fit is nobody's business.
    pub async fn identified(&self, number: &str, name: &str) -> Result<Identified, Failure> {
        clause!(R24.1);
        let number = SocialSecurityNumber::looked_for(number).map_err(|e| not_a_number(&e))?;
        let mismatch = || refused(Reason::LossIdentityMismatch);
        let id = self.find(&number).await?.ok_or_else(mismatch)?;
        let (file, _) = self.file(id).await?.ok_or_else(mismatch)?;
        let fits = file.person.as_ref().is_some_and(|p| p.details.name.display() == name);
        if fits { Ok(Identified(file)) } else { Err(mismatch()) }
    }

    /// What the registers say of somebody on file who applies again.
    ///
    /// # Errors
    /// When they say nothing at all, which is never taken for a passed check.
    pub async fn register_checks(&self, who: &Identified) -> Result<Vec<RegisterCheck>, Failure> {
        self.checks_of(who.applicant()?).await
    }

    /// The state of the card of whoever has this number; `None` when there is no card.
    ///
    /// # Errors
    /// When the store cannot be asked: never taken for "no card". A number that is none is `material_defective`.
    pub async fn card_state(
        &self,
        actor: &Actor,
        number: &str,
    ) -> Result<Seen<Option<CardStateRow>>, Failure> {
        let right = self.may(actor, Verb::AskCardStatus, &Place::Anywhere)?;
        let number = SocialSecurityNumber::looked_for(number).map_err(|e| not_a_number(&e))?;
        Ok(Seen::by_right(&right, self.state_of(&number).await?))
    }

    /// The same for many people, in order, by one question to the store; a number that is none has its own answer.
    pub async fn card_states(
        &self,
        actor: &Actor,
        numbers: &[String],
    ) -> Result<Vec<Result<Seen<Option<CardStateRow>>, NumberError>>, Failure> {
        let right = self.may(actor, Verb::AskCardStatus, &Place::Anywhere)?;
        let parsed: Vec<_> = numbers.iter().map(|n| SocialSecurityNumber::looked_for(n)).collect();
        let good: Vec<_> = parsed.iter().filter_map(|p| p.as_ref().ok()).collect();
        let mut states = self.states_of(&good).await?.into_iter();
        Ok(parsed.into_iter().map(|p| p.map(|_| Seen::by_right(&right, states.next().flatten()))).collect())
    }

    /// 停用卡清单: the numbers of all cards that were used and are not in force now.
    pub async fn held_cards(&self, actor: &Actor) -> Result<Seen<Vec<String>>, Failure> {
        let right = self.may(actor, Verb::TakeHeldCards, &Place::Anywhere)?;
        let cards = self.all_held_cards().await?;
        Ok(Seen::by_right(&right, cards))
    }

    /// 证书密钥: who and which card a vendor's chip is for, once the taking of its keys is journaled; in the order of the asks.
    pub async fn taking_card_keys(
        &self,
        ctx: &Ctx,
        batch: BatchId,
        asks: Vec<(HolderId, ApplicationId, ChipIdentifier)>,
    ) -> Result<Vec<Result<Seen<Extracted>, Failure>>, Failure> {
        clause!(X7.3);
        let take = |(holder, application, chip): &(HolderId, ApplicationId, ChipIdentifier)| {
            let take = TakeCardKeys { application: *application, batch, chip: chip.clone() };
            (ctx.clone(), Command::of(*holder, HolderCommand::TakeCardKeys(take)))
        };
        let outcomes = self.execute_all(asks.iter().map(take).collect(), |_| {}).await;
        let holders = asks.iter().map(|(holder, ..)| *holder).collect();
        let want = LoadRequest { holders, ..LoadRequest::default() };
        let loaded = self.store().load(&want).await?;
        let data = |(holder, application, _): &(HolderId, ApplicationId, ChipIdentifier)| {
            let file = loaded.holders.get(holder)?;
            Extracted::of(file, file.application(*application)?)
        };
        let one = |(ask, outcome): (_, Result<Receipt, Failure>)| {
            let line = outcome?;
            let data = data(ask).ok_or_else(|| refused(Reason::NotFound))?;
            Ok(Seen::journaled(&line, data))
        };
        Ok(asks.iter().zip(outcomes).map(one).collect())
    }

    /// 缴费结果 of the application that a form's number names in the file of whoever has this number; the command is made for
    /// that application.
    pub async fn pay_fee(
        &self,
        ctx: Ctx,
        number: &str,
        form_no: &str,
        pay: impl FnOnce(ApplicationId) -> Pay,
    ) -> Result<Receipt, Failure> {
        clause!(R22.1);
        let number = SocialSecurityNumber::looked_for(number).map_err(|e| not_a_number(&e))?;
        let none = || Failure::from(Refusal::about(Reason::NotFound, "缴费所属的申请"));
        let id = self.find(&number).await?.ok_or_else(none)?;
        let (file, _) = self.file(id).await?.ok_or_else(none)?;
        let application = file.applications.iter().find(|a| a.form_no == form_no.trim()).ok_or_else(none)?.id;
        self.execute(ctx, Command::of(id, HolderCommand::PayFee(pay(application)))).await
    }
}

fn not_a_number(e: &dyn std::fmt::Display) -> Failure {
    Refusal::about(Reason::MaterialDefective, e.to_string()).into()
}
