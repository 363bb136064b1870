//! The order of pre-made cards: from the city's form to cards in stock (R36.1).

use crate::application::form::BankCode;
use crate::clause;
use crate::ctx::{Ctx, Instant};
use crate::distribution::{CustodyEntry, OnTheWay, Party, in_stock};
use crate::ids::{BlankOrderId, CardNumber, OrgId};
use crate::institution::{CityCode, Institutions, OrgKind, Organisation, Place, VendorCode, Verb, authorise};
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far an order is. From the generation on it has card numbers: `first` is the city's counter of the first of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 预制卡申请: waits for the province.
    Ordered,
    /// The province did not agree.
    Declined {
        /// Why.
        reason: String,
        /// Since when.
        at: Instant,
    },
    /// 生成数据: waits for the bank.
    Generated {
        /// Counter of the first card number.
        first: u32,
        /// Since when.
        at: Instant,
    },
    /// The bank has the data.
    AtBank {
        /// Counter of the first card number.
        first: u32,
        /// Since when.
        at: Instant,
    },
    /// The accounts are allocated: the vendor makes the cards.
    AtVendor {
        /// Counter of the first card number.
        first: u32,
        /// Since when.
        at: Instant,
    },
    /// 回盘完成.
    Made {
        /// Counter of the first card number.
        first: u32,
        /// Since when.
        at: Instant,
    },
}

impl Step {
    /// The stable name in stored rows.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Declined { .. } => "declined",
            Self::Generated { .. } => "generated",
            Self::AtBank { .. } => "at_bank",
            Self::AtVendor { .. } => "at_vendor",
            Self::Made { .. } => "made",
        }
    }

    /// The Chinese term.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ordered => "待省中心生成数据",
            Self::Declined { .. } => "省中心不予生成",
            Self::Generated { .. } => "已生成数据，待银行提取",
            Self::AtBank { .. } => "银行分配账户中",
            Self::AtVendor { .. } => "卡商生产中",
            Self::Made { .. } => "生产完成",
        }
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
    /// On which day.
    pub on: Date,
    /// How many were there.
    pub cards: i64,
    /// How many should have been.
    pub expected: i64,
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
    /// The last count.
    pub counted: Option<Counted>,
}

/// An order 预制卡申请 (Appendix 5): one bank, one vendor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BlankOrder {
    /// 批次.
    pub number: String,
    /// The city that ordered; the cards are usable anywhere in it.
    pub city: CityCode,
    /// Bank.
    pub bank: BankCode,
    /// Vendor.
    pub vendor: VendorCode,
    /// How many.
    pub quantity: u32,
    /// 备注.
    pub note: String,
    /// On which day.
    pub ordered_on: Date,
    /// How far it is.
    pub step: Step,
    /// Its boxes.
    pub boxes: Vec<BlankBox>,
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
    /// Cards that lie in each box: those made for it, less those used or spoiled.
    pub inside: BTreeMap<String, i64>,
}

/// An order with its version.
#[derive(Clone, PartialEq, Debug)]
pub struct BlankOrderFile {
    /// Identity.
    pub id: BlankOrderId,
    /// Version; 0 before it is stored.
    pub version: i64,
    /// What it is; `None` before it is stored.
    pub order: Option<BlankOrder>,
    /// Its cards; only counted for commands about the whole order.
    pub tally: BlankTally,
}

/// 寄出: a box sets out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StockShip {
    /// 装箱位置.
    pub r#box: String,
    /// To whom.
    pub to: OrgId,
    /// 责任人.
    pub responsible: String,
    /// Tracking number or way-bill.
    pub tracking: String,
}

/// 入库: a box is counted and signed for.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StockTakeIn {
    /// 装箱位置.
    pub r#box: String,
    /// By whom.
    pub org: OrgId,
    /// Cards counted.
    pub counted: i64,
    /// 签收人.
    pub signer: String,
}

