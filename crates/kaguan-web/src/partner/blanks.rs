//! 预制卡 (Article 36, Appendix 9): a bank allocates accounts to an order, a vendor makes its cards. Each exchange by lines of
//! JSON, or by the text files of Appendix 9: YZKSJ out, YZKCG back.

use super::Door;
use super::auth::Call;
use super::bank::{MOST, once, rows, submitted};
use super::corrections::put_right;
use super::reader::Unread;
use super::reply::{Said, done, json, lines, made_on, wrong};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kaguan_api::bank::{Done, Rows, Verdict};
use kaguan_api::blank as wire;
use kaguan_api::vendor::ProductionResult;
use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::facts::account::{AccountNumber, BankAccount, BlankAccount};
use kaguan_domain::facts::blank_order::{BlankOrder, OrderEnded, StockShip};
use kaguan_domain::facts::failure::PartnerWords;
use kaguan_domain::facts::names::StepKind;
use kaguan_domain::ids::{BankCardNumber, BlankId, BlankOrderId, ChipIdentifier, ResetInformation};
use kaguan_domain::instant::{
    Allocation, BlankCommand, BlankOrderCommand, Making, TakeAllocation, TakeMaking,
};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_files::premade::{self, DataName, DataRow, ReturnName, ReturnRow};
use kaguan_service::{BlankRow, Command};

fn order_id(text: &str) -> Result<BlankOrderId, Said> {
    text.parse().map(BlankOrderId).map_err(|_| Reason::NotFound.into())
}

/// Which rows: after one, at most so many.
fn page(query: Result<Query<Rows>, QueryRejection>) -> Result<(u32, usize), Said> {
    let Query(rows) = query.map_err(|_| Said::protocol("bad_request"))?;
    let after = match rows.after.as_deref() {
        None | Some("" | "0") => 0,
        Some(row) => row.parse::<BlankId>().map_err(|()| Reason::NotFound)?.n,
    };
    Ok((after, rows.limit.map_or(MOST, |l| (l as usize).clamp(1, MOST))))
}

/// What waits for a partner.
struct Todo {
    /// Where its orders may stand.
    steps: &'static [StepKind],
    /// Whether one that was not ended waits for it.
    open: fn(&BlankOrder) -> bool,
    /// That one was ended, until the partner says that it knows.
    ended: fn(&BlankOrder) -> Option<&OrderEnded>,
}

/// What waits for a bank: to be given accounts.
const FOR_BANK: Todo = Todo {
    steps: &[StepKind::Generated, StepKind::AtBank, StepKind::AtVendor, StepKind::Made],
    open: |o| matches!(o.step.kind(), StepKind::Generated | StepKind::AtBank),
    ended: BlankOrder::end_for_bank,
};

/// What waits for a vendor: to be made, and to be put right where the province found the return wrong.
const FOR_VENDOR: Todo = Todo {
    steps: &[StepKind::AtVendor, StepKind::Made],
    open: |o| o.step.kind() == StepKind::AtVendor || o.waits_for_correction().is_some(),
    ended: BlankOrder::end_for_vendor,
};

async fn list(door: &Door, call: &Call, todo: &Todo) -> Result<Response, Said> {
    let mut orders = Vec::new();
    let waits = |o: &BlankOrder| match o.ended {
        None => (todo.open)(o),
        Some(_) => (todo.ended)(o).is_some(),
    };
    for step in todo.steps {
        for file in door.service.orders_of_partner(&call.actor(), *step).await? {
            orders.extend(file.order.filter(waits).map(|o| wire::BlankOrder {
                order: file.id.to_string(),
                number: o.number.clone(),
                city: o.city.as_str().to_owned(),
                bank: o.bank.as_str().to_owned(),
                vendor: o.vendor.as_str().to_owned(),
                quantity: o.quantity,
                step: o.step.code().to_owned(),
                findings: o.waits_for_correction().map(|c| c.findings.clone()),
                ended: o.ended.as_ref().map(|e| e.reason.clone()),
            }));
        }
    }
    json(wire::BlankOrders { orders })
}

