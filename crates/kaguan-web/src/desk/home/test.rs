//! 今日工作: what waits where the officer works.

use super::{lines, signed_in};
use kaguan_domain::alive::{MarkDeath, RestoreLife};
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand};
use kaguan_domain::facts::application::Register;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::VendorCode;
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_testkit::{BOTH, On, World, receive, ship};

#[tokio::test]
async fn art_7_and_39_clocks_are_listed_by_their_last_day_to_those_who_work_there_and_name_nobody() {
    clause!(R7.1);
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        w.days_pass(30);
        let id = w.applicant(2, w.outlet()).await;
        let (late, new) = (w.draft(1).form_no, w.draft(2).form_no);
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        for door in [&clerk, &city] {
            let (_, page, _) = door.send("GET", "/", "", "http://console").await;
            let (of_late, of_new) = (page.find(&late), page.find(&new));
            assert!(of_late.is_some() && of_late < of_new, "the first to end first: {page}");
            for says in [
                "已超期<b>1</b>",
                "未到期<b>1</b>",
                "首次申领（12个工作日）",
                "第7条",
                "待批次筛选",
                "市卡管机构",
                "超期",
            ] {
                assert!(page.contains(says), "{says}: {page}");
            }
            assert!(!page.contains("张") && !page.contains(&w.draft(1).document_number), "{page}");
            // The second ends in January, of which the notice has not come.
            let why = "2027年放假通知尚未载入";
            assert!(page.contains(&format!("（暂定，{why}）")), "{page}");
            let (_, text, _) = door.send("GET", "/?work.as=csv", "", "http://console").await;
            assert!(text.contains(why), "a file has it, too: {text}");
            let (_, page, _) = door.send("GET", "/?group=late", "", "http://console").await;
            assert!(page.contains(&late) && !page.contains(&new), "{page}");
        }
        assert!(lines(&w, "holder.look").await.is_empty(), "the list names nobody");
        // Whoever opens a line looks at the file.
        let page = clerk.post("/people", &format!("holder={}", id.0)).await;
        assert!(page.contains(&new), "{page}");
        assert_eq!(lines(&w, "holder.look").await.len(), 1);
        let elsewhere = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let (_, page, _) = elsewhere.send("GET", "/", "", "http://console").await;
        assert!(page.contains("没有运行中的时限") && !page.contains(&late), "{page}");
        let auditor = signed_in(&w, Role::AuditAdministrator, "44000000000001").await;
        let (_, page, _) = auditor.send("GET", "/", "", "http://console").await;
        assert!(page.contains("没有待办事项") && !page.contains(&late), "{page}");
        let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
        let (_, page, _) = province.send("GET", "/", "", "http://console").await;
        assert!(page.contains("各市在办时限") && page.contains("广州市") && page.contains("超期"), "{page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_7_what_is_late_stands_in_the_head_of_every_page_and_leads_to_its_list() {
    clause!(R7.1);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let head = async |door: &super::Door, path: &str| {
            let page = door.send("GET", path, "", "http://console").await.1;
            page.split("<div class=\"me\">").nth(1).unwrap().split("</header>").next().unwrap().to_owned()
        };
        assert!(!head(&clerk, "/apply").await.contains("超期"), "nothing is late");
        w.days_pass(30);
        w.applicant(2, w.outlet()).await;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let late = "<a class=\"tag bad\" href=\"/?group=late\">超期1</a>";
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        for (door, path) in [(&clerk, "/apply"), (&clerk, "/"), (&city, "/batches"), (&city, "/")] {
            let head = head(door, path).await;
            assert!(head.contains(late) && !head.contains("今日"), "{on:?} {path}: {head}");
        }
        let list = clerk.send("GET", "/?group=late", "", "http://console").await.1;
        assert!(list.contains(&w.draft(1).form_no) && list.contains("已超期<b>1</b>"), "{list}");
        // The province has no list of its own but the cities; a bank's outlet has none of these, and whoever keeps the system none at all.
        let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
        let said = head(&province, "/batches").await;
        assert!(said.contains("<a class=\"tag bad\" href=\"/\">超期1</a>"), "{said}");
        let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
        assert!(!head(&bank, "/loss").await.contains("class=\"tag"));
        let keeper = signed_in(&w, Role::SystemAdministrator, "44000000000001").await;
        assert!(!head(&keeper, "/password").await.contains("class=\"tag"));
    }
}

/// Where a list goes on.
fn goes_on(page: &str) -> Option<String> {
    let to = page.split_once("\">后面还有，继续列出")?.0.rsplit_once("href=\"")?.1;
    Some(to.replace("&#38;", "&"))
}