/// A command about an order as a whole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankOrderCommand {
    /// 预制卡申请.
    Order {
        /// 批次.
        number: String,
        /// City.
        city: CityCode,
        /// Bank.
        bank: BankCode,
        /// Vendor.
        vendor: VendorCode,
        /// How many.
        quantity: u32,
        /// 备注.
        note: String,
    },
    /// The province does not agree.
    Decline {
        /// Why.
        reason: String,
    },
    /// 生成数据.
    Generate {
        /// The city's counter of the first card number; all of them are reserved.
        first: u32,
    },
    /// The bank extracts the data.
    Extract,
    /// 预开户回盘完成.
    CloseAllocation,
    /// 装箱.
    Pack {
        /// 装箱位置.
        number: String,
        /// How many cards.
        cards: i64,
    },
    /// 回盘完成.
    CloseMaking,
    /// 寄出, 出库.
    Ship(StockShip),
    /// 入库.
    TakeIn(StockTakeIn),
    /// 盘点.
    Count {
        /// 装箱位置.
        r#box: String,
        /// By whom.
        org: OrgId,
        /// How many were there.
        counted: i64,
    },
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
    Declined {
        /// Why.
        reason: String,
    },
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
        /// How many cards.
        cards: i64,
        /// By whom.
        vendor: VendorCode,
    },
    /// The vendor has answered for every card.
    MakingClosed,
    /// A box set out.
    Shipped {
        /// What was given.
        ship: StockShip,
        /// From whom.
        from: Party,
    },
    /// A box was signed for.
    TakenIn {
        /// What was given.
        take_in: StockTakeIn,
        /// From whom.
        from: Party,
    },
    /// A box was counted.
    Counted {
        /// Which.
        r#box: String,
        /// By whom.
        org: OrgId,
        /// The count.
        counted: Counted,
    },
}

impl BlankOrderCommand {
    /// The verb, for the permission matrix and the journal.
    pub fn verb(&self, file: &BlankOrderFile) -> Verb {
        match self {
            Self::Order { .. } => Verb::OrderBlanks,
            Self::Decline { .. } | Self::Generate { .. } => Verb::GenerateBlanks,
            Self::Extract | Self::CloseAllocation => Verb::AllocateBlanks,
            Self::Pack { .. } | Self::CloseMaking => Verb::MakeBlanks,
            Self::Ship(s) => match file.box_of(&s.r#box).map(|b| &b.keeper) {
                Some(Party::Vendor(_)) => Verb::MakeBlanks,
                _ => Verb::ShipBlanks,
            },
            Self::TakeIn(_) => Verb::TakeInBlanks,
            Self::Count { .. } => Verb::CountBlanks,
        }
    }

