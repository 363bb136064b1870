//! 待核验, 批次, 失败数据处理, 成品卡接收与分发, 未领卡.

use super::Office;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::facts::names::BatchStateKind;
use kaguan_domain::ids::{BankCode, HolderId};
use kaguan_partner_sim::{BadDay, Bank, Vendor};
use kaguan_store::BatchesAsked;

pub async fn what_no_register_knows_is_confirmed_by_hand(o: &Office) {
    let clerk = o.person("clerk");
    o.w.around.registers.forget(&o.w.draft(1).document_number);
    o.w.applicant(1, o.w.outlet()).await;
    clerk.opens("待核验").await;
    clerk.presses("打开").await;
    clerk.fills("核验依据", "身份证、户口簿原件，派出所书面答复").await;
    clerk.presses("人工核验").await;
    clerk.reads("人工核验通过，申请已受理").await;
    clerk.opens("待核验").await;
    clerk.reads("没有待核验的申请").await;
}

pub async fn a_city_screens_and_confirms_a_batch(o: &Office) {
    let city = o.person("city");
    o.w.applicant(2, o.w.outlet()).await;
    city.opens("批次筛选").await;
    city.presses("批次筛选").await;
    city.reads("已筛选2人").await;
    city.follows_link("核对并确认").await;
    city.fills("核对后的总人数", "3").await;
    city.ticks("已核对批次内人员").await;
    city.presses("批次确认").await;
    city.does_not_read("批次已确认").await;
    city.opens("批次确认").await;
    city.follows_link("核对并确认").await;
    city.fills("核对后的总人数", "2").await;
    city.ticks("已核对批次内人员").await;
    city.presses("批次确认").await;
    city.reads("批次已确认").await;
}

/// 张三 is in a batch that was confirmed too early, with a wrong name: the city takes him out, the rest goes on, and the next batch has him as
/// his outlet corrected him.
pub async fn a_wrong_person_is_taken_out_of_a_batch_and_corrected(o: &Office) {
    let (city, clerk) = (o.person("city"), o.person("clerk"));
    let id = o.w.applicant(1, o.w.outlet()).await;
    o.w.applicant(2, o.w.outlet()).await;
    let masked = o.w.file(id).await.0.person.unwrap().details.ssn.masked();
    city.opens("批次筛选").await;
    city.presses("批次筛选").await;
    city.reads("已筛选2人").await;
    city.follows_link("核对并确认").await;
    city.fills("核对后的总人数", "2").await;
    city.ticks("已核对批次内人员").await;
    city.presses("批次确认").await;
    city.reads("批次已确认").await;
    let number = o.w.draft(1).document_number;
    clerk.opens("更正资料").await;
    clerk.fills("社会保障号码、证件号码", &number).await;
    clerk.presses("查找").await;
    clerk.reads("撤销批次确认后再更正").await;
    city.opens("批次确认").await;
    city.follows_link("查看或撤销确认").await;
    city.does_not_read("移出原因").await;
    city.fills("撤销原因", "一人姓名有误").await;
    city.ticks("已核对批次号").await;
    city.presses("撤销批次确认").await;
    city.reads("已撤销批次确认").await;
    city.at(&masked).fills("移出原因", "姓名有误，请受理网点更正").await;
    city.at(&masked).presses("移出批次").await;
    city.reads("没有移出批次").await;
    city.at(&masked).fills("移出原因", "姓名有误，请受理网点更正").await;
    city.at(&masked).ticks("已核对姓名和号码").await;
    city.at(&masked).presses("移出批次").await;
    city.reads("申请回到待批次筛选").await;
    city.fills("核对后的总人数", "1").await;
    city.ticks("已核对批次内人员").await;
    city.presses("批次确认").await;
    city.reads("批次已确认").await;
    clerk.opens("持卡人档案").await;
    clerk.fills("社会保障号码、证件号码", &number).await;
    clerk.presses("查询").await;
    clerk.reads("姓名有误，请受理网点更正").await;
    clerk.follows_link("更正资料").await;
    clerk.fills("姓名", "张叁").await;
    clerk.presses("更正资料").await;
    clerk.reads("资料已更正").await;
    city.opens("批次筛选").await;
    city.presses("批次筛选").await;
    city.reads("已筛选1人").await;
}

