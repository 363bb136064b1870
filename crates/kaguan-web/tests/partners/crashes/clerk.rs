//! A clerk at a console that may be gone at any moment: presses, looks, and does what the page says. Whatever a page says of a card that
//! came out is done with it.

use super::office::{Lies, Office};
use crate::console::{Console, form};
use crate::premade::encoded;
use kaguan_domain::facts::application::Stage;
use kaguan_domain::ids::HolderId;
use std::time::{Duration, Instant};

/// How the making of somebody's card has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    Made,
    Failed,
    /// The card went back into stock, and the application waits.
    Waits,
}

/// What a clerk does when something is not as it should be: at the so-manieth trouble.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Goes to the other desk, with the card.
    pub moves: Option<u32>,
    /// Takes a wrong card, or begins another's.
    pub mixes: Option<u32>,
    /// Gives the card up.
    pub gives_up: u32,
}

pub struct Clerk<'a> {
    office: &'a Office,
    console: Console,
    /// The desk that is this clerk's own.
    pub at: usize,
    /// Pages, so that a run that goes wrong can be read.
    pub told: Vec<String>,
}

/// The text of a page, without its frame.
fn text_of(page: &str) -> String {
    let main = page.split("<main").nth(1).unwrap_or(page);
    let mut out = String::new();
    for part in main.split('<').skip(1) {
        let text = part.split_once('>').map_or("", |p| p.1).trim();
        if !text.is_empty() {
            out.push_str(text);
            out.push(' ');
        }
    }
    out.chars().take(600).collect()
}

impl<'a> Clerk<'a> {
    pub async fn at(office: &'a Office, at: usize) -> Self {
        let console = Console::of(&office.servers.address, &office.logins[at], "right").await;
        Self { office, console, at, told: Vec::new() }
    }

    /// A page; `None` when no server has answered.
    async fn page(&mut self, method: &str, path: &str, form: &str) -> Option<String> {
        let page = self.console.page(method, path, form).await?;
        if method == "POST" {
            self.told.push(format!("{method} {path}: {}", text_of(&page)));
            self.obeys(&page);
        }
        Some(page)
    }

    /// Looks until somebody answers, as long as it takes.
    async fn sees(&mut self, path: &str) -> String {
        let mut again = tokio::time::interval(Duration::from_millis(25));
        let end = Instant::now() + Duration::from_secs(100);
        loop {
            again.tick().await;
            if let Some(page) = self.page("GET", path, "").await {
                return page;
            }
            assert!(Instant::now() < end, "nobody answers {path}: {:#?}", self.told);
        }
    }

    /// What a page says of a card that came out of this desk.
    fn obeys(&mut self, page: &str) {
        let own = self.office.machine(self.at).places().good;
        let given = self.office.given.lock().unwrap().clone();
        let aside = self.office.aside.lock().unwrap().clone();
        // Of several that lie there, what is said is said of the one that came out last.
        if let Some(chip) = own.iter().rfind(|c| !given.contains(*c) && !aside.contains(*c)) {
            if page.contains("废卡盒") && !page.contains("未印好的") {
                self.office.lays(chip, Lies::Bin(self.at));
            } else if page.contains("请放回卡盒") && !page.contains("不得放回卡盒") {
                self.office.lays(chip, Lies::Box(self.at));
            }
        }
    }

    /// The page of the making, once nothing runs any more, with the desk in hand.
    async fn settled(&mut self) -> String {
        let mut again = tokio::time::interval(Duration::from_millis(25));
        let end = Instant::now() + Duration::from_secs(100);
        loop {
            again.tick().await;
            assert!(Instant::now() < end, "it is never settled: {:#?}", self.told);
            let page = self.sees("/instant/making").await;
            if page.contains("正在制卡") {
                continue;
            }
            if page.contains("未连接") || !page.contains("交还制卡桌面机") {
                self.takes().await;
                continue;
            }
            self.told.push(format!("stands: {}", text_of(&page)));
            self.obeys(&page);
            return page;
        }
    }

    async fn takes(&mut self) {
        let status = std::fs::read_to_string(self.office.desks[self.at].state.join("status.txt"));
        let status = status.unwrap_or_default();
        let number: String = status.split("桌面号：").nth(1).unwrap_or_default().chars().take(4).collect();
        self.page("POST", "/instant/making/take", &format!("number={}", encoded(number.trim()))).await;
    }

    /// Gives the desk back, takes the other and carries the card over there.
    async fn changes_desk(&mut self) {
        self.page("POST", "/instant/making/release", "").await;
        self.at = 1 - self.at;
    }

    /// The form of an application on 即时制卡.
    async fn finds(&mut self, n: u32) -> String {
        let number = self.office.world.draft(n).document_number;
        let mut again = tokio::time::interval(Duration::from_millis(25));
        let end = Instant::now() + Duration::from_secs(100);
        loop {
            again.tick().await;
            if let Some(page) = self.page("POST", "/instant", &format!("number={number}")).await {
                return page;
            }
            assert!(Instant::now() < end, "nobody answers: {:#?}", self.told);
        }
    }

