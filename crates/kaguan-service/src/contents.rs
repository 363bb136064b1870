//! What a batch holds, before it is confirmed: how many people of which outlet, and who they are, masked, page by page. Nobody confirms
//! what he has not seen.

use crate::exchange::refused_by;
use crate::lists::entrusted;
use crate::outcome::{Failure, Receipt};
use crate::receipts::done_at;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use crate::work::Command;
use futures_util::future::try_join_all;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Ctx, Instant};
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{ApplicationId, BatchId, HolderId, OrgId, UnitId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_store::{BatchShare, LoadRequest, Subject};
use std::collections::BTreeSet;

/// People that are looked at together: a contact sheet.
const ON_A_SHEET: i64 = 24;
/// The latest lines of a batch among which its confirmation is looked for: those that were refused stand among them.
const LINES: i64 = 200;
const WHY: &str = "批次确认前核对批次内人员和相片（脱敏显示）";

/// Who applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AppliedBy {
    /// The holder, or an agent.
    Person,
    /// A unit: the code and the name of its 批量申请表.
    Unit {
        /// 单位代码.
        code: String,
        /// 单位机构名称.
        name: String,
    },
    /// A unit whose papers are still to be registered: the name of its data file.
    File(String),
}

/// How many people of a batch collect their cards at one outlet, who applied for them, and where they were taken in.
pub struct Counted {
    /// 领卡网点.
    pub collect_at: OrgId,
    pub by: AppliedBy,
    /// 受理网点.
    pub outlet: OrgId,
    pub people: i64,
}

/// A batch, how many of each outlet, and one sheet of its people.
pub struct Contents {
    pub batch: BatchFile,
    /// Counted with the first sheet only.
    pub counts: Vec<Counted>,
    /// The people of the sheet, each with the application of this batch; each look has left its line.
    pub people: Vec<(Seen<Looked>, ApplicationId)>,
    /// Where the next sheet begins.
    pub next: Option<HolderId>,
    /// Whether the officer is shown 成品卡去向 of it.
    pub tree: bool,
    /// Whether the officer is shown its 发放登记册.
    pub register: bool,
}

impl Service {
    /// 批次确认. Several offices may do it: one that comes after another is told which did.
    pub async fn confirm_batch(&self, ctx: Ctx, id: BatchId) -> Result<Receipt, Failure> {
        clause!(X7.1);
        let command = Command::Batch { id, command: BatchCommand::Confirm };
        match self.execute(ctx, command).await {
            Err(Failure::Refused(late)) if late.reason == Reason::WrongStage => {
                let verb = Verb::ConfirmBatch.code();
                let lines = self.store().entries_doing(Subject::Batch(id), verb, LINES).await?;
                let institutions = self.institutions();
                let line = lines.iter().find(|line| line.is_done());
                let by = line.and_then(|line| {
                    let at = Instant(line.at);
                    institutions.org_as_of(done_at(&institutions, &line.actor, at)?.0, at)
                });
                let about = [late.about.clone(), by.map(|org| format!("办理机构：{}", org.name))];
                let about = about.into_iter().flatten().collect::<Vec<_>>().join("，");
                Err(Refusal { about: Some(about), ..*late }.into())
            }
            outcome => outcome,
        }
    }

    /// What a batch of the officer's city holds. How many it has names nobody; each person who is shown is a look with its line, and
    /// only people of a batch that is still to be confirmed are shown.
    pub async fn batch_contents(
        &self,
        ctx: Ctx,
        id: BatchId,
        after: Option<HolderId>,
    ) -> Result<Contents, Failure> {
        clause!(R8.7);
        self.org_of(&ctx.actor, Verb::LookAtBatches, entrusted)?;
        let batch = self.batch(id).await?.ok_or_else(|| refused_by(clause!(X7.1), Reason::NotFound))?;
        let place = batch.batch.as_ref().map_or(Place::Anywhere, |b| Place::Entrusted {
            city: b.city.clone(),
            task: kaguan_domain::facts::institution::Task::ConfirmBatches,
            bank: Some(b.bank.clone()),
        });
        self.may(&ctx.actor, Verb::LookAtBatches, &place)?;
        let counts = match after {
            None => self.counted(id).await?,
            Some(_) => Vec::new(),
        };
        let from = after.unwrap_or(HolderId(i64::MIN));
        let rows = self.store().batch_people(id, StageKind::InBatch, from, ON_A_SHEET + 1).await?;
        let more = i64::try_from(rows.len()).is_ok_and(|n| n > ON_A_SHEET);
        let on_it: Vec<_> = rows.into_iter().take(usize::try_from(ON_A_SHEET).unwrap_or(0)).collect();
        let next = on_it.last().filter(|_| more).map(|row| row.holder);
        // Whoever has to be taken out comes first, on the first sheet and on no other (R33.1).
        let dead: Vec<_> = batch.tally.dead.iter().map(|one| (one.holder, one.application)).collect();
        let first = if after.is_none() { dead.clone() } else { Vec::new() };
        let others = on_it.iter().map(|row| (row.holder, row.application)).filter(|one| !dead.contains(one));
        // All of a sheet at once: their lines are committed together, not one after the other.
        let look = |(holder, application)| {
            let looked = self.look_in_batch(ctx.clone(), holder, (id, application), WHY);
            async move { looked.await.map(|seen| (seen, application)) }
        };
        let people = try_join_all(first.into_iter().chain(others).map(look)).await?;
        let [tree, register] = self.opens_of(&ctx.actor, &batch);
        Ok(Contents { batch, counts, people, next, tree, register })
    }

    /// The people of a batch by 领卡网点, unit and 受理网点, whatever state each is in: counted in the database, no file is opened.
    async fn counted(&self, id: BatchId) -> Result<Vec<Counted>, Failure> {
        clause!(R8.7);
        let shares = self.store().batch_shares(id).await?;
        let units: BTreeSet<UnitId> = shares.iter().filter_map(|share| share.unit).collect();
        let asked = LoadRequest { units: units.into_iter().collect(), ..LoadRequest::default() };
        let files = self.store().load(&asked).await?.units;
        let by = |unit: UnitId| match files.get(&unit) {
            Some(UnitFile { application: Some(a), .. }) => {
                AppliedBy::Unit { code: a.employer_code.clone(), name: a.employer_name.clone() }
            }
            Some(UnitFile { outstanding: Some(known), .. }) => AppliedBy::File(known.file.clone()),
            _ => AppliedBy::File(String::new()),
        };
        let one = |share: BatchShare| Counted {
            collect_at: share.collect_at,
            by: share.unit.map_or(AppliedBy::Person, by),
            outlet: share.outlet,
            people: share.people,
        };
        Ok(shares.into_iter().map(one).collect())
    }

    /// What an address of a session calls a photo that a page of it shows.
    pub fn photo_key(&self, session: &str, photo: &kaguan_domain::facts::person::PhotoRef) -> String {
        self.name_of(session, "photo in an address", photo.0.as_bytes())
    }

    /// The photo that an address of a session calls so, a JPEG; `None` for what no page of this session showed. The look that the page
    /// was has left its line.
    pub async fn shown_photo(&self, session: &str, key: &str) -> Result<Option<Seen<Vec<u8>>>, Failure> {
        let Some(named) = self.named(session, "photo in an address", key) else { return Ok(None) };
        let Ok(name) = std::str::from_utf8(&named.0) else { return Ok(None) };
        let found = self.store().photo(name).await?;
        // Whatever shows it can keep it: nothing but the picture goes out.
        Ok(found.map(|photo| Seen::by_name(&named, kaguan_files::photo::bare(photo))))
    }
}
