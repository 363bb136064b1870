//! 自助服务设施 in its own browser, with the real agent and the simulated machine: nobody who works here is there.

use super::Office;
use super::at_desk::{Beside, base64, settled};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::card::Social;
use kaguan_domain::facts::pin::PinChange;
use kaguan_domain::facts::policy::{DatedPolicy, LocalPolicy};
use kaguan_domain::ids::HolderId;
use kaguan_domain::institution::{DecidePolicy, InstitutionCommand, ProposePolicy};
use kaguan_domain::loss::ReportFormal;
use kaguan_service::Command;
use kaguan_testkit::{guangzhou, stated};

/// Where the making is followed.
const MAKING: &str = "/kiosk/card/making";

/// Set and opened: from then on this browser is the machine's.
pub async fn an_administrator_sets_it_and_a_clerk_opens_it(o: &Office, d: &Beside) {
    let (system, clerk) = (o.person("system"), o.person("clerk"));
    system.opens("制卡桌面机").await;
    system.fills("配对码", &d.shows("配对码", 8).await).await;
    system.fills("网点机构编码", "44010600000101").await;
    system.fills("卡盒", "1=95588").await;
    system.presses("配对").await;
    system.presses("设为自助服务设施").await;
    system.reads("已设为自助服务设施").await;
    let number = d.shows("桌面号：", 4).await;
    clerk.opens("自助服务设施").await;
    clerk.reads("未启用").await;
    clerk.fills("桌面号", &number).await;
    clerk.presses("在本机启用自助服务").await;
    clerk.reads("请选择要办理的业务").await;
    clerk.goes_to("/people").await;
    clerk.reads("登录").await;
    clerk.goes_to("/kiosk").await;
}

/// His identity card lies on the reader.
fn lays(o: &Office, d: &Beside) {
    let draft = o.w.draft(1);
    let photo = base64(&kaguan_testkit::portrait().0);
    let (name, born, number) = (draft.name, draft.birth_date, draft.document_number);
    let said = format!("|{name}|1|01|{born}|广州|{number}|20200101|20400101|广州市公安局|{photo}|");
    std::fs::write(d.dir.path().join("identity"), said).unwrap();
}

/// Identity card and face.
async fn comes(o: &Office, d: &Beside) {
    let machine = o.person("clerk");
    lays(o, d);
    machine.goes_to("/kiosk").await;
    machine.follows_link("挂失补卡").await;
    machine.presses("身份证已放好").await;
    machine.reads("比对后不保存").await;
    machine.attaches("现场相片", &o.image()).await;
    machine.presses("开始人脸核验").await;
}

/// The card is made, comes out, and is signed for.
async fn takes_the_card(o: &Office) {
    let machine = o.person("clerk");
    machine.presses("确认无变更，开始制卡").await;
    settled(&machine, MAKING).await;
    machine.reads("取出新卡").await;
    machine.ticks("本人已取到新卡").await;
    machine.presses("确认领取").await;
    machine.reads("新卡已领取，社保功能已启用").await;
}

pub async fn zhang_san_gets_his_first_card_and_sees_where_it_is(o: &Office, d: &Beside) -> HolderId {
    let machine = o.person("clerk");
    let zhang = o.w.applicant(1, o.w.outlet()).await;
    lays(o, d);
    machine.follows_link("查询办理进度").await;
    machine.presses("身份证已放好，查询").await;
    machine.reads("待批次筛选").await;
    machine.does_not_read(&o.w.draft(1).document_number).await;
    comes(o, d).await;
    machine.reads("可以在本机制卡").await;
    machine.does_not_read(&o.w.draft(1).document_number).await;
    takes_the_card(o).await;
    machine.does_not_read("旧卡").await;
    assert_eq!(d.machine.places().good, [d.chips[0].as_str()]);
    zhang
}

pub async fn he_changes_his_pin(o: &Office, d: &Beside, zhang: HolderId) {
    let machine = o.person("clerk");
    // The initial PIN was changed at a counter, where somebody saw his identity card.
    let card = o.w.file(zhang).await.0.cards[0].id;
    let set = stated::pin_by_holder(card, PinChange::Changed, o.w.shown(zhang).await);
    let by = o.w.officer(o.w.outlet()).await;
    o.w.about(&by, zhang, HolderCommand::RecordPin(set)).await.unwrap();
    d.machine.insert(&d.chips[0]).unwrap();
    machine.goes_to("/kiosk").await;
    machine.follows_link("修改社保应用密码").await;
    d.pressed(&["123456", "385274", "385274"]);
    machine.ticks("我已阅读").await;
    machine.presses("卡已插好，开始修改").await;
    machine.reads("密码已修改").await;
    machine.does_not_read("385274").await;
    assert!(d.machine.card(&d.chips[0]).unwrap().is_pin("385274"));
}

pub async fn he_loses_the_card_and_leaves_with_another(o: &Office, d: &Beside, zhang: HolderId) {
    let machine = o.person("clerk");
    let card = o.w.file(zhang).await.0.cards[0].id;
    comes(o, d).await;
    machine.reads("补卡须先办理正式挂失").await;
    let bank = o.w.officer(o.w.bank_outlet()).await;
    let lost = HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None });
    o.w.about(&bank, zhang, lost).await.unwrap();
    comes(o, d).await;
    machine.reads("自助服务设施不能收费").await;
    let policy = LocalPolicy { fee_waived: true, ..LocalPolicy::default() };
    let policy = DatedPolicy { from: o.w.clock.now().date(), until: None, policy };
    let (id, city, paper) = (o.w.service.fresh(), guangzhou(), "穗人社规〔2026〕1号".to_owned());
    let propose = InstitutionCommand::ProposePolicy(ProposePolicy { id, city, paper, policy });
    o.w.system(Command::Institution(propose)).await.unwrap();
    let decide =
        InstitutionCommand::DecidePolicy(DecidePolicy {
            id, approved: true, reason: "粤人社备1号".into()
        });
    o.w.system(Command::Institution(decide)).await.unwrap();
    comes(o, d).await;
    machine.ticks("本人保证资料真实").await;
    machine.presses("申请补卡").await;
    takes_the_card(o).await;
    machine.reads("旧卡同时停用").await;
    let file = o.w.file(zhang).await.0;
    assert!(file.cards[0].is_cancelled() && matches!(file.cards[1].social, Social::Enabled { .. }));
    assert_eq!(d.machine.places().good.last(), Some(&d.chips[1]));
}

pub async fn nothing_of_him_stays_and_the_machine_is_stopped(o: &Office) {
    let machine = o.person("clerk");
    machine.goes_to("/kiosk/card/choice").await;
    machine.reads("请重新放置身份证").await;
    let clerk = o.person("clerk2");
    clerk.opens("自助服务设施").await;
    clerk.presses("停止").await;
    clerk.reads("已停止自助服务").await;
}