    /// Somebody's card is made, whatever happens meanwhile.
    pub async fn makes(&mut self, who: (HolderId, u32), habits: Habits) -> Ended {
        let (holder, n) = who;
        let mut troubles = 0;
        let mut again = tokio::time::interval(Duration::from_millis(10));
        loop {
            again.tick().await;
            assert!(troubles < 40, "no end: {:#?}", self.told);
            let page = self.settled().await;
            if page.contains("核对拟印卡面") {
                let number = self.office.world.draft(n).document_number;
                assert!(page.contains(&number), "another's face: {:#?}", self.told);
                self.page("POST", "/instant/making/print", "").await;
                continue;
            }
            let found = self.finds(n).await;
            if found.contains("没有在办的申领") {
                let card = &self.office.file(holder).await.cards[0];
                self.office.aside.lock().unwrap().insert(card.chip.as_str().to_owned());
                return Ended::Made;
            }
            if found.contains("制卡失败的数据先在") {
                self.lets_out().await;
                return Ended::Failed;
            }
            let chip = self.office.chip_of(holder).await;
            if page.contains("印卡的结果不明") {
                troubles += 1;
                self.looks_at_face(who, &found, chip.as_deref()).await;
                continue;
            }
            let Some(start) = form(&found, "/instant/making/start") else {
                troubles += 1;
                self.told.push(format!("no way on: {}", text_of(&found)));
                continue;
            };
            if troubles > 0 && Some(troubles) == habits.moves {
                self.changes_desk().await;
                troubles += 1;
                continue;
            }
            if troubles >= habits.gives_up {
                if let Some(back) = form(&found, "/instant/return") {
                    self.page("POST", "/instant/return", &back).await;
                    self.lets_out().await;
                    let now = self.finds(n).await;
                    if form(&now, "/instant/fail").is_none() {
                        return Ended::Waits;
                    }
                    continue;
                }
                if let Some(fail) = form(&found, "/instant/fail") {
                    let reason = encoded("多次不成功");
                    self.page("POST", "/instant/fail", &format!("{fail}&reason={reason}")).await;
                    continue;
                }
            }
            // The card that is being made belongs under the reader in front of the clerk.
            if let Some(chip) = &chip
                && self.office.places()[chip] != Lies::Slot(self.at)
            {
                self.office.lays(chip, Lies::Slot(self.at));
            }
            if chip.is_some() && troubles > 0 && Some(troubles) == habits.mixes {
                troubles += 1;
                if troubles % 2 == 0 {
                    self.makes_anothers(&start).await;
                } else {
                    self.takes_a_wrong_card();
                    self.page("POST", "/instant/making/start", &start).await;
                }
                continue;
            }
            self.page("POST", "/instant/making/start", &start).await;
            troubles += 1;
        }
    }

    /// While somebody's card lies half made under the reader, another's is begun: nobody gets it.
    async fn makes_anothers(&mut self, own: &str) {
        let (other, n) = *self.office.people.last().unwrap();
        let page = self.finds(n).await;
        let Some(start) = form(&page, "/instant/making/start") else {
            // A server that has just taken over does not have the desk yet.
            self.told.push(format!("no way on: {}", text_of(&page)));
            return;
        };
        assert_ne!(start, own);
        self.page("POST", "/instant/making/start", &start).await;
        self.settled().await;
        let file = self.office.file(other).await;
        let stage = &file.applications[0].stage;
        assert!(matches!(stage, Stage::Accepted { .. }), "{stage:?}: {:#?}", self.told);
    }

    /// A blank from the box is put under the reader in the place of the card that belongs there, which lies beside it.
    fn takes_a_wrong_card(&mut self) {
        let of_box = self.office.machine(self.at).places().boxes;
        if let Some(chip) = of_box.get(&1).and_then(|all| all.first()) {
            self.office.lays(chip, Lies::Slot(self.at));
        }
    }

    /// 退卡 of whatever lies under this desk's reader.
    pub async fn lets_out(&mut self) {
        for _ in 0..5 {
            self.settled().await;
            if self.office.machine(self.at).places().slot.is_none() {
                return;
            }
            self.page("POST", "/instant/making/eject", "").await;
        }
    }

    /// Gives the desk back.
    pub async fn leaves(&mut self) {
        self.page("POST", "/instant/making/release", "").await;
    }

    async fn looks_at_face(&mut self, (_, n): (HolderId, u32), found: &str, chip: Option<&str>) {
        let Some(chip) = chip else { return };
        if matches!(self.office.places()[chip], Lies::Slot(_)) {
            if self.office.places()[chip] != Lies::Slot(self.at) {
                self.office.lays(chip, Lies::Slot(self.at));
            }
            self.page("POST", "/instant/making/eject", "").await;
            return;
        }
        let details = self.office.world.draft(n);
        let day = self.office.world.clock.now().date();
        let card_no = &self.office.numbers[chip];
        let good = self.office.is_face_of(chip, &details.name, &details.document_number, card_no, day);
        if good {
            if let Some(done) = form(found, "/instant/write-back") {
                self.page("POST", "/instant/write-back", &format!("{done}&chip={chip}")).await;
            }
        } else if let Some(fail) = form(found, "/instant/fail") {
            let reason = encoded("卡面未印好");
            self.page("POST", "/instant/fail", &format!("{fail}&reason={reason}")).await;
            self.office.lays(chip, Lies::Bin(self.at));
        }
    }

    /// What lies outside and nobody knows of is put under the reader, and let out again.
    pub async fn tidies(&mut self) {
        self.lets_out().await;
        let given = self.office.given.lock().unwrap().clone();
        let out = self.office.machine(self.at).places().good;
        for chip in out.into_iter().filter(|c| !given.contains(c)) {
            self.office.lays(&chip, Lies::Slot(self.at));
            self.lets_out().await;
            // What was said of it was done; what is said of the next is not about this one.
            if self.office.machine(self.at).places().good.contains(&chip) {
                self.office.aside.lock().unwrap().insert(chip);
            }
        }
        self.leaves().await;
    }
}
