//! 预制卡管理 and 即时制卡.

use super::Office;
use crate::caller::{caller, served};
use crate::stock::{Cards, made};

pub async fn pre_made_cards_are_ordered_made_counted_and_one_is_given_to_zhang_san(o: &Office) {
    let system = served(&o.w).await;
    let (bank, vendor) = (caller(&o.w, &system, "bank:95588").await, caller(&o.w, &system, "vendor:1").await);
    let (city, province, clerk) = (o.person("city"), o.person("province"), o.person("clerk"));
    city.opens("预制卡申请").await;
    city.chooses("服务银行", "中国工商银行").await;
    let vendor_name = city.second_choice("制卡商").await;
    city.chooses("制卡商", &vendor_name).await;
    city.fills("数量", "0").await;
    city.presses("提交申请").await;
    city.reads("一份申请的数量为1至100000张").await;
    city.fills("数量", "4").await;
    city.presses("提交申请").await;
    city.reads("待省中心生成数据").await;
    province.opens("预制卡生产-生成数据").await;
    let order = province.leads_to("办理").await.rsplit('/').next().unwrap().to_owned();
    province.follows_link("办理").await;
    province.presses("同意，生成数据").await;
    province.reads("已生成预制卡数据").await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;
    province.opens("预制卡生产-回盘").await;
    province.reads("生产完成").await;
    for (keeper, next) in [(&city, true), (&clerk, false)] {
        keeper.opens("出入库与盘点").await;
        keeper.follows_link("清点入库").await;
        keeper.at("清点入库").fills("清点张数", "5").await;
        keeper.fills("保管地点", "预制卡库").await;
        keeper.fills("签收人", "李四").await;
        keeper.presses("清点入库").await;
        keeper.reads("清点数量与账面数量不符").await;
        keeper.fills("清点张数", "3").await;
        keeper.fills("保管地点", "预制卡库").await;
        keeper.fills("签收人", "李四").await;
        keeper.presses("清点入库").await;
        keeper.reads("已清点入库").await;
        if next {
            keeper.chooses("寄往", "天河区").await;
            keeper.fills("责任人", "王五").await;
            keeper.fills("发放方式", "自行押运").await;
            keeper.presses("出库").await;
            keeper.reads("已出库").await;
        }
    }
    clerk.fills("实有张数", "3").await;
    clerk.presses("登记盘点").await;
    clerk.reads("与账面一致").await;
    o.w.applicant(1, o.w.outlet()).await;
    clerk.opens("即时制卡").await;
    clerk.fills("社会保障号码、证件号码、社保卡或银行卡卡号、申领编码", &o.w.draft(1).document_number).await;
    clerk.presses("查询").await;
    clerk.presses("标注为即制卡").await;
    clerk.reads("批次筛选不再纳入该申请").await;
    clerk.fills("取用的预制卡", &cards[0].0).await;
    clerk.presses("取用并开始制卡").await;
    clerk.reads("已取用预制卡").await;
    clerk.fills("读卡器读出的卡识别码", &cards[1].1).await;
    clerk.presses("登记制卡完成").await;
    clerk.reads("读出的卡识别码与所取预制卡不符").await;
    clerk.fills("读卡器读出的卡识别码", &cards[0].1).await;
    clerk.presses("登记制卡完成").await;
    clerk.reads("制卡完成").await;
}
