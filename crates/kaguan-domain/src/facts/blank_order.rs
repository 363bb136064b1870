//! The order of pre-made cards and the boxes they lie in (R36.1): cards that are nobody's yet, kept and counted like money.

use crate::ctx::Instant;
use crate::facts::blank::BlankFile;
use crate::facts::custody::{CustodyEntry, OnTheWay, Party, of_stock, transfer};
use crate::facts::difference::{self, Difference, Settled, Short, Surplus};
use crate::ids::{BankCode, BlankId, BlankOrderId, CardNumber, CityCode, OrgId, VendorCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// How far an order is. From the generation on it has card numbers: `first` is the city's counter of the first of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 预制卡申请: waits for the province.
    Ordered,
    /// The province did not agree.
    Declined { reason: String, at: Instant },
    /// 生成数据: waits for the bank.
    Generated {
        /// Counter of the first card number.
        first: u32,
        at: Instant,
    },
    /// The bank has the data.
    AtBank {
        /// Counter of the first card number.
        first: u32,
        at: Instant,
    },
    /// The accounts are allocated: the vendor makes the cards.
    AtVendor {
        /// Counter of the first card number.
        first: u32,
        at: Instant,
    },
    /// 回盘完成.
    Made {
        /// Counter of the first card number.
        first: u32,
        at: Instant,
    },
}

impl Step {
    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    fn first(&self) -> Option<u32> {
        match self {
            Self::Ordered | Self::Declined { .. } => None,
            Self::Generated { first, .. }
            | Self::AtBank { first, .. }
            | Self::AtVendor { first, .. }
            | Self::Made { first, .. } => Some(*first),
        }
    }
}

/// What was counted in a box (R36.1: every day).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Counted {
    pub on: Date,
    /// How many were there.
    pub cards: i64,
    /// How many should have been.
    pub expected: i64,
    /// Who counted; nothing in counts of earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<OrgId>,
    /// How many cards the books had lost of the box by then other than by use ([`BlankOrderFile::lost`]); nothing in counts of earlier days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<i64>,
    /// Numbers on the list that are of no card of the box; they are not among `cards`. Nothing where a number was counted.
    #[serde(default, skip_serializing_if = "is_none")]
    pub foreign: i64,
}

fn is_none(cards: &i64) -> bool {
    *cards == 0
}

impl Counted {
    /// By how much it differs from the books: less than nothing when cards are missing.
    pub fn differs(&self) -> i64 {
        self.cards - self.expected
    }

    /// Whether what was counted is what should be there, and nothing else.
    pub fn agrees(&self) -> bool {
        self.differs() == 0 && self.foreign == 0
    }
}

/// How the last count of a box stands beside the books as they are now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LastCount {
    /// Nobody who keeps it has counted it.
    None,
    /// It differed from the books, and stands until the box is counted again.
    Differs(Counted),
    /// It agreed, and nothing but use has changed the books since.
    Agrees(Counted),
    /// It agreed, and cards were written off or a shortage was settled since: it says nothing of what is there now.
    Outdated(Counted),
}

/// A box of pre-made cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlankBox {
    /// 装箱位置, unique within the order.
    pub number: String,
    /// Cards when it was packed.
    pub cards: i64,
    /// Who keeps it.
    pub keeper: Party,
    /// Where it is going; the keeper answers for it till it is signed for.
    pub on_the_way: Option<OnTheWay>,
    /// The last count, by whoever keeps it now.
    pub counted: Option<Counted>,
    /// What receipts found too few or too many in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// That its cards are destroyed, by whoever keeps it: its order was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroyed: Option<BoxDestroyed>,
}

impl BlankBox {
    /// Whether it lies at the vendor still.
    pub fn is_at_vendor(&self) -> bool {
        matches!(self.keeper, Party::Vendor(_)) && self.on_the_way.is_none() && self.destroyed.is_none()
    }

    /// Whether it lies at an organisation or is on its way there.
    pub fn concerns(&self, org: OrgId) -> bool {
        self.keeper == Party::Org(org) || self.on_the_way.as_ref().is_some_and(|way| way.to == org)
    }

    /// Whether its last count differs from the books: until it is counted right, it is looked into where it is.
    pub fn was_miscounted(&self) -> bool {
        self.counted.is_some_and(|c| !c.agrees())
    }

