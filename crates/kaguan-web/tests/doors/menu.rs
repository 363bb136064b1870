//! The table of pages: what the regulation names is there, under its article, and opens for those whom the matrix names.

use super::*;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::loss::ReportFormal;
use kaguan_web::menu::{addresses, lines};
use kaguan_web::table::PAGES;
use std::collections::BTreeSet;

/// The screens that the regulation quotes, with the article or appendix that quotes each. It writes the same name with several kinds of
/// hyphen, and sometimes with 社会保障卡 before it; where it quotes a name without its last part, all that begin so are meant.
const QUOTED: &[(&str, &str)] = &[
    ("社保卡申请-个人申请-新增申请", "第八条"),
    ("社保卡申请-失败数据处理", "附件9"),
    ("社保卡申请-个人申请", "附件9"),
    ("社保卡申请-补换卡", "第二十七条"),
    ("社保卡申请-补换卡", "第三十六条"),
    ("社保卡申请-补换卡", "附件9"),
    ("社保卡申请-补换卡-换卡", "第二十八条"),
    ("社保卡申请-补换卡-换卡", "第二十九条"),
    ("社保卡申请-补换卡-换卡", "第三十条"),
    ("社保卡领取-省中心寄出", "第十二条"),
    ("社保卡领取-市中心接收", "第十二条"),
    ("社保卡领取-市内再次分发", "第十二条"),
    ("社保卡领取-经办机构接收", "第十二条"),
    ("社保卡领取-个人领卡启用", "第十四条"),
    ("社保卡领取-批量领卡启用", "第十五条"),
    ("社保卡领取-逾期未领卡", "第三十二条"),
    ("社保卡领取-逾期且滞留", "第三十二条"),
    ("社保卡维护-PIN维护-修改密码", "第十九条"),
    ("社保卡维护-PIN维护-解锁密码", "第二十条"),
    ("社保卡维护-PIN维护-重置密码", "第二十一条"),
    ("社保卡维护-挂失解挂注销-临时挂失", "第二十四条"),
    ("社保卡维护-挂失解挂注销-注销", "第三十三条"),
    ("变更服务银行-现场预约", "第三十一条"),
    ("变更服务银行-现场办理", "第三十一条"),
    ("预制卡管理-预制卡生产-生成数据", "第三十六条"),
    ("预制卡管理-即制卡标注", "第三十六条"),
    ("预制卡管理-即时制卡", "第三十六条"),
    ("预制卡管理-新即时制卡-制卡补登", "附件9"),
    ("预制卡管理-新即时制卡-制卡失败", "附件9"),
    ("一人一卡-一人一卡", "附件10"),
];

#[test]
fn art_6_every_screen_that_the_regulation_quotes_is_in_the_menu() {
    clause!(R6.1);
    let menu: BTreeSet<String> = lines().iter().map(|l| format!("{}-{}", l.group, l.name)).collect();
    let is_of = |line: &String, name: &str| {
        line.strip_prefix(name).is_some_and(|more| more.is_empty() || more.starts_with('-'))
    };
    let lost: Vec<_> = QUOTED.iter().filter(|(name, _)| !menu.iter().any(|line| is_of(line, name))).collect();
    assert!(lost.is_empty(), "{lost:?}");
    // "选择补换卡类型": both kinds have a line (Article 27).
    for kind in ["补卡", "换卡"] {
        assert!(menu.contains(&format!("社保卡申请-补换卡-{kind}")), "{kind}: {menu:?}");
    }
}

#[test]
fn a_page_stands_in_the_table_once_and_shows_itself() {
    let paths: BTreeSet<_> = PAGES.iter().map(|p| p.path).collect();
    assert_eq!(paths.len(), PAGES.len(), "a page stands there twice");
    let addresses = addresses();
    let each: BTreeSet<_> = addresses.iter().collect();
    assert_eq!(each.len(), addresses.len(), "an address stands there twice");
    for page in PAGES.iter().filter(|p| !p.screens.is_empty()) {
        assert!(addresses.iter().any(|a| a.method == "GET" && a.path == page.path), "{}", page.path);
        assert!(page.samples.contains(&page.path), "{} has no sample", page.path);
    }
}

#[tokio::test]
async fn art_6_a_screen_opens_for_whoever_may_do_something_on_it_and_for_nobody_else() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    for (role, org) in one_each::ONE_OF_EACH {
        let door = signed_in(&w, role, org).await;
        let (_, home, _) = door.send("GET", "/", "", "http://console").await;
        for path in lines().iter().map(|l| l.path).collect::<BTreeSet<_>>() {
            // No city here lets its offices confirm.
            let here =
                |verb| verb != kaguan_domain::permission::Verb::ConfirmBatch || role == Role::CityOfficer;
            let may =
                lines().iter().any(|l| l.path == path && l.verb.roles().contains(&role) && here(l.verb));
            let (status, page, _) = door.send("GET", path, "", "http://console").await;
            let opens = status != StatusCode::FORBIDDEN;
            assert_eq!(opens, may, "{role:?} {path}: {status} {page}");
            let of_it = |l: &&kaguan_web::menu::Line| l.path == path;
            let listed =
                lines().iter().filter(of_it).any(|l| home.contains(&format!("href=\"{}\"", l.address())));
            assert!(may || !listed, "{role:?}: {path} is in the menu");
            let said =
                ["本岗位无权办理此项业务", "该业务不在本机构管辖范围内"].iter().any(|s| page.contains(s));
            assert!(may || said, "{role:?} {path}: {page}");
        }
    }
}

