//! The name of the file: `SBK2_银行_经办机构_人数_时间.zip`.

use super::RowError;
use jiff::civil::{Date, DateTime};
use kaguan_domain::clause;
use kaguan_domain::codes;

/// The five fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileName {
    /// 银行, five digits.
    pub bank: String,
    /// 经办机构, fourteen digits.
    pub org: String,
    /// 人数.
    pub people: usize,
    /// 时间.
    pub time: DateTime,
}

impl FileName {
    /// Reads a name without its ending; tells everything that is wrong with it.
    pub fn parse(stem: &str) -> Result<Self, Vec<RowError>> {
        clause!(X6.1);
        let wrong = |what: &str| {
            RowError::new(0, "文件名", "bad_file_name", what, "请按SBK2_银行_经办机构_人数_时间.zip命名")
        };
        let parts: Vec<&str> = stem.split('_').collect();
        let [kind, bank, org, people, time] = parts[..] else {
            return Err(vec![wrong("应由五个以“_”分隔的字段组成")]);
        };
        let mut errors = Vec::new();
        if kind != "SBK2" {
            errors.push(wrong("第一个字段应为SBK2"));
        }
        if codes::bank(bank).is_none() {
            errors.push(wrong("银行代码不在代码表中"));
        }
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if org.len() != 14 || !digits(org) || !org.starts_with("44") {
            errors.push(wrong("经办机构应为44开头的14位代码"));
        }
        let count = people.parse().ok().filter(|_| digits(people) && people.len() <= 9);
        if count.is_none() {
            errors.push(wrong("人数应为数字"));
        }
        let time = parse_time(time);
        if time.is_none() {
            errors.push(wrong("时间应为YYYYMMDDHHMMSS"));
        }
        match (count, time) {
            (Some(people), Some(time)) if errors.is_empty() => {
                Ok(Self { bank: bank.into(), org: org.into(), people, time })
            }
            _ => Err(errors),
        }
    }

    /// The name without its ending.
    pub fn stem(&self) -> String {
        let t = self.time;
        format!(
            "SBK2_{}_{}_{}_{:04}{:02}{:02}{:02}{:02}{:02}",
            self.bank,
            self.org,
            self.people,
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// The day on which the data were collected, as the name says.
    pub fn day(&self) -> Date {
        self.time.date()
    }
}

fn parse_time(text: &str) -> Option<DateTime> {
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n = |range: std::ops::Range<usize>| text[range].parse::<i16>().ok();
    let small = |range| n(range).and_then(|v| i8::try_from(v).ok());
    DateTime::new(n(0..4)?, small(4..6)?, small(6..8)?, small(8..10)?, small(10..12)?, small(12..14)?, 0).ok()
}
