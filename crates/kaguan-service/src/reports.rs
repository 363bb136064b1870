//! Reports for city and province: issuance, recall, clocks, and the timeliness of banks and vendors (Appendix 7), as
//! tables that a door writes as xlsx or csv.

use crate::lists::own_city;
use crate::outcome::Failure;
use crate::service::Service;
use crate::slips;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::codes::vendor_name;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::clock::Clock;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::ids::{CityCode, UnitId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_domain::report::{Business, Timeliness, bank_name, of_bank_data, of_banks, of_vendors};
use kaguan_store::{BatchesAsked, HappenedCount, ListedBatch, Store, StoreError};
use std::collections::BTreeMap;

/// Which report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// 银行时效通报
    Banks,
    /// 卡商时效通报
    Vendors,
    /// 发行统计
    Issuance,
    /// 回收统计
    Recalls,
    /// 时限
    Clocks,
    /// 一人一卡业务确认单
    Slips,
    /// 业务统计
    Business,
    /// 银行制卡数据时效
    BankData,
}

impl Kind {
    /// Every kind, with its stable name and what it is called.
    pub const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Business, "business", "业务统计"),
        (Self::Issuance, "issuance", "发行统计"),
        (Self::Recalls, "recalls", "回收统计"),
        (Self::Clocks, "clocks", "时限统计"),
        (Self::Banks, "banks", "银行开户时效通报"),
        (Self::Vendors, "vendors", "卡商制卡时效通报"),
        (Self::BankData, "bank_data", "银行制卡数据时效统计"),
        (Self::Slips, "slips", "一人一卡业务确认单"),
    ];

    /// Whether it counts by city, so that a city has its own; banks and vendors serve several, and a city sees them in 时限与通报.
    fn is_by_city(self) -> bool {
        match self {
            Self::Issuance | Self::Recalls | Self::Clocks | Self::Slips | Self::Business => true,
            Self::Banks | Self::Vendors | Self::BankData => false,
        }
    }

    /// Whether its rows are of one kind, so that their sum is a number of something: the same card goes through several businesses, and an
    /// application and its batch have each a clock.
    pub fn adds_up(self) -> bool {
        match self {
            Self::Business | Self::Clocks => false,
            Self::Issuance | Self::Recalls | Self::Slips | Self::Banks | Self::Vendors | Self::BankData => {
                true
            }
        }
    }

    /// What is counted and what is not, where the heads do not tell it; empty elsewhere.
    pub fn about(self) -> &'static str {
        match self {
            Self::Business => {
                "按办理日期统计卡上发生的业务，每张卡每办一项计一次，同一张卡在各项中分别计入，各项不相加：单位代领计“批量领取（单位代领）”，卡发到持卡人时另计“领取”；变更服务银行后系统对原卡账户的挂失计“变更服务银行挂失”，不计“正式挂失”；申请受理、密码、限制及恢复、死亡登记、一人一卡、邮递不在本表。"
            }
            Self::Clocks => {
                "按时限开始的日期统计，每个时限计一件：申请、批量申请、批次、待回收卡各有时限，同一张卡可在其中几项计入，各项不相加。"
            }
            Self::Slips => {
                "按签字日期列出；申领表编码是持卡人档案中最近一次申请的编码，可据以查询档案，查看档案留有记录。"
            }
            Self::Issuance | Self::Recalls | Self::Banks | Self::Vendors | Self::BankData => "",
        }
    }

    /// Reads a stable name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == code).map(|(kind, ..)| *kind)
    }
}

/// A table: heads, and rows whose numbers are numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// Title.
    pub title: &'static str,
    /// Heads.
    pub heads: Vec<&'static str>,
    /// Rows: the texts first, then the numbers.
    pub rows: Vec<(Vec<String>, Vec<f64>)>,
}

/// A report for the batches, cards and recalls of a period, both days included. Reads only: a server that writes goes on
/// writing.
pub async fn report(
    store: &Store,
    kind: Kind,
    from: Date,
    to: Date,
    today: Date,
) -> Result<Table, StoreError> {
    match kind {
        Kind::Banks | Kind::Vendors => {
            let batches = store.batches(BatchesAsked::default(), i64::MAX).await?;
            Ok(of_batches(kind, &batches, &[], from, to, today))
        }
        Kind::Clocks => {
            let batches = store.batches(BatchesAsked::default(), i64::MAX).await?;
            let own = clocks_of_people(store).await?;
            Ok(of_batches(kind, &batches, &own, from, to, today))
        }
        Kind::Issuance => issuance(store, (from, to)).await,
        Kind::Recalls => recalls(store, (from, to)).await,
        Kind::Slips => Ok(slips::table(slips::slips(store, (from, to), None).await?)),
        Kind::Business => happenings(store, (from, to)).await,
        Kind::BankData => bank_data(store, from, to).await,
    }
}

