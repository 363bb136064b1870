//! 制卡桌面机: who may pair one, and what a stranger at its doors hears.

use super::signed_in;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kaguan_api::desk::{Answer, Ask, JOBS, Kind, NewPin, Outcome, PAIR, Pairing, Signed};
use kaguan_api::sign::Secret;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::DeskId;
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_testkit::{On, World};
use kaguan_web::partner::SigningKey;
use tower::ServiceExt;

async fn post(router: &axum::Router, path: &str, signed: &Signed) -> StatusCode {
    let body = Body::from(serde_json::to_vec(signed).unwrap());
    let request = Request::post(path).header("content-type", "application/json").body(body).unwrap();
    router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn annex_9_a_desk_is_heard_by_its_own_key_once_and_not_when_it_was_taken_away() {
    clause!(X9.3);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (status, page, _) = clerk.send("GET", "/desks", "", "http://console").await;
    assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{page}");
    let admin = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let wrong = admin.post("/desks/pair", "code=AAAAAAAA&outlet=1&name=&boxes=x").await;
    for part in ["没有显示这个配对码", "没有这个机构编码的网点", "卡盒的写法为"] {
        assert!(wrong.contains(part), "{part}, all at once: {wrong}");
    }
    let wrong =
        admin.post("/desks/pair", "code=AAAAAAAA&outlet=44010000000001&name=&boxes=1%3D95588,1%3D1").await;
    for part in ["没有显示这个配对码", "只能配给在办业务的网点", "卡盒号为1至9", "银行代码不存在"]
    {
        assert!(wrong.contains(part), "{part}, all at once: {wrong}");
    }
    let router = kaguan_web::router(w.service.clone());
    let (own, stranger) = (Secret::fresh(), Secret::fresh());
    let wish = Pairing { public: own.public(), machine: "x".into(), time: 0 };
    let wished = |key: &Secret| Signed::of(Kind::Pairing, &wish, key).unwrap();
    assert_eq!(post(&router, PAIR, &wished(&stranger)).await, StatusCode::FORBIDDEN, "another key's wish");
    assert_eq!(post(&router, PAIR, &wished(&own)).await, StatusCode::OK);
    let desk = DeskId(w.service.fresh());
    let pair = InstitutionCommand::PairDesk {
        id: desk,
        outlet: w.outlet(),
        name: "1号窗口".into(),
        public: own.public(),
        boxes: Vec::new(),
    };
    w.system(Command::Institution(pair)).await.unwrap();
    let ours = SigningKey::of(w.service.store(), 1).secret.public();
    let asks = |seq, key: &Secret, system: &str| {
        let (driver, version, system) = ("x".into(), "0".into(), system.to_owned());
        Signed::of(
            Kind::Ask,
            &Ask { desk: desk.0, seq, driver, version, system, new_pin: NewPin::Judged, scans: false },
            key,
        )
        .unwrap()
    };
    let ask = |seq, key: &Secret| asks(seq, key, &ours);
    let elsewhere = asks(7, &own, &stranger.public());
    assert_eq!(post(&router, JOBS, &elsewhere).await, StatusCode::FORBIDDEN, "it believes another system");
    assert_eq!(post(&router, JOBS, &ask(7, &stranger)).await, StatusCode::FORBIDDEN, "a stolen number");
    let answer = Answer { desk: desk.0, job: "never given".into(), outcome: Outcome::Done };
    let answer = Signed::of(Kind::Answer, &answer, &own).unwrap();
    assert_eq!(post(&router, kaguan_api::desk::ANSWERS, &answer).await, StatusCode::CONFLICT);
    assert_eq!(post(&router, JOBS, &answer).await, StatusCode::FORBIDDEN, "an answer is no question");
    w.system(Command::Institution(InstitutionCommand::EndDesk { desk })).await.unwrap();
    assert_eq!(post(&router, JOBS, &ask(9, &own)).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&router, PAIR, &wished(&own)).await, StatusCode::FORBIDDEN, "nor paired again");
    w.verified().await;
}
