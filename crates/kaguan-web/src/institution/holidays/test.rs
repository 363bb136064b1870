//! 放假通知: the system administrator sees what a notice would do before it is done.

use super::signed_in;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

#[tokio::test]
async fn art_7_1_a_notice_says_what_it_would_do_to_clocks_before_it_does_it() {
    clause!(R7.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    w.confirmed_batch().await;
    let admin = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let working = || w.service.institutions().calendar.is_working_day(jiff::civil::date(2026, 11, 25)).0;
    // A typhoon on a Wednesday: every clock that runs over it ends a working day later.
    let typhoon = "notice=2026-11-25,off,%E5%8F%B0%E9%A3%8E";
    let would = admin.post("/holidays", typhoon).await;
    assert!(
        would.contains("尚未载入") && would.contains("2026-12-07") && would.contains("2026-12-08"),
        "{would}"
    );
    assert!(working(), "and it is not done");
    let done = admin.post("/holidays", &format!("{typhoon}&wish=load")).await;
    assert!(done.contains("已载入") && done.contains("2026-12-08") && !working(), "{done}");
    let again = admin.post("/holidays", &format!("{typhoon}&wish=load")).await;
    assert!(again.contains("时限变动0项"), "{again}");
    // A day that is over is no mistake: what that changes is said before it is done, and what it does not.
    assert!(!would.contains("天已过"), "{would}");
    let gone = "notice=2026-11-20,off,x%0A2026-11-26,off,x";
    let would = admin.post("/holidays", gone).await;
    assert!(would.contains("其中1天已过：2026-11-20。已办结、已停止的时限到期日不变"), "{would}");
    assert!(would.contains("尚未载入"), "{would}");
    let both = admin.post("/holidays", "notice=2027-01-02,off,x%0A2027-01-02,work,x&wish=load").await;
    assert!(both.contains("2027-01-02") && both.contains("既列为放假又列为上班"), "{both}");
    let clerk = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let (status, page, _) = clerk.send("GET", "/holidays", "", "http://console").await;
    assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{page}");
    for wish in ["", "&wish=load"] {
        let refused = clerk.post("/holidays", &format!("notice=2026-11-26,off,x{wish}")).await;
        assert!(refused.contains("本岗位无权办理此项业务") && !refused.contains("时限变动"), "{refused}");
    }
    w.verified().await;
}
