//! Every order in which a few humans come with their documents, and what the clerk truly says of those who are alike: nobody ever
//! has two files, no file is ever two humans', and no number ever changes. The humans, and who is alike, are written here once
//! more, independently of the rules.

use crate::one_human::{applying, shown};
use crate::person::Scene;
use kaguan_domain::application::Apply;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::identity::Answer;
use kaguan_domain::facts::trace::Trace;
use kaguan_domain::ids::HolderId;
use kaguan_domain::refusal::Reason;
use kaguan_domain::rule::{Around, Asked, Found, Rule};
use std::collections::HashMap;

/// A human with a document: who it is, and the form.
struct Comes {
    human: usize,
    draft: FormDraft,
}

/// 张三 with his card and a passport, 陈大文 with a permit in two forms and a residence permit, ERIKA with a passport and its
/// successor, another ERIKA of the same day, and HANS whose passport has the number that ERIKA's had.
fn comers() -> Vec<Comes> {
    use DocumentKind as K;
    let named = |human, name: &str, sex: &str, birth: &str, draft: FormDraft| Comes {
        human,
        draft: FormDraft { name: name.into(), sex: sex.into(), birth_date: birth.into(), ..draft },
    };
    let until = "20350101";
    vec![
        named(0, "张三", "1", "19900101", shown(K::IdentityCard, "CHN", "440106199001010013", until)),
        named(0, "张三", "1", "19900101", shown(K::ChinesePassport, "CHN", "E12345678", until)),
        named(1, "陈大文", "1", "19900101", shown(K::MainlandTravelPermitHkMo, "HKG", "H1234567801", until)),
        named(1, "陈大文", "1", "19900101", shown(K::MainlandTravelPermitHkMo, "HKG", "H12345678", until)),
        named(1, "陈大文", "1", "19900101", shown(K::HmtResidencePermit, "HKG", "810000199001010019", until)),
        named(2, "ERIKA MUSTERMANN", "2", "19900501", shown(K::Passport, "DEU", "C01X00T47", until)),
        named(2, "MUSTERMANN ERIKA", "2", "19900501", shown(K::Passport, "DEU", "C01X00T48", until)),
        named(3, "ERIKA MUSTERMANN", "2", "19900501", shown(K::Passport, "DEU", "C02X00T51", until)),
        named(4, "HANS BECKER", "1", "19710203", shown(K::Passport, "DEU", "C01X00T47", until)),
    ]
}

/// How people are looked for in the model.
#[derive(Clone, Copy, PartialEq)]
enum Looking {
    /// As the executor does.
    ByEverything,
    /// The bug of earlier days: by the number that follows from the document.
    ByDerivedNumber,
}

/// Everybody on file.
#[derive(Clone, Default)]
struct Office {
    files: Vec<HolderFile>,
    claims: HashMap<Claim, HolderId>,
    traces: HashMap<Trace, Vec<HolderId>>,
    /// Whose each file is, and whose each human's: kept apart from the rules.
    human: HashMap<HolderId, usize>,
}

