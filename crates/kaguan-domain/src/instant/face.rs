//! What is written into the chip and printed on the face of a card that is made at a counter (Appendix 9).

use crate::characters;
use crate::clause;
use crate::facts::application::{Application, Stage};
use crate::facts::card::valid_until;
use crate::facts::holder::HolderFile;
use crate::facts::making::begun_at;
use crate::facts::name::HolderName;
use crate::refusal::{Reason, Refusal};
use jiff::civil::Date;

/// Bytes in GB18030 that the chip has for a name: 姓名, and 姓名扩展 for what goes on.
const NAME_BYTES: (usize, usize) = (30, 20);

/// One item of the chip.
#[derive(Clone, PartialEq, Eq)]
pub struct ChipItem {
    /// `SSSEEF06`.
    pub file: &'static str,
    /// Record tag, two hexadecimal digits.
    pub tag: &'static str,
    pub value: String,
}

/// The name and the day of issue of the card that is being made for an application.
pub fn card_of(file: &HolderFile, application: &Application, today: Date) -> Option<(String, Date)> {
    let Stage::Personalising { steps, printed_name, .. } = &application.stage else { return None };
    let details = &file.person.as_ref()?.details;
    let name = printed_name.clone().unwrap_or_else(|| details.name.display().to_owned());
    Some((name, begun_at(steps).map_or(today, |at| at.date())))
}

/// 基本信息 of the holder and the card's days; `None` when no card is being made.
pub fn chip_items(file: &HolderFile, application: &Application, today: Date) -> Option<Vec<ChipItem>> {
    clause!(X9.3);
    let (name, issued) = card_of(file, application, today)?;
    let details = &file.person.as_ref()?.details;
    let day = |d: Date| d.strftime("%Y%m%d").to_string();
    let item = |file, tag, value| ChipItem { file, tag, value };
    Some(vec![
        item("SSSEEF05", "05", day(issued)),
        item("SSSEEF05", "06", day(valid_until(issued))),
        item("SSSEEF06", "08", details.ssn.as_str().to_owned()),
        item("SSSEEF06", "09", name),
        item("SSSEEF06", "0A", details.sex.clone()),
        item("SSSEEF06", "0B", details.ethnicity.clone()),
        item("SSSEEF06", "0D", day(details.birth_date)),
    ])
}

/// `sData1` to `sData6` of `iPrint`, as the whole province prints a third-generation card; the name in 宋体-18030 when a rare
/// character is in it, and nothing else.
pub fn face_texts(name: &str, number: &str, card_no: &str, issued: Date) -> Vec<String> {
    clause!(X9.3);
    clause!(X9.4);
    let font = if name.chars().any(characters::is_rare) { "宋体-18030" } else { "宋体" };
    let line = |said: String, font: &str, top: u32| format!("{said}|{font}|8.5|320|{top}");
    let day = format!("{:04}年{:02}月{:02}日", issued.year(), issued.month(), issued.day());
    vec![
        line(format!("姓名  {name}"), font, 180),
        line(format!("社会保障号码  {number}"), "宋体", 230),
        line(format!("卡号  {card_no}"), "宋体", 280),
        line(format!("发卡日期  {day}"), "宋体", 330),
        String::new(),
        String::new(),
    ]
}

/// The name that is written and printed: that of the file, with each `[PINYIN]` replaced by the character that the clerk typed; refused
/// when anything else is another, or when the chip has no room for it.
pub fn printed_name(name: &HolderName, typed: Option<&str>) -> Result<Option<String>, Refusal> {
    clause!(X9.4);
    let wrong = |why: String| Err(Refusal::about(Reason::MaterialDefective, why));
    let Some(typed) = typed.filter(|_| name.has_rare()) else {
        if name.has_rare() {
            return wrong(format!("姓名{}含生僻字，须录入生僻字", name.masked()));
        }
        return fits_chip(name.display()).map(|()| None);
    };
    let mut rest = typed.chars();
    let mut pinyin = false;
    for c in name.display().chars() {
        match c {
            '[' => pinyin = true,
            ']' => {
                pinyin = false;
                if !rest.next().is_some_and(characters::is_han) {
                    return wrong("每处[拼音]须录入一个汉字".into());
                }
            }
            _ if pinyin => {}
            c if rest.next() != Some(c) => {
                return wrong("除[拼音]处外，录入的姓名须与档案一致".into());
            }
            _ => {}
        }
    }
    if rest.next().is_some() {
        return wrong("录入的姓名多于档案中的姓名".into());
    }
    fits_chip(typed).map(|()| Some(typed.to_owned()))
}

/// The first part ends where the next character would no longer fit, and the second has the rest.
fn fits_chip(name: &str) -> Result<(), Refusal> {
    let (mut first, mut rest) = (0, 0);
    for c in name.chars() {
        let bytes = characters::gb18030_bytes(c);
        if rest == 0 && first + bytes <= NAME_BYTES.0 {
            first += bytes;
        } else {
            rest += bytes;
        }
    }
    if rest > NAME_BYTES.1 {
        let about = "姓名超过芯片所能写入的50字节，不能即时制卡，请按批次制卡";
        return Err(Refusal::about(Reason::MaterialDefective, about));
    }
    Ok(())
}
