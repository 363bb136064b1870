//! Reading is a right (Article 39): what may be shown of somebody comes as a [`Seen`], and only the doors of this crate make one.
//! A door gives the command whose line the journal keeps, and loads what is shown after it; decision 0008 says which reads
//! have no line of their own, and these show by the right alone.

use crate::audit::without_numbers;
use crate::exchange::refused;
use crate::outcome::{Failure, Receipt};
use crate::seen::{InClear, Item, Looked, Seen};
use crate::service::Service;
use crate::work::{Command, Whose};
use kaguan_domain::account_opening::Extracted;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::e_card::TakeNumber;
use kaguan_domain::facts::application::{Application, RegisterCheck};
use kaguan_domain::facts::card::{Card, Social};
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::form::{ApplicationForm, Field};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::join::Join;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, CardId, CardNumber, ChipIdentifier, HolderId, NumberError,
};
use kaguan_domain::loss::card_meant;
use kaguan_domain::one_card::PrintSlip;
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_domain::production::TakeCardKeys;
use kaguan_domain::rare_name::names_agree;
use kaguan_domain::records::{Look, LookInBatch, PrintReceipt, PrintVoucher, Show};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::journal::Entry;
use kaguan_store::{CardStateRow, LoadRequest, Loaded, STOCK, SeveralPeople, Subject};

/// Files that one is to be joined into, told of at most: an officer proposes one.
const JOINS_TOLD: i64 = 20;

/// A right that was asked for and is there: only [`Service::may`] makes one.
#[derive(Debug)]
pub struct Right(());

/// Somebody whom a partner named by number and name, and both fit one file. What the file says is told only by
/// [`Service::show`]; a command may be made for it.
pub struct Identified(HolderFile);

impl Identified {
    /// Whose file.
    pub fn id(&self) -> HolderId {
        self.0.id
    }

    /// The card that is meant, of those that the person has: by its bank, and the last four characters of its number, where they were
    /// named.
    pub fn card_meant(&self, bank: Option<&BankCode>, tail: Option<&str>) -> Result<CardId, Failure> {
        Ok(card_meant(&self.0, bank, tail)?)
    }

    /// The card that is to be enabled: one that is not yet, before one that is.
    pub fn card_to_enable(&self, tail: Option<&str>) -> Result<CardId, Failure> {
        let mut waiting = self.0.standing_cards().filter(|c| c.social == Social::NotEnabled);
        match (waiting.next(), waiting.next(), tail) {
            (Some(only), None, None) => Ok(only.id),
            _ => self.card_meant(None, tail),
        }
    }

