//! 批量领取 in the browser: the operator and the unit's papers, the holders' signatures afterwards, and the register of the batch.

use super::hand::upload;
use super::signed_in;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::Position;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::institution::Role;
use kaguan_files::sbk2::{Encoding, Entry, FileName, write};
use kaguan_service::intake::{Acceptance, Level};
use kaguan_testkit::{On, World};
use std::sync::Arc;

const HR: &str = "44010600000101";
const BANK: &str = "44010395588001";
const EMPLOYER: &str = "91440101SAMPLE0001";

const PAPERS: &str = "form_no=4401U1&kind=enterprise&employer_code=91440101SAMPLE0001&employer_name=x&address=x&operator_name=王五\
    &operator_sex=1&operator_document=1&operator_number=440106199001010013&operator_phone=13900000000&authorisation=1\
    &matter=x&until=20271231&applied_on=20261123&accepted_on=20261123&operator_verified=1&proof=1&authorisation_kept=1\
    &operator_copy=1&applicant_copies=1&personal_forms=1&consents=1&people=2";

/// Two people of one employer, by a file that the command line took in; the unit application.
async fn taken_in(w: &World) -> i64 {
    let row = |n| {
        let draft = w.draft(n);
        let photo_receipt = kaguan_partner_sim::SimPhotos::receipt_of(&draft.document_number);
        Entry {
            draft: FormDraft { photo_receipt, employer_no: EMPLOYER.into(), ..draft },
            photo: None,
            image: None,
        }
    };
    let time = w.clock.now().date().at(8, 0, 0, 0);
    let name = FileName { bank: "95588".into(), org: HR.into(), people: 2, time };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(format!("{}.zip", name.stem()));
    write(std::fs::File::create(&path).unwrap(), &name, &[row(1), row(2)], Encoding::Gb18030).unwrap();
    let named = path.file_name().unwrap().to_string_lossy().into_owned();
    let wish = Acceptance::AllOrNone;
    let sent =
        w.service.take_in(&Actor::System, &path, &named, None, wish, Level::Decode, Arc::new(|_| {})).await;
    let sent = sent.unwrap();
    assert_eq!(sent.accepted, 2, "{:?}", sent.errors);
    sent.unit.unwrap().0
}

