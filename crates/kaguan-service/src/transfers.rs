//! 成品卡流转登记册 (Article 12): of each box of a batch, hop by hop, who gave it to whom and when, who answers for it and signed for it, in
//! which manner it went and where it is kept. It names no holder.

use crate::employers::employers;
use crate::exchange::{refused, refused_by};
use crate::outcome::Failure;
use crate::reports::Table;
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::codes::vendor_name;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::batch::{BatchEvent, BatchFile};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::difference::{self, Difference, Settled, Short, Surplus};
use kaguan_domain::facts::institution::{Institutions, OrgKind, Organisation};
use kaguan_domain::ids::{BatchId, BoxId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::records::TRANSFER_TITLES;
use kaguan_domain::refusal::Reason;
use kaguan_store::{LoadRequest, MovementRow, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// One hop of a box, or what was found out about it.
pub struct Transfer {
    /// The line of the journal that it stands in.
    pub line: i64,
    pub at: Instant,
    pub r#box: BoxId,
    /// What happened.
    pub event: BatchEvent,
    /// Whose it was and whose it became, an outlet that a box was packed for standing as the second; and who answers for what differed.
    sides: Sides,
    /// In the order of [`TRANSFER_TITLES`].
    pub cells: [String; 12],
}

/// The register of a batch, as far as an organisation took part in it.
pub struct Transfers {
    /// 批次号.
    pub number: String,
    /// Oldest first.
    pub rows: Vec<Transfer>,
    pub batch: BatchFile,
}

impl Transfers {
    /// A shipment or a hand-over to an employer that stands in a line, with the receipt that followed it.
    pub fn hop(&self, r#box: BoxId, line: i64) -> Option<(&Transfer, Option<&Transfer>)> {
        let mut later = self.rows.iter().skip_while(|t| (t.r#box, t.line) != (r#box, line));
        let hop = later.next()?;
        let next = later.find(|t| {
            t.r#box == r#box && matches!(t.event, BatchEvent::BoxShipped(_) | BatchEvent::BoxReceived(_))
        });
        Some((hop, next.filter(|t| matches!(t.event, BatchEvent::BoxReceived(_)))))
    }
}

pub(crate) fn party(p: &Party, institutions: &Institutions) -> String {
    match p {
        Party::Org(id) | Party::Post(id) | Party::Recalled(id) => {
            institutions.org(*id).map_or_else(|| p.account(), |o| o.name.clone())
        }
        Party::Vendor(v) | Party::Production(v) => vendor_name(v.as_str()),
        Party::Employer(code) => format!("单位{code}"),
        Party::Holder | Party::Destroyed | Party::Missing => p.account(),
    }
}

/// Whom a step of a box concerns.
#[derive(Clone, Default)]
pub(crate) struct Sides {
    /// Whose it was and whose it became.
    pub(crate) hop: [Option<Party>; 2],
    /// Who answers for what was found to differ, or is lost.
    pub(crate) answers: Vec<Party>,
}

/// What a register of boxes says of one step, besides the number of what it is kept of, the box and the time.
#[derive(Default)]
pub(crate) struct Says {
    pub(crate) step: &'static str,
    pub(crate) sides: [Option<Party>; 2],
    /// Who answers for what was found to differ, or is lost; the text that names them is in the account.
    pub(crate) answers: Vec<Party>,
    pub(crate) cards: Option<i64>,
    pub(crate) responsible: String,
    pub(crate) signer: String,
    pub(crate) manner: String,
    pub(crate) kept_at: String,
    pub(crate) account: String,
}

impl Says {
    /// Whom the step concerns.
    pub(crate) fn concerned(&self) -> Sides {
        Sides { hop: self.sides.clone(), answers: self.answers.clone() }
    }

    /// The cells of its row, in the order of [`TRANSFER_TITLES`].
    pub(crate) fn cells(
        self,
        number: &str,
        r#box: String,
        at: Instant,
        institutions: &Institutions,
    ) -> [String; 12] {
        let [from, to] = self.sides.map(|p| p.map(|p| party(&p, institutions)).unwrap_or_default());
        let cards = self.cards.map(|n| n.to_string()).unwrap_or_default();
        [
            number.to_owned(),
            r#box,
            self.step.to_owned(),
            from,
            to,
            cards,
            at.local(),
            self.responsible,
            self.signer,
            self.manner,
            self.kept_at,
            self.account,
        ]
    }
}

/// What was found to differ in the boxes of a register so far, box by box: a settlement is told with who answers for it.
pub(crate) struct Differing<'a, K> {
    of: BTreeMap<K, Vec<Difference>>,
    institutions: &'a Institutions,
}

impl<'a, K: Ord> Differing<'a, K> {
    /// Nothing yet, of institutions that have names.
    pub(crate) fn new(institutions: &'a Institutions) -> Self {
        Self { of: BTreeMap::new(), institutions }
    }

    /// What a receipt found to differ from what was sent, with the keeper that each is located to (责任方), and who they are.
    pub(crate) fn found(
        &mut self,
        r#box: K,
        at: Instant,
        [from, to]: [&Party; 2],
        (short, surplus): (Option<&Short>, &[Surplus]),
    ) -> (String, Vec<Party>) {
        clause!(R12.2);
        let found = difference::found(at, from, to, short, surplus);
        let one = |d: &Difference| {
            let answers = party(&d.answers, self.institutions);
            match &d.surplus {
                Some(card_no) => format!("多出{card_no}，由{answers}送达：{}", d.account),
                None => format!("短少{}张，责任方{answers}：{}", d.short, d.account),
            }
        };
        let said = found.iter().map(one).collect::<Vec<_>>().join("；");
        let answers = found.iter().map(|d| d.answers.clone()).collect();
        self.of.entry(r#box).or_default().extend(found);
        (said, answers)
    }

    /// What became of a difference, with who answers for it, and who they are.
    pub(crate) fn settled(&mut self, r#box: K, settled: &Settled, account: &str) -> (String, Vec<Party>) {
        clause!(R12.2);
        let all = self.of.entry(r#box).or_default();
        let whose = difference::answering_for(all, settled);
        let one = |(p, cards): &(&Party, i64)| {
            let answers = party(p, self.institutions);
            match settled {
                Settled::Short { .. } | Settled::Named { .. } => format!("短少{cards}张，责任方{answers}"),
                Settled::Surplus { card_no } => format!("多出{card_no}，由{answers}送达"),
            }
        };
        let said: Vec<String> = whose.iter().map(one).collect();
        let said =
            if said.is_empty() { account.to_owned() } else { format!("{}：{account}", said.join("；")) };
        let answers = whose.into_iter().map(|(p, _)| p.clone()).collect();
        difference::settle(all, settled);
        (said, answers)
    }
}

/// How many cards a settled difference is about.
pub(crate) fn cards_settled(settled: &Settled) -> i64 {
    match settled {
        Settled::Short { cards, .. } => *cards,
        Settled::Named { .. } | Settled::Surplus { .. } => 1,
    }
}

/// The box that an event is about, and what is said of it; nothing of what moves no box.
fn says(event: &BatchEvent, at: Instant, differing: &mut Differing<'_, BoxId>) -> Option<(BoxId, Says)> {
    clause!(R12.2);
    let both = |from: &Party, to: Party| [Some(from.clone()), Some(to)];
    Some(match event {
        BatchEvent::BoxPacked { r#box, outlet, cards, vendor, .. } => {
            let sides = both(&Party::Vendor(vendor.clone()), Party::Org(*outlet));
            (*r#box, Says { step: "装箱", sides, cards: Some(*cards), ..Says::default() })
        }
        BatchEvent::BoxCorrected { r#box, outlet, cards, vendor, .. } => {
            let sides = both(&Party::Vendor(vendor.clone()), Party::Org(*outlet));
            (*r#box, Says { step: "装箱更正", sides, cards: Some(*cards), ..Says::default() })
        }
        BatchEvent::BoxShipped(e) => {
            let says = Says {
                step: "寄出",
                sides: both(&e.from, Party::Org(e.to)),
                responsible: e.responsible.clone(),
                manner: format!("{} {}", e.manner, e.tracking).trim().to_owned(),
                ..Says::default()
            };
            (e.r#box, says)
        }
        BatchEvent::BoxReceived(e) => {
            let to = Party::Org(e.to);
            let (account, answers) =
                differing.found(e.r#box, at, [&e.from, &to], (e.short.as_ref(), &e.surplus));
            let says = Says {
                step: "接收",
                sides: both(&e.from, to),
                answers,
                cards: Some(e.counted),
                signer: e.signer.clone(),
                kept_at: e.kept_at.clone(),
                account,
                ..Says::default()
            };
            (e.r#box, says)
        }
        BatchEvent::BoxHandedOver(e) => {
            let says = Says {
                step: "批量领卡",
                sides: both(&Party::Org(e.from), Party::Employer(e.employer.clone())),
                cards: Some(e.counted),
                signer: e.operator.clone(),
                manner: "单位授权经办人领取".into(),
                account: format!("单位授权委托书{}", e.authorisation),
                ..Says::default()
            };
            (e.r#box, says)
        }
        BatchEvent::BoxSettled(e) => {
            let (account, answers) = differing.settled(e.r#box, &e.settled, &e.account);
            let says = Says {
                step: "清点差异处理",
                sides: both(&e.keeper, e.keeper.clone()),
                answers,
                cards: Some(cards_settled(&e.settled)),
                account,
                ..Says::default()
            };
            (e.r#box, says)
        }
        BatchEvent::BoxEmptied { r#box } => {
            let account = "箱内已没有卡：已由卡商寄往申请人，或已登记缺卡".into();
            (*r#box, Says { step: "空箱结清", account, ..Says::default() })
        }
        BatchEvent::Opened { .. }
        | BatchEvent::Confirmed { .. }
        | BatchEvent::ConfirmationTakenBack { .. }
        | BatchEvent::TakenBack { .. }
        | BatchEvent::Ended
        | BatchEvent::Extracted { .. }
        | BatchEvent::RowsLent { .. }
        | BatchEvent::RegisterPrinted { .. }
        | BatchEvent::BoxCompared { .. }
        | BatchEvent::PaperOpened { .. }
        | BatchEvent::OpeningClosed
        | BatchEvent::HandedOut { .. }
        | BatchEvent::ProductionClosed
        | BatchEvent::ClocksRecomputed { .. }
        | BatchEvent::IncompleteReported { .. }
        | BatchEvent::DataArrived { .. }
        | BatchEvent::ClocksWarned { .. } => return None,
    })
}

/// What the movements of a batch come to, oldest first.
fn rows(number: &str, movements: Vec<MovementRow>, institutions: &Institutions) -> Vec<Transfer> {
    let mut numbers: BTreeMap<BoxId, String> = BTreeMap::new();
    let mut differing = Differing::new(institutions);
    let mut out = Vec::new();
    for MovementRow { line, at, event } in movements {
        if let BatchEvent::BoxPacked { r#box, number, .. } = &event {
            numbers.insert(*r#box, number.clone());
        }
        let Some((r#box, s)) = says(&event, at, &mut differing) else { continue };
        let (sides, of) = (s.concerned(), numbers.get(&r#box).cloned().unwrap_or_default());
        let cells = s.cells(number, of, at, institutions);
        out.push(Transfer { line, at, r#box, event, sides, cells });
    }
    out
}

/// All of a batch's register. Reads only.
pub async fn transfers(
    store: &Store,
    institutions: &Institutions,
    id: BatchId,
    number: &str,
) -> Result<Vec<Transfer>, StoreError> {
    clause!(R12.2);
    let mut rows = rows(number, store.movements(id).await?, institutions);
    // Whoever signed for an employer is told by its name.
    let collected = |t: &Transfer| matches!(t.event, BatchEvent::BoxHandedOver(_));
    if rows.iter().any(collected) {
        let loaded = store.load(&LoadRequest { batches: vec![id], ..LoadRequest::default() }).await?;
        let boxes = loaded.batches.get(&id).into_iter().flat_map(|batch| &batch.boxes).map(|b| (id, b));
        let employers = employers(store, &boxes.collect::<Vec<_>>()).await?;
        for t in rows.iter_mut().filter(|t| collected(t)) {
            if let Some(of) = employers.get(&t.r#box) {
                t.cells[4] = format!("单位{}", of.said);
            }
        }
    }
    Ok(rows)
}

/// As a table for a file.
pub fn table(rows: impl IntoIterator<Item = Transfer>) -> Table {
    let rows = rows.into_iter().map(|t| (t.cells.to_vec(), Vec::new())).collect();
    Table { title: "成品卡流转登记册", heads: TRANSFER_TITLES.to_vec(), rows }
}

/// Whether an organisation is one of the two sides of a step, or answers for what differed in it; a county's are the offices in it as well.
pub(crate) fn took_part(sides: &Sides, home: &Organisation, institutions: &Institutions) -> bool {
    let own = |id: OrgId| {
        id == home.id
            || (home.kind == OrgKind::CountyCentre
                && institutions.org(id).is_some_and(|o| o.division == home.division))
    };
    let all = sides.hop.iter().flatten().chain(&sides.answers);
    all.into_iter().any(|p| matches!(p, Party::Org(id) if own(*id)))
}

impl Service {
    /// 成品卡流转登记册 of a batch: all of it for province and city; else the hops in which the officer's organisation, or an office of the
    /// county, took part. Of a box that comes to the officer's organisation it does not say how many cards there are: they are counted first.
    pub async fn transfers_for(&self, actor: &Actor, id: BatchId) -> Result<Transfers, Failure> {
        clause!(R12.2);
        let home = self.org_of(actor, Verb::LookAtBoxes, |home| Place::At(home.id))?;
        let batch = self.batch(id).await?.ok_or_else(|| refused_by(clause!(R12.2), Reason::NotFound))?;
        let of = batch.batch.as_ref().ok_or_else(|| refused_by(clause!(R12.2), Reason::NotFound))?;
        let number = of.number.clone();
        if home.city().is_some_and(|city| city != of.city) {
            return Err(refused(Reason::OutOfScope));
        }
        let institutions = self.institutions();
        let mut rows = transfers(self.store(), &institutions, id, &number).await?;
        let centre = matches!(home.kind, OrgKind::ProvinceCentre | OrgKind::CityCentre);
        rows.retain(|t| centre || took_part(&t.sides, &home, &institutions));
        if rows.is_empty() && !centre {
            return Err(refused(Reason::OutOfScope));
        }
        let comes = |b: &&BoxFile| b.on_the_way.as_ref().is_some_and(|way| way.to == home.id);
        let uncounted: BTreeSet<BoxId> = batch.boxes.iter().filter(comes).map(|b| b.id).collect();
        for t in rows.iter_mut().filter(|t| uncounted.contains(&t.r#box)) {
            t.cells[5].clear();
        }
        Ok(Transfers { number, rows, batch })
    }

    /// Where each box of a batch is kept, and who signed for it last; for whoever was shown the boxes.
    pub async fn signed_for(&self, id: BatchId) -> Result<BTreeMap<BoxId, [String; 2]>, Failure> {
        clause!(R12.2);
        let mut out: BTreeMap<BoxId, [String; 2]> = BTreeMap::new();
        for row in self.store().movements(id).await? {
            if let BatchEvent::BoxReceived(e) = row.event {
                out.insert(e.r#box, [e.kept_at, e.signer]);
            } else if let BatchEvent::BoxHandedOver(e) = row.event {
                out.insert(e.r#box, [String::new(), e.operator]);
            } else if let BatchEvent::BoxShipped(e) = row.event {
                // What is under way is kept nowhere yet.
                out.entry(e.r#box).or_default()[0].clear();
            }
        }
        Ok(out)
    }
}
