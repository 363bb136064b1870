//! An outlet with two desks: the machines, what lies in them and beside them, and who moves a card by hand. A clerk knows what stands on
//! a page and what lies in front of him; what is true is looked up here to be compared.

use super::servers::{Plug, Servers, agent, store};
use crate::stock::{Cards, ordered_and_stocked};
use kaguan_desk::kept::Kept;
use kaguan_desk_driver::face::{Card, Fonts};
use kaguan_desk_driver::{Machine, blank, item};
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::blank::{BlankFile, BlankState};
use kaguan_domain::facts::desk::CardBox;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, BlankOrderId, DeskId, HolderId, OfficerId};
use kaguan_domain::instant::face_texts;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_store::{LoadRequest, Store};
use kaguan_testkit::{World, fresh_postgres, portrait};
use kaguan_web::partner::SigningKey;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Where a card lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lies {
    Box(usize),
    Slot(usize),
    /// Outside, at the good way out.
    Out(usize),
    Bin(usize),
}

pub struct Desk {
    pub plug: Arc<Plug>,
    pub state: PathBuf,
    pub machine: PathBuf,
    agent: JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.agent.abort();
    }
}

pub struct Office {
    pub servers: Servers,
    pub desks: [Desk; 2],
    pub people: Vec<(HolderId, u32)>,
    pub logins: [String; 2],
    /// 社保卡卡号 by chip.
    pub numbers: BTreeMap<String, String>,
    pub order: BlankOrderId,
    pub outlet: kaguan_domain::ids::OrgId,
    pub keeper: kaguan_domain::ctx::Actor,
    /// What is true.
    pub truth: Store,
    pub url: String,
    pub world: World,
    /// Cards that were given to somebody, and looked at.
    pub given: Mutex<BTreeSet<String>>,
    /// Cards that a clerk has taken in the hand or laid beside the machine: no page speaks of them.
    pub aside: Mutex<BTreeSet<String>>,
    fonts: Fonts,
    _dir: tempfile::TempDir,
}

impl Office {
    /// So many people wait, and there are a few cards more.
    pub async fn with(people: u32) -> Self {
        let url = fresh_postgres();
        let world = World::with(Arc::new(store(&url).await)).await;
        let (order, Cards(cards)) = ordered_and_stocked(&world, people + 9).await;
        let outlet = world.outlet();
        let mut all = Vec::new();
        for n in 1..=people {
            all.push((world.applicant(n, outlet).await, n));
        }
        let mut logins = [String::new(), String::new()];
        for (n, login) in logins.iter_mut().enumerate() {
            *login = format!("clerk{n}");
            let new = NewOfficer {
                id: OfficerId(world.service.fresh()),
                login: login.clone(),
                name: format!("经办{n}"),
                role: Role::HrClerk,
                org: outlet,
                password_hash: kaguan_testkit::RIGHT.into(),
            };
            world.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        }
        let keeper = world.officer(outlet).await;
        let dir = tempfile::tempdir().unwrap();
        let system = SigningKey::of(world.service.store(), 1).secret.public();
        let at = |what: &str, n: usize| dir.path().join(format!("{what}{n}"));
        for n in 0..2 {
            let mut kept = Kept::open(&at("state", n)).unwrap();
            let id = i64::try_from(n).unwrap() + 1;
            kept.paired(id, &system).unwrap();
            let pair = InstitutionCommand::PairDesk {
                id: DeskId(id),
                outlet,
                name: format!("{n}号窗口"),
                public: kept.secret.public(),
                boxes: vec![CardBox { number: 1, bank: BankCode("95588".into()) }],
            };
            world.system(Command::Institution(pair)).await.unwrap();
        }
        for (n, (_, chip, card_no)) in cards.iter().enumerate() {
            Machine::open(at("machine", n % 2)).fill(1, &blank(chip, "00814E4323", card_no)).unwrap();
        }
        // The second one has no keys of cards: what needs them goes through the province's machine.
        std::fs::write(at("machine", 1).join("no-psam"), "").unwrap();
        let ends = [Arc::new(Notify::new()), Arc::new(Notify::new())];
        let servers =
            Servers::start(url.clone(), world.clock.clone(), world.around.clone(), ends.clone()).await;
        let desks = [0, 1].map(|n| {
            let (plug, state, machine) = (Plug::new(), at("state", n), at("machine", n));
            let (server, ends) = (servers.address.clone(), Arc::clone(&ends[n]));
            let agent = agent(server, state.clone(), machine.clone(), Arc::clone(&plug), ends);
            Desk { plug, state, machine, agent }
        });
        let truth = store(&url).await;
        let (given, aside) = (Mutex::default(), Mutex::default());
        let fonts = Fonts::of_machine();
        let (people, _dir) = (all, dir);
        let numbers = cards.into_iter().map(|(_, chip, card_no)| (chip, card_no)).collect();
        Self {
            servers,
            desks,
            people,
            logins,
            numbers,
            order,
            outlet,
            keeper,
            truth,
            url,
            world,
            given,
            aside,
            fonts,
            _dir,
        }
    }