/// 李四 is in a batch that its bank extracts and never answers: the province takes it back, and the city sends him again.
pub async fn a_bank_that_does_not_answer_loses_its_batch(o: &Office) {
    let city = o.person("city");
    city.opens("批次确认").await;
    city.follows_link("核对并确认").await;
    city.fills("核对后的总人数", "1").await;
    city.ticks("已核对批次内人员").await;
    city.presses("批次确认").await;
    city.reads("批次已确认").await;
    let confirmed = BatchesAsked { state: Some(BatchStateKind::Confirmed), ..BatchesAsked::default() };
    for batch in o.w.service.store().batches(confirmed, 10).await.unwrap() {
        let bank = Actor::Bank(BankCode("95588".into()));
        o.w.batch(&bank, batch.id, BatchCommand::Extract).await.unwrap();
    }
    o.days_pass(10);
    let province = o.person("province");
    province.opens("制卡数据下发").await;
    province.follows_link("查看或收回").await;
    province.reads("服务银行，开户回盘").await;
    province.fills("收回原因", "电话催办三次，仍未回盘").await;
    province.ticks("已核对批次号").await;
    province.presses("收回批次").await;
    province.reads("已收回批次：1人未回盘").await;
    province.reads("批次已终结").await;
    city.opens("失败数据处理").await;
    city.reads("电话催办三次，仍未回盘").await;
    city.follows_link("处理").await;
    city.presses("重新提交").await;
    city.reads("重新进入待批次筛选").await;
}

pub async fn a_failed_opening_is_corrected_and_sent_again(o: &Office) {
    let city = o.person("city");
    let bad_day = BadDay { fail_one_in: 2, ..BadDay::default() };
    Bank::new("95588", bad_day).work(&o.w.service).await.unwrap();
    city.opens("失败数据处理").await;
    city.reads("客户职业信息缺失").await;
    city.at("更新本市办法").fills("每行一条本市办法", "KYC01,职业缺失,补采职业").await;
    city.presses("更新本市办法").await;
    city.reads("本市办法已更新").await;
    city.reads("补采职业").await;
    city.follows_link("处理").await;
    city.reads("补采职业").await;
    city.presses("更正资料").await;
    city.reads("没有填写要更正的项目").await;
    city.chooses("职业", "军人").await;
    city.presses("更正资料").await;
    city.reads("资料已更正").await;
    city.presses("重新提交").await;
    city.reads("重新进入待批次筛选").await;
    city.opens("失败数据处理").await;
    city.reads("没有待处理的失败数据").await;
}

pub async fn a_box_goes_from_the_province_to_the_counter(o: &Office) {
    let province = o.person("province");
    province.opens("制卡数据下发").await;
    province.chooses("卡商", "1").await;
    province.presses("下发制卡").await;
    Vendor::new("1", BadDay::default()).work(&o.w.service).await.unwrap();
    for (login, page, next) in [
        ("province", "省中心寄出", true),
        ("city", "市中心接收", true),
        ("county", "市内再次分发", true),
        ("clerk", "经办机构接收", false),
    ] {
        let keeper = o.person(login);
        keeper.opens(page).await;
        keeper.fills("清点张数", "7").await;
        keeper.fills("保管地点", "成品卡库").await;
        keeper.fills("签收人", "李四").await;
        keeper.presses("接收").await;
        keeper.reads("清点数量与账面数量不符").await;
        keeper.fills("清点张数", "1").await;
        keeper.fills("保管地点", "成品卡库").await;
        keeper.fills("签收人", "李四").await;
        keeper.presses("接收").await;
        keeper.reads("已签收").await;
        if next {
            keeper.fills("责任人", "王五").await;
            keeper.fills("发放方式", "自行押运").await;
            keeper.presses("寄出").await;
            keeper.reads("已寄出").await;
        }
    }
    let county = o.person("county");
    county.opens("成品卡去向").await;
}

/// The `n`-th person's card lies at the counter.
async fn waiting(o: &Office, n: u32) -> HolderId {
    let id = o.w.applicant(n, o.w.outlet()).await;
    let batch = o.w.cards_made().await;
    o.w.at_outlet(batch, o.w.outlet()).await;
    id
}

