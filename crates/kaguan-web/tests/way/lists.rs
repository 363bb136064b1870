//! 逾期未领卡 and 逾期且滞留: what is to be done stands first, with its lists; the empty ones are named at the end, and are found by the same place
//! of the address.

use super::{BANK, CITY, Desk, OUTLET, waiting_card};
use kaguan_domain::clause;
use kaguan_domain::collection::TrackPost;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::post_news::{PostNews, PostStep};
use kaguan_testkit::{BOTH, On, World};

/// The lists of an outlet, of a bank's besides, and of a city.
const OF_OUTLET: [&str; 11] = [
    "overdue",
    "to_offer",
    "missing",
    "returning",
    "to_post",
    "to_store",
    "to_withdraw",
    "confiscated",
    "to_give_back",
    "given_back",
    "posted",
];
const OF_BANK: [&str; 3] = ["to_confirm", "to_close", "to_destroy"];
const OF_CITY: [&str; 12] = [
    "stranded",
    "second_over",
    "to_offer",
    "sent",
    "missing",
    "to_store",
    "to_withdraw",
    "confiscated",
    "to_close",
    "to_destroy",
    "to_give_back",
    "given_back",
];

/// Of the lists those that hold something and those that are empty, as the page has them; each is there once.
#[track_caller]
fn parted<'a>(page: &str, lists: impl IntoIterator<Item = &'a str>) -> (Vec<&'a str>, Vec<&'a str>) {
    let (filled, empty): (Vec<_>, Vec<_>) =
        lists.into_iter().partition(|id| page.contains(&format!("<a href=\"#{id}\">")));
    for id in filled.iter().chain(&empty) {
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}: {page}");
        let heads = page.contains(&format!("<h2 id=\"{id}\">"));
        assert_eq!(heads, filled.contains(id), "{id}: {page}");
    }
    (filled, empty)
}

#[tokio::test]
async fn art_32_3_what_is_to_be_done_stands_first_and_an_empty_list_is_named_where_it_was_looked_for() {
    clause!(R32.3);
    clause!(R32.4);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = waiting_card(&w).await;
        let card = w.card_of(id).await;
        let mut clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
        let mut bank = Desk::of(&w, Role::BankClerk, BANK).await;
        let mut city = Desk::of(&w, Role::CityOfficer, CITY).await;
        for (desk, path, of) in [
            (&clerk, "/overdue", OF_OUTLET.to_vec()),
            (&bank, "/overdue", [&OF_OUTLET[..], &OF_BANK].concat()),
            (&city, "/stranded", OF_CITY.to_vec()),
        ] {
            let page = desk.get(path).await;
            assert_eq!(parted(&page, of.iter().copied()), (Vec::new(), of), "{on:?}");
            assert!(page.contains("没有待办的社保卡。") && page.contains("以下清单没有待办："), "{page}");
            assert!(!page.contains("class=\"filters\""), "{on:?}: {page}");
        }
        w.days_pass(200);
        w.service.duties().await.unwrap();
        for desk in [&mut clerk, &mut bank, &mut city] {
            desk.sign_in().await;
        }
        let page = clerk.get("/overdue").await;
        assert_eq!(parted(&page, OF_OUTLET).0, ["overdue"], "{on:?}");
        assert!(page.contains("<a href=\"#overdue\">逾期未领卡</a> <b>1</b>"), "{on:?}: {page}");
        let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
        let summary = at("<h2>待办清单</h2>");
        let (head, act) = (at("<h2 id=\"overdue\">"), at("<p class=\"muted\">第三十二条：逐张办理回退"));
        let (rows, empty) = (at("class=\"filters\" data-list=\"overdue\""), at("以下清单没有待办："));
        assert!([summary, head, act, rows, empty].is_sorted(), "{on:?}: {page}");
        assert!(
            page.contains("href=\"/overdue?overdue.sort=bank#overdue\""),
            "{on:?}: back to the list: {page}"
        );
        // What is chosen stays to be chosen otherwise, and says how many it is of.
        let of = w.file(id).await.0.cards[0].bank.clone();
        let page = clerk.get(&format!("/overdue?overdue.bank={of}")).await;
        assert!(page.contains("<b>1</b> <span class=\"muted small\">按所选条件</span>"), "{on:?}: {page}");
        assert!(page.contains(&format!("<option value=\"{of}\" selected>")), "{on:?}: {page}");
        // Done meanwhile: whoever comes by the same address reads that nothing waits there.
        let page = clerk.post("/overdue", &format!("holder={id}&card={card}&what=take_back")).await;
        assert!(page.contains("已回退"), "{on:?}: {page}");
        let (filled, empty) = parted(&page, OF_OUTLET);
        assert_eq!(filled, ["to_offer", "to_store"], "{on:?}: {page}");
        assert!(empty.contains(&"overdue") && page.contains("<span id=\"overdue\">逾期未领卡</span>"));
        // The line of today's work leads to the list itself, and to its place on the page when it is empty.
        for (desk, path) in [(&clerk, "/overdue"), (&bank, "/overdue"), (&city, "/stranded")] {
            let home = desk.get("/").await;
            let link = format!("href=\"{path}#");
            let places: Vec<&str> =
                home.split(&link).skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(!places.is_empty(), "{on:?} {path}: {home}");
            let page = desk.get(path).await;
            for place in places {
                assert!(page.contains(&format!("<h2 id=\"{place}\">")), "{on:?} {place}: {page}");
            }
        }
        let page = city.get("/stranded").await;
        assert_eq!(parted(&page, OF_CITY).0, ["to_offer", "sent"], "{on:?}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_14_1_a_city_is_not_sent_to_a_page_of_outlets_for_a_letter_that_comes_back() {
    clause!(R14.1);
    let w = World::new(On::Memory).await;
    let (id, _) = waiting_card(&w).await;
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let clerk = Desk::of(&w, Role::HrClerk, OUTLET).await;
    w.posted(id, "EMS1", None).await;
    let news =
        PostNews { step: PostStep::Returning, at: w.service.now(), reason: Some("查无此人".into()) };
    let back = TrackPost { card: w.card_of(id).await, tracking: "EMS1".into(), news };
    w.about(&Actor::System, id, HolderCommand::TrackPost(back)).await.unwrap();
    assert!(clerk.get("/").await.contains("href=\"/overdue#returning\""));
    let home = city.get("/").await;
    assert!(!home.contains("退回、待登记的邮件") && !home.contains("href=\"/overdue"), "{home}");
    w.verified().await;
}
