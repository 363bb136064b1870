//! Rows of a return of pre-made cards that a vendor sends anew (R36.1): those that take each other's chip are done together or not at all, for
//! each of them alone would be refused, the number being another card's.

use crate::outcome::{Failure, Receipt};
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::Ctx;
use kaguan_domain::facts::blank::BlankState;
use kaguan_domain::facts::claim::ClaimKind;
use kaguan_domain::facts::names::BlankStateKind;
use kaguan_domain::ids::{BlankId, BlankOrderId, ChipIdentifier};
use kaguan_domain::instant::{BlankCommand, Making, TakeMaking, Trade};
use kaguan_domain::refusal::Refusal;
use kaguan_store::StoreError;
use std::collections::{HashMap, HashSet};

/// Cards that are read at once.
const PAGE: i64 = 2_000;

/// The most rows that are done in one commit.
const TOGETHER: usize = 2_000;

/// A row that is sent anew, by whom and under which key.
pub type Correction = (Ctx, BlankId, TakeMaking);

/// Which rows take whose chip.
struct Trades {
    /// Of each row the one whose card has the chip that it takes.
    of: Vec<Option<usize>>,
    /// Whether another row takes the chip of the card that it is of.
    passes_on: Vec<bool>,
    /// Rows that are done together, in groups of two and more; whoever takes a chip before whoever gives it and takes none.
    groups: Vec<Vec<usize>>,
}

impl Trades {
    /// `chips` has what the cards of the rows have now.
    fn of(rows: &[Correction], chips: &HashMap<BlankId, ChipIdentifier>) -> Self {
        let wants = |row: &Correction| match &row.2.result {
            Making::Made { chip, .. } => chips.get(&row.1).filter(|has| *has != chip).map(|_| chip.clone()),
            Making::Failed(_) => None,
        };
        let wanted: Vec<Option<ChipIdentifier>> = rows.iter().map(wants).collect();
        let mut has: HashMap<&str, usize> = HashMap::new();
        let mut cards = HashSet::new();
        for (i, row) in rows.iter().enumerate() {
            let fails = matches!(row.2.result, Making::Failed(_));
            // A card that is there twice is put right by its first row.
            if (fails || wanted[i].is_some())
                && cards.insert(row.1)
                && let Some(chip) = chips.get(&row.1)
            {
                has.insert(chip.as_str(), i);
            }
        }
        let mut of = vec![None; rows.len()];
        let mut by = vec![None; rows.len()];
        for (i, chip) in wanted.iter().enumerate() {
            let from = chip.as_ref().and_then(|chip| has.get(chip.as_str()).copied());
            // Of two that want the same chip one gets it, and the other is refused.
            if let Some(from) = from.filter(|from| *from != i && by[*from].is_none()) {
                (of[i], by[from]) = (Some(from), Some(i));
            }
        }
        let (mut groups, mut seen) = (Vec::new(), vec![false; rows.len()]);
        for i in 0..rows.len() {
            if seen[i] || (of[i].is_none() && by[i].is_none()) {
                continue;
            }
            let mut first = i;
            while let Some(before) = by[first].filter(|before| *before != i) {
                first = before;
            }
            let (mut group, mut next) = (Vec::new(), Some(first));
            while let Some(at) = next.filter(|at| !seen[*at]) {
                seen[at] = true;
                group.push(at);
                next = of[at];
            }
            groups.push(group);
        }
        Self { of, passes_on: by.iter().map(Option::is_some).collect(), groups }
    }
}

fn command((_, id, take): &Correction, trade: Option<Trade>, passes_on: bool) -> Command {
    let take = TakeMaking { trade, passes_on, ..take.clone() };
    Command::Blank { id: *id, command: BlankCommand::TakeMaking(take) }
}

/// What a row takes from the card of another.
fn trade(rows: &[Correction], from: Option<usize>) -> Option<Trade> {
    let (_, with, take) = rows.get(from?)?;
    match &take.result {
        Making::Made { chip, .. } => Some(Trade { with: *with, gets: Some(chip.clone()) }),
        Making::Failed(_) => Some(Trade { with: *with, gets: None }),
    }
}

/// What is said of a row whose chip is another card's that did not get another one.
fn not_done() -> Failure {
    let refused = Refusal::taken(ClaimKind::Chip).by(clause!(R36.1));
    refused
        .way("本行与其他行互换卡识别码，其中有不能接收的行，均未接收：请改正后在同一次回盘中重新提交")
        .into()
}

/// What is said of rows that are too many to be done together.
fn too_many() -> Failure {
    let refused = Refusal::taken(ClaimKind::Chip).by(clause!(R36.1));
    refused.way(format!("相互换卡识别码的一次至多{TOGETHER}行；整批写错的，请与省卡管机构联系")).into()
}

impl Service {
    /// Rows of an order that a vendor sends anew, each with its own outcome, in order.
    pub async fn correct_rows(
        &self,
        order: BlankOrderId,
        rows: Vec<Correction>,
    ) -> Result<Vec<Result<Receipt, Failure>>, Failure> {
        clause!(R36.1);
        let trades = Trades::of(&rows, &self.chips_of(order, &rows).await?);
        let mut outcomes: Vec<Option<Result<Receipt, Failure>>> = rows.iter().map(|_| None).collect();
        let together: HashSet<usize> = trades.groups.iter().flatten().copied().collect();
        let alone: Vec<usize> = (0..rows.len()).filter(|i| !together.contains(i)).collect();
        let commands = alone.iter().map(|i| (rows[*i].0.clone(), command(&rows[*i], None, false)));
        for (i, outcome) in alone.iter().zip(self.execute_all(commands.collect(), |_| {}).await) {
            outcomes[*i] = Some(outcome);
        }
        for group in &trades.groups {
            if group.len() > TOGETHER {
                group.iter().for_each(|i| outcomes[*i] = Some(Err(too_many())));
                continue;
            }
            let one = |i: &usize| {
                let row = &rows[*i];
                (row.0.clone(), command(row, trade(&rows, trades.of[*i]), trades.passes_on[*i]))
            };
            let done = self.execute_whole(group.iter().map(one).collect()).await?;
            let refused = done.iter().any(|o| matches!(o, Err(Failure::Refused(_))));
            for (i, outcome) in group.iter().zip(done) {
                outcomes[*i] = Some(match outcome {
                    Err(Failure::Unavailable(_)) if refused => Err(not_done()),
                    outcome => outcome,
                });
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// 卡识别码 of the cards that some rows are of, as they are now; nothing of one that is not in stock.
    async fn chips_of(
        &self,
        order: BlankOrderId,
        rows: &[Correction],
    ) -> Result<HashMap<BlankId, ChipIdentifier>, StoreError> {
        let wanted: HashSet<BlankId> = rows.iter().map(|row| row.1).collect();
        let (mut chips, mut after) = (HashMap::new(), 0);
        loop {
            let page = self.store().blanks_after(order, Some(BlankStateKind::Made), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(chips) };
            after = last.id.n;
            for card in page.into_iter().filter(|card| wanted.contains(&card.id)) {
                if let BlankState::Made { made, .. } = card.state {
                    chips.insert(card.id, made.chip);
                }
            }
        }
    }
}
