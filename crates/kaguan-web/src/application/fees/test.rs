//! 收取工本费 at the counter.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::application::FilledIn;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::HolderId;
use kaguan_testkit::{BOTH, On, World};

fn form(w: &World, n: u32, form_no: &str, receipt: &str, amount: &str) -> String {
    let number = w.draft(n).document_number;
    format!(
        "number={number}&form_no={form_no}&code=44000026&receipt_no={receipt}&check=A1b2C3&amount={amount}&currency=CNY\
         &paid_on=2026-11-23"
    )
}

/// The `n`-th person had a card that was cancelled, applies again, and owes a fee: by the form.
pub async fn owes(w: &World, n: u32) -> String {
    owing(w, n).await.1
}

async fn owing(w: &World, n: u32) -> (HolderId, String) {
    let (id, card) = w.with_card(n).await;
    let cancel = w.moved_out(id, card).await;
    w.about(&kaguan_domain::ctx::Actor::System, id, HolderCommand::Cancel(cancel)).await.unwrap();
    let mut again = w.apply(n, w.outlet());
    again.draft.form_no = format!("4401R{n:014}");
    let form_no = again.draft.form_no.clone();
    let apply = FilledIn { ..again };
    (w.takes_in(n + 1_000, apply).await, form_no)
}

async fn pays(door: &Door, form: &str) -> String {
    door.post("/fees", form).await
}

#[tokio::test]
async fn art_22_whoever_has_no_right_does_not_learn_whether_an_application_is_there() {
    clause!(R22.1);
    let w = World::new(On::Memory).await;
    let there = owes(&w, 1).await;
    for (role, org, says) in [
        (Role::AuditAdministrator, "44000000000001", "本岗位无权办理此项业务"),
        (Role::SystemAdministrator, "44000000000001", "本岗位无权办理此项业务"),
        // Of another city: what is not there, and what is another's, are one answer.
        (Role::HrClerk, "44030300000101", "未找到对应的档案或业务"),
    ] {
        let door = signed_in(&w, role, org).await;
        for form_no in [there.as_str(), "4401R00000000099999"] {
            let said = pays(&door, &form(&w, 1, form_no, "0000000001", "20.00")).await;
            assert!(said.contains(says), "{role:?} {form_no}: {said}");
        }
    }
}

#[tokio::test]
async fn art_33_1_of_the_dead_no_fee_is_asked_for_and_none_is_taken_at_the_counter() {
    clause!(R22.1);
    clause!(R33.1);
    let w = World::new(On::Memory).await;
    let (id, form_no) = owing(&w, 1).await;
    let number = w.draft(1).document_number;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let person = format!("holder={id}");
    assert!(clerk.post("/people", &person).await.contains("待缴 20.00元"));
    let session = clerk.cookie.split_once('=').unwrap().1;
    let receipt = format!("/receipts/{}", w.service.paper_key(session, id, &form_no));
    let receipt = async || clerk.send("GET", &receipt, "", "http://console").await.1;
    assert!(receipt().await.contains("去收取工本费"));
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    for source in ["public_security", "social_security"] {
        let mark = format!("number={number}&source={source}&evidence=2026-1");
        let marked = city.post("/deaths/mark", &mark).await;
        assert!(!marked.contains("class=\"notice wrong\""), "{marked}");
        // No card was made: there is none to take back.
        let both = source == "social_security";
        assert_eq!(marked.contains("不再制卡，由受理网点作不予受理"), both, "{marked}");
        assert_eq!(marked.contains("10个工作日内回收"), !both, "{marked}");
    }
    let page = clerk.post("/people", &person).await;
    assert!(page.contains("未缴，死亡已核实，不再收取") && !page.contains("待缴 20.00元"), "{page}");
    let printed = receipt().await;
    assert!(!printed.contains("去收取工本费") && !printed.contains("本次应缴工本费"), "{printed}");
    // Whatever the receipt says, and whatever of it is missing.
    for amount in ["20.00", "2.00", "二十"] {
        let refused = pays(&clerk, &form(&w, 1, &form_no, "0000000001", amount)).await;
        for says in ["死亡已经两个来源核实，不再收取工本费", "第33条", "不予受理", "退付"]
        {
            assert!(refused.contains(says), "{amount}: {says}: {refused}");
        }
    }
    // He lives: the fee is due as before.
    let restored = clerk.post("/deaths/restore", &format!("number={number}&evidence=1")).await;
    assert!(restored.contains("已恢复生存状态"), "{restored}");
    let paid = pays(&clerk, &form(&w, 1, &form_no, "0000000001", "20.00")).await;
    assert!(paid.contains("工本费已登记"), "{paid}");
    w.verified().await;
}

