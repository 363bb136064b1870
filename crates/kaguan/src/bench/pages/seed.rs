//! A store with many people: the stories of some offices, copied by commits as large as the store takes them. Every row, index, projection
//! and line of the journal is made by the commit itself.

use super::holes::Numbers;
use super::story::{Line, Raw, Story};
use crate::counter::IMAGE;
use crate::{simulate, walk};
use anyhow::Context;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::CustodyEntry;
use kaguan_domain::facts::institution::OrgKind;
use kaguan_domain::ids::HolderId;
use kaguan_service::Service;
use kaguan_store::{Commit, NewEntry, NewMessage, Store, Subject};
use std::collections::HashMap;

/// People of one story before its births and newcomers.
const IN_A_STORY: u32 = 200;
/// The days of the stories, in turn: what is short ends with much on its way.
const DAYS: [i64; 6] = [16, 24, 32, 45, 60, 90];
/// Lines of one commit.
const IN_A_COMMIT: usize = 20_000;
/// The first copied identity: of before any of these stories began.
const FIRST: i64 = 700_000_000_000_000_000;

/// The HR outlets whose stories are told: those of the first city first, then of all cities in turn.
fn offices(service: &Service, people: u32) -> Vec<String> {
    let institutions = service.institutions();
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut of_city: HashMap<_, usize> = HashMap::new();
    for o in institutions.orgs().filter(|o| o.kind == OrgKind::HrOutlet) {
        let n = of_city.entry(o.city()).or_default();
        all.push((*n, o.code.clone()));
        *n += 1;
    }
    all.sort();
    // The outlet of the trial accounts is always among them.
    let first = "44010600000101".to_owned();
    let mut codes = vec![first.clone()];
    codes.extend(all.into_iter().map(|(_, code)| code).filter(|code| *code != first));
    codes.truncate(usize::try_from(people / 4_000).unwrap_or(1).clamp(3, 42));
    codes
}

/// Tells the stories and copies them until there are so many people; how many there are then.
pub async fn seed(service: &Service, people: u32, end: Instant) -> anyhow::Result<u64> {
    let codes = offices(service, people);
    let each = IN_A_STORY.min(people / u32::try_from(codes.len())? + 1);
    let mut raws = Vec::new();
    for (n, code) in codes.iter().enumerate() {
        let story = simulate::story(code, each, DAYS[n % DAYS.len()], end, n as u64 + 1).await?;
        let there = story.institutions();
        let mut officers = HashMap::new();
        for o in there.officers() {
            let org = there.org(o.org).context("an officer of nobody")?;
            let kaguan_domain::ctx::Actor::Officer(id) = walk::officer(service, org).await? else { continue };
            officers.insert(o.id, id);
        }
        let raw = Raw::of(&story, |id| officers.get(&id).copied()).await?;
        service.store().put_photos(&raw.photos).await?;
        raws.push(raw);
        eprintln!("故事 {}/{}：{code}", n + 1, codes.len());
    }
    let told: usize = raws.iter().map(Raw::people).sum();
    let copies = i64::try_from(usize::try_from(people)?.div_ceil(told.max(1)))?;
    // Identities of all stories in one order of time, each with room for its copies.
    let mut ids: Vec<(i64, usize)> = Vec::new();
    for (n, raw) in raws.iter().enumerate() {
        ids.extend(raw.identities().into_iter().map(|id| (id, n)));
    }
    ids.sort_unstable();
    let mut places = vec![HashMap::new(); raws.len()];
    for (rank, (id, n)) in ids.into_iter().enumerate() {
        places[n].insert(id, FIRST + i64::try_from(rank)? * copies);
    }
    let mut numbers = Numbers::default();
    let stories: anyhow::Result<Vec<Story>> =
        raws.into_iter().zip(&places).map(|(raw, places)| raw.tell(places, &mut numbers, copies)).collect();
    let stories = stories?;
    copy(service.store(), &stories, copies).await?;
    for (letter, last) in numbers.cards() {
        let city = service
            .institutions()
            .orgs()
            .filter_map(|o| o.city())
            .find(|c| c.card_number_letter() == Some(letter));
        if let Some(city) = city {
            service.store().reserve(&format!("card_no/{}", city.as_str()), last + 1).await?;
        }
    }
    Ok(stories.iter().map(|s| s.people as u64).sum::<u64>() * copies.unsigned_abs())
}