#[tokio::test]
async fn fifty_lines_are_a_page_and_the_next_one_goes_on_after_the_last() {
    for on in BOTH {
        let w = World::new(on).await;
        for n in 1..=53 {
            w.applicant(n, w.outlet()).await;
        }
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let mut path = "/".to_owned();
        let mut seen = Vec::new();
        for expected in [50, 3] {
            let (_, page, _) = clerk.send("GET", &path, "", "http://console").await;
            let forms: Vec<String> =
                (1..=53).map(|n| w.draft(n).form_no).filter(|f| page.contains(f)).collect();
            assert_eq!(forms.len(), expected, "{page}");
            seen.extend(forms);
            path = goes_on(&page).unwrap_or_default();
        }
        assert!(path.is_empty(), "no third page");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 53);
    }
}

#[tokio::test]
async fn art_39_1_an_officer_sees_what_was_done_today_and_a_file_who_looked_at_it_and_why() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let id = w.applicant(1, w.outlet()).await;
        let form_no = w.draft(1).form_no;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let own = async |asked: &str| clerk.send("GET", asked, "", "http://console").await.1;
        let done = |page: &str| page.split_once("id=\"done\"").map(|(_, done)| done.to_owned()).unwrap();
        let unmask = format!("holder={}&field=mobile&reason=电话13800138000回访，核对号码", id.0);
        let page = clerk.post("/people/unmask", &unmask).await;
        let looks = page.split_once("id=\"looks\"").unwrap().1;
        assert!(looks.contains("查看联系手机：电话13********0回访，核对号码"), "{looks}");
        assert!(!looks.contains("13800138000"), "{looks}");
        // Looks are shown when they are asked for.
        assert!(!done(&own("/").await).contains("查看持卡人档案"));
        let page = done(&own("/?looks=true").await);
        assert!(page.contains("查看持卡人档案") && page.contains(&form_no), "{page}");
        assert!(page.contains("href=\"/people/") && !page.contains(&w.draft(1).document_number), "{page}");
        // Twenty are a page, and the next goes on after the last.
        for _ in 0..20 {
            clerk.post("/people", &format!("holder={}", id.0)).await;
        }
        let page = done(&own("/?looks=true").await);
        let next = page.split_once("done=").unwrap().1.split_once('#').unwrap().0.to_owned();
        assert_eq!(page.matches("查看持卡人档案").count(), 20, "{page}");
        let page = done(&own(&format!("/?looks=true&done={next}")).await);
        assert_eq!(page.matches("查看持卡人档案").count(), 1, "{page}");
        // Another has done nothing, and tomorrow nothing of today is shown.
        let other = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let (_, page, _) = other.send("GET", "/?looks=true", "", "http://console").await;
        assert!(!done(&page).contains("查看持卡人档案"), "{page}");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_32_2_the_card_of_a_dead_person_is_a_line_of_every_list_of_clocks_until_it_is_settled() {
    clause!(R32.2);
    for on in BOTH {
        let w = World::new(on).await;
        let (id, _) = w.with_card(1).await;
        let form_no = w.draft(1).form_no;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let elsewhere = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let of = async |door: &super::Door, path: &str| door.send("GET", path, "", "http://console").await.1;
        assert!(!of(&clerk, "/").await.contains(&form_no));
        for source in [Register::PublicSecurity, Register::SocialSecurity] {
            let mark = HolderCommand::MarkDeath(MarkDeath { source, number: None, evidence: None });
            w.about(&Actor::System, id, mark).await.unwrap();
        }
        w.service.duties().await.unwrap();
        for (door, path) in [
            (&clerk, "/"),
            (&clerk, "/reminders"),
            (&city, "/"),
            (&city, "/reminders"),
            (&city, "/clocks/due"),
        ] {
            let page = of(door, path).await;
            for says in [
                form_no.as_str(),
                "死亡回收",
                "持卡人死亡，卡待回收",
                "回收（10个工作日）",
                "第32条",
                "经办网点",
                "未到期<b>1</b>",
            ] {
                assert!(page.contains(says), "{on:?} {path} {says}: {page}");
            }
            assert!(page.contains("href=\"/people/") && !page.contains("张三"), "{page}");
        }
        assert!(!of(&elsewhere, "/").await.contains(&form_no), "another outlet's");
        let text = of(&city, "/reports?kind=clocks&from=2026-11-01&to=2026-12-31&report.as=csv").await;
        assert!(
            text.contains("广州市,回收（10个工作日）,进行中,1\n"),
            "时限统计 counts it as 看板 does: {text}"
        );
        let (_, board, _) = city.send("GET", "/clocks", "", "http://console").await;
        assert!(board.contains("经办网点1件申请") || board.contains("未到期<b>1</b>"), "{board}");
        w.days_pass(20);
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        assert!(of(&city, "/?group=late").await.contains(&form_no));
        assert!(!of(&city, "/?group=later").await.contains(&form_no));
        let alive = HolderCommand::RestoreLife(RestoreLife::by("本人到场"));
        w.about(&Actor::System, id, alive).await.unwrap();
        assert!(!of(&city, "/").await.contains(&form_no), "the person lives");
        w.verified().await;
    }
}

