//! 预制卡 from the city's order to a card in somebody's hand: officers at the console, the bank and the vendor at their doors.

use crate::caller::{caller, codes, served};
use crate::press;
use crate::stock::{BOX, Cards, made};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kaguan_api::blank::{BlankOrders, MakingReturn, MakingRow};
use kaguan_api::vendor::ProductionResult;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Role;
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer};
use kaguan_service::Command;
use kaguan_testkit::{On, World};

pub const CITY: &str = "44010000000001";
pub const PROVINCE: &str = "44000000000001";
pub const HR: &str = "44010600000101";

/// Somebody at the console, and the page in front of him.
pub struct Desk {
    router: Router,
    cookie: String,
    page: std::cell::RefCell<String>,
}

impl Desk {
    async fn of(w: &World, role: Role, org: &str) -> Self {
        Self::at(w, kaguan_web::router(w.service.clone()), role, org).await
    }

    /// The same at a console that others have too.
    pub async fn at(w: &World, router: Router, role: Role, org: &str) -> Self {
        let login = format!("{role:?}{}", w.service.fresh()).to_lowercase();
        let new = NewOfficer {
            id: OfficerId(w.service.fresh()),
            login: login.clone(),
            name: "经办人".into(),
            role,
            org: w.org(org),
            password_hash: kaguan_testkit::RIGHT.into(),
        };
        w.system(Command::Institution(InstitutionCommand::AddOfficer(new))).await.unwrap();
        let mut desk = Self { router, cookie: String::new(), page: String::new().into() };
        let (status, cookie) = desk.send("POST", "/sign-in", format!("login={login}&password=right")).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        desk.cookie = cookie.split(';').next().unwrap().to_owned();
        desk
    }

    /// Its session, as a browser has it.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    async fn send(&self, method: &str, path: &str, form: String) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "console")
            .header(header::ORIGIN, "http://console")
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let response = press::press(&self.router, request).await;
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|v| v.to_str().ok());
        let cookie = cookie.unwrap_or_default().to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        self.page.replace(String::from_utf8(body.to_vec()).unwrap());
        (status, cookie)
    }

    pub async fn get(&self, path: &str) -> String {
        let (status, _) = self.send("GET", path, String::new()).await;
        assert!(press::is_page(status), "{path}: {status}");
        self.page.borrow().clone()
    }

    /// Fills in the form of the page in front of him that goes to an address, with what the page has put into it.
    pub async fn fills(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let page = self.page.borrow().clone();
        let at = format!("action=\"{action}?");
        let form = page.split("<form ").find(|f| f.split('>').next().unwrap().contains(&at));
        let form =
            form.unwrap_or_else(|| panic!("no form for {action}: {page}")).split("</form>").next().unwrap();
        let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
            let mut parts = rest.split('"');
            let name = parts.next().unwrap().to_owned();
            (name, parts.nth(1).unwrap().to_owned())
        });
        let mut pairs: Vec<String> = hidden.map(|(k, v)| format!("{k}={}", encoded(&v))).collect();
        for (k, _) in fields {
            assert!(form.contains(&format!("name=\"{k}\"")), "{action} has no {k}: {form}");
        }
        pairs.extend(fields.iter().map(|(k, v)| format!("{k}={}", encoded(v))));
        self.posts(action, &pairs.join("&")).await
    }

    pub async fn posts(&self, path: &str, form: &str) -> String {
        let (status, _) = self.send("POST", path, form.to_owned()).await;
        // What goes on by itself answers with where to look.
        assert!(press::is_page(status) || status == StatusCode::SEE_OTHER, "{path}: {status}");
        self.page.borrow().clone()
    }
}

pub fn encoded(text: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(one).collect()
}

