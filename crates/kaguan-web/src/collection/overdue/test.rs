//! 逾期未领卡 and 逾期且滞留.

use super::{BANK, CITY, Desk, OUTLET, PROVINCE, waiting_card};
use kaguan_domain::cancellation::Cancel;
use kaguan_domain::clause;
use kaguan_domain::collection::ReceiveReturned;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{HolderCommand, Turn};
use kaguan_domain::distribution::{RecordFound, RecordMissing};
use kaguan_domain::facts::cancellation::CancelReason;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::letter::Letter;
use kaguan_domain::ids::HolderId;
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_service::register::register;
use kaguan_store::Subject;
use kaguan_testkit::{BOTH, On, World, receive, ship};

/// An outlet of a bank that is not the card's own.
const OTHER_BANK: &str = "44010395533001";

/// Somebody whose card is to be posted to him (邮递上门).
async fn applies_by_post(w: &World) -> HolderId {
    let mut apply = w.apply(1, w.outlet());
    apply.draft.delivery = "2".into();
    apply.draft.mailing_address = "广州市天河区体育东路1号".into();
    apply.draft.recipient = "李四".into();
    apply.draft.recipient_phone = "13800000001".into();
    apply.presented.postage_told = true;
    w.takes_in(1, apply).await
}

/// The number of somebody's first card.
async fn card_no(w: &World, holder: HolderId) -> String {
    w.file(holder).await.0.cards[0].card_no.as_str().to_owned()
}

#[tokio::test]
async fn art_32_3_an_uncollected_card_goes_from_list_to_list_until_it_is_cancelled() {
    clause!(R32.3);
    clause!(R32.4);
    clause!(R33.4);
    let w = World::new(On::Memory).await;
    let (id, _) = waiting_card(&w).await;
    let number = card_no(&w, id).await;
    let mut clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let (mut bank, mut city) =
        (Desk::of(&w, Role::BankClerk, BANK).await, Desk::of(&w, Role::CityOfficer, CITY).await);
    assert!(clerk.get("/overdue").await.contains("没有超过6个月未领取的成品卡"));
    w.days_pass(200);
    w.service.duties().await.unwrap();
    clerk.sign_in().await;
    let list = clerk.get("/overdue").await;
    assert!(
        list.contains(&number) && list.contains("前完成回收"),
        "the warning is on the outlet's list: {list}"
    );
    let name = w.file(id).await.0.person.unwrap().details.name.display().to_owned();
    assert!(!list.contains(&name), "masked");
    let csv = clerk.get("/overdue?overdue.as=csv").await;
    assert!(csv.starts_with("\u{feff}姓名,社会保障号码,社保卡卡号") && csv.contains(&number), "{csv}");
    let card = w.card_of(id).await;
    let page = clerk.post("/overdue", &format!("holder={id}&card={card}&what=take_back")).await;
    assert!(page.contains("已回退"), "{page}");
    // The data to the city, the plastic to the bank's store.
    city.sign_in().await;
    let list = city.get("/stranded").await;
    assert!(list.contains("接收") && list.contains(&number), "{list}");
    city.post("/stranded", &format!("holder={id}&card={card}&what=receive_data")).await;
    bank.sign_in().await;
    bank.does(&w, id, "store_plastic", "signer=库管员").await;
    let (file, _) = w.file(id).await;
    assert!(matches!(file.cards[0].custody, Custody::Recalled { org, .. } if org == w.bank_outlet()));
    let balances = w.service.store().custody_balances().await.unwrap();
    let store = Party::Recalled(w.bank_outlet()).account();
    assert!(balances.contains(&(store, 1)), "{balances:?}");
    assert!(balances.contains(&(format!("data/org:{}", w.org(CITY)), 1)), "{balances:?}");
    // Stranded after six months, cancelled once the bank says that nothing is in the account.
    w.days_pass(200);
    city.sign_in().await;
    let bare = format!("holder={id}&card={card}&what=cancel");
    let cancel = format!("{bare}&sure=1");
    let page = city.post("/stranded", &cancel).await;
    assert!(page.contains("尚未确认银行账户无余额"), "{page}");
    bank.sign_in().await;
    let page = bank.does(&w, id, "balance", "empty=").await;
    assert!(page.contains("未正确填写"), "nothing is assumed: {page}");
    bank.does(&w, id, "balance", "empty=yes").await;
    // It cannot be undone: at neither of its doors is it done by one press.
    let list = city.get("/stranded").await;
    assert!(list.contains("name=\"sure\" value=\"1\"> 已核对姓名和卡号，确定注销"), "{list}");
    let page = city.post("/cards-on-their-way", &format!("number={number}")).await;
    assert!(page.contains("name=\"sure\" value=\"1\"> 已核对姓名和卡号，确定注销"), "{page}");
    for page in [city.post("/stranded", &bare).await, city.does(&w, id, "cancel", "").await] {
        assert!(page.contains("须勾选已核对姓名和卡号并确定注销") && !page.contains("已办理"), "{page}");
    }
    assert!(!w.file(id).await.0.cards[0].is_cancelled());
    let page = city.post("/stranded", &cancel).await;
    assert!(page.contains("已办理"), "{page}");
    let (file, _) = w.file(id).await;
    assert!(file.cards[0].is_cancelled());
    let seq = file.cards[0].intents.last().unwrap().seq;
    let done = AnswerIntent { card, seq, answer: BankAnswer::Done };
    let close = HolderCommand::AnswerIntent(done);
    w.about(&Actor::Bank(file.cards[0].bank.clone()), id, close).await.unwrap();
    // Its account is closed: the bank's outlet that keeps it destroys it, and not the city.
    let line = "<a href=\"/overdue#to_destroy\">已销户、待登记销毁的社保卡</a> <b>1</b>";
    let home = bank.get("/").await;
    assert!(home.contains(line), "{home}");
    let csv = bank.get("/overdue?to_destroy.as=csv").await;
    assert!(csv.contains(&number) && csv.contains("登记销毁"), "{csv}");
    // The session of half a year ago is over.
    clerk.sign_in().await;
    for desk in [&clerk, &city] {
        assert!(!desk.get("/").await.contains("待登记销毁"));
    }
    assert!(!city.get("/stranded?to_destroy.as=csv").await.contains(&number));
    assert!(!bank.get("/").await.contains("待交回"), "it is on no other list");
    // Nor is it destroyed by one press.
    let page = bank.does(&w, id, "destroy", "").await;
    assert!(page.contains("须勾选已核对姓名和卡号并确定销毁，该卡没有销毁"), "{page}");
    assert!(page.contains("> 已核对姓名和卡号，确定销毁"), "{page}");
    assert!(matches!(w.file(id).await.0.cards[0].custody, Custody::Recalled { .. }));
    bank.does(&w, id, "destroy", "sure=1").await;
    assert!(!bank.get("/").await.contains("待登记销毁"));
    assert!(matches!(w.file(id).await.0.cards[0].custody, Custody::Destroyed { .. }));
    // What was done in its time is counted, wherever the card lies now.
    let (from, to) =
        (w.service.now().date().saturating_sub(jiff::Span::new().years(2)), w.service.now().date());
    let store = w.service.store();
    let kind = kaguan_service::reports::Kind::Recalls;
    let table = kaguan_service::reports::report(store, kind, from, to, to).await.unwrap();
    assert_eq!(table.rows, [(vec!["广州市".to_owned(), "逾期未领".to_owned()], vec![1.0])]);
    w.verified().await;
}

