//! 成品卡接收与分发, 成品卡去向: boxes are counted blind, by a number or card by card, and each is told from every other.

use crate::Desk;
use kaguan_domain::alive::MarkDeath;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::custody::{Custody, Party};
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::notice::NoticeKind;
use kaguan_domain::ids::VendorCode;
use kaguan_testkit::{BOTH, World};

const PROVINCE: &str = "44000000000001";
const CITY: &str = "44010000000001";
const COUNTY: &str = "44010600000001";
const HR: &str = "44010600000101";

pub fn says(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn art_12_1_zhang_sans_box_is_counted_blind_scanned_and_brought_by_car() {
    clause!(R12.1);
    clause!(R12.2);
    for on in BOTH {
        let w = World::new(on).await;
        let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let batch = w.cards_made().await;
        let file = w.service.batch(batch).await.unwrap().unwrap();
        let (id, number) = (file.boxes[0].id.0.to_string(), file.batch.as_ref().unwrap().number.clone());
        let which = batch.0.to_string();
        let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
        let page = province.get("/boxes").await;
        says(&page, &[&number, &file.boxes[0].number, "待清点"]);
        assert!(!page.contains("<td class=\"number\">2</td>"), "{page}");

        let mut read = Vec::new();
        for id in [a, b] {
            let (card, file) = (w.card_of(id).await, w.file(id).await.0);
            let card = file.card(card).unwrap().clone();
            let name = file.person.as_ref().unwrap().details.name.clone();
            read.push((
                card.card_no.as_str().to_owned(),
                card.bank_account.bank_card_no.as_str().to_owned(),
                name,
            ));
        }
        let list = format!("{}\r\n{}\r\nX1\r\n", read[0].0.to_lowercase(), read[0].1);
        let form = [("batch", which.as_str()), ("box", id.as_str()), ("list", list.as_str())];
        let page = province.post("/boxes/compare", &form).await;
        says(
            &page,
            &["清单上不同的卡2张", &read[1].0, &read[1].2.masked(), "不属于本箱（1张）", "X1", "重复扫描"],
        );
        assert!(!page.contains(read[1].2.display()), "masked: {page}");
        let empty = [("batch", which.as_str()), ("box", id.as_str()), ("list", " \r\n")];
        says(&province.post("/boxes/compare", &empty).await, &["清单中没有号码"]);
        let city = Desk::of(&w, "city", Role::CityOfficer, CITY).await;
        let page = city.post("/boxes/compare", &form).await;
        says(&page, &["不在本机构保管"]);
        assert!(!page.contains(&read[1].0), "{page}");
        let lines = w.service.store().entries_from(1, 100_000).await.unwrap();
        let lines = lines.iter().filter(|l| l.command == "distribution.compare");
        assert_eq!(
            lines.map(|l| l.outcome.as_str()).collect::<Vec<_>>(),
            ["done", "material_defective", "not_the_keeper"]
        );

        let receive = |counted: &'static str, answers: &'static str, short: &'static str| {
            [
                ("batch", which.clone()),
                ("box", id.clone()),
                ("counted", counted.into()),
                ("kept_at", "成品卡库".into()),
                ("signer", "李四".into()),
                ("short", short.into()),
                ("answers", answers.into()),
                ("account", if short.is_empty() { String::new() } else { "封条完好".into() }),
            ]
        };
        let post = async |desk: &Desk, path: &str, fields: &[(&str, String)]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
            desk.post(path, &fields).await
        };
        let page = post(&province, "/boxes/receive", &receive("7", "", "")).await;
        says(&page, &["清点数量与账面数量不符"]);
        // What was typed is not lost.
        says(&page, &["value=\"李四\"", "value=\"成品卡库\""]);
        assert!(!page.contains("2张"), "a wrong count does not tell the right one: {page}");
        let page = post(&province, "/boxes/receive", &receive("1", "", "1")).await;
        says(&page, &["短少责任方未选择", "value=\"封条完好\""]);
        // What is missing is told at once, and nothing that is stated without a count of it is dropped (R12.1).
        let nothing = [("batch", which.as_str()), ("box", id.as_str())];
        let page = province.post("/boxes/receive", &nothing).await;
        says(&page, &["清点张数须填写", "须填写保管地点", "须填写签收人", "依据《经办规程》第12条"]);
        let mut scratched = receive("２", "sender", "");
        scratched[7].1 = "两张卡面有划痕".into();
        let page = post(&province, "/boxes/receive", &scratched).await;
        says(&page, &["选择了短少责任方，没有填写短少张数", "填写了差异情况，没有填写短少张数"]);
        says(&page, &["value=\"两张卡面有划痕\""]);
        says(&post(&province, "/boxes/receive", &receive("2", "", "")).await, &["已签收"]);

        let ship = |manner: &'static str| {
            [
                ("batch", which.clone()),
                ("box", id.clone()),
                ("to", w.org(CITY).0.to_string()),
                ("responsible", "王五".into()),
                ("manner", manner.into()),
            ]
        };
        let at = format!("/boxes/sheet?batch={batch}&box={id}");
        says(&province.get(&at).await, &["请先办理寄出"]);
        says(&post(&province, "/boxes/ship", &ship("快递")).await, &["须填写单号"]);
        says(&post(&province, "/boxes/ship", &ship("自行押运")).await, &["已寄出", "打印交接单"]);
        let sheet = province.get(&at).await;
        says(&sheet, &["成品卡交接单", "第一联", "第二联", &number, "王五", "自行押运", "<td>2</td>"]);
        says(&city.get(&at).await, &["由移交机构打印"]);

        // Where it is, and who has it; whoever is to count it is not told how many.
        let tree = format!("/boxes/tree?batch={batch}");
        says(&city.get(&tree).await, &["途中", "清点后显示", "责任人王五"]);
        let clerk = Desk::of(&w, "clerk", Role::HrClerk, HR).await;
        says(&clerk.get("/boxes/tree").await, &[&number]);
        says(&clerk.get(&tree).await, &["途中", "<td class=\"number\">2</td>"]);
        let elsewhere = Desk::of(&w, "bank", Role::BankClerk, "44010395533001").await;
        let page = elsewhere.get(&tree).await;
        says(&page, &["不在本机构管辖范围内"]);
        assert!(!page.contains(&number), "{page}");
        let auditor = Desk::of(&w, "auditor", Role::AuditAdministrator, PROVINCE).await;
        says(&auditor.get(&tree).await, &["本岗位无权办理此项业务"]);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_12_1_whoever_counts_a_box_names_the_cards_that_it_lacks_by_the_list_of_what_is_there() {
    clause!(R12.1);
    // Before the box is signed for, and after it was signed for with a card too few.
    for signed in [false, true] {
        let w = World::new(kaguan_testkit::On::Memory).await;
        let (a, b) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
        let batch = w.cards_made().await;
        let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
        let (which, id) = (batch.to_string(), r#box.to_string());
        let about = [("batch", which.as_str()), ("box", id.as_str())];
        let with = |more: &[(&'static str, &'static str)]| [&about[..], more].concat();
        let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
        let one = [("counted", "1"), ("kept_at", "成品卡库"), ("signer", "李四")];
        if signed {
            let short = [("short", "1"), ("answers", "sender"), ("account", "封条完好")];
            let page = province.post("/boxes/receive", &with(&[&one[..], &short].concat())).await;
            says(&page, &["已签收"]);
        }
        let there = w.file(a).await.0.cards[0].card_no.as_str().to_owned();
        let list = [&about[..], &[("list", there.as_str())]].concat();
        let page = province.post("/boxes/compare", &list).await;
        let (card, value) = (w.card_of(b).await, format!("{b}-{}", w.card_of(b).await));
        let field = format!("card_{card}");
        says(&page, &[&format!("name=\"{field}\" value=\"{value}\""), "登记勾选的卡为缺卡"]);
        assert!(!page.contains("未领卡办理”"), "no page is named that refuses: {page}");
        let today = w.service.now().date().to_string();
        let unsaid = province.post("/boxes/missing", &with(&[])).await;
        says(
            &unsaid,
            &["没有登记缺卡：须勾选缺失的卡、填写不晚于今天的缺失日期、填写缺失地点或环节、填写情况说明"],
        );
        let said = [
            (field.as_str(), value.as_str()),
            ("date", today.as_str()),
            ("place", "省中心"),
            ("account", "清点未见"),
        ];
        let page = province.post("/boxes/missing", &[&about[..], &said].concat()).await;
        says(&page, &["已登记1张缺卡"]);
        if !signed {
            says(&province.post("/boxes/receive", &with(&one)).await, &["已签收"]);
        }
        let file = w.service.batch(batch).await.unwrap().unwrap();
        assert_eq!((file.boxes[0].short(), file.inside(r#box)), (0, 1));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_12_1_a_card_that_is_named_is_whose_the_receipt_says_and_a_refusal_loses_no_scan() {
    clause!(R12.1);
    let w = World::new(kaguan_testkit::On::Memory).await;
    let mut people = Vec::new();
    for n in 1..=3 {
        people.push(w.applicant(n, w.outlet()).await);
    }
    let (a, b, c) = (people[0], people[1], people[2]);
    let batch = w.cards_made().await;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let (which, id) = (batch.to_string(), r#box.to_string());
    let about = [("batch", which.as_str()), ("box", id.as_str())];
    let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
    let city = Desk::of(&w, "city", Role::CityOfficer, CITY).await;
    let short = |counted: &'static str| {
        [
            ("counted", counted),
            ("kept_at", "成品卡库"),
            ("signer", "李四"),
            ("short", "1"),
            ("answers", "sender"),
            ("account", "封条完好"),
        ]
    };
    // The vendor answers for one, the province for another.
    let page = province.post("/boxes/receive", &[&about[..], &short("2")].concat()).await;
    says(&page, &["已签收"]);
    let to = w.org(CITY).to_string();
    let ship = [("to", to.as_str()), ("responsible", "王五"), ("manner", "自行押运")];
    says(&province.post("/boxes/ship", &[&about[..], &ship].concat()).await, &["已寄出"]);
    w.clock.set(Instant(w.clock.now().0 + 60_000_000));
    says(&city.post("/boxes/receive", &[&about[..], &short("1")].concat()).await, &["已签收"]);
    let there = w.file(c).await.0.cards[0].card_no.as_str().to_owned();
    let list = [&about[..], &[("list", there.as_str())]].concat();
    let page = city.post("/boxes/compare", &list).await;
    says(&page, &["逐张核对结果", "责任方金邦达", "所属签收短少"]);
    let differences = w.service.batch(batch).await.unwrap().unwrap().boxes[0].differences.clone();
    let at: Vec<String> = differences.iter().map(|d| d.at.0.to_string()).collect();
    let cards = [w.card_of(a).await, w.card_of(b).await];
    let fields = cards.map(|card| (format!("card_{card}"), format!("short_{card}")));
    let values = [format!("{a}-{}", cards[0]), format!("{b}-{}", cards[1])];
    let today = w.service.now().date().to_string();
    let mut said = list.clone();
    said.extend([("date", today.as_str()), ("place", "市中心"), ("account", "清点未见")]);
    for ((card, _), value) in fields.iter().zip(&values) {
        said.push((card.as_str(), value.as_str()));
    }
    // Nobody said which is whose: nothing is done, and nothing of what was scanned, ticked and typed is lost.
    let page = city.post("/boxes/missing", &said).await;
    let ticked = format!("name=\"{}\" value=\"{}\" checked", fields[0].0, values[0]);
    let typed = ["没有登记缺卡", "责任方金邦达", "逐张核对结果", &ticked, "value=\"市中心\"", &there];
    says(&page, &typed);
    let late = [&list[..], &[("date", "2099-01-01"), ("place", "市中心"), ("account", "清点未见")]].concat();
    let page = city.post("/boxes/missing", &late).await;
    says(&page, &["不晚于今天的缺失日期", "逐张核对结果", "value=\"清点未见\""]);
    let file = w.service.batch(batch).await.unwrap().unwrap();
    assert_eq!(file.boxes[0].short(), 2);
    for ((_, short), at) in fields.iter().zip(&at) {
        said.push((short.as_str(), at.as_str()));
    }
    says(&city.post("/boxes/missing", &said).await, &["已登记2张缺卡"]);
    let answers = async |id| match &w.file(id).await.0.cards[0].custody {
        Custody::Missing { said: Some(said), .. } => said.answers.clone(),
        custody => panic!("{custody:?}"),
    };
    assert_eq!(answers(a).await, Party::Vendor(VendorCode("1".into())));
    assert_eq!(answers(b).await, Party::Org(w.org(PROVINCE)));
    // 成品卡流转登记册 says whose each shortage was, when it was counted and when it was settled, to both of its sides.
    let name = |code: &str| w.service.institutions().org(w.org(code)).unwrap().name.clone();
    let by = |what: &str| format!("短少1张，责任方{what}");
    let centre = by(&name(PROVINCE));
    for desk in [&province, &city] {
        let page = desk.get(&format!("/transfers?batch={batch}")).await;
        let both = format!("{}；{centre}：核对短少的卡：清点未见", by("金邦达"));
        let vendors = by("金邦达");
        says(&page, &[&format!("{vendors}：封条完好"), &format!("{centre}：封条完好"), &both]);
    }
    let number = w.file(a).await.0.cards[0].card_no.as_str().to_owned();
    let page = city.post("/cards-on-their-way", &[("number", number.as_str())]).await;
    says(&page, &["签收时已短少，由金邦达负责"]);
    w.verified().await;
}

#[tokio::test]
async fn art_12_1_province_and_county_record_what_they_found_and_sign_for_a_single_card_by_its_number() {
    clause!(R12.1);
    let w = World::new(kaguan_testkit::On::Memory).await;
    let (a, _) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
    let batch = w.cards_made().await;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let (which, id) = (batch.to_string(), r#box.to_string());
    let (card, today) = (w.card_of(a).await, w.service.now().date().to_string());
    let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
    let (field, value) = (format!("card_{card}"), format!("{a}-{card}"));
    let missing = [
        ("batch", which.as_str()),
        ("box", id.as_str()),
        (field.as_str(), value.as_str()),
        ("date", today.as_str()),
        ("place", "省中心"),
        ("account", "清点未见"),
    ];
    says(&province.post("/boxes/missing", &missing).await, &["已登记1张缺卡"]);
    // The province finds it: it opens no file for that, and is told of nobody.
    let page = province.get("/boxes").await;
    says(&page, &["登记寻回"]);
    assert!(!page.contains("单卡转接</button>"), "the province takes nothing over: {page}");
    let file = w.file(a).await.0;
    let numbers = [
        file.cards[0].card_no.as_str().to_owned(),
        file.cards[0].bank_account.bank_card_no.as_str().to_owned(),
    ];
    let name = file.person.as_ref().unwrap().details.name.masked();
    says(&province.post("/boxes/found", &[("found", " ")]).await, &["须填写社保卡卡号或银行卡号", "第12条"]);
    says(&province.post("/boxes/found", &[("found", "X1")]).await, &["该号码的社保卡", "第12条"]);
    let page = province.post("/boxes/found", &[("found", numbers[0].as_str())]).await;
    says(&page, &["已登记寻回", "请移交领卡网点", "由其办理单卡转接"]);
    assert!(!page.contains(&name), "{page}");
    let at = async || match w.file(a).await.0.cards[0].custody {
        Custody::AtOutlet { org } => org,
        ref custody => panic!("{custody:?}"),
    };
    assert_eq!(at().await, w.org(PROVINCE));
    let page = province.post("/boxes/found", &[("found", numbers[0].as_str())]).await;
    assert!(!page.contains("已登记寻回"), "it is missing no more: {page}");
    says(&page, &["该卡没有登记缺失", "保管", "第12条", "id=\"why-found\""]);
    assert!(!page.contains("第8条"), "{page}");
    // Until it is passed on it stands with its keeper, and where it is collected: nobody is told that it waits for its holder.
    let county_desk = Desk::of(&w, "county0", Role::CountyClerk, "44010600000001").await;
    let outlet = Desk::of(&w, "outlet0", Role::HrClerk, HR).await;
    let of_keeper = "本机构保管或待本机构接收、待转接的单张成品卡</a> <b>1</b>";
    let of_outlet = "其他机构保管、待本网点单卡转接的成品卡</a> <b>1</b>";
    says(&province.get("/").await, &[of_keeper]);
    says(&outlet.get("/").await, &[of_outlet]);
    says(&province.get("/boxes").await, &[&numbers[0], "移交领卡网点，由其办理单卡转接"]);
    says(&outlet.get("/boxes").await, &[&numbers[0], "收到卡后，在下方办理单卡转接"]);
    assert!(!county_desk.get("/boxes").await.contains(&numbers[0]), "it is neither here nor collected here");
    let page = Desk::of(&w, "city0", Role::CityOfficer, CITY).await.get("/clocks").await;
    says(&page, &["省中心保管"]);
    assert!(!page.contains("网点待领"), "the board counts it where it is: {page}");
    let page = outlet.post("/cards-on-their-way", &[("number", numbers[0].as_str())]).await;
    says(&page, &["省中心保管", "单卡转接"]);
    assert!(!page.contains("网点待领"), "{page}");
    // By the county's hands to the outlet, each of which signs for the one card.
    let county = "44010600000001";
    let desk = Desk::of(&w, "county", Role::CountyClerk, county).await;
    says(&desk.get("/boxes").await, &["登记寻回", "单卡转接"]);
    let unsigned = [("taken", numbers[1].as_str()), ("kept_at", "卡库"), ("signer", " ")];
    says(&desk.post("/boxes/take-over", &unsigned).await, &["须填写签收人"]);
    let signed = [("taken", numbers[1].as_str()), ("kept_at", "卡库"), ("signer", "丙")];
    says(&desk.post("/boxes/take-over", &signed).await, &["已办理单卡转接", "请移交领卡网点"]);
    assert_eq!(at().await, w.org(county));
    says(&desk.post("/boxes/take-over", &signed).await, &["该卡已在本机构保管", "第12条"]);
    says(&desk.get("/").await, &[of_keeper]);
    assert!(!province.get("/").await.contains(of_keeper), "the county has it");
    let outlet = Desk::of(&w, "outlet", Role::HrClerk, HR).await;
    says(
        &outlet.post("/boxes/take-over", &signed).await,
        &["已办理单卡转接", "该卡由本网点保管，可以发放", "系统向登记的手机发送领卡通知"],
    );
    assert_eq!(at().await, w.outlet());
    let told = w.file(a).await.0.cards[0].notices.iter().filter(|n| n.kind == NoticeKind::Ready).count();
    assert_eq!(told, 1, "in no box: nobody else tells the holder");
    // An outlet that its holder did not choose hands it out too, once it has it, and is told to call the holder to itself.
    let bank_code = w.service.institutions().org(w.bank_outlet()).unwrap().code.clone();
    let bank = Desk::of(&w, "bank0", Role::BankClerk, bank_code.as_str()).await;
    let page = bank.post("/boxes/take-over", &signed).await;
    says(
        &page,
        &["已办理单卡转接", "该卡由本网点保管，可以发放；申请所选领卡网点为", "请通知持卡人到本网点领取"],
    );
    assert!(!page.contains("请移交领卡网点"), "{page}");
    // One of another bank gives no such card out: it does not sign for it, and is told who does.
    let other = Desk::of(&w, "bank1", Role::BankClerk, "44010395533001").await;
    let page = other.post("/boxes/take-over", &signed).await;
    says(&page, &["不发放", "请移交领卡网点", "由其办理单卡转接后发放"]);
    assert_eq!(at().await, w.bank_outlet());
    says(&outlet.post("/boxes/take-over", &signed).await, &["该卡由本网点保管，可以发放"]);
    assert_eq!(at().await, w.outlet());
    for desk in [&province, &desk, &outlet] {
        let page = desk.get("/").await;
        assert!(!page.contains(of_keeper) && !page.contains(of_outlet), "it is where it belongs: {page}");
    }
    w.verified().await;
}

#[tokio::test]
async fn art_33_1_of_a_card_whose_holder_died_nobody_is_told_that_it_can_be_handed_out() {
    clause!(R33.1);
    clause!(R12.1);
    let w = World::new(kaguan_testkit::On::Memory).await;
    let (a, _) = (w.applicant(1, w.outlet()).await, w.applicant(2, w.outlet()).await);
    w.cards_made().await;
    let number = w.file(a).await.0.cards[0].card_no.as_str().to_owned();
    let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
    let batch = w.file(a).await.0.cards[0].batch;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let (which, id, card) = (batch.to_string(), r#box.to_string(), w.card_of(a).await);
    let (field, value) = (format!("card_{card}"), format!("{a}-{card}"));
    let today = w.service.now().date().to_string();
    let missing = [
        ("batch", which.as_str()),
        ("box", id.as_str()),
        (field.as_str(), value.as_str()),
        ("date", today.as_str()),
        ("place", "省中心"),
        ("account", "清点未见"),
    ];
    says(&province.post("/boxes/missing", &missing).await, &["已登记1张缺卡"]);
    for source in [Register::PublicSecurity, Register::SocialSecurity] {
        let mark = HolderCommand::MarkDeath(MarkDeath { source, number: None, evidence: None });
        w.about(&Actor::System, a, mark).await.unwrap();
    }
    let page = province.post("/boxes/found", &[("found", number.as_str())]).await;
    says(&page, &["已登记寻回", "现在不得发放", "死亡已核实", "请移交领卡网点", "不得发放：移交领卡网点"]);
    assert!(!page.contains("转接后发放"), "{page}");
    let outlet = Desk::of(&w, "outlet", Role::HrClerk, HR).await;
    says(&province.get("/boxes").await, &["由其办理单卡转接后回收"]);
    says(&outlet.get("/boxes").await, &[&number, "不得发放：收到卡后，在下方办理单卡转接，再办理回收"]);
    let signed = [("taken", number.as_str()), ("kept_at", "卡库"), ("signer", "丙")];
    let page = outlet.post("/boxes/take-over", &signed).await;
    says(&page, &["已办理单卡转接", "现在不得发放", "请办理回收"]);
    assert!(!page.contains("可以发放"), "{page}");
    w.verified().await;
}

#[tokio::test]
async fn art_12_1_of_two_shortages_in_a_box_the_one_is_settled_under_which_it_is_said() {
    clause!(R12.1);
    let w = World::new(kaguan_testkit::On::Memory).await;
    for n in 1..=3 {
        w.applicant(n, w.outlet()).await;
    }
    let batch = w.cards_made().await;
    let r#box = w.service.batch(batch).await.unwrap().unwrap().boxes[0].id;
    let (which, id) = (batch.to_string(), r#box.to_string());
    let about = [("batch", which.as_str()), ("box", id.as_str())];
    let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
    let city = Desk::of(&w, "city", Role::CityOfficer, CITY).await;
    let short = |counted: &'static str| {
        [
            ("counted", counted),
            ("kept_at", "成品卡库"),
            ("signer", "李四"),
            ("short", "1"),
            ("answers", "sender"),
            ("account", "封条完好"),
        ]
    };
    says(&province.post("/boxes/receive", &[&about[..], &short("2")].concat()).await, &["已签收"]);
    let to = w.org(CITY).to_string();
    let ship = [("to", to.as_str()), ("responsible", "王五"), ("manner", "自行押运")];
    says(&province.post("/boxes/ship", &[&about[..], &ship].concat()).await, &["已寄出"]);
    w.clock.set(Instant(w.clock.now().0 + 60_000_000));
    let page = city.post("/boxes/receive", &[&about[..], &short("1")].concat()).await;
    let differences = w.service.batch(batch).await.unwrap().unwrap().boxes[0].differences.clone();
    let second = differences[1].at.0.to_string();
    says(&page, &["已签收", &format!("name=\"counted_at\" value=\"{second}\"")]);
    let settle = |cards: &'static str| {
        let said =
            [("counted_at", second.as_str()), ("surplus", ""), ("cards", cards), ("account", "省库补送")];
        [&about[..], &said].concat()
    };
    for wrong in ["0", "2", "一张"] {
        let page = city.post("/boxes/settle", &settle(wrong)).await;
        says(&page, &["未处理的短少为1张", "id=\"why-cards\"", "第12条"]);
        assert!(!page.contains("无需办理"), "{page}");
    }
    let page = city.post("/boxes/settle", &settle("1")).await;
    says(&page, &["已登记清点差异处理", "短少1张，责任方金邦达：封条完好"]);
    let name = w.service.institutions().org(w.org(PROVINCE)).unwrap().name.clone();
    assert!(!page.contains(&format!("责任方{name}")), "the province's is settled: {page}");
    let page = city.get(&format!("/transfers?batch={batch}")).await;
    says(&page, &[&format!("短少1张，责任方{name}：省库补送")]);
    w.verified().await;
}

#[tokio::test]
async fn art_12_1_a_shortage_is_on_the_first_page_of_who_has_the_box_of_who_answers_and_of_the_centre() {
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        for n in 1..=2 {
            w.applicant(n, w.outlet()).await;
        }
        let batch = w.cards_made().await;
        let b = w.service.batch(batch).await.unwrap().unwrap().boxes[0].clone();
        let (which, id) = (batch.to_string(), b.id.to_string());
        let about = [("batch", which.as_str()), ("box", id.as_str())];
        let province = Desk::of(&w, "province", Role::ProvinceOfficer, PROVINCE).await;
        let city = Desk::of(&w, "city", Role::CityOfficer, CITY).await;
        let county = Desk::of(&w, "county", Role::CountyClerk, COUNTY).await;
        let outlet = Desk::of(&w, "outlet", Role::HrClerk, HR).await;
        let line = |name: &str| format!("<a href=\"/boxes#differing\">{name}</a> <b>1</b>");
        let here = line("清点差异待处理的成品卡箱");
        let answers = line("由本机构负责、箱在其他机构的成品卡清点差异");
        let oversees = line("辖区内其他机构清点差异待处理的成品卡箱");
        let receives = |counted: &'static str| {
            [&about[..], &[("counted", counted), ("kept_at", "成品卡库"), ("signer", "李四")]].concat()
        };
        let ships = async |desk: &Desk, to: &str| {
            let to = w.org(to).to_string();
            let ship = [("to", to.as_str()), ("responsible", "王五"), ("manner", "自行押运")];
            says(&desk.post("/boxes/ship", &[&about[..], &ship].concat()).await, &["已寄出"]);
        };
        says(&province.post("/boxes/receive", &receives("2")).await, &["已签收"]);
        for desk in [&province, &city, &county, &outlet] {
            assert!(!desk.get("/").await.contains("清点差异"), "{on:?}");
        }
        assert!(!province.get("/boxes").await.contains("待处理的清点差异"), "{on:?}");
        ships(&province, CITY).await;
        let short = [("short", "1"), ("answers", "sender"), ("account", "封条完好")];
        let page = city.post("/boxes/receive", &[&receives("1")[..], &short].concat()).await;
        let kept = format!("/boxes?boxes.way=kept&#38;boxes.outlet={}", w.outlet());
        says(&page, &["已签收", "待处理的清点差异", "id=\"differing\"", &kept]);
        let name = w.service.institutions().org(w.org(PROVINCE)).unwrap().name.clone();
        let said = format!("短少1张，责任方{name}：封条完好");
        says(&city.get("/").await, &[&here]);
        says(&city.get(&kept.replace("&#38;", "&")).await, &["name=\"counted_at\"", &said]);
        says(&province.get("/").await, &[&answers]);
        says(
            &province.get("/boxes").await,
            &["待处理的清点差异", &said, &format!("/boxes/tree?batch={batch}")],
        );
        assert!(!outlet.get("/").await.contains("清点差异"), "{on:?}: it does not come there yet");
        // It goes on with the shortage: whoever has it now settles it, and the others still know of it.
        ships(&city, COUNTY).await;
        says(&county.post("/boxes/receive", &receives("1")).await, &["已签收"]);
        says(&county.get("/").await, &[&here]);
        ships(&county, HR).await;
        says(&outlet.post("/boxes/receive", &receives("1")).await, &["已签收"]);
        says(&outlet.get("/").await, &[&here]);
        says(&city.get("/").await, &[&oversees]);
        says(&city.get("/boxes").await, &["保管机构", &said]);
        says(&province.get("/").await, &[&answers]);
        let at = w.service.batch(batch).await.unwrap().unwrap().boxes[0].differences[0].at.0.to_string();
        let settle = [("counted_at", at.as_str()), ("surplus", ""), ("cards", "1"), ("account", "省库补送")];
        let page = outlet.post("/boxes/settle", &[&about[..], &settle].concat()).await;
        says(&page, &["已登记清点差异处理"]);
        for desk in [&province, &city, &county, &outlet] {
            assert!(!desk.get("/").await.contains("清点差异待处理"), "{on:?}");
            assert!(!desk.get("/").await.contains("成品卡清点差异"), "{on:?}");
            assert!(!desk.get("/boxes").await.contains("待处理的清点差异"), "{on:?}");
        }
        w.verified().await;
    }
}
