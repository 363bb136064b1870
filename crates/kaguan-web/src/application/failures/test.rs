//! 失败数据处理.

use super::{lines, signed_in};
use kaguan_domain::account_opening::{OpeningResult, TakeReturn};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::application::Stage;
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::{BankCode, VendorCode};
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_testkit::{BOTH, On, World};

#[tokio::test]
async fn appendix_7_a_failed_opening_is_shown_with_the_banks_remedy_corrected_and_sent_again() {
    clause!(X7.5);
    clause!(X7.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (first, second) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let batch = w.confirmed_batch().await;
        let bank = Actor::Bank(BankCode("95588".into()));
        w.batch(&bank, batch, BatchCommand::Extract).await.unwrap();
        for id in [first, second] {
            let words = PartnerWords { code: "KYC01".into(), reason: "客户职业信息缺失".into() };
            let failed = TakeReturn { result: OpeningResult::Failed(words), ..w.opening(id, batch, 1).await };
            w.about(&bank, id, HolderCommand::TakeOpeningReturn(failed)).await.unwrap();
        }
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let table =
            "bank=95588&rows=KYC01,%E8%81%8C%E4%B8%9A%E7%BC%BA%E5%A4%B1,%E8%A1%A5%E9%87%87%E8%81%8C%E4%B8%9A";
        let page = city.post("/failures/guide", table).await;
        assert!(page.contains("本市办法已更新") && page.contains("；本市办法：补采职业"), "{page}");
        // A table with a line that is refused is there as it was typed, and the stored one holds.
        let wrong = city.post("/failures/guide", "bank=95588&rows=KYC07,地址缺失,补采地址%0AKYC08,缺,").await;
        assert!(wrong.contains("第2行处理办法为空"), "{wrong}");
        assert!(wrong.contains(">KYC07,地址缺失,补采地址\nKYC08,缺,</textarea>"), "{wrong}");
        assert!(city.send("GET", "/failures", "", "http://console").await.1.contains("KYC01,"), "as it was");
        for shown in ["开户失败", "KYC01", "客户职业信息缺失", "补采职业", "张*"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        assert!(!page.contains(&w.draft(1).document_number) && !page.contains("张三"), "{page}");
        let a = w.file(first).await.0.applications[0].id;
        let row = format!("holder={first}&application={a}");
        // Each has its page, at an address of the session.
        let to = page.split("href=\"/failures/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let own = city.send("GET", &format!("/failures/{to}"), "", "http://console").await.1;
        for shown in ["开户失败", "补采职业", "重新提交", "action=\"/failures/decline"] {
            assert!(own.contains(shown), "{shown}: {own}");
        }
        let same = city.post("/failures/correct", &format!("{row}&shoe=42")).await;
        assert!(same.contains("没有填写要更正的项目"), "{same}");
        let named = city.post("/failures/correct", &format!("{row}&ethnicity=壮族")).await;
        assert!(named.contains("资料已更正") && named.contains("/receipts/business/"), "{named}");
        assert_eq!(w.file(first).await.0.person.unwrap().details.draft().ethnicity, "08", "by its name");
        let wrong = city.post("/failures/correct", &format!("{row}&mobile=12&phone=02012345678")).await;
        assert!(wrong.contains("value=\"02012345678\"") && wrong.contains("aria-invalid"), "{wrong}");
        let corrected = city.post("/failures/correct", &format!("{row}&phone=02012345678")).await;
        assert!(corrected.contains("资料已更正"), "{corrected}");
        let sent = city.post("/failures/settle", &row).await;
        assert!(sent.contains("重新进入待批次筛选"), "{sent}");
        assert!(matches!(w.file(first).await.0.applications[0].stage, Stage::Accepted { .. }));
        let again = city.post("/failures/settle", &row).await;
        assert!(again.contains("《经办规程》"), "{again}");
        let b = w.file(second).await.0.applications[0].id;
        let row = format!("holder={second}&application={b}");
        let bare = city.post("/failures/decline", &format!("{row}&reason=1&article=&remedy=1")).await;
        assert!(bare.contains("书面凭证的依据没有写明"), "{bare}");
        assert!(bare.contains("id=\"why-article\"") && !bare.contains("id=\"why-reason\""), "{bare}");
        let number = city.post("/failures/decline", &format!("{row}&reason=1&article=33&remedy=1")).await;
        assert!(number.contains("须写明条款") && number.contains("id=\"why-article\""), "{number}");
        assert!(!number.contains("id=\"why-reason\""), "{number}");
        let whole = format!("{row}&reason=重复申请&article=第三条&remedy=使用原卡");
        let looked_over = city.post("/failures/decline", &whole).await;
        assert!(
            looked_over.contains("确定不予受理") && !looked_over.contains("已作不予受理"),
            "{looked_over}"
        );
        let again = city.post("/failures/decline", &format!("{whole}&back=1")).await;
        assert!(again.contains("name=\"reason\" value=\"重复申请\" required"), "{again}");
        assert!(matches!(w.file(second).await.0.applications[0].stage, Stage::OpeningFailed { .. }));
        let declined = city.post("/failures/decline", &format!("{whole}&sure=1")).await;
        assert!(declined.contains("已作不予受理") && declined.contains("打印不予受理凭证"), "{declined}");
        let (_, list, _) = city.send("GET", "/failures", "", "http://console").await;
        assert!(list.contains("没有待处理的失败数据"), "{list}");
        // Who sees people here leaves a line for each; a clerk sees those that failed at his counter.
        assert!(lines(&w, "holder.look").await.len() >= 2);
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let (_, page, _) = clerk.send("GET", "/failures", "", "http://console").await;
        assert!(
            page.contains("没有待处理的失败数据") && !page.contains("张*"),
            "only its own counter's: {page}"
        );
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_a_failed_making_leads_to_its_vendor_and_not_to_the_banks_table() {
    clause!(X7.5);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
    let vendor = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
    w.batch(&Actor::System, batch, vendor).await.unwrap();
    let all_fail = BadDay { fail_one_in: 1, ..BadDay::default() };
    Vendor::new("1", all_fail).work(&w.service).await.unwrap();
    assert!(matches!(w.file(id).await.0.applications[0].stage, Stage::ProductionFailed { .. }));
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    // The bank has a code that is spelt like the vendor's.
    let table = "bank=95588&rows=CHIP09,开户失败,补采客户职业";
    let list = city.post("/failures/guide", table).await;
    let to = list.split("href=\"/failures/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let own = city.send("GET", &format!("/failures/{to}"), "", "http://console").await.1;
    let row = list.split("</tr>").find(|row| row.contains("CHIP09") && row.contains("制卡失败"));
    for page in [row.unwrap_or_else(|| panic!("{list}")), own.as_str()] {
        assert!(page.contains("制卡失败") && page.contains("CHIP09"), "{page}");
        assert!(page.contains("请向卡商金邦达核实失败原因"), "{page}");
        assert!(!page.contains("补采客户职业") && !page.contains("请向服务银行核实"), "{page}");
    }
    w.verified().await;
}

#[tokio::test]
async fn appendix_7_the_table_serves_the_province_says_who_set_it_and_a_citys_words_stand_beside_it() {
    clause!(X7.5);
    let w = World::new(On::Memory).await;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let guangzhou = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let shenzhen = signed_in(&w, Role::CityOfficer, "44030000000001").await;
    let page = province.send("GET", "/failures", "", "http://console").await.1;
    assert!(page.contains("失败数据处理对照表（全省共用）") && page.contains("尚未报送"), "{page}");
    assert!(!page.contains("本岗位无权") && page.contains("失败数据由各市处理"), "{page}");
    let page = province.post("/failures/guide", "bank=95588&rows=KYC01,职业缺失,补采职业").await;
    assert!(page.contains("对照表已更新，全省共用") && page.contains("更新：广东省"), "{page}");
    let words = "bank=95588&rows=KYC01,职业缺失,到罗湖支行核对";
    let page = shenzhen.post("/failures/guide", words).await;
    assert!(page.contains("本市办法已更新") && page.contains("<td>补采职业</td>"), "{page}");
    assert!(
        page.contains("各市不能更改") && page.contains(">KYC01,职业缺失,到罗湖支行核对</textarea>"),
        "{page}"
    );
    // Another city reads the bank's own, and not these; the province reads both, each with who wrote it.
    let page = guangzhou.send("GET", "/failures", "", "http://console").await.1;
    assert!(page.contains("<td>补采职业</td>") && page.contains("更新：广东省"), "{page}");
    assert!(!page.contains("到罗湖支行核对") && !page.contains("深圳市办法"), "{page}");
    let page = province.send("GET", "/failures", "", "http://console").await.1;
    for told in ["深圳市办法", "<td>到罗湖支行核对</td>", ">KYC01,职业缺失,补采职业</textarea>"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    // A city takes its words back, once.
    let page = shenzhen.post("/failures/guide", "bank=95588&rows=").await;
    assert!(page.contains("本市办法已更新") && !page.contains("到罗湖支行核对"), "{page}");
    let page = shenzhen.post("/failures/guide", "bank=95588&rows=").await;
    assert!(page.contains("没有可以撤去的"), "{page}");
    // The page is one line of the menu, also for whoever may do both on it.
    let home = guangzhou.send("GET", "/", "", "http://console").await.1;
    assert_eq!(home.matches("href=\"/failures\"").count(), 1, "{home}");
    w.verified().await;
}

#[tokio::test]
async fn art_6_1_what_another_city_has_to_settle_is_not_shown_by_its_numbers() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    let bank = Actor::Bank(BankCode("95588".into()));
    w.batch(&bank, batch, BatchCommand::Extract).await.unwrap();
    let words = PartnerWords { code: "KYC01".into(), reason: "客户职业信息缺失".into() };
    let failed = TakeReturn { result: OpeningResult::Failed(words), ..w.opening(id, batch, 1).await };
    w.about(&bank, id, HolderCommand::TakeOpeningReturn(failed)).await.unwrap();
    let shenzhen = signed_in(&w, Role::CityOfficer, "44030000000001").await;
    let a = w.file(id).await.0.applications[0].id;
    let row = format!("holder={id}&application={a}");
    let whole = format!("{row}&reason=重复申请&article=第三条&remedy=使用原卡");
    let settled = shenzhen.post("/failures/settle", &row).await;
    assert!(settled.contains("不在本机构管辖范围内"), "{settled}");
    for page in [settled, shenzhen.post("/failures/decline", &whole).await] {
        for shown in ["KYC01", "客户职业信息缺失", "张*", "/people/", "核对后不予受理"] {
            assert!(!page.contains(shown), "{shown}: {page}");
        }
    }
    assert!(matches!(w.file(id).await.0.applications[0].stage, Stage::OpeningFailed { .. }));
    let guangzhou = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let sent = guangzhou.post("/failures/settle", &row).await;
    assert!(sent.contains("重新进入待批次筛选") && sent.contains("/people/"), "{sent}");
}
