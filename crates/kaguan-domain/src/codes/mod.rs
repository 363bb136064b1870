//! Code tables of `data/`, compiled in; `data/README.md` has their provenance. What a file or a form may say is
//! what stands here, and nothing else.

pub mod han;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// A service bank.
#[derive(Clone, Debug)]
pub struct Bank {
    /// Five digits, the bank's hotline.
    pub code: String,
    pub name: String,
}

/// An administrative division of Guangdong.
#[derive(Clone, Debug)]
pub struct Division {
    /// Six digits.
    pub code: String,
    pub name: String,
    level: String,
    /// The division above.
    pub parent: String,
}

impl Division {
    /// 地级以上市.
    pub fn is_city(&self) -> bool {
        self.level == "prefecture"
    }

    /// The name of the division above, such as 广州市 for 天河区.
    pub fn parent_name(&self) -> &'static str {
        division(&self.parent).map_or("", |d| d.name.as_str())
    }

    /// 县（市、区）.
    pub fn is_county(&self) -> bool {
        self.level == "county"
    }
}

/// A card vendor.
#[derive(Clone, Debug)]
pub struct Vendor {
    /// One digit.
    pub code: String,
    pub name: String,
}

/// The rows of a table without its title line; a field may be quoted.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<String>> {
    text.trim_start_matches('\u{feff}').lines().skip(1).filter(|l| !l.is_empty()).map(fields)
}

fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.trim_end_matches('\r').chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}

macro_rules! table {
    ($file:literal) => {
        include_str!(concat!("../../../../data/", $file))
    };
}

static BANKS: LazyLock<Vec<Bank>> = LazyLock::new(|| {
    rows(table!("bank_codes.csv")).map(|r| Bank { code: r[0].clone(), name: r[1].clone() }).collect()
});

static DIVISIONS: LazyLock<Vec<Division>> = LazyLock::new(|| {
    rows(table!("gd_divisions.csv"))
        .map(|r| Division {
            code: r[0].clone(),
            name: r[1].clone(),
            level: r[2].clone(),
            parent: r[3].clone(),
        })
        .collect()
});

static DIVISION_PLACES: LazyLock<HashMap<&'static str, usize>> =
    LazyLock::new(|| DIVISIONS.iter().enumerate().map(|(i, d)| (d.code.as_str(), i)).collect());

/// Every province by its six digits, as GB/T 2260 has them; what begins other documents is none.
static PROVINCES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let provinces = rows(table!("province_codes.csv")).filter(|r| !r[1].starts_with('('));
    provinces.map(|r| (format!("{}0000", r[0]), r[1].clone())).collect()
});

static VENDORS: LazyLock<Vec<Vendor>> = LazyLock::new(|| {
    rows(table!("card_vendors_gd.csv")).map(|r| Vendor { code: r[0].clone(), name: r[1].clone() }).collect()
});

static HOLIDAYS: LazyLock<Vec<HolidayRow>> = LazyLock::new(|| {
    rows(table!("holidays_cn_2022_2026.csv"))
        .filter_map(|r| {
            let kind = if r[3] == "off" { DayKind::Off } else { DayKind::Work };
            Some(HolidayRow { date: r[0].parse().ok()?, kind, name: r[2].clone() })
        })
        .collect()
});

static COUNTRIES: LazyLock<HashMap<String, (String, String)>> = LazyLock::new(|| {
    rows(table!("countries_alpha3.csv")).map(|r| (r[0].clone(), (r[2].clone(), r[3].clone()))).collect()
});

static PUA: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    rows(table!("pua_normalise.csv"))
        .filter(|r| !r[4].starts_with("radical"))
        .filter_map(|r| {
            let old = u32::from_str_radix(r[0].strip_prefix("U+")?, 16).ok().and_then(char::from_u32)?;
            let new = u32::from_str_radix(r[2].strip_prefix("U+")?, 16).ok().and_then(char::from_u32)?;
            Some((old, new))
        })
        .collect()
});

fn set(text: &'static str, profile: Option<&str>) -> HashMap<String, String> {
    let at = usize::from(profile.is_some());
    rows(text)
        .filter(|r| profile.is_none_or(|p| r[0] == p))
        .map(|r| (r[at].clone(), r[at + 1].clone()))
        .collect()
}

macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident, $file:literal, $profile:expr;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(code: &str) -> Option<&'static str> {
                static TABLE: LazyLock<HashMap<String, String>> =
                    LazyLock::new(|| set(table!($file), $profile));
                TABLE.get(code).map(String::as_str)
            }
        )*
    };
}