/// Organisations and officers as they are now.
pub(crate) async fn institutions_of(store: &Store) -> Result<Institutions, StoreError> {
    let mut institutions = Institutions::new();
    for event in store.institution_events().await? {
        institutions.apply(&event);
    }
    Ok(institutions)
}

/// Unit applications that are read at once.
const UNITS: i64 = 500;

/// The clocks of everybody's applications and cards and of unit applications, each with its city: those of Articles 7, 9, 27 and 32.
async fn clocks_of_people(store: &Store) -> Result<Vec<(CityCode, Clock)>, StoreError> {
    clause!(R7.1);
    clause!(R9.2);
    clause!(R32.2);
    let mut out = Vec::new();
    let mut people = store.people();
    while let Some(page) = people.next().await? {
        for file in page.files() {
            let own = file.applications.iter();
            out.extend(own.filter_map(|a| Some((a.city.clone(), a.clock.clone()?))));
            let recalls = file
                .cards
                .iter()
                .flat_map(|c| c.recall_clocks().map(|clock| (c.city.clone(), clock.clone())));
            out.extend(recalls);
        }
    }
    let mut after = UnitId(i64::MIN);
    loop {
        let units = store.units_from(after, UNITS).await?;
        let Some(last) = units.last() else { return Ok(out) };
        after = last.id;
        for unit in &units {
            let Some((city, _)) = unit.lies() else { continue };
            out.extend(unit.clocks.iter().map(|clock| (city.clone(), clock.clone())));
        }
    }
}

/// Each bank's data for the vendors, by what the system has of the batches of a period and by what the vendors state of its months:
/// the province compares them (X7.6).
async fn bank_data(store: &Store, from: Date, to: Date) -> Result<Table, StoreError> {
    clause!(X7.6);
    let batches = store.batches(BatchesAsked::default(), i64::MAX).await?;
    let institutions = institutions_of(store).await?;
    let found = of_bank_data(batches.iter().map(|b| &b.batch), from, to);
    let mut rows: Vec<(Vec<String>, Vec<f64>)> = Vec::new();
    for (bank, d) in found {
        let numbers = [d.batches, d.missing, d.arrived].map(|n| n as f64);
        let numbers = numbers.into_iter().chain([d.longest as f64, f64::NAN, f64::NAN]).collect();
        rows.push((vec!["系统记录".into(), String::new(), bank_name(&bank), bank], numbers));
    }
    let month = |day: Date| day.strftime("%Y-%m").to_string();
    for (month, vendor, stated) in institutions.bank_data(&month(from), &month(to)) {
        for r in stated {
            let texts = vec![
                vendor_name(vendor),
                month.to_owned(),
                bank_name(r.bank.as_str()),
                r.bank.as_str().into(),
            ];
            let stated = [f64::from(r.batches), f64::from(r.in_time)];
            rows.push((texts, [f64::NAN; 4].into_iter().chain(stated).collect()));
        }
    }
    let heads = vec![
        "来源",
        "月份",
        "服务银行",
        "代码",
        "下发批次",
        "反馈未收齐批次",
        "其中已补齐",
        "最长补齐天数",
        "卡商报送批次",
        "卡商报送按时批次",
    ];
    Ok(Table { title: "银行制卡数据时效统计", heads, rows })
}

fn of_batches(
    kind: Kind,
    batches: &[ListedBatch],
    own: &[(CityCode, Clock)],
    from: Date,
    to: Date,
    today: Date,
) -> Table {
    clause!(X7.4);
    let all = || batches.iter().map(|b| &b.batch);
    let partners = |who: BTreeMap<String, Timeliness>, name: fn(&str) -> String| {
        who.into_iter()
            .map(|(code, t)| {
                let rate = t.kept_in_a_thousand().map_or(f64::NAN, |n| n as f64 / 10.0);
                let numbers = [t.kept, t.broken, t.running, t.late, t.taken_back].map(|n| n as f64);
                (vec![name(&code), code], numbers.into_iter().chain([rate]).collect())
            })
            .collect()
    };
    let heads = |who| {
        vec![who, "代码", "按时办结", "超期办结", "进行中", "超期未办结", "逾期收回", "按时办结率（%）"]
    };
    match kind {
        Kind::Banks => Table {
            title: "银行开户时效通报",
            heads: heads("服务银行"),
            rows: partners(of_banks(all(), from, to, today), bank_name),
        },
        Kind::Vendors => Table {
            title: "卡商制卡时效通报",
            heads: heads("卡制作厂商"),
            rows: partners(of_vendors(all(), from, to, today), vendor_name),
        },
        _ => {
            let mut counts: BTreeMap<(String, &str, &str), f64> = BTreeMap::new();
            let of_batches = all().flat_map(|b| b.clocks.iter().map(|c| (&b.city, c)));
            for (city, c) in of_batches.chain(own.iter().map(|(city, c)| (city, c))) {
                if (from..=to).contains(&c.started_on) {
                    let key = (city.name().to_owned(), c.kind.name(), c.standing(today).name());
                    *counts.entry(key).or_default() += 1.0;
                }
            }
            let row = |((city, kind, standing), n): ((String, &str, &str), f64)| {
                (vec![city, kind.to_owned(), standing.to_owned()], vec![n])
            };
            let heads = vec!["地市", "时限", "状态", "件数"];
            Table { title: "时限统计", heads, rows: counts.into_iter().map(row).collect() }
        }
    }
}

