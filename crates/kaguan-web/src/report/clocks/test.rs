//! 时限与通报: pictures, tables and workbooks for the centres.

use super::{Door, lines, signed_in};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::BankCode;
use kaguan_testkit::{BOTH, On, World};
use std::io::Read;
use tower::ServiceExt;

/// Every page and every workbook.
const PAGES: &[&str] = &[
    "/clocks",
    "/clocks/xlsx?table=steps",
    "/clocks/notice",
    "/clocks/due",
    "/clocks/banks",
    "/clocks/banks/xlsx",
    "/clocks/banks/notice",
    "/clocks/vendors",
    "/clocks/vendors/xlsx",
    "/clocks/vendors/notice",
    "/clocks/issued",
    "/clocks/issued/xlsx",
    "/clocks/issued/notice",
    "/clocks/recalled",
    "/clocks/recalled/xlsx",
    "/clocks/recalled/notice",
];

impl Door {
    async fn see(&self, path: &str) -> (StatusCode, String) {
        let (status, body, _) = self.send("GET", path, "", "http://console").await;
        (status, body)
    }

    /// The page, which must be shown.
    async fn shown(&self, path: &str) -> String {
        let (status, body) = self.see(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// The texts of a workbook, and its sheet as XML.
    async fn sheet(&self, path: &str) -> String {
        let request = Request::builder()
            .uri(path)
            .header(header::HOST, "console")
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        assert!(kind.contains("spreadsheetml"), "{kind}");
        let named = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert!(named.ends_with(".xlsx\""), "{named}");
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        for part in ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"] {
            if let Ok(mut file) = book.by_name(part) {
                file.read_to_string(&mut text).unwrap();
            }
        }
        assert!(text.contains("<sheetData"), "{text}");
        text
    }
}

/// The number of a row of a table on a page: its cells in order.
fn has_row(page: &str, cells: &[&str]) -> bool {
    let rows = page.split("<tr>").map(|row| {
        let cells = row.split("<td").skip(1).filter_map(|c| c.split_once('>')?.1.split_once("</td>"));
        cells.map(|(cell, _)| cell.to_owned()).collect::<Vec<_>>()
    });
    rows.into_iter().any(|row| row == cells)
}

#[tokio::test]
async fn art_6_centres_see_deadlines_and_statistics_and_a_counter_is_told_why_it_does_not() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let nobody = Door { router: clerk.router.clone(), cookie: "kaguan=guess".into() };
    for path in PAGES {
        let (status, page) = clerk.see(path).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.contains("第6条"), "{path}: {page}");
        assert_eq!(nobody.see(path).await.0, StatusCode::SEE_OTHER, "{path}");
        for door in [&province, &city] {
            assert_eq!(door.see(path).await.0, StatusCode::OK, "{path}");
        }
        // Another city's is another city's.
        let join = if path.contains('?') { '&' } else { '?' };
        let elsewhere = format!("{path}{join}city=4403");
        assert_eq!(city.see(&elsewhere).await.0, StatusCode::FORBIDDEN, "{elsewhere}");
        assert_eq!(province.see(&elsewhere).await.0, StatusCode::OK, "{elsewhere}");
        assert_eq!(province.see(&format!("{path}{join}city=9999")).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    // What is missing is said, and how a period is asked for.
    for (path, says) in [
        ("/clocks", "没有在办的申请"),
        ("/clocks/due?city=4401", "没有运行中的时限"),
        ("/clocks/banks", "本期没有银行开户时限"),
        ("/clocks/vendors", "本期没有卡商制卡时限"),
        ("/clocks/issued", "本期没有制成的卡"),
        ("/clocks/recalled", "本期没有回收的卡"),
    ] {
        assert!(province.shown(path).await.contains(says), "{path}");
    }
    let (status, page) = city.see("/clocks/issued?from=2026-06&to=2026-01").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("起始月不晚于截止月"), "{page}");
    assert_eq!(city.see("/clocks/xlsx?table=none").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn art_7_1_a_centre_sees_where_cards_wait_and_which_clocks_are_late_and_nobody_by_name() {
    clause!(R7.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (wang, _) = w.with_card(1).await;
        w.applicant(2, w.outlet()).await;
        let box_in = w.cards_made().await;
        w.applicant(3, w.outlet()).await;
        w.days_pass(40);
        w.applicant(4, w.outlet()).await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
        let page = city.shown("/clocks?table=steps").await;
        for row in [
            // Person 3 is late, person 4 in time; the card of person 2 lies in a box that the vendor has delivered.
            ["待批次筛选", "市卡管机构", "2", "1"],
            ["卡商已交付，待省中心签收", "省卡管机构", "1", "1"],
        ] {
            assert!(has_row(&page, &row), "{on:?} {row:?}: {page}");
        }
        assert!(!page.contains("已启用并激活账户"), "what is in hand and active waits for nobody: {page}");
        for says in
            ["已超期<b>3</b>", "未到期<b>1</b>", "role=\"img\"", "<desc>", "2，超期1", "<details open>"]
        {
            assert!(page.contains(says), "{on:?} {says}: {page}");
        }
        assert!(!page.contains("21个地市"), "a city has no map of cities");
        assert!(has_row(&page, &["市卡管机构", "申请（件）", "0", "1", "0", "0", "0", "1"]), "{page}");
        let page = province.shown("/clocks").await;
        assert!(page.contains("21个地市的在办时限") && page.contains("超期件数：广州市3。"), "{page}");
        assert!(has_row(&page, &["广州市", "2026-12-07", "3", "0", "0", "1"]), "{page}");
        // What it shows is told on paper, and signed.
        assert!(page.contains("href=\"/clocks/notice?city=\">生成通报"), "{page}");
        let notice = province.shown("/clocks/notice").await;
        for says in [
            "关于全省社保卡办理时限情况的通报",
            "第三十二条",
            "运行中的时限共4件，其中已超期3件",
            "（1）卡在哪里等",
            "各市在办时限",
            "已超期：广州市3件",
            "（盖章）",
            "签发人：",
        ] {
            assert!(notice.contains(says), "{on:?} {says}: {notice}");
        }
        let notice = city.shown("/clocks/notice").await;
        assert!(notice.contains("关于广州市社保卡办理时限情况的通报"), "{notice}");
        assert!(notice.contains("待市卡管机构办理的1件申请") && !notice.contains("各市在办时限"), "{notice}");
        // The list is that of 今日工作: a city's for its centre, and for the province once it chooses one.
        let form = w.draft(3).form_no;
        for (door, path) in
            [(&city, "/clocks/due?group=late"), (&province, "/clocks/due?city=4401&group=late")]
        {
            let page = door.shown(path).await;
            assert!(page.contains(&form) && page.contains("待批次筛选"), "{page}");
            assert!(!page.contains(&w.draft(4).form_no), "{page}");
        }
        let page = province.shown("/clocks/due").await;
        assert!(!page.contains(&form) && page.contains("&#38;city=4401"), "{page}");
        let sheet = city.sheet("/clocks/due?group=late&due.as=xlsx").await;
        assert!(sheet.contains(&form) && sheet.contains("第7条"), "{sheet}");
        let sheet = city.sheet("/clocks/xlsx?table=steps").await;
        assert!(sheet.contains("卡商已交付，待省中心签收") && sheet.contains("<v>2</v>"), "{sheet}");
        // The box goes on, and with it its card: where it is collected no period runs.
        w.at_outlet(box_in, w.outlet()).await;
        let page = city.shown("/clocks").await;
        assert!(has_row(&page, &["网点待领", "持卡人", "1", "0"]), "{on:?}: {page}");
        assert!(
            !page.contains("<td>持卡人</td><td>申请（件）</td>"),
            "nothing is against the holder: {page}"
        );
        for n in 1..=4 {
            assert!(!page.contains(&w.draft(n).document_number), "{page}");
        }
        assert!(lines(&w, "holder.look").await.is_empty(), "counts name nobody");
        assert!(w.file(wang).await.0.cards.iter().all(|c| !c.is_on_its_way()));
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_4_banks_and_vendors_are_reported_over_the_months_and_the_centre_signs_the_notice() {
    clause!(X7.4);
    for on in BOTH {
        let w = World::new(on).await;
        w.with_card(1).await;
        // ICBC takes the data of a second batch on a Monday, and six working days later has not answered.
        w.applicant(2, w.outlet()).await;
        let late = w.confirmed_batch().await;
        w.batch(&Actor::Bank(BankCode("95588".into())), late, BatchCommand::Extract).await.unwrap();
        w.days_pass(8);
        let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
        let page = province.shown("/clocks/banks").await;
        let icbc = ["中国工商银行", "95588", "2026-07至2026-12", "1", "0", "0", "1", "0", "50", "0", "6"];
        assert!(has_row(&page, &icbc), "{on:?}: {page}");
        for says in ["各服务银行各月用时中位数", "2026-11：0", "时限2个工作日", "生成通报", "tag bad\">50.0%"]
        {
            assert!(page.contains(says), "{on:?} {says}: {page}");
        }
        let page = province.shown("/clocks/vendors?from=2026-12&to=2026-12").await;
        assert!(page.contains("本期没有卡商制卡时限"), "nothing began in December: {page}");
        let page = province.shown("/clocks/vendors?from=2026-11&to=2026-11").await;
        assert!(page.contains("按时 100.0%") && page.contains("2026-11：0"), "{page}");
        let notice = province.shown("/clocks/banks/notice?from=2026-11&to=2026-11").await;
        for says in [
            "关于全省2026年11月服务银行时效情况的通报",
            "附件7",
            "开始计时的批次2个，按时办结1个",
            "中国工商银行超期1个批次",
            "（盖章）",
            "经办人：",
        ] {
            assert!(notice.contains(says), "{on:?} {says}: {notice}");
        }
        let sheet = province.sheet("/clocks/banks/xlsx").await;
        assert!(sheet.contains("用时中位数（工作日）") && sheet.contains("<v>50</v>"), "{sheet}");
        // Shenzhen's batches are none; Guangzhou's centre sees its own.
        let page = province.shown("/clocks/banks?city=4403&from=2026-11&to=2026-12").await;
        assert!(page.contains("本期没有银行开户时限"), "{page}");
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        assert!(has_row(&city.shown("/clocks/banks").await, &icbc));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_1_what_was_issued_and_taken_back_is_counted_in_its_month_whatever_becomes_of_it() {
    clause!(R32.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        w.with_card(2).await;
        w.days_pass(30);
        let cancel = w.moved_out(id, card).await;
        w.about(&Actor::System, id, HolderCommand::Cancel(cancel)).await.unwrap();
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let page = city.shown("/clocks/issued").await;
        assert!(has_row(&page, &["2026-11", "2", "2"]), "{on:?}: {page}");
        assert!(has_row(&page, &["中国工商银行", "2", "2"]), "{page}");
        assert!(page.contains("<th scope=\"col\" class=\"right\">申请</th>"), "{page}");
        let (_, to) = page.split_once("<a class=\"btn\" href=\"/clocks/issued/notice?").unwrap();
        let to = to.split_once("\">生成通报").unwrap().0.replace("&#38;", "&");
        let notice = city.shown(&format!("/clocks/issued/notice?{to}")).await;
        for says in [
            "关于广州市2026年7月至12月社保卡发行情况的通报",
            "合计2张，其中申请2张",
            "按服务银行",
            "（盖章）",
        ] {
            assert!(notice.contains(says), "{on:?} {says}: {notice}");
        }
        let page = city.shown("/clocks/recalled?from=2026-12&to=2026-12").await;
        assert!(has_row(&page, &["2026-12", "1", "1"]) && page.contains("注销交回"), "{on:?}: {page}");
        assert!(city.shown("/clocks/recalled?from=2026-11&to=2026-11").await.contains("本期没有回收的卡"));
        let notice = city.shown("/clocks/recalled/notice?from=2026-12&to=2026-12").await;
        assert!(
            notice.contains("关于广州市2026年12月社保卡回收情况的通报") && notice.contains("注销交回1张"),
            "{notice}"
        );
        let notice = city.shown("/clocks/recalled/notice?from=2026-11&to=2026-11").await;
        assert!(notice.contains("本期没有回收的卡") && !notice.contains("总体情况"), "{notice}");
        let sheet = city.sheet("/clocks/issued/xlsx").await;
        for says in ["2026-11", "广州市", "中国工商银行", "申请", "<v>2</v>"] {
            assert!(sheet.contains(says), "{says}: {sheet}");
        }
        let sheet = city.sheet("/clocks/recalled/xlsx?from=2026-12&to=2026-12").await;
        assert!(sheet.contains("注销交回"), "{sheet}");
        w.verified().await;
    }
}