    /// The latest application with a form of this number.
    pub fn application(&self, form_no: &str) -> Result<ApplicationId, Failure> {
        let found = self.0.applications.iter().rev().find(|a| a.form_no == Field::FormNo.folded(form_no));
        found.map(|a| a.id).ok_or_else(|| Refusal::about(Reason::NotFound, "该申请").into())
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

    pub(crate) async fn looked(&self, line: &Receipt, id: HolderId) -> Result<Seen<Looked>, Failure> {
        let found = self.file(id).await?;
        let (file, mut around) = found.ok_or_else(|| refused(Reason::NotFound))?;
        // Whether files may be taken apart is decided with both, whichever number led here.
        let unknown = |id: &HolderId| !around.holders.contains_key(id);
        let holders: Vec<HolderId> = file.joined_files().filter(unknown).collect();
        if !holders.is_empty() {
            let joined = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
            around.holders.extend(joined.holders);
        }
        Ok(Seen::journaled(line, Looked::of(file, around)))
    }

    /// Several people, each with the line of the look: they are loaded at once.
    pub(crate) async fn looked_all(
        &self,
        lines: &[Receipt],
        ids: &[HolderId],
    ) -> Result<Vec<Seen<Looked>>, Failure> {
        let loaded =
            self.store().load(&LoadRequest { holders: ids.to_vec(), ..LoadRequest::default() }).await?;
        let mut out = Vec::with_capacity(ids.len());
        for (line, id) in lines.iter().zip(ids) {
            out.push(match loaded.alone(*id) {
                Some((file, around)) => Seen::journaled(line, Looked::of(file, around)),
                None => self.looked(line, *id).await?,
            });
        }
        Ok(out)
    }

    async fn in_clear(&self, line: &Receipt, id: HolderId) -> Result<Seen<InClear>, Failure> {
        Ok(Seen::journaled(line, InClear::of(self.looked(line, id).await?.into_shown())))
    }

    /// 查看 of one item in the clear, for whoever writes why: the line has the item and the reason.
    pub async fn look_at_item(
        &self,
        ctx: Ctx,
        id: HolderId,
        item: Item,
        reason: &str,
    ) -> Result<(Seen<Looked>, Seen<String>), Failure> {
        clause!(R39.1);
        // An empty reason is refused by the rule, which wants one.
        let reason =
            if reason.is_empty() { String::new() } else { format!("查看{}：{reason}", item.name()) };
        let look = HolderCommand::Look(Look { reason, material: None });
        let line = self.execute(ctx, Command::of(id, look)).await?;
        let seen = self.looked(&line, id).await?;
        let text = item.of(seen.whole());
        Ok((seen, Seen::journaled(&line, text)))
    }

    /// 查看 of a file in the clear, for a paper or a machine that cannot do without: the line has the reason.
    pub async fn look_in_clear(
        &self,
        ctx: Ctx,
        id: HolderId,
        reason: &str,
    ) -> Result<Seen<InClear>, Failure> {
        clause!(R39.1);
        let look = HolderCommand::Look(Look { reason: reason.into(), material: None });
        let line = self.execute(ctx, Command::of(id, look)).await?;
        self.in_clear(&line, id).await
    }

    /// 查看: a file, with the reason.
    pub async fn look(&self, ctx: Ctx, id: HolderId, reason: &str) -> Result<Seen<Looked>, Failure> {
        clause!(R39.1);
        let look = HolderCommand::Look(Look { reason: reason.into(), material: None });
        let line = self.execute(ctx, Command::of(id, look)).await?;
        self.looked(&line, id).await
    }

    /// 查看 of somebody on the contact sheet of a batch: a look at the file by whoever may open it, and by whoever may only confirm the
    /// batch one at its person.
    pub(crate) async fn look_in_batch(
        &self,
        ctx: Ctx,
        id: HolderId,
        (batch, application): (BatchId, ApplicationId),
        reason: &str,
    ) -> Result<Seen<Looked>, Failure> {
        clause!(R39.1);
        if self.may(&ctx.actor, Verb::LookAtHolder, &Place::Anywhere).is_ok() {
            return self.look(ctx, id, reason).await;
        }
        let look = LookInBatch { batch, application, reason: reason.into() };
        let line = self.execute(ctx, Command::of(id, HolderCommand::LookInBatch(look))).await?;
        self.looked(&line, id).await
    }

    /// 查看 of whoever has this number, or a document with it; of several each look has its line, and a search that finds nobody
    /// has one too.
    pub async fn look_up(
        &self,
        ctx: Ctx,
        what: &LookedUp,
        reason: &str,
    ) -> Result<Vec<Seen<Looked>>, Failure> {
        clause!(R39.1);
        let look = || HolderCommand::Look(Look { reason: reason.into(), material: None });
        let found = self.store().locate(what).await?.files;
        if found.is_empty() {
            self.execute(ctx, Command::Holder { whose: Whose::Nobody, command: look() }).await?;
            return Err(refused(Reason::NotFound));
        }
        let mut seen = Vec::with_capacity(found.len());
        for id in found {
            let line = self.execute(ctx.clone(), Command::of(id, look())).await?;
            seen.push(self.looked(&line, id).await?);
        }
        Ok(seen)
    }

    /// The one file of whoever has a number as it was typed, or a document with it; `None` when nobody has.
    ///
    /// # Errors
    /// Also when it is no number, and when several people have a document with it.
    pub(crate) async fn file_of(&self, typed: &str) -> Result<Option<(HolderFile, Loaded)>, Failure> {
        let what = LookedUp::read(typed).map_err(|e| not_a_number(&e))?;
        let found = self.store().locate(&what).await?;
        found.one().map_err(|e| Refusal::about(Reason::MaterialDefective, e.to_string()).into())
    }

    /// 打印业务受理回执.
    pub async fn receipt(
        &self,
        ctx: Ctx,
        id: HolderId,
        print: PrintReceipt,
    ) -> Result<Seen<InClear>, Failure> {
        let line = self.execute(ctx, Command::of(id, HolderCommand::PrintReceipt(print))).await?;
        self.in_clear(&line, id).await
    }

    /// 打印不予受理凭证.
    pub async fn voucher(
        &self,
        ctx: Ctx,
        id: HolderId,
        print: PrintVoucher,
    ) -> Result<Seen<InClear>, Failure> {
        clause!(R8.9);
        let line = self.execute(ctx, Command::of(id, HolderCommand::PrintVoucher(print))).await?;
        self.in_clear(&line, id).await
    }

    /// What a channel shows the holder who uses it.
    pub async fn show(&self, ctx: Ctx, who: &Identified, what: Show) -> Result<Seen<Looked>, Failure> {
        let line = self.execute(ctx, Command::of(who.id(), HolderCommand::Show(what))).await?;
        self.looked(&line, who.id()).await
    }

    /// 打印一人一卡业务确认单: the cards of somebody who stands at the counter, and whose document was seen.
    pub async fn cards_of(&self, ctx: Ctx, id: HolderId, print: PrintSlip) -> Result<Seen<InClear>, Failure> {
        clause!(X10.1);
        let line = self.execute(ctx, Command::of(id, HolderCommand::PrintSlip(print))).await?;
        self.in_clear(&line, id).await
    }

    /// What the registers say of somebody whose file is being shown, and who applies again.
    pub async fn register_checks_of(&self, of: &Seen<Looked>) -> Result<Vec<RegisterCheck>, Failure> {
        let person = of.whole().person.as_ref().ok_or_else(|| refused(Reason::NotFound))?;
        self.checks_of(&person.details).await
    }

    /// The latest lines of the journal about somebody whose file is being shown, those of files that were joined into it among
    /// them.
    pub async fn history(&self, of: &Looked, lines: i64) -> Result<Vec<Entry>, Failure> {
        let mut out = Vec::new();
        for id in self.all_files(of).await? {
            out.extend(self.store().entries_of(Subject::Holder(id), lines).await?);
        }
        out.sort_by_key(|e| std::cmp::Reverse(e.seq));
        out.truncate(usize::try_from(lines).unwrap_or(usize::MAX));
        Ok(out)
    }

    /// The file that is being shown, and those that were joined into it.
    async fn all_files(&self, of: &Looked) -> Result<Vec<HolderId>, Failure> {
        let mut files = vec![of.file.id];
        let mut more: Vec<HolderId> = of.file.joined_files().collect();
        while !more.is_empty() {
            files.extend(&more);
            let loaded =
                self.store().load(&LoadRequest { holders: more.clone(), ..LoadRequest::default() }).await?;
            let joined =
                more.iter().filter_map(|id| loaded.holders.get(id)).flat_map(HolderFile::joined_files);
            more = joined.filter(|id| !files.contains(id)).collect();
        }
        Ok(files)
    }

    /// 档案合并 of a file that is being shown, each as it is told while a second officer has still to decide: into it, out of it, or with it into
    /// another one.
    pub async fn joins_of(&self, of: &Seen<Looked>) -> Result<Vec<String>, Failure> {
        clause!(R3.2);
        let file = &of.file;
        let last = |j: &&Join| file.join_with(j.other) == Some(*j);
        let joins = file.person.iter().flat_map(|p| &p.joins).filter(last);
        let mut said: Vec<String> = joins.filter_map(|j| j.waits_said(false)).collect();
        let holders = self.store().joins_waiting_into(file.id, JOINS_TOLD).await?;
        if holders.is_empty() {
            return Ok(said);
        }
        let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let into = loaded.holders.values().filter_map(|stays| stays.join_with(file.id)?.waits_said(true));
        said.extend(into);
        said.sort();
        Ok(said)
    }

    /// The latest looks at somebody whose file is being shown, newest first, each with its reason; nobody's number can be read in
    /// one.
    pub async fn looks_at(&self, of: &Seen<Looked>, looks: usize) -> Result<Vec<(Entry, String)>, Failure> {
        clause!(R39.1);
        let limit = i64::try_from(looks).unwrap_or(i64::MAX);
        let mut lines = Vec::new();
        for id in self.all_files(of).await? {
            for verb in [Verb::LookAtHolder, Verb::LookAtBatches] {
                lines.extend(self.store().entries_doing(Subject::Holder(id), verb.code(), limit).await?);
            }
        }
        lines.sort_by_key(|e| std::cmp::Reverse(e.seq));
        lines.truncate(looks);
        let mut out = Vec::new();
        for line in lines {
            let why = |event: &HolderEvent| {
                let HolderEvent::LookedAt { reason, .. } = event else { return None };
                Some(without_numbers(reason))
            };
            let reason = self.store().holder_events(&line)?.iter().find_map(why).unwrap_or_default();
            out.push((line, reason));
        }
        Ok(out)
    }

    /// Whoever has this number and name: a channel says both, and which of the two does not fit is nobody's business.
    pub async fn identified(&self, number: &str, name: &str) -> Result<Identified, Failure> {
        clause!(R24.1);
        let mismatch = || refused(Reason::LossIdentityMismatch);
        let (file, _) = self.file_of(number).await?.ok_or_else(mismatch)?;
        let fits = file.person.as_ref().is_some_and(|p| names_agree(p.details.name.display(), name));
        if fits { Ok(Identified(file)) } else { Err(mismatch()) }
    }

    /// Whoever's card is in a machine, and has just typed its PIN there: card and PIN stand for the holder (Article 19). A lost or
    /// held card opens nothing.
    pub async fn card_inside(
        &self,
        card_no: &str,
        chip: &str,
        pin_verified: bool,
    ) -> Result<(Identified, CardId), Failure> {
        clause!(R19.1);
        if !pin_verified {
            return Err(Refusal::about(Reason::HolderNotVerified, "终端未核验社保应用密码").into());
        }
        self.card_read(card_no, chip).await
    }

    /// Whoever's card lies on a reader whose PIN is not known yet: for a command that says what the chip made of it.
    pub async fn card_read(&self, card_no: &str, chip: &str) -> Result<(Identified, CardId), Failure> {
        clause!(R19.1);
        let unknown =
            || Failure::from(Refusal::about(Reason::NotFound, "卡号与卡识别码不符").by(clause!(R19.1)));
        let number = CardNumber::parse(card_no.trim()).map_err(|e| not_a_number(&e))?;
        let claim = Claim::card_number(&number);
        let want = LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() };
        let owner = self.store().load(&want).await?.claims.get(&claim).copied();
        let owner = owner.filter(|id| *id != STOCK).ok_or_else(unknown)?;
        let (file, _) = self.file(owner).await?.ok_or_else(unknown)?;
        let fits = |c: &&Card| c.card_no == number && c.chip.as_str().eq_ignore_ascii_case(chip.trim());
        let card = file.cards.iter().find(fits).ok_or_else(unknown)?;
        if card.is_cancelled() {
            return Err(Refusal::from(Reason::CardCancelled).of_cancelled_card(&file).into());
        }
        if card.is_held() {
            return Err(Refusal::held_back(card).into());
        }
        let id = card.id;
        Ok((Identified(file), id))
    }

