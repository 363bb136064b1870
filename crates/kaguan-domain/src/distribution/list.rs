//! 逐张清点: what a scanner reads from the cards of a box, or a clerk writes down, beside what the books have in it (Article 12).

use crate::clause;
use crate::facts::batch::{BatchEvent, BatchFile};
use crate::facts::custody::Party;
use crate::ids::{BoxId, OrgId};
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a list says of the cards of a box.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listed {
    /// Different identifiers on the list: so many cards were in hand.
    pub counted: usize,
    /// Which of the cards the list does not have, by their places.
    pub missing: Vec<usize>,
    /// What stands on the list and belongs to no card of the box, as it was written.
    pub unknown: Vec<String>,
    /// What stands on the list more than once, as it was written.
    pub twice: Vec<String>,
}

/// Compares a list, one identifier a line, with the cards of a box, each with every number that can be read from it. Two different
/// numbers of one card are that card twice.
pub fn compare(contents: &[Vec<String>], list: &str) -> Listed {
    clause!(R12.1);
    let folded = |n: &String| spelling::number(n);
    let known: HashMap<String, usize> = contents
        .iter()
        .enumerate()
        .flat_map(|(i, numbers)| numbers.iter().map(folded).map(move |n| (n, i)))
        .collect();
    let mut out = Listed::default();
    let mut seen = vec![0_usize; contents.len()];
    let mut strange: HashMap<String, usize> = HashMap::new();
    for line in list.lines().map(spelling::trim).filter(|l| !spelling::says_nothing(l)) {
        let number = spelling::number(line);
        let card = known.get(&number);
        let times = match card {
            Some(i) => &mut seen[*i],
            None => strange.entry(number).or_default(),
        };
        *times += 1;
        match *times {
            1 => {
                out.counted += 1;
                out.unknown.extend(card.is_none().then(|| line.to_owned()));
            }
            2 => out.twice.push(line.to_owned()),
            _ => {}
        }
    }
    out.missing = (0..contents.len()).filter(|i| seen[*i] == 0).collect();
    out
}

/// 逐张核对: how many of each a list has; the numbers of cards stand in no line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CompareBox {
    pub r#box: BoxId,
    /// Where it is counted.
    pub org: OrgId,
    /// Different cards on the list.
    pub listed: i64,
    /// Cards of the box that it lacks.
    pub missing: i64,
    /// What it has and the box has not.
    pub unknown: i64,
}

/// Decides 逐张核对: by whoever has the box in hand, keeping it or about to sign for it. What is missing is told by a list only, so that
/// each comparison is a line.
pub fn compare_box(file: &BatchFile, command: &CompareBox) -> Result<Vec<BatchEvent>, Refusal> {
    clause!(R12.1);
    let b = file.box_file(command.r#box).ok_or(Reason::NotFound)?;
    let comes = b.on_the_way.as_ref().is_some_and(|way| way.to == command.org);
    let kept = b.keeper == Party::Org(command.org) && b.on_the_way.is_none();
    if !comes && !kept {
        return Err(Reason::NotTheKeeper.into());
    }
    if command.listed <= 0 {
        return Err(Refusal::about(Reason::MaterialDefective, "清单中没有号码"));
    }
    let CompareBox { r#box, org, listed, missing, unknown } = command.clone();
    Ok(vec![BatchEvent::BoxCompared { r#box, org, listed, missing, unknown }])
}
