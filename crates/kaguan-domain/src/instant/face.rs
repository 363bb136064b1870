//! What is written into the chip and printed on the face of a card that is made at a counter (Appendix 9).

use crate::characters;
use crate::clause;
use crate::facts::application::{Application, Stage};
use crate::facts::card::valid_until;
use crate::facts::holder::HolderFile;
use crate::facts::making::begun_at;
use crate::facts::name::HolderName;
use crate::refusal::{Reason, Refusal};
use crate::spelling;
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

/// What to do about a name that does not fit.
const TYPE_IT: &str = "请对照证件录入卡面姓名：[拼音]处为汉字本身，其余各字与档案一致";

/// The name that is written and printed: that of the file, with each `[PINYIN]` replaced by the character that the clerk typed, and what an older
/// standard had in private use replaced by its standard character; refused when anything else is another, or when the chip has no room
/// for it. All that does not fit is told at once.
///
/// # Errors
/// [`Reason::MaterialDefective`], by X9.4.
pub fn printed_name(name: &HolderName, typed: Option<&str>) -> Result<Option<String>, Refusal> {
    clause!(X9.4);
    let wrong =
        |why: String| Err(Refusal::about(Reason::MaterialDefective, why).by(clause!(X9.4)).way(TYPE_IT));
    let typed = typed.map(|typed| characters::fold(spelling::trim(typed)));
    let Some(typed) = typed.filter(|_| name.has_rare()) else {
        if name.has_rare() {
            return wrong(format!("姓名{}含生僻字，须录入生僻字", name.masked()));
        }
        return fits_chip(name.display()).map(|()| None);
    };
    let (on_file, written) = (characters_of(name), typed.chars().collect::<Vec<_>>());
    let mut found = Vec::new();
    for own in written.iter().filter(|c| characters::is_private_use(**c)) {
        found.push(format!("含有自造字（私有区字符U+{:04X}），请改用标准汉字", u32::from(*own)));
    }
    let places = || on_file.iter().zip(&written);
    let character = |c: char| characters::is_han(c) || characters::is_private_use(c);
    if on_file.len() == written.len() {
        if places().any(|(own, c)| own.is_none() && !character(*c)) {
            found.push("每处[拼音]须录入一个汉字".to_owned());
        }
        if places().any(|(own, c)| own.is_some_and(|own| own != *c)) {
            found.push("除[拼音]处外，录入的姓名须与档案一致".to_owned());
        }
    } else {
        let (is, should) = (written.len(), on_file.len());
        found.push(format!("录入的姓名为{is}个字，档案中的姓名为{should}个字（每处[拼音]录入一个汉字）"));
    }
    if !found.is_empty() {
        return wrong(found.join("；"));
    }
    fits_chip(&typed).map(|()| Some(typed))
}

/// The characters of a name on file; `None` for a `[PINYIN]`.
fn characters_of(name: &HolderName) -> Vec<Option<char>> {
    let (mut out, mut inside) = (Vec::new(), false);
    for c in characters::fold(name.display()).chars() {
        match c {
            '[' => {
                inside = true;
                out.push(None);
            }
            ']' => inside = false,
            _ if inside => {}
            c => out.push(Some(c)),
        }
    }
    out
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
        let about = "姓名超过芯片所能写入的50字节，不能即时制卡";
        let way = "请按批次制卡；已标注即制卡的，先在“即时制卡”中取消标注";
        return Err(Refusal::about(Reason::MaterialDefective, about).by(clause!(X9.3)).way(way));
    }
    Ok(())
}