    /// Whether a command about whoever was identified would be done; nothing of the file is told but the refusal.
    pub async fn would_do(
        &self,
        ctx: &Ctx,
        who: &Identified,
        command: &HolderCommand,
    ) -> Result<(), Failure> {
        let (file, around) = self.file(who.id()).await?.ok_or_else(|| refused(Reason::NotFound))?;
        Ok(Looked::of(file, around).decided(command, ctx, &self.institutions(), None)?)
    }

    /// The state of the card of whoever's card is in a machine.
    pub async fn state_inside(
        &self,
        actor: &Actor,
        who: &Identified,
    ) -> Result<Seen<Option<CardStateRow>>, Failure> {
        let number = who.0.person.as_ref().map(|p| p.details.ssn.clone());
        let number = number.ok_or_else(|| refused(Reason::NotFound))?;
        self.card_state(actor, number.as_str()).await
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
        let what = LookedUp::read(number).map_err(|e| not_a_number(&e))?;
        if let Some(number) = &what.number
            && let Some(state) = self.state_of(number).await?
        {
            return Ok(Seen::by_right(&right, Some(state)));
        }
        // Rarely: by a document, or by a number that is on no card.
        let Some((file, _)) = self.file_of(number).await? else { return Ok(Seen::by_right(&right, None)) };
        let state = match file.person {
            Some(person) => self.state_of(&person.details.ssn).await?,
            None => None,
        };
        Ok(Seen::by_right(&right, state))
    }

