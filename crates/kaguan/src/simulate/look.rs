//! What must hold at the end of a story, whatever happened: for each person, between people, for every card on its way, and for the
//! books.

use kaguan_domain::application::ask_again;
use kaguan_domain::facts::application::{Application, CheckResult, Stage};
use kaguan_domain::facts::batch::{BatchFile, keeper_of};
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::fee::{Fee, FreeGround};
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::trace::{Trace, TraceKind};
use kaguan_domain::ids::{BatchId, HolderId};
use std::collections::{BTreeMap, HashMap};

/// Somebody whom others are alike.
struct Alike {
    file: HolderId,
    sex: String,
    /// Whether the number carries the birth date: it tells the person from every other.
    for_life: bool,
    /// Whom clerks were shown, and said of that they are others.
    told_apart: Vec<HolderId>,
}

/// Everything that was seen.
#[derive(Default)]
pub(super) struct Eyes {
    /// By the kind and the value of a number, whose it is.
    numbers: BTreeMap<(&'static str, String), HolderId>,
    alike: BTreeMap<Trace, Vec<Alike>>,
    /// How many cards each keeps.
    kept: BTreeMap<String, i64>,
    wrongs: Vec<String>,
}

/// What came of an application that some register did not answer about at first; `None` of every other.
pub(super) fn came_of_silence(a: &Application) -> Option<&'static str> {
    a.checks.iter().find(|c| c.result == CheckResult::Unavailable)?;
    Some(match &a.stage {
        Stage::Received => "仍待核验",
        Stage::Declined { .. } => "不予受理",
        Stage::Withdrawn { .. } => "已撤销",
        Stage::Accepted { .. }
        | Stage::InBatch { .. }
        | Stage::OpeningFailed { .. }
        | Stage::AccountOpened { .. }
        | Stage::Personalising { .. }
        | Stage::ProductionFailed { .. }
        | Stage::Made { .. } => match a.by_hand {
            Some(_) => "人工核验后受理",
            None => "再次核验后受理",
        },
    })
}

impl Eyes {
    /// One person.
    pub(super) fn see(&mut self, file: &HolderFile, batches: &HashMap<BatchId, BatchFile>) {
        self.see_cards(file, batches);
        self.see_applications(file);
        let id = file.id;
        for claim in file.identifiers() {
            let before = self.numbers.insert((claim.kind.code(), claim.value), id);
            if let Some(other) = before.filter(|other| *other != id) {
                self.wrongs.push(format!("档案{other}和档案{id}：同一证件或号码登记在两份档案中"));
            }
        }
        let Some(person) = &file.person else { return };
        for trace in file.traces().into_iter().filter(|t| t.kind == TraceKind::Likeness) {
            let told = person
                .answers
                .iter()
                .flat_map(|a| a.answer.candidates.iter().copied().filter(|c| Some(*c) != a.answer.same));
            self.alike.entry(trace).or_default().push(Alike {
                file: id,
                sex: person.details.sex.clone(),
                for_life: person.details.ssn.birth_date().is_some(),
                told_apart: told.collect(),
            });
        }
    }

