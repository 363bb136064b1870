//! A photo at the doors: looked at before a form is sent, and shown with what was found on it when it was refused.

use super::archive::{send, send_any};
use super::signed_in;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_domain::clause;
use kaguan_domain::facts::application::PhotoSource;
use kaguan_domain::facts::institution::Role;
use kaguan_files::portrait;
use kaguan_testkit::{On, World};
use tower::ServiceExt;

const HR: &str = "44010600000101";
const CITY: &str = "44010000000001";

#[tokio::test]
async fn appendix_6_2_a_refused_photo_is_shown_with_its_faults_drawn_on_it_and_to_nobody_else() {
    clause!(X6.2);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let blue = portrait::draw_on(1, [60, 110, 200]);
    let page = send(&clerk, "/apply", "key=counter-1&photo_from=file", &[("photo_file", blue.clone())]).await;
    assert!(page.contains("背景不是白色") && page.contains("请按相片标准重新采集"), "{page}");
    assert!(page.contains(r#"<rect class="mark bad" x="318" y="0" width="40" height="60"/>"#), "{page}");
    let address = page.split("src=\"/photos/refused/").nth(1).unwrap().split('"').next().unwrap();
    let address = format!("/photos/refused/{address}");
    let picture = async |cookie: &str| {
        let request = Request::get(&address).header(header::HOST, "console").header(header::COOKIE, cookie);
        let answer = clerk.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        (answer.status(), to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec())
    };
    assert_eq!(picture(&clerk.cookie).await, (StatusCode::OK, blue));
    let other = signed_in(&w, Role::HrClerk, HR).await;
    assert_eq!(picture(&other.cookie).await.0, StatusCode::NOT_FOUND, "of that session only");
    // What is no picture is told in a sentence, and nothing is drawn.
    let none = send(&clerk, "/apply", "key=counter-2", &[("photo_file", b"GIF89a".to_vec())]).await;
    assert!(none.contains("不是JPEG文件") && !none.contains("/photos/refused/"), "{none}");
    // A good one raises nothing.
    let good = send(&clerk, "/apply", "key=counter-3", &[("photo_file", portrait::draw(1))]).await;
    assert!(good.contains("已上传的相片已保留") && !good.contains("class=\"judged\""), "{good}");
}

#[tokio::test]
async fn appendix_6_2_a_script_asks_what_is_wrong_with_a_photo_before_the_form_is_sent() {
    clause!(X6.2);
    let w = World::new(On::Memory).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let asked = async |door: &super::Door, bytes: Vec<u8>| {
        let body = [
            b"--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\n".as_slice(),
            &bytes,
            b"\r\n--x--\r\n",
        ];
        // A script's question has no token: nothing is done by it.
        let request = Request::post("/photos/check")
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &door.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(Body::from(body.concat()))
            .unwrap();
        let answer = door.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice::<serde_json::Value>(&bytes).unwrap())
    };
    let (status, said) = asked(&clerk, portrait::draw(0)).await;
    assert_eq!((status, said), (StatusCode::OK, serde_json::json!({ "passes": true, "findings": [] })));
    let (_, said) = asked(&clerk, portrait::draw_framed(1)).await;
    assert_eq!(said["passes"], false);
    let frame = &said["findings"][0];
    assert_eq!(frame["code"], "photo_background");
    assert_eq!(frame["refuses"], true);
    assert_eq!(frame["marks"][0], serde_json::json!({ "kind": "box", "x": 0, "y": 0, "w": 358, "h": 441 }));
    let (status, said) = asked(&clerk, Vec::new()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(said["why"], "没有收到相片");
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let (status, said) = asked(&city, portrait::draw(1)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(said["why"].as_str().unwrap().contains("本岗位无权"), "{said}");
    assert!(
        w.service.store().holders_after(kaguan_domain::ids::HolderId(i64::MIN), 9).await.unwrap().is_empty()
    );
}

#[tokio::test]
async fn art_27_2_a_new_photo_comes_with_an_exchange_and_a_bad_one_is_shown_with_its_faults() {
    clause!(R27.2);
    clause!(X6.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/replace", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("name=\"photo_file\""), "{page}");
    let form = format!(
        "key=replace-1&holder={id}&card={card}&business=data_changed&form_no=4401E1&collect_at={}&delivery=1&verified=1&own_card=1&consent=1",
        w.outlet()
    );
    let blue = portrait::draw_on(1, [60, 110, 200]);
    let refused = send(&clerk, "/replace/apply", &form, &[("photo_file", blue)]).await;
    assert!(refused.contains("背景不是白色") && refused.contains("/photos/refused/"), "{refused}");
    assert!(refused.contains("mark bad") && refused.contains("value=\"4401E1\""), "what was written stays");
    let before = w.file(id).await.0;
    assert_eq!(before.applications.len(), 1);
    let photo = portrait::draw(7);
    let done = send_any(&clerk, "/replace/apply", &form, &[("photo_file", photo.clone())]).await;
    assert_eq!(done, StatusCode::SEE_OTHER, "on to the receipt");
    let file = w.file(id).await.0;
    assert_eq!(file.applications[1].photo_from, Some(PhotoSource::File));
    let stored = file.person.unwrap().photo.unwrap();
    assert_eq!(w.service.store().photo(&stored.0).await.unwrap(), Some(photo));
}