    /// The same for many people, in order, by one question to the store; a number that is none has its own answer.
    pub async fn card_states(
        &self,
        actor: &Actor,
        numbers: &[String],
    ) -> Result<Vec<Result<Seen<Option<CardStateRow>>, NumberError>>, Failure> {
        let right = self.may(actor, Verb::AskCardStatus, &Place::Anywhere)?;
        let parsed: Vec<_> = numbers.iter().map(|n| LookedUp::read(n)).collect();
        let good: Vec<_> = parsed.iter().filter_map(|p| p.as_ref().ok()?.number.as_ref()).collect();
        let mut states = self.states_of(&good).await?.into_iter();
        let direct = |what: &LookedUp, states: &mut dyn Iterator<Item = Option<CardStateRow>>| {
            what.number.as_ref().and_then(|_| states.next().flatten())
        };
        let known: Vec<_> = parsed.iter().map(|p| direct(p.as_ref().ok()?, &mut states)).collect();
        // Rarely: by a document, by an earlier number, or by a number that is on no card; all of these by one question.
        let mut want = LoadRequest::default();
        for what in
            parsed.iter().zip(&known).filter(|(_, k)| k.is_none()).filter_map(|(p, _)| p.as_ref().ok())
        {
            want.claims.extend(what.claims.iter().cloned());
            want.traces.extend(what.traces.iter().cloned());
        }
        let loaded = self.store().load(&want).await?;
        let number_of = |id: &HolderId| Some(loaded.holders.get(id)?.person.as_ref()?.details.ssn.clone());
        let mut out = Vec::with_capacity(numbers.len());
        for (what, known) in parsed.into_iter().zip(known) {
            let found = what.as_ref().map(|w| loaded.who(w)).unwrap_or_default();
            out.push(match (what, known, found.as_slice()) {
                (Err(e), ..) => Err(e),
                (Ok(_), Some(state), _) => Ok(Seen::by_right(&right, Some(state))),
                (Ok(_), None, []) => Ok(Seen::by_right(&right, None)),
                (Ok(_), None, [id]) => {
                    let state = match number_of(id) {
                        Some(number) => self.state_of(&number).await?,
                        None => None,
                    };
                    Ok(Seen::by_right(&right, state))
                }
                (Ok(_), None, _) => Err(NumberError { what: "证件号码", why: SeveralPeople.to_string() }),
            });
        }
        Ok(out)
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

    /// A command about whoever has a number as it was typed, or a document with it; when nobody has, its line is all there is.
    pub async fn execute_for(
        &self,
        ctx: Ctx,
        typed: &str,
        command: HolderCommand,
    ) -> Result<Receipt, Failure> {
        clause!(R35.1);
        let whose = self.file_of(typed).await?.map_or(Whose::Nobody, |(file, _)| Whose::Id(file.id));
        self.execute(ctx, Command::Holder { whose, command }).await
    }

    /// 电子社保卡签发结果 of a card in the file of whoever has this number.
    pub async fn e_card_numbered(
        &self,
        ctx: Ctx,
        number: &str,
        take: TakeNumber,
    ) -> Result<Receipt, Failure> {
        clause!(R2.1);
        let none =
            || Failure::from(Refusal::about(Reason::NotFound, "社会保障号码或卡编号").by(clause!(R2.1)));
        let (file, _) = self.file_of(number).await?.ok_or_else(none)?;
        self.execute(ctx, Command::of(file.id, HolderCommand::TakeECardNumber(take))).await
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
        let none = || Failure::from(Refusal::about(Reason::NotFound, "缴费所属的申请").under(clause!(R22.1)));
        let found = self.file_of(number).await;
        let named = found.as_ref().ok().and_then(Option::as_ref).and_then(|(file, _)| {
            let named = |a: &&Application| a.form_no == Field::FormNo.folded(form_no);
            Some((file.id, file.applications.iter().find(named)?.id))
        });
        let (whose, application) = match named {
            Some((id, application)) => (Whose::Id(id), application),
            None => (Whose::Nobody, ApplicationId(0)),
        };
        let is_somebodys = matches!(whose, Whose::Id(_));
        let command = HolderCommand::PayFee(pay(application));
        // Whoever has no right is told so whether or not there is such an application; whose it is elsewhere is nobody's here.
        match self.execute(ctx, Command::Holder { whose, command }).await {
            Err(Failure::Refused(r))
                if [Reason::NotPermitted, Reason::OfficerInactive].contains(&r.reason) =>
            {
                Err(Failure::Refused(r))
            }
            Err(Failure::Refused(_)) if !is_somebodys => Err(found.err().unwrap_or_else(none)),
            Err(Failure::Refused(r)) if r.reason == Reason::OutOfScope => Err(none()),
            outcome => outcome,
        }
    }
}

fn not_a_number(e: &dyn std::fmt::Display) -> Failure {
    Refusal::about(Reason::MaterialDefective, e.to_string()).into()
}
