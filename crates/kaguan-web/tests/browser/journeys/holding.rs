//! What is done with the card of one person: 领卡, 启用, 激活, 挂失, PIN, 变更服务银行, 限制, 一人一卡, 更正, 加急, 回收, 注销.

use super::Office;
use crate::office::Person;
use kaguan_domain::ids::HolderId;

/// Opens a page of the menu and finds a person on it.
async fn about(who: &Person<'_>, page: &str, number: &str) {
    who.opens(page).await;
    who.fills("社会保障号码、证件号码", number).await;
    who.presses("查找").await;
}

/// The document in its original.
async fn sees_the_document(who: &Person<'_>, number: &str) {
    who.fills("持卡人证件号码", number).await;
    who.ticks("已核实有效身份证件原件").await;
}

/// The `n`-th person's card lies at the counter.
async fn waiting(o: &Office, n: u32) -> HolderId {
    let id = o.w.applicant(n, o.w.outlet()).await;
    let batch = o.w.cards_made().await;
    o.w.at_outlet(batch, o.w.outlet()).await;
    id
}

pub async fn zhang_san_collects_his_card_and_activates_it_at_the_bank(o: &Office) {
    let (clerk, bank) = (o.person("clerk"), o.person("bank"));
    waiting(o, 1).await;
    let number = o.w.draft(1).document_number;
    about(&clerk, "个人领卡启用", &number).await;
    clerk.presses("领取").await;
    clerk.reads("未核实").await;
    sees_the_document(&clerk, &number).await;
    clerk.ticks("领取人已在签收台账上签字").await;
    clerk.presses("领取").await;
    clerk.reads("接下来").await;
    about(&bank, "银行账户激活", &number).await;
    sees_the_document(&bank, &number).await;
    bank.presses("银行账户激活").await;
    bank.reads("银行账户已激活").await;
}

pub async fn two_clerks_activate_an_account_at_the_sickbed(o: &Office) {
    let (first, second, clerk) = (o.person("bank"), o.person("bank2"), o.person("clerk"));
    waiting(o, 2).await;
    let number = o.w.draft(2).document_number;
    about(&clerk, "个人领卡启用", &number).await;
    sees_the_document(&clerk, &number).await;
    clerk.ticks("领取人已在签收台账上签字").await;
    clerk.presses("领取").await;
    about(&first, "银行账户激活", &number).await;
    let visit = "登记上门核验";
    first.at(visit).chooses("上门事由", "病患").await;
    first.at(visit).fills("持卡人证件号码", &number).await;
    for box_ in
        ["已核实有效身份证件原件", "已现场核实生存状态", "已现场核实个人身份信息", "已现场核实业务办理意愿"]
    {
        first.at(visit).ticks(box_).await;
    }
    first.presses(visit).await;
    first.reads("上门核验已登记").await;
    second.opens("上门激活-待确认").await;
    second.presses("打开档案确认").await;
    let confirm = "确认并激活";
    second.at(confirm).fills("持卡人证件号码", &number).await;
    for box_ in
        ["已核实有效身份证件原件", "已现场核实生存状态", "已现场核实个人身份信息", "已现场核实业务办理意愿"]
    {
        second.at(confirm).ticks(box_).await;
    }
    second.presses(confirm).await;
    second.reads("双人核验").await;
}

pub async fn a_lost_card_is_reported_found_and_lost_for_good(o: &Office) {
    let bank = o.person("bank");
    o.w.with_card(3).await;
    let number = o.w.draft(3).document_number;
    about(&bank, "挂失解挂注销-临时挂失", &number).await;
    bank.at("临时挂失").ticks("已核实持卡人身份信息").await;
    bank.presses("临时挂失").await;
    bank.reads("已临时挂失").await;
    about(&bank, "挂失解挂注销-解除挂失", &number).await;
    bank.at("解除挂失").ticks("已核实持卡人身份信息").await;
    bank.presses("解除挂失").await;
    bank.reads("已解除挂失").await;
    about(&bank, "挂失解挂注销-正式挂失", &number).await;
    bank.at("正式挂失").ticks("已核实持卡人身份信息").await;
    bank.presses("正式挂失").await;
    bank.reads("已正式挂失").await;
    bank.follows_link("打印业务受理回执").await;
    bank.reads("正式挂失").await;
}

pub async fn a_forgotten_password_is_reset(o: &Office) {
    let clerk = o.person("clerk");
    o.w.with_card(4).await;
    let number = o.w.draft(4).document_number;
    about(&clerk, "PIN维护-重置密码", &number).await;
    clerk.chooses("业务", "重置").await;
    sees_the_document(&clerk, &number).await;
    clerk.presses("登记终端办理结果").await;
    clerk.reads("未告知用卡风险").await;
    clerk.ticks("已告知用卡风险和密码保管要求").await;
    clerk.presses("登记终端办理结果").await;
    clerk.reads("密码已重置").await;
}

pub async fn li_si_moves_to_another_bank(o: &Office) {
    let (new, old) = (o.person("newbank"), o.person("bank"));
    o.w.with_card(5).await;
    let number = o.w.draft(5).document_number;
    about(&new, "现场预约", &number).await;
    new.presses("现场预约").await;
    new.reads("待原银行审核").await;
    about(&old, "原银行审核", &number).await;
    old.chooses("结论", "同意").await;
    old.presses("提交审核").await;
    old.reads("已同意变更").await;
    about(&new, "现场办理", &number).await;
    new.fills("申领表编码", "44010000888").await;
    new.at("申领表编码").chooses("领取方式", "网点领取").await;
    sees_the_document(&new, &number).await;
    new.ticks("已核实持卡人的社保卡").await;
    new.ticks("申请人已签署授权申明").await;
    new.ticks("已告知换卡期间社保待遇").await;
    new.presses("现场办理").await;
    new.reads("已受理变更服务银行").await;
}

