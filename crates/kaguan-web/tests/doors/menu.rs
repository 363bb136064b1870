//! The table of pages: what the regulation names is there, under its article, and opens for those whom the matrix names.

use super::*;
use kaguan_web::menu::{addresses, lines};
use kaguan_web::table::PAGES;
use std::collections::BTreeSet;

/// The screens that the regulation quotes, with the article or appendix that quotes each. It writes the same name with several kinds of
/// hyphen, and sometimes with 社会保障卡 before it.
const QUOTED: &[(&str, &str)] = &[
    ("社保卡申请-个人申请-新增申请", "第八条"),
    ("社保卡申请-失败数据处理", "附件9"),
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
    let lost: Vec<_> = QUOTED.iter().filter(|(name, _)| !menu.contains(*name)).collect();
    assert!(lost.is_empty(), "{lost:?}");
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
            let listed = home.contains(&format!("href=\"{path}\""));
            assert!(may || !listed, "{role:?}: {path} is in the menu");
            let said =
                ["本岗位无权办理此项业务", "该业务不在本机构管辖范围内"].iter().any(|s| page.contains(s));
            assert!(may || said, "{role:?} {path}: {page}");
        }
    }
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
