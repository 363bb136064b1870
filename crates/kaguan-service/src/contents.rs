//! What a batch holds, before it is confirmed: how many people of which outlet, and who they are, masked, page by page. Nobody confirms
//! what he has not seen.

use crate::exchange::refused;
use crate::lists::entrusted;
use crate::outcome::Failure;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::ids::{ApplicationId, BatchId, HolderId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_store::LoadRequest;
use std::collections::{BTreeMap, BTreeSet};

/// People that are looked at together: a contact sheet.
const ON_A_SHEET: i64 = 24;
/// People that are read at once.
const AT_ONCE: i64 = 500;
const WHY: &str = "批次确认前核对批次内人员和相片（脱敏显示）";

/// How many people of a batch collect their cards at one outlet, or through one employer, and where they were taken in.
pub struct Counted {
    /// 领卡网点.
    pub collect_at: OrgId,
    /// 单位编号 and its name; both empty without an employer that collects for them.
    pub employer: (String, String),
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
}

impl Service {
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
        let batch = self.batch(id).await?.ok_or_else(|| refused(Reason::NotFound))?;
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
        let mut people = Vec::new();
        for row in rows.into_iter().take(usize::try_from(ON_A_SHEET).unwrap_or(0)) {
            people.push((self.look(ctx.clone(), row.holder, WHY).await?, row.application));
        }
        let next = people.last().filter(|_| more).map(|(seen, _)| seen.file.id);
        Ok(Contents { batch, counts, people, next })
    }

    /// The people of a batch by 领卡网点, employer and 受理网点, whatever state each is in; it names nobody.
    async fn counted(&self, id: BatchId) -> Result<Vec<Counted>, Failure> {
        clause!(R8.7);
        let mut who: BTreeSet<HolderId> = BTreeSet::new();
        for stage in StageKind::ALL {
            let mut after = HolderId(i64::MIN);
            loop {
                let page = self.store().batch_people(id, *stage, after, AT_ONCE).await?;
                let Some(last) = page.last() else { break };
                after = last.holder;
                who.extend(page.iter().map(|row| row.holder));
            }
        }
        let mut after = HolderId(i64::MIN);
        loop {
            let page = self.store().cards_of_batch(id, after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = last.0;
            who.extend(page.iter().map(|row| row.0));
        }
        let mut all: BTreeMap<(OrgId, (String, String), OrgId), i64> = BTreeMap::new();
        let who: Vec<HolderId> = who.into_iter().collect();
        for holders in who.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
            let asked = LoadRequest { holders: holders.to_vec(), ..LoadRequest::default() };
            for file in self.store().load(&asked).await?.holders.values() {
                let carded = |a: &&Application| {
                    a.stage.batch() == Some(id)
                        || file.cards.iter().any(|c| c.application == a.id && c.batch == id)
                };
                let Some(a) = file.applications.iter().find(carded) else { continue };
                let named = file.person.as_ref().and_then(|p| p.details.employer_name.clone());
                let employer = a.employer.clone().map(|code| (code, named.unwrap_or_default()));
                *all.entry((a.collect_at, employer.unwrap_or_default(), a.outlet)).or_default() += 1;
            }
        }
        let one = |((collect_at, employer, outlet), people)| Counted { collect_at, employer, outlet, people };
        Ok(all.into_iter().map(one).collect())
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
