//! 今日工作, the first page: what waits where the officer works, the first to end first; beside it what comes in other lists. It names
//! nobody: whoever opens a line looks at the file.

use crate::Console;
use crate::desk::done_today::{DoneList, done_by};
use crate::desk::drafts::{self, DraftLine};
use crate::institution::officers::{TOLD, was_sent_back};
use crate::list::{Asked, List, ListView};
use crate::menu::Page;
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::work::{self, CountView, cities, clocks};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::{Date, Weekday};
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::blank_order::{BlankOrderFile, Step};
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::facts::officer::ChangeState;
use kaguan_domain::permission::Verb;
use kaguan_service::decisions::{HowMany, ToDecide};
use kaguan_service::{CardWork, Failure, Narrow, OrdersChosen, UNITS_ON_A_PAGE};

/// Its place in the table of pages.
pub const PAGE: Page = Page { path: "/", screens: &[], doors: |d| d.get("/", home), samples: &["/"] };

const TITLE: &str = "今日工作";

const WORK: List = clocks("work", "/", "运行中的时限");
const CITIES: List = cities("cities", "/");

/// Something that waits in another list.
pub struct ElsewhereView {
    pub name: &'static str,
    pub path: &'static str,
    /// How many; of a long list that there are more.
    pub n: String,
    pub article: &'static str,
}

/// The page.
#[derive(Template)]
#[template(path = "desk/home/home.html")]
pub struct HomePage {
    pub frame: Frame,
    /// Today, in words.
    pub day: String,
    pub counts: Vec<CountView>,
    /// The page without any filter.
    pub all: &'static str,
    /// The clocks, or for the province its cities; `None` for whoever has none.
    pub list: Option<ListView>,
    pub elsewhere: Vec<ElsewhereView>,
    /// Forms that the officer has put aside.
    pub drafts: Vec<DraftLine>,
    /// What the officer did today; `None` when it cannot be read: the notice says so.
    pub done: Option<DoneList>,
}
crate::frame::page!(HomePage);

fn weekday(day: Date) -> &'static str {
    match day.weekday() {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}