async fn card_no(o: &Office, id: HolderId) -> String {
    o.w.file(id).await.0.cards[0].card_no.as_str().to_owned()
}

pub async fn a_card_is_posted_and_comes_back(o: &Office) {
    let clerk = o.person("clerk");
    let id = waiting(o, 10).await;
    clerk.opens("邮递上门").await;
    clerk.fills("社会保障号码、证件号码", &card_no(o, id).await).await;
    clerk.presses("查找").await;
    clerk.fills("邮件号", "EMS1").await;
    clerk.ticks("已告知邮费分担").await;
    clerk.presses("邮递上门").await;
    clerk.reads("未选择邮递上门").await;
    clerk.ticks("已告知凭短信取件码签收").await;
    clerk.chooses("意愿由谁", "回拨登记手机确认").await;
    clerk.fills("邮寄地址", "广州市天河区体育东路1号").await;
    clerk.fills("收件人", "李四").await;
    clerk.fills("收件人联系方式", "13800000001").await;
    clerk.fills("通话人", o.w.file(id).await.0.person.unwrap().details.name.display()).await;
    clerk.ticks("已回拨档案登记的手机号码").await;
    clerk.presses("邮递上门").await;
    clerk.reads("取件码已由系统发送").await;
    clerk.follows_link("打印业务受理回执").await;
    clerk.reads("邮递上门").await;
    clerk.opens("邮递上门").await;
    clerk.fills("社会保障号码、证件号码", &card_no(o, id).await).await;
    clerk.presses("查找").await;
    clerk.fills("退件原因", "地址不详").await;
    clerk.presses("邮件退回登记").await;
    clerk.reads("已登记邮件退回").await;
}

pub async fn a_lost_card_is_made_again(o: &Office) {
    let (clerk, city) = (o.person("clerk"), o.person("city"));
    let id = waiting(o, 11).await;
    let number = card_no(o, id).await;
    clerk.opens("未领卡办理").await;
    clerk.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &number).await;
    clerk.presses("查询").await;
    clerk.fills("缺失日期", &o.w.clock.now().date().to_string()).await;
    clerk.fills("缺失地点或环节", "成品卡库").await;
    clerk.at("登记缺卡").fills("情况说明", "盘点未见").await;
    clerk.presses("登记缺卡").await;
    clerk.reads("已办理：登记缺卡").await;
    city.opens("未领卡办理").await;
    city.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &number).await;
    city.presses("查询").await;
    city.fills("补制申领表编码", "44010000777").await;
    city.chooses("领卡网点", "天河区").await;
    city.ticks("已核对姓名和卡号，确定补制").await;
    city.presses("未领卡遗失补制").await;
    city.reads("免收工本费").await;
}

pub async fn a_counter_prints_its_register(o: &Office) {
    let clerk = o.person("clerk");
    clerk.opens("发放登记册").await;
    clerk.presses("查看登记册").await;
    clerk.reads("成品卡发放登记册").await;
}

pub async fn a_card_that_nobody_collects_is_cancelled(o: &Office) {
    let (clerk, city, bank) = (o.person("clerk"), o.person("city"), o.person("bank"));
    let id = waiting(o, 12).await;
    let number = card_no(o, id).await;
    o.days_pass(200);
    o.w.service.duties().await.unwrap();
    clerk.opens("逾期未领卡").await;
    clerk.at(&number).presses("回退").await;
    clerk.reads("已回退").await;
    city.opens("逾期且滞留").await;
    city.at(&number).presses("接收").await;
    bank.opens("未领卡办理").await;
    bank.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &number).await;
    bank.presses("查询").await;
    bank.at("交回服务银行保管").fills("签收人", "库管员").await;
    bank.presses("交回服务银行保管").await;
    o.days_pass(200);
    bank.opens("未领卡办理").await;
    bank.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &number).await;
    bank.presses("查询").await;
    bank.chooses("账户余额", "无余额").await;
    bank.presses("账户余额确认").await;
    city.opens("逾期且滞留").await;
    city.at(&number).ticks("已核对姓名和卡号，确定注销").await;
    city.at(&number).presses("注销").await;
    city.reads("已办理").await;
}