async fn order(door: &Door, call: &Call, id: BlankOrderId) -> Result<BlankOrder, Said> {
    Ok(door.service.order_for(&call.actor(), id).await?)
}

fn card(row: &BlankRow) -> wire::BlankRow {
    wire::BlankRow { row: row.id.to_string(), card_no: row.card_no.as_str().to_owned() }
}

/// 预制卡制卡数据 as the file YZKSJ (X9.1), under its name.
fn data_file(door: &Door, order: &BlankOrder, rows: &[BlankRow]) -> Response {
    clause!(X9.1);
    let institutions = door.service.institutions();
    let name = DataName {
        bank: order.bank.as_str().to_owned(),
        city: institutions
            .city_centre(&order.city)
            .map_or(order.city.as_str().to_owned(), |c| c.code.clone()),
        batch: order.number.clone(),
        quantity: rows.len(),
        vendor: order.vendor.as_str().to_owned(),
        time: door.service.now().local().replace(['-', ' ', ':'], ""),
    };
    let row = |r: &BlankRow| DataRow {
        card_no: r.card_no.as_str().to_owned(),
        personal_account: r.account.as_ref().map_or(String::new(), |a| a.personal_account.0.clone()),
        bank_card_no: r.account.as_ref().map_or(String::new(), |a| a.bank.bank_card_no.as_str().to_owned()),
        ..DataRow::default()
    };
    let rows: Vec<DataRow> = rows.iter().map(row).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, premade::write(&rows)).into_response()
}

/// The card that a row of an order names.
fn named(id: BlankOrderId, row: &str) -> Result<BlankId, Refusal> {
    row.parse().ok().filter(|b: &BlankId| b.order == id).ok_or_else(|| Reason::NotFound.into())
}

/// 预制卡待办: the orders that wait for this bank, and those that the province ended since it had them.
#[utoipa::path(get, path = "/api/bank/v1/blank-orders", operation_id = "bank_blank_orders", tag = "预制卡",
    responses((status = 200, body = wire::BlankOrders)))]
pub async fn bank_orders(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    list(&door, &call, &FOR_BANK).await
}

/// 提取预制卡数据: a page of cards that have no account.
#[utoipa::path(post, path = "/api/bank/v1/blank-orders/{order}/allocation-data", operation_id = "bank_allocation_data",
    tag = "预制卡", params(("order" = String, Path), Rows),
    responses((status = 200, body = wire::BlankRow, content_type = "application/x-ndjson")))]
pub async fn allocation_data(
    State(door): State<Door>,
    Path(id): Path<String>,
    query: Result<Query<Rows>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R36.1);
    let id = order_id(&id)?;
    let (after, limit) = page(query)?;
    order(&door, &call, id).await?;
    match once(&door, &call, Command::BlankOrder { id, command: BlankOrderCommand::Extract }).await {
        Ok(()) => {}
        // Past the bank's stage there are no cards left for it: an empty page.
        Err(said) if said.0.code == Reason::WrongStage.code() => {}
        Err(said) => return Err(said),
    }
    let (order, cards) = door.service.blanks_for(&call.actor(), id, after, limit).await?;
    if call.wants_text {
        return Ok(data_file(&door, &order, &cards));
    }
    lines(cards.iter().map(card))
}

/// 预制卡开户回盘: up to 100,000 rows, each with its own verdict.
#[utoipa::path(post, path = "/api/bank/v1/blank-orders/{order}/allocation-returns",
    operation_id = "bank_allocation_returns", tag = "预制卡", params(("order" = String, Path)),
    request_body(content = wire::AllocationReturn, content_type = "application/x-ndjson"),
    responses((status = 200, body = Verdict, content_type = "application/x-ndjson")))]
