//! 系统管理, 地方细则, 时限与通报.

use super::Office;
use kaguan_api::sign::Secret;

pub async fn a_city_reports_its_own_rule_and_the_province_files_it(o: &Office) {
    let (city, province) = (o.person("city"), o.person("province"));
    city.opens("地方细则").await;
    city.fills("文号", "穗人社规〔2026〕1号").await;
    city.fills("生效日期", "2026-11-23").await;
    city.fills("质保期", "12").await;
    city.presses("报省审核").await;
    city.reads("已报省审核").await;
    city.reads("质保期12个月").await;
    province.opens("地方细则").await;
    province.presses("不予备案").await;
    province.reads("不予备案须写明理由").await;
    province.fills("备案号或理由", "粤人社备1号").await;
    province.presses("审核备案").await;
    province.reads("已审核备案").await;
}

pub async fn a_holiday_is_looked_at_before_it_is_taken(o: &Office) {
    let system = o.person("system");
    system.opens("工作日历").await;
    system.fills("放假通知", "2026-12-02,off,台风").await;
    system.presses("核验").await;
    system.reads("尚未载入").await;
    system.reads("将变动的时限").await;
    system.presses("载入").await;
    system.reads("放假通知已载入").await;
}

pub async fn a_banks_outlet_gets_its_code(o: &Office) {
    let system = o.person("system");
    system.opens("银行网点").await;
    system.fills("每行", "44010395588777,95588,955880001,天河支行").await;
    system.presses("登记").await;
    system.reads("已被占用").await;
    system.fills("每行", "44010395588777,95588,955880777,天河支行").await;
    system.presses("登记").await;
    system.reads("新增网点1个").await;
}

pub async fn a_street_office_is_opened_and_its_name_corrected(o: &Office) {
    let system = o.person("system");
    system.opens("机构与网点").await;
    system.fills("名称或机构编码", "44010600000001").await;
    system.presses("查看").await;
    system.follows_link("天河区社保卡服务中心").await;
    system.at("新增下级机构").chooses("类型", "人社部门").await;
    system.fills("名称", "天园街道社保卡窗口").await;
    system.fills("机构编码", "44010600000177").await;
    system.presses("新增").await;
    system.reads("已新增机构").await;
    system.at("更名").fills("新名称", "天河区社会保障卡服务中心").await;
    system.presses("更名").await;
    system.reads("天河区社会保障卡服务中心").await;
}

pub async fn li_si_is_added_by_one_administrator_and_let_in_by_another(o: &Office) {
    let (system, security, audit) = (o.person("system"), o.person("security"), o.person("audit"));
    system.opens("人员与角色").await;
    system.fills("登录名", "lisi").await;
    system.at("新增人员").fills("姓名", "李四").await;
    system.chooses("岗位", "人社网点经办人").await;
    system.fills("机构编码或全称", "44010600000101").await;
    system.fills("理由", "新入职").await;
    system.presses("提出").await;
    system.reads("待安全管理员审核").await;
    security.opens("人员与角色").await;
    security.at("李四").presses("同意").await;
    security.reads("lisi 的一次性密码").await;
    audit.opens("机构与权限日志").await;
    audit.reads("新增　李四（lisi）").await;
    system.opens("人员与角色").await;
    system.fills("姓名、登录名", "lisi").await;
    system.presses("查找").await;
    system.follows_link("lisi").await;
    system.fills("理由", "调离本市").await;
    system.presses("停用该账号").await;
    system.reads("已停用").await;
}

pub async fn a_bank_is_registered_by_one_administrator_and_approved_by_another(o: &Office) {
    let (system, security) = (o.person("system"), o.person("security"));
    system.opens("服务银行与卡商").await;
    system.chooses("种类", "服务银行").await;
    system.fills("代码", "95588").await;
    system.fills("名称", "中国工商银行").await;
    system.fills("公钥名称", "k1").await;
    system.at("公钥名称").fills("理由", "接口投产").await;
    system.fills("SM2公钥", "04ab").await;
    system.presses("提出").await;
    system.reads("SM2曲线").await;
    system.fills("SM2公钥", &Secret::fresh().public()).await;
    system.at("公钥名称").presses("提出").await;
    system.reads("待安全管理员审核").await;
    security.opens("服务银行与卡商").await;
    security.at("接口投产").presses("同意").await;
    security.reads("已同意").await;
    // The key is lost: either of them ends it at once.
    security.follows_link("中国工商银行").await;
    security.presses("停用").await;
    security.reads("唯一有效的公钥").await;
    security.fills("确认", "k1").await;
    security.presses("停用").await;
    security.reads("已失效").await;
}

pub async fn a_city_entrusts_a_banks_outlet_with_confirming_batches(o: &Office) {
    let (city, bank) = (o.person("city"), o.person("bank"));
    city.opens("授权业务经办机构").await;
    city.at("中国工商银行").presses("授权").await;
    city.reads("已授权").await;
    bank.opens("批次确认").await;
    city.opens("授权业务经办机构").await;
    city.presses("撤销授权").await;
    city.reads("未授权").await;
    let county = o.person("county");
    city.at("天河区社会保障卡服务中心").presses("授权").await;
    city.reads("已授权").await;
    county.opens("批次确认").await;
    city.opens("授权业务经办机构").await;
    city.presses("撤销授权").await;
    city.reads("未授权").await;
}

pub async fn a_code_is_looked_up(o: &Office) {
    let audit = o.person("audit");
    audit.opens("代码表").await;
    audit.fills("代码或名称", "95588").await;
    audit.presses("查找").await;
    audit.reads("中国工商银行").await;
}

pub async fn a_clerk_chooses_a_new_password(o: &Office) {
    let county = o.person("county");
    county.opens("修改登录密码").await;
    county.fills("原密码", "wrong").await;
    county.fills("新密码", "a lamp in the rain").await;
    county.fills("再输入一次", "a lamp in the rain").await;
    county.presses("修改").await;
    county.reads("原密码").await;
    county.fills("原密码", "right").await;
    county.fills("新密码", "a lamp in the rain").await;
    county.fills("再输入一次", "a lamp in the rain").await;
    county.presses("修改").await;
    county.reads("登录密码已修改").await;
}

pub async fn an_auditor_finds_a_line_of_the_journal_and_sees_its_proof(o: &Office) {
    let audit = o.person("audit");
    audit.opens("审计日志").await;
    audit.fills("办理人", "lisi").await;
    audit.presses("查询").await;
    audit.fills("办理人", "city").await;
    audit.presses("查询").await;
    audit.at("授权").follows_link("").await;
    audit.reads("核验通过").await;
}

pub async fn a_city_reads_its_clocks_and_takes_the_table_away(o: &Office) {
    let city = o.person("city");
    o.w.applicant(90, o.w.outlet()).await;
    city.opens("时限看板").await;
    city.reads("卡在哪里等").await;
    let table = city.saves("xlsx").await;
    assert!(table.starts_with(b"PK"), "a workbook");
    city.opens("超期预警").await;
    city.reads("未到期").await;
    city.opens("银行时效通报").await;
    city.presses("统计").await;
    city.opens("统计报表").await;
    city.reads("统计报表").await;
}
