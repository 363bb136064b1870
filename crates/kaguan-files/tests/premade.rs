//! The text files of Appendix 9, read and written.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::clause;
use kaguan_files::premade::{
    DataName, DataRow, FileError, FileRow, MOST, ReturnName, ReturnRow, Row, RowError, read, to_gb18030,
    write,
};
use proptest::prelude::*;

/// Line 2 of YZKSJ as the regulation prints it.
const YZKSJ: &str = "序号,社保卡号,国籍,证件类型,证件号码,证件有效期,姓名,性别,民族,出生日期,人员状态,户口性质,户口地址,联系手机,联系电话,通讯地址,邮政编码,电子邮箱,单位编号,单位名称,监护人证号,监护人姓名,监护人证件类型,经办机构,受理点编码,申领表编码,个人编号,卡类别,申请类型,补换原因,制卡日期,有效期至,个人账户,银行卡号";
/// Line 2 of YZKCG.
const YZKCG: &str =
    "序号,社保卡号,身份证号,姓名,制卡日期,有效期至,卡识别码,卡复位码,个人账户,银行卡号,银行账户,装箱位置";

fn rows<T>(lines: Vec<FileRow<T>>) -> Vec<T> {
    lines.into_iter().map(|l| l.row.unwrap()).collect()
}

#[test]
fn annex_9_yzksj_has_34_titles_in_the_order_of_the_regulation() {
    clause!(X9.1);
    let row = DataRow { card_no: "A00000011".into(), bank_card_no: "62".into(), ..DataRow::default() };
    let file = write(std::slice::from_ref(&row));
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some("1"));
    assert_eq!(lines.next(), Some(YZKSJ));
    assert_eq!(YZKSJ.split(',').count(), 34);
    assert_eq!(lines.next().unwrap().split(',').count(), 34);
    assert_eq!(rows(read::<DataRow>(file.as_bytes()).unwrap()), [row]);
}

