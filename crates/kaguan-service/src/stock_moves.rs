//! 预制卡出入库登记册 (Article 36): of each box of an order of pre-made cards, step by step, who gave it to whom and when, where it was kept, who
//! answers for it and signed for it, what was counted in it, and which cards were spoiled, missing or used. It names no holder.

use crate::exchange::{refused, refused_by};
use crate::outcome::Failure;
use crate::service::Service;
use crate::transfers::{Differing, Says, Sides, cards_settled, party, took_part};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::blank::{BlankEvent, BlankFile, BlankState};
use kaguan_domain::facts::blank_order::{BlankBox, BlankOrderEvent, BlankOrderFile, ReturnChecked};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::names::BlankStateKind;
use kaguan_domain::ids::{BlankOrderId, CityCode, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_store::{OrdersAsked, StoreError, Subject};
use std::collections::{BTreeMap, BTreeSet};

/// Cards of an order in one state of which the register is read; what is beyond is said to be.
const MOST: i64 = 5_000;

/// Orders among which one is looked for by its number.
const LOOKED_THROUGH: i64 = 2_000;

/// One step of a box of pre-made cards, or of cards of the order.
pub struct StockMove {
    /// The line of the journal that it stands in; 0 of what is counted together of a day.
    pub line: i64,
    pub at: Instant,
    /// 装箱位置; empty where it is not known.
    pub r#box: String,
    /// What happened to the box; nothing of what is said of cards.
    pub event: Option<BlankOrderEvent>,
    sides: Sides,
    /// In the order of [`kaguan_domain::records::TRANSFER_TITLES`].
    pub cells: [String; 12],
}

/// The register of an order, as far as an organisation took part in it.
pub struct StockMoves {
    /// Oldest first.
    pub rows: Vec<StockMove>,
    pub order: BlankOrderFile,
}

impl StockMoves {
    /// A shipment that stands in a line, with the receipt that followed it.
    pub fn hop(&self, line: i64) -> Option<(&StockMove, Option<&StockMove>)> {
        let mut later = self.rows.iter().skip_while(|m| m.line != line);
        let hop = later.next()?;
        let moves = |m: &&StockMove| {
            m.r#box == hop.r#box
                && matches!(m.event, Some(BlankOrderEvent::Shipped { .. } | BlankOrderEvent::TakenIn { .. }))
        };
        let next = later.find(moves);
        Some((hop, next.filter(|m| matches!(m.event, Some(BlankOrderEvent::TakenIn { .. })))))
    }
}

/// What is said of an event; nothing of what moves no box and looks at none. Whoever counts a box (`home`) is not told what the books have
/// in it.
fn says(
    event: &BlankOrderEvent,
    at: Instant,
    home: OrgId,
    differing: &mut Differing<'_, String>,
) -> Option<(String, Says)> {
    clause!(R36.1);
    let none = Says::default;
    Some(match event {
        BlankOrderEvent::Packed { number, cards, vendor } => {
            let sides = [Some(Party::Vendor(vendor.clone())), None];
            (number.clone(), Says { step: "装箱", sides, cards: Some(*cards), ..none() })
        }
        BlankOrderEvent::PackedAnew { number, cards, vendor, .. } => {
            let sides = [Some(Party::Vendor(vendor.clone())), None];
            (number.clone(), Says { step: "装箱更正", sides, cards: Some(*cards), ..none() })
        }
        BlankOrderEvent::Shipped { ship, from } => {
            let says = Says {
                step: if matches!(from, Party::Vendor(_)) { "寄出" } else { "出库" },
                sides: [Some(from.clone()), Some(Party::Org(ship.to))],
                responsible: ship.responsible.clone(),
                manner: format!("{} {}", ship.manner, ship.tracking).trim().to_owned(),
                ..none()
            };
            (ship.r#box.clone(), says)
        }
        BlankOrderEvent::TakenIn { take_in: t, from } => {
            let to = Party::Org(t.org);
            let differences = (t.short.as_ref(), t.surplus.as_slice());
            let (account, answers) = differing.found(t.r#box.clone(), at, [from, &to], differences);
            let says = Says {
                step: "入库",
                sides: [Some(from.clone()), Some(to)],
                answers,
                cards: Some(t.counted),
                signer: t.signer.clone(),
                kept_at: t.kept_at.clone(),
                account,
                ..none()
            };
            (t.r#box.clone(), says)
        }
        BlankOrderEvent::Counted { r#box, org, counted } => {
            let foreign = match counted.foreign {
                0 => String::new(),
                n => format!("；另有{n}个号码不属于本箱"),
            };
            let account = match (counted.agrees(), *org == home) {
                (true, _) => "与账面一致".to_owned(),
                (false, true) => format!("与账面不符{foreign}"),
                (false, false) => format!("与账面不符：账面{}张{foreign}", counted.expected),
            };
            let sides = [Some(Party::Org(*org)), None];
            (r#box.clone(), Says { step: "盘点", sides, cards: Some(counted.cards), account, ..none() })
        }
        BlankOrderEvent::DifferenceSettled { r#box, keeper, settled, account } => {
            let (account, answers) = differing.settled(r#box.clone(), settled, account);
            let says = Says {
                step: "清点差异处理",
                sides: [Some(keeper.clone()), None],
                answers,
                cards: Some(cards_settled(settled)),
                account,
                ..none()
            };
            (r#box.clone(), says)
        }
        BlankOrderEvent::ReturnChecked { checked: c } => {
            (String::new(), Says { step: "回盘检查", cards: Some(c.made), account: c.said(), ..none() })
        }
        BlankOrderEvent::ReturnCorrected { .. } => {
            let account = "卡商已更正回盘，待省卡管机构复查".to_owned();
            (String::new(), Says { step: "回盘更正", account, ..none() })
        }
        BlankOrderEvent::Ended { ended } => {
            let account = format!("省卡管机构终止该批预制卡：{}", ended.reason);
            (String::new(), Says { step: "终止", account, ..none() })
        }
        BlankOrderEvent::EndKnownToBank { .. } => {
            (String::new(), Says { step: "终止答复", account: "服务银行已知悉终止".to_owned(), ..none() })
        }
        BlankOrderEvent::EndKnownToVendor { .. } => {
            (String::new(), Says { step: "终止答复", account: "卡商已知悉终止".to_owned(), ..none() })
        }
        BlankOrderEvent::BoxDestroyed { r#box, from, destroyed } => {
            let witness = match destroyed.witness.as_str() {
                "" => String::new(),
                name => format!("监销人{name}；"),
            };
            let says = Says {
                step: "销毁",
                sides: [Some(from.clone()), None],
                cards: Some(destroyed.cards),
                responsible: destroyed.by.clone(),
                account: format!("{witness}{}", destroyed.account),
                ..none()
            };
            (r#box.clone(), says)
        }
        BlankOrderEvent::Ordered { .. }
        | BlankOrderEvent::Declined { .. }
        | BlankOrderEvent::Generated { .. }
        | BlankOrderEvent::Extracted
        | BlankOrderEvent::AllocationClosed
        | BlankOrderEvent::MakingClosed => return None,
    })
}

/// The row of the register; `event` is what happened to the box, nothing of what is said of cards.
fn row(
    number: &str,
    (line, at): (i64, Instant),
    (r#box, says): (String, Says),
    event: Option<BlankOrderEvent>,
    institutions: &Institutions,
) -> StockMove {
    let sides = says.concerned();
    let cells = says.cells(number, r#box.clone(), at, institutions);
    StockMove { line, at, r#box, event, sides, cells }
}

/// What the journal says of a card that will never be used.
#[derive(Default)]
pub(crate) struct LostBlank {
    /// The line in which it was written off in stock; 0 of one that failed at a counter, whose line is its applicant's.
    line: i64,
    /// Who had it, when it was written off in stock.
    pub(crate) keeper: Option<Party>,
    /// 责任方 of one that is missing.
    pub(crate) answers: Option<Party>,
    /// Who found it after it was missing.
    pub(crate) found: Option<FoundBlank>,
    /// 卡识别码, as it was made.
    pub(crate) chip: String,
    /// 装箱位置 that it was made for.
    pub(crate) r#box: String,
    /// 银行卡号: it is printed on the card.
    pub(crate) bank_card_no: String,
}

/// That a missing card turned up.
pub(crate) struct FoundBlank {
    line: i64,
    at: Instant,
    /// Who found it, and keeps it.
    by: OrgId,
    account: String,
}

impl FoundBlank {
    fn said(&self, institutions: &Institutions) -> String {
        let by = party(&Party::Org(self.by), institutions);
        format!("{}由{by}找到并保管，不得再用：{}", self.at.date(), self.account)
    }
}

impl LostBlank {
    /// 缺失: it was not there (Article 39); else it was damaged.
    pub(crate) fn missing(&self) -> bool {
        self.answers.is_some()
    }

    /// Why it will never be used, after who answers for one that is missing.
    pub(crate) fn account(&self, reason: &str, institutions: &Institutions) -> String {
        let why = match &self.answers {
            Some(answers) => format!("责任方{}：{reason}", party(answers, institutions)),
            None => reason.to_owned(),
        };
        match &self.found {
            Some(f) => format!("{why}；{}", f.said(institutions)),
            None => why,
        }
    }
}

impl Service {
    /// An order of the officer's city, or of any for the province, by its 批次; `None` when there is none.
    pub async fn blank_order_numbered(
        &self,
        actor: &Actor,
        number: &str,
    ) -> Result<Option<BlankOrderId>, Failure> {
        clause!(R36.1);
        let home = self.org_of(actor, Verb::LookAtBlanks, |home| Place::At(home.id))?;
        let city = home.city();
        let asked = OrdersAsked { city: city.as_ref().map(CityCode::as_str), ..OrdersAsked::default() };
        let all = self.store().blank_orders(asked, LOOKED_THROUGH).await?;
        let is = |f: &&BlankOrderFile| f.order.as_ref().is_some_and(|o| o.number == number);
        Ok(all.iter().find(is).map(|f| f.id))
    }

    /// 预制卡出入库登记册 of an order: all of it for province and city; else the steps in which the officer's organisation took part. Of a box
    /// that comes to the officer's organisation it does not say how many cards there are: they are counted first.
    pub async fn stock_moves_for(&self, actor: &Actor, id: BlankOrderId) -> Result<StockMoves, Failure> {
        clause!(R36.1);
        clause!(R12.2);
        let home = self.org_of(actor, Verb::LookAtBlanks, |home| Place::At(home.id))?;
        let order = self
            .store()
            .counted_order(id)
            .await?
            .ok_or_else(|| refused_by(clause!(R36.1), Reason::NotFound))?;
        let of = order.order.as_ref().ok_or_else(|| refused_by(clause!(R36.1), Reason::NotFound))?;
        if home.city().is_some_and(|city| city != of.city) {
            return Err(refused(Reason::OutOfScope));
        }
        let institutions = self.institutions();
        let mut rows = Vec::new();
        let mut differing = Differing::new(&institutions);
        let mut lines = self.store().entries_of(Subject::BlankOrder(id), 10_000).await?;
        lines.reverse();
        for line in lines.iter().filter(|line| line.is_done()) {
            for event in self.store().blank_order_events(line)? {
                let when = (line.seq, Instant(line.at));
                let Some(said) = says(&event, when.1, home.id, &mut differing) else { continue };
                rows.push(row(&of.number, when, said, Some(event), &institutions));
            }
        }
        rows.extend(self.lost_blanks(id, &of.number, &institutions).await?);
        rows.extend(self.used_blanks(id, &of.number, &institutions).await?);
        let centre = !home.kind.is_outlet();
        rows.sort_by_key(|m| m.at);
        rows.retain(|m| centre || took_part(&m.sides, &home, &institutions));
        if rows.is_empty() && !centre {
            return Err(refused(Reason::OutOfScope));
        }
        let comes = |b: &&BlankBox| b.on_the_way.as_ref().is_some_and(|way| way.to == home.id);
        let uncounted: BTreeSet<String> = of.boxes.iter().filter(comes).map(|b| b.number.clone()).collect();
        for m in rows.iter_mut().filter(|m| m.event.is_some() && uncounted.contains(&m.r#box)) {
            m.cells[5].clear();
        }
        Ok(StockMoves { rows, order })
    }

    /// 检查回盘数据 of an order in the officer's area, the first first: one that failed is still read once another passed.
    pub async fn return_checks_for(
        &self,
        actor: &Actor,
        id: BlankOrderId,
    ) -> Result<Vec<ReturnChecked>, Failure> {
        clause!(R36.1);
        self.blank_order_for(actor, id).await?;
        let mut checks = Vec::new();
        let lines =
            self.store().entries_doing(Subject::BlankOrder(id), Verb::CheckBlanks.code(), MOST).await?;
        for line in lines.iter().rev() {
            for event in self.store().blank_order_events(line)? {
                if let BlankOrderEvent::ReturnChecked { checked } = event {
                    checks.push(checked);
                }
            }
        }
        Ok(checks)
    }

    /// The cards that were spoiled or are missing, each with who had it.
    async fn lost_blanks(
        &self,
        id: BlankOrderId,
        number: &str,
        institutions: &Institutions,
    ) -> Result<Vec<StockMove>, Failure> {
        clause!(R36.3);
        let mut out = Vec::new();
        for card in self.store().blanks_after(id, Some(BlankStateKind::Spoiled), 0, MOST).await? {
            let BlankState::Spoiled { failure, at, .. } = &card.state else { continue };
            let mut lost = self.who_lost(&card).await?;
            // What was found later is a row of its own.
            if let Some(found) = lost.found.take() {
                let said = Says {
                    step: "找到",
                    sides: [Some(Party::Org(found.by)), None],
                    answers: lost.answers.iter().cloned().collect(),
                    cards: Some(1),
                    account: format!("银行卡号{}，{}", lost.bank_card_no, found.said(institutions)),
                    ..Says::default()
                };
                let of = (lost.r#box.clone(), said);
                out.push(row(number, (found.line, found.at), of, None, institutions));
            }
            let account = lost.account(&failure.reason(), institutions);
            let said = Says {
                step: if lost.missing() { "缺失" } else { "作废" },
                sides: [lost.keeper, None],
                answers: lost.answers.into_iter().collect(),
                cards: Some(1),
                account: if lost.bank_card_no.is_empty() {
                    account
                } else {
                    format!("银行卡号{}，{account}", lost.bank_card_no)
                },
                ..Says::default()
            };
            out.push(row(number, (lost.line, *at), (lost.r#box, said), None, institutions));
        }
        Ok(out)
    }

    /// How a card was spoiled in stock, or found to be missing, and what it was.
    pub(crate) async fn who_lost(&self, card: &BlankFile) -> Result<LostBlank, StoreError> {
        let mut lost = LostBlank::default();
        for line in self.store().entries_of(Subject::Blank(card.id), 50).await? {
            if !line.is_done() {
                continue;
            }
            for event in self.store().blank_events(&line)? {
                match event {
                    BlankEvent::Spoiled { org, missing_from, answers, .. } => {
                        lost.line = line.seq;
                        lost.answers = answers.or_else(|| missing_from.clone());
                        lost.keeper = Some(missing_from.unwrap_or(Party::Org(org)));
                    }
                    BlankEvent::Allocated { account, .. } => {
                        lost.bank_card_no = account.bank.bank_card_no.as_str().to_owned();
                    }
                    BlankEvent::Made { r#box, chip, .. } => {
                        (lost.r#box, lost.chip) = (r#box, chip.as_str().to_owned());
                    }
                    BlankEvent::Corrected { r#box, chip, .. } => {
                        lost.r#box = r#box;
                        lost.chip = chip.map_or(std::mem::take(&mut lost.chip), |c| c.as_str().to_owned());
                    }
                    BlankEvent::Found { org, account, .. } => {
                        lost.found =
                            Some(FoundBlank { line: line.seq, at: Instant(line.at), by: org, account });
                    }
                    BlankEvent::AllocationFailed { .. }
                    | BlankEvent::MakingFailed { .. }
                    | BlankEvent::Begun { .. }
                    | BlankEvent::Returned
                    | BlankEvent::Used { .. } => {}
                }
            }
        }
        Ok(lost)
    }

    /// 使用登记: how many cards of each box became somebody's at each outlet on each day; who got which stands in the holders' files.
    async fn used_blanks(
        &self,
        id: BlankOrderId,
        number: &str,
        institutions: &Institutions,
    ) -> Result<Vec<StockMove>, StoreError> {
        clause!(R36.1);
        let mut days: BTreeMap<(Date, Option<OrgId>, String), (i64, Instant)> = BTreeMap::new();
        for card in self.store().blanks_after(id, Some(BlankStateKind::Used), 0, MOST).await? {
            let BlankState::Used { at, of, .. } = card.state else { continue };
            let (outlet, r#box) = of.map(|of| (of.outlet, of.r#box)).unzip();
            let day = days.entry((at.date(), outlet, r#box.unwrap_or_default())).or_insert((0, at));
            *day = (day.0 + 1, day.1.max(at));
        }
        let row = |((_, outlet, r#box), (n, at)): ((Date, Option<OrgId>, String), (i64, Instant))| {
            let account = "当日制成社保卡，逐张见持卡人业务记录".to_owned();
            let sides = [outlet.map(Party::Org), None];
            let said = Says { step: "即时制卡", sides, cards: Some(n), account, ..Says::default() };
            row(number, (0, at), (r#box, said), None, institutions)
        };
        Ok(days.into_iter().map(row).collect())
    }
}
