//! 统计报表.

use super::signed_in;
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::loss::{Release, ReportFormal};
use kaguan_domain::report::Business;
use kaguan_service::reports::Kind;
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_32_statistics_count_what_happened_in_the_period_and_not_what_lies_there_now() {
    clause!(R32.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let bank = w.officer(w.bank_outlet()).await;
        for command in [
            HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }),
            HolderCommand::ReleaseLoss(Release { card, verified: true, deputy: None }),
        ] {
            w.about(&bank, id, command).await.unwrap();
        }
        // A month later the card is cancelled: what happened in November stays as it was.
        w.days_pass(30);
        let cancel = w.moved_out(id, card).await;
        w.about(&Actor::System, id, HolderCommand::Cancel(cancel)).await.unwrap();
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let ask = async |kind: &str, days: &str| {
            city.send("GET", &format!("/reports?kind={kind}&{days}&report.as=csv"), "", "http://console")
                .await
        };
        let (november, december) = ("from=2026-11-01&to=2026-11-30", "from=2026-12-01&to=2026-12-31");
        let (status, text, _) = ask("business", november).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        for row in ["制成,1", "领取,1", "社保功能启用,1", "银行账户激活,1", "正式挂失,1", "解除挂失,1"]
        {
            assert!(text.contains(&format!("2026-11,广州市,{row}\n")), "{row}: {text}");
        }
        assert!(!text.contains("注销"), "{text}");
        let (_, text, _) = ask("business", december).await;
        assert!(text.contains("2026-12,广州市,注销,1\n") && !text.contains("挂失"), "{text}");
        let (_, text, _) = ask("issuance", november).await;
        assert!(
            text.contains("2026-11,广州市,中国工商银行,申请,1"),
            "a card that was cancelled was issued: {text}"
        );
        // A city sees its own; what names no city is the province's; a clerk sees none of it.
        let shenzhen = signed_in_other(&w).await;
        let path = format!("/reports?kind=business&{november}&report.as=csv");
        let (_, text, _) = shenzhen.send("GET", &path, "", "http://console").await;
        assert_eq!(text.trim_end(), "\u{feff}月份,地市,业务,张数");
        assert_eq!(ask("banks", november).await.0, StatusCode::FORBIDDEN);
        // What it is refused is not offered.
        let (_, page, _) = city.send("GET", "/reports", "", "http://console").await;
        for (kind, offered) in
            [("slips", true), ("clocks", true), ("banks", false), ("vendors", false), ("bank_data", false)]
        {
            assert_eq!(page.contains(&format!("<option value=\"{kind}\"")), offered, "{kind}: {page}");
        }
        assert!(page.contains("href=\"/clocks/banks\""), "where it sees them: {page}");
        let (status, text, _) = ask("slips", november).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("签字日期,地市,经办网点,申领表编码"), "{text}");
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        assert_eq!(clerk.send("GET", &path, "", "http://console").await.0, StatusCode::FORBIDDEN);
        let (_, page, _) =
            city.send("GET", &format!("/reports?kind=business&{november}"), "", "http://console").await;
        assert!(page.contains(">正式挂失</td>") && page.contains("report.as=csv"), "{page}");
        // The same card stands in several rows: their sum would be a number of nothing.
        assert!(!page.contains("合计") && page.contains("各项不相加"), "{page}");
        let (_, page, _) =
            city.send("GET", &format!("/reports?kind=issuance&{november}"), "", "http://console").await;
        assert!(
            page.contains("合计") && !page.contains("各项不相加"),
            "cards that were made are alike: {page}"
        );
        let (_, page, _) =
            city.send("GET", "/reports?kind=business&from=2026&to=x", "", "http://console").await;
        assert!(page.contains("起始日不晚于截止日"), "{page}");
    }
}

#[tokio::test]
async fn art_31_1_what_a_change_of_the_bank_puts_on_loss_is_no_loss_that_somebody_reported() {
    clause!(R31.1);
    for business in [Business::FormalLoss, Business::LossByBankChange] {
        assert_eq!(Business::from_code(business.code()), Some(business));
    }
    assert_eq!(Business::LossByBankChange.name(), "变更服务银行挂失");
    assert!(Kind::Business.about().contains(Business::LossByBankChange.name()));
    assert!(Kind::Business.about().contains(Business::HandedOverToUnit.name()));
}

/// A city officer of Shenzhen, signed in.
async fn signed_in_other(w: &World) -> super::Door {
    use kaguan_domain::ids::OfficerId;
    use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
    let new = NewOfficer {
        id: OfficerId(w.service.fresh()),
        login: "shenzhen".into(),
        name: "经办人乙".into(),
        role: Role::CityOfficer,
        org: w.org("44030000000001"),
        password_hash: kaguan_testkit::RIGHT.into(),
    };
    w.system(kaguan_service::Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
    let mut door = super::Door { router: kaguan_web::router(w.service.clone()), cookie: String::new() };
    let form = "login=shenzhen&password=right";
    let (_, _, cookie) = door.send("POST", "/sign-in", form, "http://console").await;
    door.cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    door
}
