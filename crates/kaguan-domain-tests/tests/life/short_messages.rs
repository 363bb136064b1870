//! Short messages are true of whoever reads them: a child's guardian, the family of somebody dead, whoever's card is held or replaced.

use crate::hand::changing;
use crate::person::{HR, OLD, Scene};
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::duty::Notify;
use kaguan_domain::facts::card::{Hold, Social};
use kaguan_domain::facts::custody::PickUpCode;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::letter::{Letter, letters_of};
use kaguan_domain::facts::notice::{Notice, NoticeKind};
use kaguan_domain::ids::{CardId, CaseId};

/// What the holder of a file reads because of an event.
fn read(file: &HolderFile, event: &HolderEvent) -> Vec<String> {
    let text = |letter| match letter {
        Letter::Notice(message) => Some(message.text),
        Letter::Link(_)
        | Letter::ChangeReserved(_)
        | Letter::ChangeDecided(_)
        | Letter::AccountUnused(_)
        | Letter::ECardIssue(_)
        | Letter::ECardState(_)
        | Letter::FeeOrder(_) => None,
    };
    letters_of(file, event).into_iter().filter_map(|(_, letter)| text(letter)).collect()
}

fn with_mobile() -> Scene {
    let mut s = Scene::with_card();
    s.file.person.as_mut().unwrap().details.mobile = Some("13900000000".into());
    s
}

fn is_a_child(s: &mut Scene) {
    s.file.person.as_mut().unwrap().details.birth_date = date(2022, 1, 1);
}

#[test]
fn art_14_1_a_parcel_that_came_back_calls_the_holder_or_the_guardian_and_nobody_to_a_card_that_is_held() {
    clause!(R14.1);
    clause!(R14.2);
    clause!(R37.1);
    let returned = |change: fn(&mut Scene)| {
        let mut s = with_mobile();
        s.file.cards[0].social = Social::NotEnabled;
        change(&mut s);
        let event = HolderEvent::PostReturned { card: OLD, at: HR, reason: "无人签收".into() };
        s.file.apply(&event, s.now);
        read(&s.file, &event)
    };
    let [own]: [String; 1] = returned(|_| {}).try_into().unwrap();
    assert!(own.starts_with("您的社会保障卡邮件已退回，请携带有效身份证件到领卡网点领取"), "{own}");
    let [child]: [String; 1] = returned(is_a_child).try_into().unwrap();
    let says = "持卡人的社会保障卡邮件已退回，请由监护人携带本人和持卡人的有效身份证件、监护人证明文件到领卡网点领取";
    assert!(child.starts_with(says) && !child.contains('您'), "{child}");
    for hold in [Hold::SuspectedDeath, Hold::DeathConfirmed, Hold::Restriction { case: CaseId(1) }] {
        let mut s = with_mobile();
        s.file.cards[0].social = Social::NotEnabled;
        s.file.cards[0].holds.insert(hold);
        let event = HolderEvent::PostReturned { card: OLD, at: HR, reason: "无人签收".into() };
        s.file.apply(&event, s.now);
        assert!(read(&s.file, &event).is_empty(), "{hold:?}");
    }
}

#[test]
fn art_30_1_who_is_told_that_a_card_expires_reads_its_day_and_who_has_applied_already_reads_nothing() {
    clause!(R30.1);
    let told = |mut s: Scene| {
        s.now = Instant::at_start_of(s.old().valid_until);
        let remind = C::Notify(Notify { card: OLD, kind: NoticeKind::Expiring });
        let event = s.as_system().events(&remind).pop().unwrap();
        s.file.apply(&event, s.now);
        (read(&s.file, &event), s.old().valid_until)
    };
    let (own, until) = told(with_mobile());
    assert_eq!(own, [format!("您的社会保障卡有效期至{until}，请及时办理换卡。")]);
    let mut s = with_mobile();
    // Of a card that expires in years to come, too.
    let late = s.old().valid_until.year() - 4;
    s.file.person.as_mut().unwrap().details.birth_date = date(late, 1, 1);
    s.file.cards[0].issued_on = date(late + 1, 1, 1);
    let (child, until) = told(s);
    assert_eq!(child, [format!("持卡人的社会保障卡有效期至{until}，请监护人及时为其办理换卡。")]);
    let (s, _) = changing();
    let (nothing, _) = told(s);
    assert!(nothing.is_empty(), "{nothing:?}");
}

