//! What a story left, as texts with holes: the journal of one office and its files as they are at the end, in which whatever belongs to
//! one person, batch or card only (identities, numbers, names) is a hole. Filled in again and again it is as many people.

use super::holes::{Hole, Holes, Numbers};
use anyhow::Context;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::CustodyEntry;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::ids::{BatchId, HolderId, OfficerId};
use kaguan_domain::report::{Happened, happened_in, happened_in_batch};
use kaguan_service::Service;
use kaguan_store::journal::Entry;
use kaguan_store::{LoadRequest, Subject};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A text with holes.
pub struct Text(Vec<Part>);

enum Part {
    Plain(String),
    Hole(usize),
}

/// A line of the journal, and what was committed with it.
pub struct Line {
    pub at: Instant,
    pub actor: Text,
    pub channel: &'static str,
    pub subject: Text,
    pub command: &'static str,
    pub outcome: &'static str,
    pub clause: &'static str,
    pub personal: bool,
    pub events: Text,
    /// An account of the books, the cards, and whether a batch says so.
    pub custody: Vec<(Text, i64, bool)>,
    pub happened: Vec<Happened>,
    pub claims: Vec<(Claim, Text)>,
    /// The file as it is after its last line.
    pub last: Option<File>,
}

/// A file at the end of the story.
pub enum File {
    Holder { version: i64, person: Text, applications: Text, cards: Text },
    Batch { version: i64, batch: Text, boxes: Text },
}

/// An office at the end of its story.
pub struct Story {
    pub lines: Vec<Line>,
    pub holes: Vec<Hole>,
    /// How many people have a file.
    pub people: usize,
}

/// What is read from the store of a story before its holes are known.
pub struct Raw {
    entries: Vec<(Entry, String, Said)>,
    holders: HashMap<HolderId, HolderFile>,
    batches: HashMap<BatchId, BatchFile>,
    holes: Holes,
}

/// What follows from the events of a line.
#[derive(Default)]
struct Said {
    custody: Vec<CustodyEntry>,
    happened: Vec<Happened>,
    claims: Vec<Claim>,
}

impl Raw {
    /// The photos that people of a story applied with: the copies name the same.
    pub fn photos(&self) -> HashSet<&str> {
        let people = self.holders.values().filter_map(|f| f.person.as_ref()?.photo.as_ref());
        people.map(|photo| photo.0.as_str()).collect()
    }

    /// Reads everything that a story left. `officer` says who is, in the other store, the officer of the same organisation.
    pub async fn of(
        service: &Service,
        officer: impl Fn(OfficerId) -> Option<OfficerId>,
    ) -> anyhow::Result<Self> {
        let store = service.store();
        let mut out = Self {
            entries: Vec::new(),
            holders: HashMap::new(),
            batches: HashMap::new(),
            holes: Holes::default(),
        };
        for o in service.institutions().officers() {
            if let Some(there) = officer(o.id) {
                out.holes.fix(o.id.0, there.0);
            }
        }
        let (mut next, mut claimed) = (1, HashSet::new());
        loop {
            let page = store.entries_from(next, 2_000).await?;
            let Some(last) = page.last() else { break };
            next = last.seq + 1;
            for e in page {
                let at = Instant(e.at);
                let mut said = Said::default();
                let done = e.is_done();
                let text = match Subject::parse(&e.subject) {
                    Some(Subject::Holder(id)) if done => {
                        let events = store.holder_events(&e)?;
                        let file = out.holders.entry(id).or_insert_with(|| HolderFile::new(id));
                        for event in &events {
                            file.apply(event, at);
                            said.happened.extend(happened_in(event, file));
                            said.custody.extend(event.entries());
                            said.claims
                                .extend(event.claims().into_iter().filter(|c| claimed.insert(c.clone())));
                        }
                        serde_json::to_string(&events)?
                    }
                    Some(Subject::Batch(id)) if done => {
                        let events = store.batch_events(&e)?;
                        let file = out.batches.entry(id).or_insert_with(|| BatchFile::new(id));
                        for event in &events {
                            file.apply(event, at);
                            said.happened.extend(happened_in_batch(event, file));
                            said.custody.extend(event.entries());
                        }
                        serde_json::to_string(&events)?
                    }
                    Some(Subject::Holder(_) | Subject::Batch(_) | Subject::Nobody) if !done => String::new(),
                    // The organisations and officers are the other store's own.
                    _ => continue,
                };
                out.entries.push((e, text, said));
            }
        }
        out.load(service).await?;
        out.look();
        Ok(out)
    }

    /// The files as they are stored, in place of those that were replayed.
    async fn load(&mut self, service: &Service) -> anyhow::Result<()> {
        let want = LoadRequest {
            holders: self.holders.keys().copied().collect(),
            batches: self.batches.keys().copied().collect(),
            ..LoadRequest::default()
        };
        let loaded = service.store().load(&want).await?;
        self.holders = loaded.holders;
        self.batches.retain(|id, _| loaded.batches.contains_key(id));
        for (id, file) in &mut self.batches {
            file.clone_from(&loaded.batches[id]);
        }
        Ok(())
    }

