//! Batches and their exchange with banks and vendors (Appendix 7): screening, extraction, the rows that partners see.

use crate::outcome::{Failure, Told};
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::account_opening::{Details, Extracted};
use kaguan_domain::alive::nobody_else_waits;
use kaguan_domain::batch::Screen;
use kaguan_domain::clause;
use kaguan_domain::clause::Clause;
use kaguan_domain::ctx::{Actor, Channel, Instant};
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::account::BankAccount;
use kaguan_domain::facts::application::{Application, Stage};
use kaguan_domain::facts::batch::{BatchFile, BatchState};
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::form::Delivery;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::facts::unit::UnitState;
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, CardId, CardNumber, CityCode, HolderId, MaterialId, OrgId, UnitId,
};
use kaguan_domain::rare_name;
use kaguan_domain::records;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_files::photo::bare;
use kaguan_store::journal::Entry;
use kaguan_store::{LoadRequest, STOCK, StoreError, StoredDataError, Subject};
use std::collections::{BTreeMap, HashSet};

const PAGE: i64 = 500;
/// The most unit applications of a city that are asked for their papers.
const UNITS: i64 = 100_000;

/// One row of a batch, as a partner gets it: made only where the page that it stands on is journaled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchPerson {
    /// Whose file.
    pub holder: HolderId,
    pub application: ApplicationId,
    /// The data.
    pub data: Extracted,
    /// The applicant's details.
    pub details: Details,
    /// The photo to be printed; none under seven (R5.4).
    pub photo: Option<PhotoRef>,
    /// 相片回执 of a photo that is to be printed and lies on a city's platform, not here (R10.3).
    pub photo_receipt: Option<String>,
    /// The image of the document, for a name with a rare character (R34.1).
    pub document: Option<MaterialId>,
    /// The account, once it is opened.
    pub account: Option<BankAccount>,
    /// Where the card is collected.
    pub collect_at: OrgId,
    /// For which employer's operator.
    pub employer: Option<String>,
    /// 邮递约定: where the card is posted to, once the holder has agreed to it.
    pub post: Option<Delivery>,
}

/// The receipt under which the photo to be printed is fetched when it is not here: whoever is seven has one or the other.
fn photo_receipt(file: &HolderFile, application: &Application) -> Option<String> {
    clause!(R10.3);
    let person = file.person.as_ref().filter(|p| p.photo.is_none())?;
    let receipt = person.details.photo_receipt.clone();
    receipt.filter(|_| person.details.photo_required(application.received_on))
}

