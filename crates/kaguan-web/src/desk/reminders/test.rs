//! 待办提醒.

use super::{lines, signed_in};
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_39_what_waits_is_listed_to_its_outlet_and_city_masked_and_with_a_line_for_each() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let form_no = super::fees::owes(&w, 1).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let elsewhere = signed_in(&w, Role::BankClerk, "44010395588001").await;
        for door in [&clerk, &city] {
            let (_, page, _) = door.send("GET", "/reminders", "", "http://console").await;
            assert!(page.contains(&form_no) && page.contains("工本费未缴，应缴20.00元"), "{page}");
            assert!(page.contains("张*") && !page.contains("张三"), "{page}");
            assert!(!page.contains(&w.draft(1).document_number), "{page}");
        }
        let (_, page, _) = elsewhere.send("GET", "/reminders", "", "http://console").await;
        assert!(page.contains("没有待核验、待缴费的申请") && !page.contains(&form_no), "{page}");
        // The clocks are those of 今日工作, and name nobody.
        let (_, page, _) = clerk.send("GET", "/reminders", "", "http://console").await;
        let clocks =
            page.split("data-list=\"clocks\"").nth(1).unwrap().split("data-list=").next().unwrap().to_owned();
        let (_, home, _) = clerk.send("GET", "/", "", "http://console").await;
        for says in [form_no.as_str(), "收取工本费", "经办网点", "第"] {
            assert!(clocks.contains(says) && home.contains(says), "{says}: {clocks}");
        }
        assert!(!clocks.contains('张'), "{clocks}");
        let looks = lines(&w, "holder.look").await;
        assert_eq!(looks.len(), 3, "one for each person and look");
        let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
        let (_, page, _) = auditor.send("GET", "/reminders", "", "http://console").await;
        assert!(page.contains("本岗位无权办理此项业务"), "{page}");
        w.verified().await;
    }
}