    fn see_cards(&mut self, file: &HolderFile, batches: &HashMap<BatchId, BatchFile>) {
        let mut wrong = |what: &str| self.wrongs.push(format!("档案{}：{what}", file.id));
        if file.cards.iter().filter(|c| c.in_force()).count() > 1 {
            wrong("有两张正常使用的卡");
        }
        for card in &file.cards {
            let lost = card.holds.iter().any(|h| matches!(h, Hold::TemporaryLoss | Hold::FormalLoss));
            if lost && card.in_force() {
                wrong("已挂失的卡仍在使用");
            }
            let under_way = matches!(
                card.custody,
                Custody::InBox { .. } | Custody::InPost { .. } | Custody::Missing { .. }
            );
            if card.social != Social::NotEnabled
                && under_way
                && !card.is_cancelled()
                && card.offered_again.is_none()
            {
                // A box in an employer's hands is the one exception, and the simulation has none.
                wrong("未交付的卡已启用");
            }
            if card.intents.windows(2).any(|w| w[0].seq >= w[1].seq) {
                wrong("联动指令次序错乱");
            }
            if card.is_cancelled() && card.intents.is_empty() {
                wrong("已注销的卡没有通知银行");
            }
            if let Custody::Missing { said, .. } = &card.custody {
                let one = said.as_ref().is_some_and(|s| match s.answers {
                    Party::Org(_) | Party::Vendor(_) | Party::Post(_) | Party::Employer(_) => true,
                    Party::Holder
                    | Party::Recalled(_)
                    | Party::Destroyed
                    | Party::Missing
                    | Party::Production(_) => false,
                });
                if !one {
                    wrong("缺卡没有归到一个保管方");
                }
            }
            if let Some(again) = card.made_again {
                let free = Fee::Free { ground: FreeGround::LostBeforeHandOver };
                if file.application(again).is_none_or(|a| a.fee != free) {
                    wrong("为领取前遗失的卡收了工本费");
                }
                if !card.is_cancelled() || card.in_force() {
                    wrong("已补制的缺卡没有注销");
                }
            }
            match keeper_of(&card.custody, batches.get(&card.batch)) {
                Some(keeper) => *self.kept.entry(keeper.account()).or_default() += 1,
                None => wrong("有一张卡无人保管"),
            }
        }
    }

    fn see_applications(&mut self, file: &HolderFile) {
        let mut wrong = |what: &str| self.wrongs.push(format!("档案{}：{what}", file.id));
        if file.applications.iter().filter(|a| a.is_open()).count() > 1 {
            wrong("有两项在办的申请");
        }
        for a in &file.applications {
            if matches!(a.stage, Stage::Received) {
                if a.clock.as_ref().is_none_or(|c| c.stopped_on.is_some()) {
                    wrong("待核验的申请没有计时");
                }
                // Whoever is asked again has a day on which; of the others every answer is there, and a person decides.
                let silent = a.checks.iter().any(|c| c.result == CheckResult::Unavailable);
                let answered = a.checks.iter().any(|c| c.result == CheckResult::NotOnRecord);
                if ask_again(a).is_none() && !(answered || silent) {
                    wrong("待核验的申请什么也不等");
                }
            } else if a.by_hand.as_ref().is_some_and(|h| h.ground.trim().is_empty() || h.by.is_none()) {
                wrong("人工核验没有依据或经办人");
            }
        }
    }

    /// One batch, with its boxes: what a count has missed and nobody has named yet is booked as missing.
    pub(super) fn see_batch(&mut self, file: &BatchFile) {
        for b in &file.boxes {
            let short = b.short();
            if short > 0 {
                *self.kept.entry(b.keeper.account()).or_default() -= short;
                *self.kept.entry(Party::Missing.account()).or_default() += short;
            }
            for d in b.differences.iter().filter(|d| d.is_open()) {
                if matches!(d.answers, Party::Holder | Party::Missing | Party::Destroyed) {
                    self.wrongs.push(format!("箱{}：清点差异没有归到一个保管方", b.id));
                }
            }
        }
    }

    /// What is wrong, with the books at the end.
    pub(super) fn close(mut self, balances: Vec<(String, i64)>) -> Vec<String> {
        for people in self.alike.values() {
            for (n, one) in people.iter().enumerate() {
                for other in &people[n + 1..] {
                    let known = one.for_life && other.for_life || one.sex != other.sex;
                    let told = one.told_apart.contains(&other.file) || other.told_apart.contains(&one.file);
                    if !known && !told {
                        let (one, other) = (one.file, other.file);
                        self.wrongs.push(format!("档案{one}和档案{other}：可能是同一人，无人认定过"));
                    }
                }
            }
        }
        let cards = |(account, n): &(String, i64)| {
            *n != 0 && !["production:", "data/", "stock/"].iter().any(|a| account.starts_with(a))
        };
        let booked: BTreeMap<String, i64> = balances.into_iter().filter(cards).collect();
        self.kept.retain(|_, n| *n != 0);
        for account in booked.keys().chain(self.kept.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (books, cards) = (booked.get(account), self.kept.get(account));
            if books != cards {
                self.wrongs.push(format!("保管账{account}为{books:?}，实有{cards:?}"));
            }
        }
        self.wrongs
    }
}
