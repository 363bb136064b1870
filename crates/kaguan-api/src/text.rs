//! The file twins of the bulk calls: text files of Appendix 9's shape. Line 1: how many rows; line 2: the titles; then a
//! row a line, fields separated by half-width commas, UTF-8. `Accept: text/plain` asks for one, `Content-Type: text/plain`
//! sends one; a row means the same as its JSON.

use crate::bank::{OpeningResult, OpeningReturn, OpeningRow};

/// 预开户数据文件.
pub const OPENING_TITLES: [&str; 8] =
    ["序号", "行号", "申领表编码", "社会保障号码", "姓名", "证件号码", "服务银行", "社保卡卡号"];
/// 开户回盘文件: the data as they were sent, then what the bank says.
pub const RETURN_TITLES: [&str; 12] = [
    "序号",
    "行号",
    "申领表编码",
    "社会保障号码",
    "姓名",
    "证件号码",
    "服务银行",
    "社保卡卡号",
    "银行卡号",
    "银行账户",
    "失败代码",
    "失败原因",
];

/// Why a file is refused whole: what, in Chinese.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct FileRefused(pub String);

/// Writes 预开户数据文件.
pub fn write_opening(rows: &[OpeningRow]) -> String {
    let mut out = format!("{}\n{}\n", rows.len(), OPENING_TITLES.join(","));
    for (n, r) in (1..).zip(rows) {
        let fields = [&r.row, &r.form_no, &r.number, &r.name, &r.document_number, &r.bank, &r.card_no];
        out.push_str(&format!("{n},{}\n", fields.map(String::as_str).join(",")));
    }
    out
}

/// Writes 开户回盘文件.
pub fn write_returns(rows: &[OpeningReturn]) -> String {
    let mut out = format!("{}\n{}\n", rows.len(), RETURN_TITLES.join(","));
    for (n, r) in (1..).zip(rows) {
        let e = &r.echo;
        let said = match &r.result {
            OpeningResult::Opened { bank_card_no, account_no } => format!("{bank_card_no},{account_no},,"),
            OpeningResult::Failed { code, reason } => format!(",,{code},{reason}"),
        };
        let fields = [&e.row, &e.form_no, &e.number, &e.name, &e.document_number, &e.bank, &e.card_no];
        out.push_str(&format!("{n},{},{said}\n", fields.map(String::as_str).join(",")));
    }
    out
}

/// Reads 开户回盘文件: each row, or `None` for one that has not twelve fields. The file is refused whole when its head
/// does not fit it.
pub fn read_returns(file: &[u8]) -> Result<Vec<Option<OpeningReturn>>, FileRefused> {
    let text = std::str::from_utf8(file).map_err(|_| FileRefused("文件不是UTF-8编码".into()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines();
    let count = lines.next().and_then(|l| l.trim().parse::<usize>().ok());
    let count = count.ok_or_else(|| FileRefused("第1行应为行数".into()))?;
    if lines.next().map(str::trim) != Some(&RETURN_TITLES.join(",")) {
        return Err(FileRefused(format!("第2行应为标题：{}", RETURN_TITLES.join(","))));
    }
    let rows: Vec<_> = lines.filter(|l| !l.trim().is_empty()).map(read_return).collect();
    if rows.len() != count {
        return Err(FileRefused(format!("第1行写明{count}行，正文有{}行", rows.len())));
    }
    Ok(rows)
}

fn read_return(line: &str) -> Option<OpeningReturn> {
    let fields: Vec<&str> = line.trim_end_matches('\r').split(',').collect();
    let [
        _,
        row,
        form_no,
        number,
        name,
        document_number,
        bank,
        card_no,
        bank_card_no,
        account_no,
        code,
        reason,
    ] = <[&str; 12]>::try_from(fields).ok()?;
    let echo = OpeningRow {
        row: row.into(),
        form_no: form_no.into(),
        number: number.into(),
        name: name.into(),
        document_number: document_number.into(),
        bank: bank.into(),
        card_no: card_no.into(),
    };
    let result = if code.is_empty() {
        OpeningResult::Opened { bank_card_no: bank_card_no.into(), account_no: account_no.into() }
    } else {
        OpeningResult::Failed { code: code.into(), reason: reason.into() }
    };
    Some(OpeningReturn { echo, result })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_head_that_does_not_fit_is_refused() {
        let echo = OpeningRow {
            row: "1-2".into(),
            form_no: "44010000001".into(),
            number: "440106199001010013".into(),
            name: "张[CHUI]".into(),
            document_number: "440106199001010013".into(),
            bank: "95588".into(),
            card_no: "A00000011".into(),
        };
        assert!(write_opening(std::slice::from_ref(&echo)).starts_with("1\n序号,行号,"));
        let rows = vec![
            OpeningReturn {
                echo: echo.clone(),
                result: OpeningResult::Opened { bank_card_no: "62".into(), account_no: "a".into() },
            },
            OpeningReturn {
                echo,
                result: OpeningResult::Failed { code: "KYC01".into(), reason: "缺职业".into() },
            },
        ];
        let file = write_returns(&rows);
        let read: Vec<_> = read_returns(file.as_bytes()).unwrap().into_iter().flatten().collect();
        assert_eq!(read, rows);
        let short = file.replacen('2', "3", 1);
        assert_eq!(read_returns(short.as_bytes()).unwrap_err().0, "第1行写明3行，正文有2行");
        assert!(read_returns(b"2\nx\n").unwrap_err().0.contains("标题"));
        assert!(read_returns(b"\xff").unwrap_err().0.contains("UTF-8"));
        let broken = format!("1\n{}\n1,2,3\n", RETURN_TITLES.join(","));
        assert_eq!(read_returns(broken.as_bytes()).unwrap(), [None]);
    }
}
