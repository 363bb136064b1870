//! 个人申请, 收取工本费, 补换卡, 死亡登记, 档案合并, 接口监控, 待办提醒.

use super::Office;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::ids::BankCode;
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::ReportTemporary;

pub async fn zhang_san_applies_and_gets_his_receipt(o: &Office) {
    let clerk = o.person("clerk");
    clerk.opens("个人申请-新增申请").await;
    clerk.fills("证件号码", &o.w.draft(1).document_number).await;
    clerk.presses("开始受理").await;
    clerk.fills("手机号码", "13800000001").await;
    clerk.presses("受理").await;
    clerk.reads("服务银行").await;
    clerk.chooses("卡类别", "CZZG").await;
    clerk.chooses("服务银行", "GS").await;
    clerk.chooses("职业", "JR").await;
    clerk.ticks("已核实申请人有效身份证件原件").await;
    clerk.chooses("相片来源", "SQ").await;
    clerk.chooses("授权申明", "SQ").await;
    clerk.presses("受理").await;
    clerk.reads("☑工商银行").await;
}

/// The `n`-th person had a card that was cancelled, applies again, and owes a fee; the number of the form.
async fn owes(o: &Office, n: u32) -> String {
    let (id, card) = o.w.with_card(n).await;
    let cancel = o.w.moved_out(id, card).await;
    o.w.about(&Actor::System, id, C::Cancel(cancel)).await.unwrap();
    let mut again = o.w.apply(n, o.w.outlet());
    again.draft.form_no = format!("4401R{n:014}");
    let form_no = again.draft.form_no.clone();
    o.w.takes_in(n + 1_000, again).await;
    form_no
}

pub async fn a_fee_is_paid(o: &Office) {
    let clerk = o.person("clerk");
    let form_no = owes(o, 2).await;
    clerk.opens("收取工本费").await;
    clerk.fills("社会保障号码", &o.w.draft(2).document_number).await;
    clerk.fills("申领表编码", &form_no).await;
    clerk.fills("票据代码", "44000026").await;
    clerk.fills("票据号码", "0000000001").await;
    clerk.fills("校验码", "A1b2C3").await;
    clerk.fills("金额", "2.00").await;
    clerk.fills("币种", "CNY").await;
    clerk.fills("缴款日期", "2026-11-23").await;
    clerk.presses("登记缴费").await;
    clerk.reads("应缴20.00元").await;
    clerk.fills("金额", "20.00").await;
    clerk.presses("登记缴费").await;
    clerk.reads("工本费已登记").await;
    clerk.follows_link("打印业务受理回执").await;
    clerk.reads("0000000001").await;
}

pub async fn a_card_is_exchanged_for_a_new_name(o: &Office) {
    let clerk = o.person("clerk");
    o.w.with_card(3).await;
    clerk.opens("补换卡-换卡").await;
    clerk.fills("社会保障号码", &o.w.draft(3).document_number).await;
    clerk.presses("查询").await;
    clerk.chooses("业务与原因", "卡面信息变更").await;
    clerk.fills("申领表编码", "4401E1").await;
    clerk.fills("姓名", "张叁").await;
    clerk.chooses("领取方式", "网点领取").await;
    clerk.ticks("已核验申请人有效身份证件原件").await;
    clerk.ticks("换卡的：已核实持卡人的社保卡").await;
    clerk.presses("受理").await;
    clerk.reads("未取得申请人对处理个人信息的同意").await;
    clerk.ticks("申请人（未满十四周岁的由监护人）已签署授权申明").await;
    clerk.presses("受理").await;
    clerk.reads("张叁").await;
}

pub async fn a_death_is_stated_and_taken_back(o: &Office) {
    let (clerk, city) = (o.person("clerk"), o.person("city"));
    o.w.with_card(4).await;
    let number = o.w.draft(4).document_number;
    clerk.opens("死亡登记").await;
    clerk.at("申报人与持卡人关系").fills("社会保障号码", &number).await;
    clerk.fills("申报人与持卡人关系", "子女").await;
    clerk.fills("所示证明及编号", "医学证明1号").await;
    clerk.presses("登记申报").await;
    clerk.reads("标为疑似死亡").await;
    city.opens("死亡登记").await;
    city.at("书面结果文号").fills("社会保障号码", &number).await;
    city.chooses("比对部门", "公安人口信息").await;
    city.fills("书面结果文号", "穗公函1号").await;
    city.presses("登记比对结果").await;
    city.reads("已登记一个来源").await;
    clerk.opens("死亡登记").await;
    clerk.at("证明生存的材料").fills("社会保障号码", &number).await;
    clerk.fills("证明生存的材料", "本人到场").await;
    clerk.presses("恢复").await;
    clerk.reads("已恢复生存状态").await;
}

pub async fn two_files_of_one_person_are_joined_by_two_officers(o: &Office) {
    let (one, two) = (o.person("city"), o.person("city2"));
    o.w.with_card(5).await;
    o.w.with_card(6).await;
    o.w.service.deliver().await.unwrap();
    one.opens("档案合并").await;
    one.fills("保留的档案", &o.w.draft(5).document_number).await;
    one.fills("并入的档案", &o.w.draft(6).document_number).await;
    one.presses("查询两份档案").await;
    one.fills("认定为同一人的依据", "两证相片一致").await;
    let kept = one.second_choice("保留的卡").await;
    one.chooses("保留的卡", &kept).await;
    one.presses("提出合并").await;
    one.reads("合并已提出").await;
    two.opens("档案合并").await;
    two.presses("查看").await;
    two.presses("同意").await;
    two.reads("没有审核").await;
    two.ticks("已核对两份档案和保留的卡").await;
    two.presses("同意").await;
    two.reads("已审核同意").await;
}

pub async fn a_bank_that_refused_is_asked_again(o: &Office) {
    let city = o.person("city");
    let (id, card) = o.w.with_card(7).await;
    o.w.service.deliver().await.unwrap();
    let lost = C::ReportTemporaryLoss(ReportTemporary { card, identity: None, verified: true, deputy: None });
    o.w.about(&Actor::System, id, lost).await.unwrap();
    let bank = Actor::Bank(BankCode("95588".into()));
    let answers = async |answer| {
        let answer = C::AnswerIntent(AnswerIntent { card, seq: 1, answer });
        o.w.about(&bank, id, answer).await.unwrap();
    };
    answers(BankAnswer::Refused("账户状态异常".into())).await;
    city.opens("接口监控").await;
    city.at("账户状态异常").presses("重新询问").await;
    city.reads("已重新询问银行").await;
    answers(BankAnswer::Unknown).await;
    city.opens("接口监控").await;
    city.fills("核对结果", "与银行电话核对，账户已挂失").await;
    city.presses("办结").await;
    city.reads("联动已办结").await;
}

pub async fn what_waits_is_listed(o: &Office) {
    let clerk = o.person("clerk");
    let form_no = owes(o, 8).await;
    clerk.opens("待办提醒").await;
    clerk.reads(&form_no).await;
    clerk.reads("工本费未缴").await;
}