    /// Whether a receipt found cards too few or too many in it, and nobody has settled it yet: until then it stays where it is.
    pub fn has_open_difference(&self) -> bool {
        self.differences.iter().any(Difference::is_open)
    }

    /// Whether somebody answers for a difference of it that is open.
    pub fn is_answered_for_by(&self, party: &Party) -> bool {
        self.differences.iter().any(|d| d.is_open() && d.answers == *party)
    }
}

/// 销毁 of a box whose order was ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BoxDestroyed {
    pub on: Date,
    /// Cards that were in it by the books.
    pub cards: i64,
    /// 销毁人; nothing of a box that the vendor had.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// 监销人; nothing of a box that the vendor had.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub witness: String,
    /// Where and how, in Chinese.
    pub account: String,
}

/// 终止 of an order: none of its cards that is nobody's yet is used any more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderEnded {
    pub on: Date,
    /// Why, in Chinese.
    pub reason: String,
    /// When the bank said that it knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<Date>,
    /// When the vendor said that it knows, the cards that it had being destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Date>,
}

/// An order 预制卡申请 (Appendix 5): one bank, one vendor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlankOrder {
    /// 批次.
    pub number: String,
    /// The city that ordered; the cards are usable anywhere in it.
    pub city: CityCode,
    pub bank: BankCode,
    pub vendor: VendorCode,
    pub quantity: u32,
    /// 备注.
    pub note: String,
    pub ordered_on: Date,
    pub step: Step,
    /// Its boxes.
    pub boxes: Vec<BlankBox>,
    /// What the province found in the vendor's return, the last time that it looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<ReturnChecked>,
    /// That the province ended it, with its cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<OrderEnded>,
}

/// 检查预制卡回盘数据 (R36.1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReturnChecked {
    pub on: Date,
    /// Cards that were made by then, and those that failed.
    pub made: i64,
    pub failed: i64,
    pub passed: bool,
    /// What was found; nothing when all is in order.
    pub findings: String,
    /// Which look at the return of the order it was, from 1 on; 0 in lines of earlier days.
    #[serde(default, skip_serializing_if = "is_first")]
    pub round: u32,
    /// When the vendor said that what was found wrong is put right; the province has not looked again since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Date>,
}

fn is_first(round: &u32) -> bool {
    *round == 0
}

impl ReturnChecked {
    /// 通过 or 未通过, with the cards that were made and failed by then, and what was found.
    pub fn said(&self) -> String {
        let passed = if self.passed { "通过" } else { "未通过" };
        let found = if self.findings.is_empty() { String::new() } else { format!("：{}", self.findings) };
        format!("{passed}（已生产{}张，失败{}张）{found}", self.made, self.failed)
    }
}

impl BlankOrder {
    /// The card number of one of its cards; `None` before they are generated, and beyond the last.
    pub fn card_no(&self, n: u32) -> Option<CardNumber> {
        if n == 0 || n > self.quantity {
            return None;
        }
        CardNumber::allocate(self.city.card_number_letter()?, self.step.first()?.checked_add(n - 1)?)
    }

    /// Which of its cards has a card number; `None` when none has.
    pub fn place_of(&self, card_no: &str) -> Option<u32> {
        let counter: u32 = card_no.get(1..8)?.parse().ok()?;
        let n = counter.checked_sub(self.step.first()?)?.checked_add(1)?;
        self.card_no(n).filter(|c| c.as_str() == card_no).map(|_| n)
    }

    /// How far it is, in Chinese; of one that was ended how far it had come.
    pub fn now(&self) -> String {
        let ended = if self.ended.is_some() { "（已终止）" } else { "" };
        format!("{}{ended}", self.step.name())
    }

    /// Whether the province found the vendor's return wrong and has not passed it since, nor ended the order: nothing of it is sent on, nor used.
    pub fn was_found_wrong(&self) -> bool {
        self.ended.is_none() && self.checked.as_ref().is_some_and(|c| !c.passed)
    }

    /// Whether its cards are given to people: the province has neither found its return wrong nor ended it.
    pub fn is_usable(&self) -> bool {
        self.ended.is_none() && !self.was_found_wrong()
    }