/// A card goes into the post.
fn posted(card: CardId) -> HolderEvent {
    HolderEvent::Posted {
        card,
        from: HR,
        tracking: "EMS1".into(),
        code_digest: String::new(),
        code: Some(PickUpCode("123456".into())),
        told: Some(true),
        by: None,
        carrier: None,
    }
}

/// What happens to a card, of which its holder is told.
type Said<'a> = &'a dyn Fn(&Scene, CardId) -> HolderEvent;

#[test]
fn art_31_2_whoever_comes_for_the_card_of_the_new_bank_is_told_to_bring_the_receipt_until_it_works() {
    clause!(R31.2);
    clause!(R31.3);
    let told = |event: Said<'_>, change: fn(&mut Scene)| {
        let (mut s, new) = changing();
        change(&mut s);
        let event = event(&s, new);
        s.file.apply(&event, s.now);
        let [text]: [String; 1] = read(&s.file, &event).try_into().unwrap();
        text
    };
    let returned =
        |_: &Scene, card| HolderEvent::PostReturned { card, at: HR, reason: "无人签收".into() };
    let notice = |s: &Scene, card, kind| {
        let notice = Notice { outlet: Some("天河网点".into()), ..Notice::new(kind, s.now) };
        HolderEvent::Notified { card, notice, silent: false }
    };
    let ready = |s: &Scene, card| notice(s, card, NoticeKind::Ready);
    let again = |s: &Scene, card| notice(s, card, NoticeKind::OfferedAgain);
    let late = |s: &Scene, card| notice(s, card, NoticeKind::Uncollected);
    let all: [Said<'_>; 4] = [&returned, &ready, &again, &late];
    for event in all {
        let own = told(event, |_| {});
        assert_eq!(own.matches("携带有效身份证件和业务受理回执").count(), 1, "{own}");
    }
    let child = told(&returned, is_a_child);
    let says = "由监护人携带本人和持卡人的有效身份证件、监护人证明文件和业务受理回执";
    assert!(child.contains(says) && !child.contains('您'), "{child}");
    let own = told(&|_, card| posted(card), |_| {});
    assert!(own.contains("请凭业务受理回执和取件码123456签收"), "{own}");
    // Of any other card nobody has such a receipt.
    let mut s = with_mobile();
    s.file.apply(&posted(OLD), s.now);
    let [plain]: [String; 1] = read(&s.file, &posted(OLD)).try_into().unwrap();
    assert!(plain.contains("请凭取件码123456签收") && !plain.contains("回执"), "{plain}");
}

#[test]
fn art_14_1_the_guardian_of_a_child_is_told_whose_card_is_in_the_post_and_that_he_signs_for_it() {
    clause!(R14.1);
    clause!(R14.2);
    let mut s = with_mobile();
    is_a_child(&mut s);
    s.file.apply(&posted(OLD), s.now);
    let [text]: [String; 1] = read(&s.file, &posted(OLD)).try_into().unwrap();
    let says = "持卡人的社会保障卡已寄出，邮件号EMS1。请监护人凭取件码123456签收，勿将取件码告知他人。";
    assert_eq!(text, says);
}

#[test]
fn art_31_3_who_changes_the_bank_of_a_childs_card_is_told_what_the_guardian_brings_and_the_dead_are_told_nothing()
 {
    clause!(R31.3);
    let told = |change: fn(&mut Scene)| {
        let (mut s, new) = changing();
        change(&mut s);
        let card = Box::new(s.card(new).clone());
        let application = card.application;
        read(&s.file, &HolderEvent::CardMade { application, card })
    };
    let [own]: [String; 1] = told(|_| {}).try_into().unwrap();
    assert!(
        own.contains("携带有效身份证件和业务受理回执到领卡网点领取") && own.contains("原服务银行"),
        "{own}"
    );
    let [child]: [String; 1] = told(is_a_child).try_into().unwrap();
    let says = "由监护人携带本人和持卡人的有效身份证件、监护人证明文件和业务受理回执到领卡网点领取";
    assert!(child.contains(says) && !child.contains('您'), "{child}");
    let dead = |s: &mut Scene| {
        s.file.cards[0].holds.insert(Hold::SuspectedDeath);
    };
    assert!(told(dead).is_empty());
}