pub async fn allocation_returns(
    State(door): State<Door>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R36.1);
    let id = order_id(&id)?;
    let what = format!("allocation/{id}");
    submitted(&door, &call, &what).await?;
    let bank = match call.actor() {
        Actor::Bank(bank) => Some(bank),
        Actor::Vendor(_) | Actor::Partner(_) | Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => None,
    };
    let command = |row: wire::AllocationReturn| {
        let blank = named(id, &row.echo.row)?;
        let result = match row.result {
            wire::AllocationResult::Allocated { bank_card_no, account_no, personal_account } => {
                Allocation::Allocated(BlankAccount {
                    bank: BankAccount {
                        bank_card_no: BankCardNumber::parse(&bank_card_no).map_err(wrong)?,
                        account_no: AccountNumber(account_no),
                        of: bank.clone(),
                    },
                    personal_account: AccountNumber(personal_account),
                })
            }
            wire::AllocationResult::Failed { code, reason } => {
                Allocation::Failed(PartnerWords { code, reason })
            }
        };
        let command = BlankCommand::TakeAllocation(TakeAllocation { card_no: row.echo.card_no, result });
        Ok(Command::Blank { id: blank, command })
    };
    let command = |row: wire::AllocationReturn| (row.echo.row.clone(), command(row));
    rows(&door, &call, &what, call.rows()?, command).await
}

/// 预制卡开户回盘完成: every card is answered for; of an order that was ended, that the bank knows.
#[utoipa::path(post, path = "/api/bank/v1/blank-orders/{order}/close", operation_id = "bank_close_allocation",
    tag = "预制卡", params(("order" = String, Path)), responses((status = 200, body = wire::BlankOrders)))]
pub async fn close_allocation(
    State(door): State<Door>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    let close = Command::BlankOrder { id: order_id(&id)?, command: BlankOrderCommand::CloseAllocation };
    once(&door, &call, close).await?;
    list(&door, &call, &FOR_BANK).await
}

/// 预制卡订单: the orders that this vendor makes, those whose return it has to put right, with what was found, and those that the province ended.
#[utoipa::path(get, path = "/api/vendor/v1/blank-orders", operation_id = "vendor_blank_orders", tag = "预制卡",
    responses((status = 200, body = wire::BlankOrders)))]
pub async fn vendor_orders(State(door): State<Door>, call: Call) -> Result<Response, Said> {
    list(&door, &call, &FOR_VENDOR).await
}

/// 预制卡制卡数据: a page of cards to make; with `Accept` text/plain as the file YZKSJ.
#[utoipa::path(post, path = "/api/vendor/v1/blank-orders/{order}/making-data", operation_id = "vendor_making_data",
    tag = "预制卡", params(("order" = String, Path), Rows),
    responses((status = 200, body = wire::MakingRow, content_type = "application/x-ndjson")))]
pub async fn making_data(
    State(door): State<Door>,
    Path(id): Path<String>,
    query: Result<Query<Rows>, QueryRejection>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R36.1);
    let id = order_id(&id)?;
    let (after, limit) = page(query)?;
    let (order, cards) = door.service.blanks_for(&call.actor(), id, after, limit).await?;
    if call.wants_text {
        return Ok(data_file(&door, &order, &cards));
    }
    lines(cards.iter().filter_map(|c| {
        let account = c.account.as_ref()?;
        Some(wire::MakingRow {
            card: card(c),
            bank_card_no: account.bank.bank_card_no.as_str().to_owned(),
            personal_account: account.personal_account.0.clone(),
        })
    }))
}

/// 预制卡装箱; of an order that was ended with 0 cards, once those of the box are destroyed.
#[utoipa::path(post, path = "/api/vendor/v1/blank-orders/{order}/boxes", operation_id = "vendor_pack_blanks", tag = "预制卡",
    params(("order" = String, Path)), request_body = wire::PackBlanks, responses((status = 200, body = Done)))]
pub async fn pack(State(door): State<Door>, Path(id): Path<String>, call: Call) -> Result<Response, Said> {
    let ask: wire::PackBlanks = call.json()?;
    let ctx = call.ctx(&door)?;
    let id = order_id(&id)?;
    let command = BlankOrderCommand::Pack { number: ask.number, cards: ask.cards };
    let receipt = door.service.execute(ctx, Command::BlankOrder { id, command }).await?;
    done(&receipt)
}

/// What a file of the return is called, when the caller says.
#[derive(Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileName {
    /// 文件名, such as `YZKCG_…txt`; when it is given it must fit the order and the rows.
    #[serde(default)]
    name: Option<String>,
}