#[tokio::test]
async fn clocks_of_batches_and_people_are_one_list_and_its_parts_lose_none() {
    let w = World::new(On::Memory).await;
    for n in 1..=60 {
        w.applicant(n, w.outlet()).await;
    }
    w.confirmed_batch().await;
    let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
    let (mut path, mut seen, mut batches) = ("/clocks/due?city=4401".to_owned(), Vec::new(), 0);
    loop {
        let (_, page, _) = city.send("GET", &path, "", "http://console").await;
        let list = page.split("data-list=\"due\"").nth(1).unwrap();
        batches += list.matches("<td data-head=\"业务\" class=\"short\">批次</td>").count();
        seen.extend((1..=60).map(|n| w.draft(n).form_no).filter(|form| list.contains(form.as_str())));
        let Some(next) = goes_on(list) else { break };
        path = next;
    }
    assert_eq!(seen.len(), 60, "somebody is left out or shown twice");
    assert!(batches > 0);
    let (_, csv, _) = city.send("GET", "/clocks/due?city=4401&due.as=csv", "", "http://console").await;
    assert_eq!(csv.trim_end().lines().count(), 1 + 60 + batches, "{csv}");
    // What is chosen is the whole list's: a part is full of it, the next goes on within it, and the file has all of it.
    for chosen in ["due.business=application", "due.business=production", "due.owner=bank", "due.owner=city"]
    {
        let (mut path, mut lines, mut parts) = (format!("/clocks/due?city=4401&{chosen}"), 0, Vec::new());
        loop {
            let (_, page, _) = city.send("GET", &path, "", "http://console").await;
            let list = page.split("data-list=\"due\"").nth(1).unwrap();
            assert!(list.contains(" selected"), "{chosen}: {list}");
            let rows = list.matches("<td data-head=\"业务\"").count();
            lines += rows;
            parts.push(rows);
            let Some(next) = goes_on(list) else { break };
            assert!(next.contains(chosen), "{next}");
            path = next;
        }
        let wanted = match chosen {
            "due.business=application" => 60,
            "due.business=production" => batches,
            // Everybody is in a batch that waits for its bank, and so is the batch.
            "due.owner=bank" => 60 + batches,
            _ => 0,
        };
        assert_eq!(lines, wanted, "{chosen}: {parts:?}");
        assert!(lines <= 50 || parts.len() > 1 && parts[0] == 50, "{chosen}: {parts:?}");
        let csv = format!("/clocks/due?city=4401&{chosen}&due.as=csv");
        let (_, csv, _) = city.send("GET", &csv, "", "http://console").await;
        assert_eq!(csv.trim_end().lines().count(), 1 + wanted, "{chosen}: {csv}");
    }
}

