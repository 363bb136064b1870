//! 接口监控: dead letters are the system administrator's, links in doubt the city's and the province's.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::intent::IntentState;
use kaguan_domain::facts::mirror::{BankState, Facet, Loss, Mirror};
use kaguan_domain::ids::BankCode;
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::ReportTemporary;
use kaguan_service::reconcile::{Difference, LastReconciled};
use kaguan_store::MessageState;
use kaguan_testkit::{BOTH, On, World};

const CENTRE: &str = "44000000000001";

async fn get(door: &Door) -> String {
    door.send("GET", "/links", "", "http://console").await.1
}

#[tokio::test]
async fn art_23_1_what_a_bank_refused_is_settled_by_the_city_and_a_dead_letter_after_it() {
    clause!(R23.1);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        w.service.deliver().await.unwrap();
        let lost =
            C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None });
        w.about(&Actor::System, id, lost).await.unwrap();
        // The message to the bank is given up, and the bank says that it will not.
        let waiting = w.service.store().outbox_due("bank:95588", w.clock.now(), 100).await.unwrap();
        let letter = waiting[0].id;
        let dead = waiting.into_iter().map(|m| (m, MessageState::Dead, w.clock.now())).collect();
        w.service.store().outbox_settle(dead, Vec::new()).await.unwrap();
        let bank = Actor::Bank(BankCode("95588".into()));
        let answer = AnswerIntent { card, seq: 1, answer: BankAnswer::Refused("账户状态异常".into()) };
        w.about(&bank, id, C::AnswerIntent(answer)).await.unwrap();

        let system = signed_in(&w, Role::SystemAdministrator, CENTRE).await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
        let elsewhere = signed_in(&w, Role::CityOfficer, "44030000000001").await;
        let page = get(&system).await;
        assert!(
            page.contains("银行联动") && page.contains("（95588）") && page.contains("持卡人档案"),
            "{page}"
        );
        assert!(!page.contains("账户状态异常") && !page.contains("张三"), "the link is the city's: {page}");
        let page = get(&city).await;
        assert!(page.contains("账户临时挂失") && page.contains("账户状态异常"), "{page}");
        assert!(!page.contains("id=\"letters\""), "{page}");
        assert!(get(&elsewhere).await.contains("没有待处理的联动"));
        let page = get(&province).await;
        assert!(page.contains("账户临时挂失") && page.contains("最近一次对账"), "{page}");
        assert!(page.contains("还没有与任何服务银行对过账"), "nobody knows of differences: {page}");

        // The line's administrator does not say what became of somebody's account.
        let refused = system.post("/links/letter", &format!("letter={letter}&wish=settle&how=1")).await;
        assert!(refused.contains("该联动尚未办结"), "{refused}");
        let link = |wish: &str, how: &str| format!("holder={id}&card={card}&seq=1&wish={wish}&how={how}");
        let other = elsewhere.post("/links/resolve", &link("again", "")).await;
        assert!(other.contains("不在本机构管辖范围内"), "{other}");
        w.clock.set(Instant(w.clock.now().0 + 1_000));
        let again = city.post("/links/resolve", &link("again", "")).await;
        assert!(again.contains("已重新询问银行") && again.contains("没有待处理的联动"), "{again}");
        // What the city asked goes out by another message: the dead one is not sent beside it.
        let twice = system.post("/links/letter", &format!("letter={letter}&wish=again")).await;
        assert!(twice.contains("此后已重新询问银行") && twice.contains("请办结该死信"), "{twice}");
        let answer = AnswerIntent { card, seq: 1, answer: BankAnswer::Unknown };
        w.about(&bank, id, C::AnswerIntent(answer)).await.unwrap();
        let bare = city.post("/links/resolve", &link("settle", "+")).await;
        assert!(bare.contains("须写明与银行核对处理的结果") && bare.contains("存疑"), "{bare}");
        let settled = city.post("/links/resolve", &link("settle", "telephone")).await;
        assert!(settled.contains("联动已办结") && settled.contains("没有待处理的联动"), "{settled}");
        let state = w.file(id).await.0.cards[0].intents[0].state.clone();
        assert!(matches!(state, IntentState::Settled { note, .. } if note == "telephone"));

        let bare = system.post("/links/letter", &format!("letter={letter}&wish=settle&how=+")).await;
        assert!(bare.contains("须写明与合作方核对处理的结果"), "{bare}");
        let done = system.post("/links/letter", &format!("letter={letter}&wish=settle&how=telephone")).await;
        assert!(done.contains("死信已办结") && done.contains("没有死信"), "{done}");
        let gone = system.post("/links/letter", &format!("letter={letter}&wish=again")).await;
        assert!(gone.contains("未找到"), "{gone}");
        let handled = lines(&w, "institution.dead_letter").await;
        assert_eq!(handled.iter().filter(|l| l.is_done()).count(), 1);
        assert!(handled.iter().all(|l| l.channel == "console"), "{handled:?}");
        for role in [Role::SecurityAdministrator, Role::AuditAdministrator] {
            let door = signed_in(&w, role, CENTRE).await;
            let (status, page, _) = door.send("GET", "/links", "", "http://console").await;
            assert!(status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"), "{page}");
        }
        w.verified().await;
    }
}

