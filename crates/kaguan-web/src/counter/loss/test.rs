//! Who acts for the holder at the counter where a loss is reported or released (Articles 8, 24 to 26; Appendix 1).

use super::hand::{sent_with, upload};
use super::{lines, signed_in};
use kaguan_domain::clause;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::counter::Attendance;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::Role;
use kaguan_testkit::{On, World};

const BANK: &str = "44010395588001";

/// The son, without his papers.
const SON: &str = "deputy_name=张子&deputy_kind=1&deputy_number=44010619600101001X&relation=direct_relative";

/// Who came, by the latest line of a verb.
async fn came(w: &World, verb: &str) -> Attendance {
    let all = lines(w, verb).await;
    let line = all.iter().rfind(|l| l.is_done()).unwrap();
    let events = w.service.store().holder_events(line).unwrap();
    let by = events.into_iter().find_map(|e| match e {
        HolderEvent::LossReported { by, .. } | HolderEvent::LossReleased { by, .. } => Some(by),
        _ => None,
    });
    by.unwrap()
}

#[tokio::test]
async fn appendix_1_a_loss_is_reported_and_released_by_the_holder_or_by_whoever_acts() {
    clause!(R24.1);
    clause!(R26.1);
    clause!(R8.2);
    clause!(X1.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let page = bank.post("/loss", &format!("number={}", w.draft(1).document_number)).await;
    assert_eq!(page.matches("代办人（由他人代办时填写）").count(), 2, "{page}");
    let who = format!("holder={id}&card={card}");
    // The son reports it: what is stated of him is kept, and nothing more is asked than of his father.
    let unnamed = format!("{who}&kind=temporary&verified=1&relation=direct_relative");
    let page = bank.post("/loss/report", &unnamed).await;
    assert!(page.contains("须选择代办人证件种类") && page.contains("未登记代办人姓名"), "{page}");
    let done = bank.post("/loss/report", &format!("{who}&kind=temporary&verified=1&{SON}")).await;
    assert!(done.contains("已临时挂失"), "{done}");
    assert_eq!(came(&w, "loss.report_temporary").await.deputy.unwrap().name, "张子");
    // That it works again he asks for with his document, which is kept.
    let release = format!("{who}&kind=release&verified=1&{SON}");
    let page = upload(&bank, "/loss/report", &release, &[]).await;
    assert!(page.contains("未留存代办人身份证件复印件或影像") && page.contains("value=\"张子\""), "{page}");
    assert!(w.file(id).await.0.cards[0].loss().is_some());
    let page = sent_with(&bank, "/loss/report", &release, &[("deputy_image", "%PDF-1.4")]).await;
    assert!(page.contains("已解除挂失"), "{page}");
    let file = w.file(id).await.0;
    assert!(file.cards[0].loss().is_none());
    assert!(file.person.unwrap().archive.iter().any(|m| m.kind == MaterialKind::AgentIdentity));
    assert_eq!(came(&w, "loss.release").await.deputy.unwrap().name, "张子");
    // The holder himself states nothing of anybody.
    let done = bank.post("/loss/report", &format!("{who}&kind=formal&verified=1")).await;
    assert!(done.contains("已正式挂失"), "{done}");
    assert!(came(&w, "loss.report_formal").await.is_empty());
    w.verified().await;
}

#[tokio::test]
async fn art_26_a_childs_card_works_again_by_its_guardian_alone_whom_the_form_asks_for() {
    clause!(R26.1);
    clause!(R8.2);
    let w = World::new(On::Memory).await;
    let (id, card, father) = w.with_child(1).await;
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let who = format!("holder={id}&card={card}&verified=1");
    // Whoever finds that it is gone reports it.
    let done = bank.post("/loss/report", &format!("{who}&kind=temporary")).await;
    assert!(done.contains("已临时挂失") && done.contains("须先办理正式挂失"), "{done}");
    // The page says beforehand who releases it, and has his fields.
    let number = w.file(id).await.0.person.unwrap().details.document.number().to_owned();
    let page = bank.post("/loss", &format!("number={number}")).await;
    assert!(page.contains("解除挂失须由监护人办理"), "{page}");
    assert!(
        page.contains("name=\"kind\" value=\"release\"") && page.contains("name=\"deputy_name\""),
        "{page}"
    );
    // Neither the child nor another relative; all that stands against it is said at once, and what was typed stays.
    let alone = bank.post("/loss/report", &format!("{who}&kind=release")).await;
    for says in ["持卡人未满十六周岁，须由监护人办理", "第8条", "监护人证明文件"] {
        assert!(alone.contains(says), "{says}: {alone}");
    }
    let son = upload(&bank, "/loss/report", &format!("{who}&kind=release&{SON}"), &["deputy_image"]).await;
    assert!(son.contains("须由监护人办理") && son.contains("value=\"张子\""), "{son}");
    let number = &father.document_number;
    let his = format!(
        "deputy_name=李父&deputy_kind=1&deputy_number={number}&deputy_phone=13900000000&relation=guardian&ground=minor"
    );
    let bare = upload(&bank, "/loss/report", &format!("{who}&kind=release&{his}"), &[]).await;
    assert!(bare.contains("未留存代办人身份证件复印件或影像") && bare.contains("value=\"李父\""), "{bare}");
    // A guardian whom the file does not know is asked for his proof.
    let mother = his.replace("李父", "李母").replace(number.as_str(), "11010519491231002X");
    let other =
        upload(&bank, "/loss/report", &format!("{who}&kind=release&{mother}"), &["deputy_image"]).await;
    assert!(other.contains("来的监护人不是档案登记的监护人"), "{other}");
    assert!(w.file(id).await.0.cards[0].loss().is_some());
    let images = ["deputy_image"];
    let done = upload(&bank, "/loss/report", &format!("{who}&kind=release&{his}"), &images).await;
    assert!(done.contains("已解除挂失") && done.contains("/receipts/business/"), "{done}");
    let file = w.file(id).await.0;
    assert!(file.cards[0].loss().is_none());
    assert_eq!(came(&w, "loss.release").await.deputy.unwrap().name, "李父");
    w.verified().await;
}