lookups! {
    /// 民族, two digits.
    ethnicity, "ethnicity_gbt3304.csv", None;
    /// 性别, one digit.
    sex, "sex_gbt2261_1.csv", None;
    /// 人员状态, one digit.
    person_status, "person_status.csv", None;
    /// 户口性质, two digits.
    household_kind, "hukou_types.csv", None;
    /// 文化程度, two digits.
    education, "education.csv", None;
    /// 个人身份状态, two digits.
    person_identity, "person_identity.csv", None;
    /// 卡类别 of an application in Guangdong, one digit.
    card_kind, "card_types.csv", Some("gd_application");
    /// 证件类型 of the batch file, one digit (a default by decision).
    document_kind, "cert_types.csv", Some("gd_batch_1char_default");
    /// 申请类型, one digit.
    application_type, "application_types_gd.csv", None;
}

/// The bank of a code.
pub fn bank(code: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|b| b.code == code)
}

/// All banks.
pub fn banks() -> impl Iterator<Item = &'static Bank> {
    BANKS.iter()
}

/// The name of a vendor; the code of one that the table has not.
pub fn vendor_name(code: &str) -> String {
    vendors().find(|v| v.code == code).map_or_else(|| code.to_owned(), |v| v.name.clone())
}

/// All vendors.
pub fn vendors() -> impl Iterator<Item = &'static Vendor> {
    VENDORS.iter()
}

/// The division of a six-digit code, in Guangdong.
pub fn division(code: &str) -> Option<&'static Division> {
    DIVISION_PLACES.get(code).map(|i| &DIVISIONS[*i])
}

/// The 21 cities.
pub fn cities() -> impl Iterator<Item = &'static Division> {
    DIVISIONS.iter().filter(|d| d.is_city())
}

/// The counties of a city, by the city's six-digit code; 东莞 and 中山 have none.
pub fn counties_of(city: &str) -> impl Iterator<Item = &'static Division> {
    DIVISIONS.iter().filter(move |d| d.is_county() && d.parent == city)
}

/// 户籍地 as a form chooses it: the divisions of Guangdong, each with the city before its name, then the other provinces; six digits and
/// name, in the order of the tables.
pub fn household_divisions() -> Vec<(String, String)> {
    let of_guangdong = DIVISIONS.iter().map(|d| d.code.clone());
    let others = PROVINCES.iter().map(|(code, _)| code.clone()).filter(|code| division(code).is_none());
    let named = |code: String| {
        let name = household_division(&code);
        (code, name)
    };
    of_guangdong.chain(others).map(named).collect()
}

/// The name of a 户籍地: a division of Guangdong with its city, another province; of a division there the province with its code, and the code
/// of what no table has.
pub fn household_division(code: &str) -> String {
    if let Some(d) = division(code) {
        // 广州市 stands alone: everybody knows of which province.
        let above = if d.is_county() { d.parent_name() } else { "" };
        return format!("{above}{}", d.name);
    }
    let province = code.get(..2).map(|two| format!("{two}0000"));
    let name = province.and_then(|p| PROVINCES.iter().find(|(code, _)| *code == p));
    match name {
        Some((whole, name)) if whole == code => name.clone(),
        Some((_, name)) => format!("{name}（{code}）"),
        None => code.to_owned(),
    }
}

/// The Chinese name of a country by its alpha-3 code.
pub fn country(alpha3: &str) -> Option<&'static str> {
    COUNTRIES.get(alpha3).map(|(_, name)| name.as_str())
}

/// All countries and areas: alpha-3 code and Chinese name, 中国 first and the others in the order of their codes.
pub fn countries() -> Vec<(String, String)> {
    let mut all: Vec<_> = COUNTRIES.iter().map(|(code, (_, name))| (code.clone(), name.clone())).collect();
    all.sort_by_key(|(code, _)| (code != "CHN", code.clone()));
    all
}

/// The three digits of a country by its alpha-3 code (ISO 3166-1).
pub fn country_number(alpha3: &str) -> Option<&'static str> {
    COUNTRIES.get(alpha3).map(|(number, _)| number.as_str())
}

/// The standard character of a private-use one from an older GB 18030.
pub fn standard_of_private_use(c: char) -> Option<char> {
    PUA.get(&c).copied()
}

/// The State Council's notices that are compiled in.
pub fn holidays() -> &'static [HolidayRow] {
    &HOLIDAYS
}