/// A list, where it is, how much waits in it and whether there is more, and its article.
type Waits = (&'static str, &'static str, Result<(usize, bool), Failure>, &'static str);

fn exact(n: usize) -> (usize, bool) {
    (n, false)
}

/// What waits in the stock of pre-made cards, for those who keep it, and who is short of them, for those who order.
async fn stock(console: &Console, me: &SignedIn, keeps: bool, orders: bool) -> Vec<Waits> {
    if !keeps {
        return Vec::new();
    }
    match console.service.stock_work(&me.actor()).await {
        Ok(work) => {
            let own = work.low.iter().filter(|(org, _)| *org == me.org.id).count();
            let line = |name, path, n| (name, path, Ok(exact(n)), "第36条");
            // Of what is found wrong or ended, whoever orders has the boxes of the whole city.
            let [wrong, ended] = match orders {
                true => ["/blanks/stock?stock.place=found_wrong", "/blanks/stock?stock.place=ended"],
                false => [
                    "/blanks/stock?stock.keeper=own&stock.place=found_wrong",
                    "/blanks/stock?stock.keeper=own&stock.place=ended",
                ],
            };
            let mut lines = vec![
                line(
                    "今日待盘点的预制卡箱",
                    "/blanks/stock?stock.keeper=own&stock.counted=to_count",
                    work.to_count,
                ),
                line(
                    "盘点与账面不符的预制卡箱，查明后重新盘点",
                    "/blanks/stock?stock.keeper=own&stock.counted=miscounted",
                    work.differing,
                ),
                line(
                    "辖区内其他机构盘点与账面不符的预制卡箱",
                    "/blanks/stock?stock.keeper=others&stock.counted=miscounted",
                    work.differing_elsewhere,
                ),
                line("清点差异待处理的预制卡箱", "/blanks/stock?stock.counted=unsettled", work.unsettled),
                line(
                    "由本机构负责、箱在其他机构的预制卡清点差异",
                    "/blanks/stock?stock.counted=answered_for",
                    work.answered_for,
                ),
                line(
                    "辖区内其他机构清点差异待处理的预制卡箱",
                    "/blanks/stock?stock.counted=unsettled_elsewhere",
                    work.unsettled_elsewhere,
                ),
                line("回盘检查未通过、不得发出和使用的预制卡箱", wrong, work.found_wrong),
                line("已终止、待退回或销毁的预制卡箱", ended, work.ended),
                line("途中待入库的预制卡箱", "/blanks/stock?stock.place=coming", work.coming),
            ];
            if orders {
                lines.push(line(
                    "预制卡存量到预警线（按机构和银行），待申请",
                    "/blanks/orders",
                    work.low.len(),
                ));
            } else {
                lines.push(line("预制卡存量到预警线的银行", "/blanks/stock", own));
            }
            lines
        }
        Err(why) => vec![("预制卡", "/blanks/stock", Err(why), "第36条")],
    }
}

/// Which batches wait for their vendor, where the officer hands their data out.
async fn to_hand_out(console: &Console, me: &SignedIn) -> Vec<Waits> {
    clause!(R11.1);
    let path = "/batches?batches.state=opened";
    match console.service.batches_to_hand_out(&me.actor()).await {
        Ok([all, late]) => vec![
            ("待制卡数据下发的批次", path, Ok(exact(all)), "第11条"),
            ("待制卡数据下发、制卡时限已超期的批次", path, Ok(exact(late)), "第11条"),
        ],
        Err(why) => vec![("待制卡数据下发的批次", path, Err(why), "第11条")],
    }
}

/// What waits of the boxes of finished cards: of those that come, that are to be sent on, and whose count differs.
async fn boxes(console: &Console, me: &SignedIn) -> Vec<Waits> {
    clause!(R12.1);
    let (coming, kept, differing) = ("/boxes?boxes.way=coming", "/boxes?boxes.way=kept", "/boxes#differing");
    match console.service.box_work(&me.actor()).await {
        Ok(work) => {
            let line = |name, path, n| (name, path, Ok(n), "第12条");
            vec![
                line("途中待签收的成品卡箱", coming, work.coming),
                line("已签收、待寄出的成品卡箱", kept, work.to_send_on),
                line("清点差异待处理的成品卡箱", differing, exact(work.unsettled)),
                line("由本机构负责、箱在其他机构的成品卡清点差异", differing, exact(work.answered_for)),
                line("辖区内其他机构清点差异待处理的成品卡箱", differing, exact(work.unsettled_elsewhere)),
            ]
        }
        Err(why) => vec![("成品卡箱", coming, Err(why), "第12条")],
    }
}

/// The orders of pre-made cards of the own city that the province did not agree to lately: why stands on each.
async fn declined(console: &Console, me: &SignedIn) -> Result<(usize, bool), Failure> {
    let chosen = OrdersChosen::at(Some(StepKind::Declined));
    let part = console.service.blank_orders_for(&me.actor(), &chosen, "").await?;
    let now = console.service.now();
    let lately = |f: &&BlankOrderFile| {
        let step = f.order.as_ref().map(|o| &o.step);
        matches!(step, Some(Step::Declined { at, .. }) if now.0 - at.0 < TOLD)
    };
    let n = part.rows.iter().filter(lately).count();
    // The latest stand first: where an earlier one is among them, no more follow.
    Ok((n, part.more.is_some() && n == part.rows.len()))
}

/// 档案合并: what the own city decides, what another city decides of files of the own one, and the cards that such stopped lately.
async fn joins(console: &Console, me: &SignedIn) -> Vec<Waits> {
    clause!(R6.1);
    let waiting = match console.service.joins_waiting(&me.actor(), "").await {
        Ok(waiting) => waiting,
        Err(why) => return vec![("待审核的档案合并", "/joins", Err(why), "第3条")],
    };
    let (all, more) = (waiting.rows.len(), waiting.more.is_some());
    let here = waiting.rows.iter().filter(|j| j.here).count();
    let since = Instant(console.service.now().0 - TOLD);
    let stopped = console.service.cards_stopped_by_joins(&me.actor(), since).await;
    vec![
        ("待审核的档案合并", "/joins", Ok((here, more)), "第3条"),
        ("由外市审核、涉及本市档案的合并", "/joins", Ok(exact(all - here)), "第6条"),
        ("七天内因外市办理合并停用的本市的卡", "/joins", stopped.map(|s| exact(s.len())), "第6条"),
    ]
}

/// Work with single cards, and the list itself on the page of the city or of the outlet; nothing of what is another's to do.
fn cards_of(what: CardWork, n: HowMany, city: bool, bank: bool) -> Option<Waits> {
    let at = |of_city: &'static str, of_outlet: &'static str| if city { of_city } else { of_outlet };
    let (name, path, article) = match what {
        CardWork::Missing => {
            ("登记缺失、待补制的成品卡", at("/stranded#missing", "/overdue#missing"), "第12条")
        }
        CardWork::ToPost => ("待邮寄的成品卡", "/overdue#to_post", "第14条"),
        CardWork::Returning => ("邮政企业退回、待登记的邮件", "/overdue#returning", "第14条"),
        CardWork::ToWithdraw => {
            let path = at("/stranded#to_withdraw", "/overdue#to_withdraw");
            ("已注销、清理或须收缴，待追回或回收的社保卡", path, "第32条")
        }
        CardWork::ToCancelConfiscated => {
            let path = at("/stranded#confiscated", "/overdue#confiscated");
            ("已收缴或清理交回、待注销的社保卡", path, "第33条")
        }
        CardWork::ToOffer => {
            ("已回收、待二次发放的逾期未领卡", at("/stranded#to_offer", "/overdue#to_offer"), "第33条")
        }
        CardWork::ToOfferSoon => {
            ("须在一个月内二次发放的逾期未领卡", at("/stranded#to_offer", "/overdue#to_offer"), "第33条")
        }
        // An outlet has what was offered in vain among its overdue ones, as it takes both back.
        CardWork::SecondOver => {
            let path = at("/stranded#second_over", "/overdue#overdue");
            ("二次发放期满未领、待回收的成品卡", path, "第33条")
        }
        CardWork::ToGiveBack => {
            let path = at("/stranded#to_give_back", "/overdue#to_give_back");
            ("死亡、限制恢复后待发还的社保卡", path, "第33条")
        }
        CardWork::DataSent if city => ("待接收的逾期未领卡数据", "/stranded#sent", "第32条"),
        CardWork::ToStore => {
            ("待交回服务银行保管的逾期未领卡", at("/stranded#to_store", "/overdue#to_store"), "第32条")
        }
        CardWork::ToConfirm if bank => {
            ("逾期且滞留、待本行确认账户余额的社保卡", "/overdue#to_confirm", "第33条")
        }
        CardWork::ToConfirm if city => {
            ("逾期且滞留、待服务银行确认账户余额的成品卡", "/stranded#stranded", "第33条")
        }
        CardWork::ToCancel if city => ("逾期且滞留、待注销的成品卡", "/stranded#stranded", "第33条"),
        CardWork::DataSent | CardWork::ToConfirm | CardWork::ToCancel => return None,
        CardWork::ToClose if bank => {
            ("已注销、待本行销户的社保卡", at("/stranded#to_close", "/overdue#to_close"), "第33条")
        }
        CardWork::ToClose => {
            ("已注销、待服务银行销户的社保卡", at("/stranded#to_close", "/overdue#to_close"), "第33条")
        }
        CardWork::ToDestroy => {
            ("已销户、待登记销毁的社保卡", at("/stranded#to_destroy", "/overdue#to_destroy"), "第33条")
        }
    };
    Some((name, path, Ok(n), article))
}

/// What waits of single cards: at the outlet that answers for them, and at the city's centre.
async fn cards(console: &Console, me: &SignedIn, outlet: bool, city: bool) -> Vec<Waits> {
    if !outlet && !city {
        return Vec::new();
    }
    let bank = me.org.bank.is_some();
    match console.service.cards_waiting(&me.actor()).await {
        Ok(work) => work.into_iter().filter_map(|(what, n)| cards_of(what, n, city, bank)).collect(),
        Err(why) => vec![("未领卡", "/overdue", Err(why), "第32条")],
    }
}

/// What waits for this officer's decision, and where it is decided.
fn proposals(what: ToDecide, n: HowMany) -> Waits {
    let (name, path, article) = match what {
        ToDecide::Officers => ("待审核的人员变更", "/officers", "第6条"),
        ToDecide::Partners => ("待审核的合作方变更", "/partners", "第6条"),
        ToDecide::Policies => ("待审核备案的地方细则", "/policies", "第42条"),
        ToDecide::Glyphs => ("待审核的字形图片", "/glyphs", "第34条"),
        ToDecide::Restrictions => ("待审核的限制", "/restrict", "第37条"),
        ToDecide::BankChanges => ("待原银行审核的变更服务银行", "/bank-change", "第31条"),
        ToDecide::AgreedChanges => ("原银行已同意、待本行现场办理的变更服务银行", "/bank-change", "第31条"),
        ToDecide::FailedChanges => {
            ("七天内原银行不同意或失效的本机构变更服务银行预约", "/bank-change", "第31条")
        }
        ToDecide::BlankOrders => ("待生成数据的预制卡申请", "/blanks/production", "第36条"),
        ToDecide::BlankReturns => ("待检查的预制卡回盘", "/blanks/returns", "第36条"),
        ToDecide::DeadLetters => ("未送达、待处理的报文", "/links", "附件7"),
        ToDecide::Archive => ("保存期满、待销毁的档案材料", "/archive/due", "第40条"),
    };
    (name, path, Ok(n), article)
}

/// What this officer proposed and another one did not agree to lately: why stands in 变更记录.
fn sent_back(console: &Console, me: &SignedIn) -> Vec<Waits> {
    let (institutions, now) = (console.service.institutions(), console.service.now());
    let own = |by, state: &ChangeState| by == Some(me.officer.id) && was_sent_back(state, now);
    let people = institutions.officer_changes().filter(|p| own(p.by, &p.state)).count();
    let partners = institutions.partner_changes().filter(|p| own(p.by, &p.state)).count();
    vec![
        ("七天内被退回的人员变更", "/officers", Ok(exact(people)), "第6条"),
        ("七天内被退回的合作方变更", "/partners", Ok(exact(partners)), "第6条"),
    ]
}

/// Applications of people whose death is confirmed: what the own outlet declines, and what the city takes out of batches, before and after
/// they are confirmed.
async fn dead(console: &Console, me: &SignedIn, city: bool) -> Vec<Waits> {
    clause!(R33.1);
    let path = "/?work.owner=outlet";
    let work = match console.service.dead_work_for(&me.actor(), city).await {
        Ok(work) => work,
        Err(why) => return vec![("死亡已核实的申请", path, Err(why), "第33条")],
    };
    // The clocks below, of those that it has to act on.
    let mut lines = vec![("死亡已核实、待不予受理的申请", path, work.to_decline.map(exact), "第33条")];
    if city {
        lines.push(("死亡已核实、待移出批次的人员", "/batches", work.in_batches.map(exact), "第33条"));
        lines.push(("死亡已核实、不纳入批次筛选的申请", "/batches", work.left_out.map(exact), "第33条"));
    }
    lines
}

/// 对账: with how many banks it failed.
async fn not_reconciled(console: &Console, me: &SignedIn) -> Waits {
    clause!(R23.1);
    let failed = console.service.reconciliations_for(&me.actor()).await;
    let failed = failed.map(|all| exact(all.iter().filter(|b| b.failed.is_some()).count()));
    ("对账失败的服务银行", "/links", failed, "第23条")
}

/// 对账差异 that nobody has settled yet: of the own bank, the own city or the province.
async fn differences(console: &Console, me: &SignedIn) -> Waits {
    clause!(R23.1);
    let open = console.service.differences_for(&me.actor()).await;
    ("对账差异，待人工核实", "/links", open.map(|found| (found.rows.len(), found.more)), "第23条")
}

/// What waits in the lists that this officer's menu has. A list that cannot be read is said above, and not counted as empty.
async fn elsewhere(console: &Console, me: &SignedIn, frame: &mut Frame) -> Vec<ElsewhereView> {
    let service = &console.service;
    let actor = me.actor();
    let has = |verb: Verb| frame.menu.iter().any(|s| s.verb == verb);
    let mut found: Vec<Waits> = Vec::new();
    if has(Verb::ConfirmByHand) {
        let n = service
            .waiting_for(&actor, &Narrow::default(), "")
            .await
            .map(|p| (p.rows.len(), p.more.is_some()));
        found.push(("待核验的申请", "/waiting", n, "第8条"));
    }
    if has(Verb::ScreenBatch) {
        let n = service.ready_for(&actor).await;
        let n =
            n.map(|all| exact(all.iter().map(|r| usize::try_from(r.applications).unwrap_or_default()).sum()));
        found.push(("待批次筛选的申请", "/batches", n, "附件7"));
    }
    // Its line stands in the menu of a city's centre and of the offices that it entrusts.
    if has(Verb::ConfirmBatch) {
        let n = service.batches_to_confirm(&actor).await;
        found.push(("待确认的批次", "/batches?batches.state=screening", n, "第11条"));
    }
    if has(Verb::HandOutProduction) {
        found.extend(to_hand_out(console, me).await);
    }
    found.extend(dead(console, me, has(Verb::TakeOutOfBatch) || has(Verb::ScreenBatch)).await);
    if has(Verb::LookAtBoxes) || has(Verb::HandOver) || has(Verb::Redistribute) || has(Verb::Ship) {
        found.extend(boxes(console, me).await);
        let n = service.single_cards(&actor, "").await.map(|p| (p.rows.len(), p.more.is_some()));
        let name = match me.org.kind.is_outlet() {
            true => "其他机构保管、待本网点单卡转接的成品卡",
            false => "本机构保管或待本机构接收、待转接的单张成品卡",
        };
        found.push((name, "/boxes", n, "第12条"));
    }
    if has(Verb::ApplyForUnit) {
        let n = service.units_for(&actor).await.map(|all| (all.len(), all.len() >= UNITS_ON_A_PAGE));
        found.push(("待上传或待补材料的批量申请", "/units", n, "第9条"));
    }
    if has(Verb::ConfirmVisit) {
        let n = service.visits_to_confirm(&actor).await.map(exact);
        found.push(("待您确认的上门激活（今日有效）", "/visits", n, "第16条"));
    }
    if has(Verb::ProposeJoin) {
        found.extend(joins(console, me).await);
    }
    if has(Verb::ResolveIntent) {
        let n = service.cards_in_doubt(&actor).await;
        found.push(("银行未答复或不予办理联动的社保卡", "/links", n, "第23条"));
        found.push(not_reconciled(console, me).await);
    }
    if has(Verb::LookAtDifferences) {
        found.push(differences(console, me).await);
    }
    found.extend(stock(console, me, has(Verb::TakeInBlanks), has(Verb::OrderBlanks)).await);
    if has(Verb::OrderBlanks) {
        let n = declined(console, me).await;
        found.push(("七天内不予生成的预制卡申请", "/blanks/orders", n, "第36条"));
        let n = service.orders_ended_after(&actor, Instant(service.now().0 - TOLD).date()).await.map(exact);
        found.push(("七天内被省卡管机构终止的预制卡申请", "/blanks/orders", n, "第36条"));
    }
    found.extend(cards(console, me, has(Verb::Post), has(Verb::CancelStranded)).await);
    match service.waiting_proposals(&actor).await {
        Ok(all) => found.extend(all.into_iter().map(|(what, n)| proposals(what, n))),
        Err(why) => frame.say(&why),
    }
    found.extend(sent_back(console, me));
    let mut out = Vec::new();
    for (name, path, n, article) in found {
        match n {
            Ok((0, false)) | Err(Failure::Refused(_)) => {}
            Ok((n, more)) => {
                let n = match (n, more) {
                    // None of those that were looked at: the list goes on.
                    (0, true) => "见清单".to_owned(),
                    (n, true) => format!("{n}以上"),
                    (n, false) => n.to_string(),
                };
                out.push(ElsewhereView { name, path, n, article });
            }
            Err(e) => frame.say(&e),
        }
    }
    out
}

/// The first page.
pub async fn home(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    // Timed work that is held concerns whoever waits for it.
    let frame = Frame::of(&me, TITLE).told(console.service.held());
    let service = &console.service;
    let today = service.days().today;
    let mut page = HomePage {
        day: format!("{} {}", today, weekday(today)),
        counts: Vec::new(),
        all: "/",
        list: None,
        elsewhere: Vec::new(),
        drafts: Vec::new(),
        done: None,
        frame,
    };
    let (choose, question) = work::question(&WORK, &asked);
    let found = match service.todays_work(&me.actor(), question).await {
        // Whoever works at no counter and in no city may still see how the cities stand.
        Err(Failure::Refused(_)) => service.area_work(&me.actor(), None, question).await,
        found => found,
    };
    match found {
        Ok(mut work) => {
            page.counts = work::counts(&work, "/", "", &asked);
            page.frame = page.frame.counted(&console, &me, work.counts);
            let list = work::view(&console, &me, choose, &mut work);
            page.list =
                Some(list.unwrap_or_else(|| work::cities_view(&CITIES, &work, "/clocks/due?city=", &asked)));
        }
        Err(Failure::Refused(_)) => {}
        Err(e) => page.frame.say(&e),
    }
    if let Some(file) = page.list.as_ref().and_then(ListView::taken) {
        return file;
    }
    page.elsewhere = elsewhere(&console, &me, &mut page.frame).await;
    page.drafts = page.frame.list(drafts::of(&console, &me).await).unwrap_or_default();
    match done_by(&console, &me, asked.get("looks") == "true", asked.get("done")).await {
        Ok(done) => page.done = Some(done),
        Err(e) => page.frame.say(&e),
    }
    page.into_response()
}