    /// That it was ended, as long as the bank, which had it by then, has not said that it knows.
    pub fn end_for_bank(&self) -> Option<&OrderEnded> {
        let had = matches!(self.step, Step::AtBank { .. } | Step::AtVendor { .. } | Step::Made { .. });
        self.ended.as_ref().filter(|ended| had && ended.bank.is_none())
    }

    /// That it was ended, as long as the vendor, which had it by then, has not said that it knows.
    pub fn end_for_vendor(&self) -> Option<&OrderEnded> {
        let had = matches!(self.step, Step::AtVendor { .. } | Step::Made { .. });
        self.ended.as_ref().filter(|ended| had && ended.vendor.is_none())
    }

    /// What the vendor has to put right, until it says that it has.
    pub fn waits_for_correction(&self) -> Option<&ReturnChecked> {
        let made = matches!(self.step, Step::Made { .. }) && self.ended.is_none();
        self.checked.as_ref().filter(|c| made && !c.passed && c.corrected.is_none())
    }

    /// Whether the province has to look at its return: for the first time, or again once the vendor has put right what was wrong.
    pub fn waits_to_be_checked(&self) -> bool {
        let made = matches!(self.step, Step::Made { .. }) && self.ended.is_none();
        made && self.checked.as_ref().is_none_or(|c| !c.passed && c.corrected.is_some())
    }

    /// A box by its number.
    pub fn box_of(&self, number: &str) -> Option<&BlankBox> {
        self.boxes.iter().find(|b| b.number == number)
    }
}

/// How the cards of an order stand; counted by the store when a command about the order is decided.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BlankTally {
    /// Cards with an account that the vendor has not answered for.
    pub allocated: i64,
    /// Cards that the bank failed.
    pub allocation_failed: i64,
    /// Cards that the vendor failed.
    pub making_failed: i64,
    /// Cards that were made, whatever became of them.
    pub made: i64,
    /// Cards that a counter is printing for somebody.
    pub in_use: i64,
    /// Cards that became somebody's.
    pub used: i64,
    /// Cards that lie in each box: those made for it, less those used or spoiled.
    pub inside: BTreeMap<String, i64>,
    /// Cards that were written off from each box in stock, 作废 or 缺失; those of earlier days are not among them.
    pub written_off: BTreeMap<String, i64>,
}

/// An order with its version.
#[derive(Clone, PartialEq, Debug)]
pub struct BlankOrderFile {
    pub id: BlankOrderId,
    /// Version; 0 before it is stored.
    pub version: i64,
    /// What it is; `None` before it is stored.
    pub order: Option<BlankOrder>,
    /// Its cards; only counted for commands about the whole order.
    pub tally: BlankTally,
}

impl BlankOrderFile {
    /// An order that nothing is known of yet.
    pub fn new(id: BlankOrderId) -> Self {
        Self { id, version: 0, order: None, tally: BlankTally::default() }
    }

    /// One of its boxes, once it is ordered.
    pub fn box_of(&self, number: &str) -> Option<&BlankBox> {
        self.order.as_ref()?.box_of(number)
    }

    /// How many cards lie in a box now, less those that a receipt did not find; none in one that is destroyed.
    pub fn inside(&self, number: &str) -> i64 {
        let b = self.box_of(number);
        if b.is_some_and(|b| b.destroyed.is_some()) {
            return 0;
        }
        let booked = self.tally.inside.get(number).copied().unwrap_or(0);
        booked - b.map_or(0, |b| difference::open_short(&b.differences))
    }

    /// Boxes of an order that was ended whose cards are still to be destroyed.
    pub fn to_be_destroyed(&self) -> impl Iterator<Item = &BlankBox> {
        let boxes = self.order.iter().filter(|o| o.ended.is_some()).flat_map(|o| &o.boxes);
        let open = |b: &&BlankBox| b.is_at_vendor() || self.inside(&b.number) > 0 || b.has_open_difference();
        boxes.filter(|b| b.destroyed.is_none()).filter(open)
    }

    /// How many cards the books have lost of a box other than by use: those written off in stock, and those of an open shortage.
    pub fn lost(&self, number: &str) -> i64 {
        let written_off = self.tally.written_off.get(number).copied().unwrap_or(0);
        written_off + self.box_of(number).map_or(0, |b| difference::open_short(&b.differences))
    }