    pub fn machine(&self, n: usize) -> Machine {
        Machine::open(&self.desks[n].machine)
    }

    pub fn goes_wrong(&self, n: usize, function: &str, how: &str) {
        let text = format!("{{\"{function}\":[\"{how}\"]}}");
        std::fs::write(self.desks[n].machine.join("faults.json"), text).unwrap();
    }

    pub fn tears(&self, n: usize, after: u64, carried_out: bool) {
        let text = format!("{{\"after\":{after},\"carried_out\":{carried_out}}}");
        std::fs::write(self.desks[n].machine.join("pull.json"), text).unwrap();
    }

    /// What was to go wrong and has not.
    pub fn all_is_well(&self) {
        for desk in &self.desks {
            let _hands = desk.plug.hands();
            for file in ["faults.json", "pull.json"] {
                let _ = std::fs::remove_file(desk.machine.join(file));
            }
            desk.plug.set(-1, false);
        }
        self.servers.doom.set(-1, super::servers::End::Before, 0);
    }

    pub async fn file(&self, id: HolderId) -> HolderFile {
        let want = LoadRequest { holders: vec![id], ..LoadRequest::default() };
        self.truth.load(&want).await.unwrap().holders.remove(&id).unwrap()
    }

    /// The chip that is being made for somebody.
    pub async fn chip_of(&self, id: HolderId) -> Option<String> {
        let file = self.file(id).await;
        let Stage::Personalising { made, .. } = &file.applications[0].stage else { return None };
        Some(made.chip.as_str().to_owned())
    }

    /// Where every card lies; none lies twice.
    pub fn places(&self) -> BTreeMap<String, Lies> {
        let _first = self.desks[0].plug.hands();
        let _second = self.desks[1].plug.hands();
        self.lie()
    }

    fn lie(&self) -> BTreeMap<String, Lies> {
        let mut all = BTreeMap::new();
        for n in 0..2 {
            let places = self.machine(n).places();
            let boxes = places.boxes.into_values().flatten().map(|c| (c, Lies::Box(n)));
            let slot = places.slot.into_iter().map(|c| (c, Lies::Slot(n)));
            let out = places.good.into_iter().map(|c| (c, Lies::Out(n)));
            let bin = places.reject.into_iter().map(|c| (c, Lies::Bin(n)));
            for (chip, lies) in boxes.chain(slot).chain(out).chain(bin) {
                let before = all.insert(chip.clone(), lies);
                assert!(before.is_none(), "{chip} lies twice: {before:?}, {lies:?}");
            }
        }
        all
    }

    /// Somebody takes a card in the hand and lays it elsewhere; what lay under a reader is laid beside it.
    pub fn lays(&self, chip: &str, to: Lies) {
        let _first = self.desks[0].plug.hands();
        let _second = self.desks[1].plug.hands();
        let from = self.lie()[chip];
        let (Lies::Box(a) | Lies::Slot(a) | Lies::Out(a) | Lies::Bin(a)) = from;
        let (Lies::Box(b) | Lies::Slot(b) | Lies::Out(b) | Lies::Bin(b)) = to;
        self.changes(a, |p| {
            p.boxes.values_mut().for_each(|all| all.retain(|c| c != chip));
            p.good.retain(|c| c != chip);
            p.reject.retain(|c| c != chip);
            p.slot.take_if(|c| c == chip);
        });
        if a != b {
            for (kind, end) in [("cards", "json"), ("faces", "png")] {
                let name = format!("{kind}/{chip}.{end}");
                let (from, to) = (self.desks[a].machine.join(&name), self.desks[b].machine.join(&name));
                if from.exists() {
                    std::fs::rename(from, to).unwrap();
                }
            }
        }
        let mut aside = self.aside.lock().unwrap();
        aside.remove(chip);
        self.changes(b, |p| match to {
            Lies::Box(_) => p.boxes.entry(1).or_default().push(chip.to_owned()),
            Lies::Slot(_) => {
                let before = p.slot.replace(chip.to_owned());
                aside.extend(before.clone());
                p.good.extend(before);
            }
            Lies::Out(_) => p.good.push(chip.to_owned()),
            Lies::Bin(_) => p.reject.push(chip.to_owned()),
        });
    }