#[tokio::test]
async fn art_15_1_the_operator_shows_himself_the_holders_sign_and_the_register_says_so() {
    clause!(R15.1);
    clause!(R12.2);
    clause!(R40.1);
    let w = World::new(On::Memory).await;
    let unit = taken_in(&w).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/units", &format!("key=k&unit={unit}&{PAPERS}")).await;
    assert!(page.contains("已受理登记"), "{page}");
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let (_, page, _) = clerk.send("GET", "/boxes", "", "http://console").await;
    assert!(page.contains("批量业务申请表编号"), "{page}");
    // Whose it is stands there by name, and on the sheet that both sides sign with the form that the operator brings.
    let named = format!("x（{EMPLOYER}）");
    assert!(page.contains(&named), "{page}");
    let sheet = format!("/boxes/sheet?batch={batch}&box={box}", r#box = r#box);
    let (_, sheet, _) = clerk.send("GET", &sheet, "", "http://console").await;
    for part in ["批量领卡交接单", named.as_str(), "批量业务申请表编号", "4401U1"] {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    let (_, tree, _) = clerk.send("GET", &format!("/boxes/tree?batch={batch}"), "", "http://console").await;
    assert!(tree.contains(&named), "{tree}");
    let fields = format!(
        "batch={batch}&box={box}&employer={EMPLOYER}&form_no=4401U1&operator=王五&document_kind=1\
         &document_number=440106199001010013&authorisation=委1&counted=2",
        r#box = r#box
    );
    let page = upload(&clerk, "/boxes/hand-over", &fields, &[]).await;
    for part in ["未核实授权经办人", "加盖公章的单位授权委托书", "签字确认", "未提醒授权经办人"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let told = format!("{fields}&verified=1");
    let page = upload(&clerk, "/boxes/hand-over", &told, &["authorisation_image"]).await;
    assert!(page.contains("签字确认") && !page.contains("身份未核实"), "he was verified: {page}");
    let all = format!("{fields}&verified=1&signed=1&reminded=1");
    let page = upload(&clerk, "/boxes/hand-over", &all, &["authorisation_image"]).await;
    assert!(page.contains("已交付单位"), "{page}");
    let (_, moves, _) = clerk.send("GET", &format!("/transfers?batch={batch}"), "", "http://console").await;
    assert!(moves.contains(&format!("单位{named}")), "the register: {moves}");

    // The register: who has it, and who is still to sign.
    let empty = clerk.post("/registers", "number=").await;
    assert!(empty.contains("没有输入批次号") && empty.contains("id=\"why-number\""), "{empty}");
    let page = clerk.post("/registers", &format!("batch={batch}")).await;
    let people =
        w.service.store().box_people(r#box, kaguan_domain::ids::HolderId(i64::MIN), 9).await.unwrap();
    let ((first, card), (second, other)) = (people[0], people[1]);
    assert!(page.contains("单位已代领") && page.matches("form=\"sign\"").count() == 2, "{page}");
    assert!(page.contains("单位授权委托书"), "{page}");
    let name = w.file(first).await.0.person.unwrap().details.name.display().to_owned();
    assert!(!page.contains(&name), "masked: {page}");
    let unseen = format!("batch={batch}&date=2026-11-23&card_1={first}-{card}");
    let page = clerk.post("/registers/sign", &unseen).await;
    assert!(page.contains("未核对单位签收名册") && page.contains("id=\"why-seen\""), "{page}");
    assert!(!page.contains("身份未核实"), "the list says who signed: {page}");
    // Which card it is about stands before it.
    let masked = w.file(first).await.0.person.unwrap().details.name.masked();
    assert!(page.contains(&format!(" {masked}：")), "{page}");
    // A form for somebody else's signature without a name is nobody's, and no signature of the holder.
    let nameless = format!("{unseen}&by=deputy&relation=guardian");
    let page = clerk.post("/registers/sign", &nameless).await;
    assert!(page.contains("未核对单位签收名册") && page.contains("未登记代领人姓名"), "{page}");
    let page = clerk.post("/registers/sign", &format!("batch={batch}&by=deputy")).await;
    for part in ["签收日期未正确填写", "未核对单位签收名册", "未登记代领人姓名", "关系须选择"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    // All that a form lacks is told at once.
    let page = clerk.post("/registers/sign", &format!("batch={batch}&deputy_name=张父&by=deputy")).await;
    for part in ["签收人与持卡人关系须选择", "签收日期未正确填写", "没有勾选已签收的卡，没有登记"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = clerk.post("/registers/sign", &format!("{unseen}&seen=1")).await;
    assert!(page.contains("已登记1张卡的签收") && page.contains("/receipts/business/"), "{page}");
    let deputy = format!(
        "batch={batch}&date=2026-11-23&card_1={second}-{other}&seen=1&deputy_name=张父&relation=guardian"
    );
    let page = clerk.post("/registers/sign", &deputy).await;
    for part in ["单位发放", "2026-11-23", "本人", "张父（监护人）", "2031-11-23", "已领取未启用"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (file, around) = w.file(first).await;
    let place = kaguan_domain::dispatch::position(
        &file,
        &file.applications[0],
        &around.batches,
        &w.service.institutions(),
    );
    assert_eq!(place, Some(Position::HandedOver), "enabled by nobody yet");
    let csv = clerk.post("/registers/csv", &format!("batch={batch}")).await;
    assert!(csv.contains("批次号,装箱位置,社保卡卡号") && csv.contains("张父（监护人）"), "{csv}");
    // Where they lay is registered after they were signed for, too.
    let file = w.service.batch(batch).await.unwrap().unwrap();
    let packed = format!("{},{},", file.batch.as_ref().unwrap().number, file.boxes[0].number);
    assert_eq!(csv.matches(&packed).count(), 2, "{csv}");

    // The authorisation is opened with a reason, by the outlet that keeps it.
    let material = w.service.batch(batch).await.unwrap().unwrap().boxes[0].papers[0].id;
    let paper = format!("batch={batch}&box={box}&material={material}", r#box = r#box);
    let page = clerk.post("/registers/paper", &format!("{paper}&reason=")).await;
    assert!(page.contains("须写明查看原因"), "{page}");
    assert_eq!(clerk.post("/registers/paper", &format!("{paper}&reason=核对")).await, "%PDF-1.4");
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let (_, page, _) = bank.send("GET", "/registers", "", "http://console").await;
    assert!(page.contains("没有本机构发放的制卡批次"), "{page}");
    let page = bank.post("/registers", &format!("batch={batch}")).await;
    assert!(!page.contains("张父"), "another outlet's: {page}");
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let page = city.post("/registers", &format!("batch={batch}")).await;
    assert!(page.contains("张父") && !page.contains("本人已签收"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_12_1_a_box_with_a_card_too_few_says_so_beside_each_of_its_rows() {
    clause!(R12.1);
    clause!(R12.2);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    w.applicant(2, w.outlet()).await;
    let batch = w.cards_made().await;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let short = "counted=1&kept_at=库&signer=甲&short=1&answers=sender&account=封条完好";
    let page =
        province.post("/boxes/receive", &format!("batch={batch}&box={box}&{short}", r#box = r#box)).await;
    assert!(page.contains("已签收"), "{page}");
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let csv = clerk.post("/registers/csv", &format!("batch={batch}")).await;
    assert_eq!(csv.matches("箱内短少1张，尚未查明是哪一张").count(), 2, "{csv}");
    w.verified().await;
}
