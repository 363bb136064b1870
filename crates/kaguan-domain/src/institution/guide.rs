//! 开户失败数据处理对照表 (Appendix 7, 二(三)): each bank's reasons of failure, and what is to be done about each.

use crate::clause;
use crate::ctx::Ctx;
use crate::facts::failure::{BankDataRow, GuideRow};
use crate::facts::institution::{InstitutionEvent, Institutions};
use crate::ids::{BankCode, CityCode, VendorCode};
use crate::permission::Place;
use crate::refusal::{Reason, Refusal};
use crate::spelling;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The whole table of a bank, or of what a city says beside it; it takes the place of the one before. The bank's own serves every city: the
/// bank sends it, or the province writes it for the bank. A city writes its own words, for its own people.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SetFailureGuide {
    pub bank: BankCode,
    /// In the bank's order. A city takes its words back with none.
    pub rows: Vec<GuideRow>,
    /// The city whose words they are; `None` for the bank's own table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<CityCode>,
}

impl SetFailureGuide {
    /// Where it lies: a city's words in the city, the bank's own table with the bank, which no city's officer sets.
    pub(super) fn place(&self) -> Place {
        clause!(X7.5);
        self.city.clone().map_or_else(|| Place::Bank(self.bank.clone()), Place::City)
    }
}

/// 银行账户制卡数据时效 of a month, as a vendor states it (X7.6): the province checks it with the banks.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StateBankData {
    pub vendor: VendorCode,
    /// `YYYY-MM`.
    pub month: String,
    /// Each bank once.
    pub rows: Vec<BankDataRow>,
}

/// Decides it: of a month that is over, or this one, and never more in time than there were.
pub(super) fn state_bank_data(command: &StateBankData, ctx: &Ctx) -> Result<InstitutionEvent, Refusal> {
    clause!(X7.6);
    let mut wrong = Vec::new();
    let month = format!("{}-01", command.month).parse::<Date>();
    if command.month.len() != 7 || !month.is_ok_and(|first| first <= ctx.today()) {
        wrong.push("统计月份应为YYYY-MM，不得晚于本月".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (n, row) in (1..).zip(&command.rows) {
        if row.in_time > row.batches || !seen.insert(row.bank.as_str()) {
            wrong.push(format!("第{n}行按时批次多于批次总数，或服务银行重复"));
        }
    }
    if command.rows.is_empty() {
        wrong.push("至少报送一家服务银行".into());
    }
    if !wrong.is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")));
    }
    let StateBankData { vendor, month, rows } = command.clone();
    Ok(InstitutionEvent::BankDataStated { vendor, month, rows })
}

/// The most rows of a table, and the most characters of a text of it.
const MOST: usize = 1_000;
const LONGEST: usize = 200;

/// Decides it: every row has its code, once, its reason and its settling. All that is wrong is told at once, by row.
pub(super) fn set(
    state: &Institutions,
    command: &SetFailureGuide,
    ctx: &Ctx,
) -> Result<InstitutionEvent, Refusal> {
    clause!(X7.5);
    let mut wrong = Vec::new();
    let none = command.rows.is_empty();
    if none && command.city.is_none() || command.rows.len() > MOST {
        wrong.push(match command.city {
            None => format!("对照表须有1至{MOST}行"),
            Some(_) => format!("本市办法最多{MOST}行"),
        });
    }
    let said_before =
        state.guide_of(&command.bank, command.city.as_ref()).is_some_and(|g| !g.rows.is_empty());
    if none && command.city.is_some() && !said_before {
        let refusal = Refusal::about(Reason::NothingToDo, "本市没有登记过办法，没有可以撤去的");
        return Err(refusal.way("请按行填写代码、失败原因和处理办法后提交"));
    }
    let mut seen = BTreeSet::new();
    for (n, row) in (1..).zip(&command.rows) {
        for (text, title) in [(&row.code, "代码"), (&row.reason, "失败原因"), (&row.remedy, "处理办法")]
        {
            if spelling::says_nothing(text) || text.chars().count() > LONGEST {
                wrong.push(format!("第{n}行{title}为空或超过{LONGEST}字"));
            }
        }
        if !seen.insert(row.code.trim()) {
            wrong.push(format!("第{n}行代码重复"));
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::about(Reason::MaterialDefective, wrong.join("；")));
    }
    let trimmed = |row: &GuideRow| GuideRow {
        code: row.code.trim().into(),
        reason: row.reason.trim().into(),
        remedy: row.remedy.trim().into(),
    };
    Ok(InstitutionEvent::FailureGuideSet {
        bank: command.bank.clone(),
        rows: command.rows.iter().map(trimmed).collect(),
        city: command.city.clone(),
        by: Some(ctx.actor.clone()),
        at: Some(ctx.now),
    })
}