#[tokio::test]
async fn art_12_1_whoever_has_to_act_on_a_card_sees_its_clock_until_the_card_is_at_its_outlet() {
    clause!(R12.1);
    clause!(R7.1);
    for on in BOTH {
        let w = World::new(on).await;
        let mut apply = w.apply(1, w.bank_outlet());
        apply.collect_at = w.outlet();
        let form = apply.draft.form_no.clone();
        w.takes_in(1, apply).await;
        let county = signed_in(&w, Role::CountyClerk, "44010600000001").await;
        let collects = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let took_in = signed_in(&w, Role::BankClerk, "44010395588001").await;
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        let of = async |door: &super::Door, path: &str| door.send("GET", path, "", "http://console").await.1;
        assert!(!of(&collects, "/").await.contains(&form), "no card yet");
        let batch = w.cards_made().await;
        let page = of(&city, "/").await;
        for says in ["卡商已交付，待省中心签收", "省卡管机构", "签收成品卡"] {
            assert!(page.contains(says), "{on:?} {says}: {page}");
        }
        for door in [&collects, &took_in] {
            let page = of(door, "/").await;
            assert!(page.contains(&form) && page.contains("未到期<b>1</b>"), "{on:?}: {page}");
        }
        let page = of(&county, "/").await;
        assert!(page.contains("没有运行中的时限") && !page.contains(&form), "{page}");
        let page = of(&county, "/boxes/tree").await;
        let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
        assert!(page.contains(&number) && page.contains("装箱位置"), "its division's: {page}");
        let b = w.service.batch(batch).await.unwrap().unwrap().boxes[0].clone();
        let way = ["44000000000001", "44010000000001", "44010600000001"].map(|code| w.org(code));
        let signs = async |org, to: Option<_>| {
            let keeper = w.officer(org).await;
            w.batch(&keeper, batch, receive(b.id, org, b.cards)).await.unwrap();
            if let Some(to) = to {
                w.batch(&keeper, batch, ship(b.id, to)).await.unwrap();
            }
        };
        signs(way[0], Some(way[1])).await;
        signs(way[1], Some(way[2])).await;
        for path in ["/", "/reminders"] {
            let page = of(&county, path).await;
            for says in [form.as_str(), "寄往县级机构途中", "县级机构", "签收成品卡", "未到期<b>1</b>"]
            {
                assert!(page.contains(says), "{on:?} {path} {says}: {page}");
            }
        }
        signs(way[2], None).await;
        assert!(of(&county, "/").await.contains("县级机构保管"));
        let keeper = w.officer(way[2]).await;
        w.batch(&keeper, batch, ship(b.id, w.outlet())).await.unwrap();
        assert!(!of(&county, "/").await.contains(&form), "it is the outlet's turn");
        assert!(of(&collects, "/").await.contains("市内分发途中"));
        signs(w.outlet(), None).await;
        assert!(!of(&collects, "/").await.contains(&form), "it has arrived");
        assert_eq!(w.service.end_periods().await.unwrap(), 1);
        assert!(of(&collects, "/").await.contains("没有运行中的时限"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_11_1_and_12_1_what_the_province_itself_has_to_do_stands_on_its_first_page() {
    clause!(R11.1);
    clause!(R12.1);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let batch = w.confirmed_batch().await;
        let line = |to: &str, name: &str| format!("<a href=\"{to}\">{name}</a> <b>1</b>");
        let waits = line("/batches?batches.state=opened", "待制卡数据下发的批次");
        let late = line("/batches?batches.state=opened", "待制卡数据下发、制卡时限已超期的批次");
        let sends = line("/boxes?boxes.way=kept", "已签收、待寄出的成品卡箱");
        let of = async |door: &super::Door, path: &str| door.send("GET", path, "", "http://console").await.1;
        let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
        assert!(!of(&province, "/").await.contains("待制卡数据下发"), "{on:?}: the bank has it");
        Bank::new("95588", BadDay::default()).work(&w.service).await.unwrap();
        let home = of(&province, "/").await;
        assert!(home.contains(&waits) && !home.contains("制卡时限已超期"), "{on:?}: {home}");
        let number = w.service.batch(batch).await.unwrap().unwrap().batch.unwrap().number;
        assert!(of(&province, "/batches?batches.state=opened").await.contains(&number), "{on:?}");
        let city = signed_in(&w, Role::CityOfficer, "44010000000001").await;
        assert!(!of(&city, "/").await.contains("待制卡数据下发"));
        w.days_pass(40);
        let province = signed_in(&w, Role::ProvinceOfficer, "44000000000001").await;
        let home = of(&province, "/").await;
        assert!(home.contains(&waits) && home.contains(&late), "{on:?}: {home}");
        let vendor = BatchCommand::HandOut { vendor: VendorCode("1".into()) };
        w.batch(&Actor::System, batch, vendor).await.unwrap();
        assert!(!of(&province, "/").await.contains("待制卡数据下发"), "{on:?}: its vendor has it");
        Vendor::new("1", BadDay::default()).work(&w.service).await.unwrap();
        // Whoever signed for a box sends it on, and is told so at each level but the last.
        let b = w.service.batch(batch).await.unwrap().unwrap().boxes[0].clone();
        let levels = [
            (Role::ProvinceOfficer, "44000000000001"),
            (Role::CityOfficer, "44010000000001"),
            (Role::CountyClerk, "44010600000001"),
            (Role::HrClerk, "44010600000101"),
        ];
        for (n, (role, office)) in levels.iter().enumerate() {
            let door = signed_in(&w, *role, office).await;
            let home = of(&door, "/").await;
            assert!(
                home.contains(&line("/boxes?boxes.way=coming", "途中待签收的成品卡箱")),
                "{on:?} {office}: {home}"
            );
            assert!(!home.contains("待寄出的成品卡箱"), "{on:?} {office}: {home}");
            let org = w.org(office);
            let keeper = w.officer(org).await;
            w.batch(&keeper, batch, receive(b.id, org, b.cards)).await.unwrap();
            let home = of(&door, "/").await;
            assert!(!home.contains("途中待签收的成品卡箱"), "{on:?} {office}: {home}");
            let Some((_, next)) = levels.get(n + 1) else {
                assert!(!home.contains("待寄出的成品卡箱"), "{on:?}: it is where it goes: {home}");
                break;
            };
            assert!(home.contains(&sends), "{on:?} {office}: {home}");
            assert!(of(&door, "/boxes?boxes.way=kept").await.contains(&b.number), "{on:?} {office}");
            w.batch(&keeper, batch, ship(b.id, w.org(next))).await.unwrap();
            assert!(!of(&door, "/").await.contains("待寄出的成品卡箱"), "{on:?} {office}");
        }
        w.verified().await;
    }
}
