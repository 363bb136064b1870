//! What a look shows.

use kaguan_domain::clause;
use kaguan_domain::ctx::Channel;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_service::Item;
use kaguan_testkit::{On, World};

fn said(file: &HolderFile) -> String {
    serde_json::to_string(&(&file.person, &file.applications, &file.cards)).unwrap()
}

/// What names somebody in a file.
fn naming(file: &HolderFile) -> Vec<String> {
    let details = &file.person.as_ref().unwrap().details;
    let mut all = vec![
        details.name.display().to_owned(),
        details.ssn.as_str().to_owned(),
        details.document.number().to_owned(),
        details.phone.clone(),
        details.postal_address.clone(),
    ];
    all.extend(details.mobile.clone());
    for card in &file.cards {
        all.push(card.card_no.as_str().to_owned());
        all.push(card.bank_account.bank_card_no.as_str().to_owned());
        all.push(card.bank_account.account_no.0.clone());
        all.push(card.chip.as_str().to_owned());
    }
    all.retain(|text| !text.is_empty());
    all
}

#[tokio::test]
async fn art_39_1_a_look_has_nothing_in_the_clear_and_what_is_in_the_clear_says_so_in_its_line() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (file, _) = w.file(id).await;
    let clerk = w.officer(w.outlet()).await;
    let ctx = || w.service.ctx(clerk.clone(), Channel::Console, None);
    let plain = naming(&file);
    assert!(plain.len() >= 9, "{}", plain.len());
    let whole = said(&file);
    assert!(plain.iter().all(|text| whole.contains(text)), "the file itself has all of it");
    let seen = w.service.look(ctx(), id, "核对").await.unwrap();
    let shown = said(&seen.file);
    for text in &plain {
        assert!(!shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(seen.file.clone().masked(), seen.file, "masked once more it stays");
    // One item, to whoever writes why.
    let number = Item::from_code(&Item::Card(card).code()).unwrap();
    let (_, text) = w.service.look_at_item(ctx(), id, number, "核对来电人身份").await.unwrap();
    assert_eq!(text.as_str(), file.cards[0].card_no.as_str());
    assert!(w.service.look_at_item(ctx(), id, number, "").await.is_err(), "no reason, no look");
    // The file in the clear, for a machine or a paper.
    let clear = w.service.look_in_clear(ctx(), id, "打印邮寄面单（收件人和邮寄地址）").await.unwrap();
    assert_eq!(said(clear.whole()), whole);
    let looks = w.service.looks_at(&seen, 3).await.unwrap();
    let reasons: Vec<&str> = looks.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(reasons, ["打印邮寄面单（收件人和邮寄地址）", "查看社保卡卡号：核对来电人身份", "核对"]);
    w.verified().await;
}