impl Service {
    /// 批次筛选: opens a batch and puts every ready application of a city and bank into it, or, when only people are left whose
    /// units' papers nobody has registered, those of one unit. Returns the batch and how many are in it; refuses when there is
    /// none.
    pub async fn screen(
        &self,
        actor: &Actor,
        city: &CityCode,
        bank: &BankCode,
        urgent: bool,
    ) -> Result<(BatchId, usize), Failure> {
        clause!(X7.1);
        let ready = |after| self.store().ready(city.as_str(), bank.as_str(), urgent, after, PAGE);
        let waiting = self.store().units_waiting(city.as_str(), None, UnitId(i64::MAX), UNITS).await?;
        let unseen = waiting.into_iter().filter(|u| u.state() == UnitState::Outstanding).map(|u| u.id);
        let unseen: HashSet<UnitId> = unseen.collect();
        let mut after = HolderId(i64::MIN);
        let mut by_unit: BTreeMap<Option<UnitId>, Vec<_>> = BTreeMap::new();
        loop {
            // Whoever has died since is not among them, and no clock of the others begins with that application.
            let page = ready(after).await?;
            let Some(last) = page.last() else { break };
            after = last.whose.holder;
            for row in page.iter().filter(|row| !row.marked) {
                let unit = row.unit.filter(|u| unseen.contains(u));
                by_unit.entry(unit).or_default().push((row.whose, row.received_on));
            }
        }
        // Whoever's papers were seen waits for nobody's: the others come afterwards, the people of each unit in a batch of its own.
        let first = by_unit.into_values().next().unwrap_or_default();
        let collected_on = first.iter().map(|(_, day)| *day).fold(self.now().date(), Date::min);
        let all: Vec<_> = first.into_iter().map(|(row, _)| row).collect();
        let id = BatchId(self.fresh());
        let open = BatchCommand::Open {
            number: format!("{}{}{}", city.as_str(), bank.as_str(), id),
            city: city.clone(),
            bank: bank.clone(),
            urgent,
            collected_on,
            // Where nobody waits it is refused by the rule, with its line.
            waiting: Some(all.len()),
        };
        let opened = self
            .execute(self.ctx(actor.clone(), Channel::Console, None), Command::Batch { id, command: open })
            .await;
        if matches!(&opened, Err(Failure::Refused(refused)) if refused.reason == Reason::BatchEmpty) {
            let dead = self.left_out_of(city, bank, urgent).await?;
            if !dead.is_empty() {
                let forms = dead.iter().map(|one| one.form_no.as_str());
                return Err(Failure::Refused(Box::new(nobody_else_waits(forms))));
            }
        }
        opened?;
        let letter = city.card_number_letter().ok_or_else(|| refused_by(clause!(X7.1), Reason::NotFound))?;
        let counter = format!("card_no/{}", city.as_str());
        let first = self.store().reserve(&counter, all.len() as i64).await?;
        let mut commands = Vec::with_capacity(all.len());
        for (i, row) in all.iter().enumerate() {
            let number = u32::try_from(first + i as i64).ok().and_then(|n| CardNumber::allocate(letter, n));
            let card_no = number.ok_or_else(|| Failure::Unavailable("本市卡号段已用尽".into()))?;
            let screen = Screen { application: row.application, batch: id, card_no };
            let ctx = self.ctx(actor.clone(), Channel::Console, None);
            commands.push((ctx, Command::of(row.holder, HolderCommand::Screen(screen))));
        }
        let mut done = 0;
        for outcome in self.execute_all(commands, |_| {}).await {
            match outcome {
                Ok(_) => done += 1,
                // Another clerk was faster; the application is in another batch.
                Err(Failure::Refused(_)) => {}
                Err(e) => return Err(e),
            }
        }
        Ok((id, done))
    }

    /// Loads one batch.
    pub async fn batch(&self, id: BatchId) -> Result<Option<BatchFile>, StoreError> {
        let want = LoadRequest { batches: vec![id], tally: Some(id), ..LoadRequest::default() };
        Ok(self.store().load(&want).await?.batches.remove(&id))
    }

    /// Since when a vendor has the data of a batch: from then on the certificates of its cards hold, whenever they are asked for. `None` when
    /// none has them.
    pub async fn at_vendor_since(&self, id: BatchId) -> Result<Option<Instant>, StoreError> {
        let batch = self.batch(id).await?.and_then(|f| f.batch);
        Ok(batch.and_then(|b| if let BatchState::AtVendor { at, .. } = b.state { Some(at) } else { None }))
    }

    /// The rows of a batch that wait for a partner: at the bank, or at the vendor once the accounts are opened. Only
    /// for the bank or the vendor that they belong to.
    pub async fn people_of(&self, partner: &Actor, id: BatchId) -> Result<Seen<Vec<BatchPerson>>, Failure> {
        self.people_after(partner, id, HolderId(i64::MIN), usize::MAX).await
    }