/// What waits for one commit.
#[derive(Default)]
struct Waits {
    entries: Vec<NewEntry>,
    holders: Vec<kaguan_domain::facts::holder::HolderFile>,
    batches: Vec<kaguan_domain::facts::batch::BatchFile>,
    claims: HashMap<Claim, HolderId>,
    messages: Vec<NewMessage>,
}

impl Waits {
    fn add(&mut self, story: &Story, line: &Line, copy: i64) -> anyhow::Result<()> {
        let subject = line.subject.fill(story, copy);
        let subject = Subject::parse(&subject).context("a subject that cannot be read")?;
        let batch = match subject {
            Subject::Batch(id) => Some(id),
            _ => None,
        };
        let custody = |(account, cards, of_batch): &(super::story::Text, i64, bool)| {
            let entry = CustodyEntry { account: account.fill(story, copy), cards: *cards };
            (entry, batch.filter(|_| *of_batch), None)
        };
        self.entries.push(NewEntry {
            at: line.at,
            actor: line.actor.fill(story, copy),
            channel: line.channel,
            subject,
            command: line.command,
            outcome: line.outcome,
            clause: line.clause,
            personal: line.personal,
            events: line.events.fill(story, copy).into_bytes(),
            key: None,
            custody: line.custody.iter().map(custody).collect(),
            happened: line.happened.clone(),
        });
        if let Subject::Holder(id) = subject {
            for (claim, value) in &line.claims {
                self.claims.insert(Claim { kind: claim.kind, value: value.fill(story, copy) }, id);
            }
            self.holders.extend(line.last.as_ref().map(|f| f.holder(story, copy, id)).transpose()?.flatten());
            if id.0 % 200 == 0 && line.last.is_some() {
                let (partner, body) = ("bank:95566".into(), b"{}".to_vec());
                self.messages.push(NewMessage { partner, kind: "intent", subject, body });
            }
        }
        if let Subject::Batch(id) = subject {
            self.batches.extend(line.last.as_ref().map(|f| f.batch(story, copy, id)).transpose()?.flatten());
        }
        Ok(())
    }

    async fn commit(&mut self, store: &Store) -> anyhow::Result<()> {
        let Some(last) = self.entries.last() else { return Ok(()) };
        let at = last.at.0;
        let this = std::mem::take(self);
        // What a file names is there, as a counter stores it before.
        let filed = this.holders.iter().filter_map(|f| f.person.as_ref()).flat_map(|p| &p.archive);
        let documents: Vec<_> = filed.filter(|m| m.digest.is_some()).map(|m| (m.id, IMAGE)).collect();
        if !documents.is_empty() {
            store.put_materials(documents).await?;
        }
        let commit = Commit {
            at,
            holders: this.holders.iter().map(|f| (f, None)).collect(),
            batches: this.batches.iter().map(|f| (f, None)).collect(),
            claims: this.claims,
            messages: this.messages,
            entries: this.entries,
            ..Commit::default()
        };
        store.commit(commit).await?;
        Ok(())
    }
}

async fn copy(store: &Store, stories: &[Story], copies: i64) -> anyhow::Result<()> {
    let mut order: Vec<(Instant, usize, usize)> = Vec::new();
    for (n, story) in stories.iter().enumerate() {
        order.extend(story.lines.iter().enumerate().map(|(i, line)| (line.at, n, i)));
    }
    order.sort();
    let all = order.len();
    let mut waits = Waits::default();
    let mut told = std::time::Instant::now();
    for (done, (_, n, i)) in order.into_iter().enumerate() {
        let story = &stories[n];
        for copy in 0..copies {
            waits.add(story, &story.lines[i], copy)?;
            if waits.entries.len() >= IN_A_COMMIT {
                waits.commit(store).await?;
            }
        }
        if told.elapsed().as_secs() >= 10 {
            eprintln!("复制：{:.0}%", done as f64 * 100.0 / all as f64);
            told = std::time::Instant::now();
        }
    }
    waits.commit(store).await
}