#[test]
fn annex_9_the_regulations_own_sample_row_of_yzkcg_is_read_column_for_column() {
    clause!(X9.2);
    let sample = "1,*00000001,,,,,sbm4567890sbm4567890sbm456789011,fwm4567890sbm4567890sbm451,1234567890123456781,1234567890123456781,1234567890123456781,";
    let file = format!("1\r\n{YZKCG}\r\n{sample}\r\n");
    let row = rows(read::<ReturnRow>(file.as_bytes()).unwrap()).remove(0);
    assert_eq!((row.card_no.as_str(), row.number.as_str(), row.r#box.as_str()), ("*00000001", "", ""));
    assert_eq!((row.chip.len(), row.reset.len()), (32, 26));
    assert_eq!([&row.personal_account, &row.bank_card_no, &row.account_no], ["1234567890123456781"; 3]);
    assert_eq!(write(&[row]).lines().nth(1), Some(YZKCG));
}

#[test]
fn annex_9_names_have_seven_and_eight_fields() {
    clause!(X9.1);
    clause!(X9.2);
    let data = "YZKSJ_95588_44010000000002_Y1-2_200_1_20261124183000.txt";
    let name: DataName = data.parse().unwrap();
    assert_eq!((name.quantity, name.to_string().as_str()), (200, data));
    let back = "YZKCG_95588_44010000000002_Y1-2_200_1_102581000013_20261124.txt";
    let name: ReturnName = back.parse().unwrap();
    assert_eq!((name.opening_bank.as_str(), name.to_string().as_str()), ("102581000013", back));
    let wrong = "YZKCG_9558_44010000000002__x_1_102581000013_20261324.txt".parse::<ReturnName>().unwrap_err();
    assert_eq!(wrong.fields, ["银行", "批次", "数量", "时间"], "all at once");
    for not in ["", "YZKSJ.txt", "SBK2_95588_1_1_1_1_20261124.txt", "YZKSJ_95588_1_1_1_1_20261124_1.txt"] {
        assert!(not.parse::<DataName>().is_err(), "{not}");
    }
}

#[test]
fn annex_9_everything_that_is_wrong_with_the_head_is_told_at_once() {
    clause!(X9.2);
    let head = |text: &str| read::<ReturnRow>(text.as_bytes()).unwrap_err();
    let titles = YZKCG.replace("姓名", "名字").replace("银行账户", "银行卡号");
    assert_eq!(
        head(&format!("two\n{titles}\n")),
        [
            FileError::NoCount,
            FileError::UnknownTitle { column: 4 },
            FileError::TitleTwice { title: "银行卡号" },
            FileError::MissingTitle { title: "姓名" },
            FileError::MissingTitle { title: "银行账户" },
        ]
    );
    assert_eq!(head(""), [FileError::NoCount, FileError::NoTitles]);
    assert_eq!(head(&format!("2\n{YZKCG}\n1,,,,,,,,,,,\n")), [FileError::Count { said: 2, found: 1 }]);
    assert_eq!(read::<ReturnRow>(&[0xFF, 0xFE, 0x31, 0]).unwrap_err(), [FileError::Utf16]);
}

#[test]
fn annex_9_columns_are_read_by_their_titles_and_a_bad_row_leaves_the_others() {
    clause!(X9.2);
    let titles = YZKCG.replace("社保卡号,身份证号", "身份证号,社保卡号");
    let good = "1,44,A00000011,,,,,,,,,b-1";
    let file = format!("4\n{titles}\n{good}\n2,too,few\n9,,,,,,,,,,,\n4,,A00000022,,,,,,,,,\n");
    let lines = read::<ReturnRow>(file.as_bytes()).unwrap();
    assert_eq!(lines[0].row.as_ref().unwrap().card_no, "A00000011");
    assert_eq!(lines[0].row.as_ref().unwrap().number, "44");
    assert_eq!(lines[1].row, Err(RowError::Columns { line: 4, found: 3, expected: 12 }));
    assert_eq!(lines[2].row, Err(RowError::Serial { line: 5, expected: 3 }));
    assert_eq!(lines[3].row.as_ref().unwrap().card_no, "A00000022");
    let mut bytes = to_gb18030(&format!("2\n{YZKCG}\n1,,,,,,,,,,,\n2,,"));
    bytes.extend([0xFF, 0xFF]);
    bytes.extend(b",,,,,,,,,\n");
    let lines = read::<ReturnRow>(&bytes).unwrap();
    assert_eq!(lines[1].row, Err(RowError::Undecodable { line: 4 }));
}

#[test]
fn annex_9_a_name_with_a_rare_character_goes_both_ways_in_gb18030() {
    clause!(X9.1);
    let row = DataRow { name: "张䄲".into(), ..DataRow::default() };
    let bytes = to_gb18030(&write(std::slice::from_ref(&row)));
    assert!(bytes.windows(4).any(|w| w == [0x82, 0x32, 0xC5, 0x32]), "four bytes");
    assert_eq!(rows(read::<DataRow>(&bytes).unwrap()), [row]);
}

#[test]
fn annex_9_a_file_has_a_hundred_thousand_rows_and_no_more() {
    clause!(X9.1);
    let all = vec![DataRow { card_no: "A00000011".into(), ..DataRow::default() }; MOST + 1];
    assert_eq!(read::<DataRow>(write(&all[1..]).as_bytes()).unwrap().len(), MOST);
    assert_eq!(read::<DataRow>(write(&all).as_bytes()).unwrap_err(), [FileError::TooMany]);
}

proptest! {
    #[test]
    fn no_value_makes_another_column_or_row(values in proptest::collection::vec("\\PC{0,12}|[,\n\r\t\u{0}]{0,4}", 11)) {
        let mut row = ReturnRow::default();
        for (at, value) in values.into_iter().enumerate() {
            row.set(at, value);
        }
        let lines = read::<ReturnRow>(write(&[row.clone(), row.clone()]).as_bytes()).unwrap();
        prop_assert_eq!(lines.len(), 2);
        for line in lines {
            let read = line.row.unwrap();
            for at in 0..ReturnRow::TITLES.len() {
                let harmless: String = row.get(at).chars().filter(|c| !c.is_control()).collect();
                let written = harmless.replace(',', "，");
                prop_assert_eq!(read.get(at), written.trim());
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read::<ReturnRow>(&bytes);
        let mut file = format!("1\n{YZKCG}\n").into_bytes();
        file.extend(&bytes);
        let _ = read::<ReturnRow>(&file);
    }
}
