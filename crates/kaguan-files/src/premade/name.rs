//! The names of the files: `YZKSJ_银行_市卡管机构_批次_数量_卡商_时间.txt` and `YZKCG_银行_市卡管机构_批次_数量_卡商_开户行号_时间.txt`.

use kaguan_domain::clause;
use std::fmt;
use std::str::FromStr;

/// Everything that is wrong with a name: the titles of the fields that do not fit.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("文件名应为{form}，不合规的字段：{}", fields.join("、"))]
pub struct NameError {
    /// How it should be written.
    pub form: &'static str,
    /// Which fields.
    pub fields: Vec<&'static str>,
}

/// The name of a data file (X9.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataName {
    /// 银行, five digits.
    pub bank: String,
    /// 市卡管机构, its code.
    pub city: String,
    /// 批次.
    pub batch: String,
    /// 数量.
    pub quantity: usize,
    /// 卡商, its code.
    pub vendor: String,
    /// 时间, YYYYMMDD or YYYYMMDDhhmmss.
    pub time: String,
}

/// The name of a return file (X9.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnName {
    /// 银行, five digits.
    pub bank: String,
    /// 市卡管机构, its code.
    pub city: String,
    /// 批次.
    pub batch: String,
    /// 数量.
    pub quantity: usize,
    /// 卡商, its code.
    pub vendor: String,
    /// 开户行号.
    pub opening_bank: String,
    /// 时间, YYYYMMDD or YYYYMMDDhhmmss.
    pub time: String,
}

const DATA: &str = "YZKSJ_银行_市卡管机构_批次_数量_卡商_时间.txt";
const RETURN: &str = "YZKCG_银行_市卡管机构_批次_数量_卡商_开户行号_时间.txt";

impl fmt::Display for DataName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bank, city, batch, quantity, vendor, time } = self;
        write!(f, "YZKSJ_{bank}_{city}_{batch}_{quantity}_{vendor}_{time}.txt")
    }
}

impl fmt::Display for ReturnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bank, city, batch, quantity, vendor, opening_bank, time } = self;
        write!(f, "YZKCG_{bank}_{city}_{batch}_{quantity}_{vendor}_{opening_bank}_{time}.txt")
    }
}

/// The fields of a name after its kind; an error names all of them when their number is wrong.
fn parts<'a, const N: usize>(
    name: &'a str,
    kind: &str,
    form: &'static str,
) -> Result<[&'a str; N], NameError> {
    let stem = name.strip_suffix(".txt").unwrap_or(name);
    let fields: Vec<&str> = stem.split('_').collect();
    match fields.split_first() {
        Some((first, rest)) if *first == kind => <[&str; N]>::try_from(rest.to_vec()).ok(),
        _ => None,
    }
    .ok_or(NameError { form, fields: vec!["字段个数或文件类别"] })
}

fn is_code(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_time(text: &str) -> bool {
    match text.len() {
        8 => jiff::civil::Date::strptime("%Y%m%d", text).is_ok(),
        14 => jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", text).is_ok(),
        _ => false,
    }
}

/// What both names have, and the titles of the fields that do not fit.
fn common([bank, city, batch, quantity, vendor, time]: [&str; 6]) -> (DataName, Vec<&'static str>) {
    let wrong = [
        ("银行", bank.len() == 5 && bank.bytes().all(|b| b.is_ascii_digit())),
        ("市卡管机构", is_code(city, 20)),
        ("批次", is_code(batch, 40)),
        ("数量", quantity.bytes().all(|b| b.is_ascii_digit()) && quantity.parse::<usize>().is_ok()),
        ("卡商", is_code(vendor, 20)),
        ("时间", is_time(time)),
    ]
    .into_iter()
    .filter_map(|(title, fits)| (!fits).then_some(title))
    .collect();
    let name = DataName {
        bank: bank.into(),
        city: city.into(),
        batch: batch.into(),
        quantity: quantity.parse().unwrap_or(0),
        vendor: vendor.into(),
        time: time.into(),
    };
    (name, wrong)
}

impl FromStr for DataName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        clause!(X9.1);
        let (name, fields) = common(parts(name, "YZKSJ", DATA)?);
        if fields.is_empty() { Ok(name) } else { Err(NameError { form: DATA, fields }) }
    }
}

impl FromStr for ReturnName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        clause!(X9.2);
        let [bank, city, batch, quantity, vendor, opening_bank, time] = parts(name, "YZKCG", RETURN)?;
        let (name, mut fields) = common([bank, city, batch, quantity, vendor, time]);
        if !is_code(opening_bank, 20) {
            fields.push("开户行号");
        }
        if !fields.is_empty() {
            return Err(NameError { form: RETURN, fields });
        }
        let DataName { bank, city, batch, quantity, vendor, time } = name;
        Ok(Self { bank, city, batch, quantity, vendor, opening_bank: opening_bank.into(), time })
    }
}
