//! Every business at the counter has a page of its own: who it is about, its form and no other, what was refused, what follows.

use super::hand::{sent_with, upload};
use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::BankCode;
use kaguan_domain::replacement::bank_change::Reserve;
use kaguan_testkit::{On, World};

const HOST: &str = "http://console";
const HR: &str = "44010600000101";
const BANK: &str = "44010395588001";
const NEW_BANK: &str = "44010395533001";
const CITY: &str = "44010000000001";
const SHENZHEN: &str = "44030000000001";
const SHENZHEN_HR: &str = "44030300000101";

async fn get(door: &Door, path: &str) -> (StatusCode, String) {
    let (status, page, _) = door.send("GET", path, "", HOST).await;
    (status, page)
}

/// The address that a page gives for somebody, at another page.
fn linked(page: &str, to: &str) -> String {
    let start = format!("href=\"{to}/");
    let key = page.split(&start).nth(1).and_then(|t| t.split('"').next());
    format!("{to}/{}", key.unwrap_or_else(|| panic!("no {to}: {page}")))
}

#[tokio::test]
async fn art_24_a_loss_goes_from_the_number_to_the_receipt_and_to_what_follows() {
    clause!(R24.1);
    clause!(R25.1);
    clause!(R19.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let number = w.draft(1).document_number;
    let (_, asks) = get(&bank, "/loss").await;
    assert!(asks.contains("autofocus") && asks.contains("实体卡停止使用"), "{asks}");
    let page = bank.post("/loss", &format!("number={number}")).await;
    assert!(page.contains("张*") && !page.contains(&number) && page.contains("周岁"), "{page}");
    for other in ["/cancel/carry-out", "/pin/carry-out", "/collect/carry-out", "/restrict/propose"] {
        assert!(!page.contains(other), "no other form than this business': {page}");
    }
    assert!(page.contains("解除挂失现在不能办理"), "why not, with its article: {page}");
    let refused = bank.post("/loss/report", &format!("holder={id}&card={card}&kind=formal")).await;
    assert!(refused.contains("未核实持卡人身份信息。依据《经办规程》第25条"), "{refused}");
    assert!(refused.contains("value=\"formal\""), "the form is there again: {refused}");
    let unsaid = bank.post("/loss/report", &format!("holder={id}&card={card}&verified=1")).await;
    assert!(unsaid.contains("没有选择办理临时挂失"), "{unsaid}");
    let stated = format!("holder={id}&card={card}&kind=formal&verified=1");
    let done = bank.post("/loss/report", &stated).await;
    assert!(done.contains("已正式挂失") && done.contains("/receipts/business/"), "{done}");
    assert!(!done.contains("/loss/report"), "no form stands under what was done: {done}");
    assert!(done.contains("可以接着办理补卡"), "{done}");
    // What follows is a step away: the new card, or the loss again to release it.
    let (status, replace) = get(&bank, &linked(&done, "/replace")).await;
    assert!(status == StatusCode::OK && replace.contains("/replace/apply"), "{replace}");
    let at = linked(&done, "/loss");
    assert!(!at.contains(&number), "{at}");
    let (_, again) = get(&bank, &at).await;
    assert!(again.contains("value=\"release\"") && !again.contains("value=\"temporary\""), "{again}");
    let other = signed_in(&w, Role::BankClerk, BANK).await;
    assert_eq!(get(&other, &at).await.0, StatusCode::NOT_FOUND, "an address is its session's own");
    // A clerk of the other bank sees the person, and why not; a counter of the labour department has no such page.
    let stranger = signed_in(&w, Role::BankClerk, NEW_BANK).await;
    let page = stranger.post("/loss", &format!("number={number}")).await;
    assert!(
        page.contains("张*") && !page.contains("/loss/report") && page.contains("《经办规程》"),
        "{page}"
    );
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    assert_eq!(get(&clerk, "/loss").await.0, StatusCode::FORBIDDEN);
    // What else holds the card is told with what was done.
    clause!(R26.1);
    let (first, second) =
        (signed_in(&w, Role::CityOfficer, CITY).await, signed_in(&w, Role::CityOfficer, CITY).await);
    let who = format!("holder={id}&card={card}");
    let case = format!("{who}&ground=出借&conduct=lends&false_card=genuine");
    first.post("/restrict/propose", &case).await;
    let case = w.file(id).await.0.cards[0].restrictions[0].case;
    second.post("/restrict/decide", &format!("{who}&case={case}&approved=yes")).await;
    let released = bank.post("/loss/report", &format!("{who}&kind=release&verified=1")).await;
    assert!(released.contains("已解除挂失；该卡仍处于限制，现在不能使用"), "{released}");
    assert!(!released.contains("恢复正常使用"), "{released}");
    w.verified().await;
}

#[tokio::test]
async fn art_14_what_was_typed_stays_when_it_is_refused() {
    clause!(R14.2);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let card = w.card_of(id).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let form =
        format!("holder={id}&card={card}&document_number=440106199001010013&deputy_name=李四&signed=1");
    let refused = clerk.post("/collect/carry-out", &form).await;
    for stays in ["value=\"440106199001010013\"", "value=\"李四\"", "name=\"signed\" value=\"1\" checked"] {
        assert!(refused.contains(stays), "{stays}: {refused}");
    }
    let number = w.draft(1).document_number;
    let form =
        format!("holder={id}&card={card}&document_kind=1&document_number={number}&verified=1&signed=1");
    let done = clerk.post("/collect/carry-out", &form).await;
    assert!(done.contains("社保功能 <b>已启用</b>") && done.contains("href=\"/pin/"), "{done}");
    w.verified().await;
}

#[tokio::test]
async fn art_14_5_a_deputy_of_whom_anything_is_stated_is_never_left_out() {
    clause!(R14.5);
    clause!(R8.5);
    clause!(R16.2);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let card = w.card_of(id).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let number = w.draft(1).document_number;
    let who = format!("holder={id}&card={card}&document_kind=1&document_number={number}");
    let seen = format!("{who}&verified=1&signed=1");
    let here = async || matches!(w.file(id).await.0.cards[0].custody, Custody::WithHolder { .. });
    for (stated, images) in [
        ("deputy_kind=1", &[][..]),
        ("relation=direct_relative", &[][..]),
        ("ground=sick", &[][..]),
        ("deputy_phone=13900000000", &[][..]),
        ("deputy_electronic=1", &[][..]),
        ("relation=", &["relation_image"][..]),
    ] {
        let page = upload(&clerk, "/collect/carry-out", &format!("{seen}&{stated}"), images).await;
        for missing in [
            "未登记代办人姓名",
            "未登记代办人证件号码",
            "未留存代办人身份证件",
            "未留存居民户口簿或监护、代理关系证明",
        ]
        .into_iter()
        .filter(|told| !(images.contains(&"relation_image") && told.contains("户口簿")))
        {
            assert!(page.contains(missing), "{stated}: {missing}: {page}");
        }
        assert!(!here().await, "{stated}: nobody took it");
    }
    // What has to be chosen is told with everything else that is missing.
    let page = upload(&clerk, "/collect/carry-out", &format!("{who}&deputy_name=张子"), &[]).await;
    for missing in [
        "须选择代办人证件种类",
        "须选择代办人与持卡人的关系",
        "未核实有效身份证件原件",
        "未登记代办人证件号码",
        "签收台账",
    ] {
        assert!(page.contains(missing), "{missing}: {page}");
    }
    assert!(!page.contains("<details><summary>代办人"), "what was filled in is not folded away: {page}");
    upload(&clerk, "/collect/carry-out", &seen, &[]).await;
    assert!(here().await);
    // At the bank it is no 面签 because the deputy is half filled in.
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let half = format!("{seen}&relation=guardian&ground=elderly");
    let page = upload(&bank, "/activate/carry-out", &half, &["deputy_image"]).await;
    assert!(page.contains("未登记代办人姓名") && !page.contains("银行账户已激活"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_32_and_33_an_uncollected_card_is_taken_back_and_offered_a_second_time() {
    clause!(R32.2);
    clause!(R33.4);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let batch = w.cards_made().await;
    w.at_outlet(batch, w.outlet()).await;
    let card = w.card_of(id).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let number = format!("number={}", w.draft(1).document_number);
    let early = clerk.post("/recall", &number).await;
    assert!(early.contains("回收（逾期未领）现在不能办理") && early.contains("《经办规程》"), "{early}");
    // What lies at an outlet is neither locked nor given back by whoever comes.
    let away = clerk.post("/cancel", &number).await;
    assert!(
        away.contains("注销原因") && !away.contains("卡片已交回本网点") && !away.contains("应用锁定"),
        "{away}"
    );
    let forced =
        clerk.post("/recall/take-back", &format!("holder={id}&card={card}&reason=uncollected")).await;
    assert!(forced.contains("《经办规程》第32条"), "{forced}");
    w.days_pass(190);
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let due = clerk.post("/recall", &number).await;
    assert!(due.contains("逾期未领") && due.contains("/recall/take-back"), "{due}");
    let unsaid = clerk.post("/recall/take-back", &format!("holder={id}&card={card}")).await;
    assert!(unsaid.contains("没有选择回收原因"), "{unsaid}");
    let done = clerk.post("/recall/take-back", &format!("holder={id}&card={card}&reason=uncollected")).await;
    assert!(done.contains("社保卡已回收"), "{done}");
    assert!(done.contains("卡片所在") && done.contains("回收（逾期未领）"), "who has it, and why: {done}");
    let kept = clerk.post("/collect", &number).await;
    assert!(kept.contains("该卡已回收在库") && kept.contains("办理二次发放再领取"), "{kept}");
    let (_, page) = get(&clerk, &linked(&done, "/offer-again")).await;
    assert!(page.contains("/offer-again/carry-out"), "{page}");
    let again = clerk.post("/offer-again/carry-out", &format!("holder={id}&card={card}")).await;
    assert!(again.contains("已转二次发放"), "{again}");
    let twice = clerk.post("/offer-again/carry-out", &format!("holder={id}&card={card}")).await;
    assert!(twice.contains("《经办规程》第33条"), "{twice}");
    assert!(!matches!(w.file(id).await.0.cards[0].custody, Custody::WithHolder { .. }));
    w.verified().await;
}

#[tokio::test]
async fn art_11_an_outlet_or_its_city_expedites_an_application_with_its_ground_before_a_batch_holds_it() {
    clause!(R11.1);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let city = signed_in(&w, Role::CityOfficer, CITY).await;
    let page = city.post("/expedite", &format!("number={}", w.draft(1).document_number)).await;
    let application = w.file(id).await.0.applications[0].id;
    assert!(page.contains("加急制卡") && page.contains(&format!("value=\"{application}\"")), "{page}");
    let bare = format!("holder={id}&application={application}");
    let unsaid = city.post("/expedite/carry-out", &bare).await;
    assert!(unsaid.contains("未选择加急事由") && unsaid.contains("《经办规程》第11条"), "{unsaid}");
    let unwritten = city.post("/expedite/carry-out", &format!("{bare}&ground=other")).await;
    assert!(
        unwritten.contains("须写明具体情形") && unwritten.contains("value=\"other\" selected"),
        "{unwritten}"
    );
    let form = format!("{bare}&ground=other&words=住院病患");
    let elsewhere = signed_in(&w, Role::CityOfficer, SHENZHEN).await;
    let refused = elsewhere.post("/expedite/carry-out", &form).await;
    assert!(refused.contains("《经办规程》第6条"), "another city's: {refused}");
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    let refused = bank.post("/expedite/carry-out", &form).await;
    assert!(refused.contains("《经办规程》第6条"), "another outlet's: {refused}");
    let done = clerk.post("/expedite/carry-out", &form).await;
    assert!(done.contains("已加急（其他特殊人群：住院病患）"), "{done}");
    let (_, shown) = get(&clerk, &linked(&done, "/people")).await;
    assert!(shown.contains("加急制卡：其他特殊人群：住院病患"), "whoever opens the file sees why: {shown}");
    let again = city.post("/expedite", &format!("number={}", w.draft(1).document_number)).await;
    assert!(again.contains("该申请已加急，事由是其他特殊人群：住院病患"), "{again}");
    assert!(again.contains("进入制卡批次以前办理") && !again.contains("制成以后办理"), "{again}");
    assert!(w.file(id).await.0.applications[0].urgent);
    let twice = city.post("/expedite/carry-out", &form).await;
    assert!(twice.contains("《经办规程》"), "{twice}");
    w.with_card(2).await;
    let has_it = city.post("/expedite", &format!("number={}", w.draft(2).document_number)).await;
    assert!(has_it.contains("现在没有可以办理加急制卡的申请或社保卡"), "no form, and said why: {has_it}");
    let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
    assert_eq!(get(&province, "/expedite").await.0, StatusCode::FORBIDDEN);
    w.verified().await;
}

#[tokio::test]
async fn art_29_details_are_corrected_by_what_is_written_and_all_else_stays() {
    clause!(R29.1);
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let page = clerk.post("/details", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("/details/correct") && page.contains("/details/contacts"), "{page}");
    let nothing = clerk.post("/details/correct", &format!("holder={id}")).await;
    assert!(nothing.contains("class=\"notice wrong\""), "{nothing}");
    let done = clerk.post("/details/correct", &format!("holder={id}&name=张三丰&verified=1")).await;
    assert!(done.contains("资料已更正"), "{done}");
    let details = w.file(id).await.0.person.unwrap().details;
    assert_eq!((details.name.display(), details.birth_date), ("张三丰", details.birth_date));
    let elsewhere = signed_in(&w, Role::HrClerk, "44030300000101").await;
    let refused = elsewhere.post("/details/correct", &format!("holder={id}&name=张三")).await;
    assert!(refused.contains("《经办规程》第6条"), "{refused}");
    let page = elsewhere.post("/details", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("更正资料：") && !page.contains("/details/correct"), "why not: {page}");
    w.verified().await;
}

#[tokio::test]
async fn art_37_a_restriction_waits_on_the_page_of_whoever_decides_it() {
    clause!(R37.1);
    for on in super::BOTH {
        let w = World::new(on).await;
        let (id, card) = w.with_card(1).await;
        let (first, second) =
            (signed_in(&w, Role::CityOfficer, CITY).await, signed_in(&w, Role::CityOfficer, CITY).await);
        assert!(get(&second, "/restrict").await.1.contains("没有待本机构审核的事项"));
        let who = format!("holder={id}&card={card}");
        let empty = first.post("/restrict/propose", &who).await;
        assert!(empty.contains("须写明限制的法律依据"), "{empty}");
        assert!(empty.contains("没有选择情形") && empty.contains("没有选择该卡是否骗领"), "{empty}");
        let said = format!("{who}&ground=以假证件申领，行政处罚决定1号&false_card=by_fraud");
        let lent = first.post("/restrict/propose", &format!("{said}&conduct=lends")).await;
        assert!(lent.contains("社保卡属第三十八条"), "{lent}");
        assert!(lent.contains("value=\"by_fraud\" selected"), "what was chosen stays: {lent}");
        first.post("/restrict/propose", &format!("{said}&conduct=obtains_by_fraud")).await;
        let (_, list) = get(&second, "/restrict").await;
        assert!(list.contains("骗领社保卡") && list.contains("张*"), "{list}");
        let elsewhere = signed_in(&w, Role::CityOfficer, SHENZHEN).await;
        assert!(!get(&elsewhere, "/restrict").await.1.contains("张*"), "another city's");
        let (_, page) = get(&second, &linked(&list, "/restrict")).await;
        assert!(page.contains("/restrict/decide") && page.contains("该卡是骗领的"), "{page}");
        let case = w.file(id).await.0.cards[0].restrictions[0].case;
        let unsaid = second.post("/restrict/decide", &format!("{who}&case={case}")).await;
        assert!(unsaid.contains("没有选择同意还是不同意"), "{unsaid}");
        let own = first.post("/restrict/decide", &format!("{who}&case={case}&approved=yes")).await;
        assert!(own.contains("class=\"notice wrong\""), "not by whoever proposed it: {own}");
        let bare = second.post("/restrict/decide", &format!("{who}&case={case}&approved=no")).await;
        assert!(bare.contains("须写明不同意限制的理由"), "{bare}");
        let done = second.post("/restrict/decide", &format!("{who}&case={case}&approved=yes")).await;
        assert!(done.contains("限制已生效"), "{done}");
        assert!(get(&second, "/restrict").await.1.contains("没有待本机构审核的事项"));
        // The outlet takes a card that a case in force holds.
        let clerk = signed_in(&w, Role::HrClerk, HR).await;
        let taken = clerk.post("/recall/confiscate", &format!("{who}&case={case}")).await;
        assert!(taken.contains("社保卡已收缴") && taken.contains("以收缴为原因办理注销"), "{taken}");
        // Whoever keeps it cancels it, and nobody comes for that; another outlet is told who does.
        let number = format!("number={}", w.draft(1).document_number);
        let kept = clerk.post("/cancel", &number).await;
        assert!(kept.contains("/cancel/carry-out") && !kept.contains("deputy_name"), "{kept}");
        let away = signed_in(&w, Role::HrClerk, "44030300000101").await;
        let told = away.post("/cancel", &number).await;
        assert!(told.contains("请由保管该卡的机构办理") && !told.contains("/cancel/carry-out"), "{told}");
        let form = format!("{who}&reason=confiscated");
        let refused = away.post("/cancel/carry-out", &form).await;
        assert!(refused.contains("请由保管该卡的机构办理"), "{refused}");
        let done = clerk.post("/cancel/carry-out", &form).await;
        assert!(done.contains("社保卡已注销"), "{done}");
        let over = away.post("/cancel", &number).await;
        assert!(over.contains("该卡已注销") && !over.contains("请由保管该卡的机构办理"), "{over}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_31_a_change_waits_on_the_page_of_the_old_bank() {
    clause!(R31.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (old, new) =
        (signed_in(&w, Role::BankClerk, BANK).await, signed_in(&w, Role::BankClerk, NEW_BANK).await);
    let who = format!("holder={id}&card={card}");
    let page = new.post("/bank-change", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("/bank-change/reserve") && page.contains("不能凭旧卡办理"), "{page}");
    new.post("/bank-change/reserve", &who).await;
    let (_, list) = get(&old, "/bank-change").await;
    assert!(list.contains("张*") && list.contains("打开审核"), "{list}");
    // The bank that took it sees that it waits, and until when.
    let (_, mine) = get(&new, "/bank-change").await;
    assert!(mine.contains("张*") && mine.contains("仍未现场办理的，预约失效"), "{mine}");
    assert!(mine.contains("打开查看") && !mine.contains("打开审核"), "{mine}");
    let (_, page) = get(&old, &linked(&list, "/bank-change")).await;
    assert!(page.contains("/bank-change/approve") && !page.contains("/bank-change/carry-out"), "{page}");
    let unsaid = old.post("/bank-change/approve", &who).await;
    assert!(unsaid.contains("没有选择同意还是不同意"), "{unsaid}");
    let bare = old.post("/bank-change/approve", &format!("{who}&agreed=no")).await;
    assert!(bare.contains("须说明原因"), "{bare}");
    // Why it is refused is read by whoever asks for it again, and in the file.
    old.post("/bank-change/approve", &format!("{who}&agreed=no&refused=账户有未结清的贷款代扣")).await;
    let page = new.post("/bank-change", &format!("number={}", w.draft(1).document_number)).await;
    assert!(page.contains("账户有未结清的贷款代扣") && page.contains("/bank-change/reserve"), "{page}");
    let file = new.post("/people", &format!("holder={id}")).await;
    assert!(file.contains("账户有未结清的贷款代扣"), "{file}");
    // And on the list of the bank that took it, with what to do, and on its 今日工作; the old bank has done its part.
    let (_, mine) = get(&new, "/bank-change").await;
    for told in ["张*", "账户有未结清的贷款代扣", "进一步核实处理", "没有待原银行审核的本机构预约"]
    {
        assert!(mine.contains(told), "{told}: {mine}");
    }
    let (_, again) = get(&new, &linked(&mine, "/bank-change")).await;
    assert!(again.contains("/bank-change/reserve"), "{again}");
    let line = "本机构变更服务银行预约</a> <b>1</b>";
    assert!(get(&new, "/").await.1.contains(line) && !get(&old, "/").await.1.contains(line));
    assert!(!get(&old, "/bank-change").await.1.contains("张*"));
    new.post("/bank-change/reserve", &who).await;
    let done = old.post("/bank-change/approve", &format!("{who}&agreed=yes")).await;
    assert!(done.contains("已同意变更"), "{done}");
    let (_, list) = get(&old, "/bank-change").await;
    assert!(list.contains("没有待本机构审核的事项") && !list.contains("打开办理"), "{list}");
    // The new bank is told that it is its turn, and nobody else is.
    assert!(!get(&new, "/").await.1.contains("本机构变更服务银行预约"), "it was wished anew");
    let line = "<a href=\"/bank-change\">原银行已同意、待本行现场办理的变更服务银行</a> <b>1</b>";
    assert!(get(&new, "/").await.1.contains(line) && !get(&old, "/").await.1.contains("待本行现场办理"));
    let (_, list) = get(&new, "/bank-change").await;
    assert!(list.contains("张*") && list.contains("已同意") && list.contains("打开办理"), "{list}");
    assert!(list.contains("请通知持卡人到本行网点现场办理"), "{list}");
    let (_, page) = get(&new, &linked(&list, "/bank-change")).await;
    assert!(page.contains("/bank-change/carry-out"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_31_a_wish_is_on_the_list_of_the_outlet_that_took_it_and_one_that_none_took_on_those_of_the_city()
{
    clause!(R31.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let (online, second) = w.with_card(2).await;
    let here = signed_in(&w, Role::BankClerk, NEW_BANK).await;
    let away = signed_in(&w, Role::BankClerk, "44030395533001").await;
    let old = signed_in(&w, Role::BankClerk, BANK).await;
    // Taken in another city, of a card of this one.
    away.post("/bank-change/reserve", &format!("holder={id}&card={card}")).await;
    let to = BankCode("95533".into());
    let wish = HolderCommand::ReserveBankChange(Reserve { card: second, to: to.clone() });
    w.about(&Actor::Bank(to), online, wish).await.unwrap();
    let opened = |page: &str| page.matches(">打开查看</a>").count();
    let lists = async || [get(&here, "/bank-change").await.1, get(&away, "/bank-change").await.1];
    let [one, other] = lists().await;
    assert_eq!((opened(&one), opened(&other)), (1, 1), "{one} {other}");
    assert_eq!(get(&old, "/bank-change").await.1.matches(">打开审核</a>").count(), 2);
    // Agreed to, either can carry it out: the outlets of the card's city, and the one that took it.
    old.post("/bank-change/approve", &format!("holder={id}&card={card}&agreed=yes")).await;
    let [one, other] = lists().await;
    assert!(one.matches(">打开办理</a>").count() == 1 && opened(&one) == 1, "{one}");
    assert!(opened(&other) == 1 && other.contains("已同意；请通知持卡人"), "{other}");
    // Not agreed to, whoever took it goes through it with the holder.
    old.post("/bank-change/approve", &format!("holder={online}&card={second}&agreed=no&refused=有贷款"))
        .await;
    let [one, other] = lists().await;
    assert!(one.contains("有贷款") && !other.contains("有贷款"), "{one} {other}");
    let line = "本机构变更服务银行预约</a> <b>1</b>";
    assert!(get(&here, "/").await.1.contains(line) && !get(&away, "/").await.1.contains(line));
    w.verified().await;
}

#[tokio::test]
async fn art_39_one_field_is_shown_to_whoever_writes_why_and_no_other() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let (number, name) = (w.draft(1).document_number, w.draft(1).name);
    let page = clerk.post("/people", &format!("holder={id}")).await;
    assert!(page.contains("查看未脱敏信息") && page.contains("href=\"/pin/"), "{page}");
    assert!(!page.contains("/loss/"), "a labour department's counter reports no loss: {page}");
    for bare in ["field=name", "field=name&reason=", "field=name&reason=　"] {
        let refused = clerk.post("/people/unmask", &format!("holder={id}&{bare}")).await;
        assert!(refused.contains("查看明文须填写事由") && !refused.contains(&name), "{refused}");
    }
    let looks = lines(&w, "holder.look").await.len();
    let seen = clerk.post("/people/unmask", &format!("holder={id}&field=name&reason=核对来电人身份")).await;
    assert!(seen.contains(&name) && !seen.contains(&number), "this field alone: {seen}");
    assert_eq!(lines(&w, "holder.look").await.len(), looks + 1);
    let file = w.file(id).await.0;
    let bank_card = file.cards[0].bank_account.bank_card_no.as_str();
    let seen = clerk.post("/people/unmask", &format!("holder={id}&field=bank-{card}&reason=核对账户")).await;
    assert!(seen.contains(bank_card) && !seen.contains(&name), "{seen}");
    let unsaid = clerk.post("/people/unmask", &format!("holder={id}&field=all&reason=核对")).await;
    assert!(unsaid.contains("没有选择要查看的项目"), "{unsaid}");
    let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    let refused = auditor.post("/people/unmask", &format!("holder={id}&field=name&reason=核对")).await;
    assert!(refused.contains("本岗位无权办理此项业务") && !refused.contains(&name), "{refused}");
    w.verified().await;
}

#[tokio::test]
async fn appendix_10_the_list_of_cards_is_signed_and_cleaned_at_its_own_page() {
    clause!(X10.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    // At home the only card is of this city: nothing is cleaned, and nothing is filed for what is refused.
    let home = signed_in(&w, Role::HrClerk, HR).await;
    let number = w.draft(1).document_number;
    let kept = w.file(id).await.0.person.unwrap().archive.len();
    let slip = home.post("/one-card", &format!("number={number}")).await;
    assert!(slip.contains("没有需要清理的卡") && !slip.contains("/one-card/clean"), "{slip}");
    // There is nothing to sign, and so nothing in the clear, whatever is stated.
    let details = w.file(id).await.0.person.unwrap().details;
    let card_no = w.file(id).await.0.cards[0].card_no.as_str().to_owned();
    let clear = [details.name.display(), &number, &card_no];
    let masked = |page: &str| {
        clear.iter().all(|part| !page.replace(&format!("value=\"{number}\""), "").contains(part))
    };
    let stated = format!("holder={id}&document_kind=1&document_number={number}&verified=1");
    let none = home.post("/one-card/slip", &stated).await;
    assert!(none.contains("没有需要清理的卡") && none.contains("附件10"), "{none}");
    assert!(masked(&slip) && masked(&none), "{slip} {none}");
    for (keep, told) in
        [("all".to_owned(), "不作首次申领全部清理"), (card.to_string(), "只有所保留的一张社保卡")]
    {
        let form = format!("holder={id}&cards={card}&keep={keep}");
        let refused = upload(&home, "/one-card/clean", &form, &["slip"]).await;
        assert!(refused.contains(told) && refused.contains("附件10"), "{refused}");
    }
    let (file, _) = w.file(id).await;
    assert!(file.cards[0].stands() && file.person.unwrap().archive.len() == kept, "no slip is left behind");
    w.applicant(2, w.outlet()).await;
    let none = home.post("/one-card", &format!("number={}", w.draft(2).document_number)).await;
    assert!(none.contains("没有省内社保卡") && !none.contains("申请人签名"), "{none}");
    let clerk = signed_in(&w, Role::HrClerk, SHENZHEN_HR).await;
    let list = clerk.post("/one-card", &format!("number={number}")).await;
    assert!(list.contains("/one-card/slip") && list.contains("/one-card/clean") && masked(&list), "{list}");
    // Whose document was seen, the clerk states; and what is looked at then says so.
    for (wrong, told) in [
        (format!("holder={id}"), "未核实有效身份证件原件"),
        (format!("holder={id}&verified=1"), "未登记持卡人出示的证件种类和号码"),
        (stated.replace(&number, "440106199001010013"), "与档案登记的证件不符"),
    ] {
        let page = clerk.post("/one-card/slip", &wrong).await;
        assert!(page.contains(told) && masked(&page), "{told}: {page}");
    }
    let slip = clerk.post("/one-card/slip", &stated).await;
    assert!(slip.contains("申请人签名") && slip.contains("/one-card/clean"), "{slip}");
    assert!(clear.iter().all(|part| slip.contains(part)) && slip.contains("/one-card/pdf"), "{slip}");
    let printed = lines(&w, "one_card.find_others").await.into_iter().rfind(|l| l.is_done()).unwrap();
    let events = w.service.store().holder_events(&printed).unwrap();
    let reason = events.iter().find_map(|e| match e {
        HolderEvent::LookedAt { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(reason, Some("打印一人一卡业务确认单（已核实有效身份证件）"));
    let form = format!("holder={id}&cards={card}");
    let both = upload(&clerk, "/one-card/clean", &form, &[]).await;
    for told in ["没有选择全部清理还是保留一张", "缺经签字的", "id=\"why-keep\"", "id=\"why-slip\""]
    {
        assert!(both.contains(told), "{told}: {both}");
    }
    let unsaid = upload(&clerk, "/one-card/clean", &form, &["slip"]).await;
    assert!(unsaid.contains("没有选择全部清理还是保留一张"), "{unsaid}");
    let form = format!("{form}&keep=all");
    let unsigned = upload(&clerk, "/one-card/clean", &form, &[]).await;
    assert!(
        unsigned.contains("缺经签字的一人一卡业务确认单")
            && unsigned.contains("/one-card/slip")
            && masked(&unsigned),
        "{unsigned}"
    );
    // Nothing final is done on what nobody can read.
    let unread = sent_with(&clerk, "/one-card/clean", &form, &[("slip", "hello")]).await;
    assert!(unread.contains("确认单影像不能识别") && unread.contains("id=\"why-slip\""), "{unread}");
    assert!(w.file(id).await.0.cards[0].stands());
    let done = upload(&clerk, "/one-card/clean", &form, &["slip"]).await;
    assert!(done.contains("一人一卡清理已完成"), "{done}");
    let none = clerk.post("/one-card", &format!("number={number}")).await;
    assert!(none.contains("社保卡已经清理") && !none.contains("没有省内社保卡"), "{none}");
    // The slip is its outlet's, and reported with it to its city (item 7).
    let (kind, today) = (kaguan_service::reports::Kind::Slips, w.service.now().date());
    let table = kaguan_service::reports::report(w.service.store(), kind, today, today, today).await.unwrap();
    let outlet = w.service.institutions().org(w.org(SHENZHEN_HR)).unwrap().name.clone();
    let form_no = w.file(id).await.0.applications.last().unwrap().form_no.clone();
    let listed = ["深圳市", &outlet, &form_no, "经办人甲", "电子影像"].map(str::to_owned);
    assert_eq!(table.rows[0].0[1..], listed, "{table:?}");
    assert_eq!(table.rows[0].1, [1.0, 0.0]);
    // Both the city and the province read whose it is and where it lies, and are led there; a list names nobody.
    let own = format!("/reports?kind=slips&from={today}&to={today}");
    for (role, org) in [(Role::CityOfficer, SHENZHEN), (Role::ProvinceOfficer, "44000000000001")] {
        let door = signed_in(&w, role, org).await;
        let (status, page) = get(&door, &own).await;
        assert_eq!(status, StatusCode::OK);
        for said in listed.iter().map(String::as_str).chain(["申领表编码", "查看档案留有记录"]) {
            assert!(page.contains(said), "{said}: {page}");
        }
        let name = w.file(id).await.0.person.unwrap().details.name.masked();
        for hidden in ["holder:", "officer:", &id.to_string(), &number, &name] {
            assert!(!page.contains(hidden), "{hidden}: {page}");
        }
        let looks = lines(&w, "holder.look").await.len();
        let (_, file) = get(&door, &linked(&page, "/people")).await;
        assert!(file.contains(&name), "{file}");
        assert!(lines(&w, "holder.look").await.len() > looks, "whoever opens it has looked at it");
        let before = page.split("\">电子影像</a>").next().unwrap();
        let (_, archive) = get(&door, before.rsplit("href=\"").next().unwrap()).await;
        assert!(archive.contains(&name) && archive.contains("一人一卡业务确认单"), "{archive}");
        let (_, csv) = get(&door, &format!("{own}&report.as=csv")).await;
        assert!(csv.contains(&format!("深圳市,{outlet},{form_no},经办人甲,电子影像,1,0")), "{csv}");
    }
    let elsewhere = signed_in(&w, Role::CityOfficer, CITY).await;
    assert!(!get(&elsewhere, &own).await.1.contains(&form_no), "a slip is told to the city of its outlet");
    w.verified().await;
}

#[tokio::test]
async fn art_19_2_the_form_that_the_clerk_takes_in_is_printed_with_the_type_of_the_business_ticked() {
    clause!(X1.1);
    let w = World::new(On::Memory).await;
    let (id, _) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    for (business, kind, ticked) in [
        ("/pin", "pin_reset", "密码重置"),
        ("/pin", "pin_change", "修改密码"),
        ("/cancel", "cancel", "卡注销"),
    ] {
        let page = clerk.post(business, &format!("holder={id}")).await;
        let at = format!("/forms/{kind}");
        assert!(page.contains(&format!("href=\"{at}\"")), "{business}: {page}");
        let (_, form, _) = clerk.send("GET", &at, "", "http://console").await;
        assert!(form.contains(&format!("☑{ticked}")) && form.contains("□挂失"), "{form}");
        let name = w.file(id).await.0.person.unwrap().details.name.display().to_owned();
        assert!(!form.contains(&name) && form.contains("业务经办人签名"), "the holder fills it in: {form}");
    }
    let (_, blank, _) = clerk.send("GET", "/forms/blank", "", "http://console").await;
    assert!(blank.contains("□密码重置") && !blank.contains('☑'), "{blank}");
    let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
    let (_, refused, _) = auditor.send("GET", "/forms/blank", "", "http://console").await;
    assert!(refused.contains("本岗位无权办理此项业务"), "{refused}");
    w.verified().await;
}

#[tokio::test]
async fn whoever_has_no_card_yet_is_told_where_it_is_and_is_found_by_name_and_birth_date_too() {
    let w = World::new(On::Memory).await;
    let id = w.applicant(1, w.outlet()).await;
    let draft = w.draft(1);
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let form_no = w.file(id).await.0.applications[0].form_no.clone();
    for business in ["/collect", "/enable", "/pin", "/cancel", "/recall"] {
        let page = clerk.post(business, &format!("number={} {}", draft.name, draft.birth_date)).await;
        assert!(page.contains("还没有社保卡") && page.contains(&form_no), "{business}: {page}");
        assert!(page.contains("待批次筛选") && !page.contains(&draft.document_number), "{business}: {page}");
    }
    let replaced = clerk.post("/replace", &format!("number={} {}", draft.name, draft.birth_date)).await;
    assert!(replaced.contains("没有可补换的社会保障卡") && replaced.contains("持卡人档案"), "{replaced}");
    // Another application would be refused: the one under way is named.
    let under_way = format!("已有在办的申请（申领表{form_no}，待批次筛选），不再受理新的申请");
    assert!(replaced.contains(&under_way) && !replaced.contains("请办理个人申请"), "{replaced}");
    // A number that nobody has stands where it was typed, and nobody is found by half of what one has to know.
    let nobody = clerk.post("/collect", "number=11010519491231002X").await;
    assert!(
        nobody.contains("没有该号码的档案") && nobody.contains("value=\"11010519491231002X\""),
        "{nobody}"
    );
    let nobody = clerk.post("/collect", &format!("number={}", draft.name)).await;
    assert!(nobody.contains("姓名加出生日期"), "{nobody}");
    let nobody = clerk.post("/collect", "number=").await;
    assert!(nobody.contains("没有输入号码"), "{nobody}");
}

#[tokio::test]
async fn art_19_2_a_receipt_is_offered_where_the_business_was_done_and_nowhere_else() {
    clause!(R19.2);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let bank = signed_in(&w, Role::BankClerk, BANK).await;
    bank.post("/loss/report", &format!("holder={id}&card={card}&kind=temporary&verified=1")).await;
    let here = bank.post("/people", &format!("holder={id}")).await;
    assert!(here.contains("打印回执"), "{here}");
    for (role, org) in [(Role::BankClerk, NEW_BANK), (Role::ProvinceOfficer, "44000000000001")] {
        let other = signed_in(&w, role, org).await;
        let page = other.post("/people", &format!("holder={id}")).await;
        assert!(page.contains("临时挂失") && !page.contains("打印回执"), "{org}: {page}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_8_5_what_is_not_chosen_is_told_with_everything_else_that_is_missing() {
    clause!(R8.5);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let clerk = signed_in(&w, Role::HrClerk, HR).await;
    let who = format!("holder={id}&card={card}");
    let of_who =
        ["未核实有效身份证件原件", "未登记持卡人出示的证件种类和号码", "verified", "document_number"];
    for (path, others, article) in [
        ("/cancel/carry-out", ["没有选择注销原因", "未提醒", "reason", "reminded"], "第33条"),
        ("/pin/carry-out", ["没有选择修改、解锁", "未告知用卡风险", "change", "risks_told"], "第21条"),
    ] {
        let page = clerk.post(path, &who).await;
        for told in of_who.into_iter().chain(others) {
            let told = if told.is_ascii() { format!("id=\"why-{told}\"") } else { told.to_owned() };
            assert!(page.contains(&told), "{told}: {page}");
        }
        assert!(page.contains(article) && !page.contains("第8条"), "{page}");
    }
    // What is stated is not asked for again.
    let page = clerk.post("/cancel/carry-out", &format!("{who}&reminded=1&verified=1")).await;
    assert!(page.contains("没有选择注销原因") && !page.contains("why-reminded"), "{page}");
    assert!(page.contains("why-document_number") && !page.contains("why-verified"), "{page}");
    // A card in ordinary use is not taken back to be offered again.
    let page = clerk.post("/offer-again/carry-out", &who).await;
    assert!(page.contains("该卡由持卡人持有，无需办理") && !page.contains("请先办理回收"), "{page}");
    assert!(w.file(id).await.0.cards[0].stands());
}
