//! A photo by file and by camera: moved and enlarged by the keyboard, cut, looked at, and sent with the form.

use super::{Browser, Driver, add, serve};
use fantoccini::Locator;
use fantoccini::key::Key;
use kaguan_domain::clause;
use kaguan_domain::facts::application::PhotoSource;
use kaguan_domain::facts::institution::Role;
use kaguan_files::photo::{Level, check};
use kaguan_testkit::{On, World};

impl Browser {
    async fn ask(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }
}

const SAID: &str = "[data-photo] [role=status]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appendix_6_2_a_photo_is_cut_by_the_keyboard_looked_at_and_sent_and_a_camera_takes_one() {
    clause!(X6.2);
    let w = World::new(On::Memory).await;
    add(&w, "clerk", Role::HrClerk, "44010600000101").await;
    let home = serve(&w).await;
    let dir = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let b = Browser::open(&driver, &home, dir.path()).await;
    b.sign_in("clerk").await;
    b.go("/apply").await;
    b.fill("input[name=document_number]", &w.draft(1).document_number).await;
    b.press("开始受理").await;

    // A portrait of another size, as a file: refused as it is, and cut to the standard by a few keys.
    let drawn = kaguan_files::portrait::draw_sized(0, 400, 480);
    assert!(!check(&drawn, Level::Decode).errors.is_empty(), "as it is, nobody takes it");
    let path = dir.path().join("portrait.jpg");
    std::fs::write(&path, &drawn).unwrap();
    let field = b.client.find(Locator::Css("input[name=photo_file]")).await.unwrap();
    field.send_keys(path.to_str().unwrap()).await.unwrap();
    b.hears(SAID, "裁剪并检查").await;
    let frame = b.client.active_element().await.unwrap();
    assert_eq!(frame.tag_name().await.unwrap(), "canvas", "one goes on in the frame");
    // Moved to the side, and looked at: what the machine finds of a drawn face is told, and left to people.
    frame.send_keys(&format!("{}{}", char::from(Key::Shift), char::from(Key::Right))).await.unwrap();
    frame.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
    b.hears(SAID, "请人工核对").await;
    b.hears(".findings", "人脸").await;
    b.look().await;
    frame.send_keys(&format!("{}{}", char::from(Key::Shift), char::from(Key::Left))).await.unwrap();
    for key in ["-", "-", "+", "+"] {
        frame.send_keys(key).await.unwrap();
    }
    frame.send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
    b.hears(SAID, "KB").await;
    let chosen = "const f = document.querySelector('input[name=photo_file]').files[0]; return [f.name, f.type, f.size]";
    let file = b.ask(chosen).await;
    assert_eq!(file[0], "photo.jpg");
    assert_eq!(file[1], "image/jpeg");
    assert_eq!(b.ask("return document.querySelector('[name=photo_from]').value").await, "file");
    b.look().await;
    b.fill("input[name=mobile]", "13800000001").await;
    for (name, first) in [("card_kind", "CZZ"), ("bank", "GS"), ("occupation", "JR"), ("consent", "SQ")] {
        let field = b.client.find(Locator::Css(&format!("select[name={name}]"))).await.unwrap();
        field.send_keys(first).await.unwrap();
    }
    b.tick("input[name=document_verified]").await;
    b.press("受理").await;
    assert!(b.client.current_url().await.unwrap().path().starts_with("/receipts/"), "{}", b.text().await);
    let id = w.service.store().holders_after(kaguan_domain::ids::HolderId(i64::MIN), 9).await.unwrap()[0];
    let person = w.file(id).await.0;
    assert_eq!(person.applications[0].photo_from, Some(PhotoSource::File));
    let photo = person.person.unwrap().photo.unwrap();
    let jpeg = w.service.store().photo(&photo.0).await.unwrap().unwrap();
    assert_eq!(check(&jpeg, Level::Decode).errors, [], "what was cut is a photo of the standard");
    assert_eq!(file[2], jpeg.len());

    // By the camera: what it sees is no white background, and the corners say so.
    b.go("/apply?blank=1").await;
    b.press_here("用摄像头拍照").await;
    b.hears(SAID, "对准后").await;
    b.look().await;
    b.press_here("拍摄").await;
    b.hears(SAID, "裁剪并检查").await;
    b.press_here("裁剪并检查").await;
    b.hears(SAID, "不合格").await;
    b.hears(".findings .bad", "背景不是白色").await;
    assert_ne!(b.ask("return document.querySelectorAll('svg .mark.bad').length").await, 0);
    assert_eq!(b.ask("return document.querySelectorAll('video').length").await, 0, "the camera is off again");
    b.look().await;

    // The pages of a paper, one after the other, into the archive.
    b.go("/archive").await;
    b.fill("main input[name=number]", &w.draft(1).document_number).await;
    b.press("查档案").await;
    b.press_here("用摄像头拍摄").await;
    b.hears("form [role=status]", "对准后").await;
    b.press_here("拍摄").await;
    b.hears("form [role=status]", "已有1页").await;
    b.press_here("拍摄").await;
    b.hears("form [role=status]", "已有2页").await;
    b.press_here("关闭摄像头").await;
    for (name, nth) in [("case", 2), ("kind", 3)] {
        b.tick(&format!("select[name={name}] option:nth-child({nth})")).await;
    }
    b.press("归档").await;
    b.says("共2页").await;
    b.client.clone().close().await.unwrap();
    w.verified().await;
}