    /// Where the subject lies, for the permission check.
    pub fn place(&self, file: &BlankOrderFile) -> Place {
        let of = |f: fn(&BlankOrder) -> Place| file.order.as_ref().map_or(Place::Anywhere, f);
        match self {
            Self::Order { city, .. } => Place::City(city.clone()),
            Self::Decline { .. } | Self::Generate { .. } => Place::Anywhere,
            Self::Extract | Self::CloseAllocation => of(|o| Place::Bank(o.bank.clone())),
            Self::Pack { .. } | Self::CloseMaking => of(|o| Place::Vendor(o.vendor.clone())),
            Self::Ship(s) => file.box_of(&s.r#box).map_or(Place::Anywhere, |b| b.keeper.place()),
            Self::TakeIn(t) => Place::At(t.org),
            Self::Count { org, .. } => Place::At(*org),
        }
    }
}

/// At most so many cards of one order: what a vendor's file and a bank's call take.
const MOST: u32 = 100_000;

/// Decides a command about an order.
pub fn decide_order(
    file: &BlankOrderFile,
    command: &BlankOrderCommand,
    ctx: &Ctx,
    institutions: &Institutions,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    clause!(R36.1);
    use BlankOrderCommand as C;
    use BlankOrderEvent as E;
    authorise(institutions, &ctx.actor, command.verb(file), &command.place(file))?;
    if let C::Order { number, city, bank, vendor, quantity, note } = command {
        clause!(X5.1);
        if file.order.is_some() {
            return Err(Reason::NothingToDo.into());
        }
        if !institutions.banks_of(city).contains(bank) {
            return Err(Reason::BankNotOffered.into());
        }
        if !crate::codes::vendors().any(|v| v.code == vendor.as_str()) {
            return Err(Refusal::about(Reason::NotFound, "卡制作厂商代码"));
        }
        if *quantity == 0 || *quantity > MOST {
            return Err(Refusal::about(Reason::CountMismatch, format!("一份申请为1至{MOST}张")));
        }
        let order = BlankOrder {
            number: number.clone(),
            city: city.clone(),
            bank: bank.clone(),
            vendor: vendor.clone(),
            quantity: *quantity,
            note: note.clone(),
            ordered_on: ctx.today(),
            step: Step::Ordered,
            boxes: Vec::new(),
        };
        return Ok(vec![E::Ordered { order: Box::new(order) }]);
    }
    let order = file.order.as_ref().ok_or(Reason::NotFound)?;
    let wrong = || -> Refusal { Reason::WrongStage.into() };
    match (command, &order.step) {
        (C::Order { .. }, _) => Err(Reason::NothingToDo.into()),
        (C::Decline { reason }, Step::Ordered) if reason.trim().is_empty() => {
            Err(Refusal::about(Reason::MaterialDefective, "须写明不予生成的原因"))
        }
        (C::Decline { reason }, Step::Ordered) => Ok(vec![E::Declined { reason: reason.clone() }]),
        (C::Generate { first }, Step::Ordered) => Ok(vec![E::Generated { first: *first }]),
        (C::Extract, Step::Generated { .. }) => Ok(vec![E::Extracted]),
        // Extracting again gives the same data.
        (C::Extract, Step::AtBank { .. }) => Err(Reason::NothingToDo.into()),
        (C::CloseAllocation, Step::AtBank { .. }) => {
            let answered = file.tally.allocated + file.tally.allocation_failed;
            answered_all(i64::from(order.quantity) - answered)?;
            Ok(vec![E::AllocationClosed])
        }
        (C::Pack { number, cards }, Step::AtVendor { .. }) => {
            if *cards <= 0 {
                return Err(Reason::CountMismatch.into());
            }
            if order.box_of(number).is_some() {
                return Err(Refusal::about(Reason::NumberTaken, "装箱位置"));
            }
            Ok(vec![E::Packed { number: number.clone(), cards: *cards, vendor: order.vendor.clone() }])
        }
        (C::CloseMaking, Step::AtVendor { .. }) => {
            answered_all(file.tally.allocated)?;
            for b in &order.boxes {
                let inside = file.inside(&b.number);
                if inside != b.cards {
                    let about = format!("装箱位置{}写明{}张，回盘{inside}张", b.number, b.cards);
                    return Err(Refusal::about(Reason::CountMismatch, about));
                }
            }
            Ok(vec![E::MakingClosed])
        }
        (C::Ship(s), Step::Made { .. }) => ship(order, s, institutions),
        (C::TakeIn(t), Step::Made { .. }) => take_in(file, order, t),
        (C::Count { r#box, org, counted }, Step::Made { .. }) => {
            count(file, order, r#box, *org, *counted, ctx)
        }
        _ => Err(wrong()),
    }
}

fn answered_all(outstanding: i64) -> Result<(), Refusal> {
    if outstanding > 0 {
        return Err(Refusal::about(Reason::ReturnsOutstanding, format!("{outstanding}条未回盘")));
    }
    Ok(())
}

/// From the vendor to the city, or to an outlet of the bank there (市卡管机构或服务银行接收); from the city to any outlet of it
/// that gives cards of this bank; and back to the city.
fn hop_allowed(from: &Party, to: &Organisation, order: &BlankOrder, institutions: &Institutions) -> bool {
    if to.city().as_ref() != Some(&order.city) {
        return false;
    }
    let an_outlet = match to.kind {
        OrgKind::HrOutlet => true,
        OrgKind::BankOutlet => to.bank.as_ref() == Some(&order.bank),
        _ => false,
    };
    match from {
        Party::Vendor(_) => to.kind == OrgKind::CityCentre || (to.kind == OrgKind::BankOutlet && an_outlet),
        Party::Org(from) => match institutions.org(*from).map(|o| o.kind) {
            Some(OrgKind::CityCentre) => an_outlet,
            Some(OrgKind::HrOutlet | OrgKind::BankOutlet) => to.kind == OrgKind::CityCentre,
            _ => false,
        },
        _ => false,
    }
}

fn ship(
    order: &BlankOrder,
    command: &StockShip,
    institutions: &Institutions,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    let b = order.box_of(&command.r#box).ok_or(Reason::NotFound)?;
    if b.on_the_way.is_some() {
        return Err(Refusal::about(Reason::NotTheKeeper, "该箱已寄出，待对方签收"));
    }
    let to = institutions.org(command.to).ok_or_else(|| Refusal::about(Reason::NotFound, "寄达机构"))?;
    if !hop_allowed(&b.keeper, to, order, institutions) {
        return Err(Reason::WrongHop.into());
    }
    Ok(vec![BlankOrderEvent::Shipped { ship: command.clone(), from: b.keeper.clone() }])
}

fn take_in(
    file: &BlankOrderFile,
    order: &BlankOrder,
    command: &StockTakeIn,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    let b = order.box_of(&command.r#box).ok_or(Reason::NotFound)?;
    if b.on_the_way.as_ref().map(|w| w.to) != Some(command.org) {
        return Err(Reason::NotAddressedHere.into());
    }
    let inside = file.inside(&b.number);
    if command.counted != inside {
        let about = format!("箱内应有{inside}张，清点{}张", command.counted);
        return Err(Refusal::about(Reason::CountMismatch, about));
    }
    Ok(vec![BlankOrderEvent::TakenIn { take_in: command.clone(), from: b.keeper.clone() }])
}

/// 盘点: what was counted is recorded, and a difference with it; a count never stops the work of a counter.
fn count(
    file: &BlankOrderFile,
    order: &BlankOrder,
    number: &str,
    org: OrgId,
    counted: i64,
    ctx: &Ctx,
) -> Result<Vec<BlankOrderEvent>, Refusal> {
    let b = order.box_of(number).ok_or(Reason::NotFound)?;
    if b.keeper != Party::Org(org) || b.on_the_way.is_some() {
        return Err(Reason::NotTheKeeper.into());
    }
    if counted < 0 {
        return Err(Reason::CountMismatch.into());
    }
    let counted = Counted { on: ctx.today(), cards: counted, expected: file.inside(number) };
    if b.counted == Some(counted) {
        return Err(Reason::NothingToDo.into());
    }
    Ok(vec![BlankOrderEvent::Counted { r#box: number.into(), org, counted }])
}

impl BlankOrderFile {
    /// An order that nothing is known of yet.
    pub fn new(id: BlankOrderId) -> Self {
        Self { id, version: 0, order: None, tally: BlankTally::default() }
    }

    fn box_of(&self, number: &str) -> Option<&BlankBox> {
        self.order.as_ref()?.box_of(number)
    }

    /// How many cards lie in a box now.
    pub fn inside(&self, number: &str) -> i64 {
        self.tally.inside.get(number).copied().unwrap_or(0)
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
            E::Packed { number, cards, vendor } => order.boxes.push(BlankBox {
                number: number.clone(),
                cards: *cards,
                keeper: Party::Vendor(vendor.clone()),
                on_the_way: None,
                counted: None,
            }),
            E::Shipped { ship, .. } => in_box(&ship.r#box, &|b| {
                b.on_the_way = Some(OnTheWay { to: ship.to, since: at, tracking: ship.tracking.clone() });
            }),
            E::TakenIn { take_in, .. } => in_box(&take_in.r#box, &|b| {
                b.on_the_way = None;
                b.keeper = Party::Org(take_in.org);
            }),
            E::Counted { r#box, counted, .. } => in_box(r#box, &|b| b.counted = Some(*counted)),
        }
    }
}

impl BlankOrderEvent {
    /// What it does to the books of stock.
    pub fn entries(&self) -> Vec<CustodyEntry> {
        match self {
            Self::Packed { cards, vendor, .. } => {
                in_stock(&Party::Production(vendor.clone()), &Party::Vendor(vendor.clone()), *cards)
            }
            Self::TakenIn { take_in, from } => in_stock(from, &Party::Org(take_in.org), take_in.counted),
            _ => Vec::new(),
        }
    }
}
