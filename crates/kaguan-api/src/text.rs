//! The file twins of the bulk calls: text files of Appendix 9's shape. Line 1: how many rows; line 2: the titles; then a
//! row a line, fields separated by half-width commas, UTF-8. `Accept: text/plain` asks for one, `Content-Type: text/plain`
//! sends one; a row means the same as its JSON. The files of pre-made cards are the regulation's own, YZKSJ and YZKCG.

use crate::bank::{OpeningData, OpeningResult, OpeningReturn, OpeningRow};
use crate::details::Details;
use crate::vendor::{ProductionResult, ProductionReturn, ProductionRow};

/// The titles of the row itself, which every file begins with.
pub const ROW_TITLES: [&str; 8] =
    ["序号", "行号", "申领表编码", "社会保障号码", "姓名", "证件号码", "服务银行", "社保卡卡号"];
/// 开户回盘文件, after the row: what the bank says.
pub const OPENING_SAID: [&str; 4] = ["银行卡号", "银行账户", "失败代码", "失败原因"];
/// 制卡数据文件, after the row and before the details.
pub const PRODUCTION_GIVEN: [&str; 5] = ["银行卡号", "领卡网点", "领卡单位编号", "印相片", "相片回执"];
/// 制卡数据文件, after the details: whether the card is posted, and where to.
pub const PRODUCTION_POST: [&str; 4] = ["邮递上门", "邮寄地址", "收件人", "收件人联系方式"];
/// 制卡回盘文件, after the row: what the vendor says.
pub const PRODUCTION_SAID: [&str; 7] =
    ["银行卡号", "卡识别码", "卡复位码", "制卡日期", "装箱位置", "失败代码", "失败原因"];

/// Why a file is refused whole: what, in Chinese.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct FileRefused(pub String);

fn titles(more: &[&str]) -> String {
    ROW_TITLES.iter().chain(more).copied().collect::<Vec<_>>().join(",")
}

/// A comma of a value becomes the full-width one and a control character is left out: no value makes another column.
fn harmless(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).map(|c| if c == ',' { '，' } else { c }).collect()
}

fn file<'a>(titles: &str, rows: impl ExactSizeIterator<Item = Vec<&'a str>>) -> String {
    let mut out = format!("{}\n{titles}\n", rows.len());
    for (n, fields) in (1..).zip(rows) {
        let fields: Vec<String> = fields.into_iter().map(harmless).collect();
        out.push_str(&format!("{n},{}\n", fields.join(",")));
    }
    out
}

fn row(r: &OpeningRow) -> Vec<&str> {
    [&r.row, &r.form_no, &r.number, &r.name, &r.document_number, &r.bank, &r.card_no]
        .map(String::as_str)
        .into()
}

fn followed<'a>(mut first: Vec<&'a str>, then: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    first.extend(then);
    first
}

/// Writes 预开户数据文件: the row and the details.
pub fn write_opening(rows: &[OpeningData]) -> String {
    fn line(d: &OpeningData) -> Vec<&str> {
        followed(row(&d.row), d.details.values())
    }
    file(&titles(Details::TITLES), rows.iter().map(line))
}

/// Writes 制卡数据文件: the row, the bank card number and where the card goes, the details, and the post.
pub fn write_production(rows: &[ProductionRow]) -> String {
    fn line(d: &ProductionRow) -> Vec<&str> {
        let given = [
            d.bank_card_no.as_str(),
            d.outlet.as_str(),
            d.employer.as_deref().unwrap_or(""),
            if d.photo { "1" } else { "0" },
            d.photo_receipt.as_deref().unwrap_or(""),
        ];
        let to = [&d.mailing_address, &d.recipient, &d.recipient_phone].map(|t| t.as_deref().unwrap_or(""));
        let post = std::iter::once(if d.post { "1" } else { "0" }).chain(to);
        followed(row(&d.data), given.into_iter().chain(d.details.values()).chain(post))
    }
    let given: Vec<&str> =
        PRODUCTION_GIVEN.iter().chain(Details::TITLES).chain(&PRODUCTION_POST).copied().collect();
    file(&titles(&given), rows.iter().map(line))
}