/// The names of the lines of the menu that a page marks as itself.
fn marked(page: &str) -> Vec<String> {
    let menu = page.split("<nav").nth(1).unwrap_or_default().split("</nav>").next().unwrap_or_default();
    let lines = menu.split("aria-current=\"page\">").skip(1);
    lines.map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn art_6_each_line_of_the_menu_marks_itself_and_its_page_has_its_name() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let addresses: BTreeSet<_> = lines().iter().map(|l| (l.address(), l.name)).collect();
    let places: BTreeSet<_> = addresses.iter().map(|(address, _)| address).collect();
    assert_eq!(places.len(), addresses.len(), "two lines lead to one address");
    for (role, org) in one_each::ONE_OF_EACH {
        let door = signed_in(&w, role, org).await;
        let (_, home, _) = door.send("GET", "/", "", "http://console").await;
        for line in lines() {
            let address = line.address();
            if !home.contains(&format!("href=\"{address}\">{}</a>", line.name)) {
                continue;
            }
            let (_, page, _) = door.send("GET", &address, "", "http://console").await;
            assert_eq!(marked(&page), [line.name], "{role:?} {address}");
            if !line.of.is_empty() {
                assert!(page.contains(&format!("<h1>{}</h1>", line.name)), "{role:?} {address}: {page}");
            }
        }
    }
}

#[tokio::test]
async fn art_21_2_the_line_that_was_pressed_opens_its_own_form_and_stays_marked() {
    clause!(R21.2);
    clause!(R26.1);
    let w = World::new(On::Memory).await;
    let (id, card) = w.with_card(1).await;
    let bank = signed_in(&w, Role::BankClerk, "44010395588001").await;
    let number = format!("number={}", w.draft(1).document_number);
    let looks_for = async |address: &str| {
        let (_, page, _) = bank.send("GET", address, "", "http://console").await;
        let form = page.split("<main").nth(1).unwrap().split("action=\"").nth(1).unwrap();
        let to = form.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
        bank.send("POST", &to, &number, "http://console").await.1
    };
    let page = looks_for("/pin?of=reset").await;
    assert_eq!(marked(&page), ["PIN维护-重置密码"], "{page}");
    assert!(page.contains("《经办规程》第二十一条") && page.contains("value=\"reset\" selected"), "{page}");
    let page = looks_for("/pin").await;
    assert!(!page.contains("value=\"reset\" selected") && page.contains("<h1>PIN维护</h1>"), "{page}");
    let page = looks_for("/loss?of=formal").await;
    assert_eq!(marked(&page), ["挂失解挂注销-正式挂失"], "{page}");
    let formal = page.split("value=\"formal\"").nth(1).unwrap();
    assert!(formal.contains("autofocus") && page.matches("autofocus").count() == 1, "{page}");
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    w.about(&w.officer(w.bank_outlet()).await, id, lost).await.unwrap();
    let clerk = signed_in(&w, Role::HrClerk, "44010600000101").await;
    let (_, page, _) = clerk.send("GET", "/replace?of=reissue", "", "http://console").await;
    let form = page.split("<main").nth(1).unwrap().split("action=\"").nth(1).unwrap();
    let to = form.split('"').next().unwrap().replace("&#38;", "&");
    let (_, page, _) = clerk.send("POST", &to, &number, "http://console").await;
    assert_eq!(marked(&page), ["补换卡-补卡"], "{page}");
    assert!(page.contains("value=\"reissue\" selected"), "{page}");
    let (_, page, _) = clerk.send("GET", "/replace", "", "http://console").await;
    assert!(page.contains("<h1>补换卡</h1>"), "{page}");
    // What an address says that no line has is nothing.
    let (status, page, _) = bank.send("GET", "/pin?of=%3Cb%3E", "", "http://console").await;
    assert!(status == StatusCode::OK && page.contains("<h1>PIN维护</h1>"), "{page}");
    let (_, page, _) = bank.send("GET", "/pin?of=formal", "", "http://console").await;
    let main = page.split("<main").nth(1).unwrap();
    assert!(main.contains("<h1>PIN维护</h1>") && !main.contains("of=formal"), "{page}");
}

#[tokio::test]
async fn the_pieces_of_pages_are_shown_in_trial_directories_only() {
    let w = World::new(On::Memory).await;
    let mut door = signed_in(&w, Role::HrClerk, "44010600000101").await;
    assert_eq!(door.send("GET", "/gallery", "", "http://console").await.0, StatusCode::NOT_FOUND);
    door.router = kaguan_web::for_trying(door.router);
    let (status, page, _) = door
        .send("GET", "/gallery?sample.bank=%E5%B7%A5%E5%95%86%E9%93%B6%E8%A1%8C", "", "http://console")
        .await;
    assert!(status == StatusCode::OK && page.contains("共40项（筛选前120项）"), "{page}");
}