pub async fn a_restriction_is_proposed_by_one_officer_and_decided_by_another(o: &Office) {
    let (one, two) = (o.person("city"), o.person("city2"));
    o.w.with_card(6).await;
    let number = o.w.draft(6).document_number;
    about(&one, "限制与恢复", &number).await;
    one.chooses("情形", "第三十八条（二）冒用、盗用他人社保卡或者使用骗领的社保卡").await;
    one.chooses("该卡是否骗领、伪造、变造", "不是骗领、伪造、变造的").await;
    one.fills("法律依据和事由", "冒用他人社保卡，行政处罚决定1号").await;
    one.presses("提出限制").await;
    one.reads("请另一名有权经办人审核").await;
    about(&two, "限制与恢复", &number).await;
    two.chooses("结论", "同意限制").await;
    two.presses("审核限制").await;
    two.reads("限制已生效").await;
    about(&one, "限制与恢复", &number).await;
    one.fills("行为更正情况", "已退回冒领款项").await;
    one.presses("恢复").await;
    one.reads("限制已从全部社保卡恢复").await;
}

pub async fn a_phone_number_is_corrected(o: &Office) {
    let clerk = o.person("clerk");
    o.w.with_card(7).await;
    about(&clerk, "更正资料", &o.w.draft(7).document_number).await;
    clerk.fills("联系手机", "13800138000").await;
    clerk.ticks("已核实持卡人有效身份证件原件").await;
    clerk.presses("更正联系方式").await;
    clerk.reads("联系方式已更正").await;
}

pub async fn an_application_is_expedited(o: &Office) {
    let city = o.person("city");
    o.w.applicant(8, o.w.outlet()).await;
    about(&city, "加急制卡", &o.w.draft(8).document_number).await;
    city.chooses("加急事由", "残疾人").await;
    city.presses("加急制卡").await;
    city.reads("已加急（残疾人）").await;
}

pub async fn a_card_is_given_back_by_whoever_moves_away(o: &Office) {
    let (clerk, bank) = (o.person("clerk"), o.person("bank"));
    o.w.with_card(9).await;
    let number = o.w.draft(9).document_number;
    about(&clerk, "挂失解挂注销-注销", &number).await;
    clerk.chooses("注销原因", "社保关系转移省外").await;
    clerk.attaches("终止服务相关证明影像", &o.image()).await;
    clerk.chooses("卡片在场时", "芯片应用已锁定").await;
    sees_the_document(&clerk, &number).await;
    clerk.ticks("已提醒终止卡片关联的业务").await;
    clerk.ticks("卡片已交回本网点").await;
    clerk.presses("注销").await;
    clerk.reads("社保卡已注销").await;
    about(&bank, "挂失解挂注销-注销", &number).await;
    bank.ticks("账户资金已结转完毕").await;
    bank.presses("登记销户").await;
}

/// 张三 has a card of another city and applies here for the first time: he signs the list of his cards, and all of them end.
pub async fn every_card_of_zhang_san_is_cleaned_on_his_signature(o: &Office) {
    let clerk = o.person("shenzhen");
    o.w.with_card(13).await;
    about(&clerk, "一人一卡", &o.w.draft(13).document_number).await;
    clerk.fills("持卡人证件号码", &o.w.draft(13).document_number).await;
    clerk.ticks("已核实有效身份证件原件").await;
    clerk.presses("打印确认单").await;
    clerk.reads("申请人签名").await;
    clerk.chooses("保留", "全部清理").await;
    clerk.presses("清理").await;
    clerk.reads("缺经签字的一人一卡业务确认单").await;
    clerk.chooses("保留", "全部清理").await;
    clerk.attaches("经签字的确认单影像", &o.image()).await;
    clerk.presses("清理").await;
    clerk.reads("一人一卡清理已完成").await;
}

/// Nobody collected the card in six months: it is taken back, offered a second time, and collected.
pub async fn a_card_that_waited_too_long_is_taken_back_offered_again_and_collected(o: &Office) {
    let clerk = o.person("clerk");
    waiting(o, 14).await;
    let number = o.w.draft(14).document_number;
    about(&clerk, "回收", &number).await;
    clerk.reads("回收（逾期未领）现在不能办理").await;
    o.days_pass(200);
    o.w.service.duties().await.unwrap();
    about(&clerk, "回收", &number).await;
    clerk.chooses("回收原因", "逾期未领").await;
    clerk.presses("回收").await;
    clerk.reads("社保卡已回收").await;
    clerk.follows_link("打印业务受理回执").await;
    clerk.reads("回收").await;
    about(&clerk, "二次发放", &number).await;
    clerk.presses("二次发放").await;
    clerk.reads("已转二次发放").await;
    clerk.follows_link("打印业务受理回执").await;
    clerk.reads("二次发放").await;
    about(&clerk, "个人领卡启用", &number).await;
    sees_the_document(&clerk, &number).await;
    clerk.ticks("领取人已在签收台账上签字").await;
    clerk.presses("领取").await;
    clerk.reads("接下来").await;
}