/// What happened in a period, counted by the columns of a report.
async fn happened(
    store: &Store,
    business: Option<Business>,
    days: (Date, Date),
    key: impl Fn(&HappenedCount) -> Vec<String>,
) -> Result<Vec<(Vec<String>, Vec<f64>)>, StoreError> {
    let mut counts: BTreeMap<Vec<String>, f64> = BTreeMap::new();
    for row in store.happened(business.map(Business::code), days, None).await? {
        *counts.entry(key(&row)).or_default() += row.n as f64;
    }
    Ok(counts.into_iter().map(|(key, n)| (key, vec![n])).collect())
}

/// 业务统计: what happened on cards in a period.
async fn happenings(store: &Store, days: (Date, Date)) -> Result<Table, StoreError> {
    let named = |code: &str| Business::from_code(code).map_or("", Business::name).to_owned();
    let key = |r: &HappenedCount| vec![r.month.clone(), city_name(&r.city), named(&r.business)];
    let rows = happened(store, None, days, key).await?;
    Ok(Table { title: "业务统计", heads: vec!["月份", "地市", "业务", "张数"], rows })
}

/// The cards that were made in a period.
async fn issuance(store: &Store, days: (Date, Date)) -> Result<Table, StoreError> {
    let of = Business::Made;
    let key = |r: &HappenedCount| {
        let purpose = of.detail_name(&r.detail).to_owned();
        vec![r.month.clone(), city_name(&r.city), bank_name(&r.bank), purpose]
    };
    let rows = happened(store, Some(of), days, key).await?;
    Ok(Table {
        title: "发行统计", heads: vec!["月份", "地市", "服务银行", "业务", "张数"], rows
    })
}

/// The recalls of a period, by city and reason: what was done then, wherever the card lies now.
async fn recalls(store: &Store, days: (Date, Date)) -> Result<Table, StoreError> {
    clause!(R32.1);
    let of = Business::TakenBack;
    let key = |r: &HappenedCount| vec![city_name(&r.city), of.detail_name(&r.detail).to_owned()];
    let rows = happened(store, Some(of), days, key).await?;
    Ok(Table { title: "回收统计", heads: vec!["地市", "回收原因", "张数"], rows })
}

fn city_name(code: &str) -> String {
    CityCode(code.to_owned()).name().to_owned()
}

impl Service {
    /// The reports that the officer's office may see: stable name and title.
    pub fn reports_for(&self, actor: &Actor) -> Result<Vec<(&'static str, &'static str)>, Failure> {
        let home = self.org_of(actor, Verb::LookAtReports, own_city)?;
        let whole = home.city().is_none();
        let seen = Kind::ALL.into_iter().filter(|(kind, ..)| whole || kind.is_by_city());
        Ok(seen.map(|(_, code, name)| (code, name)).collect())
    }

    /// 统计报表: of every city for the province; for a city those that name cities, its own rows only.
    pub async fn report_for(
        &self,
        actor: &Actor,
        kind: Kind,
        from: Date,
        to: Date,
    ) -> Result<Table, Failure> {
        let home = self.org_of(actor, Verb::LookAtReports, own_city)?;
        let mut table = report(self.store(), kind, from, to, self.now().date()).await?;
        if let Some(city) = home.city() {
            let column = table.heads.iter().position(|head| *head == "地市");
            let column = column.ok_or_else(|| Failure::from(Refusal::from(Reason::OutOfScope)))?;
            table.rows.retain(|(texts, _)| texts.get(column).is_some_and(|name| name == city.name()));
        }
        Ok(table)
    }
}

impl Table {
    /// The table as CSV, with its heads; UTF-8.
    pub fn csv(&self) -> String {
        let mut out = self.heads.join(",");
        out.push('\n');
        for (texts, numbers) in &self.rows {
            let number = |n: &f64| if n.is_nan() { String::new() } else { n.to_string() };
            let line: Vec<String> = texts.iter().map(|t| cell(t)).chain(numbers.iter().map(number)).collect();
            out.push_str(&line.join(","));
            out.push('\n');
        }
        out
    }
}

/// A cell of a CSV file: quoted when it must be, and never the beginning of a formula.
pub fn cell(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