pub fn says(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// A line of 今日工作 leads to a list that has as many as it says.
async fn leads_to_its_list(desk: &Desk, line: &str) {
    let home = desk.get("/").await;
    let (before, after) = home.split_once(&format!("\">{line}</a> <b>")).unwrap_or_else(|| panic!("{home}"));
    let (n, path) = (after.split('<').next().unwrap(), before.rsplit("href=\"").next().unwrap());
    let path = path.replace("&#38;", "&").replace("&amp;", "&");
    assert!(path.contains("?stock."), "{path}");
    says(&desk.get(&path).await, &[&format!("共{n}项")]);
}

/// The city orders, the province generates; the order's identity.
pub async fn ordered(city: &Desk, province: &Desk) -> String {
    city.get("/blanks/orders").await;
    let none = [("bank", "95588"), ("vendor", "1"), ("quantity", "0"), ("note", "第一批")];
    let page = city.fills("/blanks/orders", &none).await;
    says(&page, &["一份申请的数量为1至100000张", "value=\"第一批\""]);
    let four = [("bank", "95588"), ("vendor", "1"), ("quantity", "4"), ("note", "第一批")];
    let page = city.fills("/blanks/orders", &four).await;
    says(&page, &["已提交省卡管机构", "待省中心生成数据", "广州市"]);
    let id = page.split("href=\"/blanks/orders/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = city.get(&format!("/blanks/orders/{id}/form")).await;
    says(
        &form,
        &[
            "广东省社会保障卡预制卡申请表",
            "广州市人社局信息中心（市卡管机构）",
            "审核单位：广东省人力资源和社会保障厅政务服务中心",
            "抄送单位：中国工商银行广东省分行",
        ],
    );
    let page = city.get(&format!("/blanks/orders/{id}")).await;
    assert!(
        !page.contains("action=\"/blanks/orders/generate\""),
        "the city does not examine its own: {page}"
    );
    let page = city.posts("/blanks/orders/generate", &format!("order={id}")).await;
    says(&page, &["本岗位无权办理此项业务"]);
    says(&province.get("/blanks/production").await, &["待省中心生成数据", "广州市"]);
    province.get(&format!("/blanks/orders/{id}")).await;
    let page = province.fills("/blanks/orders/decline", &[("reason", " ")]).await;
    says(&page, &["须写明不予生成的原因"]);
    let page = province.fills("/blanks/orders/generate", &[]).await;
    says(&page, &["已生成预制卡数据", "待银行提取"]);
    id
}

/// Begins a card at the counter.
async fn begins(w: &World, clerk: &Desk, n: u32, card: &str) -> String {
    clerk.get("/instant").await;
    let page = clerk.fills("/instant", &[("number", &w.draft(n).document_number)]).await;
    assert!(!page.contains(&w.draft(n).document_number) && !page.contains("张三"), "masked: {page}");
    clerk.fills("/instant/begin", &[("card", card)]).await
}

#[tokio::test]
async fn art_36_pre_made_stock_goes_from_the_order_to_zhang_sans_hand_through_pages_and_doors() {
    clause!(X5.1);
    clause!(R36.1);
    clause!(R36.2);
    clause!(R36.3);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let bank = caller(&w, &system, "bank:95588").await;
    let vendor = caller(&w, &system, "vendor:1").await;
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let province = Desk::of(&w, Role::ProvinceOfficer, PROVINCE).await;
    let clerk = Desk::of(&w, Role::HrClerk, HR).await;
    let order = ordered(&city, &province).await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;

    // 回盘: the province looks at what came back.
    says(&province.get("/blanks/returns").await, &["生产完成"]);
    let page = province.get(&format!("/blanks/orders/{order}")).await;
    says(&page, &["分配账户失败", "号段用尽", "已生产", BOX, "途中"]);
    // 检查回盘数据 (R36.1): what is found is said, and found right it is not looked at again.
    let page = province.fills("/blanks/orders/check", &[("found", "wrong"), ("findings", "")]).await;
    says(&page, &["检查不通过的，须写明问题"]);
    let page = province.posts("/blanks/orders/check", &format!("order={order}")).await;
    says(&page, &["请选择检查结果"]);
    let page = city.posts("/blanks/orders/check", &format!("order={order}&found=passed")).await;
    says(&page, &["本岗位无权办理此项业务"]);
    province.get(&format!("/blanks/orders/{order}")).await;
    let page = province.fills("/blanks/orders/check", &[("found", "passed"), ("findings", "")]).await;
    says(&page, &["回盘检查通过，已登记", "检查通过（已生产3张，失败1张）"]);
    assert!(!page.contains("action=\"/blanks/orders/check"), "{page}");

    // The city counts what came, and nothing tells it how many there should be.
    let at = format!("/blanks/box?order={order}&box={}", encoded(BOX));
    says(&city.get("/blanks/stock").await, &["清点入库", "待签收"]);
    leads_to_its_list(&city, "途中待入库的预制卡箱").await;
    let page = city.get(&at).await;
    says(&page, &["自行押运", "责任人：卡商甲"]);
    assert!(!page.contains("账面在箱") && !page.contains("3张"), "{page}");
    let none = [("counted", ""), ("kept_at", ""), ("signer", ""), ("account", "卡面划伤")];
    let page = city.fills("/blanks/take-in", &none).await;
    says(&page, &["清点张数须填写", "须填写保管地点", "须填写签收人", "填写了差异情况"]);
    assert!(!page.contains("清点-1张"), "{page}");
    let wrong = [("counted", "5"), ("kept_at", "预制卡库"), ("signer", "李四"), ("account", "")];
    let page = city.fills("/blanks/take-in", &wrong).await;
    says(&page, &["清点数量与账面数量不符"]);
    assert!(!page.contains("3张"), "{page}");
    let nobody = [
        ("counted", "2"),
        ("kept_at", "预制卡库"),
        ("signer", "李四"),
        ("short", "1"),
        ("account", "封条完好"),
    ];
    says(&city.fills("/blanks/take-in", &nobody).await, &["短少责任方未选择"]);
    let nothing =
        [("counted", "2"), ("kept_at", "预制卡库"), ("signer", "李四"), ("short", "1"), ("account", "")];
    let page = city.fills("/blanks/take-in", &nothing).await;
    says(&page, &["短少责任方未选择", "须写明短少或多出的情况", "第12条"]);
    let right =
        [("counted", "3"), ("kept_at", "预制卡库"), ("signer", "李四"), ("short", ""), ("account", "")];
    says(&city.fills("/blanks/take-in", &right).await, &["已清点入库", "未盘点"]);
    let page = city.fills("/blanks/count", &[("counted", "0")]).await;
    says(&page, &["盘点0张，与账面不符", "重新盘点，与账面一致后方可出库"]);
    assert!(!page.contains("action=\"/blanks/ship"), "a difference does not go away with the box: {page}");

    // To the outlet by the city's own car.
    let to = w.outlet().0.to_string();
    let form = format!("order={order}&box={}&to={to}&responsible=x&manner=x&tracking=x", encoded(BOX));
    says(&city.posts("/blanks/ship", &form).await, &["该箱最近一次盘点与账面不符", "第36条"]);
    says(&city.get("/").await, &["盘点与账面不符的预制卡箱，查明后重新盘点"]);
    city.get(&at).await;
    let page = city.fills("/blanks/count", &[("counted", "3")]).await;
    says(&page, &["今日盘点，与账面一致", "name=\"responsible\""]);
    let nowhere = [("to", ""), ("responsible", ""), ("manner", "快递"), ("tracking", "")];
    let page = city.fills("/blanks/ship", &nowhere).await;
    says(&page, &["未选择寄往的机构", "须填写责任人"]);
    assert!(!page.contains("未找到"), "{page}");
    let parcel = [("to", to.as_str()), ("responsible", "王五"), ("manner", "快递"), ("tracking", "")];
    says(&city.fills("/blanks/ship", &parcel).await, &["须填写单号"]);
    says(&city.get(&format!("/blanks/sheet?order={order}&box={}", encoded(BOX))).await, &["请先办理出库"]);
    city.get(&at).await;
    let car = [("to", to.as_str()), ("responsible", "王五"), ("manner", "自行押运"), ("tracking", "")];
    says(&city.fills("/blanks/ship", &car).await, &["已出库", "打印交接单"]);
    let sheet = city.get(&format!("/blanks/sheet?order={order}&box={}", encoded(BOX))).await;
    says(&sheet, &["预制卡交接单", "第一联", "第二联", "王五", "自行押运", "<td>3</td>", "移交方", "接收方"]);

    // A card that lies in it is nobody's to spoil before the box is taken in.
    let gone = format!("order={order}&box={}&card={}&state=spoiled&reason=x", encoded(BOX), cards[2].0);
    says(&city.posts("/blanks/spoil", &gone).await, &["已寄出，在途", "请待该箱清点入库后", "第36条"]);

    // 盘点: the outlet counts blind, by a number and card by card; the centre sees the difference.
    clerk.get(&at).await;
    let page = clerk.fills("/blanks/take-in", &right).await;
    says(&page, &["已清点入库", "未盘点", "保管地点：预制卡库，签收人：李四"]);
    assert!(!page.contains("盘点0张"), "the city's count is not the outlet's: {page}");
    let home = clerk.get("/").await;
    says(&home, &["今日待盘点的预制卡箱"]);
    assert!(!home.contains("盘点与账面不符"), "{home}");
    // What another office keeps, the city looks at.
    let page = city.get(&at).await;
    assert!(!page.contains("/blanks/ship") && !page.contains("/blanks/settle"), "{page}");
    let sent = format!("order={order}&box={}&to={}", encoded(BOX), w.bank_outlet());
    let page = city.posts("/blanks/ship", &format!("{sent}&responsible=x&manner=y")).await;
    says(&page, &["不在本机构保管（由"]);
    // 预警线: the city states it and the province files it; nobody is warned before.
    assert!(!clerk.page.borrow().contains("预警线"));
    says(&clerk.get("/blanks/stock").await, &["未定预警线"]);
    city.get("/policies").await;
    let today = w.clock.now().date().to_string();
    let five = [("paper", "穗人社规1号"), ("from", today.as_str()), ("low_stock", "5")];
    says(&city.fills("/policies", &five).await, &["已报省审核", "存量5张及以下预警"]);
    province.get("/policies").await;
    province.fills("/policies/decide", &[("reason", "备案1号"), ("approved", "true")]).await;
    says(&clerk.get("/").await, &["预制卡存量到预警线的银行"]);
    let page = clerk.get("/blanks/stock").await;
    says(&page, &["存量5张及以下", "存量不足", "中国工商银行"]);
    assert!(!page.contains("3张"), "whoever counts is not told: {page}");
    says(&city.get("/").await, &["预制卡存量到预警线（按机构和银行），待申请", "/blanks/orders"]);
    clerk.get(&at).await;
    let page = clerk.fills("/blanks/count", &[("counted", "2")]).await;
    says(&page, &["已登记盘点", "盘点2张，与账面不符"]);
    assert!(!page.contains("3张") && !page.contains("账面在箱"), "{page}");
    says(&city.get("/blanks/stock").await, &["辖区内其他机构", "账面3张，少1张"]);
    let home = clerk.get("/").await;
    says(&home, &["盘点与账面不符的预制卡箱，查明后重新盘点"]);
    assert!(!home.contains("今日待盘点"), "{home}");
    leads_to_its_list(&city, "辖区内其他机构盘点与账面不符的预制卡箱").await;
    leads_to_its_list(&clerk, "盘点与账面不符的预制卡箱，查明后重新盘点").await;
    let counted = clerk.get("/blanks/stock?stock.keeper=own&stock.counted=to_count").await;
    assert!(counted.contains("共0项") && !counted.contains("/blanks/box?"), "{counted}");
    says(&city.get(&at).await, &["账面在箱 <b class=\"number\">3</b>"]);
    let list = format!("{}\n{}\n{}\n9999\n", cards[0].0, cards[0].1, cards[1].0);
    clerk.get(&at).await;
    let page = clerk
        .posts("/blanks/count", &format!("order={order}&box={}&list={}", encoded(BOX), encoded(&list)))
        .await;
    says(
        &page,
        &[
            "清单上不同的卡3张",
            "箱内应有而清单没有（1张）",
            &cards[2].0,
            "不属于本箱（1张）",
            "9999",
            "重复扫描",
            "盘点2张，与账面不符，另有1个号码不属于本箱",
        ],
    );
    let list = cards.iter().map(|c| c.0.as_str()).collect::<Vec<_>>().join("\r\n");
    let page = clerk
        .posts("/blanks/count", &format!("order={order}&box={}&list={}", encoded(BOX), encoded(&list)))
        .await;
    says(&page, &["与箱内一致", "今日盘点，与账面一致"]);
    assert!(!city.get("/").await.contains("盘点与账面不符"));
    let spoilt = [("card", cards[2].0.as_str()), ("state", "spoiled"), ("reason", "卡面划伤")];
    let empty = format!("order={order}&box={}", encoded(BOX));
    let page = clerk.posts("/blanks/spoil", &empty).await;
    says(&page, &["须填写预制卡", "没有选择登记为损坏作废还是缺失", "须填写原因", "没有登记"]);
    let page = clerk.fills("/blanks/spoil", &spoilt).await;
    says(&page, &["已作废", "盘点后账面有变动", "请重新盘点"]);
    leads_to_its_list(&clerk, "今日待盘点的预制卡箱").await;
    clerk.get(&at).await;
    says(&clerk.fills("/blanks/count", &[("counted", "2")]).await, &["今日盘点，与账面一致"]);
    says(&clerk.fills("/blanks/spoil", &spoilt).await, &["不得再次使用", "该卡已作废", "第36条"]);
    let unknown = [("card", "X1"), ("state", "spoiled"), ("reason", "卡面划伤")];
    let page = clerk.fills("/blanks/spoil", &unknown).await;
    says(&page, &["未找到", "第36条", "请核对卡面号码"]);
    assert!(!page.contains("第8条"), "no application is meant: {page}");

    // 即时制卡 is offered first, with the bank whose cards lie here (R11.2).
    clause!(R11.2);
    let offered = ["<option value=\"instant\" selected>", "本网点现有中国工商银行的预制卡"];
    says(&clerk.get("/apply?blank=1").await, &offered);
    let other = Desk::of(&w, Role::BankClerk, "44010395588001").await;
    let none = ["<option value=\"batch\" selected>", "本网点没有预制卡"];
    says(&other.get("/apply?blank=1").await, &none);

    // 即时制卡: what the clerk reads from the card is stated, and compared.
    let zhang = w.applicant(1, w.outlet()).await;
    clerk.get("/instant").await;
    says(&clerk.fills("/instant", &[("number", &w.draft(1).document_number)]).await, &["标注为即制卡"]);
    says(&clerk.fills("/instant/mark", &[]).await, &["批次筛选不再纳入该申请", "取消即制卡标注"]);
    says(&clerk.get("/").await, &["待即时制卡"]);
    let screened = city.posts("/batches/screen", "city=4401&bank=95588&urgent=false").await;
    says(&screened, &["批次中没有可制卡的申请"]);
    says(&begins(&w, &clerk, 1, "6222").await, &["未找到"]);
    let spaced =
        cards[0].0.chars().enumerate().map(|(i, c)| if i % 4 == 0 { format!(" {c}") } else { c.into() });
    let page = begins(&w, &clerk, 1, &spaced.collect::<String>()).await;
    says(&page, &["已取用预制卡", "由印写设备完成", &cards[0].0[cards[0].0.len() - 4..]]);
    let page = clerk.fills("/instant/write-back", &[("chip", "sbm456")]).await;
    says(&page, &["卡识别码", "第36条"]);
    let page = clerk.fills("/instant/write-back", &[("chip", &cards[1].1)]).await;
    says(&page, &["读出的卡识别码与所取预制卡不符"]);
    let page = clerk.fills("/instant/write-back", &[("chip", &cards[0].1)]).await;
    says(&page, &["制卡完成", "个人领卡启用"]);
    let file = w.file(zhang).await.0;
    assert_eq!(file.cards.len(), 1);
    let clock = file.applications[0].clock.as_ref().unwrap();
    assert_eq!(clock.runs_until(), None, "its card stands at the outlet");

    // 制卡失败, settled where failures are, and once more with another card.
    let li = w.applicant(2, w.outlet()).await;
    clerk.get("/instant").await;
    clerk.fills("/instant", &[("number", &w.draft(2).document_number)]).await;
    says(&clerk.fills("/instant/mark", &[]).await, &["取消即制卡标注"]);
    says(&begins(&w, &clerk, 2, &cards[1].0).await, &["已取用预制卡"]);
    says(&clerk.fills("/instant/fail", &[("reason", " ")]).await, &["须写明制卡失败原因"]);
    let page = clerk.fills("/instant/fail", &[("reason", "卡面印偏")]).await;
    says(&page, &["已登记制卡失败", "失败数据处理"]);
    let failures = clerk.get("/failures").await;
    says(&failures, &["卡面印偏"]);
    let one = failures.split("href=\"/failures/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // It is the counter's to settle, and goes back to it: no batch takes what a counter makes.
    says(&clerk.get("/").await, &["即时制卡失败待处理", "经办网点"]);
    says(&clerk.get(&format!("/failures/{one}")).await, &["申请回到待即时制卡"]);
    says(&clerk.fills("/failures/settle", &[]).await, &["已处理，重新进入待即时制卡", "href=\"/instant\""]);
    says(&begins(&w, &clerk, 2, &cards[1].0).await, &["未找到"]);
    assert!(w.file(li).await.0.cards.is_empty());
    says(&province.get(&format!("/blanks/orders/{order}")).await, &["已作废", "卡面印偏", "卡面划伤"]);

    // 预制卡出入库登记册: every step with what was typed of it, for whoever took part; a sheet is printed again.
    let register = format!("/blanks/register?order={order}");
    for desk in [&province, &city] {
        let page = desk.get(&register).await;
        says(&page, &["装箱", "寄出", "入库", "出库", "盘点", "预制卡库", "李四", "王五", "自行押运"]);
        says(&page, &["作废", "卡面划伤", "即时制卡", "与账面不符：账面3张"]);
        let csv = desk.get(&format!("{register}&moves.as=csv")).await;
        says(
            &csv,
            &["装箱位置,环节,交出方,接收方,张数,时间,责任人,签收人,发放方式,保管地点,说明", "预制卡库"],
        );
        says(
            &desk.get(&format!("/blanks/register/print?order={order}")).await,
            &["预制卡出入库登记册", "王五"],
        );
    }
    let page = clerk.get(&register).await;
    says(&page, &["出库", "入库", "盘点", "王五", "与账面不符", "打印交接单"]);
    // 使用登记 is the outlet's own (Article 36, item 4).
    says(&page, &["即时制卡", "当日制成社保卡"]);
    assert!(
        !page.contains("账面3张") && !page.contains("卡商甲"),
        "whoever counts, and its own hops alone: {page}"
    );
    let sheet = page.split("href=\"/blanks/sheet?").nth(1).unwrap().split('"').next().unwrap();
    let sheet = format!("/blanks/sheet?{}", sheet.replace("&amp;", "&").replace("&#38;", "&"));
    let page = clerk.get(&sheet).await;
    says(&page, &["预制卡交接单", "王五", "签收清点张数", "李四", "预制卡库"]);
    says(&other.get(&register).await, &["不在本机构管辖范围内"]);
    w.verified().await;
}

#[tokio::test]
async fn art_36_1_a_return_that_is_found_wrong_is_said_beside_its_boxes_and_nothing_of_it_goes_on() {
    clause!(R36.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let province = Desk::of(&w, Role::ProvinceOfficer, PROVINCE).await;
    let order = ordered(&city, &province).await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;
    let at = format!("/blanks/box?order={order}&box={}", encoded(BOX));
    says(&province.get("/").await, &["待检查的预制卡回盘"]);
    province.get(&format!("/blanks/orders/{order}")).await;
    let wrong = [("found", "wrong"), ("findings", "有一张卡号重复")];
    let page = province.fills("/blanks/orders/check", &wrong).await;
    says(&page, &["回盘检查未通过，已登记", "1箱已从卡商寄出"]);
    assert!(!page.contains("才能寄出："), "{page}");
    says(&city.get("/blanks/stock").await, &["回盘检查未通过，待卡商更正"]);
    says(&city.get(&at).await, &["检查回盘未通过：有一张卡号重复", "待卡商通过接口更正回盘"]);
    leads_to_its_list(&city, "回盘检查未通过、不得发出和使用的预制卡箱").await;
    assert!(!province.get("/").await.contains("待检查的预制卡回盘"), "it is the vendor's turn");
    // The vendor has it on its list with what was found, sends a row anew, and says that it is put right.
    let own = "/api/vendor/v1/blank-orders";
    let waits: BlankOrders = vendor.ok("GET", own, None, Vec::new()).await;
    assert_eq!(waits.orders[0].findings.as_deref(), Some("有一张卡号重复"));
    let rows: Vec<MakingRow> = vendor.rows(&format!("{own}/{order}/making-data")).await;
    assert_eq!(rows.len(), 3);
    let anew = |row: &MakingRow, chip: &str, reset: u32| MakingReturn {
        echo: row.clone(),
        result: ProductionResult::Made {
            chip: chip.into(),
            reset: format!("00814E4323{reset:016X}"),
            made_on: w.clock.now().date().to_string(),
            r#box: BOX.into(),
        },
    };
    let back = [anew(&rows[0], &cards[0].1, 4_711)];
    let said = vendor.back(&format!("{own}/{order}/making-returns"), "again", &back).await;
    assert_eq!(codes(&said), ["done"]);
    let left: BlankOrders = vendor.ok("POST", &format!("{own}/{order}/close"), None, Vec::new()).await;
    assert!(left.orders.is_empty(), "{left:?}");
    says(&province.get("/").await, &["待检查的预制卡回盘"]);
    says(&province.get(&format!("/blanks/orders/{order}")).await, &["卡商已更正回盘，待复查"]);
    says(&city.get(&at).await, &["已更正，待省卡管机构复查"]);
    let right =
        [("counted", "3"), ("kept_at", "预制卡库"), ("signer", "李四"), ("short", ""), ("account", "")];
    says(&city.fills("/blanks/take-in", &right).await, &["已清点入库"]);
    assert!(!city.page.borrow().contains("action=\"/blanks/ship"), "{}", city.page.borrow());
    let to = w.outlet().0;
    let form = format!("order={order}&box={}&to={to}&responsible=x&manner=x&tracking=x", encoded(BOX));
    says(&city.posts("/blanks/ship", &form).await, &["检查回盘未通过", "第36条", "复查通过后出库"]);
    // One that was not there is lost, not damaged (Article 39).
    let lost = [("card", cards[0].0.as_str()), ("state", "missing"), ("reason", "清点时不在")];
    city.get(&at).await;
    says(&city.fills("/blanks/spoil", &lost).await, &["已登记缺失"]);
    says(&city.fills("/blanks/spoil", &lost).await, &["该卡已登记缺失", "登记找到", "第36条"]);
    let page = province.get(&format!("/blanks/orders/{order}")).await;
    says(&page, &["已缺失", "清点时不在"]);
    assert!(!page.contains("已作废"), "{page}");
    // Whose it was, which card it was and where it lay stand on the order and in the register.
    let name = w.service.institutions().org(w.org(CITY)).unwrap().name.clone();
    says(&page, &[&cards[0].0, BOX, &format!("责任方{name}：清点时不在")]);
    let register = format!("/blanks/register?order={order}");
    says(
        &province.get(&register).await,
        &["缺失", "清点时不在", &format!("银行卡号{}，责任方{name}", cards[0].0)],
    );
    // 复查 does not take away what was found before.
    province.get(&format!("/blanks/orders/{order}")).await;
    let page = province.fills("/blanks/orders/check", &[("found", "passed"), ("findings", "")]).await;
    let both = ["检查未通过（已生产3张，失败1张）：有一张卡号重复", "检查通过（已生产3张，失败1张）"];
    says(&page, &both);
    for desk in [&province, &city] {
        says(
            &desk.get(&register).await,
            &["回盘检查", "未通过（已生产3张", "：有一张卡号重复", "通过（已生产"],
        );
    }
    // The missing card turns up: it is no card of the box, and stays with whoever found it.
    let listed = |cards: &[(String, String, String)]| {
        let list = cards.iter().map(|c| c.0.as_str()).collect::<Vec<_>>().join("\n");
        format!("order={order}&box={}&list={}", encoded(BOX), encoded(&list))
    };
    let page = city.posts("/blanks/count", &listed(&cards)).await;
    says(&page, &["不属于本箱（1张）", "该卡已登记缺失", "与账面不符，另有1个号码不属于本箱"]);
    assert!(!page.contains("action=\"/blanks/ship"), "{page}");
    city.get("/blanks/stock").await;
    let page = city.fills("/blanks/found", &[("card", ""), ("account", "")]).await;
    says(&page, &["须填写预制卡", "须填写找到情况"]);
    let page = city.fills("/blanks/found", &[("card", &cards[1].0), ("account", "在库")]).await;
    says(&page, &["未找到", "本市登记缺失的预制卡"]);
    let found = [("card", cards[0].0.as_str()), ("account", "在运钞车内找到")];
    says(&city.fills("/blanks/found", &found).await, &["已登记找到", "由本机构保管"]);
    says(&city.fills("/blanks/found", &found).await, &["该卡已登记找到"]);
    says(&province.get(&register).await, &["缺失", "找到", &format!("由{name}找到并保管"), "在运钞车内找到"]);
    says(&province.get(&format!("/blanks/orders/{order}")).await, &["缺失后找到", "在运钞车内找到"]);
    let page = city.posts("/blanks/count", &listed(&cards[1..])).await;
    says(&page, &["与箱内一致", "今日盘点，与账面一致"]);
    w.verified().await;
}

#[tokio::test]
async fn art_6_1_pre_made_stock_is_seen_where_it_lies_and_by_nobody_else() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let order = ordered(&city, &Desk::of(&w, Role::ProvinceOfficer, PROVINCE).await).await;
    made((&bank, "95588"), &vendor, &order, 4).await;
    let at = format!("/blanks/box?order={order}&box={}", encoded(BOX));
    let pages = ["/blanks/orders", "/blanks/production", "/blanks/returns", "/blanks/stock", &at];
    let auditor = Desk::of(&w, Role::AuditAdministrator, PROVINCE).await;
    for path in pages {
        says(&auditor.get(path).await, &["本岗位无权办理此项业务"]);
        assert!(!auditor.page.borrow().contains("中国工商银行"), "{path}");
    }
    let clerk = Desk::of(&w, Role::HrClerk, HR).await;
    says(&clerk.get("/blanks/stock").await, &["没有保管或待签收的预制卡"]);
    says(&clerk.get(&at).await, &["不在本机构管辖范围内"]);
    says(&clerk.get(&format!("/blanks/orders/{order}")).await, &["不在本机构管辖范围内"]);
    let form = format!("order={order}&box={}", encoded(BOX));
    let taken = clerk.posts("/blanks/take-in", &format!("{form}&counted=3&kept_at=x&signer=y")).await;
    assert!(!taken.contains("已清点入库"), "{taken}");
    let page = clerk.posts("/instant/begin", "holder=1&application=1&card=1").await;
    says(&page, &["未找到"]);
    says(&clerk.get("/blanks/box?order=1&box=x").await, &["未找到"]);
    w.verified().await;
}

#[tokio::test]
async fn art_36_1_a_pre_made_card_that_a_box_came_without_is_named_and_its_sender_answers_for_it() {
    clause!(R36.1);
    clause!(R12.1);
    let w = World::new(On::Memory).await;
    let system = served(&w).await;
    let (bank, vendor) = (caller(&w, &system, "bank:95588").await, caller(&w, &system, "vendor:1").await);
    let city = Desk::of(&w, Role::CityOfficer, CITY).await;
    let province = Desk::of(&w, Role::ProvinceOfficer, PROVINCE).await;
    let order = ordered(&city, &province).await;
    let Cards(cards) = made((&bank, "95588"), &vendor, &order, 4).await;
    city.get(&format!("/blanks/box?order={order}&box={}", encoded(BOX))).await;
    let short = [
        ("counted", "1"),
        ("kept_at", "预制卡库"),
        ("signer", "李四"),
        ("short", "2"),
        ("answers", "sender"),
        ("account", "封条完好"),
    ];
    let page = city.fills("/blanks/take-in", &short).await;
    says(&page, &["已清点入库", "短少2张，责任方金邦达", "已找到张数", "查明为该卡，登记缺失"]);
    let lost = format!("order={order}&box={}&card={}&state=missing&reason=x", encoded(BOX), cards[0].0);
    says(&city.posts("/blanks/spoil", &lost).await, &["该箱有清点短少尚未定位到卡"]);
    // It is somebody's work until it is settled, and the box stays where it is, whatever a count says.
    let box_at = format!("/blanks/box?order={order}&box={}", encoded(BOX));
    city.get(&box_at).await;
    let page = city.fills("/blanks/count", &[("counted", "1")]).await;
    says(&page, &["今日盘点，与账面一致；清点差异待处理", "处理完毕前不得出库"]);
    assert!(!page.contains("action=\"/blanks/ship"), "{page}");
    let to = w.outlet().0;
    let form = format!("order={order}&box={}&to={to}&responsible=x&manner=x&tracking=x", encoded(BOX));
    says(&city.posts("/blanks/ship", &form).await, &["差异（短少或多出）尚未处理", "第36条"]);
    leads_to_its_list(&city, "清点差异待处理的预制卡箱").await;
    says(&city.get("/blanks/stock").await, &["清点差异待处理"]);
    city.get(&box_at).await;
    // What is refused has changed nothing.
    let page = city.fills("/blanks/spoil", &[("card", &cards[0].0), ("reason", " ")]).await;
    says(&page, &["须写明缺失原因", "短少2张"]);
    for (n, left) in ["短少1张", "作废与缺失"].into_iter().enumerate() {
        let page = city.fills("/blanks/spoil", &[("card", &cards[n].0), ("reason", "核对未见")]).await;
        says(&page, &["已登记缺失", "责任方以签收时登记的短少责任方为准", left]);
    }
    assert!(!city.page.borrow().contains("清点差异</h2>"), "{}", city.page.borrow());
    let register = province.get(&format!("/blanks/register?order={order}")).await;
    says(&register, &["缺失", "核对未见", "责任方金邦达"]);
    assert!(!city.get("/").await.contains("清点差异待处理的预制卡箱"));

    // Whoever answers for what is missing elsewhere has it on its work too, and sees the box.
    let clerk = Desk::of(&w, Role::HrClerk, HR).await;
    city.get(&box_at).await;
    city.fills("/blanks/count", &[("counted", "1")]).await;
    says(&city.posts("/blanks/ship", &form).await, &["已出库"]);
    clerk.get(&box_at).await;
    let all = [
        ("counted", "0"),
        ("kept_at", "预制卡库"),
        ("signer", "李四"),
        ("short", "1"),
        ("answers", "sender"),
        ("account", "封条完好"),
    ];
    says(&clerk.fills("/blanks/take-in", &all).await, &["短少1张，责任方广州市", "清点差异待处理"]);
    leads_to_its_list(&clerk, "清点差异待处理的预制卡箱").await;
    says(&clerk.get("/blanks/stock").await, &["清点差异待处理"]);
    leads_to_its_list(&city, "由本机构负责、箱在其他机构的预制卡清点差异").await;
    says(&city.get("/blanks/stock").await, &["辖区内其他机构", "清点差异待处理"]);
    w.verified().await;
}