#[tokio::test]
async fn art_22_a_clerk_records_a_payment_and_one_receipt_pays_one_application() {
    clause!(R22.1);
    clause!(R27.6);
    for on in BOTH {
        let w = World::new(on).await;
        let (first, second) = (owes(&w, 1).await, owes(&w, 2).await);
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let wrong = pays(&clerk, &form(&w, 1, &first, "0000000001", "2.00")).await;
        assert!(wrong.contains("应缴20.00元（CNY），票据所载为2.00（CNY）"), "{wrong}");
        assert!(wrong.contains("value=\"0000000001\""), "what was filled in stays: {wrong}");
        let nobody = pays(&clerk, &form(&w, 1, "", "0000000001", "20")).await;
        assert!(
            nobody.contains("须填写申领表编码，工本费没有登记") && !nobody.contains("未找到"),
            "{nobody}"
        );
        let unread =
            pays(&clerk, &form(&w, 1, &first, "0000000001", "二十").replace("2026-11-23", "昨天")).await;
        for told in ["金额须写成数字", "缴款日期须是一个日期", "id=\"why-amount\"", "id=\"why-paid_on\""]
        {
            assert!(unread.contains(told) && !unread.contains("未报"), "{told}: {unread}");
        }
        // What cannot be read and what a rule finds are told at once, each beside its field.
        let faulty = "code=1&receipt_no=1&check=1&amount=abc&currency=CNY&paid_on=20200101";
        let number = w.draft(1).document_number;
        let faulty = pays(&clerk, &format!("number={number}&form_no={first}&{faulty}")).await;
        for told in ["金额须写成数字", "缴款时间早于申请之日", "校验码为6位", "第22条"]
        {
            assert!(faulty.contains(told), "{told}: {faulty}");
        }
        for field in ["code", "receipt_no", "check", "amount", "paid_on"] {
            assert!(faulty.contains(&format!("id=\"why-{field}\"")), "{field}: {faulty}");
        }
        assert!(!faulty.contains("第8条") && !faulty.contains("why-currency"), "{faulty}");
        let nothing = pays(&clerk, "").await;
        for name in
            ["社会保障号码", "申领表编码", "票据代码", "票据号码", "校验码", "金额", "币种", "缴款日期"]
        {
            assert!(nothing.contains(&format!("须填写{name}")), "all at once, {name} too: {nothing}");
        }
        let done = pays(&clerk, &form(&w, 1, &first, "0000000001", "20")).await;
        let to = done.split("<a href=\"").find(|t| t.starts_with("/receipts/business/"));
        let to = to.and_then(|t| t.split('"').next()).unwrap_or_else(|| panic!("no receipt: {done}"));
        assert!(!done.contains(&w.draft(1).document_number), "{done}");
        let (status, printed, _) = clerk.send("GET", to, "", "http://console").await;
        assert_eq!(status, StatusCode::OK);
        for item in
            ["缴纳工本费", "广东省非税收入（电子）票据", "44000026", "0000000001", "A1b2C3", "20.00元（CNY）"]
        {
            assert!(printed.contains(item), "{item}: {printed}");
        }
        // Somebody else's application is not paid by it.
        let used = pays(&clerk, &form(&w, 2, &second, "0000000001", "20.00")).await;
        assert!(used.contains("该非税电子票据已用于另一笔申请"), "{used}");
        let paid = pays(&clerk, &form(&w, 2, &second, "0000000002", "20.00")).await;
        assert!(paid.contains("工本费已登记"), "{paid}");
        let lines = lines(&w, "fee.pay").await;
        let outcomes: Vec<_> = lines.iter().map(|l| l.outcome.as_str()).collect();
        let defective = "material_defective";
        assert_eq!(outcomes, ["wrong_payment", defective, defective, "done", "receipt_used", "done"]);
        w.verified().await;
    }
}