/// One row of the return, as the door has it from either shape.
struct Made {
    blank: BlankId,
    take: TakeMaking,
}

fn made_of(id: BlankOrderId, row: wire::MakingReturn) -> Result<Made, Refusal> {
    let blank = named(id, &row.echo.card.row)?;
    let result = match row.result {
        ProductionResult::Failed { code, reason } => Making::Failed(PartnerWords { code, reason }),
        ProductionResult::Made { chip, reset, made_on, r#box } => Making::Made {
            chip: ChipIdentifier::parse(&chip).map_err(wrong)?,
            reset: ResetInformation::parse(&reset).map_err(wrong)?,
            made_on: self::made_on(&made_on)?,
            r#box,
        },
    };
    let take = TakeMaking {
        card_no: row.echo.card.card_no,
        bank_card_no: row.echo.bank_card_no,
        personal_account: row.echo.personal_account,
        result,
        trade: None,
        passes_on: false,
    };
    Ok(Made { blank, take })
}

/// A row of YZKCG (X9.2): the card is known by its number. 制卡日期 is today and 装箱位置 the only box when they are empty, as
/// in the regulation's own sample.
fn made_of_file(door: &Door, id: BlankOrderId, order: &BlankOrder, row: ReturnRow) -> Result<Made, Refusal> {
    clause!(X9.2);
    let n = order.place_of(&row.card_no).ok_or_else(|| Refusal::about(Reason::NotFound, "社保卡卡号"))?;
    let made_on = match row.made_on.as_str() {
        "" => door.service.now().date(),
        day => jiff::civil::Date::strptime("%Y%m%d", day)
            .map_err(|_| Refusal::about(Reason::MaterialDefective, "制卡日期应为YYYYMMDD"))?,
    };
    let r#box = match (row.r#box.is_empty(), order.boxes.as_slice()) {
        (true, [only]) => only.number.clone(),
        (true, _) => return Err(Refusal::about(Reason::MaterialDefective, "须写明装箱位置")),
        (false, _) => row.r#box,
    };
    let take = TakeMaking {
        card_no: row.card_no,
        bank_card_no: row.bank_card_no,
        personal_account: row.personal_account,
        result: Making::Made {
            chip: ChipIdentifier::parse(&row.chip).map_err(wrong)?,
            reset: ResetInformation::parse(&row.reset).map_err(wrong)?,
            made_on,
            r#box,
        },
        trade: None,
        passes_on: false,
    };
    let blank = BlankId { order: id, n };
    Ok(Made { blank, take })
}

/// Whether a file's name, when it is given, is that of a return of this order.
fn fits_name(name: &str, order: &BlankOrder, rows: usize) -> Result<(), Said> {
    let name: ReturnName = name.parse().map_err(|e: premade::NameError| Said::because("bad_request", e))?;
    let differ = [
        ("银行", name.bank != order.bank.as_str()),
        ("批次", name.batch != order.number),
        ("卡商", name.vendor != order.vendor.as_str()),
        ("数量", name.quantity != rows),
    ];
    let titles: Vec<_> = differ.into_iter().filter(|d| d.1).map(|d| d.0).collect();
    if titles.is_empty() {
        return Ok(());
    }
    Err(Said::because("bad_request", format!("文件名的{}与本订单不符", titles.join("、"))))
}

/// 预制卡回盘: up to 100,000 rows, each with its own verdict; with `Content-Type` text/plain as the file YZKCG.
#[utoipa::path(post, path = "/api/vendor/v1/blank-orders/{order}/making-returns", operation_id = "vendor_making_returns",
    tag = "预制卡", params(("order" = String, Path), FileName),
    request_body(content = wire::MakingReturn, content_type = "application/x-ndjson"),
    responses((status = 200, body = Verdict, content_type = "application/x-ndjson")))]