#[tokio::test]
async fn art_32_2_the_clock_of_a_card_that_was_sent_back_is_of_whoever_has_it() {
    clause!(R32.2);
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (_, batch) = waiting_card(&w).await;
        let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
        w.days_pass(200);
        w.service.duties().await.unwrap();
        let county = "44010600000001";
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let below = Desk::of(&w, Role::CountyClerk, county).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        let officers = [w.officer(w.outlet()).await, w.officer(w.org(county)).await];
        let centre = w.officer(w.org(CITY)).await;
        let turns = async || {
            let board = w.service.clock_board(&centre, None).await.unwrap();
            board.against.iter().map(|a| a.turn).collect::<Vec<_>>()
        };
        // It waits to be taken back, and no more for its holder: the step says so, and is late when the period is over.
        let steps = async || {
            let board = w.service.clock_board(&centre, None).await.unwrap();
            board.steps.iter().map(|s| (s.at.name(), s.at.turn(), s.n, s.late)).collect::<Vec<_>>()
        };
        let waits = |turn, late| [("逾期未领或持卡人死亡，卡待回收", turn, 1, late)];
        assert_eq!(steps().await, waits(Turn::Outlet, 0), "{on:?}");
        let page = city.get("/clocks?table=against").await;
        assert!(page.contains("<td>待回收卡（张）</td>") && page.contains("1张待回收卡"), "{on:?}: {page}");
        assert!(!page.contains("申请（件）") && !page.contains("网点待领"), "{on:?}: {page}");
        let recall = "逾期未领回收";
        let lists = async |desk: &Desk| desk.get("/reminders").await;
        assert!(lists(&clerk).await.contains(recall) && !lists(&below).await.contains(recall), "{on:?}");
        assert_eq!(turns().await, [Turn::Outlet], "{on:?}");
        let listed = async |at: &Desk, next: &str| {
            let page = lists(at).await;
            assert!(page.contains(recall) && page.contains(next), "{on:?} {next}: {page}");
            assert!(!lists(&clerk).await.contains(recall), "the outlet has sent it away");
        };
        w.batch(&officers[0], batch, ship(r#box, w.org(county))).await.unwrap();
        listed(&below, "签收成品卡").await;
        w.batch(&officers[1], batch, receive(r#box, w.org(county), 1)).await.unwrap();
        listed(&below, "移交领卡网点，由其签收后回收").await;
        assert_eq!(turns().await, [Turn::County], "{on:?}");
        w.batch(&officers[1], batch, ship(r#box, w.org(CITY))).await.unwrap();
        listed(&city, "签收成品卡").await;
        assert!(!lists(&below).await.contains(recall));
        w.batch(&centre, batch, receive(r#box, w.org(CITY), 1)).await.unwrap();
        listed(&city, recall).await;
        assert_eq!(turns().await, [Turn::City], "{on:?}");
        assert_eq!(steps().await, waits(Turn::City, 0), "{on:?}");
        w.days_pass(30);
        assert_eq!(steps().await, waits(Turn::City, 1), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_14_1_a_card_that_is_to_be_posted_is_found_by_its_outlet_until_it_is_sent() {
    clause!(R10.5);
    clause!(R14.1);
    clause!(R14.4);
    for on in BOTH {
        let w = World::new(on).await;
        let posted = applies_by_post(&w).await;
        // The second one comes for his.
        let comes = w.applicant(2, w.outlet()).await;
        let batch = w.cards_made().await;
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let line = "<a href=\"/overdue#to_post\">待邮寄的成品卡</a> <b>1</b>";
        assert!(!clerk.get("/").await.contains("待邮寄"), "{on:?}: it is still at the vendor's");
        w.at_outlet(batch, w.outlet()).await;
        w.service.tell_ready().await.unwrap();
        let home = clerk.get("/").await;
        assert!(home.contains(line), "{on:?}: {home}");
        let number = card_no(&w, posted).await;
        let csv = clerk.get("/overdue?to_post.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("待邮寄") && csv.contains("装箱位置"), "{csv}");
        let his = card_no(&w, comes).await;
        assert!(csv.contains("约定邮递上门") && !csv.contains(&his), "and nobody else's: {csv}");
        let name = w.file(posted).await.0.person.unwrap().details.name.display().to_owned();
        assert!(!csv.contains(&name) && !csv.contains("体育东路"), "masked: {csv}");
        // Nobody else has to post it.
        let bank = Desk::of(&w, Role::BankClerk, BANK).await;
        assert!(!bank.get("/").await.contains("待邮寄") && !bank.get("/overdue").await.contains(&number));
        // Its holder is not told to come, and who comes all the same is told what was asked for.
        let waiting = w.service.store().outbox_waiting("sms", 0, 100).await.unwrap();
        let texts: Vec<String> = waiting
            .iter()
            .filter_map(|m| match Letter::read(&m.kind, &m.body) {
                Ok(Letter::Notice(sms)) if sms.text.contains("送达") => Some(sms.text),
                _ => None,
            })
            .collect();
        let by_post: Vec<&String> = texts.iter().filter(|t| t.contains("邮寄上门")).collect();
        assert!(texts.len() == 2 && by_post.len() == 1 && !by_post[0].contains("前往领取"), "{texts:?}");
        let page = clerk.post("/collect", &format!("number={number}")).await;
        assert!(page.contains("领取方式：邮递上门") && page.contains("领取人没有到场的"), "{page}");
        // Its register says so before anybody signs.
        let institutions = w.service.institutions();
        let register = register(w.service.store(), &institutions, batch, None, None).await.unwrap().unwrap();
        let manners: Vec<&str> = register.cards.iter().map(|c| c.cells[6].as_str()).collect();
        assert_eq!(manners.iter().filter(|m| **m == "邮递上门").count(), 1, "{manners:?}");
        let province = Desk::of(&w, Role::ProvinceOfficer, PROVINCE).await;
        assert!(!province.get("/").await.contains("待邮寄"));
        // Agreed with the application, it goes out; then it is in the post, and no more to be sent.
        let sent = clerk.does(&w, posted, "post/send", "tracking=EMS1").await;
        assert!(sent.contains("取件码已由系统发送"), "{sent}");
        assert!(!clerk.get("/").await.contains("待邮寄"), "{on:?}");
        assert!(!clerk.get("/overdue?to_post.as=csv").await.contains(&number));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_33_4_a_second_offer_that_failed_is_seen_by_who_keeps_the_card_and_by_its_city() {
    clause!(R32.3);
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let number = card_no(&w, id).await;
        let mut clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let (mut bank, mut city) =
            (Desk::of(&w, Role::BankClerk, BANK).await, Desk::of(&w, Role::CityOfficer, CITY).await);
        w.days_pass(200);
        w.service.duties().await.unwrap();
        clerk.sign_in().await;
        clerk.does(&w, id, "take_back", "").await;
        city.sign_in().await;
        city.does(&w, id, "receive_data", "").await;
        bank.sign_in().await;
        bank.does(&w, id, "store_plastic", "signer=库管员").await;
        let page = bank.does(&w, id, "offer_again", "").await;
        assert!(page.contains("二次发放"), "{page}");
        // Its holder hears where it is, and until when.
        let waiting = w.service.store().outbox_waiting("sms", 0, 100).await.unwrap();
        let told = waiting.iter().any(|m| match Letter::read(&m.kind, &m.body) {
            Ok(Letter::Notice(sms)) => sms.text.contains("二次发放") && sms.text.contains("（含当日）"),
            _ => false,
        });
        assert!(told, "{on:?}");
        let page = bank.post("/cards-on-their-way", &format!("number={number}")).await;
        assert!(page.contains("期满") && page.contains("二次发放通知"), "{page}");
        assert!(!bank.get("/").await.contains("二次发放期满"));
        w.days_pass(200);
        w.service.duties().await.unwrap();
        for desk in [&mut clerk, &mut bank, &mut city] {
            desk.sign_in().await;
        }
        let line = |path: &str| format!("<a href=\"{path}\">二次发放期满未领、待回收的成品卡</a> <b>1</b>");
        let home = bank.get("/").await;
        assert!(home.contains(&line("/overdue#overdue")), "{on:?}: {home}");
        let home = city.get("/").await;
        assert!(home.contains(&line("/stranded#second_over")), "{on:?}: {home}");
        assert!(city.get("/stranded?second_over.as=csv").await.contains(&number));
        // The board counts it as to be taken back, overdue, and no more as waiting for its holder.
        let officer = w.officer(w.org(CITY)).await;
        let board = w.service.clock_board(&officer, None).await.unwrap();
        let steps: Vec<_> = board.steps.iter().map(|s| (s.at.name(), s.at.turn(), s.n, s.late)).collect();
        assert_eq!(steps, [("逾期未领或持卡人死亡，卡待回收", Turn::Outlet, 1, 1)], "{on:?}");
        // Where it was to be collected first nobody has it.
        assert!(
            !clerk.get("/overdue").await.contains(&number) && !clerk.get("/").await.contains("二次发放期满")
        );
        let list = bank.get("/overdue").await;
        assert!(list.contains(&number) && list.contains("回退"), "{list}");
        let card = w.card_of(id).await;
        let page = bank.post("/overdue", &format!("holder={id}&card={card}&what=take_back")).await;
        assert!(page.contains("已回退"), "{page}");
        assert!(
            !bank.get("/").await.contains("二次发放期满") && !city.get("/").await.contains("二次发放期满")
        );
        w.verified().await;
    }
}

#[tokio::test]
async fn art_33_4_what_is_to_be_offered_again_is_on_its_keepers_list_with_its_last_day() {
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let number = w.file(id).await.0.cards[0].card_no.as_str().to_owned();
        let mut clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let (mut bank, mut city) =
            (Desk::of(&w, Role::BankClerk, BANK).await, Desk::of(&w, Role::CityOfficer, CITY).await);
        w.days_pass(200);
        w.service.duties().await.unwrap();
        for desk in [&mut clerk, &mut bank, &mut city] {
            desk.sign_in().await;
        }
        clerk.does(&w, id, "take_back", "").await;
        city.does(&w, id, "receive_data", "").await;
        bank.does(&w, id, "store_plastic", "signer=库管员").await;
        let line = |path: &str| format!("<a href=\"{path}\">已回收、待二次发放的逾期未领卡</a> <b>1</b>");
        let soon = |path: &str| format!("<a href=\"{path}\">须在一个月内二次发放的逾期未领卡</a> <b>1</b>");
        let home = bank.get("/").await;
        assert!(
            home.contains(&line("/overdue#to_offer")) && !home.contains(&soon("/overdue#to_offer")),
            "{on:?}: {home}"
        );
        let list = bank.get("/overdue").await;
        assert!(list.contains("href=\"/offer-again/"), "{list}");
        let csv = bank.get("/overdue?to_offer.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("待二次发放，") && csv.contains("期满"), "{csv}");
        let home = city.get("/").await;
        assert!(home.contains(&line("/stranded#to_offer")), "{on:?}: {home}");
        assert!(city.get("/stranded?to_offer.as=csv").await.contains(&number));
        assert!(!clerk.get("/").await.contains("待二次发放"), "{on:?}: it has not got it any more");
        assert!(!clerk.get("/overdue?to_offer.as=csv").await.contains(&number));
        // A month before the end the offices are reminded, and its holder is called to no counter.
        w.days_pass(156);
        w.service.duties().await.unwrap();
        for desk in [&mut clerk, &mut bank, &mut city] {
            desk.sign_in().await;
        }
        let home = bank.get("/").await;
        assert!(
            home.contains(&line("/overdue#to_offer")) && home.contains(&soon("/overdue#to_offer")),
            "{on:?}: {home}"
        );
        assert!(city.get("/").await.contains(&soon("/stranded#to_offer")), "{on:?}");
        assert!(bank.get("/overdue?to_offer.as=csv").await.contains("二次发放到期提醒"));
        let waiting = w.service.store().outbox_waiting("sms", 0, 100).await.unwrap();
        let called = waiting.iter().any(|m| match Letter::read(&m.kind, &m.body) {
            Ok(Letter::Notice(sms)) => sms.text.contains("已回收保管"),
            _ => false,
        });
        assert!(!called, "{on:?}");
        // Nobody did it: it is stranded, and is not said to have been offered.
        w.days_pass(40);
        for desk in [&mut bank, &mut city] {
            desk.sign_in().await;
        }
        assert!(!bank.get("/").await.contains("二次发放的逾期未领卡"), "{on:?}");
        assert!(!bank.get("/overdue?to_offer.as=csv").await.contains(&number));
        bank.does(&w, id, "balance", "empty=yes").await;
        let card = w.card_of(id).await;
        let page = city.post("/stranded", &format!("holder={id}&card={card}&what=cancel&sure=1")).await;
        assert!(page.contains("已办理"), "{page}");
        let lines = w.service.store().entries_of(Subject::Holder(id), 1).await.unwrap();
        let events = w.service.store().holder_events(&lines[0]).unwrap();
        let reason = events.iter().find_map(|e| match e {
            HolderEvent::CardCancelled { reason, .. } => Some(*reason),
            _ => None,
        });
        assert_eq!(reason, Some(CancelReason::Stranded), "{on:?}: {events:?}");
        w.verified().await;
    }
}

/// Two registers have written to the city that somebody has died.
async fn dies(city: &Desk, number: &str) {
    for source in ["public_security", "social_security"] {
        let marked =
            city.post("/deaths/mark", &format!("number={number}&source={source}&evidence=2026-1")).await;
        assert!(!marked.contains("class=\"notice wrong\""), "{marked}");
    }
}

async fn lives(clerk: &Desk, number: &str) {
    let restored = clerk.post("/deaths/restore", &format!("number={number}&evidence=1")).await;
    assert!(restored.contains("已恢复生存状态"), "{restored}");
}

#[tokio::test]
async fn art_33_4_what_is_its_holders_again_is_on_its_keepers_list_until_he_has_it() {
    clause!(R14.3);
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let person = w.draft(1).document_number;
        let number = card_no(&w, id).await;
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let mut bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        dies(&city, &person).await;
        let who = format!("holder={id}&card={card}");
        let page = bank.post("/recall/take-back", &format!("{who}&reason=holder_dead")).await;
        assert!(page.contains("社保卡已回收") && !page.contains("待发还"), "{on:?}: {page}");
        assert!(!bank.get("/").await.contains("待发还"), "{on:?}: he is dead as far as anybody knows");
        // Somebody else finds that he lives: whoever keeps the card hears of it.
        lives(&clerk, &person).await;
        let line = "<a href=\"/overdue#to_give_back\">死亡、限制恢复后待发还的社保卡</a> <b>1</b>";
        let home = bank.get("/").await;
        assert!(home.contains(line), "{on:?}: {home}");
        for other in [&clerk, &city] {
            assert!(!other.get("/").await.contains("待发还"), "{on:?}: they have not got it");
        }
        let list = bank.get("/overdue").await;
        assert!(list.contains("待办理二次发放") && list.contains("href=\"/offer-again/"), "{list}");
        let csv = bank.get("/overdue?to_give_back.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("待发还"), "{csv}");
        let page = bank.post("/offer-again/carry-out", &who).await;
        assert!(page.contains("没有期限") && !page.contains("和期限") && !page.contains("期满"), "{page}");
        assert!(page.contains("待发还：") && !page.contains("正常使用"), "an office has it: {page}");
        let slip = clerk.post("/one-card", &format!("holder={id}")).await;
        assert!(slip.contains("待发还") && !slip.contains("正常使用"), "what is signed says so too: {slip}");
        assert!(!bank.get("/").await.contains("待发还"), "{on:?}");
        // It waits without a last day, and stays on the list of whoever has it.
        w.days_pass(400);
        w.service.duties().await.unwrap();
        bank.sign_in().await;
        assert!(!bank.get("/").await.contains("二次发放期满"), "{on:?}");
        let csv = bank.get("/overdue?given_back.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("没有期限"), "{csv}");
        assert!(!bank.get("/overdue?overdue.as=csv").await.contains(&number));
        let page = bank.post("/recall", &format!("number={person}")).await;
        assert!(page.contains("没有期限") && !page.contains("不在等候领取"), "{page}");
        let list = bank.get("/overdue").await;
        assert!(list.contains("href=\"/collect/"), "{list}");
        let shown = format!("{who}&document_kind=1&document_number={person}&verified=1&signed=1");
        let page = bank.post("/collect/carry-out", &shown).await;
        assert!(page.contains("社保卡已发还") && page.contains("银行账户已激活"), "{page}");
        assert!(!page.contains("同时办理银行账户激活"), "{page}");
        assert!(!bank.get("/overdue?given_back.as=csv").await.contains(&number));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_33_4_what_the_city_keeps_is_on_its_own_list_and_handed_over_by_an_outlet() {
    clause!(R33.4);
    clause!(R12.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let person = w.draft(1).document_number;
    let number = card_no(&w, id).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    dies(&city, &person).await;
    let who = format!("holder={id}&card={card}");
    city.post("/recall/take-back", &format!("{who}&reason=holder_dead")).await;
    lives(&clerk, &person).await;
    let home = city.get("/").await;
    assert!(
        home.contains("<a href=\"/stranded#to_give_back\">死亡、限制恢复后待发还的社保卡</a> <b>1</b>"),
        "{home}"
    );
    let page = city.post("/offer-again/carry-out", &who).await;
    assert!(page.contains("单卡转接") && page.contains("没有期限"), "{page}");
    let csv = city.get("/stranded?given_back.as=csv").await;
    assert!(csv.contains(&number) && csv.contains("单卡转接后发还"), "{csv}");
    let page = clerk.does(&w, id, "take_over", "place=专柜&signer=库管员").await;
    assert!(page.contains("已办理：单卡转接"), "{page}");
    assert!(!city.get("/stranded?given_back.as=csv").await.contains(&number));
    let csv = clerk.get("/overdue?given_back.as=csv").await;
    assert!(csv.contains(&number) && csv.contains("没有期限"), "{csv}");
    w.verified().await;
}

#[tokio::test]
async fn art_32_2_the_card_of_the_dead_is_not_on_the_list_of_what_is_to_be_posted() {
    clause!(R14.1);
    clause!(R32.2);
    let w = World::new(On::Memory).await;
    let id = applies_by_post(&w).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let person = w.draft(1).document_number;
    let number = card_no(&w, id).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let waits = async || {
        let listed = clerk.get("/overdue?to_post.as=csv").await.contains(&number);
        assert_eq!(clerk.get("/").await.contains("待邮寄的成品卡"), listed, "the line and its list");
        listed
    };
    assert!(waits().await);
    dies(&city, &person).await;
    assert!(!waits().await, "邮递上门 would refuse it");
    let page = clerk.post("/cards-on-their-way", &format!("number={number}")).await;
    assert!(!page.contains("领取方式：邮递上门"), "{page}");
    lives(&clerk, &person).await;
    assert!(waits().await, "and he waits for it again");
    w.verified().await;
}

#[tokio::test]
async fn art_33_4_a_card_cancelled_in_the_post_is_brought_back_taken_back_and_destroyed() {
    clause!(R14.1);
    clause!(R32.1);
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let card = w.card_of(id).await;
        let number = card_no(&w, id).await;
        let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let city = Desk::of(&w, Role::CityOfficer, CITY).await;
        w.posted(id, "EMS1", None).await;
        assert!(!clerk.get("/").await.contains("待追回或回收"), "{on:?}");
        let cancel = Cancel { given_back_at: None, chip: None, ..w.moved_out(id, card).await };
        let officer = w.officer(w.outlet()).await;
        w.about(&officer, id, HolderCommand::Cancel(cancel)).await.unwrap();
        // Whoever posted it has it brought back.
        let line = "<a href=\"/overdue#to_withdraw\">已注销、清理或须收缴，待追回或回收的社保卡</a> <b>1</b>";
        let home = clerk.get("/").await;
        assert!(home.contains(line), "{on:?}: {home}");
        for list in ["to_withdraw", "posted"] {
            let csv = clerk.get(&format!("/overdue?{list}.as=csv")).await;
            assert!(csv.contains(&number) && csv.contains("邮件退回登记和回收"), "{on:?}: {list}: {csv}");
        }
        for desk in [&bank, &city] {
            assert!(!desk.get("/").await.contains("待追回或回收"), "{on:?}");
        }
        let returned =
            ReceiveReturned { card, outlet: w.outlet(), reason: "已联系邮政企业追回".into() };
        w.about(&officer, id, HolderCommand::ReceiveReturnedPost(returned)).await.unwrap();
        // It lies there again: it is taken back, and is no second offer and nobody's to collect.
        assert!(clerk.get("/").await.contains(line), "{on:?}");
        let csv = clerk.get("/overdue?to_withdraw.as=csv").await;
        assert!(csv.contains(&number) && csv.contains("请办理回收"), "{on:?}: {csv}");
        let page =
            clerk.post("/recall/take-back", &format!("holder={id}&card={card}&reason=cancelled")).await;
        assert!(page.contains("社保卡已回收"), "{on:?}: {page}");
        let home = clerk.get("/").await;
        assert!(!home.contains("待追回或回收") && !home.contains("待交回"), "{on:?}: {home}");
        // An HR outlet destroys nothing: once the account is closed the city's centre does.
        assert!(!city.get("/").await.contains("待登记销毁"), "{on:?}: its account is open");
        let file = w.file(id).await.0;
        let seq = file.cards[0].intents.last().unwrap().seq;
        let close = HolderCommand::AnswerIntent(AnswerIntent { card, seq, answer: BankAnswer::Done });
        w.about(&Actor::Bank(file.cards[0].bank.clone()), id, close).await.unwrap();
        let line = "<a href=\"/stranded#to_destroy\">已销户、待登记销毁的社保卡</a> <b>1</b>";
        let home = city.get("/").await;
        assert!(home.contains(line), "{on:?}: {home}");
        assert!(city.get("/stranded?to_destroy.as=csv").await.contains(&number), "{on:?}");
        for desk in [&bank, &clerk] {
            assert!(!desk.get("/").await.contains("待登记销毁"), "{on:?}");
        }
        let page = city.does(&w, id, "destroy", "sure=1").await;
        assert!(page.contains("已办理：销毁"), "{on:?}: {page}");
        assert!(!city.get("/").await.contains("待登记销毁"), "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_4_another_banks_outlet_that_has_the_card_sees_that_it_is_to_go_to_its_bank() {
    clause!(R32.2);
    clause!(R32.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let card = w.card_of(id).await;
        let number = card_no(&w, id).await;
        let mut other = Desk::of(&w, Role::BankClerk, OTHER_BANK).await;
        let (mut clerk, mut bank) =
            (Desk::of(&w, Role::HrClerk, OUTLET).await, Desk::of(&w, Role::BankClerk, BANK).await);
        // It was missed, and turned up where nobody gives it out, or may sign for it.
        let (place, account, since) = ("卡库".to_owned(), "未见".to_owned(), w.service.now().date());
        let missed = RecordMissing { card, since, place, account, answers: None, counted_at: None };
        w.about(&w.officer(w.outlet()).await, id, HolderCommand::RecordMissing(missed)).await.unwrap();
        let (signs, org) = (w.officer(w.org(OTHER_BANK)).await, w.org(OTHER_BANK));
        w.about(&signs, id, HolderCommand::RecordFound(RecordFound { card, org })).await.unwrap();
        w.days_pass(200);
        w.service.duties().await.unwrap();
        for desk in [&mut other, &mut clerk, &mut bank] {
            desk.sign_in().await;
        }
        // Its recall stands with whoever keeps it, and not with the outlet that its holder chose.
        assert!(other.get("/").await.contains("逾期未领，卡待回收"), "{on:?}");
        assert!(!clerk.get("/").await.contains("逾期未领，卡待回收"), "{on:?}");
        let page = other.post("/overdue", &format!("holder={id}&card={card}&what=take_back")).await;
        assert!(page.contains("已回退"), "{on:?}: {page}");
        for desk in [&other, &bank] {
            let home = desk.get("/").await;
            assert!(home.contains("待交回服务银行保管的逾期未领卡</a> <b>1</b>"), "{on:?}: {home}");
            assert!(desk.get("/overdue?to_store.as=csv").await.contains(&number), "{on:?}");
        }
        assert!(!clerk.get("/").await.contains("待交回"), "{on:?}: it has not got it");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_4_whoever_has_to_act_on_an_uncollected_card_finds_it_and_is_told_what_is_done() {
    clause!(R32.3);
    clause!(R32.4);
    clause!(R33.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let card = w.card_of(id).await;
        let (number, of) = {
            let file = w.file(id).await.0;
            (file.cards[0].card_no.as_str().to_owned(), file.cards[0].bank.name())
        };
        let mut clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let mut bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let mut city = Desk::of(&w, Role::CityOfficer, CITY).await;
        w.days_pass(200);
        w.service.duties().await.unwrap();
        for desk in [&mut clerk, &mut bank, &mut city] {
            desk.sign_in().await;
        }
        // The plastic goes to the bank whichever page takes it back.
        let who = format!("holder={id}&card={card}");
        let page = clerk.post("/recall/take-back", &format!("{who}&reason=uncollected")).await;
        assert!(
            page.contains(&format!("社保卡已回收：数据待市卡管机构接收，卡片请直接交回{of}保管")),
            "{page}"
        );
        let line = |path: &str, name: &str| format!("<a href=\"{path}\">{name}</a> <b>1</b>");
        let to_bank = line("/overdue#to_store", "待交回服务银行保管的逾期未领卡");
        let home = clerk.get("/").await;
        assert!(home.contains(&to_bank), "{on:?}: {home}");
        let home = bank.get("/").await;
        assert!(home.contains(&to_bank) && !home.contains("确认账户余额"), "{on:?}: {home}");
        for desk in [&clerk, &bank] {
            let csv = desk.get("/overdue?to_store.as=csv").await;
            assert!(csv.contains(&number) && csv.contains(&format!("直接交回{of}")), "{on:?}: {csv}");
        }
        assert!(!city.get("/").await.contains("待交回"), "the city has not got it");
        city.post("/stranded", &format!("{who}&what=receive_data")).await;
        bank.does(&w, id, "store_plastic", "signer=库管员").await;
        for desk in [&clerk, &bank] {
            assert!(!desk.get("/").await.contains("待交回"), "{on:?}");
            assert!(!desk.get("/overdue?to_store.as=csv").await.contains(&number), "{on:?}");
        }
        // Stranded: what the city waits for is said to it, and the bank hears of it.
        w.days_pass(200);
        for desk in [&mut clerk, &mut bank, &mut city] {
            desk.sign_in().await;
        }
        let waits = line("/stranded#stranded", "逾期且滞留、待服务银行确认账户余额的成品卡");
        let home = city.get("/").await;
        assert!(home.contains(&waits) && !home.contains("待注销的成品卡"), "{on:?}: {home}");
        let list = city.get("/stranded").await;
        assert!(list.contains("现在不能注销：尚未确认银行账户无余额"), "{list}");
        let asked = line("/overdue#to_confirm", "逾期且滞留、待本行确认账户余额的社保卡");
        let home = bank.get("/").await;
        assert!(home.contains(&asked), "{on:?}: {home}");
        assert!(bank.get("/overdue?to_confirm.as=csv").await.contains(&number), "{on:?}");
        assert!(!clerk.get("/").await.contains("确认账户余额"), "{on:?}");
        for desk in [&clerk, &city] {
            let page = desk.post("/cards-on-their-way", &format!("number={number}")).await;
            assert!(page.contains("没有可以办理的事项") && page.contains("办理账户余额确认"), "{page}");
            assert!(!page.contains("由该机构办理"), "{page}");
        }
        bank.does(&w, id, "balance", "empty=no").await;
        assert!(bank.get("/").await.contains(&asked), "{on:?}: it is asked again");
        assert!(city.get("/stranded").await.contains("服务银行已确认账户有余额"));
        bank.does(&w, id, "balance", "empty=yes").await;
        assert!(!bank.get("/").await.contains("确认账户余额"), "{on:?}");
        assert!(!bank.get("/overdue?to_confirm.as=csv").await.contains(&number), "{on:?}");
        let home = city.get("/").await;
        let cancels = line("/stranded#stranded", "逾期且滞留、待注销的成品卡");
        assert!(home.contains(&cancels) && !home.contains("确认账户余额"), "{on:?}: {home}");
        let page = city.post("/stranded", &format!("{who}&what=cancel&sure=1")).await;
        assert!(page.contains("已办理"), "{page}");
        let page = bank.post("/cards-on-their-way", &format!("number={number}")).await;
        assert!(!page.contains("value=\"balance\"") && page.contains("该卡已注销，由"), "{page}");
        w.verified().await;
    }
}