    /// The same from one person on, at most so many; that they went out is journaled before they do.
    pub async fn people_after(
        &self,
        partner: &Actor,
        id: BatchId,
        mut after: HolderId,
        limit: usize,
    ) -> Result<Seen<Vec<BatchPerson>>, Failure> {
        let file = self.batch(id).await?;
        let batch = file.and_then(|f| f.batch).ok_or_else(|| refused_by(clause!(X7.2), Reason::NotFound))?;
        let stage = records::waiting_for(partner, &batch).map_err(|r| Failure::Refused(Box::new(r)))?;
        let institutions = self.institutions();
        let mut out: Vec<BatchPerson> = Vec::new();
        while out.len() < limit {
            let rows = PAGE.min(i64::try_from(limit - out.len()).unwrap_or(PAGE));
            let page = self.store().batch_people(id, stage, after, rows).await?;
            let Some(last) = page.last() else { break };
            after = last.holder;
            let holders = page.iter().map(|r| r.holder).collect();
            let want = LoadRequest { holders, ..LoadRequest::default() };
            let loaded = self.store().load(&want).await?;
            for row in page {
                let found = loaded.holders.get(&row.holder);
                let found = found.and_then(|file| Some((file, file.application(row.application)?)));
                let gone = || Failure::broken("a row of a batch is in no file");
                let (file, a) = found.ok_or_else(gone)?;
                // The row has left the batch, or gone on in it, since it was found: it is nothing for this partner any more.
                if a.stage.kind() != stage || a.stage.batch() != Some(id) {
                    continue;
                }
                let Some(data) = Extracted::of(file, a) else { continue };
                let Some(details) = Details::of(file, a, &institutions) else { continue };
                let account = if let Stage::AccountOpened { account, .. } = &a.stage {
                    Some(account.clone())
                } else {
                    None
                };
                out.push(BatchPerson {
                    holder: row.holder,
                    application: row.application,
                    data,
                    details,
                    photo: records::printed_photo(file, a),
                    photo_receipt: photo_receipt(file, a),
                    document: rare_name::document(file).map(|m| m.id),
                    account,
                    collect_at: a.collect_at,
                    employer: a.employer.clone(),
                    post: a.delivery.clone().filter(|_| a.post_agreed.is_some()),
                });
            }
        }
        // Nobody is nobody's to know: it has no line.
        if out.is_empty() {
            return Ok(Seen::of_nobody());
        }
        let command = BatchCommand::LendRows { rows: i64::try_from(out.len()).unwrap_or(i64::MAX) };
        let ctx = self.ctx(partner.clone(), Channel::Partner, None);
        let line = self.execute(ctx, Command::Batch { id, command }).await?;
        Ok(Seen::journaled(&line, out))
    }

    /// The photo of one person of a batch that a vendor has; the look is journaled first.
    pub async fn photo_for(
        &self,
        vendor: &Actor,
        batch: BatchId,
        (holder, application): (HolderId, ApplicationId),
    ) -> Result<Seen<Vec<u8>>, Failure> {
        let found = self.file(holder).await?;
        let (file, _) = found.ok_or_else(|| refused(Reason::NotFound))?;
        let printed = file.application(application).and_then(|a| records::printed_photo(&file, a));
        let command = HolderCommand::LendPhoto(records::LendPhoto { application, batch });
        let ctx = self.ctx(vendor.clone(), Channel::Partner, None);
        let line = self.execute(ctx, Command::of(holder, command)).await?;
        // A photo that is referred to and not stored is never "none".
        let missing = || Failure::broken("a photo is not in the store");
        let name = printed.ok_or_else(missing)?;
        let photo = self.store().photo(&name.0).await?;
        Ok(Seen::journaled(&line, bare(photo.ok_or_else(missing)?)))
    }

    /// Lends the image of somebody's document to the partner that works on the card (R34.1); the look is journaled first.
    pub async fn lend_document(
        &self,
        partner: &Actor,
        batch: BatchId,
        (holder, application): (HolderId, ApplicationId),
    ) -> Result<Seen<Vec<u8>>, Failure> {
        clause!(R34.1);
        let found = self.file(holder).await?;
        let (file, _) = found.ok_or_else(|| refused(Reason::NotFound))?;
        let material = rare_name::document(&file).map_or(MaterialId(0), |m| m.id);
        let command = HolderCommand::LendDocument(rare_name::LendDocument { application, batch, material });
        let ctx = self.ctx(partner.clone(), Channel::Partner, None);
        let line = self.execute(ctx, Command::of(holder, command)).await?;
        let bytes = self.store().material(material).await?;
        let bytes = bytes.ok_or_else(|| Failure::broken("a material is not in the store"))?;
        Ok(Seen::journaled(&line, bare(bytes)))
    }

    /// Loads one file with the batches around it; of one that was joined into another, that one.
    pub async fn file(&self, id: HolderId) -> Result<Option<(HolderFile, kaguan_store::Loaded)>, StoreError> {
        let mut loaded =
            self.store().load(&LoadRequest { holders: vec![id], ..LoadRequest::default() }).await?;
        Ok(loaded.holders.remove(&loaded.answers_for(id)).map(|f| (f, loaded)))
    }