/// 职业, seven characters: digits, the first of them a class of the table (facts: 37号文 uses an7).
pub fn occupation_is_known(code: &str) -> bool {
    static CLASSES: LazyLock<HashSet<char>> =
        LazyLock::new(|| rows(table!("occupations_form.csv")).filter_map(|r| r[0].chars().next()).collect());
    code.len() == 7
        && code.bytes().all(|b| b.is_ascii_digit())
        && code.chars().next().is_some_and(|c| CLASSES.contains(&c))
}

/// 职业 as it is printed: the name of the class, or the code where the table has none.
pub fn occupation(code: &str) -> String {
    static NAMES: LazyLock<HashMap<String, String>> =
        LazyLock::new(|| set(table!("occupations_form.csv"), None));
    let class = code.get(..1).map(|class| format!("{class}000000"));
    class.and_then(|class| NAMES.get(&class).cloned()).unwrap_or_else(|| code.to_owned())
}

/// A code table as the program uses it.
#[derive(Clone, Copy, Debug)]
pub struct CodeTable {
    /// Its short name, in addresses.
    pub code: &'static str,
    /// The Chinese term.
    pub name: &'static str,
    /// From where it was taken.
    pub source: &'static str,
    text: &'static str,
    /// The rows of this profile only.
    profile: Option<&'static str>,
    /// The columns of code and name.
    columns: (usize, usize),
}

impl CodeTable {
    /// Its rows, code and name, in the table's order.
    pub fn rows(&self) -> impl Iterator<Item = (String, String)> {
        let (profile, (code, name)) = (self.profile, self.columns);
        let kept = rows(self.text).filter(move |r| profile.is_none_or(|p| r[0] == p));
        kept.map(move |r| (r[code].clone(), r[name].clone()))
    }
}

macro_rules! tables {
    ($($code:literal, $name:literal, $file:literal, $profile:expr, $columns:expr, $source:literal;)*) => {
        /// Every code table that the program uses.
        pub const TABLES: &[CodeTable] = &[$(CodeTable {
            code: $code,
            name: $name,
            source: $source,
            text: table!($file),
            profile: $profile,
            columns: $columns,
        },)*];
    };
}

tables! {
    "banks", "服务银行", "bank_codes.csv", None, (0, 1), "《经办规程》附件1申领表所列银行及公开资料中的五位银行代码，部分为本系统暂定";
    "vendors", "卡制作厂商", "card_vendors_gd.csv", None, (0, 1), "广东省社保卡业务公开接口资料";
    "divisions", "行政区划", "gd_divisions.csv", None, (0, 1), "民政部行政区划代码，两份公开清单核对一致";
    "countries", "国家和地区", "countries_alpha3.csv", None, (0, 3), "GB/T 2659、ISO 3166-1";
    "ethnicity", "民族", "ethnicity_gbt3304.csv", None, (0, 1), "GB/T 3304";
    "sex", "性别", "sex_gbt2261_1.csv", None, (0, 1), "GB/T 2261.1";
    "documents", "证件类型", "cert_types.csv", Some("gd_batch_1char_default"), (1, 2), "《经办规程》附件6一位证件类型，代码为本系统暂定";
    "card_kinds", "卡类别", "card_types.csv", Some("gd_application"), (1, 2), "广东省申领业务公开资料";
    "application_types", "申请类型", "application_types_gd.csv", None, (0, 1), "广东省银行接口公开资料";
    "occupations", "职业", "occupations_form.csv", None, (0, 1), "GB/T 6565大类，部分为本系统暂定";
    "person_status", "人员状态", "person_status.csv", None, (0, 1), "人社信息函〔2012〕37号";
    "households", "户口性质", "hukou_types.csv", None, (0, 1), "人社信息函〔2012〕37号";
    "education", "文化程度", "education.csv", None, (0, 1), "GB/T 4658";
    "identities", "个人身份状态", "person_identity.csv", None, (0, 1), "GB/T 2261.4";
}

/// The codes and names of a table that a form chooses from, in the order of the table.
pub fn choices(table: Choices) -> Vec<(String, String)> {
    let text = match table {
        Choices::Education => table!("education.csv"),
        Choices::PersonIdentity => table!("person_identity.csv"),
        Choices::Occupation => table!("occupations_form.csv"),
    };
    rows(text).map(|r| (r[0].clone(), r[1].clone())).collect()
}

/// A table of which a page offers every row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choices {
    /// 文化程度
    Education,
    /// 个人身份状态
    PersonIdentity,
    /// 职业, by its classes
    Occupation,
}

/// What a notice says of a day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// 放假
    Off,
    /// 上班 (调休)
    Work,
}

/// One day of a notice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HolidayRow {
    /// The day.
    pub date: Date,
    pub kind: DayKind,
    /// The holiday's name.
    pub name: String,
}
