//! Synthetic people for samples, the demo and tests: valid numbers, nobody's data. Some rows are wrong on purpose.

use crate::portrait;
use crate::sbk2::{Entry, FileName};
use jiff::civil::Date;
use kaguan_domain::codes;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::social_security_number::check_character;

/// What was made wrong in a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planted {
    /// The row, from 1.
    pub row: usize,
    /// The column that the reader should name.
    pub column: &'static str,
    /// The code that it should give.
    pub code: &'static str,
}

/// A sample file.
pub struct Sample {
    pub name: FileName,
    pub entries: Vec<Entry>,
    /// The same rows without mistakes: what a corrected file holds, row by row.
    pub corrected: Vec<Entry>,
    /// What was made wrong.
    pub planted: Vec<Planted>,
}

/// What a sample is made of.
pub struct SampleSpec<'a> {
    pub people: usize,
    /// How many rows are wrong.
    pub errors: usize,
    /// The same seed makes the same people.
    pub seed: u64,
    /// The name of the file; its bank and day are the rows'.
    pub name: FileName,
    /// Codes of outlets where the cards are collected; given to the rows in turn.
    pub outlets: &'a [String],
    /// The employer, number and name, of two rows in three; the others collect their cards themselves.
    pub employer: (&'a str, &'a str),
}

const SURNAMES: [&str; 24] = [
    "陈", "李", "黄", "张", "梁", "林", "刘", "吴", "罗", "杨", "何", "邓", "郑", "谢", "冯", "曾", "蔡",
    "许", "叶", "欧阳", "司徒", "钟", "温", "潘",
];
const GIVEN: [&str; 28] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "秀英", "霞", "平", "刚", "桂英", "子轩", "梓涵", "嘉怡", "浩然", "咏仪", "家豪",
];
const LATIN: [&str; 6] =
    ["JOHN SMITH", "MARIA GARCIA", "ANNA MUELLER", "KENJI TANAKA", "PAUL MARTIN", "OLGA IVANOVA"];

/// Makes people and portraits, and plants the errors that are wished for. The same seed makes the same file.
pub fn make(wish: &SampleSpec<'_>) -> Sample {
    let mut rng = fastrand::Rng::with_seed(wish.seed);
    let mut entries: Vec<Entry> = (0..wish.people).map(|i| person(i, wish, &mut rng)).collect();
    let corrected = entries.clone();
    let mut planted = Vec::new();
    let mut at: Vec<usize> = (0..wish.people).collect();
    rng.shuffle(&mut at);
    at.truncate(wish.errors.min(wish.people));
    at.sort_unstable();
    for (n, row) in at.into_iter().enumerate() {
        planted.push(spoil(n, row, &mut entries));
    }
    Sample { name: wish.name.clone(), entries, corrected, planted }
}

/// A citizen number of a division and a birth date.
pub fn citizen_number(division: &str, birth: Date, sequence: u32) -> String {
    let body =
        format!("{division}{:04}{:02}{:02}{:03}", birth.year(), birth.month(), birth.day(), sequence % 1000);
    let check = check_character(body.as_bytes()).expect("seventeen digits");
    format!("{body}{}", check as char)
}

/// The `n`-th of some adults of Guangzhou, each with a number and a form of his own; for counters and load.
pub fn adult(n: u32, bank: &str) -> FormDraft {
    // 28 days of 12 months of 40 years, and 500 men a day.
    let (day, n_th) = (n % 28, n / 28);
    let (month, n_th) = (n_th % 12, n_th / 12);
    let (year, n_th) = (n_th % 40, n_th / 40);
    let (month, day) = (i8::try_from(month + 1).unwrap_or(1), i8::try_from(day + 1).unwrap_or(1));
    let birth = jiff::civil::date(1960 + i16::try_from(year).unwrap_or(0), month, day);
    FormDraft {
        form_no: format!("4401T{n:011}"),
        card_kind: "1".into(),
        nationality: "CHN".into(),
        document_kind: "1".into(),
        document_number: citizen_number("440106", birth, n_th * 2 + 1),
        document_valid_until: "20400101".into(),
        name: name_of(n_th),
        sex: "1".into(),
        ethnicity: "01".into(),
        birth_date: format!("{:04}{:02}{:02}", birth.year(), birth.month(), birth.day()),
        mobile: "13900000000".into(),
        phone: "13900000000".into(),
        document_valid_from: "20200101".into(),
        issuing_authority: "广州市公安局天河区分局".into(),
        postal_address: "广州市天河区样例路1号".into(),
        occupation: "3000000".into(),
        bank: bank.into(),
        ..FormDraft::default()
    }
}

/// The first of a day is 张三; who is born on the same day is mostly called otherwise, as people are.
fn name_of(n_th: u32) -> String {
    let pick = |from: &str, n: u32| from.chars().nth(n as usize % 10).unwrap_or('张');
    match n_th {
        0 => "张三".into(),
        n => format!("{}{}", pick("王李刘陈杨黄赵周吴徐", n), pick("伟芳娜敏静强磊军洋勇", n / 10)),
    }
}