pub async fn making_returns(
    State(door): State<Door>,
    Path(id): Path<String>,
    Query(file): Query<FileName>,
    call: Call,
) -> Result<Response, Said> {
    clause!(R36.1);
    let id = order_id(&id)?;
    let order = order(&door, &call, id).await?;
    // A row that is put right is a row of its own, of that look of the province.
    let (corrects, what) = match order.waits_for_correction() {
        Some(checked) => (true, format!("making/{id}/{}", checked.round)),
        None => (false, format!("making/{id}")),
    };
    call.idempotency()?;
    let anew =
        |(row, made): (String, Result<Made, Refusal>)| (row, made.map(|Made { blank, take }| (blank, take)));
    let command = |(row, made): (String, Result<Made, Refusal>)| {
        let taken =
            |Made { blank, take }| Command::Blank { id: blank, command: BlankCommand::TakeMaking(take) };
        (row, made.map(taken))
    };
    if call.sends_text {
        let _place = door.turns.text().await;
        let read = premade::read::<ReturnRow>(&call.whole()?);
        // Every error of the file's head at once.
        let all =
            |errors: Vec<premade::FileError>| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
        let read = read.map_err(|errors| Said::because("bad_request", all(errors).join("；")))?;
        if let Some(name) = &file.name {
            fits_name(name, &order, read.len())?;
        }
        let made = read.into_iter().map(|line| match line.row {
            Ok(row) => {
                let made = made_of_file(&door, id, &order, row);
                let name = made.as_ref().map_or(String::new(), |m| m.blank.to_string());
                Ok((name, made))
            }
            Err(why) => Err(Unread { row: String::new(), said: Said::because("bad_row", why) }),
        });
        submitted(&door, &call, &what).await?;
        if corrects {
            return put_right(&door, &call, (id, &what), made.map(|row| row.map(anew))).await;
        }
        return rows(&door, &call, &what, made, command).await;
    }
    let named = |row: wire::MakingReturn| (row.echo.card.row.clone(), made_of(id, row));
    let made = call.rows::<wire::MakingReturn>()?.map(|row| row.map(named));
    submitted(&door, &call, &what).await?;
    if corrects {
        return put_right(&door, &call, (id, &what), made.map(|row| row.map(anew))).await;
    }
    rows(&door, &call, &what, made, command).await
}

/// 预制卡回盘完成: every card is answered for, and the boxes hold what is written on them; of an order that was ended, that the vendor knows and
/// has destroyed what it had.
#[utoipa::path(post, path = "/api/vendor/v1/blank-orders/{order}/close", operation_id = "vendor_close_making",
    tag = "预制卡", params(("order" = String, Path)), responses((status = 200, body = wire::BlankOrders)))]
pub async fn close_making(
    State(door): State<Door>,
    Path(id): Path<String>,
    call: Call,
) -> Result<Response, Said> {
    let close = Command::BlankOrder { id: order_id(&id)?, command: BlankOrderCommand::CloseMaking };
    once(&door, &call, close).await?;
    list(&door, &call, &FOR_VENDOR).await
}

/// 预制卡交付: a box sets out to the city centre, or to an outlet of the bank in that city.
#[utoipa::path(post, path = "/api/vendor/v1/blank-orders/{order}/deliveries", operation_id = "vendor_deliver_blanks",
    tag = "预制卡", params(("order" = String, Path)), request_body = wire::DeliverBlanks,
    responses((status = 200, body = Done)))]
pub async fn deliver(State(door): State<Door>, Path(id): Path<String>, call: Call) -> Result<Response, Said> {
    let ask: wire::DeliverBlanks = call.json()?;
    let ctx = call.ctx(&door)?;
    let id = order_id(&id)?;
    let order = order(&door, &call, id).await?;
    let institutions = door.service.institutions();
    let to = match &ask.to {
        Some(code) => institutions.org_by_code(code),
        None => institutions.city_centre(&order.city),
    };
    let to = to.map(|o| o.id).ok_or_else(|| Refusal::about(Reason::NotFound, "寄达机构"))?;
    let wire::DeliverBlanks { number, responsible, tracking, manner, .. } = ask;
    let ship = StockShip { r#box: number, to, responsible, tracking, manner };
    let command = BlankOrderCommand::Ship(ship);
    let receipt = door.service.execute(ctx, Command::BlankOrder { id, command }).await?;
    done(&receipt)
}