    fn changes(&self, n: usize, how: impl FnOnce(&mut kaguan_desk_driver::Places)) {
        let mut places = self.machine(n).places();
        how(&mut places);
        let text = serde_json::to_vec(&places).unwrap();
        let fresh = self.desks[n].machine.join("by-hand");
        std::fs::write(&fresh, text).unwrap();
        std::fs::rename(fresh, self.desks[n].machine.join("machine.json")).unwrap();
    }

    /// 社会保障号码 in a chip, hexadecimal; nothing on a blank.
    pub fn number_in(&self, chip: &str) -> Option<String> {
        let place = item("SSSEEF06", Some("08")).unwrap().place();
        (0..2).find_map(|n| self.machine(n).card(chip)).unwrap().memory.get(&place).cloned()
    }

    fn is_printed(&self, chip: &str) -> bool {
        (0..2).find_map(|n| self.machine(n).card(chip)).unwrap().printed
    }

    /// Whether the face of a card is somebody's, dot for dot.
    pub fn is_face_of(
        &self,
        chip: &str,
        name: &str,
        number: &str,
        card_no: &str,
        day: jiff::civil::Date,
    ) -> bool {
        let Some(face) = (0..2).find_map(|n| std::fs::read(self.machine(n).face(chip)).ok()) else {
            return false;
        };
        use base64::Engine as _;
        let photo = base64::engine::general_purpose::STANDARD.encode(&portrait().0);
        let photos = [format!("{photo}|46|127|234|300")];
        let wanted = Card::of(&face_texts(name, number, card_no, day), &photos).unwrap();
        self.is_printed(chip) && face == wanted.draw(&self.fonts).unwrap()
    }

    pub async fn blanks(&self) -> Vec<BlankFile> {
        self.truth.blanks_after(self.order, None, 0, 100_000).await.unwrap()
    }

    /// Each card is one of three: a blank in stock, spoiled and in the bin, good and in somebody's hand; chip, face and file name one
    /// person.
    /// Files are read of some: what was given to others was looked at before.
    pub async fn is_in_order(&self, what: &str, people: &[(HolderId, u32)]) -> BTreeMap<&'static str, usize> {
        let places = self.places();
        let mut count = BTreeMap::new();
        let mut owners = BTreeMap::new();
        for (holder, _) in people {
            let file = self.file(*holder).await;
            for card in &file.cards {
                let before = owners.insert(card.chip.as_str().to_owned(), (file.clone(), card.clone()));
                assert!(before.is_none(), "{what}: two people have one chip");
            }
        }
        for blank in self.blanks().await {
            let chip = format!("440100D156000005{:016X}", blank.id.n);
            let lies = places.get(&chip).copied();
            let at = format!("{what}: {chip} is {}, and lies {lies:?}", blank.state.name());
            match &blank.state {
                BlankState::Made { .. } => {
                    assert!(matches!(lies, Some(Lies::Box(_) | Lies::Slot(_))), "{at}");
                    assert!(self.number_in(&chip).is_none() && !self.is_printed(&chip), "{at}, written");
                    assert!(!owners.contains_key(&chip), "{at}");
                    *count.entry("in stock").or_default() += 1;
                }
                BlankState::Spoiled { .. } => {
                    assert!(matches!(lies, Some(Lies::Bin(_))), "{at}");
                    assert!(!owners.contains_key(&chip), "{at}");
                    *count.entry("in the bin").or_default() += 1;
                }
                BlankState::Used { .. } => {
                    assert!(matches!(lies, Some(Lies::Out(_))), "{at}");
                    *count.entry("in hand").or_default() += 1;
                    let known = self.given.lock().unwrap().contains(&chip);
                    let Some((file, card)) = owners.get(&chip) else {
                        assert!(known, "{at}: nobody's");
                        continue;
                    };
                    let details = &file.person.as_ref().unwrap().details;
                    let number = details.ssn.as_str();
                    assert_eq!(self.number_in(&chip), Some(hex::encode(number)), "{at}");
                    let name = details.name.display();
                    let no = card.card_no.as_str();
                    assert!(known || self.is_face_of(&chip, name, number, no, card.issued_on), "{at}: face");
                    self.given.lock().unwrap().insert(chip.clone());
                }
                BlankState::AllocationFailed { .. } => {}
                BlankState::Generated
                | BlankState::Allocated { .. }
                | BlankState::MakingFailed { .. }
                | BlankState::InUse { .. } => panic!("{at}"),
            }
        }
        count
    }
}