    /// How the last count of a box stands now, its cards being counted in the tally.
    pub fn last_count(&self, b: &BlankBox) -> LastCount {
        match b.counted {
            None => LastCount::None,
            Some(c) if !c.agrees() => LastCount::Differs(c),
            Some(c) if c.lost.is_some_and(|lost| lost != self.lost(&b.number)) => LastCount::Outdated(c),
            Some(c) => LastCount::Agrees(c),
        }
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &BlankOrderEvent, at: Instant) {
        use BlankOrderEvent as E;
        if let E::Ordered { order } = event {
            self.order = Some((**order).clone());
            return;
        }
        let Some(order) = &mut self.order else { return };
        let first = order.step.first().unwrap_or(0);
        let mut in_box = |number: &str, change: &dyn Fn(&mut BlankBox)| {
            if let Some(b) = order.boxes.iter_mut().find(|b| b.number == number) {
                change(b);
            }
        };
        match event {
            E::Ordered { .. } => {}
            E::Declined { reason } => order.step = Step::Declined { reason: reason.clone(), at },
            E::Generated { first } => order.step = Step::Generated { first: *first, at },
            E::Extracted => order.step = Step::AtBank { first, at },
            E::AllocationClosed => order.step = Step::AtVendor { first, at },
            E::MakingClosed => order.step = Step::Made { first, at },
            E::ReturnChecked { checked } => order.checked = Some(checked.clone()),
            E::ReturnCorrected { on } => {
                if let Some(checked) = &mut order.checked {
                    checked.corrected = Some(*on);
                }
            }
            E::Ended { ended } => order.ended = Some(ended.clone()),
            E::EndKnownToBank { on } => {
                if let Some(ended) = &mut order.ended {
                    ended.bank = Some(*on);
                }
            }
            E::EndKnownToVendor { on } => {
                if let Some(ended) = &mut order.ended {
                    ended.vendor = Some(*on);
                }
            }
            E::BoxDestroyed { r#box, destroyed, .. } => {
                in_box(r#box, &|b| b.destroyed = Some(destroyed.clone()));
            }
            E::Packed { number, cards, vendor } => order.boxes.push(BlankBox {
                number: number.clone(),
                cards: *cards,
                keeper: Party::Vendor(vendor.clone()),
                on_the_way: None,
                counted: None,
                differences: Vec::new(),
                destroyed: None,
            }),
            E::PackedAnew { number, cards: 0, .. } => order.boxes.retain(|b| b.number != *number),
            E::PackedAnew { number, cards, .. } => in_box(number, &|b| b.cards = *cards),
            E::Shipped { ship, .. } => in_box(&ship.r#box, &|b| {
                b.on_the_way = Some(OnTheWay {
                    to: ship.to,
                    since: at,
                    tracking: ship.tracking.clone(),
                    responsible: ship.responsible.clone(),
                    manner: ship.manner.clone(),
                });
            }),
            E::TakenIn { take_in, from } => in_box(&take_in.r#box, &|b| {
                let (to, short) = (Party::Org(take_in.org), take_in.short.as_ref());
                b.differences.extend(difference::found(at, from, &to, short, &take_in.surplus));
                b.on_the_way = None;
                b.keeper = to;
                // Whoever signs for it counts it for himself; counts of earlier days stayed with the box.
                b.counted = b.counted.filter(|c| c.by.is_none());
            }),
            E::DifferenceSettled { r#box, settled, .. } => {
                in_box(r#box, &|b| difference::settle(&mut b.differences, settled));
            }
            E::Counted { r#box, counted, .. } => in_box(r#box, &|b| b.counted = Some(*counted)),
        }
    }
}

/// What happened to an order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankOrderEvent {
    /// It was ordered.
    Ordered {
        /// As it begins.
        order: Box<BlankOrder>,
    },
    /// The province did not agree.
    Declined { reason: String },
    /// Its card numbers were generated.
    Generated {
        /// Counter of the first.
        first: u32,
    },
    /// The bank has the data.
    Extracted,
    /// The bank has answered for every card.
    AllocationClosed,
    /// A box was packed.
    Packed {
        /// 装箱位置.
        number: String,
        cards: i64,
        vendor: VendorCode,
    },
    /// The vendor put right how many cards are in a box; one without cards is no box any more.
    PackedAnew {
        /// 装箱位置.
        number: String,
        cards: i64,
        /// What was written before.
        was: i64,
        vendor: VendorCode,
    },
    /// The vendor has answered for every card.
    MakingClosed,
    /// The province looked through the return.
    ReturnChecked { checked: ReturnChecked },
    /// The vendor has put right what the province found wrong in the return.
    ReturnCorrected { on: Date },
    /// The province ended it.
    Ended { ended: OrderEnded },
    /// The bank said that it knows of the end.
    EndKnownToBank { on: Date },
    /// The vendor said that it knows of the end, the cards that it had being destroyed.
    EndKnownToVendor { on: Date },
    /// The cards of a box of an order that was ended are destroyed.
    BoxDestroyed {
        r#box: String,
        /// Who kept it.
        from: Party,
        destroyed: BoxDestroyed,
    },
    /// A box set out.
    Shipped {
        /// What was given.
        ship: StockShip,
        from: Party,
    },
    /// A box was signed for.
    TakenIn {
        /// What was given.
        take_in: StockTakeIn,
        from: Party,
    },
    /// A box was counted.
    Counted {
        r#box: String,
        org: OrgId,
        /// The count.
        counted: Counted,
    },
    /// A difference of a box was looked into.
    DifferenceSettled {
        r#box: String,
        /// Who keeps the box.
        keeper: Party,
        settled: Settled,
        /// What came of it.
        account: String,
    },
}

