//! 审计日志: the audit administrator finds lines by who, when, what, outcome and subject, proves one, and exports them signed.

use super::{Door, lines, signed_in};
use axum::http::StatusCode;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{BankCode, PartnerId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_service::Command;
use kaguan_store::journal::Proof;
use kaguan_store::verify_signed;
use kaguan_testkit::{BOTH, On, World};

const CENTRE: &str = "44000000000001";

async fn get(door: &Door, path: &str) -> String {
    door.send("GET", path, "", "http://console").await.1
}

/// How many lines a page lists.
fn listed(page: &str) -> usize {
    page.matches("<a href=\"/journal/").count()
}

#[tokio::test]
async fn art_39_1_the_audit_administrator_finds_lines_by_who_what_outcome_and_subject() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        w.applicant(1, w.outlet()).await;
        let id = w.confirmed_batch().await;
        let batch = w.service.batch(id).await.unwrap().unwrap().batch.unwrap().number;
        let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
        let number = w.draft(1).document_number;
        clerk.post("/people", &format!("number={number}")).await;
        clerk.post("/batches/confirm", &format!("batch={id}")).await;
        let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
        let page = get(&audit, "/journal").await;
        assert!(listed(&page) > 5 && page.contains("继续列出"), "{page}");
        assert!(!page.contains("张三") && !page.contains(&number), "it names no holder: {page}");
        let looks = get(&audit, "/journal?verb=holder.look").await;
        assert!(
            listed(&looks) == 1 && looks.contains("查看持卡人档案") && looks.contains("持卡人档案 "),
            "{looks}"
        );
        let refused = get(&audit, "/journal?outcome=refused&org=44010600000101").await;
        assert!(listed(&refused) == 1 && refused.contains("不在本机构管辖范围内"), "{refused}");
        assert_eq!(listed(&get(&audit, "/journal?outcome=out_of_scope").await), 1);
        assert_eq!(
            listed(&get(&audit, "/journal?outcome=done&org=44030000000001").await),
            0,
            "another city's"
        );
        assert!(listed(&get(&audit, "/journal?org=44010000000001&verb=holder.look").await) == 1, "below it");
        let today = w.clock.now().date();
        assert!(listed(&get(&audit, &format!("/journal?from={today}&to={today}")).await) > 5);
        assert_eq!(listed(&get(&audit, "/journal?to=2020-01-01").await), 0);
        let of_batch = audit.post("/journal", &format!("about={batch}")).await;
        assert!(listed(&of_batch) >= 2 && of_batch.contains(">批次确认</td>"), "{of_batch}");
        let form_no = w.draft(1).form_no;
        let of_form = audit.post("/journal", &format!("about={form_no}")).await;
        assert!(of_form.contains(">个人申请</td>") && !of_form.contains(">批次确认</td>"), "{of_form}");
        let wrong = get(&audit, "/journal?from=x&verb=y&who=z&org=0&outcome=q").await;
        for part in ["起始日应为", "没有该事项", "没有该办理人", "没有该机构", "没有该结果"]
        {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
        // A page ends where the next begins.
        let before = page.split("journal.from=").nth(1).unwrap().split('"').next().unwrap();
        assert!(!page.contains("journal.as="), "it leaves the system signed, or not at all");
        let older = get(&audit, &format!("/journal?journal.from={before}")).await;
        let first: i64 =
            older.split("/journal/").nth(1).unwrap().split(['"', '?']).next().unwrap().parse().unwrap();
        assert_eq!(first, before.parse::<i64>().unwrap() - 1, "{older}");
        for door in [&clerk, &signed_in(&w, Role::SystemAdministrator, CENTRE).await] {
            for path in ["/journal", "/journal/1", "/journal/1/proof"] {
                let (status, page, _) = door.send("GET", path, "", "http://console").await;
                assert!(
                    status == StatusCode::FORBIDDEN && page.contains("本岗位无权办理此项业务"),
                    "{path}: {page}"
                );
                assert_eq!(listed(&page), 0);
            }
        }
        w.verified().await;
    }
}

#[tokio::test]
async fn art_39_1_one_line_is_shown_with_its_reason_and_a_proof_that_holds_anywhere() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    clerk.post("/people", &format!("number={}", w.draft(1).document_number)).await;
    let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
    let line = lines(&w, "holder.look").await[0].clone();
    let page = get(&audit, &format!("/journal/{}", line.seq)).await;
    for part in ["查看持卡人档案", "查看理由", "核验通过", "默克尔根", &w.service.store().public_key()]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("张三"), "{page}");
    let proof: Proof =
        serde_json::from_str(&get(&audit, &format!("/journal/{}/proof", line.seq)).await).unwrap();
    assert_eq!(proof.verify(Some(&w.service.store().public_key())), Ok(()));
    assert_eq!(proof.entry, line);
    let (status, none, _) = audit.send("GET", "/journal/99999999", "", "http://console").await;
    assert!(status == StatusCode::NOT_FOUND && none.contains("没有第99999999条日志"), "{none}");
    // What happened to organisations and rights is said; no hash of a password is.
    let added = lines(&w, "institution.add_officer").await[0].seq;
    let page = get(&audit, &format!("/journal/{added}")).await;
    assert!(page.contains("内容") && page.contains("新增经办人") && !page.contains("$argon2"), "{page}");
}