impl Office {
    /// Somebody applies; the clerk answers truly. What is wrong, in words.
    fn comes(&mut self, scene: &Scene, n: i64, who: &Comes, looking: Looking) -> Result<(), String> {
        let C::Apply(mut apply) = applying(scene, n, who.draft.clone()) else { unreachable!() };
        let first = self.takes(scene, n, &apply, looking);
        let taken = match first {
            Err(refusal) if refusal.reason == Reason::PossiblySamePerson => {
                let candidates: Vec<HolderId> = refusal.candidates.iter().map(|c| c.holder).collect();
                let same = candidates.iter().copied().find(|id| self.human[id] == who.human);
                apply.same = Some(Answer { candidates, same, reason: "核对原件".into() });
                self.takes(scene, n, &apply, looking)
            }
            other => other,
        };
        let (id, events) = match taken {
            Ok(taken) => taken,
            // Somebody has one application at a time: the file was found, which is all that is asked here.
            Err(refusal) => return Err(format!("comer {n} is refused: {}", refusal.reason.code())),
        };
        let owner = *self.human.entry(id).or_insert(who.human);
        if owner != who.human {
            return Err(format!("human {} has come into the file of human {owner}", who.human));
        }
        if self.human.values().filter(|h| **h == who.human).count() > 1 {
            return Err(format!("human {} has two files", who.human));
        }
        let at = self.files.iter().position(|f| f.id == id).unwrap_or_else(|| {
            self.files.push(HolderFile::new(id));
            self.files.len() - 1
        });
        let before = self.files[at].person.as_ref().map(|p| p.details.ssn.clone());
        for event in &events {
            for claim in event.claims() {
                self.claims.entry(claim).or_insert(id);
            }
            self.files[at].apply(event, scene.now);
        }
        // It ends here, so that the next may come.
        let declined = HolderEvent::Withdrawn { application: self.files[at].applications.last().unwrap().id };
        self.files[at].apply(&declined, scene.now);
        for trace in self.files[at].traces() {
            let of = self.traces.entry(trace).or_default();
            if !of.contains(&id) {
                of.push(id);
            }
        }
        let person = self.files[at].person.as_ref().unwrap();
        if before.is_some_and(|b| b != person.details.ssn) {
            return Err(format!("the number of human {} has changed", who.human));
        }
        if !person.has_held(&person.details.identifier()) {
            return Err("the document that was shown is not held".into());
        }
        let numbers: Vec<_> = self.files.iter().map(|f| &f.person.as_ref().unwrap().details.ssn).collect();
        if numbers.iter().any(|n| numbers.iter().filter(|m| *m == n).count() > 1) {
            return Err("two files have one number".into());
        }
        Ok(())
    }

    fn takes(
        &self,
        scene: &Scene,
        n: i64,
        apply: &Apply,
        looking: Looking,
    ) -> Result<(HolderId, Vec<HolderEvent>), kaguan_domain::refusal::Refusal> {
        let mut seek = apply.seeks();
        if looking == Looking::ByDerivedNumber {
            seek.claims.retain(|c| *c == Claim::social_security_number(&apply.form.ssn));
            seek.traces.clear();
        }
        let owners = seek.claims.iter().filter_map(|c| Some((c.clone(), *self.claims.get(c)?))).collect();
        let alike = seek.traces.iter().filter_map(|t| self.traces.get(t)).flatten().copied().collect();
        let found = Found { owners, alike, files: self.files.iter().collect() };
        let id = apply.whose(&found).unwrap_or(HolderId(100 + n));
        let new = HolderFile::new(id);
        let file = self.files.iter().find(|f| f.id == id).unwrap_or(&new);
        let (batches, stock) = (HashMap::new(), Default::default());
        let around = Around {
            institutions: &scene.office,
            batches: &batches,
            stock: &stock,
            found: &found,
            other: None,
        };
        apply.decide(Asked { file, ctx: &scene.ctx(), around }).map(|events| (id, events))
    }
}

/// Every order of at most `most` comings; the first that goes wrong.
fn explore(looking: Looking, most: usize) -> Result<usize, String> {
    let (scene, all) = (Scene::with_card(), comers());
    let mut todo = vec![(Office::default(), Vec::new())];
    let mut seen = 0;
    while let Some((office, path)) = todo.pop() {
        seen += 1;
        if path.len() == most {
            continue;
        }
        for (i, who) in all.iter().enumerate() {
            let mut next = office.clone();
            let mut to: Vec<usize> = path.clone();
            to.push(i);
            let n = to.len() as i64;
            next.comes(&scene, n, who, looking).map_err(|why| format!("{to:?}: {why}"))?;
            todo.push((next, to));
        }
    }
    Ok(seen)
}

#[test]
fn art_3_2_in_every_order_each_human_has_one_file_and_one_number() {
    clause!(R3.2);
    clause!(R5.5);
    let seen = explore(Looking::ByEverything, 4).unwrap();
    assert_eq!(seen, 1 + 9 + 81 + 729 + 6561);
}

#[test]
fn a_planted_bug_of_identity_is_found() {
    let why = explore(Looking::ByDerivedNumber, 2).unwrap_err();
    assert!(why.contains("two files") || why.contains("into the file"), "{why}");
}