/// Writes 开户回盘文件.
pub fn write_returns(rows: &[OpeningReturn]) -> String {
    fn line(r: &OpeningReturn) -> Vec<&str> {
        let said = match &r.result {
            OpeningResult::Opened { bank_card_no, account_no } => [bank_card_no.as_str(), account_no, "", ""],
            OpeningResult::Failed { code, reason } => ["", "", code, reason],
        };
        followed(row(&r.echo), said.into_iter())
    }
    file(&titles(&OPENING_SAID), rows.iter().map(line))
}

/// Writes 制卡回盘文件.
pub fn write_production_returns(rows: &[ProductionReturn]) -> String {
    fn line(r: &ProductionReturn) -> Vec<&str> {
        let said = match &r.result {
            ProductionResult::Made { chip, reset, made_on, r#box } => {
                [r.bank_card_no.as_str(), chip, reset, made_on, r#box, "", ""]
            }
            ProductionResult::Failed { code, reason } => {
                [r.bank_card_no.as_str(), "", "", "", "", code, reason]
            }
        };
        followed(row(&r.echo), said.into_iter())
    }
    file(&titles(&PRODUCTION_SAID), rows.iter().map(line))
}

/// A row as it was sent, and what was said of it.
type Said<const N: usize> = (OpeningRow, [String; N]);

/// Reads a file: each row's fields, or `None` for one that has not as many as there are titles. Refused whole when its
/// head does not fit it.
fn read<const N: usize>(file: &[u8], titles: &str) -> Result<Vec<Option<Said<N>>>, FileRefused> {
    let text = std::str::from_utf8(file).map_err(|_| FileRefused("文件不是UTF-8编码".into()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines();
    let count = lines.next().and_then(|l| l.trim().parse::<usize>().ok());
    let count = count.ok_or_else(|| FileRefused("第1行应为行数".into()))?;
    if lines.next().map(str::trim) != Some(titles) {
        return Err(FileRefused(format!("第2行应为标题：{titles}")));
    }
    let rows: Vec<_> = lines.filter(|l| !l.trim().is_empty()).map(read_row).collect();
    if rows.len() != count {
        return Err(FileRefused(format!("第1行写明{count}行，正文有{}行", rows.len())));
    }
    Ok(rows)
}

fn read_row<const N: usize>(line: &str) -> Option<Said<N>> {
    let fields: Vec<&str> = line.trim_end_matches('\r').split(',').collect();
    let (head, said) = fields.split_at_checked(ROW_TITLES.len())?;
    let [_, row, form_no, number, name, document_number, bank, card_no] = <[&str; 8]>::try_from(head).ok()?;
    let echo = OpeningRow {
        row: row.into(),
        form_no: form_no.into(),
        number: number.into(),
        name: name.into(),
        document_number: document_number.into(),
        bank: bank.into(),
        card_no: card_no.into(),
    };
    Some((echo, <[&str; N]>::try_from(said).ok()?.map(str::to_owned)))
}

/// Reads 开户回盘文件: each row, or `None` for one that has not twelve fields.
pub fn read_returns(file: &[u8]) -> Result<Vec<Option<OpeningReturn>>, FileRefused> {
    let rows = read::<4>(file, &titles(&OPENING_SAID))?;
    let back = |(echo, [bank_card_no, account_no, code, reason]): (OpeningRow, [String; 4])| {
        let result = match code.is_empty() {
            true => OpeningResult::Opened { bank_card_no, account_no },
            false => OpeningResult::Failed { code, reason },
        };
        OpeningReturn { echo, details: None, result }
    };
    Ok(rows.into_iter().map(|r| r.map(back)).collect())
}

/// Reads 制卡回盘文件: each row, or `None` for one that has not fifteen fields.
pub fn read_production_returns(file: &[u8]) -> Result<Vec<Option<ProductionReturn>>, FileRefused> {
    let rows = read::<7>(file, &titles(&PRODUCTION_SAID))?;
    let back = |(echo, said): (OpeningRow, [String; 7])| {
        let [bank_card_no, chip, reset, made_on, r#box, code, reason] = said;
        let result = match code.is_empty() {
            true => ProductionResult::Made { chip, reset, made_on, r#box },
            false => ProductionResult::Failed { code, reason },
        };
        ProductionReturn { echo, details: None, bank_card_no, result }
    };
    Ok(rows.into_iter().map(|r| r.map(back)).collect())
}

/// Bytes as partners are sent them.
pub fn to_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Bytes that a partner sent as base64; `None` when they are none.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()
}