impl BlankOrderEvent {
    /// What it does to the books of stock.
    pub fn entries(&self) -> Vec<CustodyEntry> {
        match self {
            Self::Packed { cards, vendor, .. } => {
                of_stock(transfer(&Party::Production(vendor.clone()), &Party::Vendor(vendor.clone()), *cards))
            }
            Self::PackedAnew { cards, was, vendor, .. } => of_stock(transfer(
                &Party::Production(vendor.clone()),
                &Party::Vendor(vendor.clone()),
                cards - was,
            )),
            Self::TakenIn { take_in: t, from } => {
                let to = Party::Org(t.org);
                of_stock(difference::received(from, &to, t.counted, t.short.as_ref(), &t.surplus))
            }
            Self::DifferenceSettled { keeper, settled, .. } => of_stock(difference::settled(keeper, settled)),
            Self::BoxDestroyed { from, destroyed, .. } => {
                of_stock(transfer(from, &Party::Destroyed, destroyed.cards))
            }
            Self::Ordered { .. }
            | Self::Declined { .. }
            | Self::Generated { .. }
            | Self::Extracted
            | Self::AllocationClosed
            | Self::MakingClosed
            | Self::ReturnChecked { .. }
            | Self::ReturnCorrected { .. }
            | Self::Ended { .. }
            | Self::EndKnownToBank { .. }
            | Self::EndKnownToVendor { .. }
            | Self::Shipped { .. }
            | Self::Counted { .. } => Vec::new(),
        }
    }
}

/// 寄出: a box sets out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StockShip {
    /// 装箱位置.
    pub r#box: String,
    pub to: OrgId,
    /// 责任人.
    pub responsible: String,
    /// Tracking number or way-bill; empty when whoever brings it himself has none.
    pub tracking: String,
    /// 发放方式; nothing where a number says it, and in lines of earlier days.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub manner: String,
}

/// 入库: a box is counted and signed for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StockTakeIn {
    /// 装箱位置.
    pub r#box: String,
    pub org: OrgId,
    /// Cards counted.
    pub counted: i64,
    /// 签收人.
    pub signer: String,
    /// 短少: cards too few, and nobody knows yet which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Short>,
    /// 多出: cards that the books do not have in the box.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<Surplus>,
    /// 保管地点; nothing in lines of earlier days.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kept_at: String,
}

/// The pre-made cards that commands touch, each with its order.
#[derive(Default)]
pub struct Stock {
    /// Orders.
    pub orders: HashMap<BlankOrderId, BlankOrderFile>,
    /// Cards that have begun; one of a generated order that has not is as new.
    pub blanks: HashMap<BlankId, BlankFile>,
}
