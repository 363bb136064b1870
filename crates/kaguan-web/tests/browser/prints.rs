//! What Chromium makes of a paper's page when it is printed: as many sheets as the paper has, however much is filled in.

use super::office::Office;
use jiff::civil::date;
use kaguan_domain::application::FilledIn;
use kaguan_domain::clause;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::ids::HolderId;
use kaguan_files::sample::citizen_number;

/// What is filled in besides what nobody leaves out, and long: where somebody lives and works, and what he is.
const LONG: [(Field, &str); 11] = [
    (Field::PostalAddress, "广东省广州市天河区某某街道某某路一百二十三号某某花园第十五栋第三单元二千零一房"),
    (Field::HouseholdDivision, "440106"),
    (
        Field::HouseholdAddress,
        "广东省广州市天河区某某街道某某路一百二十三号某某花园第十五栋第三单元二千零一房",
    ),
    (Field::Education, "31"),
    (Field::PersonStatus, "1"),
    (Field::PersonIdentity, "21"),
    (Field::EmployerName, "某某信息技术（广州）有限公司天河分公司"),
    (Field::EmployerAddress, "广州市越秀区某某路一百二十三号某某大厦二十层"),
    (Field::Email, "zhangsan.guangzhou@example.cn"),
    (Field::Mobile, "13900000000"),
    (Field::FormNo, "44010600000000000001"),
];

/// Somebody of seventeen with a guardian, whose card is posted.
async fn with_guardian_and_post(o: &Office) -> HolderId {
    let mut draft = FormDraft {
        document_number: citizen_number("440106", date(2009, 6, 1), 1),
        birth_date: "20090601".into(),
        sex: "1".into(),
        guardian_name: "李母".into(),
        guardian_document_kind: "1".into(),
        guardian_document_number: "11010519491231002X".into(),
        ..o.w.draft(1)
    };
    for (field, text) in LONG.into_iter().chain([
        (Field::Delivery, "2"),
        (Field::MailingAddress, "广东省广州市越秀区某某街道某某路一百二十三号某某花园第十五栋二千零一房"),
        (Field::Recipient, "李母"),
        (Field::RecipientPhone, "13900000003"),
    ]) {
        draft.set(field, text);
    }
    let mut filled = FilledIn { draft: Box::new(draft), ..o.w.apply(1, o.w.outlet()) };
    filled.presented.postage_told = true;
    o.w.takes_in(1, filled).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appendix_1_is_one_sheet_behind_its_receipt_when_the_page_is_printed() {
    clause!(X1.1);
    clause!(X2.1);
    let o = Office::new().await;
    let mut ordinary = o.w.draft(2);
    ordinary.form_no = "4401F2".into();
    let filled = FilledIn { draft: Box::new(ordinary), ..o.w.apply(2, o.w.outlet()) };
    let people = [
        ("ordinary", o.w.takes_in(2, filled).await, "4401F2"),
        ("guardian-and-post", with_guardian_and_post(&o).await, "44010600000000000001"),
    ];
    let clerk = o.person("clerk");
    for (name, id, form_no) in people {
        clerk.opens_papers_of(id, form_no).await;
        let sheets = clerk.prints(name).await;
        assert_eq!(sheets.len(), 2, "{name}: the receipt and the form: {sheets:#?}");
        // Words without 人, 广 and the like: the browser's PDF calls them by their radicals.
        assert!(sheets[0].contains("业务受理回执"), "{name}: {}", sheets[0]);
        for part in ["业务申请表", "粘贴处", "经办", "签名", "的为必填项"] {
            assert!(sheets[1].contains(part), "{name}: {part}: {}", sheets[1]);
        }
    }
    o.closes().await;
}