fn person(i: usize, wish: &SampleSpec<'_>, rng: &mut fastrand::Rng) -> Entry {
    let day = wish.name.day();
    let years = |n: i64| jiff::Span::new().years(n);
    let counties: Vec<_> = codes::cities().flat_map(|c| codes::counties_of(&c.code)).collect();
    let county = counties[rng.usize(..counties.len())];
    let age = match i % 20 {
        7 | 13 => rng.i64(1..6),
        _ => rng.i64(18..68),
    };
    let birth = day
        .checked_sub(years(age))
        .and_then(|d| d.checked_sub(jiff::Span::new().days(rng.i64(1..300))))
        .expect("a day of the last century");
    // Every person of one seed has a number of his own: the sequence follows the row.
    let sequence = (i as u32 * 7 + rng.u32(..7)) % 1000;
    let sex = if sequence % 2 == 1 { "1" } else { "2" };
    let han = format!("{}{}", SURNAMES[rng.usize(..SURNAMES.len())], GIVEN[rng.usize(..GIVEN.len())]);
    let mut d = FormDraft {
        form_no: format!("{}{:012}", &wish.name.org[..4], wish.seed % 1_000_000 * 1_000_000 + i as u64),
        card_kind: "1".into(),
        nationality: "CHN".into(),
        document_kind: if age < 7 { "2" } else { "1" }.into(),
        document_number: citizen_number(&county.code, birth, sequence),
        document_valid_until: if i.is_multiple_of(3) { "99991231" } else { "20350630" }.into(),
        name: han,
        sex: sex.into(),
        ethnicity: "01".into(),
        birth_date: format!("{:04}{:02}{:02}", birth.year(), birth.month(), birth.day()),
        person_status: "1".into(),
        household_kind: "51".into(),
        household_address: format!("{}{}样例路{}号", county.parent_name(), county.name, i + 1),
        mobile: format!("139{:08}", rng.u32(..100_000_000)),
        phone: String::new(),
        postal_address: format!("{}{}样例路{}号", county.parent_name(), county.name, i + 1),
        postcode: "510000".into(),
        email: String::new(),
        household_division: county.code.clone(),
        occupation: "3000000".into(),
        employer_no: if i.is_multiple_of(3) { "" } else { wish.employer.0 }.into(),
        employer_name: if i.is_multiple_of(3) { "" } else { wish.employer.1 }.into(),
        bank: wish.name.bank.clone(),
        collection_point: wish.outlets.get(i % wish.outlets.len().max(1)).cloned().unwrap_or_default(),
        ..FormDraft::default()
    };
    d.phone.clone_from(&d.mobile);
    let mut number = d.document_number.clone();
    match i % 20 {
        3 => {
            // 港澳台居民居住证
            let area = ["810000", "820000", "830000"][rng.usize(..3)];
            d.document_kind = "5".into();
            d.document_number = citizen_number(area, birth, sequence);
            d.nationality = ["HKG", "MAC", "TWN"]
                [["810000", "820000", "830000"].iter().position(|a| *a == area).unwrap_or(0)]
            .into();
            number.clone_from(&d.document_number);
        }
        9 => {
            // 外国护照
            d.document_kind = "7".into();
            d.nationality = ["DEU", "JPN", "FRA", "USA"][rng.usize(..4)].into();
            d.document_number = format!("P{:07}", (wish.seed % 1000) as usize * 10_000 + i);
            d.name = LATIN[rng.usize(..LATIN.len())].into();
            number = format!("{}{:0>15}", d.nationality, d.document_number);
        }
        11 => d.name = format!("{}[CHUI]", SURNAMES[rng.usize(..SURNAMES.len())]),
        15 => {
            d.name = "阿卜杜拉·买买提".into();
            d.ethnicity = "05".into();
        }
        _ => {}
    }
    if age < 16 {
        d.guardian_document_kind = "1".into();
        d.guardian_document_number = citizen_number(&county.code, jiff::civil::date(1985, 5, 5), sequence);
        d.guardian_name =
            format!("{}{}", SURNAMES[rng.usize(..SURNAMES.len())], GIVEN[rng.usize(..GIVEN.len())]);
    }
    let photo =
        (age >= 7).then(|| (format!("{number}{}", d.name), portrait::draw(wish.seed.wrapping_add(i as u64))));
    // Whoever's name has a rare character brings the document (R34.1).
    let image = d.name.contains('[').then(|| (format!("{number}{}_证件.jpg", d.name), portrait::draw(1)));
    Entry { draft: d, photo, image }
}

/// Makes one row wrong, each in another way.
fn spoil(n: usize, row: usize, entries: &mut [Entry]) -> Planted {
    let others: Vec<String> = entries.iter().map(|e| e.draft.form_no.clone()).collect();
    let e = &mut entries[row];
    let d = &mut e.draft;
    let (column, code) = match n % 10 {
        0 if d.document_kind == "1" => {
            let last = d.document_number.pop();
            d.document_number.push(if last == Some('0') { '1' } else { '0' });
            ("证件号码", "bad_document_number")
        }
        1 => {
            d.birth_date = "19990230".into();
            ("出生日期", "bad_date")
        }
        2 => {
            d.ethnicity = "ZZ".into();
            ("民族", "unknown_code")
        }
        3 => {
            d.phone.clear();
            ("联系电话", "missing")
        }
        4 if e.photo.is_some() => {
            e.photo = e.photo.take().map(|(name, _)| (name, portrait::draw_sized(1, 300, 400)));
            ("相片", "photo_size")
        }
        5 => {
            d.postal_address.push_str(",二楼");
            ("整行", "column_count")
        }
        6 => {
            d.household_address = "=HYPERLINK()".into();
            ("户口地址", "formula")
        }
        7 if row > 0 => {
            d.form_no.clone_from(&others[row - 1]);
            ("申领表编码", "duplicate")
        }
        8 => {
            d.document_valid_until = "20200101".into();
            ("证件有效期", "document_expired")
        }
        9 if e.photo.is_some() => {
            e.photo = None;
            ("相片", "photo_missing")
        }
        _ => {
            d.sex = "3".into();
            ("性别", "unknown_code")
        }
    };
    Planted { row: row + 1, column, code }
}
