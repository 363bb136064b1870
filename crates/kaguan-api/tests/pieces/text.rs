//! Files of text, for banks and vendors without JSON.

use kaguan_api::bank::{OpeningResult, OpeningReturn, OpeningRow};
use kaguan_api::details::Details;
use kaguan_api::text::{
    OPENING_SAID, ROW_TITLES, read_production_returns, read_returns, write_production,
    write_production_returns, write_returns,
};
use kaguan_api::vendor::{ProductionResult, ProductionReturn, ProductionRow};

fn echo() -> OpeningRow {
    OpeningRow {
        row: "1-2".into(),
        form_no: "44010000001".into(),
        number: "440106199001010013".into(),
        name: "张[CHUI]".into(),
        document_number: "440106199001010013".into(),
        bank: "95588".into(),
        card_no: "A00000011".into(),
    }
}

#[test]
fn what_is_written_is_read_and_a_head_that_does_not_fit_is_refused() {
    let opened = OpeningResult::Opened { bank_card_no: "62".into(), account_no: "a".into() };
    let failed = OpeningResult::Failed { code: "KYC01".into(), reason: "缺职业".into() };
    let rows: Vec<OpeningReturn> =
        [opened, failed].map(|result| OpeningReturn { echo: echo(), details: None, result }).into();
    let file = write_returns(&rows);
    let read: Vec<_> = read_returns(file.as_bytes()).unwrap().into_iter().flatten().collect();
    assert_eq!(read, rows);
    let short = file.replacen('2', "3", 1);
    assert_eq!(read_returns(short.as_bytes()).unwrap_err().0, "第1行写明3行，正文有2行");
    assert!(read_returns(b"2\nx\n").unwrap_err().0.contains("标题"));
    assert!(read_returns(b"\xff").unwrap_err().0.contains("UTF-8"));
    let broken = format!("1\n{}\n1,2,3\n", [&ROW_TITLES[..], &OPENING_SAID].concat().join(","));
    assert_eq!(read_returns(broken.as_bytes()).unwrap(), [None]);
}

#[test]
fn production_data_and_returns_have_twins_and_no_value_makes_a_column() {
    let made = ProductionResult::Made {
        chip: "C".into(),
        reset: "R".into(),
        made_on: "2026-11-24".into(),
        r#box: "1-001".into(),
    };
    let failed = ProductionResult::Failed { code: "CHIP09".into(), reason: "失败".into() };
    let rows: Vec<ProductionReturn> = [made, failed]
        .map(|result| ProductionReturn { echo: echo(), details: None, bank_card_no: "62".into(), result })
        .into();
    let file = write_production_returns(&rows);
    let read: Vec<_> = read_production_returns(file.as_bytes()).unwrap().into_iter().flatten().collect();
    assert_eq!(read, rows);
    let data = ProductionRow {
        data: echo(),
        details: Details { postal_address: "天河路1号,\n二楼".into(), ..Details::default() },
        photo: true,
        photo_receipt: None,
        document: false,
        bank_card_no: "62".into(),
        outlet: "44010600000101".into(),
        employer: None,
        post: true,
        mailing_address: Some("天河路2号,三楼".into()),
        recipient: Some("张母".into()),
        recipient_phone: Some("13900000000".into()),
    };
    let file = write_production(std::slice::from_ref(&data));
    let columns: Vec<usize> = file.lines().skip(1).map(|l| l.split(',').count()).collect();
    assert_eq!(columns, [43, 43], "{file}");
    assert!(file.contains("天河路1号，二楼"), "{file}");
    assert!(file.trim_end().ends_with(",1,天河路2号，三楼,张母,13900000000"), "{file}");
}