    /// Finds what is somebody's own.
    fn look(&mut self) {
        for (e, text, _) in &self.entries {
            self.holes.look(&e.subject);
            self.holes.look(text);
        }
        let claims = self.entries.iter().flat_map(|(.., said)| &said.claims);
        claims.for_each(|c| self.holes.number(c));
        for b in self.batches.values().filter_map(|f| f.batch.as_ref()) {
            self.holes.batch(&b.number);
        }
    }

    /// How many people have a file.
    pub fn people(&self) -> usize {
        self.holders.len()
    }

    /// The identities that were found, smallest first.
    pub fn identities(&self) -> BTreeSet<i64> {
        self.holes.identities()
    }

    /// The story, with the places of its identities among all that are copied.
    pub fn tell(
        mut self,
        places: &HashMap<i64, i64>,
        numbers: &mut Numbers,
        copies: i64,
    ) -> anyhow::Result<Story> {
        let holes = std::mem::take(&mut self.holes).settle(places, numbers, copies)?;
        let mut last: HashMap<String, usize> = HashMap::new();
        for (at, (e, _, _)) in self.entries.iter().enumerate() {
            last.insert(e.subject.clone(), at);
        }
        let mut lines = Vec::with_capacity(self.entries.len());
        for (at, (e, text, said)) in self.entries.iter().enumerate() {
            let cut = |text: &str| Text(holes.cut(text, Part::Plain, Part::Hole));
            let of_batch = e.subject.starts_with("batch:");
            let file = match Subject::parse(&e.subject).filter(|_| last.get(&e.subject) == Some(&at)) {
                Some(Subject::Holder(id)) => match self.holders.get(&id) {
                    Some(f) => Some(File::Holder {
                        version: f.version,
                        person: cut(&serde_json::to_string(&f.person)?),
                        applications: cut(&serde_json::to_string(&f.applications)?),
                        cards: cut(&serde_json::to_string(&f.cards)?),
                    }),
                    None => None,
                },
                Some(Subject::Batch(id)) => match self.batches.get(&id) {
                    Some(f) => Some(File::Batch {
                        version: f.version,
                        batch: cut(&serde_json::to_string(&f.batch)?),
                        boxes: cut(&serde_json::to_string(&f.boxes)?),
                    }),
                    None => None,
                },
                _ => None,
            };
            lines.push(Line {
                at: Instant(e.at),
                actor: cut(&e.actor),
                channel: known(&e.channel),
                subject: cut(&e.subject),
                command: known(&e.command),
                outcome: known(&e.outcome),
                clause: known(&e.clause),
                personal: e.personal,
                events: cut(text),
                custody: said.custody.iter().map(|c| (cut(&c.account), c.cards, of_batch)).collect(),
                happened: said.happened.clone(),
                claims: said.claims.iter().map(|c| (c.clone(), cut(&c.value))).collect(),
                last: file,
            });
        }
        Ok(Story { lines, people: self.holders.len(), holes: holes.into_list() })
    }
}

impl Text {
    /// The text of one copy.
    pub fn fill(&self, story: &Story, copy: i64) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Plain(text) => out.push_str(text),
                Part::Hole(hole) => story.holes[*hole].fill(copy, &mut out),
            }
        }
        out
    }
}

impl File {
    /// The holder's file of one copy.
    pub fn holder(&self, story: &Story, copy: i64, id: HolderId) -> anyhow::Result<Option<HolderFile>> {
        let Self::Holder { version, person, applications, cards } = self else { return Ok(None) };
        Ok(Some(HolderFile {
            id,
            version: *version,
            person: read(&person.fill(story, copy))?,
            applications: read(&applications.fill(story, copy))?,
            cards: read(&cards.fill(story, copy))?,
        }))
    }

    /// The batch of one copy.
    pub fn batch(&self, story: &Story, copy: i64, id: BatchId) -> anyhow::Result<Option<BatchFile>> {
        let Self::Batch { version, batch, boxes } = self else { return Ok(None) };
        let mut file = BatchFile::new(id);
        file.version = *version;
        file.batch = read(&batch.fill(story, copy))?;
        file.boxes = read(&boxes.fill(story, copy))?;
        Ok(Some(file))
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).context("a copied file cannot be read")
}

/// The journal's own words: few, and as long as the program.
fn known(word: &str) -> &'static str {
    static WORDS: std::sync::Mutex<BTreeSet<&'static str>> = std::sync::Mutex::new(BTreeSet::new());
    let mut words = WORDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(word) = words.get(word) {
        return word;
    }
    let new: &'static str = Box::leak(word.to_owned().into_boxed_str());
    words.insert(new);
    new
}
