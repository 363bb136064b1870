//! Every order in which a few humans come with their documents, and what the clerk truly says of those who are alike: nobody ever
//! has two files, no file is ever two humans', and no number ever changes (社会保障号码每人唯一, Article 5). Every document that
//! somebody has ever shown stays with the file and finds it, and of each kind, and of each country, one is in force (Article 35):
//! a renewed one ends the one before. The humans, who is alike, and what each has shown are written here once more, independently
//! of the rules. Nine comers in every order of four: 7,381 states in 0.5 s (release).

use crate::one_human::{applying, shown};
use crate::person::Scene;
use kaguan_domain::application::Apply;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::identity::{Answer, Identifier};
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
    /// By everything, as the executor does.
    Everything,
    /// The bug of earlier days: by the number that follows from the document.
    DerivedNumber,
    /// A bug: a file that keeps the document that was shown last, and no other.
    LastDocument,
}

/// Everybody on file.
#[derive(Clone, Default)]
struct Office {
    files: Vec<HolderFile>,
    claims: HashMap<Claim, HolderId>,
    traces: HashMap<Trace, Vec<HolderId>>,
    /// Whose each file is, and whose each human's: kept apart from the rules.
    human: HashMap<HolderId, usize>,
    /// What each human has shown.
    shown: Vec<(usize, Identifier)>,
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
                apply.same = Some(Box::new(Answer { candidates, same, reason: "核对原件".into() }));
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
        let forgets = |e: &HolderEvent| {
            looking == Looking::LastDocument && matches!(e, HolderEvent::DocumentHeld { .. })
        };
        for event in events.iter().filter(|e| !forgets(e)) {
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
        self.shown.push((who.human, apply.form.identifier()));
        for (_, which) in self.shown.iter().filter(|(human, _)| *human == who.human) {
            if !person.has_held(which) {
                return Err(format!("a document of human {} is forgotten", who.human));
            }
        }
        let held = person.documents();
        let in_force: Vec<_> = held.iter().filter(|h| h.ended.is_none()).map(|h| &h.which).collect();
        for (i, one) in in_force.iter().enumerate() {
            let passport = matches!(one.kind, DocumentKind::Passport | DocumentKind::ChinesePassport);
            let alike = |other: &&&Identifier| {
                other.kind == one.kind && (!passport || other.nationality == one.nationality)
            };
            if in_force[..i].iter().any(|other| alike(&other)) {
                return Err(format!("human {} has two documents of one kind in force", who.human));
            }
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
        if looking == Looking::DerivedNumber {
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
    let seen = explore(Looking::Everything, 4).unwrap();
    assert_eq!(seen, 1 + 9 + 81 + 729 + 6561);
}

#[test]
fn a_planted_bug_of_identity_is_found() {
    let why = explore(Looking::DerivedNumber, 2).unwrap_err();
    assert!(why.contains("two files") || why.contains("into the file"), "{why}");
}

#[test]
fn a_planted_bug_of_documents_is_found() {
    let why = explore(Looking::LastDocument, 2).unwrap_err();
    assert!(why.contains("is forgotten"), "{why}");
}