    /// The holder, the card and the bank of a bank card number; `None` when nobody has it.
    pub async fn card_of_bank_number(
        &self,
        number: &str,
    ) -> Result<Option<(HolderId, CardId, BankCode)>, StoreError> {
        let claim = Claim { kind: ClaimKind::BankCardNumber, value: number.into() };
        let loaded =
            self.store().load(&LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() }).await?;
        let holder = loaded.claims.get(&claim).copied().filter(|holder| *holder != STOCK);
        let Some(holder) = holder else { return Ok(None) };
        let Some((file, _)) = self.file(holder).await? else {
            // Whoever has the number has a file: never taken for "nobody".
            let (table, column) = ("claim", "holder_id");
            let (row, why) = (format!("bank_card of holder_id {holder}"), "it has no file".into());
            return Err(StoredDataError { table, column, row, why }.into());
        };
        let card = file.cards.iter().find(|c| c.bank_account.bank_card_no.as_str() == number);
        Ok(card.map(|c| (file.id, c.id, c.bank.clone())))
    }

    /// The journal's line of an earlier request under a caller's own key.
    pub async fn earlier(
        &self,
        actor: &Actor,
        key: &str,
    ) -> Result<Option<(Entry, Option<u32>)>, StoreError> {
        let digest = self.store().digest("request", &format!("{}\n{key}", actor.text()));
        let loaded = self.store().load(&LoadRequest { keys: vec![digest], ..LoadRequest::default() }).await?;
        let Some((_, entry)) = loaded.keys.get(&digest) else { return Ok(None) };
        let found = self.store().entries_from(*entry, 1).await?.into_iter().next();
        let Some(line) = found.filter(|e| e.seq == *entry) else { return Ok(None) };
        let (_, told) = self.told(line.seq).await?;
        Ok(Some((line, told.seq)))
    }

    /// The numbers of all cards that were used and are not in force now, for the file of held cards.
    pub(crate) async fn all_held_cards(&self) -> Result<Vec<String>, StoreError> {
        let today = self.now().date();
        let mut out = Vec::new();
        let mut after = (HolderId(i64::MIN), CardId(i64::MIN));
        loop {
            let page = self.store().held_cards(today, after, 10_000).await?;
            let Some((holder, card, _)) = page.last() else { return Ok(out) };
            after = (*holder, *card);
            out.extend(page.into_iter().map(|(_, _, card_no)| card_no));
        }
    }

    /// Whom a journal line is about, and what its events say to whoever asked for them.
    pub(crate) async fn told(&self, entry: i64) -> Result<(Option<Subject>, Told), StoreError> {
        let found = self.store().entries_from(entry, 1).await?;
        let Some(line) = found.first().filter(|l| l.seq == entry && l.is_done()) else {
            return Ok((None, Told::default()));
        };
        let subject = Subject::parse(&line.subject);
        let told = match subject {
            Some(Subject::Holder(_)) => Told::of_holder(&self.store().holder_events(line)?),
            Some(Subject::Blank(_)) => Told::of_blank(&self.store().blank_events(line)?),
            Some(
                Subject::Batch(_)
                | Subject::Unit(_)
                | Subject::BlankOrder(_)
                | Subject::Messages
                | Subject::Officer(_)
                | Subject::Strangers
                | Subject::Institution
                | Subject::Nobody,
            )
            | None => Told::default(),
        };
        Ok((subject, told))
    }

    /// Finds the file of a social security number, of now or an earlier one.
    pub async fn find(&self, number: &SocialSecurityNumber) -> Result<Option<HolderId>, StoreError> {
        let found = self.store().locate(&LookedUp::of(number.clone())).await?;
        Ok(found.files.first().copied())
    }
}

pub(crate) fn refused(reason: Reason) -> Failure {
    Failure::Refused(Box::new(Refusal::from(reason)))
}

/// The same by the clause of the business: what is unknown or out of its turn stands against Article 8 only where an application is.
pub(crate) fn refused_by(clause: Clause, reason: Reason) -> Failure {
    Failure::Refused(Box::new(Refusal::from(reason).by(clause)))
}