#[tokio::test]
async fn appendix_7_whoever_keeps_the_line_sees_every_attempt_with_a_partner() {
    clause!(X7.2);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    w.cards_made().await;
    w.service.deliver().await.unwrap();
    let system = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
    let page = system.send("GET", "/links", "", "http://console").await.1;
    assert!(page.contains("发送记录") && page.contains("已送达") && page.contains("收妥"), "{page}");
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let page = city.send("GET", "/links", "", "http://console").await.1;
    assert!(!page.contains("发送记录"), "{page}");
}

#[tokio::test]
async fn art_33_4_the_city_states_whether_the_bank_has_closed_the_account() {
    clause!(R33.4);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    w.service.deliver().await.unwrap();
    let cancel = w.moved_out(id, card).await;
    w.about(&Actor::System, id, C::Cancel(cancel)).await.unwrap();
    let bank = Actor::Bank(BankCode("95588".into()));
    let answer = |answer| C::AnswerIntent(AnswerIntent { card, seq: 1, answer });
    let refused = BankAnswer::Refused("账户有余额，不能销户".into());
    w.about(&bank, id, answer(refused)).await.unwrap();
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let page = get(&city).await;
    // Which of somebody's cards the bank is asked about stands in the row.
    let masked = w.file(id).await.0.cards[0].card_no.masked();
    assert!(page.contains(&masked), "{masked}: {page}");
    assert!(page.contains("办结（银行已销户，账户无余额）") && page.contains("办结（尚未销户）"), "{page}");
    let link = |wish: &str| format!("holder={id}&card={card}&seq=1&wish={wish}&how=telephone");
    let unsaid = city.post("/links/resolve", &link("settle")).await;
    assert!(unsaid.contains("须说明银行是否已销户") && unsaid.contains("telephone"), "{unsaid}");
    let open = city.post("/links/resolve", &link("left_open")).await;
    assert!(open.contains("账户尚未销户") && open.contains("没有待处理的联动"), "{open}");
    assert!(!w.file(id).await.0.cards[0].account_is_closed());
    let file = city.post("/people", &format!("holder={id}")).await;
    assert!(file.contains("已注销，账户待销户") && file.contains("已人工办结，账户尚未销户"), "{file}");
    // From then on it is the bank's work, and the city sees it, until the account is closed.
    let clerk = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let home = |door: &str| format!("<a href=\"{door}#to_close\">已注销、待");
    for (desk, door) in [(&clerk, "/overdue"), (&city, "/stranded")] {
        let first = desk.send("GET", "/", "", "http://console").await.1;
        assert!(first.contains(&home(door)), "{first}");
        let list = desk.send("GET", door, "", "http://console").await.1;
        assert!(list.contains("<h2 id=\"to_close\">") && list.contains("销户后由"), "{list}");
        assert_eq!(list.contains(">销户</a>"), door == "/overdue", "{list}");
    }
    // The bank's word that it has closed the account is heard whenever it comes.
    w.about(&bank, id, answer(BankAnswer::Done)).await.unwrap();
    assert!(w.file(id).await.0.cards[0].account_is_closed());
    for desk in [&clerk, &city] {
        let first = desk.send("GET", "/", "", "http://console").await.1;
        assert!(!first.contains("#to_close"), "{first}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_23_1_what_reconciliation_left_stands_on_the_first_page_of_its_bank_and_its_city_until_both_agree()
 {
    clause!(R23.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    // The bank has a loss that nobody reported here, and an account in use that no card is for.
    let lost = Mirror { account: Facet::Active, loss: Some(Loss::Temporary), ..Mirror::NEW };
    let rows = w.service.store().mirror_rows("95588", &[(0, 1 << 60)]).await.unwrap();
    let (slot, bits, ..) = *rows.iter().find(|(.., of)| *of == card).unwrap();
    let (ours, theirs) = (Mirror::from_bits(bits), Some(BankState::Known(lost)));
    let known = Difference { card: Some((id, card)), slot, ours, theirs };
    let active = Some(BankState::Known(Mirror { account: Facet::Active, ..Mirror::NEW }));
    let alone = Difference { card: None, slot: slot / 2 + 1, ours: None, theirs: active };
    let first = w.clock.now();
    let reconciled = async || {
        let cases = w.service.cases_of("95588", &[known, alone]).await.unwrap();
        let last = LastReconciled {
            at: w.clock.now(),
            cards: 1,
            differences: 2,
            repaired: 0,
            under_way: 0,
            without_card: 0,
            staff: 2,
            cases,
        };
        last.keep(w.service.store(), "95588").await.unwrap();
        last.cases
    };
    assert_eq!(reconciled().await[0].city.as_ref().map(|c| c.as_str()), Some("4401"));
    w.days_pass(1);
    let again = reconciled().await;
    assert!(again.iter().all(|case| case.since == Some(first)), "since it was first found: {again:?}");

    let home = async |door: &Door| door.send("GET", "/", "", "http://console").await.1;
    let line = "对账差异，待人工核实";
    let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let page = get(&bank).await;
    for says in [
        "<h1>对账差异</h1>",
        "银行已挂失，本系统没有挂失",
        "请服务银行向持卡人核实",
        "银行有该账户，本系统没有对应的社保卡",
        &slot.to_string(),
        &first.local(),
    ] {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(
        !page.contains("最近一次对账<") && !page.contains("id=\"letters\"") && !page.contains("张三"),
        "{page}"
    );
    assert!(home(&bank).await.contains(line));
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let page = get(&city).await;
    assert!(page.contains("银行已挂失，本系统没有挂失") && !page.contains("没有对应的社保卡"), "{page}");
    assert!(home(&city).await.contains(line));
    let province = signed_in(&w, Role::ProvinceOfficer, CENTRE).await;
    let page = get(&province).await;
    assert!(page.contains("银行已挂失，本系统没有挂失") && page.contains("没有对应的社保卡"), "{page}");
    assert!(home(&province).await.contains(line));
    // Nobody else's: another bank of the city, another city.
    for (role, org) in [(Role::BankClerk, "44010395533001"), (Role::CityOfficer, "44030000000001")] {
        let other = signed_in(&w, role, org).await;
        let page = get(&other).await;
        assert!(page.contains("对账差异") && !page.contains("本系统没有挂失"), "{org}: {page}");
        assert!(!home(&other).await.contains(line), "{org}");
    }
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (status, ..) = clerk.send("GET", "/links", "", "http://console").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // The bank asked the holder, and reports the loss: from then on both say the same.
    let stated = format!("holder={id}&card={card}&kind=temporary&verified=1");
    let done = bank.post("/loss/report", &stated).await;
    assert!(done.contains("已临时挂失"), "{done}");
    assert!(!get(&bank).await.contains("本系统没有挂失") && !home(&city).await.contains(line));
    assert!(get(&city).await.contains("最近一次对账没有本机构须核实的差异，或都已一致"));
    assert!(home(&bank).await.contains(line), "the account without a card is the bank's still");
    w.verified().await;
}
