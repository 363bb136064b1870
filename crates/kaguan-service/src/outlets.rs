//! 银行网点: the table of banks' outlets with the codes by which the banks know them (Appendix 7, 二(一)), line by line.

use crate::outcome::Failure;
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::institution::{Institutions, OrgKind, Organisation};
use kaguan_domain::ids::{BankCode, CityCode, OrgId};
use kaguan_domain::institution::{self, InstitutionCommand};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of the table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutletRow {
    /// The line, from 1.
    pub line: usize,
    /// 机构编码, 14 digits.
    pub org: String,
    /// 服务银行, five digits.
    pub bank: String,
    /// 网点编码.
    pub code: String,
    /// 网点名称.
    pub name: String,
}

/// What came of a table.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct OutletsDone {
    /// Outlets that were not there.
    pub added: usize,
    /// Outlets with another code now.
    pub coded: usize,
    /// Each of them that had a code before, with both, in Chinese: the old one names nobody from then on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Every line that is wrong, in Chinese; nothing is done then.
    pub wrong: Vec<String>,
}

/// Reads a table: a line an outlet, `44010395588001,95588,955880001,工商银行广州分行营业部`; a title line is allowed.
///
/// # Errors
/// Every line that has not four columns.
pub fn parse_outlets(text: &str) -> Result<Vec<OutletRow>, Vec<String>> {
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for (n, line) in text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate() {
        if line.is_empty() || (n == 0 && line.starts_with("机构编码")) {
            continue;
        }
        let cells: Vec<String> = line.split([',', '，']).map(|c| c.trim().to_owned()).collect();
        match <[String; 4]>::try_from(cells) {
            Ok([org, bank, code, name]) => rows.push(OutletRow { line: n + 1, org, bank, code, name }),
            Err(_) => {
                wrong.push(format!("第{}行：应为“机构编码,服务银行,网点编码,网点名称”四列", n + 1));
            }
        }
    }
    if rows.is_empty() && wrong.is_empty() {
        wrong.push("没有填写网点，请每行填写一个".into());
    }
    if wrong.is_empty() { Ok(rows) } else { Err(wrong) }
}

impl Service {
    /// Registers outlets and their codes: all lines, or none when any is wrong. `check_only` only says what is wrong, and what would be.
    pub async fn take_outlets(
        &self,
        actor: &Actor,
        channel: Channel,
        rows: &[OutletRow],
        check_only: bool,
    ) -> Result<OutletsDone, Failure> {
        clause!(X7.1);
        self.may(actor, Verb::CodeOutlet, &Place::Anywhere)?;
        let ctx = self.ctx(actor.clone(), channel, None);
        // Each line is decided upon what those before it would leave.
        let mut then = Institutions::clone(&self.institutions());
        let (mut done, mut commands) = (OutletsDone::default(), Vec::new());
        let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            // Of two lines about one outlet nobody knows which is meant.
            if let Some(before) = lines.insert(&row.org, row.line) {
                let why = format!("机构编码{}与第{before}行重复，一个网点只填一行", row.org);
                done.wrong.push(format!("第{}行：{why}", row.line));
                continue;
            }
            let planned = self.planned(row, &then).and_then(|of_row| {
                let had = then.org_by_code(&row.org);
                let had = had.and_then(|o| Some((o.name.clone(), then.outlet_code(o.id)?.to_owned())));
                for (command, counted) in of_row {
                    match institution::decide(&then, &command, &ctx) {
                        Ok(events) => {
                            events.iter().for_each(|e| then.apply(e));
                            if counted {
                                done.coded += 1;
                                let change = |(name, code)| {
                                    format!("第{}行：{name}（{}）{code}→{}", row.line, row.org, row.code)
                                };
                                done.changed.extend(had.clone().map(change));
                            } else {
                                done.added += 1;
                            }
                            commands.push(command);
                        }
                        Err(refusal) if refusal.reason == Reason::NothingToDo => {}
                        Err(refusal) => return Err(refusal.sentence()),
                    }
                }
                Ok(())
            });
            done.wrong.extend(planned.err().map(|why| format!("第{}行：{why}", row.line)));
        }
        if check_only || !done.wrong.is_empty() {
            return Ok(done);
        }
        let with_ctx = commands.into_iter();
        let with_ctx = with_ctx.map(|c| (self.ctx(actor.clone(), channel, None), Command::Institution(c)));
        for outcome in self.execute_all(with_ctx.collect(), |_| {}).await {
            outcome?;
        }
        Ok(done)
    }

    /// The commands of a line, each with whether it gives a code.
    fn planned(
        &self,
        row: &OutletRow,
        then: &Institutions,
    ) -> Result<Vec<(InstitutionCommand, bool)>, String> {
        let bank = BankCode(row.bank.clone());
        let code = |org| (InstitutionCommand::CodeOutlet { org, code: row.code.clone() }, true);
        if let Some(known) = then.org_by_code(&row.org) {
            let own = known.kind == OrgKind::BankOutlet && known.bank.as_ref() == Some(&bank);
            if !own {
                return Err("该机构编码不是这家银行的网点".into());
            }
            // A table of codes renames nobody, and drops no name without a word.
            if !row.name.is_empty() && row.name != known.name {
                let name = &known.name;
                return Err(format!("该网点已登记的名称是“{name}”，更名请在“机构与网点”中该机构的页面办理"));
            }
            return Ok(vec![code(known.id)]);
        }
        if row.org.len() != 14 || !row.org.bytes().all(|b| b.is_ascii_digit()) {
            return Err("机构编码应为14位数字".into());
        }
        let division = row.org[..6].to_owned();
        let city = CityCode::of_division(&division);
        let centre = city.as_ref().and_then(|city| then.city_centre(city));
        let (Some(city), Some(centre)) = (city, centre) else {
            return Err("机构编码的前六位不是本省地市的行政区划".into());
        };
        if !then.banks_of(&city).contains(&bank) {
            return Err("不是该市的合作商业银行".into());
        }
        if row.name.is_empty() {
            return Err("缺网点名称".into());
        }
        let id = OrgId(self.fresh());
        let outlet = Organisation {
            id,
            code: row.org.clone(),
            name: row.name.clone(),
            kind: OrgKind::BankOutlet,
            parent: Some(centre.id),
            division,
            bank: Some(bank),
        };
        Ok(vec![(InstitutionCommand::AddOrganisation(outlet), false), code(id)])
    }
}