/// A text as an address has it.
fn quoted(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[tokio::test]
async fn art_39_1_lines_are_asked_for_by_every_name_that_a_list_shows_of_somebody() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    let bank = BankCode("95588".into());
    let id = PartnerId::parse("bank:95588").unwrap();
    let partner =
        Partner { id, name: "中国工商银行（广东）".into(), endpoint: None, keys: Vec::new() };
    w.system(Command::Institution(InstitutionCommand::RegisterPartner(partner))).await.unwrap();
    w.applicant(1, w.outlet()).await;
    let batch = w.confirmed_batch().await;
    w.batch(&Actor::Bank(bank), batch, BatchCommand::Extract).await.unwrap();
    let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
    let page = get(&audit, "/journal").await;
    let cells = page.split("data-head=\"办理人\"").skip(1);
    let mut names: Vec<&str> =
        cells.map(|cell| cell.split_once('>').unwrap().1.split('<').next().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.contains(&"系统") && names.contains(&"中国工商银行（广东）（bank:95588）"), "{names:?}");
    assert!(names.len() >= 3, "somebody has signed in: {names:?}");
    for name in names.into_iter().chain(["中国工商银行（广东）", "运维人员", "bank:95588"]) {
        let found = get(&audit, &format!("/journal?who={}", quoted(name))).await;
        assert!(listed(&found) > 0 && !found.contains("没有该办理人"), "{name}: {found}");
    }
}

#[tokio::test]
async fn art_39_1_an_export_is_signed_and_is_a_line_itself_and_asks_for_the_password_again() {
    clause!(R39.1);
    let w = World::new(On::Memory).await;
    w.applicant(1, w.outlet()).await;
    let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
    let file = audit.post("/journal/export", "verb=application.apply").await;
    let key = w.service.store().public_key();
    let head = verify_signed(&file, Some(&key)).unwrap();
    assert!(file.contains("application.apply") && !file.contains("张三"), "{file}");
    assert_eq!(file.lines().filter(|l| l.contains("个人申请,application.apply")).count(), 1, "{file}");
    assert!(verify_signed(&file.replace("已办理", "未办理"), Some(&key)).is_err());
    // Its words are those of the page; the codes stand in columns of their own.
    assert!(file.contains(",系统,,,控制台,个人申请,application.apply,持卡人档案 "), "{file}");
    assert!(file.contains(",依据,办理人代码,渠道代码,对象代码,依据代码\n"), "{file}");
    let line = file.lines().find(|l| l.contains("个人申请,application.apply")).unwrap();
    assert!(line.contains(",system,console,holder:"), "{line}");
    let exported = lines(&w, "records.export").await;
    let page = get(&audit, &format!("/journal/{}", exported[0].seq)).await;
    assert!(page.contains(&head.digest) && page.contains("条件：事项个人申请"), "{page}");
    let none = audit.post("/journal/export", "verb=recall.destroy").await;
    assert!(none.contains("没有符合条件的日志"), "{none}");
    let other = signed_in(&w, Role::SecurityAdministrator, CENTRE).await;
    let (status, refused, _) = other.send("POST", "/journal/export", "", "http://console").await;
    assert!(status == StatusCode::FORBIDDEN && refused.contains("本岗位无权办理此项业务"), "{refused}");
    w.clock.set(Instant(w.clock.now().0 + 10 * 60_000_000));
    let (status, _, to) = audit.send("POST", "/journal/export", "", "http://console").await;
    assert_eq!((status, to.as_deref()), (StatusCode::SEE_OTHER, Some("/reauthenticate?next=/journal")));
    w.verified().await;
}

#[tokio::test]
async fn art_39_1_an_export_of_lines_about_institutions_reads_them_together_and_says_of_each_what_it_did() {
    clause!(R39.1);
    for on in BOTH {
        let w = World::new(on).await;
        let name = |n: usize| format!("试行第{n}号合作方");
        let partner = |n: usize| Partner {
            id: PartnerId::parse(&format!("business:b{n}")).unwrap(),
            name: name(n),
            endpoint: None,
            keys: Vec::new(),
        };
        let asks = async |some: std::ops::Range<usize>| {
            for n in some {
                w.system(Command::Institution(InstitutionCommand::RegisterPartner(partner(n))))
                    .await
                    .unwrap();
                // Lines about somebody else stand between them.
                w.applicant(u32::try_from(n).unwrap() + 1, w.outlet()).await;
            }
            let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
            let before = w.service.store().engine().counters().read().0;
            let file = audit.post("/journal/export", "verb=institution.register_partner").await;
            let asked = w.service.store().engine().counters().read().0 - before;
            (file, asked)
        };
        let (_, few) = asks(0..3).await;
        let (file, many) = asks(3..40).await;
        assert!(many < few + 20, "{on:?}: {few} statements for a few lines, {many} for many");
        for n in 0..40 {
            assert!(file.contains(&name(n)), "{on:?}: {n}: {file}");
        }
        // One page says the same of its lines.
        let audit = signed_in(&w, Role::AuditAdministrator, CENTRE).await;
        let page = get(&audit, "/journal?verb=institution.register_partner").await;
        assert!(page.contains(&name(39)) && page.contains(&name(20)), "{on:?}: {page}");
    }
}
